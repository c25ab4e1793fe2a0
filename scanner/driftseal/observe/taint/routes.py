"""Functions that others than callers of tools call: handlers of HTTP routes, and what a server has its client open."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final, NamedTuple

from driftseal.code import ir
from driftseal.code.project import FunctionRef, Project
from driftseal.code.walk import below
from driftseal.observe.taint.words import words
from driftseal.regexes import regex

_ASKS: Final = regex(
    r"(?i)auth|bearer|jwt|login|passport|permission|credential|csrf|xsrf|origin|guard|protect|secret|session|signature"
    r"|(?:api|access)_?(?:key|token)|(?:check|verify|valid\w*|require)_?(?:host|token|user|key)|depends|security"
)
"""How functions are called that ask who is calling, or from where."""
_ROUTES: Final = 400
"""Routes of one project, and those of one file that are looked at."""
_BARE: Final = 2
"""Arguments of a call that names a path and its handler, and nothing between them."""


REDIRECT: Final = "authorization"
"""Stands for a path where a client is sent to the page on which a server wants the user to agree."""
_REDIRECTS: Final = frozenset({"redirectToAuthorization", "redirect_handler"})


class Route(NamedTuple):
    """A handler, and what it is asked for."""

    function: FunctionRef
    name: str
    """Method and path."""
    parameters: tuple[str, ...]
    """What comes from the caller."""


def find(project: Project) -> list[Route]:
    """Handlers of routes before which, and in which, nobody is asked who they are."""
    found: list[Route] = []
    for path, module in sorted(project.modules.items()):
        found += _redirected(path, module)
        if module.language == "python":
            found += _decorated(path, module)
        elif module.language in words("route-languages"):
            found += _registered(project, path, module)
        if len(found) >= _ROUTES:
            break
    return found[:_ROUTES]


def _redirected(path: str, module: ir.Module) -> Iterator[Route]:
    """What the SDKs call with an address that the server chose: to open it where the user agrees."""
    for number, function in enumerate(module.functions):
        params = [param for param in function.params if param.name not in {"self", "this"}]
        if function.name in _REDIRECTS and len(params) == 1:
            yield Route(FunctionRef(path, number), REDIRECT, (params[0].name,))


def _decorated(path: str, module: ir.Module) -> Iterator[Route]:
    """``@app.post("/run")`` above a function that nothing else stands above, and that depends on nothing that asks."""
    routed = [(number, name) for number, one in enumerate(module.functions) if (name := _routed(one))]
    if not routed or any(_name(call.callee) == "add_middleware" and _keeps_out(call) for call in _calls(module)):
        return
    for number, route in routed:
        function = module.functions[number]
        if len(function.decorators) == 1 and not _asks(function.params) and not _asks(function.body):
            names = tuple(param.name for param in function.params)
            yield Route(FunctionRef(path, number), route, names)


def _routed(function: ir.Function) -> str:
    """Method and path that a function is decorated with; empty for others."""
    return next((name for each in function.decorators if (name := _route(each))), "")


def _registered(project: Project, path: str, module: ir.Module) -> Iterator[Route]:
    """``app.post("/run", handler)`` with nothing between the path and the handler."""
    calls = list(_calls(module))
    if any(_name(call.callee) == "use" and _keeps_out(call) for call in calls):
        return
    bare = ((call, name) for call in calls if (name := _route(call)) and len(call.args) == _BARE)
    for call, name in islice(bare, _ROUTES):
        handler = call.args[1].value
        ref = FunctionRef(path, handler.function) if isinstance(handler, ir.Closure) else None
        if isinstance(handler, ir.Name):
            named = project.named(path, handler.id)
            ref = named if isinstance(named, FunctionRef) else None
        function = project.function(ref) if ref is not None else None
        if ref is not None and function is not None and function.params and not _asks(function.body):
            yield Route(ref, name, (function.params[0].name,))


def _calls(module: ir.Module) -> Iterator[ir.Call]:
    for function in module.functions:
        yield from (node for node in below(function.body) if isinstance(node, ir.Call))


def _route(expr: ir.Expr) -> str:
    """Method and path, where an expression registers a handler for them; empty for others."""
    if not isinstance(expr, ir.Call) or not isinstance(expr.callee, ir.Attr) or not expr.args:
        return ""
    first = expr.args[0].value
    text = first.value if isinstance(first, ir.Const) else None
    method = expr.callee.name
    known = method in words("route-methods") and isinstance(text, str) and text.startswith("/")
    return f"{method} {text}" if known else ""


def _keeps_out(call: ir.Call) -> bool:
    """Whether what is put before every route asks who is calling.

    Which pages of other origins browsers let read the answers is no such thing: programs are not kept out by it.
    """
    named = {_name(arg.value.callee if isinstance(arg.value, ir.Call) else arg.value).lower() for arg in call.args}
    return named.isdisjoint(words("cross-origin")) and _asks(call.args)


def _asks(start: object) -> bool:
    """Whether anything that is called or named here asks who is calling."""
    for node in below(start):
        name = _name(node.callee) if isinstance(node, ir.Call) else node.id if isinstance(node, ir.Name) else ""
        if name and _ASKS.search(name):
            return True
    return False


def _name(callee: ir.Expr) -> str:
    if isinstance(callee, ir.Attr):
        return callee.name
    return callee.id if isinstance(callee, ir.Name) else ""
