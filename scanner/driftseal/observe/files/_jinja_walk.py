"""Walks the syntax tree of a template in order of execution, both ways at every branch, and notes what is odd.

Every visit is a generator that asks for the values of the nodes below it, so that depth needs no deep stack.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from jinja2 import nodes

from driftseal.observe.files import _jinja_values as values
from driftseal.observe.files._jinja_expressions import Expressions
from driftseal.observe.files._jinja_notes import CONTENT, MESSAGES, SAID, Noted, Visit, dotted, words
from driftseal.observe.files._jinja_values import HOLE, NOTHING, Value
from driftseal.observe.files.base import Budget

ROUNDS: Final = 100_000
"""Times that a loop may run by what it says itself, loops around it counted."""


class Walk(Expressions):
    """One template."""

    def __init__(self, budget: Budget) -> None:
        super().__init__()
        self._budget = budget

    def walk(self, tree: nodes.Template) -> bool:
        """Visit everything; whether the budget was enough."""
        stack: list[Visit] = [self._visit(tree)]
        given: Value | None = None
        while stack:
            try:
                below = stack[-1].send(given) if given is not None else next(stack[-1])
                if not self._budget.spend():
                    return False
                stack.append(self._visit(below))
                given = None
            except StopIteration as end:
                stack.pop()
                given = end.value if isinstance(end.value, Value) else NOTHING
                if not self._budget.spend(_size(given)):
                    return False
        return True

    def _visit(self, node: nodes.Node) -> Visit:
        self._line = node.lineno or self._line
        visit = getattr(self, f"_{type(node).__name__.lower()}", None)
        if visit is not None:
            found: Value = yield from visit(node)
            return found
        # Anything without a meaning of its own is made of all that is below it.
        return values.mixed(*(yield from self._each(node.iter_child_nodes())))

    def _output(self, node: nodes.Output) -> Visit:
        for below in node.nodes:
            value = yield below
            if value.keyed and words(value.text) >= SAID:
                self._added(value.keyed, value.text)
            elif value.known and isinstance(value.const, str):
                self._said(value.const)
        return NOTHING

    def _templatedata(self, node: nodes.TemplateData) -> Visit:
        yield from ()
        self._keep(node.data)
        return values.literal(node.data)

    def _if(self, node: nodes.If) -> Visit:
        conditions: list[str] = []
        for branch in (node, *node.elif_):
            found = yield branch.test
            conditions.append(found.keyed)
            yield from self._body(branch.body, found.keyed)
        yield from self._body(node.else_, next((one for one in conditions if one), ""))
        return NOTHING

    def _body(self, body: Sequence[nodes.Node], keyed: str) -> Visit:
        if keyed:
            self._keyed.append(keyed)
        yield from self._each(body)
        if keyed:
            self._keyed.pop()
        return NOTHING

    def _for(self, node: nodes.For) -> Visit:
        source = yield node.iter
        rounds = self._count(node.iter, source)
        self._rounds.append(rounds)
        total = 1
        for one in self._rounds:
            total = min(total * one, values.HUGE)
        if total > ROUNDS and rounds > 1:
            self._note("template-unbounded-loop", f"a loop of {min(total, 10**18)} rounds", "range")
        self._bind(node.target, replace(source, const=values.UNKNOWN, shape=_any_of(source)))
        if node.test is not None:
            yield node.test
        yield from self._body(node.body, "")
        yield from self._body(node.else_, "")
        self._rounds.pop()
        return NOTHING

    def _count(self, node: nodes.Node, value: Value) -> int:
        """Rounds of a loop over this, as far as the source says."""
        if isinstance(value.const, (str, list, dict)):
            return max(len(value.const), 1)
        if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name == "range":
            return max(self._range, 1)
        return 1

    def _assign(self, node: nodes.Assign) -> Visit:
        value = yield node.node
        self._grows(node)
        self._bind(node.target, self._under(value))
        if isinstance(node.target, nodes.Name) and _called(node.node) == "namespace":
            for member, first in self._members.items():
                self._remember(f"{node.target.name}.{member}", first)
        yield node.target
        return NOTHING

    def _assignblock(self, node: nodes.AssignBlock) -> Visit:
        parts: list[Value] = []
        for below in node.body:
            inside = below.nodes if isinstance(below, nodes.Output) else [below]
            parts += yield from self._each(inside)
        value = values.joined(parts)
        self._judge_text(value.text)
        self._bind(node.target, self._under(value))
        return NOTHING

    def _under(self, value: Value) -> Value:
        """A value as it is set inside of the branches that are open."""
        if not self._keyed:
            return value
        if not value.known and words(value.shape) >= SAID:
            self._added(self._keyed[-1], value.shape)
        return replace(value, keyed=value.keyed or self._keyed[-1])

    def _bind(self, target: nodes.Node, value: Value) -> None:
        if isinstance(target, (nodes.Tuple, nodes.List)):
            for below in target.items:
                if isinstance(below, (nodes.Name, nodes.NSRef)):
                    self._bind(below, replace(value, const=values.UNKNOWN, shape=HOLE))
        elif isinstance(target, nodes.Name):
            self._remember(target.name, value)
        elif isinstance(target, nodes.NSRef):
            self._remember(f"{target.name}.{target.attr}", value)

    def _remember(self, name: str, value: Value) -> None:
        before = self._names.get(name)
        if before is not None and self._rounds:
            # Set again within a loop: which of the two it is, nobody knows.
            value = replace(values.mixed(before, value), shape=value.shape)
        elif before is not None:
            value = replace(value, keyed=value.keyed or before.keyed, content=value.content or before.content)
        self._names[name] = value

    def _grows(self, node: nodes.Assign) -> None:
        if not self._rounds or not isinstance(node.node, (nodes.Concat, nodes.Add, nodes.Mul)):
            return
        parts = node.node.nodes if isinstance(node.node, nodes.Concat) else [node.node.left, node.node.right]
        same = [part for part in parts if dotted(part) == dotted(node.target)]
        if len(same) > 1:
            self._note("template-unbounded-loop", f"{dotted(node.target)} doubles in every round", "doubles")

    def _macro(self, node: nodes.Macro) -> Visit:
        self._names[node.name] = Value(function=True)
        for argument in node.args:
            self._names[argument.name] = Value(message=argument.name in MESSAGES, content=argument.name in CONTENT)
        yield from self._each(node.defaults)
        yield from self._body(node.body, "")
        return NOTHING

    def _filterblock(self, node: nodes.FilterBlock) -> Visit:
        yield from self._body(node.body, "")
        yield node.filter
        return NOTHING

    def _include(self, node: nodes.Include | nodes.Import | nodes.FromImport | nodes.Extends) -> Visit:
        source = yield node.template
        self._note("template-includes-file", source.text, source.text)
        return NOTHING

    _import = _fromimport = _extends = _include

    def lines(self) -> list[Noted]:
        """What was noted, each once, in order of lines."""
        return sorted(dict.fromkeys(self.noted), key=lambda one: one[3])


def _any_of(source: Value) -> str:
    """The text that one entry of a constant list may be: all of them, with holes between."""
    entries = source.const if isinstance(source.const, (list, dict)) else []
    return HOLE.join(str(entry) for entry in entries if isinstance(entry, str)) or HOLE


def _size(value: Value) -> int:
    """Steps that carrying a value on takes."""
    const = value.const
    return 8 * len(const) if isinstance(const, (list, dict)) else len(value.text[:4096]) >> 4


def _called(node: nodes.Node) -> str:
    """The name of the function that this calls."""
    return dotted(node.node) if isinstance(node, nodes.Call) else ""
