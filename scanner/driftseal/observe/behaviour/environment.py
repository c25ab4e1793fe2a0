"""Where the whole environment is taken, or the keys of several makers at once; not one variable of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour import nodes
from driftseal.observe.behaviour.followed import Kind
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.scopes import Scope

_ENVIRONMENTS: Final = frozenset({"os.environ", "process.env", "os.environb"})
_ENV: Final = frozenset({"environ", "env", "environb", "getenv", "Getenv", "Environ"})
_WHOLE: Final = frozenset({"items", "copy", "values"})
_SEVERAL: Final = 2
"""Makers whose keys no single service wants."""
_CHAIN: Final = 8
"""Calls in a row that are looked through."""


def _environment(scope: Scope, node: Any) -> int | None:
    """Where the whole environment is taken, not one variable of it."""
    kind = type(node)
    if kind is ir.Mapping:
        whole = _several(scope, node)
    elif kind is ir.Index:
        # A variable by a name that is computed, where all names are gone through.
        whole = type(node.key) is ir.Name and scope.name(node.value) in _ENVIRONMENTS and _all_names(scope)
    elif kind is ir.Call:
        named = (
            scope.name(node) in {"os.getenv", "os.environ.get"}
            and type(node.args[0].value if node.args else None) is ir.Name
        )
        whole = (
            (named and _all_names(scope))
            or scope.name(node) == "os.Environ"
            or _asked(scope, node)
            or _gone_through(scope, node)
            or (
                type(node.callee) is ir.Attr
                and node.callee.name in _WHOLE
                and scope.name(node.callee.value) in _ENVIRONMENTS
            )
        )
    else:
        spelled = node.name if kind is ir.Attr else node.id
        whole = (spelled in _ENV or scope.code.members(scope.path).get(spelled, "") in _ENV) and scope.name(
            node
        ) in _ENVIRONMENTS
    return int(node.line) if whole else None


def _lists_secrets(value: Any) -> bool:
    """Whether a list names secret variables of several makers."""
    if type(value) is not ir.Group:
        return False
    return _makers(nodes.text(item) for item in value.items) >= _SEVERAL


def _several(scope: Scope, node: ir.Mapping) -> bool:
    """Whether secret variables of several makers are put into one object."""
    return _makers(variable(scope, entry.value) for entry in node.entries) >= _SEVERAL


def variable(scope: Scope, expr: Any) -> str:
    """The name of the variable that is read, also where it is put together; empty for anything else."""
    if type(expr) is ir.Index and scope.name(expr.value) in _ENVIRONMENTS:
        return scope.constant(expr.key) or ""
    name = scope.name(expr) if type(expr) in {ir.Attr, ir.Index, ir.Call} else ""
    if type(expr) is ir.Call and name in {"os.getenv", "os.environ.get", "os.Getenv"} and expr.args:
        return scope.constant(expr.args[0].value) or ""
    return name.rpartition(".")[2] if name.startswith(("process.env.", "os.environ.")) else ""


def _makers(names: Iterable[str]) -> int:
    return len({name.partition("_")[0] for name in names if says("secret-variables", name)})


def _each_name(scope: Scope, node: ir.Call) -> bool:
    """``os.getenv(name)``, where all names are gone through."""
    if scope.name(node) not in {"os.getenv", "os.environ.get"} or not node.args:
        return False
    return type(node.args[0].value) is ir.Name and _all_names(scope)


def _asked(scope: Scope, node: ir.Call) -> bool:
    """``check_output("env")``."""
    if not node.args or "command" not in scope.code.kinds(scope.module.language, scope.name(node)):
        return False
    return says("environment-commands", nodes.text(node.args[0].value))


def _gone_through(scope: Scope, node: ir.Call) -> bool:
    """``Object.keys(process.env).map((name) => process.env[name])``."""
    if not any(type(arg.value) is ir.Closure for arg in node.args):
        return False
    expr: Any = node
    for _ in range(_CHAIN):
        if type(expr) is ir.Call and scope.name(expr) in {"Object.keys", "Reflect.ownKeys"}:
            break
        made = scope.set_to(expr) if type(expr) is ir.Name else None
        below = expr.callee if type(expr) is ir.Call else expr.value if type(expr) is ir.Attr else None
        below = made if type(made) is ir.Call else below
        if below is None:
            break
        expr = below
    listed = type(expr) in {ir.Name, ir.Group} and _lists_secrets(scope.set_to(expr))
    if not listed and (
        type(expr) is not ir.Call or not any(scope.name(arg.value) in _ENVIRONMENTS for arg in expr.args)
    ):
        return False
    bodies = [scope.module.functions[arg.value.function].body for arg in node.args if type(arg.value) is ir.Closure]
    return any(
        type(each) is ir.Index and type(each.key) is ir.Name and scope.name(each.value) in _ENVIRONMENTS
        for body in bodies
        for each in nodes.walk(body)
    )


def _all_names(scope: Scope) -> bool:
    for called in scope.calls:
        if called.name in {"Object.keys", "Object.entries", "os.environ.keys", "list", "sorted"} and any(
            scope.name(arg.value) in _ENVIRONMENTS for arg in called.call.args
        ):
            return True
    if any(_lists_secrets(each) for each in scope.of(ir.Group)) or any(
        _lists_secrets(value) for name, value in scope.code.top(scope.path).items() if name in scope.words
    ):
        return True
    sources = [loop.source for loop in scope.of(ir.Loop)]
    sources += [source for each in scope.of(ir.Comprehension) for source in each.sources]
    return any(source is not None and scope.name(source).removesuffix(".keys") in _ENVIRONMENTS for source in sources)


ENVIRONMENT: Final = Kind(
    "environment", _environment, (ir.Name, ir.Attr, ir.Call, ir.Index, ir.Mapping), strict=True, words=_ENV
)
