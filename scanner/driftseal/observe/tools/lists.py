"""What a list, a table or a module holds, item by item, and the turns of loops over it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from driftseal.code import ir
from driftseal.code.constants import Constant, Spot, last_name
from driftseal.code.project import ModuleRef, Project
from driftseal.observe.tools._binding import take_apart
from driftseal.observe.tools.files import Files

_TURNS: Final = 2000
"""Turns of one loop over known data that are told apart."""
_DEPTH: Final = 10
_WORK: Final = 200_000
"""Lists that are looked into and items that are handed round, for one project: lists of lists grow without end."""
_SAME: Final = frozenset(
    {"sorted", "list", "tuple", "reversed", "set", "frozenset", "Set", "from", "freeze", "iter"}
    | {"Map", "dict", "OrderedDict", "fromEntries"}
)
"""Functions that give back what they are given, as far as items go; of a table those are its pairs."""
_PAIR: Final = 2
_ITSELF: Final = frozenset({"filter", "slice", "sort", "reverse", "toSorted", "toReversed", "copy", "flat", "concat"})
"""Methods that give back what they are called on."""
_ADDS: Final = ("append", "push", "unshift", "add", "insert")
_EXTENDS: Final = ("extend", "update")
_EACH: Final = ("forEach", "map", "flatMap")
Loops = tuple["ir.Loop | ir.Comprehension", ...]


class Site(NamedTuple):
    """An expression, the place where it stands, and the loops around it."""

    path: str
    scope: int
    node: ir.Expr
    loops: Loops

    @property
    def spot(self) -> Spot:
        """The place alone."""
        return Spot(self.path, self.scope, self.node)


class Lists(Files):
    """Values of one project, through its lists, tables and loops."""

    def __init__(self, project: Project) -> None:
        super().__init__(project)
        self.calls: dict[str, list[Site]] = {}
        """Every call by the last name of what is called."""
        self.curried: dict[str, list[Site]] = {}
        """Calls of what a call gave back, by the last name of what was called first."""
        self.labels: dict[tuple[str, int], str] = {}
        """Names of variables and members that functions without a name are bound to, by file and number."""
        self._grown: dict[tuple[str, str], list[Site]] | None = None
        self._turning: dict[tuple[str, int], tuple[ir.Param, Site]] | None = None
        self._work = _WORK
        self._open: set[tuple[str, str]] = set()

    # --- items ------------------------------------------------------------------------------

    def items(self, source: Spot, depth: int = _DEPTH) -> list[Spot]:  # noqa: PLR0911  # one case a line, in order
        """What a list holds, in order; nothing where nobody can say."""
        expr = source.expr
        self._work -= 1
        if depth <= 0 or self._work < 0:
            return []
        if isinstance(expr, ir.Call):
            return self._of_call(source, expr, depth)
        if isinstance(expr, ir.Group):
            return [each for item in expr.items for each in self._spread(source.at(item), depth)]
        if isinstance(expr, ir.Binary):
            left = self.items(source.at(expr.left), depth - 1)
            if left and expr.op in {"or", "??"}:
                return left
            return left + self.items(source.at(expr.right), depth - 1)
        if isinstance(expr, ir.Choice):
            return self.items(source.at(expr.then), depth - 1) + self.items(source.at(expr.otherwise), depth - 1)
        if isinstance(expr, ir.Comprehension):
            turns = self._around([source], expr, depth - 1)
            return [turn.at(expr.element) for turn in turns if turn.given != source.given]
        if isinstance(expr, ir.Mapping):
            return [source.at(entry.key) for entry in expr.entries if entry.key is not None]
        if isinstance(expr, ir.Index) and self._next(source, depth) is None:
            return self._of_key(source, expr, depth)
        onward = self._next(source, depth)
        held = self.items(onward, depth - 1) if onward is not None else []
        return held + self._added(source, depth)

    def _of_key(self, source: Spot, expr: ir.Index, depth: int) -> list[Spot]:
        """``TABLE[key]``, where nobody knows the key: what all of its lists hold."""
        table = self.follow(source.at(expr.value))
        entries = table.expr.entries if isinstance(table.expr, ir.Mapping) else ()
        return [each for entry in entries for each in self.items(table.at(entry.value), depth - 1)]

    def _spread(self, spot: Spot, depth: int) -> list[Spot]:
        if isinstance(spot.expr, ir.Unary) and spot.expr.op == "*":
            return self.items(spot.at(spot.expr.value), depth - 1)
        return [spot]

    def _of_call(self, source: Spot, call: ir.Call, depth: int) -> list[Spot]:
        name = last_name(call.callee)
        value = call.callee.value if isinstance(call.callee, ir.Attr) else None
        first = source.at(call.args[0].value) if call.args else None
        if name in {"items", "entries", "values", "keys"} and value is not None:
            inner = first if first is not None else source.at(value)
            return self._entries(inner, name, depth)
        if name in {"map", "flatMap"} and first is not None:
            return self._mapped(source, call, value, depth)
        through = self._through(name, value, call.args)
        if through:
            return [each for one in through for each in self.items(source.at(one), depth - 1)]
        made = self.result(source)
        return self.items(made, depth - 1) if made is not None else self._of_any(source, call, depth)

    def _through(self, name: str, value: ir.Expr | None, args: tuple[ir.Arg, ...]) -> tuple[ir.Expr, ...]:
        """The lists whose items a call of this name gives back."""
        given = tuple(arg.value for arg in args)
        if name in _SAME:
            return given[:1]
        if name in {"chain", "assign"}:
            return given
        if name in _ITSELF and value is not None:
            return (value, *given) if name == "concat" else (value,)
        return given[-1:] if name == "filter" else ()

    def _of_any(self, source: Spot, call: ir.Call, depth: int) -> list[Spot]:
        """``TABLE[key]()``, where nobody knows the key: what each of the functions gives back."""
        callee = self.follow(source.at(call.callee))
        if not isinstance(callee.expr, ir.Index):
            return []
        table = self.follow(callee.at(callee.expr.value))
        held = []
        for entry in table.expr.entries if isinstance(table.expr, ir.Mapping) else ():
            held += self.items(table.at(ir.Call(entry.value, call.args, call.line, new=False)), depth - 1)
        return held

    def _mapped(self, source: Spot, call: ir.Call, value: ir.Expr | None, depth: int) -> list[Spot]:
        """``xs.map(f)`` and ``map(f, xs)``."""
        function, listed = call.args[0].value, value
        if len(call.args) > 1 and source.path.endswith(".py"):
            listed = call.args[1].value
        if listed is None:
            return []
        made = []
        for item in self.items(source.at(listed), depth - 1):
            self._work -= 1
            if self._work < 0:
                break
            one = Spot(source.path, source.scope, function, source.given)
            result = self._applied(one, item)
            made += self.items(result, depth - 1) if last_name(call.callee) == "flatMap" else [result]
        return made

    def _applied(self, function: Spot, item: Spot) -> Spot:
        """A call of a function with an item that stands elsewhere."""
        name = "\0item"
        given = dict(function.given or {}) | {name: item}
        call = ir.Call(function.expr, (ir.Arg("", ir.Name(name, 0), spread=False),), function.expr.line, new=False)
        made = self.result(Spot(function.path, function.scope, call, given))
        return made if made is not None else item

    def _entries(self, inner: Spot, what: str, depth: int) -> list[Spot]:
        whole = self.value(inner)
        if isinstance(whole.expr, ir.Mapping):
            found = []
            for entry in whole.expr.entries:
                if entry.key is None:
                    found += self._entries(whole.at(entry.value), what, depth - 1) if depth > 0 else []
                elif what == "keys":
                    found.append(whole.at(entry.key))
                else:
                    pair = ir.Group((entry.key, entry.value), 0)
                    found.append(whole.at(entry.value if what == "values" else pair))
            return found + self._set_on(inner, what)
        if isinstance(whole.expr, (ir.Name, ir.Attr)):
            module = self.project.resolve(whole.path, whole.expr)
            if isinstance(module, ModuleRef):
                return self._exports(module, what)
        held = self._set_on(inner, what) or (self.items(inner, depth - 1) if depth > 0 else [])
        return [_of_pair(each, what) for each in held]

    def _set_on(self, inner: Spot, what: str) -> list[Spot]:
        """What ``table["key"] = value`` puts into a table."""
        if not isinstance(inner.expr, ir.Name):
            return []
        return [
            spot if what == "values" else spot.at(ir.Group((ir.Const(key, 0), spot.expr), 0))
            for (path, name, key), spot in self.set.items()
            if path == inner.path and name == inner.expr.id
        ]

    def _exports(self, ref: ModuleRef, what: str, depth: int = 4) -> list[Spot]:
        """What ``import * as x`` holds."""
        found = []
        for export in self.project.modules[ref.path].exports:
            if export.name == "*":
                inner = self.project.paths.find(ref.path, export.module)
                found += self._exports(ModuleRef(inner), what, depth - 1) if inner is not None and depth else []
            elif export.name != "default":
                value = self.follow(Spot(ref.path, 0, ir.Name(export.local, 0)))
                if export.module:
                    value = self._reexported(ref.path, export) or value
                key = ir.Const(export.name, 0)
                found.append(value if what == "values" else value.at(ir.Group((key, value.expr), 0)))
        return found

    def _reexported(self, path: str, export: ir.Export) -> Spot | None:
        inner = self.project.paths.find(path, export.module)
        return self.follow(Spot(inner, 0, ir.Name(export.local, 0))) if inner is not None else None

    # --- what grows -------------------------------------------------------------------------

    def _added(self, source: Spot, depth: int) -> list[Spot]:
        """What ``x.append(item)`` and the like add to a list, within the function that made it."""
        name = _label(source.expr)
        key = source.path, name
        if not name or key in self._open:
            return []
        if self._grown is None:
            self._grown = {}
            for verb in (*_ADDS, *_EXTENDS):
                for site in self.calls.get(verb, ()):
                    call = site.node
                    label = (
                        _label(call.callee.value)
                        if isinstance(call, ir.Call) and isinstance(call.callee, ir.Attr)
                        else ""
                    )
                    self._grown.setdefault((site.path, label), []).append(site)
        home = self._home(source)
        self._open.add(key)
        held: list[Spot] = []
        for site in self._grown.get(key, ()):
            if home in self.chain(site.path, site.scope):
                for turn in self.turns(site, source.given):
                    held += self._grows(turn, depth)
        self._open.discard(key)
        return held[:_TURNS]

    def _grows(self, turn: Spot, depth: int) -> list[Spot]:
        call = turn.expr
        if not isinstance(call, ir.Call):
            return []
        if last_name(call.callee) in _EXTENDS:
            return self.items(turn.at(call.args[0].value), depth - 1) if call.args else []
        held = []
        for arg in call.args:
            value = turn.at(arg.value)
            held += self.items(value, depth - 1) if arg.spread else self._spread(value, depth)
        return held

    def _home(self, source: Spot) -> int:
        """The function that a name is bound in."""
        if not isinstance(source.expr, ir.Name):
            return 0
        for scope in self.chain(source.path, source.scope):
            if scope > 0 and source.expr.id in self._names_of(source.path, scope):
                return scope
        return 0

    def chain(self, path: str, scope: int) -> list[int]:
        """A function and those around it."""
        functions = self.project.modules[path].functions
        found = [scope]
        while found[-1] > 0:
            found.append(max(functions[found[-1]].outer, 0))
        return found

    # --- loops ------------------------------------------------------------------------------

    def turns(self, site: Site, given: Mapping[str, Spot] | None = None) -> list[Spot]:
        """The place once for each turn of the loops around it, as far as what they go over is known."""
        spots = [site.spot._replace(given=given)]
        for scope in reversed(self.chain(site.path, site.scope)):
            turning = self._each_call(site.path, scope)
            if turning is not None:
                param, each = turning
                target = param.pattern if param.pattern is not None else ir.Name(param.name, param.line)
                listed = (
                    each.node.callee.value
                    if isinstance(each.node, ir.Call) and isinstance(each.node.callee, ir.Attr)
                    else None
                )
                if listed is not None:
                    source = Spot(each.path, each.scope, listed)
                    spots = [
                        turn for spot in spots for turn in self._turned(spot, target, source._replace(given=spot.given))
                    ]
        for loop in site.loops:
            spots = self._around(spots, loop)
        return spots[:_TURNS]

    def _around(self, spots: list[Spot], loop: ir.Loop | ir.Comprehension, depth: int = _DEPTH) -> list[Spot]:
        if isinstance(loop, ir.Comprehension):
            for target, source in zip(loop.targets, loop.sources, strict=False):
                spots = [turn for spot in spots for turn in self._turned(spot, target, spot.at(source), depth)][:_TURNS]
            return spots
        if loop.source is None or not loop.targets:
            return spots
        target = loop.targets[0] if len(loop.targets) == 1 else ir.Group(loop.targets, loop.line)
        return [turn for spot in spots for turn in self._turned(spot, target, spot.at(loop.source), depth)][:_TURNS]

    def _turned(self, spot: Spot, target: ir.Expr, source: Spot, depth: int = _DEPTH) -> Iterator[Spot]:
        """The place with the loop's variables set, for each thing that the loop goes over; itself if unknown."""
        items = self.items(source, depth)[:_TURNS]
        if not items:
            yield spot
        for value in items:
            self._work -= 1
            if self._work < 0:
                return
            given = dict(spot.given or {})
            take_apart(self, target, value, given)
            yield spot._replace(given=given)

    def _each_call(self, path: str, scope: int) -> tuple[ir.Param, Site] | None:
        """The call of ``forEach`` that a function is given to, with the parameter that takes the item."""
        if self._turning is None:
            self._turning = {}
            for site in (site for name in _EACH for site in self.calls.get(name, ())):
                body = site.node.args[0].value if isinstance(site.node, ir.Call) and site.node.args else None
                if isinstance(body, ir.Closure):
                    params = self.project.modules[site.path].functions[body.function].params
                    if params:
                        self._turning[site.path, body.function] = params[0], site
        return self._turning.get((path, scope))

    # --- texts ------------------------------------------------------------------------------

    def _call(self, spot: Spot, call: ir.Call, depth: int) -> Constant:
        found = super()._call(spot, call, depth)
        if found is None and last_name(call.callee) == "join" and isinstance(call.callee, ir.Attr) and call.args:
            first, second = spot.at(call.callee.value), spot.at(call.args[0].value)
            for listed, by in ((first, second), (second, first)):
                between = self._fold(by, depth - 1)
                texts = [self._fold(item, depth - 1) for item in self.items(listed)] if isinstance(between, str) else []
                if texts and isinstance(between, str) and all(isinstance(text, (str, int)) for text in texts):
                    return between.join(str(text) for text in texts)
        return found


def _of_pair(pair: Spot, what: str) -> Spot:
    """The name or the value of an entry of a table that is made of pairs; anything else as it is."""
    expr = pair.expr
    if not isinstance(expr, ir.Group) or len(expr.items) != _PAIR or what in {"items", "entries"}:
        return pair
    return pair.at(expr.items[0 if what == "keys" else 1])


def _label(expr: ir.Expr) -> str:
    """A variable by its name, and ``self.x`` as ``.x``."""
    if isinstance(expr, ir.Name):
        return expr.id
    if isinstance(expr, ir.Attr) and isinstance(expr.value, ir.Name) and expr.value.id in {"self", "this"}:
        return f".{expr.name}"
    return ""
