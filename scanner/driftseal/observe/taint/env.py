"""What holds at one point of a function, and where two branches of it meet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import field
from typing import Final

from driftseal.code import ir
from driftseal.observe.taint.labels import (
    ANOTHER,
    LINKS,
    READING,
    TOO_EARLY,
    WITHS,
    Guard,
    Label,
    Node,
    Taint,
    Taints,
    chain,
    comes_from,
    gone_through,
    outlived,
    undecoded,
)
from driftseal.observe.taint.summary import Check, Switch, decodes, normalised, parted
from driftseal.observe.taint.values import Value, join
from driftseal.observe.taint.words import words
from driftseal.records import dataclass

_CHECKS: Final = 64
"""Checks in force at one point."""
_DEEP: Final = 2
"""Results inside results that keep their checks."""


@dataclass(slots=True)
class Env:
    """What holds at one point of a function."""

    vars: dict[str, Value] = field(default_factory=dict)
    checks: tuple[Check, ...] = ()
    written: dict[str, ir.Expr] = field(default_factory=dict)
    """Variables by the expression that they were last set to, for conditions that were given a name."""
    firsts: dict[str, ir.Call] = field(default_factory=dict)
    """Variables that hold the first of several results, by the call that gave them: whether it went well, often."""
    case: str = ""
    """The text that something was compared with, in a dispatcher's branch."""
    when: Switch | None = None
    """The optional parameter that decides whether this point is reached."""

    def copy(self) -> Env:
        """For a branch."""
        return Env(dict(self.vars), self.checks, dict(self.written), dict(self.firsts), self.case, self.when)

    def add(self, checks: Iterable[Check]) -> None:
        """Checks that hold from here on."""
        more = tuple(check for check in checks if check not in self.checks)
        if more:
            self.checks = (*self.checks, *more)[-_CHECKS:]


def merge(one: Env | None, other: Env | None, case: str) -> Env | None:
    """What holds where two branches meet again; a branch that left is None."""
    if one is None or other is None:
        left = one if other is None else other
        if left is not None:
            left.case = case
        return left
    checks = tuple(check for check in one.checks if check in other.checks)
    # What holds on one side alone stays with the values of that side.
    mine_alone = [check for check in one.checks if check not in checks]
    other_alone = [check for check in other.checks if check not in checks]
    both = one.vars
    for name, value in other.vars.items():
        mine = both.get(name)
        if mine is None:
            both[name] = value
        elif mine is not value:
            both[name] = join(held(mine_alone, mine), held(other_alone, value))
    written = {name: expr for name, expr in one.written.items() if other.written.get(name) is expr}
    firsts = {name: call for name, call in one.firsts.items() if other.firsts.get(name) is call}
    return Env(both, checks, written, firsts, case, one.when if one.when == other.when else None)


def held(checks: Sequence[Check], value: Value, depth: int = _DEEP) -> Value:
    """A value that keeps the checks which it, and what lies in it, have passed."""
    if not checks:
        return value
    fields = value.fields
    if fields and depth:
        inside = {name: held(checks, each, depth - 1) for name, each in fields.items()}
        fields = fields if all(inside[name] is each for name, each in fields.items()) else inside
    taints = guarded(checks, value.taints)
    if fields is value.fields and taints is value.taints:
        return value
    return Value(taints, value.const, fields, value.items, value.ref, value.scope)


def guarded(checks: Sequence[Check], taints: Taints) -> Taints:
    """Labels that keep the checks which their values have passed."""
    # Most checks are of something else, and most values have passed none.
    roots = {seen.root for seen, _, _ in checks}
    if roots.isdisjoint(label.root for label in taints):
        return taints
    return {
        label: Taint(taint.node, taint.cleaned, passed(checks, label, taint), taint.fixed, taint.sure)
        if label.root in roots
        else taint
        for label, taint in taints.items()
    }


def passed(checks: Iterable[Check], label: Label, taint: Taint) -> tuple[Guard, ...]:
    """Every check that a value has passed, the strong ones first."""
    found = list(taint.guards)
    root, path = label
    for seen, node, held in checks:
        if seen.root != root or path[: len(seen.path)] != seen.path:
            continue  # a check of something else, of which this is no part
        guard = held
        same = comes_from(taint.node, node)
        if not guard.decoded and decodes(taint.node, node) and (same or not decodes(node, None)):
            guard = undecoded(guard)
        elif not same and not (node is not None and _unlinked(node, taint.node)):
            guard = Guard(strong=False, what=f"{guard.what.removesuffix(LINKS)}{ANOTHER}", kinds=guard.kinds)
        elif guard.what in {READING, WITHS} and parted(taint.node, node):
            guard = outlived((guard,), decoded=False)[0]
        elif guard.what.endswith(LINKS) and taint.node is not None and taint.node.real:
            # Resolved only once it was checked: what is opened was never compared.
            what = f"{guard.what.removesuffix(LINKS)}{TOO_EARLY}"
            guard = Guard(strong=False, what=what, kinds=guard.kinds)
        found += normalised((guard,), node)
    if len(found) < 2:  # noqa: PLR2004  # nothing to sort, as for most values
        return tuple(found)
    return tuple(sorted(dict.fromkeys(found), key=lambda guard: not guard.strong)[:6])


def _unlinked(node: Node, used: Node | None) -> bool:
    """Whether what was checked is the used value made absolute or with its links resolved: it says where that leads."""
    for step in chain(node):
        if step is used:
            return True
        called = gone_through(step.what)
        if called not in words("unlinking") and not (step.pure and called in words("standing")):
            return False
    return used is None
