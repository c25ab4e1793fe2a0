"""Credentials in the answers of tools, prompts and resources that speak of none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.code.project import top_level
from driftseal.observe import written
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.environment import variable
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import last, strings, text, walk
from driftseal.observe.behaviour.scopes import Scope
from driftseal.observe.behaviour.whole import Code
from driftseal.regexes import regex

_SERVES: Final = frozenset({"tool", "resource", "prompt", "call_tool", "get_prompt", "read_resource"})
_REGISTERS: Final = frozenset({"tool", "registerTool", "addTool", "prompt", "registerPrompt", "resource"}) | {
    *("registerResource", "setRequestHandler"),
}
_FIRST: Final = 3
"""Arguments of a registration among which name and description stand."""
_LABEL: Final = regex(r"(?i)(?:([a-z][\w -]{0,40}?)[\"'*`]{0,3}\s*[:=]\s*[\"'`]?(?:bearer )?|\bbearer )\Z")
"""What stands before a value that is told with its name: ``API key: ``."""
_LINE: Final = regex(r"(?m)^[\s*-]*([A-Za-z][\w ()-]{0,40}?)\s*[:=]\s*[\"'`]?([^\s\"'`]{8,200})[\"'`]?\s*$")
_KEPT: Final = 60
"""Characters of a label that are looked at."""
_MEMBERS: Final = 12
"""Members and names through which a value is followed to where it comes from."""
_HOPS: Final = 400
"""Expressions of one answer that are looked at."""


def find(code: Code) -> Iterator[Fact]:
    """``secret-answered``: what a key, a token or a password is called stands before it, or it is the server's own.

    A tool may be there to hand out credentials; none is there to hand out those that are written into its source.
    """
    for scope in code.scopes:
        for told, function in (*_decorated(scope), *_registered(scope)):
            meant = says("credentials-are-the-point", told)
            # One answer may show several keys; where it is made is told once.
            for line, (name, fixed) in {line: (name, fixed) for line, name, fixed in _shown(scope, function)}.items():
                if fixed or not meant:
                    yield scope.fact("secret-answered", line, name)


def _decorated(scope: Scope) -> Iterator[tuple[str, ir.Function]]:
    """Handlers under a decorator, with what they say of themselves. Those made in one function are a part of it."""
    for function in scope.functions:
        for each in function.decorators:
            if last(each.callee if isinstance(each, ir.Call) else each) in _SERVES:
                said = (function.name.replace("_", " "), function.doc, *(str(one.value) for one in strings(each)))
                yield " ".join(said), function


def _registered(scope: Scope) -> Iterator[tuple[str, ir.Function]]:
    """Handlers that a call of the server is given, with what is said of them there."""
    for called in scope.calls:
        if called.name.rpartition(".")[2] in _REGISTERS:
            said = " ".join(str(one.value) for arg in called.call.args[:_FIRST] for one in strings(arg.value))
            for arg in called.call.args:
                if isinstance(arg.value, ir.Closure):
                    yield said.replace("_", " "), scope.module.functions[arg.value.function]


def _shown(scope: Scope, function: ir.Function) -> Iterator[tuple[int, str, bool]]:
    """Lines of an answer, what a secret in it is called, and whether it is written there."""
    returns = (node for node in walk(function.body) if type(node) is ir.Return)
    stack: list[Any] = [node.value for node in returns if node.value is not None]
    followed: set[str] = set()
    for _ in range(_HOPS):
        if not stack:
            return
        node = stack.pop()
        if type(node) is ir.Name and node.id not in followed:
            followed.add(node.id)
            given = scope.set_to(node)
            stack += (given,) if given is not node else ()
            stack += scope.grown.get(node.id, ())
        elif type(node) is ir.Const and isinstance(node.value, str):
            yield from ((node.line, name, True) for name in _written(node.value))
        for label, value in _parts(scope, node):
            stack.append(value)
            name = _secret(scope, value, label)
            if name and not _relayed(scope, function, value) and not _only_tells(function, value):
                yield node.line, name, False


def _parts(scope: Scope, node: Any) -> Iterator[tuple[str, Any]]:
    """What a text, a table or a list is made of, and the constant before each part."""
    kind = type(node)
    if kind is ir.Text:
        yield from zip(("", *map(text, node.parts)), node.parts, strict=False)
    elif kind is ir.Mapping:
        yield from ((f"{text(entry.key)}: ", entry.value) for entry in node.entries)
    elif kind is ir.Group:
        yield from (("", item) for item in node.items)
    elif kind is ir.Binary and node.op in {"+", "%"}:
        yield from (("", node.left), (_end(node.left), node.right))
    elif kind is ir.Call and (node.new or says("answers-of", scope.name(node))):
        yield from (("", arg.value) for arg in node.args)


def _end(expr: Any) -> str:
    """The last constant of texts that are added."""
    return text(expr.right if type(expr) is ir.Binary else expr)


def _secret(scope: Scope, value: Any, label: str) -> str:
    """What a value is called that is a secret: kept under such a name and told under one, or the server's own."""
    if type(value) is ir.Name:
        given = scope.set_to(value)
        own = given is not value and _is_own(scope, given, value.id)
        return value.id if own else _secret(scope, given, label) if type(given) in {ir.Index, ir.Attr} else ""
    if variable(scope, value):
        return variable(scope, value) if written.says_secret(variable(scope, value)) else ""
    name = value.name if type(value) is ir.Attr else text(value.key) if type(value) is ir.Index else ""
    if type(value) is ir.Call and type(value.callee) is ir.Attr and value.callee.name == "get" and value.args:
        name = text(value.args[0].value)
    found = _LABEL.search(label[-_KEPT:])
    return name if name and written.says_secret(name) and found and _names(found[1]) else ""


def _only_tells(function: ir.Function, value: Any) -> bool:
    """Whether a member of a table says no more than whether there is something: ``TOKEN ? "set" : "missing"``."""
    if type(value) is not ir.Attr or type(value.value) is not ir.Name:
        return False
    table = dict(top_level(function.body)).get(value.value.id)
    held = [each.value for each in table.entries if text(each.key) == value.name] if type(table) is ir.Mapping else []
    return bool(held) and all(
        type(each) is ir.Choice and type(each.then) is ir.Const and type(each.otherwise) is ir.Const for each in held
    )


def _relayed(scope: Scope, function: ir.Function, value: Any) -> bool:
    """Whether it is a member of what a service answered just now, ``(await client.create()).data``: its to tell."""
    own = dict(top_level(function.body))
    for _ in range(_MEMBERS):
        kind = type(value)
        if kind is ir.Attr or kind is ir.Index:
            value = value.value
        elif kind is ir.Name:
            given = own.get(value.id) or scope.set_to(value)
            if given is value:
                return False
            value = given
        elif kind is ir.Unary and value.op == "await":
            return type(value.value) is ir.Call and scope.helper(value.value) is None
        else:
            return False
    return False


def _names(label: str | None) -> bool:
    return label is None or written.says_secret(label.replace(" ", "_"))


def _is_own(scope: Scope, given: Any, name: str) -> bool:
    """Whether a name stands for a key of the server itself: of its environment, or written into the source."""
    if variable(scope, given):
        return written.says_secret(variable(scope, given))
    if type(given) is not ir.Const or not isinstance(given.value, str) or not written.says_secret(name):
        return False
    return written.is_secret(name, given.value) and not written.is_dummy(given.value, written.words("dummies"))


def _written(said: str) -> Iterator[str]:
    """Lines of a text that tell a secret with its name: ``Admin password: …``."""
    for found in _LINE.finditer(said) if ":" in said or "=" in said else ():
        name, value = found[1].replace(" ", "_"), found[2]
        if not written.says_secret(name) or written.is_dummy(value, written.words("dummies")):
            continue
        mixed = any(each.isdigit() for each in value) and any(each.isalpha() for each in value)
        if mixed and not value.startswith(("/", "http", "$")) and "(" not in value:
            yield found[1]
