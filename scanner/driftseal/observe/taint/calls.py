"""What a call does with data: into functions of the project, by models of libraries, or by default."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from driftseal.code import ir
from driftseal.code.project import ClassRef, External, FunctionRef, Instance, ModuleRef
from driftseal.observe.taint import evaluate, library
from driftseal.observe.taint.frame import Frame
from driftseal.observe.taint.models import Model
from driftseal.observe.taint.summary import Binding, Check, Hit, Summary
from driftseal.observe.taint.values import (
    CLEAN,
    Guard,
    Label,
    Node,
    Origin,
    Value,
    appended,
    deep,
    join,
    member,
    merged,
    stepped,
    with_field,
    with_taints,
)

NORMALISE: Final = frozenset(
    {
        *("resolve", "realpath", "realpathSync", "abspath", "normalize", "normpath", "absolute", "canonicalize"),
        *("getCanonicalPath", "toRealPath", "EvalSymlinks", "Clean", "Abs", "GetFullPath", "normalise"),
    }
)
_COMMON: Final = (
    frozenset(dir(str))
    | frozenset(dir(list))
    | frozenset(dir(dict))
    | frozenset(dir(set))
    | frozenset(
        {
            *(
                "push",
                "map",
                "filter",
                "forEach",
                "reduce",
                "then",
                "catch",
                "finally",
                "some",
                "every",
                "slice",
                "splice",
            ),
            *(
                "concat",
                "toString",
                "includes",
                "indexOf",
                "trim",
                "substring",
                "write",
                "read",
                "close",
                "on",
                "once",
                "emit",
            ),
            *(
                "set",
                "has",
                "delete",
                "send",
                "end",
                "open",
                "constructor",
                *("Add", "AddRange", "Append", "Insert", "Get", "Set", "Invoke", "Dispose", "Close", "Write", "Read"),
                *("Contains", "Select", "Where", "ToString", "Equals", "Start", "Open", "Send", "Query", "Execute"),
                "apply",
                "call",
                "bind",
                "info",
                "debug",
                "error",
            ),
        }
    )
)
_ACCESSORS: Final = frozenset(
    {"get", "getOrDefault", "getString", "optString", "asText", "Get", "GetString", "RequireString", "GetStringSlice"}
)
"""Methods that give back the member that their first argument names."""
_BY_PLACE: Final = frozenset({"slice", "substring", "substr", "subarray", "at", "charAt"})
"""What takes a part of its receiver by its place."""
_CANDIDATES: Final = 3
_TABLE: Final = 64
"""Functions of one table that a computed name may mean."""


class Arguments(NamedTuple):
    """What a call is given."""

    positional: tuple[Value, ...]
    named: Mapping[str, Value]
    rest: Value
    """What is spread where nobody knows into which places."""

    @property
    def all(self) -> tuple[Value, ...]:
        """Every argument."""
        return (*self.positional, *self.named.values(), self.rest)


class Target(NamedTuple):
    """A function of the project that a call may mean."""

    ref: FunctionRef
    case: str = ""
    sure: int = 2


def called(expr: ir.Call) -> str:
    """The last part of the name of what is called."""
    callee = expr.callee
    if isinstance(callee, ir.Unary) and callee.op == "await":
        callee = callee.value
    return callee.name if isinstance(callee, ir.Attr) else callee.id if isinstance(callee, ir.Name) else ""


def call(frame: Frame, expr: ir.Call, given: tuple[Value, ...] | None = None) -> Value:
    """Take a call into account; its result."""
    if isinstance(expr.callee, ir.Name) and expr.callee.id in {"require", "import"}:
        ref = frame.library.project.resolve(frame.path, expr)
        if ref is not None:
            return evaluate.standing_for(frame, ref)
    receiver, target = _callee(frame, expr)
    args = arguments(frame, expr) if given is None else Arguments(given, {}, CLEAN)
    ref = target.ref
    if isinstance(ref, ClassRef):
        return _construct(frame, ref, args, expr)
    found = _candidates(frame, expr, receiver, target)
    if found:
        result = CLEAN
        for each in found:
            given_value = apply(frame, each, receiver, args, expr)
            result = given_value if len(found) == 1 else with_taints(result, deep(given_value))
        return callbacks(frame, args, receiver, expr, result)
    name = _outside_name(target)
    model = frame.models.call(name) if name else None
    sure = 2
    if model is None and isinstance(expr.callee, ir.Attr) and not isinstance(receiver.ref, (ModuleRef, ClassRef)):
        model, sure = frame.models.method(expr.callee.name), 0
    if model is None:
        return _unknown(frame, expr, receiver, args, target)
    return library.apply(frame, expr, name or called(expr), model, receiver, args, sure)


def _callee(frame: Frame, expr: ir.Call) -> tuple[Value, Value]:
    callee = expr.callee
    if isinstance(callee, ir.Attr):
        receiver = evaluate.evaluate(frame, callee.value)
        return receiver, evaluate.attribute(frame, receiver, callee.name, expr.line)
    if isinstance(callee, ir.Name) and callee.id == "super" and frame.cls is not None:
        this = frame.env.vars.get("this", CLEAN)
        bases = [frame.library.project.resolve(frame.path, base) for base in frame.library.project.cls(frame.cls).bases]
        base = next((each for each in bases if isinstance(each, ClassRef)), None)
        if frame.python:
            return this, Value(ref=External("super", ()))
        return this, Value(ref=frame.library.project.method(base, "constructor") if base is not None else None)
    return CLEAN, evaluate.evaluate(frame, callee)


def _outside_name(target: Value) -> str:
    ref = target.ref
    if isinstance(ref, External):
        return ref.name
    return ref.of.name if isinstance(ref, Instance) and isinstance(ref.of, External) else ""


def arguments(frame: Frame, expr: ir.Call) -> Arguments:
    """The values of a call's arguments."""
    positional: list[Value] = []
    named: dict[str, Value] = {}
    rest = CLEAN
    for arg in expr.args:
        value = evaluate.evaluate(frame, arg.value)
        if arg.name:
            named[arg.name] = value
        elif not arg.spread:
            positional.append(value)
        elif value.fields is not None and value.items:
            positional += value.fields.values()
            rest = with_taints(rest, value.taints)
        elif value.fields is not None:
            named.update(value.fields)
            rest = with_taints(rest, value.taints)
        else:
            rest = with_taints(rest, deep(value))
    return Arguments(tuple(positional), named, rest)


# --- functions of the project ---------------------------------------------------------------


def _candidates(frame: Frame, expr: ir.Call, receiver: Value, target: Value) -> list[Target]:
    if isinstance(target.ref, FunctionRef):
        return [Target(target.ref)]
    if isinstance(target.ref, Instance) and isinstance(target.ref.of, ClassRef):
        method = frame.library.project.method(target.ref.of, "__call__")
        return [Target(method)] if isinstance(method, FunctionRef) else []
    if isinstance(expr.callee, ir.Index):
        table = evaluate.evaluate(frame, expr.callee.value).fields or {}
        pairs = [(name, value.ref) for name, value in list(table.items())[:_TABLE]]
        return [Target(ref, name) for name, ref in pairs if isinstance(ref, FunctionRef)]
    if target.ref is None and isinstance(expr.callee, ir.Attr) and receiver.ref is None:
        name = expr.callee.name
        methods = frame.library.methods(name) if name not in _COMMON else ()
        if len(methods) <= _CANDIDATES and frame.models.method(name) is None:
            return [Target(ref, sure=1) for ref in methods]
    return []


def targets(frame: Frame, expr: ir.Call) -> Iterator[tuple[Summary, Binding]]:
    """The functions of the project that a call may mean, with what their parameters stand for."""
    receiver, target = _callee(frame, expr)
    args = arguments(frame, expr)
    for each in _candidates(frame, expr, receiver, target):
        summary = frame.library.summary(each.ref, frame.asker)
        yield summary, bind(frame, each.ref, receiver, args, expr, target.scope)
    for value in args.all:
        if isinstance(value.ref, FunctionRef) and not isinstance(target.ref, FunctionRef):
            inner = Arguments((evaluate.element(receiver),), {}, CLEAN)
            summary = frame.library.summary(value.ref, frame.asker)
            yield summary, bind(frame, value.ref, CLEAN, inner, expr, value.scope)


def model_of(frame: Frame, expr: ir.Call) -> Model | None:
    """The model of what is called."""
    receiver, target = _callee(frame, expr)
    name = _outside_name(target)
    model = frame.models.call(name) if name else None
    if model is None and isinstance(expr.callee, ir.Attr) and receiver.ref is None:
        model = frame.models.method(expr.callee.name)
    return model


def bind(
    frame: Frame,
    ref: FunctionRef,
    receiver: Value,
    args: Arguments,
    expr: ir.Call,
    scope: Mapping[str, Value] | None,
) -> Binding:
    """What the roots of a called function stand for."""
    function = frame.library.project.function(ref)
    params = list(enumerate(function.params))
    bound: dict[int | str, Value] = {}
    if function.cls >= 0 and not function.static and params and params[0][1].name in {"self", "cls"}:
        params = params[1:]
    if function.cls >= 0 and not function.static:
        bound["this"] = receiver
    positional = list(args.positional)
    for number, param in params:
        if param.rest == "**" or (param.rest and not positional):
            value = Value(args.rest.taints, fields=dict(args.named))
        elif param.rest:
            value = appended(Value(fields={}, items=True), positional)
            positional = []
        elif param.name in args.named:
            value = args.named[param.name]
        elif positional:
            value = positional.pop(0)
        else:
            # Which of the values that are spread it is, nobody knows.
            value = Value({label: taint._replace(sure=0) for label, taint in args.rest.taints.items()})
        bound[number] = value
    return _Around(frame, ref, bound, expr, scope)


class _Around(Binding):
    """Looks for the variables around a closure where it was made."""

    def __init__(
        self,
        frame: Frame,
        ref: FunctionRef,
        bound: dict[int | str, Value],
        expr: ir.Call,
        scope: Mapping[str, Value] | None,
    ) -> None:
        super().__init__(bound, frame.path, expr.line, called(expr))
        self._frame = frame
        self._scope = scope
        self._bound = bound
        self._inside = ref.path == frame.path and _around(frame, ref)

    def value(self, label: Label) -> Value:
        """See `Binding.value`."""
        if isinstance(label.root, str) and label.root not in self._bound:
            self._bound[label.root] = self._variable(label.root)
        return super().value(label)

    def _variable(self, name: str) -> Value:
        if self._inside:
            known = self._frame.env.vars.get(name)
            if known is not None:
                return known
            if self._scope is not None and name in self._scope:
                return self._scope[name]
        return evaluate.outside(self._frame, name, self.line)


def _around(frame: Frame, ref: FunctionRef) -> bool:
    number = frame.module.functions[ref.number].outer
    for _ in range(16):
        if number == frame.ref.number:
            return True
        if number <= 0:
            return False
        number = frame.module.functions[number].outer
    return False


def apply(frame: Frame, target: Target, receiver: Value, args: Arguments, expr: ir.Call) -> Value:
    """Take what a function of the project does into account; its result."""
    ref, case = target.ref, target.case or frame.env.case
    scope = frame.closures[ref.number].scope if ref.path == frame.path and ref.number in frame.closures else None
    frame.applied.add(ref)
    frame.summary.calls.add((ref, case))
    summary = frame.library.summary(ref, frame.asker)
    frame.library.spend(len(summary.hits) + len(summary.mutated) + len(summary.this))
    binding = bind(frame, ref, receiver, args, expr, scope)
    name = frame.library.project.function(ref).name or "a function"
    where = frame.path, expr.line, f"passed to {name}()"
    for hit in list(summary.hits.values()):
        for mine in _raised(frame, hit, binding, where):
            frame.hit(mine._replace(case=hit.case or case, sure=min(mine.sure, target.sure)))
    result = binding.into(summary.returns)
    _effects(frame, summary, binding, ref, expr)
    ensured = list(binding.checks(summary.ensures))
    frame.env.add(ensured)
    if frame.effect is expr and not ensured and frame.library.refuses(ref):
        guard = Guard(strong=False, what=f"passed {name}()", kinds=frozenset())
        given = [item for value in args.all for item in deep(value).items()]
        frame.env.add(Check(label, taint.node, guard) for label, taint in given)
    return result


def _raised(frame: Frame, hit: Hit, binding: Binding, where: tuple[str, int, str]) -> Iterator[Hit]:
    """A hit of the called function in terms of the caller."""
    from driftseal.observe.taint import constants
    from driftseal.observe.taint.summary import normalised

    if isinstance(hit.label.root, Origin):
        yield hit._replace(below=hit, call=where, node=None)
        return
    value = binding.value(hit.label)
    again = "argv" if hit.kind == "argv" and hit.whole else hit.kind
    for kind, label, taint in constants.uses(again, value):
        if kind == "argv-option" and taint.fixed:
            continue
        guards = tuple(dict.fromkeys((*frame.guards(label, taint), *normalised(hit.guards, taint.node))))
        whole = hit.whole and taint.node is None
        sure, before = min(hit.sure, taint.sure), hit.before or taint.fixed
        yield Hit(label, kind, hit.spot, taint.node, guards[:6], hit, where, whole, hit.case, sure, before)


def _effects(frame: Frame, summary: Summary, binding: Binding, ref: FunctionRef, expr: ir.Call) -> None:
    """What the called function puts into its arguments, its object and the variables around it."""
    function = frame.library.project.function(ref)
    for root, taints in summary.mutated.items():
        mine = binding.taints(taints)
        if isinstance(root, str):
            if mine:
                evaluate.spoil(frame, ir.Name(root, expr.line), mine)
            continue
        shift = (
            function.cls >= 0
            and not function.static
            and function.params[:1]
            and function.params[0].name in {"self", "cls"}
        )
        place = root - bool(shift)
        if 0 <= place < len(expr.args) and not expr.args[place].name:
            evaluate.spoil(frame, expr.args[place].value, mine)
    if summary.this and isinstance(expr.callee, ir.Attr) and isinstance(expr.callee.value, ir.Name):
        for name, value in summary.this.items():
            evaluate.put(frame, expr.callee.value, name, binding.into(value))


def _construct(frame: Frame, cls: ClassRef, args: Arguments, expr: ir.Call) -> Value:
    """A new object of a class of the project."""
    project = frame.library.project
    made = Value(fields={}, ref=Instance(cls))
    for name in ("__init__", "constructor", "__post_init__"):
        init = project.method(cls, name)
        if isinstance(init, FunctionRef):
            apply(frame, Target(init), made, args, expr)
            summary = frame.library.summary(init, frame.asker)
            binding = bind(frame, init, made, args, expr, None)
            for field, value in summary.this.items():
                made = with_field(made, field, binding.into(value))
            return callbacks(frame, args, CLEAN, expr, made)
    for each, value in zip(project.cls(cls).fields, args.positional, strict=False):
        made = with_field(made, each.name, value)
    for name, value in args.named.items():
        made = with_field(made, name, value)
    return with_taints(made, args.rest.taints) if args.rest.taints else made


# --- everything else ------------------------------------------------------------------------


def callbacks(frame: Frame, args: Arguments, receiver: Value, expr: ir.Call, result: Value) -> Value:
    """Functions among the arguments are called with what the other arguments carry."""
    functions = [value for value in args.all if isinstance(value.ref, FunctionRef)]
    members = (inner for value in args.all if not value.items for inner in (value.fields or {}).values())
    functions += (inner for inner in members if isinstance(inner.ref, FunctionRef) and inner.scope is not None)
    if not functions:
        return result
    others = merged(deep(value) for value in (receiver, *args.all, result) if not isinstance(value.ref, FunctionRef))
    ref = receiver.ref if isinstance(receiver.ref, Instance) else None
    placed = _placed(frame, args)
    for value in functions[:_TABLE]:
        assert isinstance(value.ref, FunctionRef)  # noqa: S101  # told apart above
        function = frame.library.project.function(value.ref)
        each = Value(others, ref=ref)
        given = placed or Arguments(tuple(each for _ in function.params[:4]), {}, Value(others))
        back = apply(frame, Target(value.ref), CLEAN, given, expr)
        result = with_taints(result, deep(back)) if back.taints or back.fields else result
    return result


def _placed(frame: Frame, args: Arguments) -> Arguments | None:
    """Of ``to_thread(function, first, second)``: what the function is given, each in its place."""
    if not frame.python or args.rest.taints:
        return None
    places = [place for place, value in enumerate(args.positional) if isinstance(value.ref, FunctionRef)]
    if len(places) != 1 or places[0] + 1 == len(args.positional):
        return None
    return Arguments(args.positional[places[0] + 1 :], args.named, CLEAN)


def _unknown(frame: Frame, expr: ir.Call, receiver: Value, args: Arguments, target: Value) -> Value:
    """Whoever is not known gives back whatever goes in."""
    name = called(expr)
    key = args.positional[0].text if name in _ACCESSORS and args.positional else None
    if key is not None and isinstance(expr.callee, ir.Attr) and (receiver.taints or receiver.fields):
        found = member(receiver, key)
        return join(found, args.positional[1]) if args.positional[1:] else found
    taints = merged(deep(value) for value in ((receiver,) if name in _BY_PLACE else (receiver, *args.all)))
    if frame.effect is expr and isinstance(expr.callee, ir.Attr):
        collect(frame, expr.callee.value, receiver, args)
    result = Value(ref=_result_ref(args, target))
    if taints:
        operands = len(expr.args) + (isinstance(expr.callee, ir.Attr) and bool(deep(receiver)))
        node = Node(
            None,
            frame.path,
            expr.line,
            f"passed through {name}()" if name else "passed through a call",
            normal=name in NORMALISE,
            pure=operands == 1,
        )
        clean = library.replaced(frame, name, receiver, args)
        stepped_on = stepped(taints, node)
        if clean:
            stepped_on = {label: taint._replace(cleaned=taint.cleaned | clean) for label, taint in stepped_on.items()}
        result = result._replace(taints=stepped_on)
        if isinstance(target.ref, External) and args.named and name[:1].isupper():
            # An object of a class that nobody knows holds under their names what it was given.
            whole = merged(deep(value) for value in (receiver, *args.positional, args.rest))
            result = result._replace(taints=stepped(whole, node), fields=dict(args.named))
    return callbacks(frame, args, receiver, expr, result)


def _result_ref(args: Arguments, target: Value) -> External | Instance | FunctionRef | None:
    """A wrapped function is that function; what a library makes is known by its maker."""
    functions = [value.ref for value in args.positional if isinstance(value.ref, (FunctionRef, External))]
    if len(args.positional) == 1 and functions and not target.taints:
        return functions[0]
    return Instance(target.ref) if isinstance(target.ref, External) and target.ref.symbols else None


def collect(frame: Frame, whole: ir.Expr, receiver: Value, args: Arguments) -> None:
    """A method of which nobody takes the result puts its arguments into its object."""
    if isinstance(receiver.ref, (External, ModuleRef, ClassRef)):
        return
    if isinstance(whole, ir.Name) and whole.id in frame.env.vars and receiver.items:
        frame.env.vars[whole.id] = appended(receiver, args.positional)
    elif isinstance(whole, ir.Attr) and receiver.items:
        evaluate.put(frame, whole.value, whole.name, appended(receiver, args.positional))
    else:
        evaluate.spoil(frame, whole, merged(deep(value) for value in args.all))
