"""Where data of tools and of their surroundings goes, and what each tool can do: the answers of the taint engine."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Final, NamedTuple, TypeAlias

from driftseal.code.project import FunctionRef, Project
from driftseal.limits import Limits
from driftseal.model.rule import Confidence
from driftseal.observe.taint import judged, kept, routes
from driftseal.observe.taint.answers import Answers
from driftseal.observe.taint.engine import Engine
from driftseal.observe.taint.entities import Entities
from driftseal.observe.taint.entries import Entry, chosen, compared
from driftseal.observe.taint.labels import CREDENTIALS, PICTURES, Origin, chain
from driftseal.observe.taint.links import UNASKED, Links
from driftseal.observe.taint.models import Models
from driftseal.observe.taint.summary import UNAWAITED, Given, Hit, Reach, Spot, Summary
from driftseal.observe.taint.transactions import Transactions
from driftseal.observe.taint.transports import OWN, Transports
from driftseal.observe.taint.values import deep
from driftseal.records import dataclass
from driftseal.regexes import regex

__all__ = ["Entry", "Flow", "Flows", "Step", "analyse"]

_COMMAND: Final = regex(r"[A-Z]{3,10}[ :](?:[^\r\n]*$)")
"""How a line begins by which one program tells another what to do: ``PRIVMSG ``, ``RCPT TO:<``, ``GET /``."""
_SHOWN: Final = frozenset({"html"})
"""Sinks that matter whoever asks: it is the user's own browser that is made to."""
_ASKED: Final = frozenset({"argv", "code", "command", "deserialise", "path-delete", "path-write", "ssrf"}) | _SHOWN
"""Sinks that matter where nobody is asked who is calling."""
_PLAIN: Final = frozenset({"javascript", "typescript", "tsx"})
"""Languages in which arguments of tools come as plain data, of no class."""
_STEPS: Final = 60
_CHECK: Final = "check"
"""The kind of a source that is no data, but a check of the caller."""
_REACHES: Final = 400
"""Places at which one tool uses capabilities."""
_HANDS: Final = 4
"""Functions through which a text is handed to the one that compares it."""
_DEEP: Final = 40
"""Calls, one inside the other, that one flow tells."""


class Step(NamedTuple):
    """One stop on the way from a source to a sink."""

    path: str
    line: int
    what: str


@dataclass(frozen=True, slots=True)
class Flow:
    """Data from one source reaches one sink."""

    tool: str
    source: Origin
    sink: Spot
    steps: tuple[Step, ...]
    guard: str
    """Empty, ``weak`` or ``strong``; ``text`` where a path was checked by its text alone by those who know of links."""
    checks: str
    """What the guard checks."""
    confidence: Confidence
    before: str = ""
    """What nobody outside chose and always stands before the value: a folder, the beginning of a text; ``?`` for what
    is not constant."""


@dataclass(frozen=True, slots=True)
class Flows:
    """All flows of a project, and what its tools can do."""

    flows: tuple[Flow, ...]
    complete: bool
    """False where a budget ended the search."""
    functions: int
    """Functions that were read."""
    routes: tuple[Flow, ...]
    """What reaches programs, code, addresses and pages from callers of routes of HTTP; the route for a tool."""
    reaches: Mapping[str, tuple[Reach, ...]]
    """By tool: where capabilities are used, the first place of each label, host, call and thing that it is used on."""

    def capabilities(self, tool: str) -> Mapping[str, Spot]:
        """What a tool can do, each with the first place that shows it."""
        found: dict[str, Spot] = {}
        for reach in self.reaches.get(tool, ()):
            found.setdefault(reach.label, reach.spot)
        return found

    def hosts(self, tool: str) -> Mapping[str, Spot]:
        """Hosts that a tool always talks to, as far as they are constant."""
        return {host: reach.spot for reach in self.reaches.get(tool, ()) for host in reach.hosts}


class _Seen(NamedTuple):
    """What is looked up of a project once, for every flow."""

    entities: Entities
    links: Links
    transactions: Transactions
    answers: Answers
    transports: Transports


def analyse(project: Project, entries: Sequence[Entry], models: Mapping[str, Models], limits: Limits) -> Flows:
    """Follow data from these entries through the project. ``models`` are by language, as modules name it."""
    engine = Engine(project, models, limits)
    engine.settle(entry.function for entry in reversed(entries))
    complete = engine.complete
    ways = {Entry(one.function, one.name, one.parameters): one for one in routes.find(project)}
    routed = list(ways)
    engine.settle(entry.function for entry in reversed(routed))
    tools = frozenset(compared(entry) for entry in entries)
    found: dict[tuple[object, ...], Flow] = {}
    seen = _Seen(Entities(project), Links(project), Transactions(project), Answers(project), Transports(project))
    reaches: dict[str, tuple[Reach, ...]] = {}
    names = {entry: tools - {compared(entry)} for entry in entries}
    read = [entry for entry in entries if entry.function in engine.summaries]
    complete = complete and len(read) == len(entries)
    reached = {entry: tuple(_reached(engine, entry, names[entry])) for entry in read}
    for entry, used in reached.items():
        alone = (reach for reach in used if reach.label != UNAWAITED)
        reaches[entry.tool] = tuple(dict.fromkeys((*reaches.get(entry.tool, ()), *alone)))
    waiting: list[Flow] = []
    for flow in _of_all(seen, engine, names):
        if flow.source.kind != "parameter":
            waiting.append(flow)
        elif not _keep(found, flow, limits):
            complete = False
    # What callers choose comes first; what the code takes from elsewhere is much the same for every tool.
    first = {(flow.source, flow.sink): flow for flow in reversed(waiting)}
    for flow in reversed(first.values()):
        complete = _keep(found, flow, limits) and complete
    for flow in waiting:
        _keep(found, flow, limits)
    for flow in _unawaited(reached):
        _keep(found, flow, limits)
    run = kept.run(project, engine.summaries)
    if run:
        kinds = {member: frozenset(hit.kind for hit in hits) for member, hits in run.items()}
        again = Engine(project, models, limits, kinds)
        again.settle(entry.function for entry in reversed(entries))
        for flow in _of_kept(seen, again, names, run):
            complete = _keep(found, flow, limits) and complete
    ordered = sorted(found.values(), key=lambda flow: (flow.tool, flow.sink, flow.source))
    asked = _of_routes(project, seen, engine, ways)
    return Flows(tuple(ordered), complete, len(engine.summaries), asked, reaches)


def _unawaited(reached: Mapping[Entry, Sequence[Reach]]) -> Iterator[Flow]:
    """Tools that go on before they hear what a check says of their caller."""
    for entry, reach in ((entry, reach) for entry, used in reached.items() for reach in used):
        if reach.label == UNAWAITED:
            spot = reach.spot
            step = Step(spot.path, spot.line, f"{spot.name}() is called, and nobody waits for it")
            source = Origin(_CHECK, spot.name, spot.path, spot.line)
            yield Flow(entry.tool, source, spot, (step,), "", "", Confidence.MEDIUM)


def _of_all(seen: _Seen, engine: Engine, entries: Mapping[Entry, frozenset[str]]) -> Iterator[Flow]:
    """The flows of every entry, each with the names of the other tools."""
    for entry, others in entries.items():
        summary = engine.summaries.get(entry.function)
        if summary is not None:
            yield from _flows(engine.project, seen, entry, summary, others)


def _of_kept(
    seen: _Seen,
    engine: Engine,
    entries: Mapping[Entry, frozenset[str]],
    run: Mapping[kept.Member, Sequence[Hit]],
) -> Iterator[Flow]:
    """What one tool puts into an object, and what is run of it later."""
    return (later for flow in _of_all(seen, engine, entries) for later in _later(seen, flow, run))


def _later(seen: _Seen, flow: Flow, run: Mapping[kept.Member, Sequence[Hit]]) -> Iterator[Flow]:
    """What is run of what a tool has put into an object."""
    member = kept.member(flow.sink) if flow.source.kind == "parameter" else None
    for hit in run.get(member, ()) if member is not None else ():
        steps = tuple(itertools.islice((*flow.steps, *itertools.islice(_steps(flow.source, hit), 1, None)), _STEPS))
        guard, checks = _checked(seen, hit, steps)
        if "strong" not in {guard, flow.guard}:
            weak = (guard, checks) if guard else (flow.guard, flow.checks)
            sink = hit.spot._replace(kind=hit.kind)
            yield Flow(flow.tool, flow.source, sink, steps, *weak, min(flow.confidence, Confidence(hit.sure)), "")


def _of_routes(project: Project, seen: _Seen, engine: Engine, ways: Mapping[Entry, routes.Route]) -> tuple[Flow, ...]:
    """Of each place that callers of routes must not choose things for, the flow to it that is checked least."""
    found: dict[tuple[str, int, str], Flow] = {}
    for entry, route in ways.items():
        summary = engine.summaries.get(entry.function)
        kinds = _ASKED if route.open else _SHOWN
        for flow in _flows(project, seen, entry, summary, frozenset()) if summary is not None else ():
            key = flow.sink.path, flow.sink.line, flow.sink.kind
            known = found.get(key)
            # What an object keeps to itself is of the server's making: nobody sends it.
            told = flow.sink.kind in kinds and flow.source.kind == "parameter" and "._" not in flow.source.name
            if told and (known is None or len(known.guard) > len(flow.guard)):
                found[key] = flow
    return tuple(found[key] for key in sorted(found))


def _keep(found: dict[tuple[object, ...], Flow], flow: Flow, limits: Limits) -> bool:
    """Tell a flow, of several alike the one that is checked least; false where there is no room for it."""
    key = flow.tool, flow.source, flow.sink
    known = found.get(key)
    if known is None and len(found) >= limits.taint_flows:
        return False
    if known is None or (len(known.guard), -known.confidence) > (len(flow.guard), -flow.confidence):
        found[key] = flow
    return True


def _reached(engine: Engine, entry: Entry, others: frozenset[str]) -> Iterator[Reach]:
    """Capabilities of every function that a tool's handler leads to, nearest first."""
    told: set[tuple[str, tuple[str, ...], str, str]] = set()
    for _, summary, left_out in _led_to(engine, entry, others, _given(engine, entry, others)):
        for reach in sorted(summary.reaches):
            key = reach.label, reach.hosts, reach.spot.name, reach.what
            if reach.case not in left_out and key not in told and len(told) < _REACHES:
                told.add(key)
                yield reach


_Given: TypeAlias = Mapping[tuple[FunctionRef, int], AbstractSet[Given]]
"""What functions are given for those of their parameters that are compared with texts."""


def _given(engine: Engine, entry: Entry, others: frozenset[str]) -> _Given:
    """As `Summary.given` tells it, by whatever a tool's handler leads to."""
    found: dict[tuple[FunctionRef, int], set[Given]] = {}
    for _, summary, _ in _led_to(engine, entry, others, {}):
        for key, texts in summary.given.items():
            found.setdefault(key, set()).update(texts)
    for _ in range(_HANDS):
        for key, texts in found.items():
            handed = {each for each in texts if isinstance(each, tuple)}
            more = itertools.chain.from_iterable(found.get(each, {None}) for each in handed)
            found[key] = (texts - handed) | set(more)
    return found


def _led_to(
    engine: Engine, entry: Entry, others: frozenset[str], given: _Given
) -> Iterator[tuple[FunctionRef, Summary, AbstractSet[str]]]:
    """Every function that a tool's handler leads to, nearest first, with the cases in which it is not called."""
    seen, waiting = {entry.function}, [entry.function]
    for ref in waiting:
        summary = engine.summaries.get(ref)
        if summary is None:
            continue
        left_out = others | {
            case for case, number in summary.compared.items() if _is_other(case, given.get((ref, number)))
        }
        yield ref, summary, left_out
        for called, case in sorted(summary.calls):
            if case not in left_out and called not in seen:
                seen.add(called)
                waiting.append(called)


def _is_other(case: str, given: AbstractSet[Given] | None) -> bool:
    """Whether what a parameter is compared with is none of the texts that it is known to be."""
    known = [each for each in given or () if isinstance(each, str)]
    return bool(known) and len(known) == len(given or ()) and case.lower() not in map(str.lower, known)


def _flows(project: Project, seen: _Seen, entry: Entry, summary: Summary, others: frozenset[str]) -> Iterator[Flow]:
    function = project.function(entry.function)
    path = entry.function.path
    plain = project.modules[path].language in _PLAIN
    for hit in summary.hits.values():
        source = chosen(project, entry, hit.label)
        if source is None or hit.case in others or (plain and hit.object):
            continue
        if hit.kind == "line" and not _COMMAND.match(hit.before):
            continue  # no line of a protocol, as far as anybody can say
        if hit.kind == "xml" and not seen.entities.followed(hit.spot.path):
            continue
        steps = tuple(itertools.islice(_steps(source, hit), _STEPS))
        guard, checks = _checked(seen, hit, steps)
        yield Flow(
            entry.tool,
            source,
            hit.spot._replace(kind=hit.kind),
            steps,
            guard,
            checks,
            Confidence(hit.sure),
            hit.before,
        )
    for label, taint in (*summary.thrown.items(), *deep(summary.returns).items()):
        if isinstance(label.root, Origin) and "result" not in taint.cleaned:
            spot = Spot("result", "return", path, function.line, function.qualname or function.name)
            if label.root.kind == CREDENTIALS:
                # It is mended where they are shown, for all tools at once.
                spot = spot._replace(name="an answer", path=label.root.path, line=label.root.line)
            way = [Step(label.root.path, label.root.line, _said(label.root))]
            way += [Step(node.path, node.line, node.what) for node in reversed([*chain(taint.node)])]
            yield Flow(entry.tool, label.root, spot, tuple(way)[:_STEPS], "", "", Confidence(taint.sure))


def _checked(seen: _Seen, hit: Hit, steps: Sequence[Step]) -> tuple[str, str]:
    """How well a value is checked, and by what, with what the project does around the sink."""
    guard, checks = judged.guard(seen.transactions, hit)
    if hit.kind == "ssrf" and guard in {"", "weak"}:
        if seen.transports.own(step.path for step in steps):
            return "weak", OWN
        return ("weak", PICTURES) if seen.answers.pictures(hit.spot) else (guard, checks)
    if hit.kind == "unpack" and guard == "weak" and not seen.links.asked_of_members:
        return guard, UNASKED
    # Where nothing resolves links, none may ever lie in the folder.
    overlooked = guard == "text" and seen.links.overlooked(step.path for step in steps)
    return ("strong" if guard == "text" and not overlooked else guard), checks


def _said(source: Origin) -> str:
    return f"{source.kind} {source.name}"


def _steps(source: Origin, hit: Hit) -> Iterator[Step]:
    """From the source through every call to the sink."""
    last = Step(source.path, source.line, _said(source))
    yield last
    below: Hit | None = hit
    for _ in range(_DEEP):
        if below is None:
            return
        for node in reversed([*chain(below.node)]):
            step = Step(node.path, node.line, node.what)
            if step != last:
                yield step
            last = step
        last = Step(*below.call)
        yield last
        below = below.below
