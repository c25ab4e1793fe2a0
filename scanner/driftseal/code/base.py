"""What a front end does: bytes of one file in, a module of the intermediate form out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from driftseal.code.ir import Module
from driftseal.limits import Limits


class FrontEnd(ABC):
    """Lowers the files of one language. Never runs anything, never raises on what a file holds."""

    name: ClassVar[str]
    """The language, as ``rules/models/NAME.yaml`` is called."""
    suffixes: ClassVar[frozenset[str]]
    """Of file names, in lower case, with the dot."""

    @abstractmethod
    def lower(self, data: bytes, path: str, limits: Limits) -> Module:
        """The module that a file's bytes describe, as far as they can be understood.

        Broken syntax is skipped and counted in ``Module.errors``; what goes beyond ``limits.code_nodes`` is left out
        and ``Module.complete`` is false. Nesting beyond ``limits.code_depth`` becomes `ir.Other` with what is inside,
        so that whoever walks a module may do so by recursion.
        """
