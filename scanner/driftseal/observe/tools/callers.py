"""Declarations inside helpers: the place once for each call of the function that it stands in.

``function reg(name, text) { server.tool(name, text, …) }`` declares as many tools as it has calls; so do methods that
wrap, decorators that register what they decorate, and helpers of helpers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Final, NamedTuple

from driftseal.code import ir
from driftseal.code.constants import Spot, last_name
from driftseal.code.project import ClassRef, FunctionRef
from driftseal.observe.tools._binding import bound
from driftseal.observe.tools.lists import Lists, Site

_DEPTH: Final = 4
"""Helpers that call one another, from a declaration to where its name is known."""
_STEPS: Final = 20_000
_UNSURE: Final = 5
"""Steps that it costs to work out whose method is called."""
_CALLS: Final = 2_000
"""Calls of one helper that are looked at."""
_COMMON: Final = 200
"""Calls of methods of one name beyond which the name says nothing."""
_TRIED: Final = 16
"""Turns of a loop, none of which says what is looked for, after which the others are taken to say as little."""
_EACH: Final = ("forEach", "map", "flatMap")

Given = Mapping[str, Spot]


class Use(NamedTuple):
    """A place where a function is called."""

    site: Site
    give: Callable[[Spot], list[dict[str, Spot]]]
    """What the function's names stand for in one turn of that place; nothing where it is another that is called."""
    made: bool = False
    """Whether the place only makes an object whose method it is; calls that are seen say more."""


class Callers:
    """Looks up who calls the functions of one project."""

    def __init__(self, constants: Lists) -> None:
        self._constants = constants
        self._project = constants.project
        self._left = _STEPS
        self._uses_of: dict[FunctionRef, list[Use]] = {}
        self._aliases: dict[str, set[str]] | None = None
        self._decorated: dict[str, list[tuple[FunctionRef, ir.Expr]]] | None = None
        self._derived: dict[ClassRef, list[ClassRef]] | None = None
        self._counts: dict[str, int] | None = None

    def turns(self, site: Site, known: Callable[[Spot], object], depth: int = _DEPTH) -> Iterator[Spot]:
        """The place once for each loop's turn and each call around it in which what is looked for is known."""
        turns = self._constants.turns(site)
        fit = [turn for turn in turns if self._fits(turn, known)]
        if fit or depth == 0 or self._left < 0:
            yield from fit
            return
        yield from self.around(site, known, depth)

    def around(self, site: Site, known: Callable[[Spot], object], depth: int = _DEPTH) -> Iterator[Spot]:
        """The same for the calls around a place alone."""
        for number in self._constants.chain(site.path, site.scope):
            uses = self.uses(FunctionRef(site.path, number)) if number else []
            if not uses:
                continue
            found = False
            for use in sorted(uses, key=lambda use: use.made):
                if use.made and found:
                    break
                for turn in self._through(site, use, known, depth):
                    found = True
                    yield turn
            return

    def _fits(self, turn: Spot, known: Callable[[Spot], object]) -> bool:
        self._left -= 1
        return bool(known(turn))

    def _through(self, site: Site, use: Use, known: Callable[[Spot], object], depth: int) -> Iterator[Spot]:
        def inner(outer: Spot) -> Iterator[Spot]:
            for given in use.give(outer):
                yield from self._constants.turns(site, given)

        def fits(outer: Spot) -> bool:
            return any(self._fits(one, known) for one in islice(inner(outer), _TRIED))

        self._left -= 1
        if self._left < 0 or not any(use.give(turn) for turn in self._constants.turns(use.site)):
            return
        for outer in self.turns(use.site, fits, depth - 1):
            for one in inner(outer):
                if self._fits(one, known):
                    yield one

    # --- who calls --------------------------------------------------------------------------

    def uses(self, ref: FunctionRef) -> list[Use]:
        """Every place where a function is called, as far as the code says so."""
        if ref not in self._uses_of:
            self._uses_of[ref] = []  # a function that calls itself ends here
            self._uses_of[ref] = list(self._find(ref))[:_CALLS]
        return self._uses_of[ref]

    def _find(self, ref: FunctionRef) -> Iterator[Use]:
        function = self._project.function(ref)
        name = self._label(ref)
        names = self._names(name) if name else set()
        calls = self._constants.calls
        for name in sorted(names):
            found = calls.get(name, ())
            if function.cls < 0 or len(found) < _COMMON:
                near = [site for site in found if function.cls >= 0 or self._sees(site, ref, name)]
                for site in near[:_CALLS]:
                    yield Use(site, self._called(ref, function))
        for site in self._by_default(ref, function):
            yield Use(site, self._called(ref, function))
        for verb in _EACH:
            for site in calls.get(verb, ()):
                first = site.node.args[0].value if isinstance(site.node, ir.Call) and site.node.args else None
                if isinstance(first, (ir.Name, ir.Attr)) and last_name(first) in names:
                    yield Use(site, self._mapped(ref, function))
        yield from self._decorates(ref, function, names)
        if function.cls >= 0 and function.name not in {"constructor", "__init__"}:
            yield from self._made(ClassRef(ref.path, function.cls))
        elif function.cls >= 0:
            yield from self._made(ClassRef(ref.path, function.cls), bind=ref)

    def _by_default(self, ref: FunctionRef, function: ir.Function) -> Iterator[Site]:
        """``util_1.default(…)``, as compilers write a call of what a file hands out by default."""
        exports = self._project.modules[ref.path].exports
        if function.name and any(one.name == "default" and one.local == function.name for one in exports):
            for site in self._constants.calls.get("default", ())[:_CALLS]:
                call = site.node
                if isinstance(call, ir.Call) and self._project.resolve(site.path, call.callee) == ref:
                    yield site

    def _sees(self, site: Site, ref: FunctionRef, name: str) -> bool:
        """Whether a name can be that function at all where it is called: in its file, imported, or of a module."""
        if site.path == ref.path or not isinstance(site.node, ir.Call) or isinstance(site.node.callee, ir.Attr):
            return True
        return any(imported.local in {name, "*"} for imported in self._project.modules[site.path].imports)

    def _label(self, ref: FunctionRef) -> str:
        """What a function is called, or what the variable is that it is bound to."""
        return self._project.function(ref).name or self._constants.labels.get((ref.path, ref.number), "")

    def _names(self, name: str) -> set[str]:
        """A name and those under which other files import it."""
        if self._aliases is None:
            self._aliases = {}
            for module in self._project.modules.values():
                for imported in module.imports:
                    if imported.symbol not in {"", "*", imported.local}:
                        self._aliases.setdefault(imported.symbol, set()).add(imported.local)
                for export in module.exports:
                    if export.name not in {"*", export.local}:
                        self._aliases.setdefault(export.local, set()).add(export.name)
        found = {name}
        for _ in range(3):
            found |= {alias for one in found for alias in self._aliases.get(one, ())}
        return found - {"default"}

    def _called(self, ref: FunctionRef, function: ir.Function) -> Callable[[Spot], list[dict[str, Spot]]]:
        def give(turn: Spot) -> list[dict[str, Spot]]:
            call = turn.expr
            if not isinstance(call, ir.Call) or not self._is(turn.at(call.callee), ref, function):
                return []
            given = dict(turn.given or {}) if ref.path == turn.path else {}
            given |= bound(self._constants, function, turn, call.args, (ref.path, ref.number))
            if isinstance(call.callee, ir.Attr) and function.cls >= 0:
                given |= dict.fromkeys(("self", "this"), turn.at(call.callee.value))
            return [given]

        return give

    def _is(self, callee: Spot, ref: FunctionRef, function: ir.Function) -> bool:
        """Whether it is this function that is called; a method that is the only one of its name is taken for it."""
        made = self._constants.follow(callee)
        if isinstance(made.expr, ir.Closure):
            return (made.path, made.expr.function) == (ref.path, ref.number)
        if function.cls >= 0 and isinstance(made.expr, ir.Attr) and isinstance(callee.expr, ir.Attr):
            self._left -= _UNSURE
            if self._left < 0:
                return False
            whole = self._constants.value(callee.at(callee.expr.value))
            found = self._constants.member(whole, callee.expr.name)
            if found is not None:
                return isinstance(found.expr, ir.Closure) and (found.path, found.expr.function) == (
                    ref.path,
                    ref.number,
                )
            return self._count(function.name) == 1
        return False

    def _count(self, name: str) -> int:
        if self._counts is None:
            self._counts = {}
            for module in self._project.modules.values():
                for one in module.functions:
                    self._counts[one.name] = self._counts.get(one.name, 0) + 1
        return self._counts.get(name, 0)

    def _mapped(self, ref: FunctionRef, function: ir.Function) -> Callable[[Spot], list[dict[str, Spot]]]:
        """``xs.forEach(register)``."""

        def give(turn: Spot) -> list[dict[str, Spot]]:
            call = turn.expr
            if not isinstance(call, ir.Call) or not isinstance(call.callee, ir.Attr):
                return []
            if not self._is(turn.at(call.args[0].value), ref, function) or not function.params:
                return []
            return [{function.params[0].name: item} for item in self._constants.items(turn.at(call.callee.value))]

        return give

    # --- decorators -------------------------------------------------------------------------

    def _decorates(self, ref: FunctionRef, function: ir.Function, names: set[str]) -> Iterator[Use]:
        """``@register("x")``, ``@register`` and ``register("x")(fn)``, of the function or of what it gives back."""
        module = self._project.modules[ref.path]
        maker, inner = (ref, None) if function.outer <= 0 else (FunctionRef(ref.path, function.outer), function)
        if inner is not None:
            names = self._names(self._label(maker))
        outside = module.functions[maker.number]
        for name in sorted(names):
            for fn, decorator in self._decorators(name):
                at = Site(fn.path, max(self._project.function(fn).outer, 0), decorator, ())
                yield Use(at, self._decorating(maker, outside, inner, ir.Closure(fn.number, 0)))
            for site in self._constants.curried.get(name, ()):
                call = site.node
                if isinstance(call, ir.Call) and call.args and isinstance(call.callee, ir.Call) and inner is not None:
                    at = Site(site.path, site.scope, call.callee, site.loops)
                    yield Use(at, self._decorating(maker, outside, inner, call.args[0].value))

    def _decorating(
        self, maker: FunctionRef, outside: ir.Function, inner: ir.Function | None, decorated: ir.Expr
    ) -> Callable[[Spot], list[dict[str, Spot]]]:
        def give(turn: Spot) -> list[dict[str, Spot]]:
            call = turn.expr
            callee = call.callee if isinstance(call, ir.Call) else call
            if not self._is(turn.at(callee), maker, outside) or isinstance(call, ir.Call) == (inner is None):
                return []
            args = call.args if isinstance(call, ir.Call) else ()
            given = bound(self._constants, outside, turn, args, (maker.path, maker.number))
            takes = inner if inner is not None else outside
            params = [param for param in takes.params if param.name not in {"self", "cls"}]
            if params:
                given[params[0].name] = turn.at(decorated)
            return [given]

        return give

    def _decorators(self, name: str) -> list[tuple[FunctionRef, ir.Expr]]:
        if self._decorated is None:
            self._decorated = {}
            for ref in self._project.functions():
                for decorator in self._project.function(ref).decorators:
                    callee = decorator.callee if isinstance(decorator, ir.Call) else decorator
                    self._decorated.setdefault(last_name(callee), []).append((ref, decorator))
        return self._decorated.get(name, [])

    # --- objects ----------------------------------------------------------------------------

    def _made(self, ref: ClassRef, bind: FunctionRef | None = None) -> Iterator[Use]:
        """Every object of a class and of those derived from it."""
        for cls in (ref, *self._below(ref)):
            name = self._project.cls(cls).name
            calls = self._constants.calls
            sites = [site for alias in sorted(self._names(name)) for site in calls.get(alias, ())] if name else []
            alone = ir.Call(ir.ClassValue(cls.number, 0), (), 0, new=True)
            for site in sites[:_CALLS] or [Site(cls.path, 0, alone, ())]:
                yield Use(site, self._instance(cls, bind), made=bind is None)

    def _instance(self, cls: ClassRef, bind: FunctionRef | None) -> Callable[[Spot], list[dict[str, Spot]]]:
        def give(turn: Spot) -> list[dict[str, Spot]]:
            call = turn.expr
            made = self._constants.follow(turn.at(call.callee)) if isinstance(call, ir.Call) else turn
            if not isinstance(made.expr, ir.ClassValue) or (made.path, made.expr.cls) != cls:
                return []
            given: dict[str, Spot] = dict.fromkeys(("self", "this"), turn)
            if bind is not None and isinstance(call, ir.Call):
                function = self._project.function(bind)
                given |= bound(self._constants, function, turn, call.args, (bind.path, bind.number))
            return [given]

        return give

    def _below(self, ref: ClassRef) -> list[ClassRef]:
        """Classes that are derived from one, directly or not."""
        if self._derived is None:
            self._derived = {}
            for path, module in self._project.modules.items():
                for number, cls in enumerate(module.classes):
                    for base in cls.bases:
                        above = self._constants.follow(Spot(path, 0, base))
                        if isinstance(above.expr, ir.ClassValue):
                            self._derived.setdefault(ClassRef(above.path, above.expr.cls), []).append(
                                ClassRef(path, number)
                            )
        found: list[ClassRef] = []
        stack = [ref]
        while stack:
            for one in self._derived.get(stack.pop(), ()):
                if one not in found and one != ref:
                    found.append(one)
                    stack.append(one)
        return found
