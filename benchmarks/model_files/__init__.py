"""A labelled corpus of model files, assembled byte by byte: nothing here is ever loaded, and no library makes it.

Each module holds hostile files of some formats beside honest ones of the same formats. ``libraries.py`` alone is run
elsewhere, where machine-learning libraries are installed, and writes what these really write.
"""

from __future__ import annotations

from collections.abc import Iterator

from model_files import (
    archives,
    arrays,
    gadgets,
    graphs,
    keras,
    repositories,
    streams,
    tensors,
    texts,
    torch_files,
    variants,
)
from model_files.base import HONEST, HOSTILE, OTHER, PICKLE, Case

__all__ = ["HONEST", "HOSTILE", "OTHER", "PICKLE", "Case", "cases"]


def cases() -> Iterator[Case]:
    """Every case, each under a name of its own."""
    for module in (
        streams,
        gadgets,
        torch_files,
        arrays,
        archives,
        keras,
        tensors,
        graphs,
        texts,
        repositories,
        variants,
    ):
        yield from module.cases()
