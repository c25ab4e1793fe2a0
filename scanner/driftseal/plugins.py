"""Plug-ins are files: a file's stem is the name that people type. Nothing from outside is ever one."""

from __future__ import annotations

import difflib
import importlib
from functools import cache
from pathlib import Path
from typing import TypeVar

from driftseal.errors import UsageError

T = TypeVar("T")
_PACKAGE = Path(__file__).resolve().parent
_NOT_PLUGINS = frozenset({"__init__", "base"})


@cache
def names(part: str) -> tuple[str, ...]:
    """Names of the plug-ins of ``report``, ``bom``, ``observe.files`` …, sorted; imports none of them.

    A file whose name starts with an underscore belongs to its neighbours and is none.
    """
    stems = (path.stem for path in _PACKAGE.joinpath(*part.split(".")).glob("*.py"))
    return tuple(sorted(stem for stem in stems if stem not in _NOT_PLUGINS and not stem.startswith("_")))


def load(part: str, name: str, base: type[T]) -> type[T]:
    """Import one plug-in and give its class: the one subclass of ``base`` that its file defines.

    Raises:
        UsageError: there is no such plug-in; the hint offers the nearest name.
    """
    if name not in names(part):
        near = difflib.get_close_matches(name, names(part), 1)
        raise UsageError(
            f"no {part} named {name!r}",
            hint=f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(names(part))}",
        )
    module = importlib.import_module(f"driftseal.{part}.{name}")
    for value in vars(module).values():
        if isinstance(value, type) and issubclass(value, base) and value.__module__ == module.__name__:
            return value
    raise AssertionError(f"driftseal.{part}.{name} defines no {base.__name__}")


def load_all(part: str, base: type[T]) -> dict[str, type[T]]:
    """Every plug-in of a part by name."""
    return {name: load(part, name, base) for name in names(part)}
