"""Which files are what compilers and bundlers made of others."""

from __future__ import annotations

from typing import Final

_BUILT: Final = frozenset({"dist", "build", "out", "lib", "bundle"})
"""Folders that hold what sources beside them were compiled to."""


def is_built(path: str) -> bool:
    """Whether a file lies where such things are put."""
    return not _BUILT.isdisjoint(path.split("/"))
