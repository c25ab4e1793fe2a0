"""Calls and filters: which methods a template uses, and what it asks for by a name in a text."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from jinja2 import nodes

from driftseal.observe.files import _jinja_values as values
from driftseal.observe.files._jinja_notes import CONTENT, Notes, Visit, dotted, member, words
from driftseal.observe.files._jinja_values import NOTHING, Value
from driftseal.observe.words import vocabulary

WIDE: Final = 100_000
"""Characters that a filter may be asked to fill."""
_ATTRIBUTE_FILTERS: Final = frozenset({"map", "groupby", "sort", "sum", "min", "max", "unique"})
_SELECTORS: Final = frozenset({"selectattr", "rejectattr"})
_SEARCHES: Final = frozenset({"startswith", "endswith", "find", "index", "rfind", "rindex", "count"})
_PADDING: Final = frozenset({"center", "indent", "truncate", "ljust", "rjust", "zfill", "wordwrap", "batch", "slice"})


class Calls(Notes):
    """How values are used."""

    def _call(self, node: nodes.Call) -> Visit:
        arguments = yield from self._arguments(node)
        callee = node.node
        if isinstance(callee, nodes.Name):
            return self._called(callee, node, arguments)
        source = yield callee.node if isinstance(callee, nodes.Getattr) else callee
        if not isinstance(callee, nodes.Getattr):
            listed = callee.node if isinstance(callee, nodes.Getitem) else None
            if isinstance(listed, nodes.Name) and listed.name in self._names:
                # Honest templates keep macros of their own in lists; how anything else gets into one is told there.
                self._note("template-computes-call", f"a call of what {listed.name} holds", listed.name)
            else:
                self._escape("a call of what an expression gives", "call")
            return values.mixed(source, *arguments)
        return self._method(callee, source, arguments, node)

    def _arguments(self, node: nodes.Call | nodes.Filter | nodes.Test) -> Generator[nodes.Node, Value, list[Value]]:
        for keyword in node.kwargs:
            if _key(keyword) in vocabulary("templates", "special-names"):
                self._escape(f"an argument named {_key(keyword)}", _key(keyword))
        further = [one for one in (node.dyn_args, node.dyn_kwargs) if one is not None]
        return (yield from self._each([*node.args, *(keyword.value for keyword in node.kwargs), *further]))

    def _called(self, callee: nodes.Name, node: nodes.Call, arguments: Sequence[Value]) -> Value:
        name = callee.name
        known = self._names.get(name)
        if known is not None and not known.function:
            self._escape(f"a call of {name}, which the template sets itself", name)
        if name == "range":
            self._range = _length([argument.const for argument in arguments])
        if name == "dict" and node.kwargs and not node.args:
            return values.constant(
                {_key(pair): value.const for pair, value in zip(node.kwargs, arguments, strict=False)}
            )
        if name == "namespace":
            self._members = {_key(pair): value for pair, value in zip(node.kwargs, arguments, strict=False)}
            return NOTHING
        return replace(values.mixed(*arguments), message=False)

    def _method(self, callee: nodes.Getattr, source: Value, arguments: Sequence[Value], node: nodes.Call) -> Value:
        name = callee.attr
        self._attribute(name, "the method")
        if name in {"format", "format_map"}:
            return self._format(source, arguments, node)
        if name not in vocabulary("templates", "methods") and not self._is_block(callee):
            self._note("template-calls-method", f"{dotted(callee) or '….' + name}()", name)
        if name in _SEARCHES and source.content:
            return replace(values.mixed(source, *arguments), content=False, keyed=trigger(arguments) or source.keyed)
        if (
            name == "get"
            and isinstance(source.const, dict)
            and arguments
            and (arguments[0].content or arguments[0].keyed)
        ):
            self._looked_up(source.const)
        if name == "get" and arguments and isinstance(arguments[0].const, str):
            self._attribute(arguments[0].const, "the entry")
            return member(source, arguments[0].const)
        self._rewrites(name, source, arguments)
        self._wide(name, arguments)
        if name == "join" and arguments:
            given = arguments[0]
            return values.changed("join", given, [source]) if given.known else values.mixed(source, *arguments)
        return values.changed(name, source, arguments)

    def _is_block(self, callee: nodes.Getattr) -> bool:
        return isinstance(callee.node, nodes.Name) and callee.node.name in {"self", "loop", "super", "caller"}

    def _format(self, source: Value, arguments: Sequence[Value], node: nodes.Call) -> Value:
        if not isinstance(source.const, str):
            self._note("template-formats-unknown", "format() of a text that is not known before", "format")
            return values.mixed(source, *arguments)
        if len(source.const) <= values.LONGEST:
            # A longer one stands in the source as it is, where it was judged.
            self._judge_text(source.const)
        names = [None] * len(node.args) + [_key(keyword) for keyword in node.kwargs]
        pairs = list(zip(names, arguments, strict=False))
        plain = [value.const for name, value in pairs if name is None]
        named = {name: value.const for name, value in pairs if name is not None}
        about = values.mixed(*arguments)
        return replace(values.braced(source.const, plain, named), content=about.content, keyed=about.keyed)

    def _filter(self, node: nodes.Filter) -> Visit:
        source = (yield node.node) if node.node is not None else NOTHING
        arguments = yield from self._arguments(node)
        keywords = {
            _key(keyword): value for keyword, value in zip(node.kwargs, arguments[len(node.args) :], strict=False)
        }
        plain = arguments[: len(node.args)]
        self._by_name(node.name, plain, keywords)
        self._rewrites(node.name, source, arguments)
        self._wide(node.name, arguments)
        if node.name in _ATTRIBUTE_FILTERS and "attribute" in keywords:
            return member(source, keywords["attribute"].text)
        if node.name in _SELECTORS and plain and plain[0].text.lower() in CONTENT:
            return replace(values.mixed(source), keyed=trigger(plain[2:]) or source.keyed)
        if node.name == "attr" and plain:
            return member(source, plain[0].text)
        return values.changed(node.name, source, arguments)

    def _by_name(self, name: str, plain: Sequence[Value], keywords: Mapping[str, Value]) -> None:
        """Attributes, filters and tests that a filter is given by name."""
        if name == "attr":
            self._named_attribute(plain[0] if plain else keywords.get("name", NOTHING), "attr")
        elif name in _SELECTORS and plain:
            self._named_attribute(plain[0], name)
        elif name in _ATTRIBUTE_FILTERS and "attribute" in keywords:
            self._named_attribute(keywords["attribute"], name)
        elif name in {"groupby", "sum"} and plain:
            self._named_attribute(plain[0], name)
        if name == "map" and plain and "attribute" not in keywords:
            if not isinstance(plain[0].const, str):
                self._escape("map() with a filter that is not known before", "map")
            else:
                self._by_name(plain[0].const, plain[1:], {})
        if name in {"select", "reject"} and plain and not isinstance(plain[0].const, str):
            self._note("template-computes-name", f"{name}() with a test that is not known before", name)

    def _named_attribute(self, value: Value, how: str) -> None:
        if isinstance(value.const, str):
            self._attribute(value.const, f"by {how}, the attribute")
        elif not isinstance(value.const, int):
            self._escape(f"{how} with a name that is not known before", how)

    def _rewrites(self, name: str, source: Value, arguments: Sequence[Value]) -> None:
        said = [argument.text for argument in arguments[:2]]
        if name == "replace" and source.content and all(words(text) for text in said) and len(said) > 1:
            self._note("template-rewrites-content", f"{said[0]!r} becomes {said[1]!r}", said[1])

    def _wide(self, name: str, arguments: Sequence[Value]) -> None:
        for argument in arguments:
            if name in _PADDING and isinstance(argument.const, int) and argument.const > WIDE:
                self._note("template-unbounded-loop", f"{name} to {min(argument.const, 10**18)} characters", name)


def trigger(others: Sequence[Value]) -> str:
    """What content is compared with, where that is more than markup, emptiness or a type."""
    for other in others:
        if words(other.text):
            return repr(other.text[:80])
        if isinstance(other.const, (list, dict)) and any(words(str(one)) for one in other.const):
            return repr(other.const)[:80]
    return ""


def _length(given: Sequence[Any]) -> int:
    """Numbers in ``range(*given)``, 1 where that is not known."""
    if not given or not all(isinstance(one, int) for one in given):
        return 1
    start, stop, step = (0, given[0], 1) if len(given) == 1 else (given[0], given[1], given[2] if given[2:] else 1)
    return int(max((stop - start) // (step or 1), 0))


def _key(keyword: nodes.Keyword | nodes.Pair) -> str:
    return str(keyword.key)
