"""Objects in which a server keeps its own keys, and what shows one whole: a text of it, a table of its members.

``f"failed with {settings}"`` is what a dataclass or a model of pydantic says of itself, every field of it; a table that
is made of an object holds whatever the object holds (CWE-209, CWE-532 of CWE-200).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from driftseal.code import ir
from driftseal.code.project import ClassRef, FunctionRef, Instance
from driftseal.code.walk import below
from driftseal.observe import written
from driftseal.observe.taint import targets
from driftseal.observe.taint.bodies import CONSTRUCTORS, last, set_on_this, written_to
from driftseal.observe.taint.frame import Frame
from driftseal.observe.taint.labels import CREDENTIALS, Label, Origin, Taint
from driftseal.observe.taint.values import Value, with_taints
from driftseal.observe.taint.words import words
from driftseal.regexes import regex

_SETTINGS: Final = regex(
    r"(?i)\w*(?:settings?|config(?:uration)?|connection|credentials?|options|auth|environment|env)"
)
"""Names of classes whose objects hold how a server is set up."""
_OF_TYPE: Final = regex(r"[A-Za-z_]\w*")
_SEALED: Final = "Secret"
"""What begins the names of types that show nothing of what they hold: pydantic's ``SecretStr``."""
_MODELS: Final = frozenset({"BaseModel", "BaseSettings", "NamedTuple"})
"""Classes below which objects tell their fields."""
_TELLS: Final = frozenset({"__repr__", "__str__"})
_LEAVES_OUT: Final = frozenset({"exclude", "include"})
_HELD: Final = 2
"""Classes, one inside the other, whose fields are looked at."""


def as_text(frame: Frame, value: Value, line: int) -> Value:
    """A value that becomes a part of a text, or a text by itself."""
    cls = _own(value) if frame.python else None
    if cls is None or not _tells_fields(frame, cls):
        return value
    return _shown(frame, value, cls, line, "repr")


def as_table(frame: Frame, value: Value, line: int) -> Value:
    """A value of which a table is made, or that is written out: ``vars(settings)``, ``{ ...this }``."""
    cls = _own(value)
    if cls is None or (not frame.python and frame.library.project.method(cls, "toJSON") is not None):
        return value
    return _shown(frame, value, cls, line, "exclude")


def of_call(frame: Frame, expr: ir.Call, receiver: Value, args: targets.Arguments) -> Value | None:
    """What a call gives that makes a table or a text of an object; None of any other call."""
    name = targets.called(expr)
    if name not in words("dumping"):
        return None
    if _own(receiver) is not None and frame.python and not args.positional and _LEAVES_OUT.isdisjoint(args.named):
        told = as_table(frame, receiver, expr.line)
        return Value(told.taints) if told is not receiver else None
    for value in args.positional:
        told = as_text(frame, value, expr.line) if name in {"repr", "str"} else as_table(frame, value, expr.line)
        if told is not value:
            return Value(told.taints)
    return None


def _own(value: Value) -> ClassRef | None:
    return value.ref.of if isinstance(value.ref, Instance) and isinstance(value.ref.of, ClassRef) else None


def _tells_fields(frame: Frame, cls: ClassRef) -> bool:
    project = frame.library.project
    if any(isinstance(project.method(cls, name), FunctionRef) for name in _TELLS):
        return False
    known = project.cls(cls)
    names = {last(each.callee if isinstance(each, ir.Call) else each) for each in known.decorators}
    return "dataclass" in names or not _MODELS.isdisjoint(last(base) for base in known.bases)


def _shown(frame: Frame, value: Value, cls: ClassRef, line: int, kept: str) -> Value:
    """The value, with the key in it that is not left out."""
    known = frame.told.get((cls, kept))
    if known is None:
        spared = _spared(frame)
        known = next((name for name in _keys(frame, cls, kept, _HELD) if name not in spared), "")
        frame.told[cls, kept] = known
    if not known:
        return value
    origin = Origin(CREDENTIALS, f"{frame.library.project.cls(cls).name}.{known}", frame.path, line)
    return with_taints(value, {Label(origin, ()): Taint()})


def _spared(frame: Frame) -> frozenset[str]:
    """Names that the function spells, as it does who leaves members out or writes over them."""
    texts = {node.value for node in below(frame.function.body) if type(node) is ir.Const and type(node.value) is str}
    return frozenset(texts)


def _keys(frame: Frame, cls: ClassRef, kept: str, depth: int) -> Iterator[str]:
    """Fields of an object, and of those in it, that hold a key of the server's."""
    project = frame.library.project
    settings = _SETTINGS.fullmatch(project.cls(cls).name) is not None or any(
        last(base) == "BaseSettings" for base in project.cls(cls).bases
    )
    for owner, each in project.fields(cls):
        if _SEALED in each.annotation or _hides(each, kept):
            continue
        if settings and written.says_secret(each.name) and "str" in (each.annotation or "str").lower():
            yield each.name
        for name in _OF_TYPE.findall(each.annotation) if depth > 1 and settings else ():
            inner = project.named(owner.path, name)
            if isinstance(inner, ClassRef) and inner != cls:
                yield from _inner(frame, inner, kept)
    yield from _made(frame, cls)


def _inner(frame: Frame, cls: ClassRef, kept: str) -> Iterator[str]:
    """Those of what lies in an object of settings."""
    for _, each in frame.library.project.fields(cls):
        if written.says_secret(each.name) and _SEALED not in each.annotation and not _hides(each, kept):
            yield each.name


def _hides(field: ir.Field, kept: str) -> bool:
    """Whether a field is left out of what is shown: ``field(repr=False)``, ``Field(exclude=True)``."""
    told = field.value.args if isinstance(field.value, ir.Call) else ()
    return any(arg.name == kept and arg.value == ir.Const(kept == "exclude", arg.value.line) for arg in told)


def _made(frame: Frame, cls: ClassRef) -> Iterator[str]:
    """Members that the object takes from the environment where it is made."""
    project = frame.library.project
    for name in CONSTRUCTORS:
        init = project.method(cls, name)
        if not isinstance(init, FunctionRef):
            continue
        body = project.function(init).body
        for member in sorted(set_on_this(body)):
            if written.says_secret(member) and not member.startswith("#"):
                given = (node for value in written_to([body], member) for node in below(value))
                yield from (member,) if any(map(_of_environment, given)) else ()


def _of_environment(node: object) -> bool:
    return (type(node) is ir.Attr and node.name in {"env", "environ"}) or (
        type(node) is ir.Call and targets.called(node) in {"getenv", "environ"}
    )
