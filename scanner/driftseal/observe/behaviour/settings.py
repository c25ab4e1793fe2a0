"""Settings of the own process that turn its traffic elsewhere, or load code into every program that it starts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.code.project import FunctionRef
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import strings, text
from driftseal.observe.behaviour.scopes import Scope
from driftseal.observe.behaviour.whole import Code

_ENVIRONMENTS: Final = frozenset({"process.env", "os.environ"})
_PROXIES: Final = frozenset({"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"})
_SOURCES: Final = frozenset(
    {
        "npm_config_registry",
        "NPM_CONFIG_REGISTRY",
        "YARN_REGISTRY",
        "YARN_NPM_REGISTRY_SERVER",
        "PIP_INDEX_URL",
        "GOPROXY",
    }
    | {"PIP_EXTRA_INDEX_URL", "UV_INDEX_URL", "UV_DEFAULT_INDEX", "BUN_CONFIG_REGISTRY", "npm_config_proxy"}
    | {"npm_config_https_proxy"}
)
LOADERS: Final = frozenset({"NODE_OPTIONS", "LD_PRELOAD", "DYLD_INSERT_LIBRARIES", "PYTHONSTARTUP", "BASH_ENV"})
_PLACES: Final = _PROXIES | _SOURCES
_OF_PROCESSES: Final = _PROXIES | LOADERS
_VARIABLES: Final = _PLACES | LOADERS
_OWNERS: Final = _ENVIRONMENTS | {"os"}
"""Objects whose methods set variables."""
_FIELDS: Final = frozenset({"proxy", "proxies", "proxyUrl", "http", "https", "all", "host", "uri", "server"})
_SETTERS: Final = frozenset({"update", "setdefault", "putenv", "__setitem__"})
_GIVEN: Final = frozenset({"proxy", "proxies"})
_LOADS: Final = ("--require", "-r ", "--import", "--loader", "--experimental-loader", ".so", ".dylib", "/")


def find(code: Code) -> Iterator[Fact]:
    """``traffic-turned``, ``package-source-changed`` and ``code-loading-set``."""
    for scope in code.scopes:
        for node in scope.of(ir.Assign):
            yield from _assigned(scope, node)
        yield from _of_child(scope)
        yield from _several(scope)
        if "official-sources" in scope.shown:
            yield from _replaced(scope)
        if "proxy-settings" in scope.shown or not _GIVEN.isdisjoint(scope.keys | scope.words):
            yield from _given(scope)
        for called in scope.doing.get("proxies", ()):
            for arg in called.call.args:
                where = _remote(scope, scope.set_to(arg.value))
                if where:
                    yield scope.fact("traffic-turned", called.call.line, f"{called.name} to {where}")


def _assigned(scope: Scope, node: ir.Assign) -> Iterator[Fact]:
    for target in node.targets:
        name = _variable(scope, target)
        if name:
            yield from _set(scope, name, node.value, node.line)
        elif isinstance(target, ir.Attr) and says("resolvers", scope.name(target)):
            yield from _resolver(scope, node)


def _of_child(scope: Scope) -> Iterator[Fact]:
    """What is set of a program that is started, not of this one."""
    for entry in scope.of(ir.Entry) if not _PLACES.isdisjoint(scope.keys) else ():
        name = text(entry.key)
        if name in _PLACES:
            yield from _set(scope, name, entry.value, entry.value.line)


def _replaced(scope: Scope) -> Iterator[Fact]:
    """``entry.resolved.replace("https://registry.npmjs.org/", "https://…")``."""
    for call in scope.of(ir.Call):
        callee = call.callee
        if isinstance(callee, ir.Attr) and callee.name in {"replace", "replaceAll"} and len(call.args) > 1:
            what, by = (scope.constant(arg.value) or "" for arg in call.args[:2])
            foreign = by.startswith("http") and not says("official-sources", by) and not says("own-machine", by)
            if says("official-sources", what) and foreign:
                yield scope.fact("package-source-changed", call.line, f"to {by}")


def _several(scope: Scope) -> Iterator[Fact]:
    """``os.environ.update({"HTTPS_PROXY": …})``, ``os.environ.setdefault("HTTPS_PROXY", …)``, ``os.putenv(…)``."""
    for call in scope.of(ir.Call):
        callee = call.callee
        if not isinstance(callee, ir.Attr) or callee.name not in _SETTERS:
            continue
        on = scope.name(callee.value)
        if on not in _OWNERS:
            continue
        pairs = [(text(call.args[0].value), call.args[1].value)] if len(call.args) > 1 else []
        for arg in call.args:
            whole = scope.set_to(arg.value)
            pairs += [(text(each.key), each.value) for each in whole.entries] if isinstance(whole, ir.Mapping) else []
            pairs += [(arg.name, arg.value)] if arg.name else []
        for name, value in pairs:
            if name in _OF_PROCESSES:
                yield from _set(scope, name, value, call.line)


def _given(scope: Scope) -> Iterator[Fact]:
    """``Client(proxy="http://…")``, and ``d["http.proxy"] = "http://…"`` in the settings of other programs."""
    for called in scope.calls:
        for arg in called.call.args:
            where = _remote(scope, scope.set_to(arg.value)) if arg.name in _GIVEN else ""
            if where:
                yield scope.fact("traffic-turned", called.call.line, f"{called.name} by way of {where}")
    pairs = [
        (target.key, node.value) for node in scope.of(ir.Assign) for target in node.targets if type(target) is ir.Index
    ]
    pairs += [(node.key, node.value) for node in scope.of(ir.Entry) if node.key is not None]
    named = [(target, node.value) for node in scope.of(ir.Assign) for target in node.targets if type(target) is ir.Attr]
    pairs += [(ir.Const(target.name, target.line), value) for target, value in named if target.name in _GIVEN]
    for key, value in pairs:
        where = _remote(scope, value) if says("proxy-settings", text(key)) else ""
        if where:
            yield scope.fact("traffic-turned", value.line, f"{text(key)} to {where}")


def _variable(scope: Scope, target: ir.Expr) -> str:
    """The variable of the environment that is set."""
    if isinstance(target, ir.Attr):
        name, on = target.name, target.value
    elif isinstance(target, ir.Index):
        name, on = text(target.key) or _looped(scope, target.key), target.value
    else:
        return ""
    return name if name in _VARIABLES and scope.name(on) in _ENVIRONMENTS else ""


def _resolver(scope: Scope, node: ir.Assign) -> Iterator[Fact]:
    """``socket.getaddrinfo = look_up``, which answers with an address that stands there."""
    value = node.value
    ref = scope.code.project.resolve(scope.path, value)
    body: ir.Block = ()
    if isinstance(value, ir.Closure):
        body = scope.module.functions[value.function].body
    elif isinstance(ref, FunctionRef):
        body = scope.code.project.function(ref).body
    where = next((str(each.value) for each in strings(body) if says("numbers-of-hosts", str(each.value))), "")
    if where and not says("own-machine", where):
        yield scope.fact("traffic-turned", node.line, f"{scope.name(node.targets[0])} leads to {where}")


def _looped(scope: Scope, key: ir.Expr) -> str:
    """One of the variables that a loop goes through: ``for name in ("HTTP_PROXY", "HTTPS_PROXY")``."""
    source = scope.looped.get(key.id) if isinstance(key, ir.Name) else None
    names = (str(each.value) for each in strings(source))
    return next((name for name in names if name in _VARIABLES), "") if source is not None else ""


def _set(scope: Scope, name: str, value: ir.Expr, line: int) -> Iterator[Fact]:
    if name in _PROXIES or name in _SOURCES:
        where = _remote(scope, value)
        if where and not says("official-sources", where):
            fact = "traffic-turned" if name in _PROXIES else "package-source-changed"
            yield scope.fact(fact, line, f"{name} to {where}")
    elif any(each in str(const.value) for const in strings(scope.set_to(value)) for each in _LOADS):
        yield scope.fact("code-loading-set", line, name)


def _remote(scope: Scope, value: Any) -> str:
    """The fixed address of another machine, also in options."""
    if isinstance(value, ir.Mapping):
        given = (scope.constant(entry.value) for entry in value.entries if text(entry.key) in _FIELDS)
        return next((each for each in given if each and "." in each and not says("own-machine", each)), "")
    found = scope.constant(value)
    return found if found and "://" in found and not says("own-machine", found) else ""
