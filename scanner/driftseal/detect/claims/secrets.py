"""Keys and settings of others, read by tools that do not speak of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from itertools import takewhile
from typing import TYPE_CHECKING, Final, NamedTuple

from driftseal import rulebook
from driftseal.detect.claims.promise import Breach, against
from driftseal.detect.claims.view import View
from driftseal.errors import RuleError
from driftseal.model.observation import Label
from driftseal.model.rule import Confidence
from driftseal.narrow import object_or_empty
from driftseal.observe.text.patterns import Pattern
from driftseal.regexes import regex

if TYPE_CHECKING:
    from driftseal.observe.deeds import Deed
    from driftseal.observe.taint.flows import Flow

_REMEMBERED: Final = 1 << 10
"""Variables of which it is remembered whether they hold keys."""
_WHOLE: Final = regex(r"(?:os\.environb?|process\.env|Deno\.env)(?:\.\w+)?")
_PASSED: Final = "passed through "
_TEXTS: Final = frozenset({"dumps", "stringify", "join", "inspect", "pformat", "urlencode"})
_WRITTEN_DOWN: Final = frozenset({"dict", "items", "copy", "entries", "assign"})
_CHOSEN: Final = frozenset({"filter", "pick", "reduce", "find", "startswith", "startsWith"})
"""What takes some variables out of all."""
_PROVIDERS: Final = frozenset({"com", "org"})
"""Where providers have the domains that are called after them."""
_MAKE_TEXT: Final = _TEXTS | {"str", "repr", "String", "format", "toString"}
_OF_TEXTS: Final = frozenset(
    {"strip", "lstrip", "rstrip", "lower", "upper", "split", "removeprefix", "removesuffix"}
    | {"trim", "trimEnd", "trimStart", "toLowerCase", "toUpperCase"}
)
"""Methods of one variable, which all of them together do not have."""
_LEAVES: Final = frozenset({"outward", "result", "ssrf", "url-path"})


class _Family(NamedTuple):
    """Keys of one provider."""

    pattern: Pattern
    words: frozenset[str]


@cache
def _families(kind: str) -> Sequence[_Family]:
    """Families that are known by ``paths`` or by ``variables``."""
    given = object_or_empty(rulebook.load_list("claims")).get("credentials")
    found = []
    for entry in given if isinstance(given, list) else ():
        about = object_or_empty(entry)
        pattern, words = about.get(kind), about.get("words")
        if isinstance(pattern, str) and isinstance(words, list):
            found.append(_Family(Pattern(pattern, "claims.credentials"), frozenset(map(str, words))))
    if not found:
        raise RuleError(f"rules/lists/claims.yaml: credentials: no entry with {kind}")
    return found


def files(view: View, key: str) -> Iterator[Breach]:
    """A tool that opens a file of keys, and neither it nor its server is about such keys."""
    if not view.promises[key].speaks_of("secrets"):
        for deed in view.deeds[key]:
            if deed.label is Label.READS_SECRETS and deed.what and _foreign("paths", view, key, deed):
                yield _breach(view, key, deed, f"the code reads {deed.what}")


def variables(view: View, key: str) -> Iterator[Breach]:
    """A tool that reads a variable that holds another's key."""
    for deed in view.deeds[key]:
        known = deed.label is Label.READS_ENVIRONMENT and _holds_key(deed.what)
        homes = _homes(view, key, deed.what) if known else set()
        if known and homes != {"own"} and _foreign("variables", view, key, deed) and not view.only_asked(deed):
            # Whose own library stands beside it, gets it.
            of_library = view.imports(deed, deed.what.lower().partition("_")[0])
            # Who sends it to its provider may send it there by a function that gets the address as well.
            doubt = Confidence.LOW if of_library or homes == {"own", "unknown"} else None
            yield _breach(view, key, deed, f"the code reads {deed.what}")._replace(confidence=doubt)


def _homes(view: View, key: str, variable: str) -> set[str]:
    """Where a key goes: to its ``own`` provider, as for a download of a release, to ``another``, or ``unknown``."""
    mine = frozenset(
        word for family in _families("variables") if family.pattern.search(variable) for word in family.words
    )
    hosts = {(deed.path, deed.line): deed.hosts for deed in view.deeds[key] if deed.label is Label.NETWORK}
    homes = set()
    for flow in view.flows[key]:
        if flow.source.name == variable:
            at = hosts.get((flow.sink.path, flow.sink.line)) if flow.sink.kind == "outward" else ("",)
            homes.add("unknown" if not at else "own" if all(_is_of(host, mine) for host in at) else "another")
    return homes


def _is_of(host: str, words: frozenset[str]) -> bool:
    """Whether a domain is called after one of these words: ``api.github.com``, but nothing below ``github.io``."""
    parts = host.lower().split(".")
    return parts[-1] in _PROVIDERS and parts[-2:-1] != [] and parts[-2] in words


@lru_cache(maxsize=_REMEMBERED)
def _holds_key(variable: str) -> bool:
    """Whether a variable holds a key by its name; many tools read the same ones."""
    return any(family.pattern.search(variable) for family in _families("variables"))


def environment(view: View, key: str) -> Iterator[Breach]:
    """A tool that hands all variables of the environment out, without a word of it."""
    if view.promises[key].speaks_of("environment"):
        return
    for flow in view.flows[key]:
        if (
            flow.source.kind == "environment"
            and not view.is_common(flow)
            and flow.sink.kind in _LEAVES
            and _whole(flow)
        ):
            deed = _deed(Label.READS_ENVIRONMENT, flow.source.name, flow.source.path, flow.source.line)
            sent = _deed(Label.NETWORK, flow.sink.name, flow.sink.path, flow.sink.line)
            way = "gives all of the environment back" if flow.sink.kind == "result" else "sends all of the environment"
            breach = _breach(view, key, deed, f"the code {way}")
            yield breach if flow.sink.kind == "result" else breach._replace(also=(sent,))


def _deed(label: Label, api: str, path: str, line: int) -> Deed:
    from driftseal.observe.deeds import Deed

    return Deed(label, api, path, line, "", "", (), frozenset(), common=False)


def _whole(flow: Flow) -> bool:
    """All of it, through what copies and writes it down and nothing else: what a program prints is another thing.

    A variable whose name is not constant is not told from all of them, but nobody writes one down as an object.
    """
    from driftseal.observe.behaviour.lists import shows

    passed = [step.what.removeprefix(_PASSED).removesuffix("()") for step in flow.steps if _PASSED in step.what]
    if _OF_TEXTS.intersection(takewhile(lambda name: name not in _MAKE_TEXT, passed)):
        return False
    # Settings are chosen by their names as well, but then they are not made one text.
    written = (_TEXTS if _CHOSEN.intersection(passed) else _WRITTEN_DOWN | _TEXTS).intersection(passed)
    return (
        bool(_WHOLE.fullmatch(flow.source.name)) and bool(written) and all(shows("carriers", name) for name in passed)
    )


def _foreign(kind: str, view: View, key: str, deed: Deed) -> bool:
    """Whether no family that these keys belong to is one that the tool or its server has to do with."""
    from driftseal.observe.behaviour.lists import shows

    words = view.promises[key].words
    mine = [family for family in _families(kind) if family.pattern.search(deed.what)]
    if deed.common and not view.computes(key):
        return False
    # A key that the server's own library knows where to find belongs to no family, and to nobody else.
    known = bool(mine) or (kind == "paths" and shows("secret-files", deed.what))
    return known and all(not family.words & words for family in mine)


def _breach(view: View, key: str, deed: Deed, why: str) -> Breach:
    pointer, promise = view.promises[key].says()
    away = tuple(each for each in view.deeds[key] if each.label is Label.NETWORK and each.hosts and not each.common)
    more = f", and talks to {away[0].hosts[0]}" if away else ""
    return Breach(deed, pointer, promise, against(promise, f"{why}{more}"), None, away[:1])
