"""The files of one project, joined: what a name in one of them stands for, wherever it was defined."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeAlias

from driftseal.code import ir, walk
from driftseal.code.paths import Paths

_SPREAD: Final = frozenset({"go"})
"""Languages in which the methods of a class may lie in other files of its package."""
_TYPES_ALONE: Final = frozenset({"csharp"})
"""Languages in which nothing but types is known outside of its file."""
_CALLING: Final = frozenset({ir.Call, ir.Closure})
_HOPS: Final = 12
"""Re-exports, aliases and base classes that are followed from a name to its definition."""


class FunctionRef(NamedTuple):
    """A function of this project."""

    path: str
    number: int


class ClassRef(NamedTuple):
    """A class of this project."""

    path: str
    number: int


class ModuleRef(NamedTuple):
    """A file of this project."""

    path: str


class ValueRef(NamedTuple):
    """A variable at the top level of a file, by what it is set to."""

    path: str
    value: ir.Expr


class Instance(NamedTuple):
    """An object of a class, of this project or of another."""

    of: ClassRef | External


class External(NamedTuple):
    """Something that is defined elsewhere: ``subprocess.run``; of a package in quotes ``@scope/pkg/sub.Symbol``."""

    module: str
    """As imported, without ``node:``."""
    symbols: tuple[str, ...]

    @property
    def name(self) -> str:
        """Joined by dots."""
        return ".".join((self.module, *self.symbols))


Ref: TypeAlias = "FunctionRef | ClassRef | ModuleRef | ValueRef | Instance | External"


@dataclass(slots=True)
class Project:
    """Modules by path. Nothing in it changes once it is made, but what was looked up is remembered."""

    modules: Mapping[str, ir.Module]
    texts: Callable[[str], bytes | None] | None = None
    """Gives files beside the code by their path, where somebody can: descriptions and tables that it reads."""
    paths: Paths = field(init=False)
    _symbols: dict[str, dict[str, ir.Expr | ir.Import]] = field(init=False, default_factory=dict)
    _calls: dict[FunctionRef, Sequence[ir.Call | ir.Closure]] = field(init=False, default_factory=dict)
    _known: dict[tuple[str, str], Ref | None] = field(init=False, default_factory=dict)
    _packages: dict[str, dict[str, str]] = field(init=False, default_factory=dict)
    _opened: dict[str, Sequence[str]] = field(init=False, default_factory=dict)
    """Files of which a file imports everything."""
    _elsewhere: dict[str, dict[str, list[ClassRef]]] = field(init=False, default_factory=dict)
    _fields: dict[ClassRef, dict[str, list[tuple[ClassRef, ir.Field]]]] = field(init=False, default_factory=dict)
    """Those of classes and of their bases, by name."""

    def __post_init__(self) -> None:
        """See the class."""
        self.paths = Paths(self.modules)

    def function(self, ref: FunctionRef) -> ir.Function:
        """The function itself."""
        return self.modules[ref.path].functions[ref.number]

    def cls(self, ref: ClassRef) -> ir.Class:
        """The class itself."""
        return self.modules[ref.path].classes[ref.number]

    def functions(self) -> Iterator[FunctionRef]:
        """Every function of the project, in order."""
        for path, module in self.modules.items():
            for index in range(len(module.functions)):
                yield FunctionRef(path, index)

    def calls(self, ref: FunctionRef) -> Sequence[ir.Call | ir.Closure]:
        """Calls and functions inside a function, outer before inner, in order; walked over once, whoever asks."""
        found = self._calls.get(ref)
        if found is None:
            found = self._calls[ref] = [*walk.of(_CALLING, self.function(ref).body)]
        return found

    # --- names ------------------------------------------------------------------------------

    def named(self, path: str, name: str, hops: int = _HOPS) -> Ref | None:
        """What a name stands for at the top level of a file; None where nobody says."""
        key = path, name
        known = self._known
        if key in known:
            return known[key]
        known[key] = None  # a name that stands for itself ends here
        found = known[key] = self._named(path, name, hops)
        return found

    def _named(self, path: str, name: str, hops: int) -> Ref | None:
        found = self._table(path).get(name)
        if found is None or hops == 0:
            elsewhere = self._from_everything(path, name, hops) or self._of_package(path, name, hops)
            bare = self.modules[path].language in _TYPES_ALONE and name[:1].isupper()
            return External(name, ()) if elsewhere is None and bare else elsewhere
        if isinstance(found, ir.Import):
            return self._imported(path, found, hops - 1)
        return self._value(path, found, hops - 1)

    def _value(self, path: str, value: ir.Expr, hops: int) -> Ref | None:
        """What a top-level value amounts to: itself, unless it only names something else."""
        if isinstance(value, ir.Closure):
            return FunctionRef(path, value.function)
        if isinstance(value, ir.ClassValue):
            return ClassRef(path, value.cls)
        if isinstance(value, (ir.Name, ir.Attr)) and hops:
            return self.resolve(path, value, hops) or ValueRef(path, value)
        return ValueRef(path, value)

    def _table(self, path: str) -> Mapping[str, ir.Expr | ir.Import]:
        if path not in self._symbols:
            module = self.modules[path]
            table: dict[str, ir.Expr | ir.Import] = {}
            for imported in module.imports:
                table.setdefault(imported.local, imported)
            for index, function in enumerate(module.functions[1:], 1):
                if function.outer == 0 and function.cls < 0 and function.name:
                    table.setdefault(function.name, ir.Closure(index, function.line))
            for index, cls in enumerate(module.classes):
                if cls.name and not _goes_on(module, cls):
                    table.setdefault(cls.name, ir.ClassValue(index, cls.line))
            for name, value in top_level(module.functions[0].body if module.functions else ()):
                if _unset(table.get(name)):
                    table[name] = value
            self._symbols[path] = table
        return self._symbols[path]

    def _of_package(self, path: str, name: str, hops: int) -> Ref | None:
        """What another file of the same package defines."""
        beside = self.paths.beside(path)
        if hops == 0 or len(beside) < 2:  # noqa: PLR2004  # itself alone
            return None
        if beside[0] not in self._packages:
            known: dict[str, str] = {}
            for one in beside:
                for defined, value in self._table(one).items():
                    if not isinstance(value, ir.Import) and (
                        self.modules[one].language not in _TYPES_ALONE or isinstance(value, ir.ClassValue)
                    ):
                        known.setdefault(defined, one)
            self._packages[beside[0]] = known
        source = self._packages[beside[0]].get(name)
        return self.named(source, name, hops - 1) if source is not None and source != path else None

    def _parts(self, ref: ClassRef) -> Sequence[ClassRef]:
        """Where else in its package methods of a class are."""
        if self.modules[ref.path].language not in _SPREAD:
            return ()
        beside = self.paths.beside(ref.path)
        first = beside[0] if beside else ref.path
        if first not in self._elsewhere:
            found: dict[str, list[ClassRef]] = {}
            for path in beside:
                for number, cls in enumerate(self.modules[path].classes):
                    if _goes_on(self.modules[path], cls):
                        found.setdefault(cls.name, []).append(ClassRef(path, number))
            self._elsewhere[first] = found
        return [one for one in self._elsewhere[first].get(self.cls(ref).name, ()) if one != ref]

    def _of_parts(self, ref: ClassRef, name: str) -> FunctionRef | None:
        for part in self._parts(ref):
            for index in self.cls(part).methods:
                if self.modules[part.path].functions[index].name == name:
                    return FunctionRef(part.path, index)
        return None

    def fields(self, ref: ClassRef) -> Iterator[tuple[ClassRef, ir.Field]]:
        """The fields of a class and of its bases, its own first."""
        seen = [ref]
        for one in seen:
            yield from ((one, each) for each in self.cls(one).fields)
            for base in self.cls(one).bases if len(seen) < _HOPS else ():
                above = self.resolve(one.path, base)
                if isinstance(above, ClassRef) and above not in seen:
                    seen.append(above)

    def fields_named(self, ref: ClassRef, name: str) -> Sequence[tuple[ClassRef, ir.Field]]:
        """Those of them that have this name."""
        known = self._fields.get(ref)
        if known is None:
            known = self._fields[ref] = {}
            for owner, each in self.fields(ref):
                known.setdefault(each.name, []).append((owner, each))
        return known.get(name, ())

    def _from_everything(self, path: str, name: str, hops: int) -> Ref | None:
        if hops == 0:
            return None
        if path not in self._opened:
            whole = (each for each in self.modules[path].imports if each.local == "*")
            self._opened[path] = [
                source for each in whole if (source := self.paths.find(path, each.module)) is not None
            ]
        for source in self._opened[path]:
            found = self.exported(source, name, hops - 1)
            if found is not None:
                return found
        return None

    def _imported(self, path: str, imported: ir.Import, hops: int) -> Ref | None:
        source = self.paths.find(path, imported.module)
        if imported.symbol and source is None:
            # ``from package import module`` names a file as often as something inside one, and a package needs no file.
            dot = "" if imported.module.endswith(".") else "."
            inner = self.paths.find(path, f"{imported.module}{dot}{imported.symbol}") if path.endswith(".py") else None
            if inner is not None:
                return ModuleRef(inner)
            return External(imported.module.removeprefix("node:"), (imported.symbol,))
        if source is None:
            return External(imported.module.removeprefix("node:"), ())
        if not imported.symbol or imported.symbol == "*":
            return ModuleRef(source)
        found = self.exported(source, imported.symbol, hops)
        inner = self.paths.inside(source, imported.symbol) if found is None else None
        return ModuleRef(inner) if inner is not None else found

    def exported(self, path: str, name: str, hops: int = _HOPS) -> Ref | None:
        """What a file hands out under a name."""
        if hops == 0:
            return None
        module = self.modules[path]
        for export in module.exports:
            if export.name == name and not export.module:
                return self.named(path, export.local, hops - 1)
            source = self.paths.find(path, export.module) if export.module else None
            if export.name == name and source is not None:
                return ModuleRef(source) if export.local == "*" else self.exported(source, export.local, hops - 1)
            if export.name == "*" and source is not None:
                found = self.exported(source, name, hops - 1)
                if found is not None:
                    return found
        return self.named(path, name, hops - 1)

    # --- expressions ------------------------------------------------------------------------

    def resolve(self, path: str, expr: ir.Expr, hops: int = _HOPS) -> Ref | None:
        """What a name or a chain of attributes stands for, read at the top level of a file."""
        if isinstance(expr, ir.Name):
            return self.named(path, expr.id, hops)
        if isinstance(expr, ir.Attr):
            whole = self.resolve(path, expr.value, hops)
            return self.member(whole, expr.name, hops) if whole is not None else None
        if isinstance(expr, ir.Call) and isinstance(expr.callee, (ir.Name, ir.Attr)):
            return self._called(path, expr, hops)
        if isinstance(expr, ir.Unary) and expr.op == "await":
            return self.resolve(path, expr.value, hops)
        return None

    def _called(self, path: str, call: ir.Call, hops: int) -> Ref | None:
        """The object that a call of a class makes; ``require`` and dynamic imports are modules."""
        if isinstance(call.callee, ir.Name) and call.callee.id in {"require", "import"} and call.args:
            given = call.args[0].value
            if isinstance(given, ir.Const) and isinstance(given.value, str):
                return self._imported(path, ir.Import("", given.value, "", call.line), hops)
        maker = self.resolve(path, call.callee, hops)
        if isinstance(maker, ClassRef):
            return Instance(maker)
        if isinstance(maker, External):
            return Instance(maker)
        return None

    def member(self, whole: Ref, name: str, hops: int = _HOPS) -> Ref | None:
        """What ``whole.name`` stands for."""
        if hops == 0:
            return None
        if isinstance(whole, External):
            return External(whole.module, (*whole.symbols, name))
        if isinstance(whole, ModuleRef):
            inner = self.paths.inside(whole.path, name)
            return self.exported(whole.path, name, hops - 1) or (ModuleRef(inner) if inner is not None else None)
        if isinstance(whole, Instance):
            return self.member(whole.of, name, hops - 1)
        if isinstance(whole, ClassRef):
            return self.method(whole, name, hops - 1)
        return self._of_value(whole, name, hops - 1) if isinstance(whole, ValueRef) else None

    def _of_value(self, whole: ValueRef, name: str, hops: int) -> Ref | None:
        if isinstance(whole.value, ir.Mapping):
            for entry in whole.value.entries:
                if isinstance(entry.key, ir.Const) and entry.key.value == name:
                    return self._value(whole.path, entry.value, hops)
            return None
        made = self.resolve(whole.path, whole.value, hops)
        return self.member(made, name, hops) if made is not None and not isinstance(made, ValueRef) else None

    def is_abstract(self, ref: FunctionRef) -> bool:
        """Whether a method does nothing itself, so that others are meant where it is called."""
        function = self.function(ref)
        idle = (isinstance(each, ir.Raise) or _is_constant(each) for each in function.body)
        return function.cls >= 0 and all(idle)

    def method(self, ref: ClassRef, name: str, hops: int = _HOPS) -> Ref | None:
        """A method or a field's value of a class or of its bases."""
        cls = self.cls(ref)
        for index in cls.methods:
            if self.modules[ref.path].functions[index].name == name:
                return FunctionRef(ref.path, index)
        for one in cls.fields:
            if one.name == name and one.value is not None:
                return self._value(ref.path, one.value, hops)
        elsewhere = self._of_parts(ref, name)
        if hops == 0 or elsewhere is not None:
            return elsewhere
        outside: Ref | None = None
        for base in cls.bases:
            above = self.resolve(ref.path, base, hops)
            found = self.member(above, name, hops - 1) if isinstance(above, (ClassRef, External)) else None
            if found is not None and not isinstance(found, External):
                return found
            # A class from elsewhere may have a member of any name: only where no class of the project has it.
            outside = outside or found
        return outside


def _goes_on(module: ir.Module, cls: ir.Class) -> bool:
    """Whether a class is only a part of one that another file defines: it has itself for its base."""
    return module.language in _SPREAD and any(isinstance(base, ir.Name) and base.id == cls.name for base in cls.bases)


def _unset(value: ir.Expr | ir.Import | None) -> bool:
    """Whether a name is not known yet, or has been declared and nothing more: ``let name;``."""
    return value is None or (isinstance(value, ir.Const) and value.value is None)


def top_level(body: Sequence[ir.Stmt]) -> Iterator[tuple[str, ir.Expr]]:
    """Names that a block binds, with what to; those inside its branches and loops as well, not those of functions."""
    for each in body:
        if isinstance(each, ir.Assign):
            for target in each.targets:
                if isinstance(target, ir.Name):
                    yield target.id, each.value
                elif isinstance(target, ir.Mapping):
                    yield from _unpacked(target, each.value)
        elif isinstance(each, ir.If):
            yield from top_level(each.then)
            yield from top_level(each.otherwise)
        elif isinstance(each, ir.Loop):
            yield from top_level(each.body)
        elif isinstance(each, ir.Try):
            yield from top_level(each.body)
            for handler in each.handlers:
                yield from top_level(handler.body)
            yield from top_level(each.final)


def _unpacked(target: ir.Mapping, value: ir.Expr) -> Iterator[tuple[str, ir.Expr]]:
    """``const {a: b} = value`` binds ``b`` to ``value.a``."""
    for entry in target.entries:
        if isinstance(entry.key, ir.Const) and isinstance(entry.value, ir.Name):
            yield entry.value.id, ir.Attr(value, str(entry.key.value), target.line)


def _is_constant(statement: ir.Stmt) -> bool:
    return isinstance(statement, ir.Do) and isinstance(statement.value, ir.Const)
