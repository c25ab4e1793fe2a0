"""What a function does with data, in terms of its own parameters, so that its callers need not read it again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from itertools import islice, takewhile
from typing import NamedTuple, TypeAlias

from driftseal.code.project import FunctionRef
from driftseal.observe.taint.labels import (
    EMPTY,
    GIVEN,
    HOSTS,
    INSIDE,
    LABELS,
    LISTED,
    NOTHING,
    Guard,
    Label,
    Node,
    Origin,
    Taint,
    Taints,
    chain,
    foremost,
    gone_through,
    outlived,
    resolved,
    told_by,
    weaker,
)
from driftseal.observe.taint.values import CLEAN, Value, chosen, deep, join, member
from driftseal.observe.taint.words import words
from driftseal.records import dataclass

_DEEP = 4
_PUT = frozenset({"put into a string", INSIDE})
"""Steps that leave a value as it is, behind what stands before it."""
_GUARDS = 4
"""Checks of one value that are kept."""
UNAWAITED = "unawaited"
"""What a function does that calls a check and does not wait for what it says."""
_REPLAYED = 6
"""Steps inside a called function that the caller's chain tells."""


class Spot(NamedTuple):
    """Where something is done."""

    kind: str
    name: str
    """Of the call, as models know it."""
    path: str
    line: int
    function: str


class Check(NamedTuple):
    """A value is known to have passed a guard."""

    label: Label
    node: Node | None
    guard: Guard


class Switch(NamedTuple):
    """A parameter, or a member of one, that decides by being true or not whether something is done."""

    label: Label
    wanted: bool
    """What it must be for that."""
    unset: bool | None
    """What it is where a call gives nothing for it, as far as the signature says."""


class Hit(NamedTuple):
    """A value reaches a sink."""

    label: Label
    kind: str
    spot: Spot
    node: Node | None
    """The steps up to the sink, or to the call that leads there."""
    guards: tuple[Guard, ...]
    below: Hit | None
    """The same hit in the called function."""
    call: tuple[str, int, str]
    """Path, line and words of the sink or the call."""
    whole: bool
    """Whether it is the parameter itself, so that its caller knows what lies in it."""
    case: str
    sure: int
    before: str = ""
    """Text that nobody outside chose and that stands before the value; ``?`` for what is not constant."""
    object: bool = False
    """Whether the root of the label has methods of the project's own, so that it was made by the server."""
    when: Switch | None = None
    """What the caller says that it takes; None where it does in any case."""
    members: tuple[str, ...] = ()
    """Of a whole parameter that may be an object: those of its members that count."""

    @property
    def key(self) -> tuple[Label, str, str, int, str, str]:
        """Hits that differ in nothing else are told once."""
        return self.label, self.kind, self.spot.path, self.spot.line, self.spot.name, self.case


class Reach(NamedTuple):
    """A capability at one place; ``case`` is the tool name that a dispatcher compared before."""

    label: str
    spot: Spot
    hosts: tuple[str, ...]
    case: str
    what: str = ""
    """What it is used on, as far as that is constant: a path, a variable, a statement, a method of HTTP."""


Given: TypeAlias = "str | tuple[FunctionRef, int] | None"
"""What is given for a parameter: a text, what the caller itself is given for one of its own, or nobody knows what."""


@dataclass(slots=True)
class Summary:
    """What is known of one function so far."""

    hits: dict[tuple[Label, str, str, int, str, str], Hit] = field(default_factory=dict)
    returns: Value = CLEAN
    this: Mapping[str, Value] = field(default_factory=dict)
    """Members that it sets on its object."""
    mutated: dict[int | str, Taints] = field(default_factory=dict)
    """What it puts into its parameters and the variables around it."""
    thrown: Taints = field(default_factory=dict)
    """Credentials of the server's own in errors that it raises."""
    handed: dict[int, tuple[Value, ...]] = field(default_factory=dict)
    """What it calls those of its parameters with that it calls."""
    asks: dict[str, tuple[Value, ...]] = field(default_factory=dict)
    """What it calls those methods of its own object with that derived classes are to write, by their names."""
    ensures: tuple[Check, ...] = ()
    """Holds once it came back."""
    truths: tuple[Check, ...] = ()
    """Holds once it gave back something true."""
    falses: tuple[Check, ...] = ()
    calls: set[tuple[FunctionRef, str]] = field(default_factory=set)
    reaches: set[Reach] = field(default_factory=set)
    compared: dict[str, int] = field(default_factory=dict)
    """Texts with which a parameter of its own is compared, here or where it is handed on, and which one:
    ``if method == "DELETE"``."""
    given: dict[tuple[FunctionRef, int], set[Given]] = field(default_factory=dict)
    """What it gives other functions for such a parameter."""
    scope: Mapping[str, Value] = field(default_factory=dict)
    """Its variables at its end."""
    idle: bool = False
    """Whether it comes back before it checks anything, as long as nobody sets it up to check."""
    waits: bool = False
    """Whether it awaits anything, so that whoever calls it without waiting goes on before it is done."""

    def sign(self) -> tuple[object, ...]:
        """Equal for summaries that mean the same to a caller."""
        return (
            frozenset((key, hit.guards, hit.when) for key, hit in self.hits.items()),
            _sign(self.returns, _DEEP),
            frozenset((name, _sign(value, 2)) for name, value in self.this.items()),
            frozenset((root, frozenset(taints)) for root, taints in self.mutated.items()),
            frozenset((number, *(_sign(value, 2) for value in given)) for number, given in self.handed.items()),
            frozenset((name, *(_sign(value, 2) for value in given)) for name, given in self.asks.items()),
            frozenset(
                (check.label, check.guard) for each in (self.ensures, self.truths, self.falses) for check in each
            ),
            self.idle,
            frozenset(self.thrown),
            frozenset(self.compared.items()),
        )


def _sign(value: Value, depth: int) -> object:
    fields = value.fields
    inner = frozenset((name, _sign(each, depth - 1)) for name, each in fields.items()) if fields and depth else None
    taints = frozenset((label, taint.cleaned, len(taint.guards)) for label, taint in value.taints.items())
    return taints, value.ref, type(value.const).__name__, inner


class Binding:
    """What a called function's roots stand for at one call."""

    def __init__(self, arguments: Mapping[int | str, Value], path: str, line: int, called: str) -> None:
        self._arguments = arguments
        self._known: dict[Label, Taints] = {}
        self._values: dict[Label, Value] = {}
        self.path = path
        self.line = line
        self.called = called

    def value(self, label: Label) -> Value:
        """What the caller has there."""
        value = self._values.get(label)
        if value is None:
            if isinstance(label.root, Origin):
                return Value({label: Taint()})
            value = self._arguments.get(label.root, CLEAN)
            for name in label.path:
                value = self._member(value, name)
            self._values[label] = value
        return value

    def _member(self, value: Value, name: str) -> Value:
        number = told_by(name)
        if number is None:
            return member(value, name)
        key = self._arguments.get(number, CLEAN)
        if key.text is not None:
            return member(value, key.text)
        # Whoever is told the name of it by a caller in turn tells as much.
        found = chosen(value, key)
        return found if found is not None else Value(deep(value))

    def taints(self, taints: Taints) -> Taints:
        """Taints of the called function in terms of the caller."""
        if not taints:
            return NOTHING
        found: dict[Label, Taint] = {}
        for label, inner in taints.items():
            if isinstance(label.root, Origin):
                found[label] = weaker(found[label], inner) if label in found else inner
                continue
            steps: Sequence[Node] | None = None
            for mine, outer in self._deep(label).items():
                known = found.get(mine)
                if known is None and len(found) >= LABELS:
                    continue
                if known is None or not _covers(known, outer, inner):
                    steps = [*islice(chain(inner.node), _REPLAYED)][::-1] if steps is None else steps
                    taint = _joined(outer, inner, steps)
                    found[mine] = weaker(known, taint) if known is not None else taint
        return found

    def _deep(self, label: Label) -> Taints:
        known = self._known.get(label)
        if known is None:
            known = self._known[label] = deep(self.value(label))
        return known

    def into(self, value: Value, depth: int = _DEEP) -> Value:
        """A value of the called function in terms of the caller."""
        if value is CLEAN or (not value.taints and not value.fields):
            return value
        if len(value.taints) == 1 and not value.fields and value.ref is None:
            # A parameter that comes back as it was brings back what lies in it as well.
            ((label, taint),) = value.taints.items()
            if taint == Taint() and not isinstance(label.root, Origin):
                return self.value(label)
        fields = None
        if value.fields is not None and depth:
            fields = {name: self.into(each, depth - 1) for name, each in value.fields.items()}
        whole, rest = CLEAN, value.taints
        if fields is not None:
            # An object that comes back with more in it keeps what lies in each of its members.
            plain = [label for label, taint in rest.items() if taint == EMPTY and not isinstance(label.root, Origin)]
            rest = {label: taint for label, taint in rest.items() if label not in plain}
            for label in plain:
                whole = join(whole, self.value(label))
        items = value.items and fields is not None
        return join(whole, Value(self.taints(rest), value.const, fields, items, value.ref, value.scope))

    def _told(self, guard: Guard) -> Guard:
        """A guard by a list that the caller gives, once it is known who chose what is in it."""
        parameter = guard.what.removeprefix(GIVEN)
        if parameter == guard.what or not parameter.isdecimal():
            # Of a part of the value, or of another one, it says nothing whoever gives the list.
            return guard
        labels = self._deep(Label(int(parameter), ()))
        roots = {label.root for label in labels}
        if all(isinstance(root, (str, Origin)) for root in roots):
            return Guard(strong=True, what=LISTED, kinds=guard.kinds)
        number = roots.pop() if len(roots) == 1 else None
        return guard._replace(what=f"{GIVEN}{number}") if isinstance(number, int) else guard

    def checks(self, checks: tuple[Check, ...]) -> Iterator[Check]:
        """Checks of the called function in terms of the caller."""
        for check in checks:
            for label, taint in self._deep(check.label).items():
                if _is_ending(taint.node):
                    continue  # which says nothing of the rest of a name
                pure = all(step.pure for step in chain(check.node))
                guard = self._told(normalised((check.guard,), taint.node)[0])
                if check.node is not None and check.node.normal:
                    guard = guard._replace(normal=False)
                if decodes(check.node, None):
                    guard = guard._replace(decoded=True)
                if guard.kinds and guard.kinds <= HOSTS:
                    # A host is always a part of an address, or what a name leads to.
                    yield Check(label, None, guard)
                elif pure or not guard.strong:
                    yield Check(label, taint.node, guard)
                else:
                    what = f"{guard.what}, on a value made of it"
                    yield Check(label, taint.node, Guard(strong=False, what=what, kinds=guard.kinds))


def _joined(outer: Taint, inner: Taint, steps: Sequence[Node]) -> Taint:
    """The way out after the way in, of which these steps are told."""
    if inner is EMPTY or inner == EMPTY:
        return outer
    if outer is EMPTY or outer == EMPTY:
        return inner
    node = outer.node
    for step in steps:
        node = step.after(node)
    before = outer.guards
    if before and (decoded := decodes(inner.node, None)):
        before = outlived(before, decoded=decoded)
    guards = (*before, *normalised(inner.guards, outer.node))
    fixed = inner.fixed or outer.fixed
    if inner.fixed and outer.fixed and inner.fixed != "?" and all(step.what in _PUT for step in chain(inner.node)):
        # ``base + path`` of a path that begins with a constant itself.
        fixed = inner.fixed + (outer.fixed if outer.fixed != "?" else "")
    return Taint(node, outer.cleaned | inner.cleaned, foremost(guards, _GUARDS), fixed, min(outer.sure, inner.sure))


def _covers(known: Taint, outer: Taint, inner: Taint) -> bool:
    """Whether `weaker` tells one way alone, of it and of the way out after the way in: without making that one."""
    return (
        not known.guards
        and (known.sure >= outer.sure or known.sure >= inner.sure)
        and (known.cleaned <= outer.cleaned or known.cleaned <= inner.cleaned)
        and (not known.fixed or (known.fixed == inner.fixed + outer.fixed and not (inner.fixed and outer.fixed)))
    )


def decodes(node: Node | None, until: Node | None) -> bool:
    """Whether a value was decoded after one of its steps, or at all."""
    for step in chain(node):
        if step is until:
            return False
        if gone_through(step.what) in words("decoding"):
            return True
    return False


def _is_ending(node: Node | None) -> bool:
    """Whether a value is the ending of a name: ``path.extension()``."""
    called = (gone_through(step.what) for step in chain(node))
    return any(name in words("endings") for name in called)


def parted(node: Node | None, until: Node | None) -> bool:
    """Whether a value was taken apart after one of its steps."""
    return any(step.what == "passed through split()" for step in takewhile(lambda step: step is not until, chain(node)))


def normalised(guards: tuple[Guard, ...], node: Node | None) -> tuple[Guard, ...]:
    """Guards on a value whose ``..`` are known to be resolved."""
    if node is None or not node.normal:
        return guards
    if node.real:
        guards = tuple(map(resolved, guards))
    return tuple(guard._replace(normal=False) for guard in guards)
