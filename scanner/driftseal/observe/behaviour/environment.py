"""Where the whole environment is taken, or the keys of several makers at once; not one variable of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour import nodes
from driftseal.observe.behaviour.followed import Kind
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.scope.names import SELVES
from driftseal.observe.behaviour.scopes import Scope, once

_ENVIRONMENTS: Final = frozenset({"os.environ", "process.env", "os.environb"})
_ENV: Final = frozenset({"environ", "env", "environb", "getenv", "Getenv", "Environ"})
_WHOLE: Final = frozenset({"items", "copy", "values"})
_SEVERAL: Final = 2
"""Makers whose keys no single service wants."""
_CHAIN: Final = 8
"""Calls in a row that are looked through."""
_RUNS: Final = frozenset({"command", "argv"})
_GETTERS: Final = frozenset({"os.getenv", "os.environ.get", "os.Getenv"})


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
    # A name may be taken apart of the environment: ``const { NPM_TOKEN, GITHUB_TOKEN } = process.env``.
    return _makers(variable(scope, _meant(scope, entry.value)) for entry in node.entries) >= _SEVERAL


def _meant(scope: Scope, value: Any) -> Any:
    return scope.set_to(value) if type(value) is ir.Name else value


def variable(scope: Scope, expr: Any) -> str:
    """The name of the variable that is read, also where it is put together; empty for anything else."""
    key = _key(scope, expr)
    if key is not None:
        return scope.constant(key) or ""
    if type(expr) is ir.Call and expr.args and (helper := scope.helper(expr)) is not None and _reads_one(helper):
        return scope.constant(expr.args[0].value) or ""
    name = scope.name(expr) if type(expr) in {ir.Attr, ir.Index, ir.Call} else ""
    return name.rpartition(".")[2] if name.startswith(("process.env.", "os.environ.")) else ""


def _key(scope: Scope, expr: Any) -> Any:
    """The expression by which a variable is looked up; None for anything else."""
    if type(expr) is ir.Index and scope.name(expr.value) in _ENVIRONMENTS:
        return expr.key
    return expr.args[0].value if type(expr) is ir.Call and expr.args and scope.name(expr) in _GETTERS else None


def asks(scope: Scope) -> bool:
    """Whether a scope calls by its name a function that looks up variables."""
    code = scope.code
    if code.getters is None:
        code.getters = frozenset(
            [each.function.name for each in code.scopes if not _ENV.isdisjoint(each.words) and _reads_one(each)]
        )
    return not code.getters.isdisjoint(scope.words)


@once
def _reads_one(helper: Scope) -> bool:
    """``def setting(name): return os.environ.get(name, "")``: a function that looks up what it is given."""
    params = [param.name for param in helper.function.params if param.name not in SELVES]
    for given in helper.of(ir.Return) if params and not _ENV.isdisjoint(helper.words) else ():
        for node in nodes.walk(given.value):
            key = _key(helper, node) if type(node) in {ir.Index, ir.Call} else None
            if type(key) is ir.Name and key.id == params[0]:
                return True
    return False


def _makers(names: Iterable[str]) -> int:
    return len({name.partition("_")[0] for name in names if says("secret-variables", name)})


def _each_name(scope: Scope, node: ir.Call) -> bool:
    """``os.getenv(name)``, where all names are gone through."""
    if scope.name(node) not in {"os.getenv", "os.environ.get"} or not node.args:
        return False
    return type(node.args[0].value) is ir.Name and _all_names(scope)


def _asked(scope: Scope, node: ir.Call) -> bool:
    """``check_output("env")``, ``run(["printenv"])``."""
    if not node.args or scope.code.kinds(scope.module.language, scope.name(node)).isdisjoint(_RUNS):
        return False
    return says("environment-commands", scope.command(node))


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


def _may(scope: Scope) -> bool:
    return "environment-commands" in scope.shown or asks(scope)


ENVIRONMENT: Final = Kind(
    "environment", _environment, (ir.Name, ir.Attr, ir.Call, ir.Index, ir.Mapping), strict=True, words=_ENV, asked=_may
)
