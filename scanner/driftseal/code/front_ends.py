"""Which front end lowers a file, by its name. None is imported before a file asks for it."""

from __future__ import annotations

import importlib
import posixpath
from functools import cache
from typing import Final

from driftseal.code import start_up
from driftseal.code.base import FrontEnd
from driftseal.code.ir import Module
from driftseal.limits import Limits

_SCRIPTS: Final = (".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx")
_LANGUAGES: Final = {
    ".py": "python",
    ".pyw": "python",
    ".go": "go",
    ".java": "java",
    ".cs": "csharp",
    ".csx": "csharp",
    ".rs": "rust",
} | dict.fromkeys(_SCRIPTS, "javascript")
_DECLARATIONS: Final = (".d.ts", ".d.mts", ".d.cts")
"""Types alone; nothing in them runs."""


def language(path: str) -> str | None:
    """The language of a file by its name; None for what is not lowered."""
    if path.endswith(_DECLARATIONS):
        return None
    return _LANGUAGES.get(posixpath.splitext(path)[1].lower())


def languages() -> frozenset[str]:
    """Every language that there is a front end for."""
    return frozenset(_LANGUAGES.values())


def lower(data: bytes, path: str, limits: Limits, known: str | None = None) -> Module | None:
    """The module that a file holds; None where its name is of no language that there is a front end for.

    ``known`` is the language of a file that is called otherwise; ``shell`` is one.
    """
    name = known or ("python" if path.endswith(start_up.ENDING) else language(path))
    return _front_end(name).lower(data, path, limits) if name is not None else None


@cache
def _front_end(name: str) -> FrontEnd:
    module = importlib.import_module(f"driftseal.code.{name}")
    for value in vars(module).values():
        if isinstance(value, type) and issubclass(value, FrontEnd) and value.__module__ == module.__name__:
            return value()
    raise AssertionError(f"driftseal.code.{name} defines no front end")
