"""What names and members stand for: variables, definitions of the project, things from outside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from driftseal.code.project import ClassRef, External, FunctionRef, Instance, ModuleRef, Project, Ref, ValueRef
from driftseal.observe.taint import shared
from driftseal.observe.taint.frame import Frame
from driftseal.observe.taint.labels import Label, Origin, Taint
from driftseal.observe.taint.values import CLEAN, Value, deep, join, member, with_taints
from driftseal.observe.taint.words import words
from driftseal.regexes import regex

_SCALAR: Final = regex(
    r"(?:Optional\[|Annotated\[)?\s*(?:int|float|bool|complex|number|boolean|bigint|Literal\[|datetime|date|UUID|Decimal"
    r"|u?int(?:8|16|32|64)|float(?:32|64)|byte|rune|long|short|double|Integer|Long|Short|Double|Float|Boolean"
    r"|(?:Option<\s*)?(?:[iu](?:8|16|32|64|128|size)|f(?:32|64)|char|bool)|u(?:int|long|short)|sbyte|decimal|Guid"
    r"|Date(?:Time|TimeOffset|Only)|TimeSpan|TimeOnly)\b(?!\s*\[)"
)
_TYPE: Final = regex(r"[\"']?(?:(?:Optional|Annotated|Readonly)[\[<])?\s*([A-Za-z_$][\w$.]*)")
_AROUND: Final = regex(
    r"(?:[&\s]|'\w+|\bmut\b|\bdyn\b|\bimpl\b|(?:\w+::)*(?:Arc|Box|Rc|Option|Mutex|RwLock|RefCell|State|Data)\s*<)+"
)
"""What a type of Rust is borrowed by and lies in."""
_BARE: Final = frozenset({"csharp", "rust"})
"""Languages whose libraries' types are known by their bare names."""
_ANYTHING: Final = frozenset({"builtins", "typing"})
"""Modules whose types say nothing of what something can do."""
_NESTED: Final = 3
"""Values of other files' variables that are looked into from one another."""
_WIDEST: Final = 64
"""Members of a table of functions that a computed name may stand for."""


def scalar(annotation: str) -> bool:
    """Whether a type leaves no room for text that an attacker chose."""
    return bool(annotation) and bool(_SCALAR.match(annotation)) and "str" not in annotation


def typed(project: Project, path: str, annotation: str) -> Ref | None:
    """The class that a type in a file names."""
    if not annotation:
        return None
    language = project.modules[path].language
    if language == "rust":
        around = _AROUND.match(annotation)
        annotation = annotation[around.end() if around is not None else 0 :].replace("::", ".")
    found = _TYPE.match(annotation)
    if found is None:
        return None
    first, *rest = found[1].split(".")
    ref = project.named(path, first)
    if ref is None and language in _BARE:
        ref = External(first, ())
    for name in rest:
        ref = project.member(ref, name) if ref is not None else None
    return Instance(ref) if isinstance(ref, (ClassRef, External)) else None


def as_told(frame: Frame, value: Value, path: str, annotation: str) -> Value:
    """A value; where no class of the project is seen to make it, of the one that a type in a file names."""
    outside = value.ref.of if isinstance(value.ref, Instance) else value.ref
    if value.items or not (outside is None or isinstance(outside, External)):
        return value
    kind = typed(frame.library.project, path, annotation)
    if not isinstance(kind, Instance):
        return value
    # What lies somewhere in an object of a library is what the type says, and nothing that a call has made.
    vague = not isinstance(value.ref, Instance) and getattr(kind.of, "module", "") not in _ANYTHING
    return value._replace(ref=kind) if isinstance(kind.of, ClassRef) or vague else value


def outside(frame: Frame, name: str, line: int) -> Value:
    """A variable that is not the function's own."""
    found = frame.globals.get(name)
    if found is None:
        found = _of_outer(frame, name)
        if found is None:
            ref = frame.library.project.named(frame.path, name)
            found = standing_for(frame, ref) if ref is not None else Value(ref=External(name, ()))
            if isinstance(ref, ValueRef) or ref is None:
                found = _shared(frame, found, 0, name)
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
            found = Value(fixed, known.const, _outer_fields(fields), known.items, known.ref)
            return _shared(frame, found, number, name)
        number = functions[number].outer
    return None


def _shared(frame: Frame, value: Value, owner: int, name: str) -> Value:
    """A variable of a function, or of the file, as it is read where others may have set it."""
    members = frame.library.shared(frame.path).get((owner, name))
    return value if members is None else shared.marked(value, frame.path, owner, name, sorted(members))


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
    value = inner.value(ref.value)
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


def attribute(frame: Frame, whole: Value, name: str, line: int) -> Value:
    """A member of a value, by data and by what the value stands for."""
    data = CLEAN if frame.python and _is_of_tables(whole, name) else member(whole, name)
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
    if isinstance(ref, ClassRef) and not isinstance(inner, FunctionRef):
        # What the class itself holds, as a method of it has put it there.
        kept = frame.library.members(ref, name, frame.asker)
        if kept != CLEAN:
            return with_taints(kept, data.taints)
    if inner is None:
        return data
    found = standing_for(frame, inner)
    return with_taints(found, data.taints) if data.taints and not isinstance(inner, FunctionRef) else found


def _is_of_tables(whole: Value, name: str) -> bool:
    """Whether a method of a table is meant: its entries are no members."""
    return whole.ref is None and bool(whole.fields) and name not in (whole.fields or ()) and name in words("accessors")


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
    fields = project.fields_named(cls, name)
    if any(scalar(each.annotation) for _, each in fields):
        return CLEAN
    inner = project.method(cls, name)
    if isinstance(inner, FunctionRef):
        return Value(ref=inner)
    kept = frame.library.members(cls, name, frame.asker)
    if kept == CLEAN:
        inner = None if fields and isinstance(inner, External) else inner
        at, declared = fields[0] if fields else (cls, None)
        ref = typed(project, at.path, declared.annotation) if declared is not None and inner is None else None
        kept = standing_for(frame, inner) if inner is not None else Value(ref=ref)
    if kept.ref is None and kept.fields is None:
        kept = kept._replace(ref=frame.library.registered.injected(cls, name))
    if kept.ref is None and kept == CLEAN and (text := frame.library.registered.by_default(cls, name)) is not None:
        return Value(const=text)
    return with_taints(kept, data.taints)


def held(frame: Frame, context: Value) -> Value:
    """What a server holds while it runs, as its tools ask their context for it: what its lifespan yields."""
    made = frame.library.registered.lifespans()
    found = Value(context.taints)
    for each in made:
        found = join(found, outsiders(frame.library.summary(each, frame.asker).returns))
    return found


def outsiders(value: Value) -> Value:
    """What a value means outside the function that made it."""
    taints = {label: taint for label, taint in value.taints.items() if isinstance(label.root, Origin)}
    fields = {name: outsiders(each) for name, each in value.fields.items()} if value.fields else value.fields
    return Value(taints, value.const, fields, value.items, value.ref)


def element(value: Value) -> Value:
    """One member of what is gone through."""
    found = Value(value.taints)
    for each in list((value.fields or {}).values())[:_WIDEST]:
        found = join(found, each)
    return found
