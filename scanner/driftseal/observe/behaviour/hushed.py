"""Lists and logs out of which one account or address is left that stands in the source."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import last, text, walk
from driftseal.observe.behaviour.promises import tools
from driftseal.observe.behaviour.scopes import Scope
from driftseal.observe.behaviour.whole import Code
from driftseal.regexes import regex

_ASKS: Final = frozenset(
    {"search", "match", "fullmatch", "test", "startswith", "endswith", "startsWith", "endsWith", "includes", "has"}
)
_EACH: Final = frozenset({"some", "any", "find", "every"})
_OF_PACKAGES: Final = frozenset(
    {"package", "module", "dependency", "pkg", "package_name", "packageName", "pkgName", "module_name", "moduleName"}
)
_GRADES: Final = frozenset({"severity", "level", "score", "rating", "grade"})
_LISTED: Final = 64
"""Entries of a list or table that are looked at wherever it is asked."""
_HOPS: Final = 2
"""Helpers between a tool and what reads the records."""
_LONGEST: Final = 2000
"""Characters of a pattern that is taken apart."""
_WRITTEN: Final = regex(r"\\([.@_-])")
_REFUSED: Final = regex(
    r"(?i)(?:<>|!=|\bnot\s+(?:i?like|in))\s{0,4}\(?\s{0,4}'([\w.@+%-]{3,60})'"
    r"|\bgrep\s+(?:-\w+\s+){0,3}-\w{0,4}v\w{0,4}\s+(?:-\w+\s+){0,3}[\"']?([\w.@+-]{3,60})"
)
"""How statements and commands leave something out."""
_ENDS: Final = "/^$()[] \\b:"


def find(code: Code) -> Iterator[Fact]:
    """``one-left-out``."""
    promising = (
        tool.body
        for tool in tools(code)
        if tool.body is not None and says("promises-records", tool.told) and not says("tells-exceptions", tool.told)
    )
    # Those of all tools together, level by level: each function is looked at once.
    level = {id(scope): scope for scope in promising}
    seen = dict(level)
    for _ in range(_HOPS):
        below = {id(helper): helper for scope in level.values() for _, helper in scope.helped}
        level = {key: helper for key, helper in below.items() if key not in seen}
        seen |= level
    for scope in seen.values():
        yield from _left_out(scope)
    told = [tool.told for tool in tools(code) if says("promises-advisories", tool.told)]
    if told and not any(says("tells-exceptions", each) for each in told):
        for scope in code.scopes:
            yield from _packages(scope)
            yield from _downgraded(scope)
            yield from _no_alias(scope)


def _packages(scope: Scope) -> Iterator[Fact]:
    """Packages of the source about which what is known is not told."""
    denied = [*_tests(scope), *(each for node in scope.of(ir.Return) for each in _denied(node.value))]
    listed = [each for node in denied for each in _predicates(scope, node)]
    for node in (*denied, *listed):
        if not any(last(each) in _OF_PACKAGES for each in walk(node)):
            continue
        asked = (each for each in _asked(scope, node) if says("one-package", each) and not says("no-package", each))
        if who := next(asked, ""):
            yield scope.fact("one-left-out", node.line, who)
            return


def _downgraded(scope: Scope) -> Iterator[Fact]:
    """``REVIEWED.some((one) => one.test(name)) ? "none" : advisory.severity``."""
    for node in scope.of(ir.Choice):
        for kept, other in ((node.then, node.otherwise), (node.otherwise, node.then)):
            if last(kept) not in _GRADES or not isinstance(other, ir.Const):
                continue
            parts = (part for each in walk(node.test) for part in _texts_of(scope, each))
            who = next((each for each in parts if says("one-package", each) and not says("no-package", each)), "")
            if who:
                yield scope.fact("one-left-out", node.line, who)


def _no_alias(scope: Scope) -> Iterator[Fact]:
    """``ALIASES.get(entry.package, entry.package)``, of a table in which some packages have no name."""
    for call in scope.of(ir.Call):
        asked = last(call.callee) == "get" and call.args and last(call.args[0].value) in _OF_PACKAGES
        table = scope.set_to(call.callee.value) if asked and isinstance(call.callee, ir.Attr) else None
        entries = table.entries[:_LISTED] if isinstance(table, ir.Mapping) else ()
        none = [text(each.key) for each in entries if isinstance(each.value, ir.Const) and each.value.value is None]
        who = next((each for each in none if says("one-package", each) and not says("no-package", each)), "")
        if who and len(none) < len(entries):
            yield scope.fact("one-left-out", call.line, who)


def _texts_of(scope: Scope, node: Any) -> Iterator[str]:
    """The constants that a name stands for, those of a pattern one by one."""
    whole = scope.set_to(node) if isinstance(node, (ir.Name, ir.Attr)) else node
    for item in whole.items[:_LISTED] if isinstance(whole, ir.Group) else (whole,):
        pattern = text(item)[:_LONGEST] if isinstance(item, ir.Const) else ""
        yield from (_WRITTEN.sub(r"\1", part).strip(_ENDS) for part in pattern.split("|") if part)


def _predicates(scope: Scope, node: Any) -> Iterator[Any]:
    """What the functions of a list ask: ``noise.some((test) => test(entry))``."""
    callee = node.callee if isinstance(node, ir.Call) else None
    on = callee.value if isinstance(callee, ir.Attr) and callee.name in _EACH else None
    listed = scope.set_to(on) if isinstance(on, ir.Name) else None
    for each in listed.items[:_LISTED] if isinstance(listed, ir.Group) else ():
        if isinstance(each, ir.Closure):
            top = scope.module.functions[each.function]
            yield from (one for one in walk(top.body) if isinstance(one, (ir.Call, ir.Binary)))


def _left_out(scope: Scope) -> Iterator[Fact]:
    for node in _tests(scope):
        asked = (each for each in _asked(scope, node) if says("one-account", each))
        who = next((each for each in asked if not says("no-account", each)), "")
        if who:
            yield scope.fact("one-left-out", node.line, who)
    for each in scope.constants:
        found = _REFUSED.search(str(each.value)[:_LONGEST])
        who = (found[1] or found[2]).strip("%") if found is not None else ""
        if who and says("one-account", who) and not says("no-account", who):
            yield scope.fact("one-left-out", each.line, who)


def _tests(scope: Scope) -> Iterator[Any]:
    """What has to be so of a record that it is left out: a call or a comparison."""
    for test in (each for node in scope.of(ir.Comprehension) for each in node.tests):
        yield from _denied(test)
    for call in scope.of(ir.Call):
        if isinstance(call.callee, ir.Attr) and call.callee.name == "filter":
            for arg in call.args:
                if isinstance(arg.value, ir.Closure):
                    yield from _denied(scope.module.functions[arg.value.function].body)
    for loop in scope.of(ir.Loop):
        for each in loop.body if loop.source is not None else ():
            if isinstance(each, ir.If) and len(each.then) == 1 and isinstance(each.then[0], ir.Leave):
                yield from walk(each.test)


def _denied(test: Any) -> Iterator[Any]:
    """What is denied in a test."""
    for node in walk(test):
        if isinstance(node, ir.Unary) and node.op in {"not", "!"}:
            yield node.value
        elif isinstance(node, ir.Binary) and node.op in {"!=", "not in"}:
            yield node


def _asked(scope: Scope, node: Any) -> Iterator[str]:
    """The texts with which a record is compared, those of a pattern one by one."""
    given: list[Any] = []
    if isinstance(node, ir.Binary) and node.op in {"==", "!=", "in", "not in"}:
        given = [node.left, node.right]
    elif isinstance(node, ir.Call) and isinstance(node.callee, ir.Attr) and node.callee.name in _ASKS:
        given = [node.callee.value, *(arg.value for arg in node.args[:1])]
    for each in given:
        whole = scope.set_to(each)
        if isinstance(whole, ir.Call):
            # ``re.compile("…")``, ``new Set(["…"])``
            whole = whole.args[0].value if whole.args and isinstance(each, ir.Name) else None
        for item in whole.items if isinstance(whole, ir.Group) else (whole,):
            pattern = text(item)[:_LONGEST] if isinstance(item, ir.Const) else ""
            yield from (_WRITTEN.sub(r"\1", part).strip(_ENDS) for part in pattern.split("|") if part)
