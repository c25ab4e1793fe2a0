"""Judges the calls that a pickle makes by what is called, and unknown ones by their arguments."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Final

import re2

from driftseal.formats.pickle import Call, Container, Global, Value, entries, items_of, text_of
from driftseal.observe.files import _pickle_names as names
from driftseal.observe.files._pickle_names import Tier

_VALUES: Final = 64
"""Values of one call's arguments that are looked at."""
_LATIN: Final = frozenset({"latin1", "latin-1", "latin_1", "iso-8859-1", "iso8859-1"})
_MACHINERY: Final = frozenset({"__class__", "__call__", "__reduce__", "__reduce_ex__", "__globals__", "__code__"}) | {
    "__builtins__",
    "__getattr__",
    "__getattribute__",
    "__bases__",
    "__subclasses__",
    "__import__",
    "__loader__",
}
_CLASSES: Final = frozenset({"_make_skeleton_class", "_make_class_skel", "_make_skeleton_enum"})
"""Functions of cloudpickle that make a class, of all its versions."""
_TYPES: Final = frozenset({"CodeType", "GenericAlias", "MappingProxyType", "MethodType"})
"""Types of the interpreter that cloudpickle gets by name, and that do nothing when an instance is made."""
_ONE_ARGUMENT: Final = 1
_TWO_ARGUMENTS: Final = 2


def tier_of(value: Value) -> Tier | None:
    """How the name that a value is gets judged; None where it is none."""
    return names.tier(value.module, value.name) if isinstance(value, Global) else None


def fact_of(call: Call) -> str:
    """The word for what is wrong with a call; empty where nothing is."""
    callee = call.callee
    if isinstance(callee, Call) and (named := attribute_of(callee)) and tier_of(named) is Tier.CONSTRUCTOR:
        return ""
    if not isinstance(callee, Global):
        return "" if isinstance(callee, Call) and _is_brought_along(callee, call) else "pickle-computed-call"
    if (checked := _CHECKED.get((names.canonical(callee.module), callee.name))) is not None:
        return checked(call)
    return _by_tier(names.tier(callee.module, callee.name), call)


@lru_cache(maxsize=names.REMEMBERED)
def is_quiet(module: str, name: str, opcode: str) -> bool:
    """Whether nothing is wrong with a call of a name, whatever it is given."""
    if (names.canonical(module), name) in _CHECKED:
        return False
    kind = names.tier(module, name)
    return kind is Tier.CONSTRUCTOR or (kind is Tier.CLASS and opcode.startswith("NEWOBJ"))


def is_metaclass(value: Global, call: Call) -> bool:
    """Whether ``type`` is what a class is made with that the pickle brings along, as cloudpickle writes every class."""
    made = isinstance(call.callee, Global) and call.callee.name in _CLASSES
    return made and tier_of(call.callee) is Tier.CODE and value.path == "builtins.type"


def _is_brought_along(made: Call, call: Call) -> bool:
    """Whether an instance is made of a class that the pickle brings along, or of a type that cloudpickle has to name.

    What made either is told as code. A function that is made and then called runs at once, and is none of this.
    """
    if tier_of(made.callee) is not Tier.CODE or not isinstance(made.callee, Global):
        return False
    if made.callee.name == "_builtin_type":
        given = items_of(made.args)
        return len(given) == _ONE_ARGUMENT and text_of(given[0]) in _TYPES
    return made.callee.name in _CLASSES and call.opcode.startswith("NEWOBJ")


def _by_tier(kind: Tier, call: Call) -> str:
    if kind is Tier.CONSTRUCTOR:
        return ""
    if kind is Tier.CLASS:
        return "" if call.opcode.startswith("NEWOBJ") or not items_of(call.args) else _by_arguments(call)
    if kind is Tier.FUNCTION:
        return _by_arguments(call)
    return _CALLED[kind] or _by_arguments(call, "")


def attribute_of(call: Call) -> Global | None:
    """The name that ``getattr`` with plain arguments gives."""
    given = items_of(call.args)
    if not isinstance(call.callee, Global) or call.callee.name != "getattr" or len(given) != _TWO_ARGUMENTS:
        return None
    owner, attribute = given
    if not isinstance(owner, Global) or not isinstance(attribute, str):
        return None
    return Global(owner.module, f"{owner.name}.{attribute}", owner.offset)


def loads_pickle(call: Call) -> Value:
    """What torch reads as a pickle when it is given bytes; None where the call is none of that kind."""
    callee = call.callee
    if not isinstance(callee, Global) or callee.path != "torch.storage._load_from_bytes":
        return None
    given = next(iter(items_of(call.args)), None)
    # Protocol 2 writes bytes as text and a codec.
    return next(iter(items_of(given.args)), None) if isinstance(given, Call) and not _encode(given) else given


def is_guarded(name: Global) -> bool:
    """Whether a name is harmless with the right arguments, so that its import alone says nothing."""
    return (names.canonical(name.module), name.name) in _CHECKED


def machinery(state: Value) -> str:
    """A name of Python's own machinery that a state sets; empty where it sets none."""
    parts = items_of(state) if isinstance(state, Container) and state.kind == "tuple" else [state]
    return next((key for part in parts for key in entries(part) if key in _MACHINERY), "")


def suspicious(value: Value) -> str:
    """What the texts in a value look like: ``command``, ``code``, ``address``, ``file``; empty for ordinary ones."""
    texts = {text for text in _texts(value) if text}
    return next((what for what, pattern in _patterns() if any(pattern.search(text) for text in texts)), "")


def _by_arguments(call: Call, otherwise: str = "pickle-unusual-call") -> str:
    return "pickle-unknown-call-suspicious-argument" if suspicious(call) else otherwise


def _texts(value: Value) -> Iterator[str]:
    """Texts in a value and in those that it is made of."""
    left = [value]
    for _ in range(_VALUES):
        if not left:
            return
        one = left.pop()
        if isinstance(one, Call):
            left += [one.keywords, one.args]
        elif isinstance(one, Container):
            left += reversed(one.items)
        elif (text := text_of(one)) is not None:
            yield text


def _getattr(call: Call) -> str:
    """An attribute of a known class, by a plain name, is what an enum's member or a method is written as."""
    given = items_of(call.args)
    if len(given) != _TWO_ARGUMENTS or not isinstance(given[1], str) or not given[1].isidentifier():
        return "pickle-import-indirection"
    if (named := attribute_of(call)) and tier_of(named) is Tier.CONSTRUCTOR:
        return ""
    kind = tier_of(given[0].callee if isinstance(given[0], Call) else given[0])
    known = kind in {Tier.CLASS, Tier.CONSTRUCTOR}
    return "" if known and not given[1].startswith("__") else "pickle-import-indirection"


def _encode(call: Call) -> str:
    """Bytes that protocol 2 writes as text; other codecs pack things away."""
    given = items_of(call.args)
    codec = text_of(given[1]) if len(given) == _TWO_ARGUMENTS else None
    plain = codec is not None and codec.lower() in _LATIN and isinstance(call.callee, Global)
    return "" if plain and tier_of(call.callee) is Tier.CONSTRUCTOR else "pickle-import-indirection"


def _load(call: Call) -> str:
    """A pickle that is at hand is read as a file within this one."""
    text = text_of(loads_pickle(call))
    return "" if text is not None and text.startswith("\x80") else "pickle-dangerous-call"


def _rebuild(call: Call) -> str:
    """What torch calls in its turn is one of its own functions that rebuild tensors."""
    given = items_of(call.args)
    return "" if given and tier_of(given[0]) is Tier.CONSTRUCTOR else "pickle-unusual-call"


def _partial(call: Call) -> str:
    """A known function with some arguments in place."""
    given = items_of(call.args)
    kind = tier_of(given[0]) if given else None
    return "" if kind is not None and kind.harmless else "pickle-import-indirection"


def _type(call: Call) -> str:
    """The type of ``None`` and its like; with three arguments it makes a class."""
    return "" if len(items_of(call.args)) == _ONE_ARGUMENT else "pickle-import-indirection"


_CHECKED: Final = {
    ("builtins", "getattr"): _getattr,
    ("builtins", "type"): _type,
    ("torch.storage", "_load_from_bytes"): _load,
    ("torch._tensor", "_rebuild_from_type_v2"): _rebuild,
    ("torch._tensor", "_rebuild_from_type"): _rebuild,
    ("_codecs", "encode"): _encode,
    ("functools", "partial"): _partial,
    ("_functools", "partial"): _partial,
}
_CALLED: Final = {
    Tier.UNKNOWN: "",
    Tier.CODE: "pickle-code",
    Tier.INDIRECTION: "pickle-import-indirection",
    Tier.DOTTED: "pickle-dangerous-call",
    Tier.DUNDER: "pickle-dangerous-call",
    Tier.DANGEROUS: "pickle-dangerous-call",
    Tier.SCANNER: "pickle-dangerous-call",
}


@cache
def _patterns() -> tuple[tuple[str, re2.Pattern], ...]:
    return tuple((what, re2.compile(pattern)) for what, pattern in names.arguments().items())
