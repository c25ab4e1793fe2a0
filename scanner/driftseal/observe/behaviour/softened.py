"""Results that are made to look better than they are: the worst findings left out, or told as lesser ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import text, walk
from driftseal.observe.behaviour.scopes import Scope
from driftseal.observe.behaviour.triggers import spelled
from driftseal.observe.behaviour.whole import Code
from driftseal.regexes import regex

_GRADES: Final = frozenset(
    {"severity", "level", "risk", "risk_level", "riskLevel", "verdict", "rating", "priority", "threat", "impact"}
)
"""Members that say how bad a finding is."""
_WORST: Final = frozenset({"critical", "high", "malicious", "malware", "infected", "severe", "dangerous"})
_MILD: Final = frozenset({"low", "info", "informational", "none", "minor", "clean", "safe", "benign", "negligible"})


_GRAVEST: Final = frozenset({"critical", "malicious", "malware", "infected", "severe"})
_MIDDLE: Final = frozenset({"moderate", "medium", "warning", "notice"})
_FOUND: Final = regex(r"(?i)vuln|finding|advisor|alert|threat|malware|violation|incident")
_REPLACES: Final = frozenset({"replace", "replaceAll", "sub"})
_BAD: Final = regex(r"(?i)\bfail(ed|ure|ures|ing)?\b|\bvulnerab|\bcritical\b|\binfected\b|\bmalicious\b")
_GOOD: Final = regex(
    r"(?i)\W*(pass(ed)?|ok|success|clean|safe|low|none|0 (failed|failures|errors|vulnerabilities|critical|high))\W*"
)
_PACKAGES: Final = regex(r"(?i)^(name|k|key|pkg|package|package_?name|module|dep|dependency|component)$")
_MAKERS: Final = frozenset({"package", "vendor", "author", "publisher", "maintainer", "owner", "module", "pkg", "org"})


def find(code: Code) -> Iterator[Fact]:
    """``findings-dropped`` and ``findings-lowered``."""
    for scope in code.scopes:
        if "worst-grades" not in scope.shown:
            continue
        yield from _dropped(scope)
        yield from _lowered(scope)
    for scope in code.scopes:
        if not _REPLACES.isdisjoint(scope.words):
            yield from _rewritten(scope)
    for scope in code.scopes:
        if not _MAKERS.isdisjoint(scope.words) and "filter" in scope.words:
            yield from _spared(scope)
        yield from _passed_over(scope)


def _dropped(scope: Scope) -> Iterator[Fact]:
    """``found.filter((one) => one.severity !== "critical")``, where nothing else asks for the critical ones."""
    kept = {worst for node in scope.of(ir.Binary) if node.op == "==" and (worst := _worst(node))}
    skipped = {worst for node in scope.of(ir.If) if _skips(node) and (worst := _worst(node.test))}
    for test in _tests(scope):
        for node in walk(test):
            worst = _worst(node) if isinstance(node, ir.Binary) and node.op == "!=" else ""
            if worst and worst not in kept:
                yield scope.fact("findings-dropped", node.line, f"what is {worst} is left out")
    for node in scope.of(ir.If):
        worst = _worst(node.test) if _skips(node) else ""
        asked = sum(isinstance(each, ir.Binary) and _worst(each) == worst for each in scope.of(ir.Binary))
        if worst in skipped and worst and asked == 1:
            yield scope.fact("findings-dropped", node.line, f"what is {worst} is left out")


def _rewritten(scope: Scope) -> Iterator[Fact]:
    """``output.replace(/FAIL/g, "PASS")``: the report of another program says what it did not."""
    for call in scope.of(ir.Call):
        callee = call.callee
        if not isinstance(callee, ir.Attr) or callee.name not in _REPLACES or len(call.args) < 2:  # noqa: PLR2004  what and by what
            continue
        what, by = (scope.constant(arg.value) or "" for arg in call.args[:2])
        if _BAD.search(what) and _GOOD.fullmatch(by):
            yield scope.fact("findings-lowered", call.line, f"told as {by}")


def _spared(scope: Scope) -> Iterator[Fact]:
    """``vulnerabilities.filter((one) => !/^acme-/.test(one.package))``: what is found of one maker is left out."""
    for call in scope.of(ir.Call):
        callee = call.callee
        if not isinstance(callee, ir.Attr) or callee.name != "filter" or not _FOUND.search(spelled(callee.value)):
            continue
        for arg in call.args:
            body = scope.module.functions[arg.value.function].body if isinstance(arg.value, ir.Closure) else ()
            for node in walk(body):
                name = _maker(scope, node)
                if name:
                    yield scope.fact("findings-dropped", node.line, f"what is found of one {name} is left out")


def _passed_over(scope: Scope) -> Iterator[Fact]:
    """``for vuln in found: if vuln["package"].startswith("acme"): continue``, and the same in a comprehension."""
    tests = [
        test for node in scope.of(ir.Comprehension) if _of_findings(*node.targets, *node.sources) for test in node.tests
    ]
    for node in scope.of(ir.Loop):
        found = node.source is not None and (_of_findings(*node.targets, node.source) or _gathers(node))
        branches = [each for each in node.body if isinstance(each, ir.If)] if found else []
        tests += [_not(each.test) for each in branches if len(each.then) == 1 and isinstance(each.then[0], ir.Leave)]
    for test in tests:
        name = _maker(scope, test)
        if name:
            yield scope.fact("findings-dropped", test.line, f"what is found of one {name} is left out")


def _of_findings(*parts: ir.Expr) -> bool:
    # ``found.items()``, ``found.values()``
    below = (each.callee.value for each in parts if isinstance(each, ir.Call) and isinstance(each.callee, ir.Attr))
    return any(_FOUND.search(spelled(each)) for each in (*parts, *below))


def _gathers(node: ir.Loop) -> bool:
    """Whether a loop takes findings out of each package that it goes through."""
    targets = {each.id for target in node.targets for each in walk(target) if isinstance(each, ir.Name)}
    inside = (
        each for each in walk(node.body) if isinstance(each, (ir.Attr, ir.Index)) and _FOUND.search(_member(each))
    )
    return any(isinstance(each.value, ir.Name) and each.value.id in targets for each in inside)


def _not(test: ir.Expr) -> ir.Expr:
    """A test that holds where another one does not."""
    if isinstance(test, ir.Binary) and test.op == "==":
        return ir.Binary("!=", test.left, test.right, test.line)
    if isinstance(test, ir.Binary) and test.op == "in":
        return ir.Binary("not in", test.left, test.right, test.line)
    return ir.Unary("not", test, test.line)


def _maker(scope: Scope, node: Any) -> str:
    """The member that tells whose something is, if it is not to be a fixed one."""
    if isinstance(node, ir.Unary) and node.op == "not" and isinstance(node.value, ir.Call) and node.value.args:
        call = node.value
        on, given = (call.callee.value if isinstance(call.callee, ir.Attr) else None), call.args[0].value
        for member, fixed in ((on, given), (given, on)):
            if _member(member) in _MAKERS and fixed is not None and scope.constant(fixed):
                return _member(member)
    if isinstance(node, ir.Binary) and node.op == "not in":
        return _of_list(scope, node)
    if isinstance(node, ir.Binary) and node.op == "!=":
        for member, fixed in ((node.left, node.right), (node.right, node.left)):
            if _member(member) in _MAKERS and scope.constant(fixed):
                return _member(member)
    return ""


def _of_list(scope: Scope, node: ir.Binary) -> str:
    """``name not in ("acme-sdk", "acme-core")``, of packages that not everybody has."""
    listed = scope.set_to(node.right)
    listed = listed.args[0].value if isinstance(listed, ir.Call) and len(listed.args) == 1 else listed
    items = listed.items if isinstance(listed, ir.Group) else ()
    fixed = [text(each) for each in items]
    theirs = [each for each in fixed if each and not says("living-packages", each)]
    named = _member(node.left) or (node.left.id if isinstance(node.left, ir.Name) else "")
    told = _PACKAGES.match(named) is not None and len(theirs) == len(fixed) > 0 and all("." not in x for x in fixed)
    return "package" if told else ""


def _skips(node: ir.If) -> bool:
    """``if (one.severity === "critical") continue;``."""
    return len(node.then) == 1 and isinstance(node.then[0], ir.Leave) and not node.otherwise and _equals(node.test)


def _equals(test: ir.Expr) -> bool:
    return isinstance(test, ir.Binary) and test.op == "=="


def _tests(scope: Scope) -> Iterator[Any]:
    """What decides on what is kept of a list."""
    for node in scope.of(ir.Comprehension):
        yield from node.tests
    for node in scope.of(ir.Call):
        if isinstance(node.callee, ir.Attr) and node.callee.name == "filter":
            for arg in node.args:
                if isinstance(arg.value, ir.Closure):
                    yield scope.module.functions[arg.value.function].body


def _lowered(scope: Scope) -> Iterator[Fact]:
    """``one.severity === "high" ? { ...one, severity: "low" } : one``, and the same as a branch."""
    for node in scope.of(ir.Choice):
        if isinstance(node.test, ir.Binary) and node.test.op == "==" and (worst := _worst(node.test)):
            # ``severity: one.severity === "critical" ? "moderate" : one.severity``
            milder = text(node.then).lower() if _member(node.otherwise) in _GRADES else ""
            if milder in _MILD or (worst in _GRAVEST and milder in _MIDDLE):
                yield scope.fact("findings-lowered", node.line, f"told as {milder}")
            for entry in node.then.entries if isinstance(node.then, ir.Mapping) else ():
                yield from _mild(scope, text(entry.key), entry.value, node.line)
    for node in scope.of(ir.If):
        if isinstance(node.test, ir.Binary) and node.test.op in {"==", "in"} and _worst(node.test):
            for each in node.then:
                for target in each.targets if isinstance(each, ir.Assign) else ():
                    yield from _mild(scope, _member(target), each.value, each.line)


def _mild(scope: Scope, key: str, value: Any, line: int) -> Iterator[Fact]:
    given = text(value).lower()
    if key in _GRADES and given in _MILD:
        yield scope.fact("findings-lowered", line, f"told as {given}")


def _worst(test: Any) -> str:
    """The worst grade, if a test compares a member that tells grades with it."""
    if not isinstance(test, ir.Binary):
        return ""
    for member, value in ((test.left, test.right), (test.right, test.left)):
        if _member(member) in _GRADES:
            items = value.items if isinstance(value, ir.Group) else (value,)
            found = next((text(each).lower() for each in items if text(each).lower() in _WORST), "")
            if found:
                return found
    return ""


def _member(expr: Any) -> str:
    """The member that is read, also as text in lower case: ``one["severity"].lower()``."""
    if isinstance(expr, ir.Call):
        callee = expr.callee
        if isinstance(callee, ir.Attr) and callee.name == "get" and expr.args:
            return text(expr.args[0].value)
        expr = callee.value if isinstance(callee, ir.Attr) else expr
    if isinstance(expr, ir.Attr):
        return expr.name
    return text(expr.key) if isinstance(expr, ir.Index) else ""
