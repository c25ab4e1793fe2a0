"""Functions that others than callers of tools call: handlers of HTTP routes, and what a server has its client open."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final, NamedTuple

from driftseal.code import ir, walk
from driftseal.code.project import FunctionRef, Project, ValueRef
from driftseal.observe.taint.words import words
from driftseal.regexes import regex

_ASKS: Final = regex(
    r"(?i)auth|bearer|jwt|login|passport|permission|credential|csrf|xsrf|origin|guard|protect|secret|session|signature"
    r"|(?:api|access)_?(?:key|token)|(?:check|verify|valid\w*|require)_?(?:host|token|user|key)|depends|security"
)
"""How functions are called that ask who is calling, or from where."""
_OPEN: Final = regex(r"(?i)/(?:o?auth2?|authori[sz]e|consent|callback|log-?in|sign-?in|register|connect)\b")
"""Paths that those ask for whom nobody knows yet."""
_PAGES: Final = frozenset({"HTMLResponse"})
"""What answers are made of that browsers show."""
_ROUTES: Final = 400
"""Routes of one project, and those of one file that are looked at."""
_BARE: Final = 2
"""Arguments of a call that names a path and its handler, and nothing between them."""
_TABLED: Final = frozenset({"Route", "add_api_route", "add_get", "add_post", "add_put", "add_route"})
"""Calls of Python that name a path, then its handler."""


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
    asked: bool = False
    """Whether anything there asks who is calling."""

    @property
    def open(self) -> bool:
        """Whether whoever reaches the port is answered."""
        return not self.asked or _OPEN.search(self.name) is not None


def find(project: Project) -> list[Route]:
    """Handlers of routes; of JavaScript those before which, and in which, nobody is asked who they are."""
    found: list[Route] = []
    for path, module in sorted(project.modules.items()):
        found += _redirected(path, module)
        if module.language == "python":
            found += _decorated(project, path)
            found += _tabled(project, path)
        elif module.language in words("route-languages"):
            found += _registered(project, path)
        if len(found) >= _ROUTES:
            break
    pages = any(one.symbol in _PAGES for module in project.modules.values() for one in module.imports)
    return [one for one in found[:_ROUTES] if one.open or pages]


def _redirected(path: str, module: ir.Module) -> Iterator[Route]:
    """What the SDKs call with an address that the server chose: to open it where the user agrees."""
    for number, function in enumerate(module.functions):
        params = [param for param in function.params if param.name not in {"self", "this"}]
        if function.name in _REDIRECTS and len(params) == 1:
            yield Route(FunctionRef(path, number), REDIRECT, (params[0].name,))


def _decorated(project: Project, path: str) -> Iterator[Route]:
    """``@app.post("/run")`` above a function; open where nothing else stands above it and it asks for nothing."""
    module = project.modules[path]
    routed = [(number, name) for number, one in enumerate(module.functions) if (name := _routed(one))]
    before = bool(routed) and _asks_first(project, path)
    for number, route in routed:
        function = module.functions[number]
        asked = before or len(function.decorators) != 1 or _asks(function.params) or _asks(function.body)
        sent = tuple(param.name for param in function.params if not _is_made(project, path, param))
        if sent:
            yield Route(FunctionRef(path, number), route, sent, asked)


def _is_made(project: Project, path: str, param: ir.Param) -> bool:
    """Whether the framework makes what a parameter gets: of a type ``Annotated[Service, Depends(get_service)]``."""
    if "Depends(" in param.annotation:
        return True
    ref = project.named(path, param.annotation) if param.annotation.isidentifier() else None
    value = ref.value if isinstance(ref, ValueRef) else None
    return any(_name(call.callee) == "Depends" for call in walk.of({ir.Call}, value))


def _tabled(project: Project, path: str) -> Iterator[Route]:
    """``Route("/run", endpoint=run)``, ``app.add_api_route("/run", self.run)``."""
    module = project.modules[path]
    calls = [call for call in _calls(project, path) if _name(call.callee) in _TABLED and len(call.args) >= _BARE]
    before = bool(calls) and _asks_first(project, path)
    for call in islice(calls, _ROUTES):
        handler = next((arg.value for arg in call.args if arg.name in {"endpoint", "handler"}), call.args[1].value)
        name = _name(handler)
        same = [number for number, one in enumerate(module.functions) if one.name == name]
        if name and len(same) == 1:
            function = module.functions[same[0]]
            first = call.args[0].value
            where = f"route {first.value}" if isinstance(first, ir.Const) else "a route"
            names = tuple(param.name for param in function.params if param.name != "self")
            asked = before or _asks(function.params) or _asks(function.body)
            yield Route(FunctionRef(path, same[0]), where, names, asked)


def _asks_first(project: Project, path: str) -> bool:
    """Whether something stands before all routes of a file that asks who is calling."""
    return any(_name(call.callee) == "add_middleware" and _keeps_out(call) for call in _calls(project, path))


def _routed(function: ir.Function) -> str:
    """Method and path that a function is decorated with; empty for others."""
    return next((name for each in function.decorators if (name := _route(each))), "")


def _registered(project: Project, path: str) -> Iterator[Route]:
    """``app.post("/run", handler)`` with nothing between the path and the handler."""
    calls = list(_calls(project, path))
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


def _calls(project: Project, path: str) -> Iterator[ir.Call]:
    for number in range(len(project.modules[path].functions)):
        yield from (each for each in project.calls(FunctionRef(path, number)) if isinstance(each, ir.Call))


def _route(expr: ir.Expr) -> str:
    """Method and path, where an expression registers a handler for them; empty for others."""
    if not isinstance(expr, ir.Call) or not isinstance(expr.callee, ir.Attr) or not expr.args:
        return ""
    first = expr.args[0].value
    # ``f"{prefix}/upload"``
    last = first.parts[-1] if isinstance(first, ir.Text) and first.parts else first
    text = last.value if isinstance(last, ir.Const) else None
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
    for node in walk.of({ir.Call, ir.Name}, start):
        name = _name(node.callee) if isinstance(node, ir.Call) else node.id if isinstance(node, ir.Name) else ""
        if name and _ASKS.search(name):
            return True
    return False


def _name(callee: ir.Expr) -> str:
    if isinstance(callee, ir.Attr):
        return callee.name
    return callee.id if isinstance(callee, ir.Name) else ""
