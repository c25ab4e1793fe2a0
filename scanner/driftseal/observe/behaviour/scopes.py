"""A function with what is nested in it, as families read it: nodes, calls by their full names, constants."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, Final, NamedTuple

from driftseal.code import ir
from driftseal.code.project import ClassRef, External, FunctionRef, Instance, Project, Ref, ValueRef, top_level
from driftseal.model.item import Json
from driftseal.observe.behaviour.base import Fact, Related
from driftseal.observe.behaviour.lists import says
from driftseal.observe.taint.models import Model, Models, load

_HOPS: Final = 6
"""Variables that are followed from a name to what it stands for."""
_PARTS: Final = 12
"""Attributes and calls of one chain."""
_NESTED: Final = 12
"""Functions nested in one that are read as part of it; one with more is taken for a whole file."""
_EVIDENCE: Final = 160
"""Characters of a constant that evidence quotes."""
_SELVES: Final = frozenset({"self", "this", "cls"})


_NODES: Final = (
    *(
        tuple,
        ir.Const,
        ir.Name,
        ir.Attr,
        ir.Index,
        ir.Call,
        ir.Text,
        ir.Binary,
        ir.Unary,
        ir.Group,
        ir.Mapping,
        ir.Closure,
    ),
    *(ir.ClassValue, ir.Choice, ir.Bind, ir.Comprehension, ir.Other),
    *(ir.Assign, ir.Do, ir.Return, ir.Raise, ir.If, ir.Loop, ir.Try, ir.Leave),
)


class Called(NamedTuple):
    """One call."""

    name: str
    """Full, as the models of libraries spell it; the written one where nobody knows better."""
    call: ir.Call


def below(node: Any) -> list[Any]:
    """What a node or a plain tuple consists of, as far as it is nodes again."""
    given = node if isinstance(node, tuple) else (getattr(node, name) for name in node.__slots__)
    return [part for part in given if isinstance(part, _NODES)]


def walk(start: Any) -> Iterator[Any]:
    """A node or a block and every node below it, in the order of the source, without recursion."""
    stack: list[Any] = [start]
    while stack:
        node = stack.pop()
        if type(node) is not tuple:
            yield node
        stack.extend(reversed(below(node)))


def strings(start: Any) -> Iterator[ir.Const]:
    """Every constant text below a node."""
    for node in walk(start):
        if isinstance(node, ir.Const) and isinstance(node.value, str):
            yield node


def written(expr: ir.Expr) -> str:
    """A text as far as it is constant; a space stands for what is not."""
    found = []
    for node in walk(expr):
        if isinstance(node, ir.Const):
            found.append(str(node.value))
        elif isinstance(node, (ir.Name, ir.Attr)):
            found.append(" ")
    return "".join(found)


def quoted(text: str) -> str:
    """A constant as evidence shows it."""
    return text if len(text) <= _EVIDENCE else text[:_EVIDENCE] + "…"


class Scope:
    """One function, the functions nested in it included, unless they are too many."""

    def __init__(self, code: Code, path: str, number: int, inner: tuple[int, ...]) -> None:
        module = code.project.modules[path]
        self.code = code
        self.path = path
        self.number = number
        self.module = module
        self.function = module.functions[number]
        self.inner = tuple(module.functions[index] for index in inner)
        self._name_of: dict[str, str] = {}

    @property
    def functions(self) -> tuple[ir.Function, ...]:
        """The function, then those nested in it."""
        return (self.function, *self.inner)

    @cached_property
    def nodes(self) -> tuple[Any, ...]:
        """Every node of the body, in the order of the source."""
        return tuple(node for function in self.functions for node in walk(function.body))

    @cached_property
    def assigned(self) -> Mapping[str, ir.Expr]:
        """What names are first set to."""
        found: dict[str, ir.Expr] = {}
        for node in self.nodes:
            for target in node.targets if isinstance(node, ir.Assign) else ():
                if isinstance(target, ir.Name):
                    found.setdefault(target.id, node.value)
        return found

    @cached_property
    def calls(self) -> tuple[Called, ...]:
        """Every call with its name."""
        return tuple(Called(self.name(node), node) for node in self.nodes if isinstance(node, ir.Call))

    @cached_property
    def by_call(self) -> Mapping[int, Called]:
        """The calls by the identity of their nodes."""
        return {id(called.call): called for called in self.calls}

    @cached_property
    def constants(self) -> tuple[ir.Const, ...]:
        """Every constant text."""
        return tuple(node for node in self.nodes if isinstance(node, ir.Const) and isinstance(node.value, str))

    @property
    def models(self) -> Models:
        """What is known of libraries in this language."""
        return load(self.module.language)

    def model(self, called: Called) -> Model | None:
        """What is known of what is called."""
        return self.models.call(called.name) if called.name else None

    def kinds(self, called: Called) -> frozenset[str]:
        """Kinds of sinks that a call is."""
        model = self.model(called)
        return frozenset(sink.kind for sink in model.sinks) if model is not None else frozenset()

    def name(self, expr: ir.Expr, hops: int = _HOPS) -> str:
        """The full name of what an expression stands for; of a call, of what is called. Empty where there is none."""
        parts: list[str] = []
        for _ in range(_PARTS):
            if isinstance(expr, ir.Attr):
                parts.append(expr.name)
                expr = expr.value
            elif isinstance(expr, ir.Index) and isinstance(expr.key, ir.Const) and isinstance(expr.key.value, str):
                parts.append(expr.key.value)
                expr = expr.value
            elif isinstance(expr, ir.Call):
                loaded = _loaded(expr)
                if loaded:
                    return _joined(loaded, parts)
                wrapped = isinstance(expr.callee, (ir.Name, ir.Attr)) and _last(expr.callee) in {"promisify", "partial"}
                expr = expr.args[0].value if wrapped and expr.args else expr.callee
            elif isinstance(expr, ir.Unary) and expr.op == "await":
                expr = expr.value
            else:
                break
        if isinstance(expr, ir.Const) and isinstance(expr.value, str):
            return _joined("str", parts)
        return _joined(self._base(expr.id, hops), parts) if isinstance(expr, ir.Name) else _joined("", parts)

    def _base(self, name: str, hops: int) -> str:
        if hops == 0 or name in _SELVES:
            return name
        if hops == _HOPS and name in self._name_of:
            return self._name_of[name]
        found = self._named(name, hops)
        if hops == _HOPS:
            self._name_of[name] = found
        return found

    def _named(self, name: str, hops: int) -> str:
        value = self.assigned.get(name)
        ref = None
        if value is None:
            ref = self.code.project.named(self.path, name)
            value = ref.value if isinstance(ref, ValueRef) and ref.path == self.path else None
        if isinstance(ref, Instance):
            ref = ref.of
        if isinstance(ref, External):
            return ref.name
        if isinstance(value, (ir.Call, ir.Attr, ir.Name, ir.Unary, ir.Index)) and value != ir.Name(name, value.line):
            return self.name(value, hops - 1) or name
        return name

    def constant(self, expr: ir.Expr) -> str | None:
        """The text that an expression is, also by the name of a variable; None for what is not constant."""
        for _ in range(_HOPS):
            if isinstance(expr, ir.Const):
                return expr.value if isinstance(expr.value, str) else None
            if not isinstance(expr, ir.Name):
                return None
            ref = self.code.project.named(self.path, expr.id)
            value = self.assigned.get(expr.id) or (ref.value if isinstance(ref, ValueRef) else None)
            if value is None:
                return None
            expr = value
        return None

    def command(self, called: Called) -> str:
        """The command line of a call that runs one, as far as it is constant; empty for any other call."""
        if not self.kinds(called) & {"command", "argv"} or not called.call.args:
            return ""
        first = self._set(called.call.args[0].value)
        if isinstance(first, ir.Group):
            return " ".join(written(item) for item in first.items)
        rest = called.call.args[1].value if len(called.call.args) > 1 else None
        more = " ".join(written(item) for item in rest.items) if isinstance(rest, ir.Group) else ""
        return f"{written(first)} {more}".strip()

    def _set(self, expr: ir.Expr) -> ir.Expr:
        return self.assigned.get(expr.id, expr) if isinstance(expr, ir.Name) else expr

    def helper(self, call: ir.Call) -> Scope | None:
        """The function of this project that is called, where it can be told."""
        ref: Ref | None = None
        callee = call.callee
        if isinstance(callee, ir.Attr) and isinstance(callee.value, ir.Name) and callee.value.id in _SELVES:
            own = self.function.cls
            ref = self.code.project.method(ClassRef(self.path, own), callee.name) if own >= 0 else None
        if ref is None and isinstance(call.callee, (ir.Name, ir.Attr)):
            ref = self.code.project.resolve(self.path, call.callee)
        return self.code.scope(ref) if isinstance(ref, FunctionRef) else None

    def fact(self, name: str, line: int, evidence: str, *related: tuple[int, str]) -> Fact:
        """A fact of this scope's file."""
        return Fact(
            name, self.path, line, quoted(evidence), tuple(Related(self.path, at, what) for at, what in related)
        )


class Code:
    """A project with its scopes, made once for all families."""

    def __init__(self, project: Project, metadata: Mapping[str, Json]) -> None:
        self.project = project
        self.metadata = metadata
        self._by_ref: dict[FunctionRef, Scope] = {}
        self._tops: dict[str, Mapping[str, ir.Expr]] = {}
        self._texts: dict[str, tuple[ir.Const, ...]] = {}
        self._shows: dict[tuple[str, str], frozenset[str]] = {}
        for path, module in project.modules.items():
            self._add(path, module)

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """Every scope, in the order of files and lines."""
        return tuple(self._by_ref.values())

    def top(self, path: str) -> Mapping[str, ir.Expr]:
        """What the names at the top level of a file are first set to."""
        if path not in self._tops:
            found: dict[str, ir.Expr] = {}
            for name, value in top_level(self.project.modules[path].functions[0].body):
                found.setdefault(name, value)
            self._tops[path] = found
        return self._tops[path]

    def top_texts(self, path: str) -> tuple[ir.Const, ...]:
        """Constant texts that names at the top level of a file are set to."""
        if path not in self._texts:
            self._texts[path] = tuple(each for value in self.top(path).values() for each in strings(value))
        return self._texts[path]

    def shows(self, path: str, subject: str) -> frozenset[str]:
        """Names at the top level of a file whose constant texts show a subject of the list."""
        key = path, subject
        if key not in self._shows:
            self._shows[key] = frozenset(
                name
                for name, value in self.top(path).items()
                if any(isinstance(each.value, str) and says(subject, each.value) for each in strings(value))
            )
        return self._shows[key]

    def scope(self, ref: FunctionRef) -> Scope | None:
        """The scope that a function opens; None for one that is read as a part of another."""
        return self._by_ref.get(ref)

    def _add(self, path: str, module: ir.Module) -> None:
        functions = module.functions
        weight = Counter(function.outer for function in functions)
        owner = {0: 0}
        inner: dict[int, list[int]] = {0: []}
        for index in range(1, len(functions)):
            chain = [index]
            while chain[-1] not in owner:
                outer = functions[chain[-1]].outer
                if outer <= 0 or weight[outer] > _NESTED:
                    owner[chain[-1]] = chain[-1]
                    inner.setdefault(chain[-1], [])
                    break
                chain.append(outer)
            for each in chain:
                owner[each] = owner[chain[-1]]
            if owner[index] != index:
                inner[owner[index]].append(index)
        for index in sorted(inner):
            self._by_ref[FunctionRef(path, index)] = Scope(self, path, index, tuple(inner[index]))


def _loaded(call: ir.Call) -> str:
    """The module that ``require`` or ``import`` of a constant gives."""
    if isinstance(call.callee, ir.Name) and call.callee.id in {"require", "import", "__import__"} and call.args:
        given = call.args[0].value
        if isinstance(given, ir.Const) and isinstance(given.value, str):
            return given.value
    return ""


def _last(expr: ir.Name | ir.Attr) -> str:
    return expr.id if isinstance(expr, ir.Name) else expr.name


def _joined(base: str, parts: list[str]) -> str:
    plain = base.removeprefix("node:").replace("/", ".")
    names = (*plain.split("."), *reversed(parts))
    return ".".join(name for name in names if name not in {"", "default"})
