"""One walk over a project that gathers the expressions in which tools are declared, for every idiom to look at."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from driftseal.code import ir
from driftseal.code.constants import Spot, last_name
from driftseal.code.project import ClassRef, FunctionRef, Project
from driftseal.code.walk import ONE, SEVERAL, below
from driftseal.observe.tools._names import is_plain
from driftseal.observe.tools.callers import Callers
from driftseal.observe.tools.lists import Lists, Loops, Site

__all__ = ["Branch", "Site", "Sites"]

_DESCRIBED: Final = frozenset(
    {"description", "inputSchema", "input_schema", "parameters", "schema", "handler", "execute", "uri", "uriTemplate"}
)
_WORDS: Final = (
    "tool",
    "from_function",
    "fromfunction",
    "prompt",
    "resource",
    "mount",
    "import_server",
    "requesthandler",
    "mcp",
)

_TEXTS: Final = frozenset({"description", "name", "title"})
"""Arguments of what makes a tool that are texts, whoever gives them."""
_SELF: Final = frozenset({"self", "this"})
_LEAVES: Final = frozenset({ir.Const, ir.Name, ir.Closure, ir.ClassValue, ir.Leave, str, int, float, bool, type(None)})


class Branch(NamedTuple):
    """One comparison with what may be a tool's name, and what is done when it is equal."""

    path: str
    scope: int
    subject: ir.Expr
    value: ir.Expr
    then: ir.Block


class Sites:
    """What one walk over a project has found."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.constants = Lists(project)
        self.callers = Callers(self.constants)
        self.calls: list[Site] = []
        """Calls whose last name has to do with tools, prompts, resources or servers, or that give a description."""
        self.described: list[Site] = []
        """Mappings that hold a description, a schema or a handler."""
        self.mappings: list[Site] = []
        self.branches: list[Branch] = []
        self.wrappers: dict[FunctionRef, FunctionRef] = {}
        """The closures around functions that were looked for so far: ``wrapper(async (args) => …)``."""
        self._speaks: dict[str, bool] = {}
        for path, module in project.modules.items():
            for number, function in enumerate(module.functions):
                self._walk(path, number, function.body)
            for cls in module.classes:
                for each in cls.fields:
                    if isinstance(each.value, ir.Closure):
                        self.constants.labels[path, each.value.function] = each.name
                self._walk(path, 0, tuple(each.value for each in cls.fields if each.value is not None))

    def _walk(self, path: str, scope: int, start: object) -> None:  # noqa: C901  # every node passes here: calls would take longer than what is done
        one, several = ONE.get, SEVERAL.get
        work: list[tuple[object, Loops]] = [(start, ())]
        while work:
            start, loops = work.pop()
            stack: list[Any] = [start]
            while stack:
                node = stack.pop()
                kind = type(node)
                if kind in _LEAVES:
                    continue
                if kind is tuple:
                    stack += node[::-1]
                elif (parts := several(kind)) is not None:
                    if kind is ir.Call:
                        self._call(Site(path, scope, node, loops), node)
                    elif kind is ir.If:
                        self._branch(path, scope, node)
                    elif kind is ir.Assign:
                        self._assign(path, scope, node)
                    elif kind is ir.Comprehension or (kind is ir.Loop and node.source is not None):
                        work.append((node.body if kind is ir.Loop else node.element, (*loops, node)))
                        stack.append(node.source if kind is ir.Loop else node.sources)
                        continue
                    stack += parts(node)
                elif (part := one(kind)) is not None:
                    if kind is ir.Mapping:
                        self._mapping(Site(path, scope, node, loops), node)
                    stack.append(part(node))
                elif isinstance(node, tuple):
                    stack += node[::-1]

    def _call(self, site: Site, call: ir.Call) -> None:
        curried = isinstance(call.callee, ir.Call)
        name = last_name(call.callee.callee if isinstance(call.callee, ir.Call) else call.callee)
        (self.constants.curried if curried else self.constants.calls).setdefault(name, []).append(site)
        if name == "setattr" and len(call.args) == len(("object", "name", "value")):
            self._set_by_name(site, call)
        speaks = self._speaks.get(name)
        if speaks is None:
            low = name.lower()
            speaks = self._speaks[name] = any(word in low for word in _WORDS)
        if speaks or "description" in [arg.name for arg in call.args]:
            self.calls.append(site)

    def _mapping(self, site: Site, mapping: ir.Mapping) -> None:
        if mapping.entries:
            self.mappings.append(site)
            for entry in mapping.entries:
                if isinstance(entry.value, ir.Closure) and isinstance(entry.key, ir.Const):
                    self.constants.labels.setdefault((site.path, entry.value.function), str(entry.key.value))
            if any(isinstance(entry.key, ir.Const) and entry.key.value in _DESCRIBED for entry in mapping.entries):
                self.described.append(site)

    def _assign(self, path: str, scope: int, assign: ir.Assign) -> None:
        """``fn.__name__ = x`` and ``TABLE["key"] = x``."""
        for target in assign.targets:
            if isinstance(assign.value, ir.Closure) and isinstance(target, (ir.Name, ir.Attr)):
                self.constants.labels.setdefault((path, assign.value.function), last_name(target))
            if isinstance(target, ir.Attr) and isinstance(target.value, ir.Name):
                key: object = target.name
            elif (
                isinstance(target, ir.Index) and isinstance(target.value, ir.Name) and isinstance(target.key, ir.Const)
            ):
                key = target.key.value
            else:
                continue
            if isinstance(key, str) and target.value.id not in _SELF:
                self.constants.set.setdefault((path, target.value.id, key), Spot(path, scope, assign.value))

    def _set_by_name(self, site: Site, call: ir.Call) -> None:
        """``setattr(fn, "__doc__", x)``."""
        on, name, value = (arg.value for arg in call.args)
        if isinstance(on, ir.Name) and isinstance(name, ir.Const) and isinstance(name.value, str):
            self.constants.set.setdefault((site.path, on.id, name.value), site.spot.at(value))

    def _branch(self, path: str, scope: int, branch: ir.If) -> None:
        tests = [branch.test]
        while tests:
            test = tests.pop()
            if isinstance(test, ir.Binary) and test.op == "or":
                tests += [test.left, test.right]
            elif isinstance(test, ir.Binary) and test.op in {"==", "in"}:
                left, right = (test.right, test.left) if isinstance(test.left, ir.Const) else (test.left, test.right)
                values = right.items if isinstance(right, ir.Group) else (right,)
                self.branches += [Branch(path, scope, left, value, branch.then) for value in values]

    def turns(self, site: Site) -> list[Spot]:
        """The place once for each turn of the loops around it, as far as what they go over is known."""
        return self.constants.turns(site)

    def is_open(self, site: Site) -> bool:
        """Whether a declaration may be one of a helper: it stands in a function, and not in that of a framework."""
        functions = self.project.modules[site.path].functions
        around = [functions[number] for number in self.constants.chain(site.path, site.scope)]
        return site.scope > 0 and not any(function.cls >= 0 and is_plain(function.name) for function in around)

    # --- functions --------------------------------------------------------------------------

    def function(self, spot: Spot | None, depth: int = 6) -> FunctionRef | None:
        """The function that an expression stands for, through names, ``bind``, wrappers and factories."""
        if spot is None or depth == 0:
            return None
        whole = self.constants.follow(spot)
        expr = whole.expr
        if isinstance(expr, ir.Closure):
            return FunctionRef(whole.path, expr.function)
        if isinstance(expr, ir.Call):
            return self._wrapped(whole, expr, depth)
        if isinstance(expr, (ir.Binary, ir.Choice)):
            for part in (expr.left, expr.right) if isinstance(expr, ir.Binary) else (expr.then, expr.otherwise):
                found = self.function(whole.at(part), depth - 1)
                if found is not None:
                    return found
        return None

    def behind(self, ref: FunctionRef, turn: Spot) -> FunctionRef | None:
        """The function that a wrapper calls, where it is one of what a loop or a call of the helper gave."""
        if not turn.given or ref.path != turn.path or not self._within(ref, turn.scope):
            return None
        for node in below(self.project.function(ref).body):
            if isinstance(node, ir.Call) and isinstance(node.callee, (ir.Name, ir.Attr)):
                root: ir.Expr = node.callee
                while isinstance(root, ir.Attr):
                    root = root.value
                if isinstance(root, ir.Name) and root.id in turn.given:
                    called = Spot(ref.path, ref.number, node.callee, turn.given)
                    found = self.function(called)
                    if found is not None and found != ref:
                        return self.written_below(found, called)
        return None

    def written_below(self, ref: FunctionRef, called: Spot) -> FunctionRef:
        """Of a method that leaves the work to those of derived classes, the one that it calls of this object.

        ``invoke(input) { return this.execute(this.schema.parse(input)); }``: each tool has an ``execute`` of its own.
        """
        function = self.project.function(ref)
        if function.cls < 0 or not isinstance(called.expr, ir.Attr):
            return ref
        base, whole = ClassRef(ref.path, function.cls), self.constants.value(called.at(called.expr.value))
        for node in below(function.body):
            callee = node.callee if isinstance(node, ir.Call) else None
            if (
                isinstance(callee, ir.Attr)
                and isinstance(callee.value, ir.Name)
                and callee.value.id in {"self", "this"}
            ):
                above = self.project.method(base, callee.name)
                if isinstance(above, FunctionRef) and not self.project.is_abstract(above):
                    continue
                member = self.constants.member(whole, callee.name)
                if member is not None and isinstance(member.expr, ir.Closure):
                    found = FunctionRef(member.path, member.expr.function)
                    self.wrappers.setdefault(found, ref)
                    return found
        return ref

    def _within(self, ref: FunctionRef, scope: int) -> bool:
        return ref.number in self.constants.chain(ref.path, scope) or scope in self.constants.chain(*ref)

    def _wrapped(self, whole: Spot, call: ir.Call, depth: int) -> FunctionRef | None:
        if isinstance(call.callee, ir.Attr) and call.callee.name == "bind":
            return self.function(whole.at(call.callee.value), depth - 1)
        for arg in reversed(call.args):
            if arg.name not in _TEXTS and isinstance(arg.value, (ir.Closure, ir.Name, ir.Attr, ir.Call, ir.Index)):
                found = self.function(whole.at(arg.value), depth - 1)
                if found is not None:
                    _, made = self._made(whole.at(call.callee), depth)
                    if made is not None:
                        self.wrappers[found] = made
                    return found
        maker, made = self._made(whole.at(call.callee), depth)
        return made or maker

    def _made(self, callee: Spot, depth: int) -> tuple[FunctionRef | None, FunctionRef | None]:
        """A function of the project that is called, and the closure that it gives back."""
        maker = self.function(callee, depth - 1)
        for each in self.project.function(maker).body if maker is not None else ():
            if isinstance(each, ir.Return) and each.value is not None and maker is not None:
                inner = self.constants.follow(Spot(maker.path, maker.number, each.value))
                if isinstance(inner.expr, ir.Closure):
                    return maker, FunctionRef(inner.path, inner.expr.function)
        return maker, None
