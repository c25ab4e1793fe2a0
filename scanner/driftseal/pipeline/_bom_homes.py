"""No text of a bill of materials names a home folder, wherever the text came from.

Whoever makes a component leaves folders of this machine out where they are expected. What is left is what others wrote
into fields where nobody expects a path: a licence, a version, the name of a publisher.
"""

from __future__ import annotations

import dataclasses
import operator
from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar

from driftseal.pipeline._bom_names import nameless

_T = TypeVar("_T")


def without_homes(whole: _T) -> _T:
    """The same with ``~`` for the home folders in all of its texts; what holds none is the same object."""
    return _of(whole)  # type: ignore[no-any-return]  # of what came in


def _of(value: Any) -> Any:
    kind: type = type(value)
    if kind is str:
        return nameless(value) if "/" in value or "\\" in value else value
    if kind is tuple:
        made = [_of(each) for each in value]
        return value if all(map(operator.is_, made, value)) else tuple(made)
    if isinstance(value, Mapping):
        return {_of(key): _of(each) for key, each in value.items()}
    # Enumerations are texts too, and stay what they are, like all that has no fields.
    changed = {}
    for name in _fields(kind):
        part = getattr(value, name)
        new = _of(part)
        if new is not part:
            changed[name] = new
    return dataclasses.replace(value, **changed) if changed else value


@cache
def _fields(kind: type) -> tuple[str, ...]:
    """The names of a class's fields; none where it is no class of data."""
    if not dataclasses.is_dataclass(kind):
        return ()
    return tuple(field.name for field in dataclasses.fields(kind) if field.init)
