"""What an expression amounts to: its labels, its constants, what it stands for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from driftseal.code import ir
from driftseal.code.project import (
    ClassRef,
    External,
    FunctionRef,
    Instance,
    ModuleRef,
    Ref,
    ValueRef,
)
from driftseal.observe.taint import calls, constants
from driftseal.observe.taint.frame import Frame
from driftseal.observe.taint.values import (
    CLEAN,
    Label,
    Node,
    Origin,
    Taint,
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

_COMPARED: Final = frozenset(
    {"==", "!=", "===", "!==", "<", ">", "<=", ">=", "in", "not in", "is", "is not", "instanceof"}
)
_NUMBERS: Final = frozenset({"-", "**", "//", "<<", ">>", "&", "^"})
_SCALAR: Final = re.compile(
    r"(?:Optional\[|Annotated\[)?\s*(?:int|float|bool|complex|number|boolean|bigint|Literal\[|datetime|date|UUID|Decimal"
    r"|u?int(?:8|16|32|64)|float(?:32|64)|byte|rune|long|short|double|Integer|Long|Short|Double|Float|Boolean"
    r"|(?:Option<\s*)?(?:[iu](?:8|16|32|64|128|size)|f(?:32|64)|char|bool)|u(?:int|long|short)|sbyte|decimal|Guid"
    r"|Date(?:Time|TimeOffset|Only)|TimeSpan|TimeOnly)\b(?!\s*\[)"
)
_TYPE: Final = re.compile(r"[\"']?(?:(?:Optional|Annotated|Readonly)[\[<])?\s*([A-Za-z_$][\w$.]*)")
_AROUND: Final = re.compile(
    r"(?:[&\s]|'\w+|\bmut\b|\bdyn\b|\bimpl\b|(?:\w+::)*(?:Arc|Box|Rc|Option|Mutex|RwLock|RefCell|State|Data)\s*<)+"
)
"""What a type of Rust is borrowed by and lies in."""
_BARE: Final = frozenset({"csharp", "rust"})
"""Languages whose libraries' types are known by their bare names."""
_NESTED: Final = 3
"""Values of other files' variables that are looked into from one another."""
_WIDEST: Final = 64
"""Members of a table of functions that a computed name may stand for."""


def evaluate(frame: Frame, expr: ir.Expr) -> Value:
    """The value of an expression; its calls and assignments take effect."""
    if frame.depth <= 0 or not frame.library.spend():
        frame.complete = False
        return CLEAN
    frame.depth -= 1
    value = _BY_TYPE[type(expr)](frame, expr)
    frame.depth += 1
    return value


def scalar(annotation: str) -> bool:
    """Whether a type leaves no room for text that an attacker chose."""
    return bool(annotation) and bool(_SCALAR.match(annotation)) and "str" not in annotation


def typed(frame: Frame, annotation: str) -> Ref | None:
    """The class that a type names."""
    if frame.module.language == "rust":
        around = _AROUND.match(annotation)
        annotation = annotation[around.end() if around is not None else 0 :].replace("::", ".")
    found = _TYPE.match(annotation) if annotation else None
    if found is None:
        return None
    first, *rest = found[1].split(".")
    ref = frame.library.project.named(frame.path, first)
    if ref is None and frame.module.language in _BARE:
        ref = External(first, ())
    for name in rest:
        ref = frame.library.project.member(ref, name) if ref is not None else None
    return Instance(ref) if isinstance(ref, (ClassRef, External)) else None


def _const(_frame: Frame, expr: ir.Const) -> Value:
    return Value(const=expr.value)


def _name(frame: Frame, expr: ir.Name) -> Value:
    name = "this" if expr.id == "self" and frame.cls is not None else expr.id
    known = frame.env.vars.get(name)
    if known is not None:
        return known
    return outside(frame, name, expr.line)


def outside(frame: Frame, name: str, line: int) -> Value:
    """A variable that is not the function's own."""
    found = frame.globals.get(name)
    if found is None:
        found = _of_outer(frame, name)
        if found is None:
            ref = frame.library.project.named(frame.path, name)
            found = standing_for(frame, ref) if ref is not None else Value(ref=External(name, ()))
        frame.globals[name] = found
    if isinstance(found.ref, External):
        return _read(frame, found, line)
    return found


def _of_outer(frame: Frame, name: str) -> Value | None:
    """A variable of a function around this one: what it stands for there, and a label of its own."""
    number, functions = frame.function.outer, frame.module.functions
    for _ in range(16):
        if number <= 0:
            return None
        around = FunctionRef(frame.path, number)
        bound = name in frame.library.bound(around)
        if bound or (name == "this" and functions[number].cls >= 0):
            scope = frame.library.summary(around, frame.asker).scope
            known = scope.get(name, CLEAN)
            if isinstance(known.ref, (FunctionRef, ClassRef, ModuleRef)) and not known.taints:
                return known
            fixed = {label: taint for label, taint in deep(known).items() if isinstance(label.root, Origin)}
            fixed[Label(name, ())] = Taint()
            fields = known.fields if known.fields and not known.taints else None
            return Value(fixed, known.const, _outer_fields(fields), known.items, known.ref)
        number = functions[number].outer
    return None


def _outer_fields(fields: Mapping[str, Value] | None) -> Mapping[str, Value] | None:
    """Members of an outer variable, as far as they stand for functions and constants."""
    if fields is None:
        return None
    return {
        name: Value(const=each.const, ref=each.ref, fields=_outer_fields(each.fields), items=each.items)
        for name, each in fields.items()
    }


def standing_for(frame: Frame, ref: Ref) -> Value:
    """The value of what a name stands for; of a variable of another file, its expression is looked into."""
    if not isinstance(ref, ValueRef):
        return Value(ref=ref)
    if frame.nested >= _NESTED:
        return CLEAN
    inner = frame.at_top(ref.path)
    inner.nested = frame.nested + 1
    value = evaluate(inner, ref.value)
    frame.complete = frame.complete and inner.complete
    return value


def _read(frame: Frame, value: Value, line: int) -> Value:
    """What reading something from outside brings in."""
    ref = value.ref
    if not isinstance(ref, External):
        return value
    model = frame.models.read(ref.name)
    if model is None:
        return value
    for label in sorted(model.capabilities):
        frame.reach(label, frame.spot(label, ref.name, line), "", ref.symbols[-1] if len(ref.symbols) > 1 else "")
    if model.source is None:
        return value
    last = ref.symbols[-1] if len(ref.symbols) > 1 else ref.name
    origin = Origin(model.source.kind, last, frame.path, line)
    return Value({Label(origin, ()): Taint()}, ref=ref)


def _attr(frame: Frame, expr: ir.Attr) -> Value:
    return attribute(frame, evaluate(frame, expr.value), expr.name, expr.line)


def attribute(frame: Frame, whole: Value, name: str, line: int) -> Value:
    """A member of a value, by data and by what the value stands for."""
    data = member(whole, name)
    ref = whole.ref
    if ref is None or data.ref is not None or data.fields is not None or data.text is not None:
        return data
    if isinstance(ref, (External, Instance)) and isinstance(getattr(ref, "of", ref), External):
        inner = frame.library.project.member(ref, name)
        found = Value(data.taints, ref=inner)
        if data.taints and any(isinstance(each.root, Origin) and each.path == (name,) for each in data.taints):
            # One variable of the environment, say.
            kind = next(each.root.kind for each in data.taints if isinstance(each.root, Origin))
            frame.reach(kind, frame.spot(kind, _outside(ref), line), "", name)
        return _cleaned(frame, found) if data.taints else _read(frame, found, line)
    if isinstance(ref, Instance) and isinstance(ref.of, ClassRef):
        return _of_object(frame, ref.of, name, data)
    inner = frame.library.project.member(ref, name)
    if inner is None:
        return data
    found = standing_for(frame, inner)
    return with_taints(found, data.taints) if data.taints and not isinstance(inner, FunctionRef) else found


def _outside(ref: Ref) -> str:
    whole = ref.of if isinstance(ref, Instance) else ref
    return whole.name if isinstance(whole, External) else ""


def _cleaned(frame: Frame, value: Value) -> Value:
    """A member of a library's object, where the member is harmless: the last part of a path."""
    ref = value.ref.of if isinstance(value.ref, Instance) else value.ref
    model = frame.models.read(ref.name) if isinstance(ref, External) else None
    if model is None or not model.clean:
        return value
    taints = {label: taint._replace(cleaned=taint.cleaned | model.clean) for label, taint in value.taints.items()}
    return value._replace(taints=taints)


def _of_object(frame: Frame, cls: ClassRef, name: str, data: Value) -> Value:
    """A member of an object of the project: a method, a typed field, or what any method put there."""
    project = frame.library.project
    for _, each in project.fields(cls):
        if each.name == name and scalar(each.annotation):
            return CLEAN
    inner = project.method(cls, name)
    if isinstance(inner, FunctionRef):
        return Value(ref=inner)
    kept = frame.library.members(cls, name, frame.asker)
    if kept == CLEAN:
        declared = next(((at, each) for at, each in project.fields(cls) if each.name == name), None)
        inner = None if declared is not None and isinstance(inner, External) else inner
        known = declared is not None and inner is None
        ref = typed(frame.at_top(declared[0].path), declared[1].annotation) if known and declared else None
        kept = standing_for(frame, inner) if inner is not None else Value(ref=ref)
    return with_taints(kept, data.taints)


def _index(frame: Frame, expr: ir.Index) -> Value:
    whole, key = evaluate(frame, expr.value), evaluate(frame, expr.key)
    known = _key(key)
    if known is not None:
        return attribute(frame, whole, known, expr.line)
    return element(whole)


def _key(key: Value) -> str | None:
    """The name of a member, where it is constant."""
    if key.text is not None:
        return key.text
    return str(key.const) if isinstance(key.const, (int, float)) and not isinstance(key.const, bool) else None


def _call(frame: Frame, expr: ir.Call) -> Value:
    return calls.call(frame, expr)


def _text(frame: Frame, expr: ir.Text) -> Value:
    parts = [evaluate(frame, part) for part in expr.parts]
    if expr.tag is not None:
        inside = tuple(ir.Arg("", part, spread=False) for part in expr.parts)
        return calls.call(frame, ir.Call(expr.tag, inside, expr.line, new=False), tuple(parts))
    return constants.text(parts, frame.path, expr.line)


def _binary(frame: Frame, expr: ir.Binary) -> Value:  # noqa: PLR0911  # a branch a kind of operator
    left, right = evaluate(frame, expr.left), evaluate(frame, expr.right)
    op = expr.op
    if op in _COMPARED or op in _NUMBERS:
        return CLEAN
    if op in {"or", "and", "??", "||", "&&"}:
        return join(left, right) if left.const is not None or not left.taints else right
    if op == "+":
        if left.items and right.items:
            return appended(left, (right.fields or {}).values())
        if left.items:
            return with_taints(left, deep(right))
        return constants.text([left, right], frame.path, expr.line)
    if op == "/" and not left.taints and left.const is not None and right.taints:
        # Joining paths, where the left side stays in front unless the right one is absolute.
        joined = stepped(right.taints, Node(None, frame.path, expr.line, "joined to a path"))
        here = isinstance(left.ref, Instance) and isinstance(left.ref.of, External) and left.ref.of.name.endswith("cwd")
        if not here:
            joined = {label: taint._replace(fixed=taint.fixed or "?") for label, taint in joined.items()}
        return Value(joined, ref=left.ref)
    node = Node(None, frame.path, expr.line, f"combined with {op}")
    return Value(stepped(merged((deep(left), deep(right))), node), ref=left.ref if op == "/" else None)


def _unary(frame: Frame, expr: ir.Unary) -> Value:
    value = evaluate(frame, expr.value)
    return CLEAN if expr.op in {"not", "-", "~", "typeof", "delete", "void"} else value


def _group(frame: Frame, expr: ir.Group) -> Value:
    value = Value(fields={}, items=True)
    for item in expr.items:
        if isinstance(item, ir.Unary) and item.op == "*":
            inner = evaluate(frame, item.value)
            known = inner.items and inner.fields is not None
            value = appended(value, (inner.fields or {}).values()) if known else with_taints(value, deep(inner))
            if known:
                value = with_taints(value, inner.taints)
        else:
            value = appended(value, (evaluate(frame, item),))
    return value


def _mapping(frame: Frame, expr: ir.Mapping) -> Value:
    value = Value(fields={}, ref=typed(frame, expr.type) if expr.type else None)
    for entry in expr.entries:
        inner = evaluate(frame, entry.value)
        if entry.key is None:
            for name, each in (inner.fields or {}).items():
                value = with_field(value, name, each)
            value = with_taints(value, inner.taints)
            continue
        key = evaluate(frame, entry.key)
        value = with_field(value, _key(key) or "*", inner)
    return value


def _closure(frame: Frame, expr: ir.Closure) -> Value:
    value = Value(ref=FunctionRef(frame.path, expr.function), scope=frame.env.vars)
    frame.closures[expr.function] = value
    return value


def _class_value(frame: Frame, expr: ir.ClassValue) -> Value:
    return Value(ref=ClassRef(frame.path, expr.cls))


def _choice(frame: Frame, expr: ir.Choice) -> Value:
    from driftseal.observe.taint import guards

    evaluate(frame, expr.test)
    held = frame.env.checks
    found = []
    for branch, truth in ((expr.then, True), (expr.otherwise, False)):
        frame.env.add(guards.facts(frame, expr.test, truth=truth))
        value = evaluate(frame, branch)
        if value.taints:
            baked = {label: taint._replace(guards=frame.guards(label, taint)) for label, taint in value.taints.items()}
            value = value._replace(taints=baked)
        found.append(value)
        frame.env.checks = held
    return join(found[0], found[1])


def _bind(frame: Frame, expr: ir.Bind) -> Value:
    value = evaluate(frame, expr.value)
    assign(frame, expr.target, value)
    return value


def _comprehension(frame: Frame, expr: ir.Comprehension) -> Value:
    from driftseal.observe.taint import guards

    kept, held = dict(frame.env.vars), frame.env.checks
    for target, source in zip(expr.targets, expr.sources, strict=False):
        assign(frame, target, element(evaluate(frame, source)))
    for test in expr.tests:
        evaluate(frame, test)
        frame.env.add(guards.facts(frame, test, truth=True))
    value = evaluate(frame, expr.element)
    taints = {label: taint._replace(guards=frame.guards(label, taint)) for label, taint in deep(value).items()}
    frame.env.vars, frame.env.checks = kept, held
    return Value(taints)


def element(value: Value) -> Value:
    """One member of what is gone through."""
    found = Value(value.taints)
    for each in list((value.fields or {}).values())[:_WIDEST]:
        found = join(found, each)
    return found


def _other(frame: Frame, expr: ir.Other) -> Value:
    return Value(merged(deep(evaluate(frame, part)) for part in expr.parts))


_BY_TYPE: Final[Mapping[type, Callable[[Frame, Any], Value]]] = {
    ir.Const: _const,
    ir.Name: _name,
    ir.Attr: _attr,
    ir.Index: _index,
    ir.Call: _call,
    ir.Text: _text,
    ir.Binary: _binary,
    ir.Unary: _unary,
    ir.Group: _group,
    ir.Mapping: _mapping,
    ir.Closure: _closure,
    ir.ClassValue: _class_value,
    ir.Choice: _choice,
    ir.Bind: _bind,
    ir.Comprehension: _comprehension,
    ir.Other: _other,
}


# --- assignment -------------------------------------------------------------------------------


def assign(frame: Frame, target: ir.Expr, value: Value) -> None:  # noqa: C901  # a branch a kind of target
    """Bind what a target names."""
    if isinstance(target, ir.Name):
        _bind_name(frame, target.id, value)
    elif isinstance(target, ir.Attr):
        put(frame, target.value, target.name, value)
    elif isinstance(target, ir.Index):
        key = evaluate(frame, target.key)
        put(frame, target.value, _key(key) or "*", value)
    elif isinstance(target, ir.Group):
        _apart(frame, target.items, value)
    elif isinstance(target, ir.Mapping):
        for entry in target.entries:
            name = evaluate(frame, entry.key).text if entry.key is not None else None
            inner = attribute(frame, value, name, target.line) if name is not None else value
            assign(frame, entry.value, inner)
    elif isinstance(target, ir.Bind):
        # A default, where nothing is given.
        assign(frame, target.target, join(value, evaluate(frame, target.value)))
    elif isinstance(target, ir.Unary):
        assign(frame, target.value, value)
    elif isinstance(target, (ir.Choice, ir.Binary, ir.Other)):
        for part in target.parts if isinstance(target, ir.Other) else ():
            assign(frame, part, value)


def _apart(frame: Frame, items: Iterable[ir.Expr], value: Value) -> None:
    for number, item in enumerate(items):
        if isinstance(item, ir.Unary) and item.op == "*":
            assign(frame, item.value, Value(deep(value)))
        elif value.items and value.fields is not None and str(number) in value.fields:
            assign(frame, item, with_taints(value.fields[str(number)], value.taints))
        else:
            assign(frame, item, Value(value.taints) if value.fields is None else element(value))


def _bind_name(frame: Frame, name: str, value: Value) -> None:
    own = name in frame.env.vars or frame.python or name in frame.own
    frame.env.vars[name] = value
    frame.env.written.pop(name, None)
    if not own and value.taints:
        frame.mutate(name, deep(value))


def put(frame: Frame, whole: ir.Expr, name: str, value: Value) -> None:
    """``whole.name = value``: the variable at the root holds it from now on."""
    if isinstance(whole, ir.Name):
        root = "this" if whole.id == "self" and frame.cls is not None else whole.id
        before = frame.env.vars.get(root)
        own = before is not None
        after = with_field(before if before is not None else CLEAN, name, value)
        if own or root == "this":
            frame.env.vars[root] = after
        if root == "this" and frame.cls is not None:
            frame.library.keep(frame.cls, name, value)
        elif root in frame.numbers or not own:
            frame.mutate(frame.numbers.get(root, root), deep(value))
    elif isinstance(whole, ir.Attr) and isinstance(whole.value, ir.Name) and whole.value.id in frame.env.vars:
        before = member(frame.env.vars[whole.value.id], whole.name)
        put(frame, whole.value, whole.name, with_field(before, name, value))
    elif isinstance(whole, (ir.Attr, ir.Index)):
        spoil(frame, whole, deep(value))


def spoil(frame: Frame, expr: ir.Expr, taints: Mapping[Label, Taint]) -> None:
    """Something of these labels went into what an expression names."""
    if not taints:
        return
    names: list[str] = []
    while isinstance(expr, (ir.Attr, ir.Index)):
        names.append(expr.name if isinstance(expr, ir.Attr) else "*")
        expr = expr.value
    if isinstance(expr, ir.Name):
        inner = Value(taints)
        for name in names[:-1]:
            inner = Value(fields={name: inner})
        if names:
            before = frame.env.vars.get(expr.id, CLEAN)
            known = member(before, names[-1]) if before is not CLEAN else CLEAN
            put(frame, expr, names[-1], join(known, inner))
        elif expr.id in frame.env.vars:
            frame.env.vars[expr.id] = with_taints(frame.env.vars[expr.id], taints)
            if expr.id in frame.numbers:
                frame.mutate(frame.numbers[expr.id], taints)
        else:
            frame.mutate(expr.id, taints)
