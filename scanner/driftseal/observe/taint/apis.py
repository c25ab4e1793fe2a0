"""What one call of a library does with data, and the line of ``rules/models/<language>.yaml`` that says so.

A line such as ``argv(0,args)?shell source=process`` is explained at the head of ``rules/models/python.yaml``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from driftseal.records import dataclass
from driftseal.regexes import regex

SINKS: Final[Mapping[str, str]] = {
    "command": "process",
    "argv": "process",
    "argv-option": "process",
    "argv-line": "process",
    "stdin": "process",
    "process-environment": "",
    "code": "code",
    "page-code": "network",
    "html": "",
    "member": "",
    "prototype": "",
    "unpack": "filesystem-write",
    "deserialise": "code",
    "path-read": "filesystem-read",
    "path-write": "filesystem-write",
    "path-delete": "filesystem-write",
    "ssrf": "network",
    "browse": "network",
    "sql": "database",
    "document": "database",
    "template": "code",
    "log": "",
    "line": "network",
    "outward": "network",
    "xpath": "",
    "xml": "",
    "ldap": "network",
    "download-execute": "code",
}
"""Kinds of sinks, and the capability that reaching one takes."""
SOURCES: Final[Mapping[str, str]] = {
    "environment": "environment",
    "secret-file": "secrets",
    "file": "filesystem-read",
    "network": "network",
    "process": "process",
    "database": "database",
    "clipboard": "clipboard",
    "screen": "screen",
    "user-input": "",
    "credentials": "",
    "archive": "",
}
"""Kinds of sources, and the capability that reading one takes."""
GUARDS: Final = frozenset({"relative", "prefix", "pattern", "member", "host", "type"})
CAPABILITIES: Final = frozenset({*SINKS.values(), *SOURCES.values(), "persistence"}) - {""}

_PLAIN: Final = frozenset({"passes", "same"})
_PASSES: Final = frozenset({"yes", "no", "list", "self"})
_SINK: Final = regex(
    r"(?P<kind>[a-z-]+)\((?P<args>[^()]*)\)"
    r"(?:\?(?P<shell>\w+))?(?:\+(?P<needs>\w+(?:=\w+)?))?(?:-(?P<unless>[\w,=]+))?(?:!(?P<mode>[\w,]+))?(?:@(?P<can>[a-z-]*))?"
)


@dataclass(frozen=True, slots=True)
class Sink:
    """Arguments of one call that must not hold what an attacker chose."""

    kind: str
    """One of `SINKS`."""
    args: tuple[int | str, ...]
    """Positions, keywords (in JavaScript: members of an object argument), ``*`` for all, ``self`` for the receiver,
    ``0.name`` for one member of the first argument where that is an object literal.

    Where a position holds an object literal and names are given too, only the named members count.
    """
    shell_if: str = ""
    """Keyword that, when true, makes of kind ``argv`` a ``command``."""
    capability: str = ""
    """What reaching it takes; empty where it takes nothing worth telling."""
    needs: str = ""
    """Keyword without which, or with a false value of which, there is no sink: ``allow_pickle``; or with another value
    than that one: ``runScripts=dangerously``."""
    unless: tuple[str, ...] = ()
    """What makes it harmless: a true keyword of that name, or an argument that is a name ending so (``SafeLoader``)."""
    mode: tuple[int | str, ...] = ()
    """Where the mode of opening stands: a sink only if that is no literal, or one with ``w``, ``a``, ``x`` or ``+``."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where the result of a call, or the value of an attribute, comes from."""

    kind: str
    """One of `SOURCES`."""


@dataclass(frozen=True, slots=True)
class Model:
    """What one function, method, constructor or attribute of a library does."""

    sinks: tuple[Sink, ...] = ()
    source: Source | None = None
    clean: frozenset[str] = frozenset()
    """Kinds of sinks for which the result is harmless; ``*`` for all."""
    guard: str = ""
    """How its answer checks its receiver and first argument: one of `GUARDS`, or empty."""
    passes: bool = True
    """The result carries what the receiver and the arguments carry."""
    carried: tuple[int | str, ...] = ()
    """The arguments that the result carries on, where it does not carry all: of a request its address."""
    lists: bool = False
    """The result is the list of what goes in: a command that is put together step by step."""
    itself: bool = False
    """The result is the receiver as it was: a builder that was told of something else."""
    returns: str = ""
    """Dotted type of the result, under which its methods are looked up; empty where nothing is known."""
    same: bool = False
    """The result stands for the first argument: a function that was wrapped or bound."""
    calls: tuple[int | str, ...] = ()
    """Arguments that are functions and get called."""
    capabilities: frozenset[str] = frozenset()
    """What the call takes; some of `CAPABILITIES`."""


def parse(line: str) -> Model:
    """Take a line apart.

    Raises:
        ValueError: a word of it is none of ours.
    """
    sinks: list[Sink] = []
    settings: dict[str, str] = {}
    for word in line.split():
        key, equals, value = word.partition("=")
        if equals and key in {"source", "clean", "guard", "returns", "calls", "can", "passes"} and key not in settings:
            settings[key] = value
        elif word not in _PLAIN:
            sinks.append(_sink(word))
    source = settings.get("source", "")
    if source and source not in SOURCES:
        raise ValueError(f"no kind of source: {source!r}")
    guard = settings.get("guard", "")
    if guard and guard not in GUARDS:
        raise ValueError(f"no kind of guard: {guard!r}")
    clean = frozenset(filter(None, settings.get("clean", "").split(",")))
    if clean - SINKS.keys() - {"*"}:
        raise ValueError(f"no kind of sink: {min(clean - SINKS.keys() - {'*'})!r}")
    passes = settings.get("passes", "yes")
    derived = {sink.capability for sink in sinks} | {SOURCES.get(source, "")}
    capabilities = frozenset(settings["can"].split(",") if "can" in settings else derived) - {""}
    if capabilities - CAPABILITIES:
        raise ValueError(f"no capability: {min(capabilities - CAPABILITIES)!r}")
    return Model(
        sinks=tuple(sinks),
        source=Source(source) if source else None,
        clean=clean,
        guard=guard,
        passes=passes not in {"no", "self"},
        carried=_positions(passes) if passes not in _PASSES else (),
        lists=passes == "list",
        itself=passes == "self",
        returns=settings.get("returns", ""),
        same="same" in line.split(),
        calls=_positions(settings.get("calls", "")),
        capabilities=capabilities,
    )


def _sink(word: str) -> Sink:
    found = _SINK.fullmatch(word)
    if found is None:
        raise ValueError(f"not understood: {word!r}")
    kind = found["kind"]
    if kind not in SINKS:
        raise ValueError(f"no kind of sink: {kind!r}")
    capability = found["can"] if found["can"] is not None else SINKS[kind]
    if capability and capability not in CAPABILITIES:
        raise ValueError(f"no capability: {capability!r}")
    return Sink(
        kind,
        _positions(found["args"]),
        shell_if=found["shell"] or "",
        capability=capability,
        needs=found["needs"] or "",
        unless=tuple((found["unless"] or "").split(",")) if found["unless"] else (),
        mode=_positions(found["mode"] or ""),
    )


def _positions(given: str) -> tuple[int | str, ...]:
    """Positions and names, as a line lists them."""
    return tuple(int(part) if part.isdecimal() else part for part in given.split(",") if part)
