"""Data that reaches what it must not: flows that were followed through the code, judged by source, sink and guard."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

from driftseal.detect import _purpose, _rules
from driftseal.detect._source import Source
from driftseal.detect.base import Detector
from driftseal.limits import Limits
from driftseal.model.finding import Location, Match, Region, Step
from driftseal.model.item import Item, ItemKind
from driftseal.model.rule import Confidence, Rule
from driftseal.model.snapshot import Session, Snapshot
from driftseal.observe import parameters
from driftseal.observe.built import is_built
from driftseal.observe.observations import Observations

if TYPE_CHECKING:
    from driftseal.observe.program import Program
    from driftseal.observe.taint.flows import Flow
    from driftseal.observe.tools.declared import Declared


_HTTP: Final = "http"
_REDIRECT: Final = "authorization"
"""Of a flow whose value is the address to which a client is sent to agree; see `observe.taint.routes`."""
_STATEMENTS: Final = "weak-statement-check"
_UNAWAITED: Final = "unawaited"
"""Of a flow that is none: a check of the caller that nobody waits for."""
_CREDENTIALS: Final = "credentials"
"""Of a flow that begins with keys of the server's own, where they are shown."""
_EACH: Final = frozenset({"argv-option", "code", "command", "deserialise", "sql", "template"})
"""Kinds of sinks that take several values, each on its own account."""
_AS_TEXT: Final = frozenset(
    {"put into a string", *(f"passed through {name}()" for name in ("basename", "join", "normalize", "resolve"))}
)
"""First steps of what is taken for a text or a path."""
_PUT: Final = "put into "
_COMMANDS: Final = frozenset({"argv", "argv-option", "command"})

_Key = tuple[str, str, int, str]
"""A rule, and the file, the line and the kind of a sink."""


class Taint(Detector):
    """At most one match for a rule and a sink: the surest, and of several as sure the one that is checked least.

    Related are the places at which other tools meet the same sink.
    """

    name: ClassVar[str] = "taint"

    def detect(self, sessions: Sequence[Session], seen: Observations, rules: Sequence[Rule]) -> Iterator[Match]:
        """See ``Detector.detect``."""
        for session in sessions:
            for snapshot in session.snapshots:
                program = seen.program(snapshot.target.identity)
                if program is not None:
                    beside = [rule for rule in rules if _through(rule) or _listening(rule)]
                    inside = [rule for rule in rules if rule not in beside]
                    yield from _of_program(snapshot, program, inside, seen.limits)
                    yield from _of_routes(snapshot, program, [rule for rule in beside if _through(rule)])
                    yield from _of_ports(snapshot, program, [rule for rule in beside if _listening(rule)], seen.limits)


def _of_program(snapshot: Snapshot, program: Program, rules: Sequence[Rule], limits: Limits) -> Iterator[Match]:
    items = {item.key: item for item in snapshot.items}
    told: dict[_Key, Match] = {}
    reached: dict[_Key, dict[str, Flow]] = {}
    flows = tuple(_flows(program))
    granted = _granted(program, flows)
    run = (each for each in flows if _purpose.runs_any_command(each, program.declared[each.tool].schema))
    shells = frozenset(each.tool for each in run)
    lines = any(_runs_any_line(program.declared[each.tool], each) for each in flows if each.tool in shells)
    wanted = [(rule, _Wanted.by(rule)) for rule in rules]
    for flow in flows:
        item = items.get(flow.tool)
        for rule, wants in wanted:
            if item is None or not wants.fits(flow):
                continue
            key = rule.id, flow.sink.path, flow.sink.line, flow.sink.kind
            reached.setdefault(key, {}).setdefault(flow.tool, flow)
            before = told.get(key)
            if before is None:
                told[key] = _match(rule, snapshot, program, item, flow)
            elif before.confidence == Confidence.LOW and flow.sink.kind in _EACH:
                # Each value is one by itself: what a tool openly takes says nothing of what else comes here.
                match = _match(rule, snapshot, program, item, flow)
                told[key] = match if match.confidence != Confidence.LOW else before
            elif rule.id == _STATEMENTS and not _by_itself(program, before) and _reads(program.declared[flow.tool]):
                # What a tool promises that says it reads matters more than what another one meets on the same way.
                told[key] = _match(rule, snapshot, program, item, flow)
            elif before.confidence != Confidence.LOW and before.location.item == item.key and _free(program, flow):
                # Of a path that a caller chooses freely, no other part matters.
                told[key] = replace(before, confidence=Confidence.LOW)
    # The surest first: what is opened to be written is read as well, and one finding tells of both.
    single = frozenset(_place(flow) for flow in flows if _purpose.ends_no_statement(flow))
    grants = _Grants(granted | (_COMMANDS if lines else frozenset()), shells, single, _of_clauses(program, flows))
    by_id = {rule.id: rule for rule in rules}
    copies = dict(_copies(program, told, reached))
    again = {each for those in copies.values() for each in those}
    once = ((key, match) for key, match in told.items() if key not in again)
    for key, match in sorted(once, key=lambda pair: -(pair[1].confidence or Confidence.LOW)):
        sure = _granting(program, match, reached[key][match.location.item], grants)
        others = [flow for tool, flow in reached[key].items() if tool != match.location.item]
        if sure.confidence != Confidence.LOW and others:
            rule = by_id[match.rule_id]
            more = (
                (_match(rule, snapshot, program, items[flow.tool], flow), flow) for flow in others[: limits.matches]
            )
            also = (_granting(program, other, flow, grants) for other, flow in more)
            sure = replace(sure, related=tuple(_mended(each) for each in also if each.confidence != Confidence.LOW))
        same = [told[each].location for each in copies.get(key, ())]
        yield replace(sure, related=(*sure.related, *same)[: limits.matches]) if same else sure


def _copies(
    program: Program, told: Mapping[_Key, Match], reached: Mapping[_Key, Mapping[str, Flow]]
) -> Iterator[tuple[_Key, list[_Key]]]:
    """Of what is told at a source, what is told of the same tool and value where that was built to.

    Nobody mends one flaw twice. Where what was built is surer, it is not the same.
    """
    sides: dict[tuple[str, str, str, str], tuple[list[_Key], list[_Key]]] = {}
    for key, match in told.items():
        flow = reached[key][match.location.item]
        name = program.declared[match.location.item].name  # several servers may have a tool of it
        same = match.rule_id, name, flow.source.name, flow.sink.kind
        sides.setdefault(same, ([], []))[is_built(flow.source.path)].append(key)
    for sources, built in sides.values():
        most = max((told[key].confidence or Confidence.LOW for key in sources), default=Confidence.LOW)
        alike = [key for key in built if (told[key].confidence or Confidence.LOW) <= most]
        if sources and alike:
            yield max(sources, key=lambda key: told[key].confidence or Confidence.LOW), alike


def _granting(program: Program, match: Match, flow: Flow, grants: _Grants) -> Match:
    """What is told of a flow, held against what the tools openly give."""
    most = _most(program, match, flow.sink.kind, _place(flow), grants)
    return replace(match, confidence=most) if match.confidence != Confidence.LOW and most is not None else match


def _mended(match: Match) -> Location:
    """Where another tool's value becomes a part of what is run or opened; where it comes in, if it is handed on whole.

    Tools share the helper that runs a command or a statement. Each of them has a line of its own that is to be mended.
    """
    put = [step.location for step in match.steps if step.message.startswith(_PUT)]
    return put[-1] if put else match.steps[0].location


def _runs_any_line(one: Declared, flow: Flow) -> bool:
    return _purpose.runs_any_line(flow, one.schema, one.description)


class _Grants(NamedTuple):
    """What the tools of a program openly give to whoever calls them."""

    kinds: frozenset[str]
    shells: frozenset[str]
    """Tools that run any command."""
    single: frozenset[tuple[str, int]]
    """Places at which one statement is run and no other behind it."""
    clauses: frozenset[tuple[str, int]]
    """Places at which statements are run that give no more than a clause does which some tool openly takes."""


def _place(flow: Flow) -> tuple[str, int]:
    return flow.sink.path, flow.sink.line


def _most(program: Program, match: Match, kind: str, place: tuple[str, int], grants: _Grants) -> Confidence | None:
    """How sure one may be at most, where a tool openly grants what is reached here; None where none does."""
    if kind in grants.kinds - _COMMANDS and not (kind == "sql" and _by_itself(program, match)):
        # Whoever may run any statement, or have a browser read any page, gains nothing by a part of one, unless
        # it is of a tool that is let through and could be made to run another one.
        let = kind == "sql" and _describes(program, match) and place not in grants.single
        return Confidence.MEDIUM if let else Confidence.LOW
    if kind == "sql" and place in grants.clauses and not _by_itself(program, match):
        # Whoever writes one clause gains nothing by another part.
        return Confidence.LOW
    if kind in _COMMANDS & grants.kinds and not _by_itself(program, match) and not _promises(program, match):
        # Whoever may run any command gains nothing by a part of one.
        return Confidence.LOW
    # A command sets whatever variables it likes.
    return Confidence.LOW if kind == "process-environment" and match.location.item in grants.shells else None


def _of_clauses(program: Program, flows: Sequence[Flow]) -> frozenset[tuple[str, int]]:
    """Where a clause is taken, and where what only reads is run by the same call: a clause reads whatever there is."""
    taken = [flow for flow in flows if _purpose.takes_clause(flow, program.declared[flow.tool].schema)]
    names = {flow.sink.name for flow in taken if _purpose.begins_reading(flow)}
    reading = [flow for flow in flows if flow.sink.name in names and flow.sink.kind == "sql"]
    other = {_place(flow) for flow in reading if not _purpose.begins_reading(flow)}
    return frozenset({_place(flow) for flow in (*taken, *reading)} - other)


def _granted(program: Program, flows: Sequence[Flow]) -> frozenset[str]:
    """Kinds of sinks of which some tool openly grants its callers all that there is."""
    pairs = [(flow, program.declared[flow.tool].schema) for flow in flows]
    found = {"sql"} if any(_purpose.runs_any_statement(*pair) for pair in pairs) else set()
    return frozenset(found | ({"ssrf"} if any(_purpose.browses_anywhere(*pair) for pair in pairs) else set()))


def _by_itself(program: Program, match: Match) -> bool:
    """Whether clients let through what leads here though not the tool that runs any statement.

    They read resources without being asked, and trust a tool that says it reads. A prompt is what the user asks for.
    """
    one = program.declared.get(match.location.item)
    asked = one is not None and one.kind in {ItemKind.TOOL, ItemKind.PROMPT}
    return one is not None and (not asked or (match.rule_id == _STATEMENTS and _reads(one)))


def _describes(program: Program, match: Match) -> bool:
    """Whether a tool is called as those are that tell of tables and run nothing: ``describe_table``."""
    one = program.declared.get(match.location.item)
    return one is not None and _purpose.promises_describing(one.name)


def _promises(program: Program, match: Match) -> bool:
    """Whether a tool says that it reads or tells of something, so that people let it through."""
    one = program.declared.get(match.location.item)
    return one is not None and (_reads(one) or _purpose.promises_describing(one.name))


def _reads(one: Declared) -> bool:
    return _purpose.promises_reading(one.name, one.description, one.annotations)


def _free(program: Program, flow: Flow) -> bool:
    """Whether a caller openly chooses where the whole of a path leads."""
    return flow.sink.kind.startswith("path-") and _purpose.names_place(flow, program.declared[flow.tool].schema)


def _through(rule: Rule) -> tuple[str, ...]:
    """By which way the values come that a rule is about, where that is not from callers of tools."""
    return _rules.texts(rule, "through")


def _listening(rule: Rule) -> tuple[str, ...]:
    """Facts of a server that everybody reaches, of which alone a rule is about what its tools are openly given."""
    return _rules.texts(rule, "listening")


def _of_ports(snapshot: Snapshot, program: Program, rules: Sequence[Rule], limits: Limits) -> Iterator[Match]:
    """What tools openly let their callers name, where callers are whoever reaches a port: one match for all tools.

    Over pipes it is the user's own client that names a file; nobody needs a server to read what is theirs.
    """
    items = {item.key: item for item in snapshot.items}
    openly = [flow for flow in _flows(program) if flow.tool in items and _free(program, flow)] if rules else []
    for rule in rules if openly else ():
        wants, names = _Wanted.by(rule), _listening(rule)
        ports = [fact for fact in program.facts.facts if fact.name in names]
        met: dict[str, Flow] = {}
        for flow in openly if ports else ():
            if wants.fits(flow):
                met.setdefault(flow.tool, flow)
        if met:
            matches = [
                _match(rule, snapshot, program, items[tool], flow) for tool, flow in [*met.items()][: limits.matches]
            ]
            source, port = Source(snapshot, program), ports[0]
            listens = source.place(port.path, port.line)
            heard = Step(listens, "everybody is let in here", source.evidence(port.path, port.line, port.evidence))
            first = matches[0]
            others = [_mended(each) for each in matches[1:]]
            yield replace(
                first,
                steps=(heard, *first.steps),
                related=_rules.nearest((listens, *others), limits),
                confidence=min(rule.confidence, next(iter(met.values())).confidence),
            )


def _of_routes(snapshot: Snapshot, program: Program, rules: Sequence[Rule]) -> Iterator[Match]:
    """What callers of routes reach, who are no clients of the tools."""
    source = Source(snapshot, program)
    for flow in program.flows.routes if rules else ():
        for rule in rules:
            if _Wanted.by(rule).fits(flow) and (_HTTP, _REDIRECT)[flow.tool == _REDIRECT] in _through(rule):
                yield Match(
                    rule.id,
                    source.place(flow.sink.path, flow.sink.line),
                    source.evidence(flow.sink.path, flow.sink.line, flow.sink.name),
                    message=f"{flow.source.name!r} of {flow.tool} reaches {flow.sink.name}",
                    steps=tuple(
                        Step(source.place(step.path, step.line), step.what, source.evidence(step.path, step.line, ""))
                        for step in flow.steps
                    ),
                    confidence=_purpose.cleaned(flow, min(rule.confidence, flow.confidence, _openly(flow))),
                )


def _openly(flow: Flow) -> Confidence:
    """How sure one may be that whoever asks is not meant to choose it: a place to put something in is named as one."""
    return (
        Confidence.LOW if flow.sink.kind.startswith("path-") and _purpose.names_place(flow, None) else Confidence.HIGH
    )


def _flows(program: Program) -> Iterator[Flow]:
    """Flows of values that the tool's schema lets through, those that are checked least first."""
    shared = Counter(one.handler for one in program.declared.values())
    for flow in sorted(program.flows.flows, key=lambda flow: (len(flow.guard), -flow.confidence)):
        one = program.declared[flow.tool]
        if flow.source.kind == "parameter":
            if parameters.empty(one.schema) or parameters.closed(one.schema, flow.source.name, flow.sink.kind):
                continue
            if _is_object(flow) and parameters.of_objects(one.schema, flow.source.name):
                continue
            if shared[one.handler] > 1 and parameters.foreign(one.schema, flow.source.name):
                # One function handles many tools; the parameter is another one's.
                continue
            if flow.sink.kind == "document" and not _may_be_object(program, one, flow):
                continue
        yield flow


def _is_object(flow: Flow) -> bool:
    """Whether the value itself is taken for a text or a path, and no member of it."""
    first = next((step.what for step in flow.steps[1:] if not step.what.startswith("passed to ")), "")
    return first in _AS_TEXT or first == flow.steps[-1].what


def _may_be_object(program: Program, one: Declared, flow: Flow) -> bool:
    """Whether a client can send an object where the tool looks for a text."""
    name = flow.source.name
    if parameters.named(one.schema, name) and not parameters.scalar(one.schema, name):
        return not parameters.of_scalars(one.schema, name)
    return one.how == "object" and program.unparsed


class _Wanted(NamedTuple):
    """Which flows a rule is about."""

    sinks: tuple[str, ...]
    sources: tuple[str, ...]
    guards: tuple[str, ...]
    checks: tuple[str, ...]

    @classmethod
    def by(cls, rule: Rule) -> _Wanted:
        """As the rule says it; there may be thousands of flows to hold it against."""
        return cls(*(_rules.texts(rule, word) for word in ("sink", "source", "guard", "checks")))

    def fits(self, flow: Flow) -> bool:
        """Whether this is one of them."""
        guard = flow.guard
        if guard == "strong" or flow.sink.kind not in self.sinks or flow.source.kind not in self.sources:
            return False
        # Who looks at texts alone has to be asked for; other checks count where no rule tells them apart.
        known = (guard or "none") in self.guards if self.guards else guard != "text"
        return known and (not self.checks or any(check in flow.checks for check in self.checks))


def _match(rule: Rule, snapshot: Snapshot, program: Program, item: Item, flow: Flow) -> Match:
    prefix = item.evidence[0].uri.removesuffix(program.declared[item.key].path) if item.evidence else ""

    def place(path: str, line: int) -> Location:
        return Location(snapshot.target.identity, item.key, "", prefix + path, Region(start_line=line))

    source = Source(snapshot, program)
    declared = program.declared[item.key]
    steps = tuple(
        Step(place(step.path, step.line), step.what, source.evidence(step.path, step.line, "")) for step in flow.steps
    )
    checked = f", checked only by {flow.checks}" if flow.guard and flow.checks else ""
    reaches = f"{flow.source.kind} {flow.source.name!r} of {item.name!r} reaches {flow.sink.name}"
    if flow.source.kind == _CREDENTIALS:
        reaches = f"{item.name!r} may answer with {flow.source.name!r}, as it is shown here"
    elif flow.sink.kind == _UNAWAITED:
        reaches = f"{item.name!r} goes on before {flow.sink.name}() says whether it may"
    return Match(
        rule.id,
        place(flow.sink.path, flow.sink.line),
        source.evidence(flow.sink.path, flow.sink.line, flow.sink.name),
        message=f"{reaches}{checked}",
        steps=steps,
        confidence=_purpose.confidence(rule, flow, declared.schema, declared.description, reading=_reads(declared)),
    )
