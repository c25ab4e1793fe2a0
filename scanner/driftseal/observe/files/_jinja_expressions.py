"""Expressions: the value of each, and what it reaches for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from jinja2 import nodes

from driftseal.observe.files import _jinja_values as values
from driftseal.observe.files._jinja_calls import WIDE, Calls, trigger
from driftseal.observe.files._jinja_notes import CONTENT, MESSAGES, SAID, Visit, dotted, member, words
from driftseal.observe.files._jinja_values import NOTHING, Value
from driftseal.observe.words import vocabulary

_BUILT: Final = 200
"""Characters of a text put together that is judged each time."""
_ASKED: Final = frozenset({"defined", "undefined", "callable", "none"})


class Expressions(Calls):
    """What values are."""

    def _const(self, node: nodes.Const) -> Visit:
        yield from ()
        if isinstance(node.value, str):
            self._keep(node.value)
            self._judge_text(node.value)
        return values.literal(node.value)

    def _name(self, node: nodes.Name) -> Visit:
        yield from ()
        if node.ctx != "load":
            return NOTHING
        if node.name.startswith("__") and node.name.endswith("__"):
            self._escape(node.name, node.name)
        found = self._names.get(node.name)
        if found is not None:
            return found
        if node.name in vocabulary("templates", "functions"):
            self._escape(f"{node.name} as a value", node.name)
        return Value(message=node.name in MESSAGES, content=node.name in CONTENT, function=True)

    def _nsref(self, node: nodes.NSRef) -> Visit:
        yield from ()
        if node.attr.startswith("__"):
            self._escape(f"{node.name}.{node.attr}", node.attr)
        return NOTHING

    def _getattr(self, node: nodes.Getattr) -> Visit:
        source = yield node.node
        self._attribute(node.attr, "the attribute")
        known = self._names.get(dotted(node))
        if known is not None:
            return known
        if source.known and isinstance(source.const, dict):
            return values.entry(source, values.constant(node.attr))
        return member(source, node.attr)

    def _getitem(self, node: nodes.Getitem) -> Visit:
        source = yield node.node
        if isinstance(node.arg, nodes.Slice):
            given = (node.arg.start, node.arg.stop, node.arg.step)
            return values.stretch(source, (yield from self._each(one or nodes.Const(None) for one in given)))
        key = yield node.arg
        if "__" in key.text:
            self._attribute(key.text, "the entry")
        elif isinstance(key.const, str):
            self._attribute(key.const, "the entry")
        if isinstance(source.const, dict) and (key.content or key.keyed):
            self._looked_up(source.const)
        if isinstance(key.const, str) and not source.known:
            return member(source, key.const)
        return values.entry(source, key)

    def _test(self, node: nodes.Test) -> Visit:
        asked = node.name in _ASKED and isinstance(node.node, nodes.Name)
        source = NOTHING if asked else (yield node.node)
        arguments = yield from self._arguments(node)
        compares = node.name in {"in", "eq", "equalto", "==", "ne", "sameas"}
        return _compared([source, *arguments]) if compares else Value(keyed=source.keyed)

    def _compare(self, node: nodes.Compare) -> Visit:
        return _compared((yield from self._each([node.expr, *(operand.expr for operand in node.ops)])))

    def _and(self, node: nodes.And | nodes.Or) -> Visit:
        left = yield node.left
        right = yield node.right
        if left.keyed and right.known and words(right.text) >= SAID:
            self._added(left.keyed, right.text)
        return replace(values.mixed(left, right), content=left.content or right.content)

    _or = _and

    def _not(self, node: nodes.Not) -> Visit:
        return Value(keyed=(yield node.node).keyed)

    def _condexpr(self, node: nodes.CondExpr) -> Visit:
        condition = yield node.test
        left = yield node.expr1
        right = (yield node.expr2) if node.expr2 is not None else NOTHING
        for value in (left, right):
            if condition.keyed and value.known and words(value.text) >= SAID:
                self._added(condition.keyed, value.text)
        about = values.mixed(left, right)
        return replace(about, keyed=about.keyed or condition.keyed)

    def _concat(self, node: nodes.Concat) -> Visit:
        return self._built(values.joined((yield from self._each(node.nodes))))

    def _add(self, node: nodes.BinExpr) -> Visit:
        left = yield node.left
        right = yield node.right
        found = values.arithmetic(node.operator, left, right)
        if node.operator == "*" and values.HUGE > 1:
            sizes = [one.const for one in (left, right) if isinstance(one.const, int)]
            if any(size > WIDE for size in sizes) and not (left.known and right.known and found.known):
                self._note("template-unbounded-loop", "a text or list repeated very often", "*")
        return self._built(found)

    _sub = _mul = _div = _floordiv = _mod = _pow = _add

    def _neg(self, node: nodes.Neg) -> Visit:
        source = yield node.node
        return values.constant(-source.const) if isinstance(source.const, int) else values.mixed(source)

    def _list(self, node: nodes.List | nodes.Tuple) -> Visit:
        found = yield from self._each(node.items)
        about = values.mixed(*found)
        if all(value.known for value in found):
            return replace(values.constant([value.const for value in found]), content=about.content)
        return about

    _tuple = _list

    def _dict(self, node: nodes.Dict) -> Visit:
        made: dict[Any, Any] = {}
        found = []
        for pair in node.items:
            key = yield pair.key
            value = yield pair.value
            found += [key, value]
            if isinstance(key.const, (str, int)):
                made[key.const] = value.const
        about = values.mixed(*found)
        if len(made) < len(node.items):
            return about
        return replace(values.constant(made), content=about.content, keyed=about.keyed)

    def _built(self, value: Value) -> Value:
        if len(value.text) <= _BUILT:
            self._judge_text(value.text)
        return value


def _compared(found: Sequence[Value]) -> Value:
    keyed = next((value.keyed for value in found if value.keyed), "")
    for value in found:
        if value.content:
            others = [other for other in found if other is not value]
            return Value(keyed=trigger(others) or keyed)
    return Value(keyed=keyed)
