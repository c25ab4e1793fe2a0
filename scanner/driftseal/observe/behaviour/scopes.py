"""A function with what is nested in it, as families read it: nodes by kind, calls by their full names, constants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from driftseal.code import ir
from driftseal.code.constants import Constant, Spot
from driftseal.code.project import ClassRef, External, FunctionRef, Instance, Ref, ValueRef
from driftseal.observe.behaviour import nodes
from driftseal.observe.behaviour.base import Fact, Related
from driftseal.observe.behaviour.lists import subjects
from driftseal.observe.behaviour.started import started
from driftseal.observe.taint.models import Model

if TYPE_CHECKING:
    from driftseal.observe.behaviour.whole import Code

_HOPS: Final = 6
"""Variables that are followed from a name to what it stands for."""
_PARTS: Final = 12
"""Attributes and calls of one chain."""
_ADDS: Final = frozenset({"append", "push", "extend", "unshift", "insert", "concat", "update", "attach", "set_content"})
_GUARDS: Final = 12
"""Statements of a block among which a branch is looked for that ends the function early."""
_SELVES: Final = frozenset({"self", "this", "cls"})
_LOADERS: Final = frozenset({"require", "import", "__import__"})
_SPELLED_OUT: Final = frozenset({"python", "go"})
"""Languages in which the words of a command may be arguments of their own."""
_PAIRS: Final = frozenset({"items", "values", "keys"})
"""Methods of a table by which it is gone through."""


class Called(NamedTuple):
    """One call."""

    name: str
    """Full, as the models of libraries spell it; the written one where nobody knows better."""
    call: ir.Call


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
        self._names: dict[int, str] = {}
        self._paths: dict[int, str] = {}
        self.reasons: dict[int, str] = {}
        """What tests depend on, by the identity of their nodes."""
        self.direct: dict[str, Mapping[int, int]] = {}
        """Lines of the nodes that bring in what is followed, by its kind and the identity of the nodes."""
        self._helpers: dict[int, Scope | None] = {}
        self.leaving: tuple[Called, ...] | None = None
        """The calls that send something out, once `outlets.leaving` was asked for them."""

    @property
    def functions(self) -> tuple[ir.Function, ...]:
        """The function, then those nested in it."""
        return (self.function, *self.inner)

    @cached_property
    def _by_kind(self) -> Mapping[type, Sequence[Any]]:
        """The nodes of the body by kind, each in the order of the source."""
        found: dict[type, list[Any]] = {}
        for function in self.functions:
            nodes.sort(function.body, found)
        for cls in self.module.classes if self.number == 0 else ():
            # What stands in the body of a class is worked out when the file is loaded.
            nodes.sort(tuple(_set_in_class(cls, each) for each in cls.fields if each.value is not None), found)
        count = sum(map(len, found.values()))
        # A scope beyond a bound is left out whole; the gap says so.
        return found if self.code.spend(count) and self.code.hold(count) else {}

    def of(self, *kinds: type) -> Sequence[Any]:
        """Nodes of these kinds, in the order of the source within each kind."""
        by_kind = self._by_kind
        if len(kinds) == 1:  # as most ask, and nothing need be copied for
            return by_kind.get(kinds[0], ())
        return [node for kind in kinds for node in by_kind.get(kind, ())]

    @cached_property
    def words(self) -> frozenset[str]:
        """Every name and member that is spelled out."""
        spelled = {node.id for node in self.of(ir.Name)}
        # A name that is imported under another one, or set to a member, counts by both.
        members = self.code.members(self.path)
        renamed = {members[name] for name in spelled & members.keys()}
        return frozenset((*spelled, *renamed, *(node.name for node in self.of(ir.Attr))))

    @cached_property
    def keys(self) -> frozenset[str]:
        """Names of arguments and constant keys of mappings."""
        entries = {node.key.value for node in self.of(ir.Entry) if type(node.key) is ir.Const}
        named = {node.name for node in self.of(ir.Arg)}
        return frozenset(str(key) for key in entries | named if key)

    @cached_property
    def assigned(self) -> Mapping[str, ir.Expr]:
        """What names are first set to."""
        found: dict[str, ir.Expr] = {}
        for node in self.of(ir.Assign):
            for target in node.targets:
                for name, value in nodes.bound(target, node.value):
                    found.setdefault(name, value)
        return found

    @cached_property
    def _given(self) -> frozenset[str]:
        """Parameters of the function, which stand before names of the file; ``os=os`` is such a name."""
        return frozenset(param.name for param in self.function.params if param.default is None)

    @cached_property
    def beside(self) -> Mapping[str, tuple[str, ...]]:
        """Names that are bound together by one call, each with the others: ``handle, path = mkstemp()``."""
        found: dict[str, tuple[str, ...]] = {}
        for node in self.of(ir.Assign):
            for target in node.targets if type(node.value) is ir.Call else ():
                items = target.items if type(target) is ir.Group else ()
                bound = [each.id for each in items if type(each) is ir.Name]
                found |= {name: tuple(each for each in bound if each != name) for name in bound if len(bound) > 1}
        return found

    @cached_property
    def grown(self) -> Mapping[str, Sequence[ir.Expr]]:
        """What is added to names after they were first set: appended, put under a key, set once more."""
        found: dict[str, list[ir.Expr]] = {}
        for call in self.of(ir.Call):
            callee = call.callee
            if type(callee) is ir.Attr and callee.name in _ADDS and type(callee.value) is ir.Name:
                found.setdefault(callee.value.id, []).extend(arg.value for arg in call.args)
        for node in self.of(ir.Assign):
            for target in node.targets:
                base: Any = target
                while type(base) is ir.Attr or type(base) is ir.Index:
                    base = base.value
                if type(base) is ir.Name and self.assigned.get(base.id) is not node.value:
                    found.setdefault(base.id, []).append(node.value)
        return found

    @cached_property
    def calls(self) -> tuple[Called, ...]:
        """Every call with its name, also those that others start."""
        return (*(Called(self.name(node), node) for node in self.of(ir.Call)), *self.by_others)

    @cached_property
    def by_others(self) -> tuple[Called, ...]:
        """Calls that others start: in threads, timers, at the end of the process."""
        return tuple(called for _, called in self.started)

    @cached_property
    def started(self) -> tuple[tuple[ir.Call, Called], ...]:
        """As above, each after the call that starts it."""
        made = ((node, started(node)) for node in self.of(ir.Call))
        return tuple((node, Called(self.name(call), call)) for node, call in made if call is not None)

    @cached_property
    def helped(self) -> tuple[tuple[ir.Call, Scope], ...]:
        """Every call of a function of this project, with that function: most calls are of none."""
        asked = ((called.call, self.helper(called.call)) for called in self.calls)
        return tuple((call, helper) for call, helper in asked if helper is not None)

    @cached_property
    def commands(self) -> tuple[tuple[Called, str], ...]:
        """Every call that runs a command, with its command line as far as that is constant."""
        wanted = ("command", "argv")
        return tuple(
            (called, self.command(called.call)) for called in self.calls if self.kinds(called).intersection(wanted)
        )

    @cached_property
    def doing(self) -> Mapping[str, Sequence[Called]]:
        """The calls by the subjects that their names show."""
        found: dict[str, list[Called]] = {}
        for called in self.calls:
            for subject in subjects(called.name) if called.name else ():
                found.setdefault(subject, []).append(called)
        return found

    @cached_property
    def by_call(self) -> Mapping[int, Called]:
        """The calls by the identity of their nodes."""
        return {id(called.call): called for called in self.calls}

    @cached_property
    def constants(self) -> tuple[ir.Const, ...]:
        """Every constant text."""
        return tuple(node for node in self.of(ir.Const) if isinstance(node.value, str))

    @cached_property
    def shown(self) -> frozenset[str]:
        """Subjects that constants and joined paths show, in this scope or by names of the file's top level."""
        texts = {str(each.value) for each in self.constants}
        texts |= {self.path_of(node) for node in self.of(ir.Call, ir.Binary) if nodes.joins(node)}
        texts |= {self.path_of(node) for node in self.of(ir.Text) if _names_a_place(node)}
        found = {subject for each in texts for subject in subjects(each)}
        told = self.code.told(self.path)
        return frozenset(found).union(*(told[name] for name in told.keys() & self.words))

    @cached_property
    def rests(self) -> Mapping[int, ir.Block]:
        """What follows a branch in its block, by the identity of the branch."""
        blocks = [function.body for function in self.functions]
        for node in self.of(ir.If, ir.Loop, ir.Try):
            blocks += (
                (node.then, node.otherwise)
                if isinstance(node, ir.If)
                else (node.body, *(handler.body for handler in getattr(node, "handlers", ())))
            )
        found = {}
        for block in blocks:
            # From the first branch on; a block of thousands of them would cost its square.
            first = next((place for place, each in enumerate(block) if isinstance(each, ir.If)), len(block))
            for place in range(first, min(len(block), first + _GUARDS)):
                if isinstance(block[place], ir.If):
                    found[id(block[place])] = block[place + 1 :]
        return found

    def model(self, called: Called) -> Model | None:
        """What is known of what is called."""
        return self.code.model(self.module.language, called.name)

    def kinds(self, called: Called) -> frozenset[str]:
        """Kinds of sinks that a call is."""
        return self.code.kinds(self.module.language, called.name)

    def name(self, expr: ir.Expr, hops: int = _HOPS) -> str:
        """The full name of what an expression stands for; of a call, of what is called. Empty where there is none."""
        if hops != _HOPS:
            return self._full(expr, hops)
        known = self._names.get(id(expr))
        if known is None:
            known = self._names[id(expr)] = self._full(expr, hops)
        return known

    def _full(self, expr: ir.Expr, hops: int) -> str:
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
            elif isinstance(expr, (ir.Group, ir.Other)) and len(_items(expr)) > 1 and not parts:
                expr = _items(expr)[-1]  # (0, eval)
            else:
                break
        if isinstance(expr, ir.Const) and isinstance(expr.value, str):
            return _joined("str", parts)
        return self._member(expr.id, parts, hops) if isinstance(expr, ir.Name) else _joined("", parts)

    def _member(self, name: str, parts: list[str], hops: int) -> str:
        if name in _SELVES and parts and hops and self.function.cls >= 0:
            known = self.code.field(self.path, self.function.cls, parts[-1])
            if known is not None and isinstance(known[1], (ir.Call, ir.Attr, ir.Unary)):
                return _joined(known[0].name(known[1], hops - 1) or name, parts[:-1])
        return _joined(self._base(name, hops), parts)

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
            if name in self._given:
                return name
            ref = self.code.project.named(self.path, name)
            value = ref.value if isinstance(ref, ValueRef) and ref.path == self.path else None
            value = self.code.top(self.path).get(name) if ref is None else value
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
            if isinstance(expr, (ir.Attr, ir.Index)):
                expr = self._entry(expr)
            if not isinstance(expr, ir.Name):
                return nodes.fold(expr, self.set_to)
            ref = self.code.project.named(self.path, expr.id)
            value = self.assigned.get(expr.id) or (ref.value if isinstance(ref, ValueRef) else None)
            if value is None:
                return None
            expr = value
        return None

    def default(self, expr: ir.Expr) -> Constant:
        """What an expression amounts to as long as nobody sets what it is read from; None where nobody can say."""
        return self.code.defaults.fold(Spot(self.path, self.number, expr))

    def _entry(self, expr: ir.Attr | ir.Index, hops: int = _HOPS) -> ir.Expr:
        """What a member of a constant table or a field of an object is set to; the expression itself otherwise."""
        if isinstance(expr, ir.Attr) and isinstance(expr.value, ir.Name) and expr.value.id in _SELVES:
            field = self._field(expr)
            return field if field is not None else self._own(expr)
        table = self.set_to(expr.value, hops) if isinstance(expr.value, ir.Name) else None
        key = expr.name if isinstance(expr, ir.Attr) else nodes.text(expr.key)
        if isinstance(table, ir.Group) and isinstance(expr, ir.Index) and isinstance(expr.key, ir.Const):
            number = expr.key.value
            known = isinstance(number, int) and 0 <= number < len(table.items)
            return table.items[number] if known and isinstance(number, int) else expr
        for entry in table.entries if isinstance(table, ir.Mapping) else ():
            if key and nodes.text(entry.key) == key:
                return entry.value
        return expr

    def _own(self, expr: ir.Attr) -> ir.Expr:
        """What a field of the same object is set to by its class; the expression itself where nobody says."""
        cls = self.function.cls
        if cls < 0:
            return expr
        fields = (each.value for each in self.module.classes[cls].fields if each.name == expr.name)
        known = self.code.field(self.path, cls, expr.name)
        value = known[1] if known is not None else next((each for each in fields if each is not None), None)
        if known is not None and isinstance(value, ir.Name):
            # What the constructor is given, unless whoever calls it says otherwise.
            given = (each.default for each in known[0].function.params if each.name == value.id)
            value = next((each for each in given if each is not None), value)
        return value if isinstance(value, (ir.Const, ir.Call, ir.Text, ir.Binary, ir.Mapping)) else expr

    def _field(self, expr: ir.Attr) -> ir.Expr | None:
        """What a field of the same object is set to in the body of its class, or to which constant in a method."""
        if type(expr.value) is not ir.Name or expr.value.id not in _SELVES or self.function.cls < 0:
            return None
        known = self.code.field(self.path, self.function.cls, expr.name)
        if known is None:
            return None
        where, value = known
        if where.number == 0 or type(value) is ir.Const:
            return value
        key = self.path, self.function.cls, expr.name
        if where is self or type(value) not in {ir.Text, ir.Binary, ir.Name} or key in self.code.folding:
            return None
        self.code.folding.add(key)  # What is put together of itself is no constant.
        # Names in it are those of the other method.
        whole = where.constant(value)
        self.code.folding.discard(key)
        return ir.Const(whole, expr.line) if whole is not None else None

    def set_to(self, expr: Any, hops: int = _HOPS) -> Any:
        """What a name is set to here or at the top of the file; anything else as it is."""
        for left in range(hops, 0, -1):
            if type(expr) is ir.Attr or type(expr) is ir.Index:
                # Fewer each time: ``x = x[key]`` would lead round for ever.
                return self._entry(expr, left - 1)
            if type(expr) is not ir.Name:
                return expr
            value = self.assigned.get(expr.id) or self.code.top(self.path).get(expr.id) or self._imported(expr.id)
            if value is None or value is expr:
                return expr
            expr = value
        return expr

    def _imported(self, name: str) -> Any:
        """The table of constants that a name of another file is set to; a name in it would be that file's own."""
        ref = self.code.project.named(self.path, name)
        value = ref.value if isinstance(ref, ValueRef) and ref.path != self.path else None
        return value if isinstance(value, ir.Mapping) else None

    def path_of(self, node: Any) -> str:
        """The constant parts of a path that is joined, also by way of names; empty for anything else."""
        known = self._paths.get(id(node))
        if known is None:
            known = self._paths[id(node)] = nodes.path(node, known=self.set_to)
        return known

    def command(self, call: ir.Call) -> str:
        """The command line that a call runs, as far as it is constant."""
        if not call.args:
            return ""
        first = self.set_to(call.args[0].value)
        if isinstance(first, ir.Group):
            return " ".join(self._word(item) for item in first.items)
        if self.module.language in _SPELLED_OUT:
            plain = [arg for arg in call.args if not arg.name] or call.args[:1]
            given = [ir.Unary("*", arg.value, call.line) if arg.spread else arg.value for arg in plain]
        else:
            given = [arg.value for arg in call.args[:2]]
            given = given[:1] if not isinstance(self.set_to(given[-1]), ir.Group) else given
        words: list[Any] = []
        for each in given:
            whole = self.set_to(each)
            words += whole.items if isinstance(whole, ir.Group) else (whole if isinstance(whole, ir.Text) else each,)
        return " ".join(self._word(each) for each in words).strip()

    def _word(self, expr: Any) -> str:
        """One word of a command; names in it stand for the constants that they are set to."""
        if isinstance(expr, ir.Unary) and expr.op == "*":
            given = self.set_to(expr.value)
            given = given if isinstance(given, ir.Group) else self.looped.get(getattr(expr.value, "id", ""), given)
            return " ".join(str(each.value) for each in nodes.strings(given))
        if isinstance(expr, (ir.Text, ir.Binary)):
            parts = expr.parts if isinstance(expr, ir.Text) else (expr.left, expr.right)
            return "".join(self.constant(part) or nodes.written(part) for part in parts)
        found = self.constant(expr)
        if found is None and isinstance(expr, ir.Name):
            made = self.set_to(expr)
            if isinstance(made, ir.Call) and made.args and self.name(made) == "shutil.which":
                return self.constant(made.args[0].value) or " "
            source = self.looped.get(expr.id)
            return " ".join(str(each.value) for each in nodes.strings(source)) if source is not None else " "
        return found or nodes.written(expr)

    @cached_property
    def looped(self) -> Mapping[str, ir.Expr]:
        """Names that go through a list or table of constants, with that."""
        found: dict[str, ir.Expr] = {}
        for node in self.of(ir.Loop):
            source = node.source
            if type(source) is ir.Call and type(source.callee) is ir.Attr and source.callee.name in _PAIRS:
                source = source.callee.value
            whole = self.set_to(source) if type(source) in {ir.Name, ir.Attr, ir.Group} else None
            if isinstance(whole, (ir.Group, ir.Mapping)):
                targets = (each for target in node.targets for each in nodes.walk(target))
                found |= {each.id: whole for each in targets if type(each) is ir.Name}
        return found

    def helper(self, call: ir.Call) -> Scope | None:
        """The function of this project that is called, where it can be told."""
        key = id(call)
        if key not in self._helpers:
            self._helpers[key] = self._helper(call)
        return self._helpers[key]

    def _helper(self, call: ir.Call) -> Scope | None:
        ref: Ref | None = None
        callee = call.callee
        if isinstance(callee, ir.Attr) and isinstance(callee.value, ir.Name) and callee.value.id in _SELVES:
            own = self.function.cls
            ref = self.code.project.method(ClassRef(self.path, own), callee.name) if own >= 0 else None
        if ref is None and isinstance(callee, (ir.Name, ir.Attr)):
            ref = self.code.project.resolve(self.path, callee)
        if ref is None and isinstance(callee, ir.Attr) and isinstance(callee.value, ir.Name):
            # An object that was made a few lines above.
            made = self.assigned.get(callee.value.id)
            if isinstance(made, ir.Call):
                ref = self.code.project.resolve(self.path, ir.Attr(made, callee.name, callee.line))
        if ref is None and isinstance(callee, ir.Attr) and isinstance(callee.value, ir.Name):
            ref = self._of_param(callee.value.id, callee.name)
        if ref is None and isinstance(callee, ir.Name) and isinstance(self.set_to(callee), ir.Closure):
            ref = FunctionRef(self.path, self.set_to(callee).function)
        if ref is None and isinstance(callee, ir.Attr) and isinstance(callee.value, ir.Name):
            ref = self._of_chain(callee)
        found = self.code.scope(ref) if isinstance(ref, FunctionRef) else None
        return found if found is not self else None

    def _of_chain(self, callee: ir.Attr) -> Ref | None:
        """A method of what a chain gives that begins with a new object: ``new Channel().open()`` is one still."""
        known = self.code.project.named(self.path, callee.value.id) if isinstance(callee.value, ir.Name) else None
        if not isinstance(known, ValueRef):
            return None
        made = known.value
        for _ in range(_PARTS):
            if not isinstance(made, ir.Call) or made.new or not isinstance(made.callee, ir.Attr):
                break
            made = made.callee.value
        if not isinstance(made, ir.Call) or made is known.value:
            return None
        return self.code.project.resolve(known.path, ir.Attr(made, callee.name, callee.line))

    def _of_param(self, name: str, method: str) -> Ref | None:
        """The method of a parameter whose type is a class of this project."""
        given = (param.annotation for function in self.functions for param in function.params if param.name == name)
        for annotation in given:
            cls = self.code.project.named(self.path, annotation) if annotation.isidentifier() else None
            if isinstance(cls, ClassRef):
                return self.code.project.method(cls, method)
        return None

    def fact(self, name: str, line: int, evidence: str, *related: tuple[int, str]) -> Fact:
        """A fact of this scope's file."""
        places = tuple(Related(self.path, at, what) for at, what in related)
        return Fact(name, self.path, line, nodes.quoted(evidence), places)


def _set_in_class(cls: ir.Class, field: ir.Field) -> ir.Assign:
    target = ir.Attr(ir.Name(cls.name, field.line), field.name, field.line)
    return ir.Assign((target,), field.value or ir.Const(None, field.line), field.line, adds=False)


def _items(expr: ir.Group | ir.Other) -> tuple[ir.Expr, ...]:
    return expr.items if isinstance(expr, ir.Group) else expr.parts


def _names_a_place(node: ir.Text) -> bool:
    """Whether a text that is put together may be a path: a constant part has a slash, another part is a name."""
    parts = node.parts
    slash = any(type(part) is ir.Const and isinstance(part.value, str) and "/" in part.value for part in parts)
    return slash and any(type(part) is ir.Name for part in parts)


def _loaded(call: ir.Call) -> str:
    """The module that ``require`` or ``import`` of a constant gives."""
    if isinstance(call.callee, ir.Name) and call.callee.id in _LOADERS and call.args:
        return nodes.fold(call.args[0].value) or ""
    return ""


def _last(expr: ir.Name | ir.Attr) -> str:
    return expr.id if isinstance(expr, ir.Name) else expr.name


def _joined(base: str, parts: list[str]) -> str:
    if not parts and base.isidentifier():
        return base
    plain = base.removeprefix("node:").replace("/", ".")
    names = (*plain.split("."), *reversed(parts))
    return ".".join(name for name in names if name not in {"", "default"})
