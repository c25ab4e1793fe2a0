"""No text of a bill of materials names a home folder, wherever the text came from.

Whoever makes a component leaves folders of this machine out where they are expected. What is left is what others wrote
into fields where nobody expects a path: a licence, a version, the name of a publisher.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, TypeVar

from driftseal.pipeline._bom_names import nameless

_T = TypeVar("_T")


def without_homes(whole: _T) -> _T:
    """The same with ``~`` for the home folders in all of its texts; what holds none is the same object."""
    return _of(whole)  # type: ignore[no-any-return]  # of what came in


def _of(value: Any) -> Any:
    if isinstance(value, str):
        # Enumerations are texts too, and stay what they are.
        return nameless(value) if type(value) is str else value
    if isinstance(value, tuple):
        made = tuple([_of(each) for each in value])
        return value if all(one is other for one, other in zip(made, value, strict=True)) else made
    if isinstance(value, Mapping):
        return {_of(key): _of(each) for key, each in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        parts = {field.name: getattr(value, field.name) for field in dataclasses.fields(value) if field.init}
        changed = {name: new for name, part in parts.items() if (new := _of(part)) is not part}
        return dataclasses.replace(value, **changed) if changed else value
    return value
