"""What a server does as long as whoever sets it up asks for nothing else, and what only where it is asked for."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Any, Final

from driftseal.code import ir
from driftseal.code.constants import Constant
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import walk
from driftseal.observe.behaviour.scopes import Called, Scope
from driftseal.observe.behaviour.whole import Code

_PIPES: Final = "stdio"
_TRANSPORT: Final = "transport"
_DEFAULT: Final = "default"
_TESTS: Final = 8
"""Branches of one function that are looked at."""
_READERS: Final = frozenset({"get", "getenv"})
_PACKAGES: Final = frozenset({"fastmcp", "mcp"})
_SERVERS: Final = frozenset({"FastMCP", "MCPServer"})
"""Classes of the Python packages whose ``run`` speaks over pipes unless another way is named."""
_ENVIRONMENT: Final = frozenset({"environ", "env", "getenv"})
_MEANT: Final = {
    **dict.fromkeys(("0", "false", "no", "off", ""), False),
    **dict.fromkeys(("1", "true", "yes", "on"), True),
}
"""What the text of a variable means where it is a flag."""
_ELSE: Final = frozenset({"or", "??", "||"})
_LEAVES: Final = (ir.Return, ir.Raise, ir.Leave)
_JOINTS: Final = str.maketrans("", "", "_-")
"""What stands between the words of a name, where capitals do not."""


def over_pipes(code: Code) -> bool:
    """Whether HTTP is an option beside pipes, and pipes are what is spoken over without it."""
    if _runs_unasked(code):
        return True
    if not any("stdio-servers" in scope.doing or _runs_either_way(scope) for scope in code.scopes):
        return False
    return any(_falls_back(scope) or _branches(scope) for scope in code.scopes)


def _runs_either_way(scope: Scope) -> bool:
    """Whether a server of a Python package is run, which may speak either way."""
    return "run" in scope.words and any(each.module.partition(".")[0] in _PACKAGES for each in scope.module.imports)


def asked(scope: Scope, marks: tuple[str, ...], unasked: Constant = None) -> frozenset[int]:
    """Lines on which something is done only where a name with one of these marks in it says so.

    A name of which ``unasked`` is the default says so of itself: that asks nobody. Marks are in small letters and in
    one word.
    """
    branches = (node for node in scope.of(ir.If) if _names(scope, node.test, marks, unasked))
    choices = (node for node in scope.of(ir.Choice) if _names(scope, node.test, marks, unasked))
    return _lines(part for branch in islice(branches, _TESTS) for part in _parts(scope, branch)) | _lines(
        part for choice in islice(choices, _TESTS) for part in (choice.then, choice.otherwise)
    )


def _parts(scope: Scope, branch: ir.If) -> tuple[ir.Block, ...]:
    """What hangs on a test: its branches, and the rest of a block that one of them leaves: ``if verify: return``."""
    leaves = bool(branch.then) and isinstance(branch.then[-1], _LEAVES) and not branch.otherwise
    return branch.then, branch.otherwise, scope.rests.get(id(branch), ()) if leaves else ()


def _lines(parts: Iterable[ir.Block | ir.Expr]) -> frozenset[int]:
    return frozenset(each.line for part in parts for each in walk(part) if hasattr(each, "line"))


def _within(tests: Iterable[ir.If]) -> frozenset[int]:
    """Lines of what is done by these branches."""
    return _lines(part for node in islice(tests, _TESTS) for part in (node.then, node.otherwise))


def _names(scope: Scope, test: ir.Expr, marks: tuple[str, ...], unasked: Constant) -> bool:
    for node in walk(test):
        word = node.id if isinstance(node, ir.Name) else node.name if isinstance(node, ir.Attr) else ""
        if isinstance(node, ir.Const) and isinstance(node.value, str):
            word = node.value  # the name of a variable of the environment
        if any(mark in word.lower().translate(_JOINTS) for mark in marks):
            return unasked is None or scope.default(node) is not unasked
    return False


def _falls_back(scope: Scope) -> bool:
    """``env.T || "stdio"``, ``.default("stdio")``, ``{ default: "stdio" }``, ``get("T", "stdio")``, ``t = "stdio"``."""
    if not any(each.value == _PIPES for each in scope.constants):
        return any(_is_pipes(param.default) for function in scope.functions for param in function.params)
    return (
        any(node.op in _ELSE and _is_pipes(node.right) for node in scope.of(ir.Binary))
        or any(node.name == _DEFAULT and _is_pipes(node.value) for node in scope.of(ir.Arg))
        or any(_is_pipes(node.value) and _is_default(node.key) for node in scope.of(ir.Entry))
        or any(_is_pipes(node.value) for node in scope.of(ir.Assign))
        or any(_defaults(node) for node in scope.of(ir.Call))
        or any(_is_pipes(param.default) for function in scope.functions for param in function.params)
    )


def _runs_unasked(code: Code) -> bool:
    """``mcp.run()``, ``server.run(transport="stdio")``, whatever words are given for the way."""
    running = [scope for scope in code.scopes if "run" in scope.words]
    runs = [(scope, called) for scope in running for called in scope.calls if called.name.endswith(".run")]
    told = {_server(called) for _, called in runs if any(arg.name == _TRANSPORT for arg in called.call.args)}
    over = ((scope, called.call.line) for scope, called in runs if _runs_over_pipes(called, told))
    return any(line not in _within(filter(_compares, scope.of(ir.If))) for scope, line in over)


def _compares(branch: ir.If) -> bool:
    """Whether a branch hangs on a text; not on whether a file is run by itself."""
    texts = {node.value for node in walk(branch.test) if isinstance(node, ir.Const) and isinstance(node.value, str)}
    return bool(texts - {"__main__"})


def _runs_over_pipes(called: Called, told: set[str]) -> bool:
    """Whether a server speaks over pipes as it says, or as one does that is told of other ways elsewhere: ``told``."""
    given = {arg.name: arg.value for arg in called.call.args}
    if not given:
        return _server(called) in told or _server(called).rpartition(".")[2] in _SERVERS
    return given.keys() == {_TRANSPORT} and _is_pipes(given[_TRANSPORT])


def _server(called: Called) -> str:
    return called.name.rpartition(".")[0]


def _is_pipes(value: Any) -> bool:
    return isinstance(value, ir.Const) and value.value == _PIPES


def _is_default(key: Any) -> bool:
    return isinstance(key, ir.Const) and key.value == _DEFAULT


def _defaults(call: ir.Call) -> bool:
    named = call.callee.name if isinstance(call.callee, ir.Attr) else ""
    place = 0 if named == _DEFAULT else 1
    return named in {_DEFAULT, *_READERS} and len(call.args) > place and _is_pipes(call.args[place].value)


def _branches(scope: Scope) -> bool:
    """``if (options.http) serve(); else speak();``."""
    for branch in scope.of(ir.If):
        negated = isinstance(branch.test, ir.Unary) and branch.test.op in {"not", "!"}
        last = branch.then if negated else branch.otherwise or scope.rests.get(id(branch), ())
        if not any(isinstance(each, ir.If) for each in last) and _speaks(scope, last):
            return not _speaks(scope, branch.otherwise if negated else branch.then)
    return False


def _speaks(scope: Scope, block: ir.Block) -> bool:
    """Whether a branch makes a server on its own pipes, itself or one helper away."""
    for node in walk(block):
        called = scope.by_call.get(id(node)) if isinstance(node, ir.Call) else None
        if called is None:
            continue
        helper = scope.helper(called.call)
        if says("stdio-servers", called.name) or (helper is not None and "stdio-servers" in helper.doing):
            return True
    return False


def told(scope: Scope, name: str) -> bool | None:
    """What the one call of the project that sets a member says of it while its variable is unset; else None.

    ``Settings(verify=flag("CHECK", "false"))``, where ``flag`` reads the environment.
    """
    given = [
        (other, arg.value)
        for other in scope.code.scopes
        if name in other.keys
        for call in other.of(ir.Call)
        for arg in call.args
        if arg.name == name
    ]
    if len(given) != 1:
        return None
    ((other, value),) = given
    helper = other.helper(value) if isinstance(value, ir.Call) and len(value.args) > 1 else None
    if not isinstance(value, ir.Call) or helper is None or _ENVIRONMENT.isdisjoint(helper.words):
        found = other.default(value)
        return found if isinstance(found, bool) else None
    last = value.args[-1].value
    default = last.value if isinstance(last, ir.Const) else None
    return default if isinstance(default, bool) else _MEANT.get(str(default).lower())
