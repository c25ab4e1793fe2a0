"""Arrays that joblib writes between the opcodes of a pickle, right behind the ``BUILD`` of a wrapper."""

from __future__ import annotations

import re
from math import prod
from typing import Final

from driftseal.formats._pickle_values import Call, Container, Global, Value, entries, items_of, size_of

OBJECTS: Final = -1
"""Instead of a size: the array is a pickle of its own."""
_WRAPPER: Final = "NumpyArrayWrapper"
_COPYING: Final = frozenset({"copyreg", "copy_reg"})
_JOBLIB: Final = ("joblib.", "sklearn.externals.joblib.")
_TYPE: Final = re.compile(r"[<>|=]?([?bBhHiIuUlLqQfdgeFDGSaVmMcO])(\d{0,9})(?:\[.*\])?")
_SIZES: Final = {"?": 1, "b": 1, "B": 1, "h": 2, "H": 2, "i": 4, "I": 4, "l": 8, "L": 8, "q": 8, "Q": 8, "e": 2} | {
    "f": 4,
    "d": 8,
    "g": 16,
    "F": 8,
    "D": 16,
    "G": 32,
    "m": 8,
    "M": 8,
}
_WIDE: Final = {"m": 8, "M": 8}
_UNICODE: Final = 4
_ITEMSIZE: Final = 5
"""Place of a structure's size in the state of its type."""


def array_of(target: Value, state: Value) -> int | None:
    """Bytes of the array that follows, without padding; ``OBJECTS``; None where no array follows or nobody can tell."""
    if not _is_wrapper(target):
        return None
    told = entries(state)
    shape = told.get("shape")
    sides = [size_of(side) for side in items_of(shape)]
    item = _item_size(told.get("dtype"))
    if not isinstance(shape, Container) or shape.count != len(sides) or None in sides or item is None:
        return None
    return OBJECTS if item == OBJECTS else prod(side for side in sides if side is not None) * item


def _is_wrapper(target: Value) -> bool:
    if not isinstance(target, Call):
        return False
    callee = target.callee
    if isinstance(callee, Global) and callee.module in _COPYING:
        callee = next(iter(items_of(target.args)), callee)
    return isinstance(callee, Global) and callee.name == _WRAPPER and callee.module.startswith(_JOBLIB)


def padded(state: Value) -> bool:
    """Whether a byte that counts padding, and the padding, stand before the array."""
    return entries(state).get("numpy_array_alignment_bytes") is not None


def _item_size(dtype: Value) -> int | None:
    if not isinstance(dtype, Call):
        return None
    told = items_of(dtype.args)[:1]
    state = items_of(dtype.state)
    if len(state) > _ITEMSIZE and (size := size_of(state[_ITEMSIZE])) is not None and size > 0:
        return size
    match = _TYPE.fullmatch(told[0]) if told and isinstance(told[0], str) else None
    if match is None:
        return None
    kind, count = match[1], int(match[2] or 0)
    if kind == "O":
        return OBJECTS
    if count:
        return count * _UNICODE if kind == "U" else _WIDE[kind] if kind in "mM" else count
    return _SIZES.get(kind, 0)
