"""What a call does with data: into functions of the project, by models of libraries, or by default."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Final

from driftseal.code import ir
from driftseal.code.project import ClassRef, External, FunctionRef, Instance, ModuleRef
from driftseal.observe.taint import bindings, constants, library, lookup, predicates, stores, targets
from driftseal.observe.taint.env import guarded
from driftseal.observe.taint.frame import Frame
from driftseal.observe.taint.labels import Guard, Label, Node, Origin, Taint, Taints, merged, stepped
from driftseal.observe.taint.summary import Binding, Check, Hit, Summary, normalised
from driftseal.observe.taint.values import CLEAN, Value, deep, join, member, with_field, with_taints
from driftseal.observe.taint.words import words
from driftseal.regexes import regex

_GUARDS: Final = 6
"""Checks of one value that are told."""
_WAITED: Final = regex(r"(?:Promise|Awaitable|Task|ValueTask|CompletableFuture)[<\[]")
_STATEMENTS: Final = ("_dbapi.Cursor.execute", "mysql2.Connection.query")
"""Stand for any method that runs the statement which it is given first, each in its own language."""
_NAMED: Final = frozenset({"python", "javascript", "typescript", "tsx"})
"""Languages of which the names of calls that carry data on are known."""
_SETTLES: Final = "resolve"
"""How the function is called that is handed to whoever makes a promise."""
_FIRST: Final = (Label(0, ()), Label(1, ()))
"""The first parameter of a function, or of a method."""


def call(frame: Frame, expr: ir.Call, given: tuple[Value, ...] | None = None) -> Value:
    """Take a call into account; its result."""
    if isinstance(expr.callee, ir.Name) and expr.callee.id in {"require", "import"}:
        ref = frame.library.project.resolve(frame.path, expr)
        if ref is not None:
            return lookup.standing_for(frame, ref)
    receiver, target = targets.callee(frame, expr)
    args = targets.arguments(frame, expr) if given is None else targets.Arguments(given, {}, CLEAN)
    ref = target.ref
    if isinstance(ref, ClassRef):
        return _construct(frame, ref, args, expr)
    found = targets.candidates(frame, expr, receiver, target)
    if found:
        return _of_project(frame, found, receiver, args, expr)
    if targets.called(expr) == "join" and (parts := _listed(receiver, args)):
        return constants.text(parts, frame.path, expr.line)
    name = targets.outside_name(target)
    model = frame.models.call(name) if name else None
    sure = 2
    if model is None and isinstance(expr.callee, ir.Attr) and not isinstance(receiver.ref, (ModuleRef, ClassRef)):
        model, sure = frame.models.method(expr.callee.name), 0
    if model is None and _on_database(frame, expr):
        model, sure = next(filter(None, map(frame.models.call, _STATEMENTS)), None), 1
    if model is None:
        return _unknown(frame, expr, receiver, args, target)
    result = library.apply(frame, expr, name or targets.called(expr), model, receiver, args, sure)
    result = callbacks(frame, args, receiver, expr, result)
    if name == "Promise":
        result = with_taints(result, _settled(frame, args, expr))
    return _kept(frame, expr, result) if result.taints and targets.called(expr) in words("keeping") else result


def _of_project(
    frame: Frame, found: Sequence[targets.Target], receiver: Value, args: targets.Arguments, expr: ir.Call
) -> Value:
    """The result of a call that means one of these functions."""
    result = CLEAN
    if frame.effect is expr and not _functions(args):
        for each in found:
            take(frame, each, receiver, args, expr)
        return result  # nobody takes it
    for each in found:
        given = apply(frame, each, receiver, args, expr)
        result = given if len(found) == 1 else with_taints(result, deep(given))
    return callbacks(frame, args, receiver, expr, result, found[0] if len(found) == 1 else None)


def _listed(receiver: Value, args: targets.Arguments) -> list[Value]:
    """The parts of ``"/".join([base, name])`` and ``[base, name].join("/")`` in their order; none of other lists."""
    if len(args.positional) != 1 or args.named or args.rest.taints:
        return []
    whole, between = (receiver, args.positional[0]) if receiver.items else (args.positional[0], receiver)
    if not whole.items or not whole.fields or whole.taints or between.text is None:
        return []
    parts = [part for member in whole.fields.values() for part in (between, member)]
    return parts[1:]


class _Call:
    """One call of a function of the project: many of its sinks are reached by the same few values."""

    __slots__ = ("_used", "binding", "case", "sure", "where")

    def __init__(self, binding: Binding, where: tuple[str, int, str], case: str, sure: int) -> None:
        self.binding = binding
        self.where = where
        self.case = case
        self.sure = sure
        self._used: dict[tuple[str, Label], list[tuple[str, Label, Taint, tuple[Guard, ...]]]] = {}

    def uses(self, frame: Frame, kind: str, label: Label) -> list[tuple[str, Label, Taint, tuple[Guard, ...]]]:
        """See `constants.uses`; with the checks that each value has passed."""
        found = self._used.get((kind, label))
        if found is None:
            uses = constants.uses(kind, self.binding.value(label))
            found = [(exact, mine, taint, frame.guards(mine, taint)) for exact, mine, taint in uses]
            self._used[kind, label] = found
        return found


def apply(frame: Frame, target: targets.Target, receiver: Value, args: targets.Arguments, expr: ir.Call) -> Value:
    """Take what a function of the project does into account; its result."""
    summary, binding = take(frame, target, receiver, args, expr)
    return _as_told(frame, target.ref, binding.into(summary.returns))


def take(
    frame: Frame, target: targets.Target, receiver: Value, args: targets.Arguments, expr: ir.Call
) -> tuple[Summary, Binding]:
    """Take what a function of the project does into account, apart from what it gives back: often nobody asks."""
    ref, case = target.ref, target.case or frame.env.case
    scope = _scope(frame, ref)
    frame.applied.add(ref)
    frame.summary.calls.add((ref, case))
    summary = frame.library.summary(ref, frame.asker)
    frame.library.spend(len(summary.hits) + len(summary.mutated) + len(summary.this))
    binding = bindings.bind(frame, ref, receiver, args, expr, scope)
    name = frame.library.project.function(ref).name or "a function"
    where = frame.path, expr.line, f"passed to {name}()"
    made = _Call(binding, where, case, target.sure)
    for hit in list(summary.hits.values()):
        _raise(frame, made, hit)
    _effects(frame, summary, binding, ref, expr)
    ensured = list(binding.checks(summary.ensures))
    if summary.waits and frame.effect is expr and frame.alone:
        ensured = [check._replace(guard=_unawaited(check.guard, name)) for check in ensured]
    frame.env.add(ensured)
    refuses = frame.effect is expr and not ensured and not summary.idle and frame.library.refuses(ref)
    if refuses and not _of_types(frame, ref):
        guard = Guard(strong=False, what=f"passed {name}()", kinds=frozenset())
        given = [item for value in args.all for item in deep(value).items()]
        frame.env.add(Check(label, taint.node, guard) for label, taint in given)
    return summary, binding


def _scope(frame: Frame, ref: FunctionRef) -> Mapping[str, Value] | None:
    """The variables around a closure of this function."""
    return frame.closures[ref.number].scope if ref.path == frame.path and ref.number in frame.closures else None


def _settled(frame: Frame, args: targets.Arguments, expr: ir.Call) -> Taints:
    """What a promise is settled with by the function that it is made of: ``resolve(value)``."""
    ref = args.positional[0].ref if args.positional else None
    if not isinstance(ref, FunctionRef):
        return {}
    put = frame.library.summary(ref, frame.asker).mutated.get(0, {})
    nothing = targets.Arguments((), {}, CLEAN)
    return bindings.bind(frame, ref, CLEAN, nothing, expr, _scope(frame, ref)).taints(put) if put else {}


def _as_told(frame: Frame, ref: FunctionRef, result: Value) -> Value:
    """What a function gives back; where no class of the project is seen to make it, of the one its signature names."""
    told = frame.library.project.function(ref).returns
    outside = result.ref.of if isinstance(result.ref, Instance) else result.ref
    if result.items or not told or not (outside is None or isinstance(outside, External)):
        return result
    kind = lookup.typed(frame.at_top(ref.path), _WAITED.sub("", told))
    return result._replace(ref=kind) if isinstance(kind, Instance) and isinstance(kind.of, ClassRef) else result


def _on_database(frame: Frame, expr: ir.Call) -> bool:
    """Whether something unknown runs a statement: ``cursor.execute(…)``, ``this.connection.query(…)``."""
    runs = {"execute"} if frame.python else {"execute", "query"}  # there a query is an object that is put together
    if not isinstance(expr.callee, ir.Attr) or expr.callee.name not in runs or not expr.args:
        return False
    on = expr.callee.value
    name = on.name if isinstance(on, ir.Attr) else on.id if isinstance(on, ir.Name) else ""
    return name.lower().rpartition("_")[2] in words("database-names")


def _of_types(frame: Frame, ref: FunctionRef) -> bool:
    """Whether what refuses a value looks at its type alone."""
    return predicates.of_types_alone(frame.library.project, ref)


def _raise(frame: Frame, call: _Call, hit: Hit) -> None:
    """Tell a hit of the called function in terms of the caller."""
    case = hit.case or call.case
    if isinstance(hit.label.root, Origin):
        frame.hit(hit._replace(below=hit, call=call.where, node=None, case=case, sure=min(hit.sure, call.sure)))
        return
    for kind, label, taint, passed in call.uses(frame, hit.kind, hit.label):
        if kind == "argv-option" and taint.fixed:
            continue
        guards = passed
        if hit.guards:
            guards = tuple(dict.fromkeys((*passed, *normalised(hit.guards, taint.node))))[:_GUARDS]
        whole = hit.whole and taint.node is None
        sure, before = min(hit.sure, taint.sure, call.sure), hit.before or taint.fixed
        if kind == "argv-option" and before == "?":
            # A helper that runs any program is told which one first.
            first = next((value.text for value in map(call.binding.value, _FIRST) if value.text), None)
            before = first if first is not None and " " not in first else before
        mine = (hit.object or hit.label.root == "this") and _is_bare(call.binding.value(Label(hit.label.root, ())))
        frame.hit(Hit(label, kind, hit.spot, taint.node, guards, hit, call.where, whole, case, sure, before, mine))


def _is_bare(value: Value) -> bool:
    """Whether nobody knows what a value is made of, only where it comes from."""
    return bool(value.taints) and not value.fields and value.ref is None


def _kept(frame: Frame, expr: ir.Call, result: Value) -> Value:
    """What is left of a collection: elements of which a condition holds."""
    checks = [check for summary, binding in bindings.possible(frame, expr) for check in binding.checks(summary.truths)]
    return result._replace(taints=guarded(checks, result.taints)) if checks else result


def _unawaited(guard: Guard, name: str) -> Guard:
    """A check of which nobody hears in time that it failed."""
    return Guard(strong=False, what=f"checked by {name}() without waiting for it", kinds=guard.kinds)


def _effects(frame: Frame, summary: Summary, binding: Binding, ref: FunctionRef, expr: ir.Call) -> None:
    """What the called function puts into its arguments, its object and the variables around it."""
    function = frame.library.project.function(ref)
    for root, taints in summary.mutated.items():
        mine = binding.taints(taints)
        if isinstance(root, str):
            if mine:
                stores.spoil(frame, ir.Name(root, expr.line), mine)
            continue
        shift = (
            function.cls >= 0
            and not function.static
            and function.params[:1]
            and function.params[0].name in {"self", "cls"}
        )
        place = root - bool(shift)
        if 0 <= place < len(expr.args) and not expr.args[place].name:
            stores.spoil(frame, expr.args[place].value, mine)
    if summary.this and isinstance(expr.callee, ir.Attr) and isinstance(expr.callee.value, ir.Name):
        for name, value in summary.this.items():
            stores.put(frame, expr.callee.value, name, binding.into(value))


def _construct(frame: Frame, cls: ClassRef, args: targets.Arguments, expr: ir.Call) -> Value:
    """A new object of a class of the project."""
    project = frame.library.project
    made = Value(fields={}, ref=Instance(cls))
    for name in lookup.CONSTRUCTORS:
        init = project.method(cls, name)
        if isinstance(init, FunctionRef):
            take(frame, targets.Target(init), made, args, expr)
            summary = frame.library.summary(init, frame.asker)
            binding = bindings.bind(frame, init, made, args, expr, None)
            for field, value in summary.this.items():
                made = with_field(made, field, binding.into(value))
            return callbacks(frame, args, CLEAN, expr, made)
    for each, value in zip(project.cls(cls).fields, args.positional, strict=False):
        made = with_field(made, each.name, value)
    for name, value in args.named.items():
        made = with_field(made, name, value)
    return with_taints(made, args.rest.taints) if args.rest.taints else made


def callbacks(
    frame: Frame,
    args: targets.Arguments,
    receiver: Value,
    expr: ir.Call,
    result: Value,
    target: targets.Target | None = None,
) -> Value:
    """Functions among the arguments are called with what the other arguments carry.

    ``target`` is the function of the project that calls them, where it is one.
    """
    functions = _functions(args)
    if not functions:
        return result
    others = merged(deep(value) for value in (receiver, *args.all, result) if not isinstance(value.ref, FunctionRef))
    ref = receiver.ref if isinstance(receiver.ref, Instance) else None
    placed = targets.placed(frame, args, targets.called(expr))
    for value in functions[: targets.TABLE]:
        assert isinstance(value.ref, FunctionRef)  # noqa: S101  # told apart above
        function = frame.library.project.function(value.ref)
        each = Value(others, ref=ref)
        given = _handed(frame, target, args, value, receiver, expr) if target is not None else None
        given = given or placed or targets.Arguments(_each(expr, function, each), {}, Value(others))
        back = apply(frame, targets.Target(value.ref), CLEAN, given, expr)
        result = with_taints(result, deep(back)) if back.taints or back.fields else result
    return result


def _each(expr: ir.Call, function: ir.Function, value: Value) -> tuple[Value, ...]:
    """What a function is called with for every element of a list: the element, and which one it is.

    What is gone through by ``forEach`` may be a table, of which the second is a key.
    """
    given = [value] * len(function.params[:4])
    name = targets.called(expr)
    if len(given) > 1 and isinstance(expr.callee, ir.Attr) and len(expr.args) == 1:
        counts = name in words("counting") or function.params[1].name in words("counters")
        given[1] = CLEAN if counts and name in words("counting") | {"forEach"} else value
    return tuple(given)


def _handed(
    frame: Frame, target: targets.Target, args: targets.Arguments, given: Value, receiver: Value, expr: ir.Call
) -> targets.Arguments | None:
    """What a function of the project calls one with that it is handed, where its body shows all of it; else None."""
    alone = frame.library.called_alone(target.ref)
    place = next((place for place, value in enumerate(args.positional) if value is given), None) if alone else None
    if place is None:
        return None
    function = frame.library.project.function(target.ref)
    number = place + (function.cls >= 0 and bool(function.params) and function.params[0].name in {"self", "cls"})
    if number not in alone:
        return None
    summary = frame.library.summary(target.ref, frame.asker)
    scope = (
        frame.closures[target.ref.number].scope
        if target.ref.path == frame.path and target.ref.number in frame.closures
        else None
    )
    binding = bindings.bind(frame, target.ref, receiver, args, expr, scope)
    return targets.Arguments(tuple(binding.into(value) for value in summary.handed.get(number, ())), {}, CLEAN)


def _hand(frame: Frame, target: Value, args: targets.Arguments) -> None:
    """Remember what a parameter is called with."""
    for label, taint in target.taints.items():
        if isinstance(label.root, int) and not label.path and taint.node is None:
            before = frame.summary.handed.get(label.root, ())
            pairs = itertools.zip_longest(before, args.positional, fillvalue=CLEAN)
            frame.summary.handed[label.root] = tuple(join(one, other) for one, other in pairs)


def _functions(args: targets.Arguments) -> list[Value]:
    """The functions among the arguments of a call, and in tables that are among them."""
    found = [value for value in args.all if isinstance(value.ref, FunctionRef)]
    members = (inner for value in args.all if not value.items for inner in (value.fields or {}).values())
    found += (inner for inner in members if isinstance(inner.ref, FunctionRef) and inner.scope is not None)
    return found


def _unknown(frame: Frame, expr: ir.Call, receiver: Value, args: targets.Arguments, target: Value) -> Value:
    """Whoever is not known gives back whatever goes in."""
    if isinstance(expr.callee, ir.Name):
        _hand(frame, target, args)
    name = targets.called(expr)
    key = args.positional[0].text if name in words("accessors") and args.positional else None
    if key is not None and isinstance(expr.callee, ir.Attr) and (receiver.taints or receiver.fields):
        found = member(receiver, key)
        return join(found, args.positional[1]) if args.positional[1:] else found
    table = _is_table(receiver)
    if name in words("accessors") and receiver.fields and not receiver.taints and args.positional:
        # Whatever the name, the answer is one of the table, or the default.
        return join(lookup.element(receiver), args.positional[1]) if args.positional[1:] else lookup.element(receiver)
    # A part that is taken out, and what a table holds, do not come from what they are asked for by.
    alone = name in words("cutting") or (table and name in words("accessors"))
    if _looks_up(frame, expr, name, receiver, args):
        besides = (*args.positional[1:], args.named.get("default", CLEAN))
        return with_taints(Value(ref=_result_ref(args, target)), merged(map(deep, (receiver, *besides))))
    _put(frame, expr, receiver, args, table=table)
    if frame.effect is expr and not _functions(args):
        return CLEAN  # nobody takes the result
    inner = deep(receiver)
    taints = inner if alone else merged((inner, *map(deep, args.all)))
    result = Value(ref=_result_ref(args, target))
    if taints:
        operands = len(expr.args) + (isinstance(expr.callee, ir.Attr) and bool(inner))
        node = Node(
            None,
            frame.path,
            expr.line,
            library.passing(frame, name, receiver, args),
            normal=name in words("normalising"),
            real=name in words("unlinking"),
            pure=operands == 1,
        )
        clean = library.replaced(frame, name, receiver, args)
        stepped_on = stepped(taints, node)
        if clean:
            stepped_on = {label: taint._replace(cleaned=taint.cleaned | clean) for label, taint in stepped_on.items()}
        if frame.library.project.modules[frame.path].language in _NAMED and not _carries(name):
            # What nobody knows may as well look something up by what it is given.
            stepped_on = {label: taint._replace(sure=0) for label, taint in stepped_on.items()}
        result = result._replace(taints=stepped_on)
        if isinstance(target.ref, External) and args.named and name[:1].isupper():
            # An object of a class that nobody knows holds under their names what it was given.
            whole = merged(deep(value) for value in (receiver, *args.positional, args.rest))
            result = result._replace(taints=stepped(whole, node), fields=dict(args.named))
    return callbacks(frame, args, receiver, expr, result)


def _looks_up(frame: Frame, expr: ir.Call, name: str, receiver: Value, args: targets.Arguments) -> bool:
    """Whether something unknown is asked for a member or an answer, ``self.waiting.get(key)``: neither is the key."""
    return (
        frame.python
        and name == "get"
        and isinstance(expr.callee, ir.Attr)
        and len(args.positional) <= len(("key", "default"))
        and not isinstance(receiver.ref, (External, ModuleRef, ClassRef))
    )


def _put(frame: Frame, expr: ir.Call, receiver: Value, args: targets.Arguments, *, table: bool) -> None:
    """What a call puts into its object, or promises."""
    name = targets.called(expr)
    if name == _SETTLES and isinstance(expr.callee, ir.Name):
        stores.spoil(frame, expr.callee, guarded(frame.env.checks, merged(map(deep, args.all))))
    if frame.effect is expr and isinstance(expr.callee, ir.Attr):
        given = args._replace(positional=args.positional[1:]) if table and name == "set" else args
        stores.collect(frame, expr.callee.value, receiver, given, each=name == "extend")


def _is_table(receiver: Value) -> bool:
    """Whether something is a ``Map``, which gives back what was put in, whatever it is asked for by."""
    made = receiver.ref.of if isinstance(receiver.ref, Instance) else None
    return isinstance(made, External) and made.name in words("tables")


def _carries(name: str) -> bool:
    """Whether what comes back is made of what goes in, as far as a name tells; a class is named to hold it."""
    return not name or name[:1].isupper() or name in words("carrying")


def _result_ref(args: targets.Arguments, target: Value) -> External | Instance | FunctionRef | None:
    """A wrapped function is that function; what a library makes is known by its maker."""
    functions = [value.ref for value in args.positional if isinstance(value.ref, (FunctionRef, External))]
    if len(args.positional) == 1 and functions and not target.taints:
        return functions[0]
    return Instance(target.ref) if isinstance(target.ref, External) and target.ref.symbols else None
