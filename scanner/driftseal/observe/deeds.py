"""What the code of each tool does, place by place: what capabilities and broken promises are read from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from driftseal.model.observation import Label
from driftseal.model.rule import Confidence
from driftseal.observe import parameters, secrets
from driftseal.observe.behaviour.lists import shows
from driftseal.observe.program import Program
from driftseal.observe.taint import models
from driftseal.observe.taint.apis import Model
from driftseal.observe.taint.flows import Flow
from driftseal.observe.taint.labels import UNREACHED
from driftseal.observe.taint.summary import Reach
from driftseal.observe.taint.words import words

_LABELS: Final[Mapping[str, Label]] = {
    "filesystem-read": Label.READS_FILES,
    "filesystem-write": Label.WRITES_FILES,
    "network": Label.NETWORK,
    "process": Label.RUNS_PROGRAMS,
    "code": Label.RUNS_CODE,
    "environment": Label.READS_ENVIRONMENT,
    "secrets": Label.READS_SECRETS,
    "database": Label.DATABASE,
    "clipboard": Label.CLIPBOARD,
    "screen": Label.SCREEN,
    "persistence": Label.PERSISTS,
}
"""Capabilities as models of libraries name them."""
_REACHED: Final[Mapping[str, Label]] = {
    "path-read": Label.READS_FILES,
    "path-write": Label.WRITES_FILES,
    "path-delete": Label.DELETES_FILES,
    "ssrf": Label.NETWORK,
    "outward": Label.NETWORK,
    "command": Label.RUNS_PROGRAMS,
    "argv": Label.RUNS_PROGRAMS,
    "code": Label.RUNS_CODE,
    "sql": Label.DATABASE,
}
"""Sinks that a caller's value reaches, and what it decides then."""
_HELD: Final = frozenset({"ssrf", "command", "argv", "code"})
"""Kinds of sinks to which a number or a word of a list does nothing; a file is written wherever it leads."""
_SHARED: Final = 4
"""From so many tools on, what half of them do is what the server does."""


class Deed(NamedTuple):
    """One thing that a tool's code does at one place."""

    label: Label
    api: str
    """The call, as models of libraries name it."""
    path: str
    line: int
    function: str
    """Name of the function around it."""
    what: str
    """What it is done to, as far as that is constant: a path, a variable, a statement, a method of HTTP."""
    hosts: tuple[str, ...]
    chosen: frozenset[str]
    """Kinds of sinks there that a caller's value reaches: what of it is not fixed."""
    common: bool
    """Whether many tools do it at this place, so that it is the server's doing rather than this tool's."""

    @property
    def shown(self) -> str:
        """In a few words, credentials masked."""
        given = ", ".join((*self.hosts, self.what) if self.what else self.hosts)
        # Types that several libraries share are ours alone: ``_io.File.read``.
        called = self.api.partition(".")[2] if self.api.startswith("_") and "." in self.api else self.api
        return secrets.blot(f"{called}({given})")


def of_program(program: Program) -> Mapping[str, tuple[Deed, ...]]:
    """By item key, in the order in which a handler leads to them."""
    reaches = program.flows.reaches
    chosen = _chosen(program)
    shared = _Shared(program)
    deeds: dict[str, tuple[Deed, ...]] = {}
    for key, found in reaches.items():
        own: list[Deed] = []
        for reach in found:
            sinks = chosen.get((key, reach.spot.path, reach.spot.line), frozenset())
            own += _of_reach(program, reach, sinks, common=shared.holds(key, reach))
        deeds[key] = tuple(dict.fromkeys(_once(own)))
    return deeds


def _once(deeds: Sequence[Deed]) -> Iterator[Deed]:
    """Without the reading of a file that is opened to be written, and without the end of one that was moved."""
    written = {(deed.api, deed.path, deed.line) for deed in deeds if deed.label is Label.WRITES_FILES}
    copied = {(deed.path, deed.function) for deed in deeds if deed.api.rpartition(".")[2] in words("copying")}
    for deed in deeds:
        if deed.label is Label.DELETES_FILES and (deed.path, deed.function) in copied:
            continue
        reads = deed.label in {Label.READS_FILES, Label.READS_SECRETS}
        if not reads or (deed.api, deed.path, deed.line) not in written:
            yield deed


class _Shared:
    """Which places many tools lead to, and which handlers are those of several."""

    def __init__(self, program: Program) -> None:
        self._declared = program.declared
        self._handlers = Counter(one.handler for one in program.declared.values() if one.handler is not None)
        self._places: Counter[tuple[str, int]] = Counter()
        self._tools = len(program.flows.reaches)
        for found in program.flows.reaches.values():
            self._places.update({(reach.spot.path, reach.spot.line) for reach in found})

    def holds(self, key: str, reach: Reach) -> bool:
        """Whether a place says nothing of this tool alone."""
        declared = self._declared.get(key)
        handler = declared.handler if declared is not None else None
        if declared is not None and handler is not None and self._handlers[handler] > 1 and reach.case != declared.name:
            return True
        count = self._places[reach.spot.path, reach.spot.line]
        return count > 1 and (count * 2 > self._tools if self._tools >= _SHARED else count == self._tools)


def _chosen(program: Program) -> Mapping[tuple[str, str, int], frozenset[str]]:
    """Which sinks at a place a caller's value reaches, by tool."""
    found: dict[tuple[str, str, int], set[str]] = {}
    for flow in program.flows.flows:
        if flow.source.kind == "parameter" and flow.confidence >= Confidence.MEDIUM and not _stays(program, flow):
            found.setdefault((flow.tool, flow.sink.path, flow.sink.line), set()).add(flow.sink.kind)
    return {place: frozenset(kinds) for place, kinds in found.items()}


def _stays(program: Program, flow: Flow) -> bool:
    """Whether a caller's value decides nothing: a number, one of a few words, or a host that is held to a list."""
    one = program.declared.get(flow.tool)
    if one is None or flow.sink.kind not in _HELD:
        return False
    listed = flow.sink.kind == "ssrf" and flow.guard == "strong" and not flow.checks.startswith(UNREACHED)
    return listed or parameters.closed(one.schema, flow.source.name, flow.sink.kind)


def _of_reach(program: Program, reach: Reach, chosen: frozenset[str], *, common: bool) -> Iterator[Deed]:
    label = _LABELS.get(reach.label)
    if label is None:
        return
    name, what = reach.spot.name, reach.what
    model = _model(program, reach)
    kinds = {sink.kind for sink in model.sinks} if model is not None else set()
    if label is Label.RUNS_CODE and "code" not in chosen and (model is None or model.calls or "code" not in kinds):
        # A timer runs a function of the program's own; a module that is imported by name belongs to it as well.
        return
    if label is Label.NETWORK and not what.isupper():
        what = ""  # its constant parts are a URL, which may hold a password
    if label is Label.WRITES_FILES and "path-delete" in kinds:
        label = Label.DELETES_FILES
    place = reach.spot.path, reach.spot.line, reach.spot.function
    mine = frozenset(kind for kind in chosen if _REACHED.get(kind) is label or kind in {"url-path", "argv-option"})
    yield Deed(label, name, *place, what, reach.hosts, mine, common)
    if label is Label.READS_FILES and shows("secret-files", what):
        yield Deed(Label.READS_SECRETS, name, *place, what, (), mine, common)
    if label is Label.WRITES_FILES and (shows("persistence", what) or shows("agent-files", what)):
        yield Deed(Label.PERSISTS, name, *place, what, (), mine, common)


def _model(program: Program, reach: Reach) -> Model | None:
    return models.load(program.project.modules[reach.spot.path].language).call(reach.spot.name)
