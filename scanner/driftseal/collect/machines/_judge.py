"""Whether an extension is one of AI: by its id, what it declares, where it may go, and last by its words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Final

from driftseal.collect.discovery import _tables as known
from driftseal.collect.machines import _tables
from driftseal.records import dataclass

KNOWN: Final = 0.95
DECLARED: Final = 0.9
_REACHES: Final = 0.85
"""It may talk to a provider of models."""
_READS: Final = 0.6
"""It runs in pages of AI, and may do anything there."""
_NAMED: Final = 0.7
_LIKELY: Final = 0.6
_GUESS: Final = 0.4
_MANY: Final = 12
"""Hosts from which on a few of AI among them say little."""
_SHARE: Final = 4
_PATTERN: Final = re.compile(r"(?:\*|[a-z][a-z0-9+.-]*)://([^/]*)(?:/.*)?", re.IGNORECASE)
_LOCAL: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})


@dataclass(frozen=True, slots=True)
class Verdict:
    """How sure it is that this is a part of AI."""

    confidence: float
    role: str = ""
    title: str = ""
    """Its name where that is known better than it says itself."""


def surest(verdicts: Iterable[Verdict | None]) -> Verdict | None:
    """The surest of several; roles and titles that others know are kept."""
    found = sorted((one for one in verdicts if one is not None), key=lambda one: -one.confidence)
    if not found:
        return None
    role = next((one.role for one in found if one.role), "")
    title = next((one.title for one in found if one.title), "")
    return Verdict(found[0].confidence, role, title)


def by_id(table: str, id_: str) -> Verdict | None:
    """An extension that everybody knows."""
    found = _tables.roles(table).get(id_.casefold())
    return Verdict(KNOWN, *found) if found is not None else None


def by_title(title: str, description: str) -> Verdict | None:
    """One that goes by a name of its own in every store, and speaks of AI: others are called Merlin and Jasper too."""
    told = title.casefold()
    for name, (role, _) in _tables.roles("browser_titles").items():
        if told == name or (told.startswith(name) and not told[len(name)].isalnum()):
            rest = f"{title[len(name) :]}\n{description}"
            speaks = any(_tables.pattern(words).search(rest) for words in ("names", "weak", "descriptions"))
            return Verdict(DECLARED if speaks or name.endswith((".ai", " ai")) else _GUESS, role)
    return None


def by_words(title: str, description: str) -> Verdict | None:
    """What its name says; what only its description says is a guess."""
    if _tables.pattern("not").search(f"{title}\n{description}"):
        return None
    if _tables.pattern("names").search(title):
        return Verdict(_NAMED)
    told = _tables.pattern("descriptions").search(description) is not None
    if _tables.pattern("weak").search(title):
        return Verdict(_LIKELY if told else _GUESS)
    return Verdict(_GUESS) if told else None


def by_hosts(reached: Sequence[str], read: Sequence[str]) -> Verdict | None:
    """Where it may talk to, and in which pages it runs; both as patterns of hosts. ``<all_urls>`` says nothing."""
    for patterns, confidence in ((reached, _REACHES), (read, _READS)):
        hosts = {host for one in patterns if (host := _host(one))}
        of_ai = {host for host in hosts if _is_ai(host)}
        if of_ai:
            few = len(hosts) > _MANY and len(of_ai) * _SHARE < len(hosts)
            return Verdict(_GUESS if few else confidence)
    return None


def _host(pattern: str) -> str:
    """The host of a match pattern, with its port; nothing for patterns of any host."""
    found = _PATTERN.fullmatch(pattern.strip())
    host = found[1].casefold() if found else ""
    return "" if host in {"", "*"} else host


def _is_ai(host: str) -> bool:
    if host.rpartition(":")[0] in _LOCAL:
        return host.rpartition(":")[2] in _tables.words("ports")
    below = host.startswith("*.")
    bare = host.removeprefix("*.").partition(":")[0]
    domains = _domains()
    names = bare.split(".")
    if any(".".join(names[at:]) in domains for at in range(len(names))):
        return True
    # A star over a domain that others share, *.googleapis.com say, means no host of AI in particular.
    provider = known.providers().by_host(f"any.{bare}" if below else bare)
    return provider is not None and provider.role == "inference"


@cache
def _domains() -> frozenset[str]:
    return frozenset(_tables.words("domains"))
