"""One walk over a project that gathers the expressions in which tools are declared, for every idiom to look at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from driftseal.code import ir
from driftseal.code.constants import Constants, Spot, last_name
from driftseal.code.project import FunctionRef, Project
from driftseal.code.walk import children

_TURNS: Final = 500
"""Turns of one loop over known data that are told apart."""
_DESCRIBED: Final = frozenset(
    {"description", "inputSchema", "input_schema", "parameters", "schema", "handler", "execute", "uri", "uriTemplate"}
)
_EACH: Final = frozenset({"forEach", "map", "flatMap"})
_Loops = tuple[ir.Loop, ...]


class Site(NamedTuple):
    """An expression, the place where it stands, and the loops around it."""

    path: str
    scope: int
    node: ir.Expr
    loops: _Loops

    @property
    def spot(self) -> Spot:
        """The place alone."""
        return Spot(self.path, self.scope, self.node)


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
        self.constants = Constants(project)
        self.calls: list[Site] = []
        """Calls whose last name has to do with tools, prompts, resources or servers."""
        self.described: list[Site] = []
        """Mappings that hold a description, a schema or a handler."""
        self.mappings: list[Site] = []
        self.branches: list[Branch] = []
        self.getattrs: list[Site] = []
        self._turning: dict[tuple[str, int], tuple[ir.Param, Spot]] = {}
        for path, module in project.modules.items():
            for number, function in enumerate(module.functions):
                self._walk(path, number, function.body)
            for cls in module.classes:
                self._walk(path, 0, tuple(each.value for each in cls.fields if each.value is not None))

    def _walk(self, path: str, scope: int, start: object) -> None:
        stack: list[tuple[object, _Loops]] = [(start, ())]
        while stack:
            node, loops = stack.pop()
            if isinstance(node, (ir.Const, ir.Name)):
                continue
            if isinstance(node, ir.Call):
                self._call(Site(path, scope, node, loops))
            elif isinstance(node, ir.Mapping):
                self._mapping(Site(path, scope, node, loops))
            elif isinstance(node, ir.If):
                self._branch(path, scope, node)
            elif isinstance(node, ir.Loop) and node.source is not None:
                loops = (*loops, node)
            stack += [(child, loops) for child in reversed(children(node))]

    def _call(self, site: Site) -> None:
        call = site.node
        if not isinstance(call, ir.Call):
            return
        callee = call.callee
        name = last_name(callee.callee if isinstance(callee, ir.Call) else callee)
        low = name.lower()
        if any(
            word in low for word in ("tool", "prompt", "resource", "mount", "import_server", "requesthandler", "mcp")
        ):
            self.calls.append(site)
        elif name in _EACH and call.args and isinstance(callee, ir.Attr):
            body = call.args[0].value
            if isinstance(body, ir.Closure):
                params = self.project.modules[site.path].functions[body.function].params
                if params:
                    self._turning[site.path, body.function] = params[0], site.spot.at(callee.value)
        elif name == "getattr":
            self.getattrs.append(site)
        elif any(arg.name == "description" for arg in call.args):
            self.calls.append(site)

    def _mapping(self, site: Site) -> None:
        mapping = site.node
        if isinstance(mapping, ir.Mapping) and mapping.entries:
            self.mappings.append(site)
            if any(isinstance(entry.key, ir.Const) and entry.key.value in _DESCRIBED for entry in mapping.entries):
                self.described.append(site)

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

    def turns(self, site: Site) -> Iterator[Spot]:
        """The place once for each turn of the loops around it, as far as what they go over is known."""
        spots = [site.spot]
        turning = self._turning.get((site.path, site.scope))
        if turning is not None:
            param, source = turning
            target = param.pattern if param.pattern is not None else ir.Name(param.name, param.line)
            spots = [turn for spot in spots for turn in self._each(spot, target, source)]
        for loop in site.loops:
            if loop.source is None or not loop.targets:
                continue
            target = loop.targets[0] if len(loop.targets) == 1 else ir.Group(loop.targets, loop.line)
            spots = [turn for spot in spots for turn in self._each(spot, target, spot.at(loop.source))][:_TURNS]
        return iter(spots)

    def _each(self, spot: Spot, target: ir.Expr, source: Spot) -> list[Spot]:
        """The place with the loop's variables set, for each thing that the loop goes over; itself if unknown."""
        turns = []
        for value in self._items(source)[:_TURNS]:
            given = dict(spot.given or {})
            self._take_apart(target, value, given)
            turns.append(spot._replace(given=given))
        return turns or [spot]

    def _items(self, source: Spot) -> list[Spot]:
        call = source.expr
        if isinstance(call, ir.Call):
            name = last_name(call.callee)
            value = call.callee.value if isinstance(call.callee, ir.Attr) else None
            if name in {"items", "entries", "values", "keys"} and value is not None:
                inner = call.args[0].value if call.args else value
                return self._entries(self.constants.follow(source.at(inner)), name)
            if name in {"sorted", "list", "tuple", "reversed"} and call.args:
                return self._items(source.at(call.args[0].value))
        whole = self.constants.follow(source)
        if isinstance(whole.expr, ir.Group):
            spread: list[Spot] = []
            for item in whole.expr.items:
                if isinstance(item, ir.Unary) and item.op == "*":
                    inside = self.constants.follow(whole.at(item.value))
                    spread += (
                        [inside.at(each) for each in inside.expr.items] if isinstance(inside.expr, ir.Group) else []
                    )
                else:
                    spread.append(whole.at(item))
            return spread
        return []

    def _entries(self, whole: Spot, what: str) -> list[Spot]:
        if not isinstance(whole.expr, ir.Mapping):
            return []
        entries = [entry for entry in whole.expr.entries if entry.key is not None]
        if what == "values":
            return [whole.at(entry.value) for entry in entries]
        if what == "keys":
            return [whole.at(entry.key) for entry in entries if entry.key is not None]
        return [whole.at(ir.Group((entry.key, entry.value), 0)) for entry in entries if entry.key is not None]

    def _take_apart(self, target: ir.Expr, value: Spot, given: dict[str, Spot]) -> None:
        if isinstance(target, ir.Name):
            given[target.id] = value
            return
        whole = self.constants.follow(value)
        if isinstance(target, ir.Group) and isinstance(whole.expr, ir.Group):
            for part, item in zip(target.items, whole.expr.items, strict=False):
                self._take_apart(part, whole.at(item), given)
        elif isinstance(target, ir.Mapping):
            for entry in target.entries:
                inner = self.constants.entry(whole, str(entry.key.value)) if isinstance(entry.key, ir.Const) else None
                if inner is not None:
                    self._take_apart(entry.value, inner, given)

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

    def _wrapped(self, whole: Spot, call: ir.Call, depth: int) -> FunctionRef | None:
        if isinstance(call.callee, ir.Attr) and call.callee.name == "bind":
            return self.function(whole.at(call.callee.value), depth - 1)
        for arg in reversed(call.args):
            if isinstance(arg.value, (ir.Closure, ir.Name, ir.Attr, ir.Call)):
                found = self.function(whole.at(arg.value), depth - 1)
                if found is not None:
                    return found
        maker = self.function(whole.at(call.callee), depth - 1)
        if maker is None:
            return None
        for each in self.project.function(maker).body:
            if isinstance(each, ir.Return) and each.value is not None:
                inner = self.constants.follow(Spot(maker.path, maker.number, each.value))
                if isinstance(inner.expr, ir.Closure):
                    return FunctionRef(inner.path, inner.expr.function)
        return maker
