"""Whether those who call a server are asked who they are, as against what a server says of itself to others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import last, walk
from driftseal.observe.behaviour.scopes import Scope
from driftseal.observe.behaviour.whole import Code

HEADERS: Final = frozenset({"authorization", "x-api-key", "api-key", "x-auth-token", "x-access-token", "x-auth-key"})
_READERS: Final = frozenset(
    {"get", "header", "getHeader", "has", "get_all", "getlist", "get_header", "Get", "GetHeader", "TryGetValue"}
)
_SERVERS: Final = frozenset({"FastMCP", "MCPServer", "Server", "McpServer", "createMcpHandler", "http_app", "sse_app"})
_ARGUMENTS: Final = frozenset({"auth", "token_verifier", "auth_server_provider", "authenticate"})


def known(code: Code) -> bool:
    """Whether anything here asks a caller for a key, or reads the header that would hold one.

    A key that is sent to another service says nothing of callers.
    """
    return any(_asks(scope) for scope in code.scopes) or _defined(code)


def _defined(code: Code) -> bool:
    """Whether a function asks callers by its name, and is not left unused. What a tool of that name asks is its own."""
    functions = [
        function
        for scope in code.scopes
        for function in scope.functions
        if says("authenticators", function.name) and not any(map(_is_tool, function.decorators))
    ]
    # Methods are those of frameworks, which call them by their names.
    alone = {function.name for function in functions if function.cls < 0 and not function.decorators}
    used = {name for name in alone if any(name in scope.words and name in _mentioned(scope) for scope in code.scopes)}
    return any(function.name in used or function.name not in alone for function in functions)


def _is_tool(decorator: ir.Expr) -> bool:
    return last(decorator.callee if isinstance(decorator, ir.Call) else decorator) == "tool"


def _asks(scope: Scope) -> bool:
    words = {word for word in scope.words if says("authenticators", word)}
    words -= _spelled(scope) - _mentioned(scope) if words else words
    if words and (not words <= _spelled(scope) or _used(scope, words)):
        return True
    if any(_told(scope, called.name, called.call) for called in scope.calls):
        return True
    return not read(scope, HEADERS).isdisjoint(HEADERS) or _refuses(scope)


def _refuses(scope: Scope) -> bool:
    """Whether requests are sent away that bring no key in a header of the server's own: ``x-shop-access-key``."""
    keys = {
        target.id
        for node in scope.of(ir.Assign)
        if any(says("caller-keys", _header(each)) for each in walk(node.value))
        for target in node.targets
        if type(target) is ir.Name
    }
    tests = (node.test for node in scope.of(ir.If) if node.then and isinstance(node.then[-1], (ir.Return, ir.Raise)))
    return bool(keys) and any(not keys.isdisjoint(_missing(test)) for test in tests)


def _header(node: Any) -> str:
    """The name of the header that is read, in small letters."""
    if type(node) is ir.Index:
        return _text(node.key)
    reads = type(node) is ir.Call and type(node.callee) is ir.Attr and node.callee.name in _READERS and node.args
    return _text(node.args[0].value) if reads else ""


def _missing(test: ir.Expr) -> Iterator[str]:
    """Names of which any one leads on where it holds nothing: ``!id || !secret``."""
    if isinstance(test, ir.Binary) and test.op in {"or", "||"}:
        yield from _missing(test.left)
        yield from _missing(test.right)
    elif isinstance(test, ir.Unary) and test.op in {"not", "!"} and isinstance(test.value, ir.Name):
        yield test.value.id


def _spelled(scope: Scope) -> set[str]:
    """Names and members as they are written, without what they stand for."""
    return {_word(node) for node in scope.of(ir.Name, ir.Attr)}


def _mentioned(scope: Scope) -> set[str]:
    """The same, but for the names of functions where they are made."""
    made = {id(target) for node in scope.of(ir.Assign) if isinstance(node.value, ir.Closure) for target in node.targets}
    return {_word(node) for node in scope.of(ir.Name, ir.Attr) if id(node) not in made}


def _used(scope: Scope, words: set[str]) -> bool:
    """Whether any of these words is used where no setting has to be made for it."""
    off = _off(scope)
    return any(_word(node) in words and id(node) not in off for node in scope.of(ir.Name, ir.Attr))


def _word(node: ir.Name | ir.Attr) -> str:
    return node.id if isinstance(node, ir.Name) else node.name


def _off(scope: Scope) -> set[int]:
    """Nodes of branches that a setting leads to which is off as long as nobody sets it."""
    branches = (node.then for node in scope.of(ir.If) if scope.default(node.test) is False)
    return {id(node) for branch in branches for node in walk(branch)}


def _told(scope: Scope, name: str, call: ir.Call) -> bool:
    """Whether a server is made with something that asks its callers."""
    if name.rpartition(".")[2] not in _SERVERS:
        return False
    return any(arg.name in _ARGUMENTS and not _nothing(scope, arg.value) for arg in call.args)


def _nothing(scope: Scope, value: ir.Expr) -> bool:
    """Whether something is none, or a variable that is none as long as nobody sets what it hangs on."""
    if isinstance(value, ir.Const):
        return not value.value
    if not isinstance(value, ir.Name):
        return False
    sets = [node for node in scope.of(ir.Assign) if any(_is(target, value.id) for target in node.targets)]
    off = _off(scope) if len(sets) > 1 else set()
    return bool(off) and all(
        (isinstance(node.value, ir.Const) and not node.value.value) or id(node) in off for node in sets
    )


def _is(target: ir.Expr, name: str) -> bool:
    return isinstance(target, ir.Name) and target.id == name


def read(scope: Scope, wanted: frozenset[str]) -> frozenset[str]:
    """Those of some headers that are read of a request, in small letters: not what is set for one of its own."""
    if not any(str(node.value).lower() in wanted for node in scope.constants) and wanted.isdisjoint(
        word.lower() for word in scope.words
    ):
        return frozenset()
    set_here = {id(target) for node in scope.of(ir.Assign) for target in node.targets}
    return frozenset(name for name in _named(scope, set_here) if name in wanted)


def _named(scope: Scope, set_here: set[int]) -> Iterator[str]:
    for node in scope.of(ir.Index):
        if id(node) not in set_here:
            yield _text(node.key)
    pasted = {id(part) for node in scope.of(ir.Text, ir.Binary) if _joins(node) for part in walk(node)}
    for node in scope.of(ir.Attr):
        # What becomes part of an address of the server's own is not compared with anything.
        if id(node) not in set_here | pasted and type(node.value) is ir.Attr and node.value.name == "headers":
            yield node.name.lower()
    for node in scope.of(ir.Call):
        if type(node.callee) is ir.Attr and node.callee.name in _READERS and node.args:
            yield _text(node.args[0].value)
    for node in scope.of(ir.Binary):
        if node.op in {"==", "===", "in"}:
            yield from (_text(side) for side in (node.left, node.right))


def _joins(node: ir.Text | ir.Binary) -> bool:
    return not isinstance(node, ir.Binary) or node.op == "+"


def _text(node: Any) -> str:
    """A constant text in small letters; empty for anything else."""
    return node.value.lower() if type(node) is ir.Const and isinstance(node.value, str) else ""
