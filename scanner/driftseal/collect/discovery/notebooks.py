"""Jupyter notebooks as the Python that their cells hold, with the lines of the file in which each line of it stands."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from driftseal import canonical
from driftseal.limits import Limits
from driftseal.model.item import Json

ENDING: Final = ".ipynb"
AS_PYTHON: Final = ".ipynb.py"
"""What the path of a notebook ends in where its Python is meant."""
_LANGUAGES: Final = frozenset({"python", "ipython", ""})
_MAGIC: Final = ("%", "!", "?")
"""What begins a line that is no Python."""
_NEAR: Final = 20_000
"""Lines that are looked through for the next one: outputs stand between cells."""


_RUN: Final = ("!", "%")
"""What begins a line that a shell runs, or a command of the notebook that is called like one."""
_SHELLS: Final = ("%%bash", "%%sh", "%%shell", "%%script")
"""What begins a cell of commands."""

Lines = tuple[bytes, tuple[int, ...]]
"""A text, and for each of its lines the line of the file; both empty where there is none."""


def python(data: bytes, name: str, limits: Limits) -> Lines:
    """The code of all cells that are Python.

    Raises:
        TargetError: it is no JSON, or larger or deeper than the limits allow.
    """
    value = canonical.parse_json(data, name, limits).value
    if not isinstance(value, dict) or _language(value) not in _LANGUAGES:
        return b"", ()
    cells = (cell for cell in _sources(value) if not cell[0].startswith("%%"))
    return _joined(cells, data, _code)


def commands(data: bytes, name: str, limits: Limits) -> Lines:
    """The command lines of all cells: those behind a mark, and cells that a shell runs.

    Raises:
        TargetError: it is no JSON, or larger or deeper than the limits allow.
    """
    value = canonical.parse_json(data, name, limits).value
    cells = _sources(value) if isinstance(value, dict) else ()
    return _joined(cells, data, _run)


def _code(cell: Sequence[str]) -> Iterator[list[str]]:
    """The lines of each part of a cell of Python."""
    for text in cell:
        yield ["" if line.lstrip().startswith(_MAGIC) else line for line in text.splitlines() or [""]]


def _run(cell: Sequence[str]) -> Iterator[list[str]]:
    """The lines of each part of a cell that a shell runs."""
    whole = cell[0].startswith(_SHELLS)
    for number, text in enumerate(cell):
        lines = text.splitlines() or [""]
        if whole:
            yield ["", *lines[1:]] if number == 0 else lines
        else:
            yield [line.lstrip()[1:] if line.lstrip().startswith(_RUN) else "" for line in lines]


def _joined(cells: Iterable[Sequence[str]], data: bytes, read: Callable[[Sequence[str]], Iterator[list[str]]]) -> Lines:
    lines: list[str] = []
    places: list[int] = []
    written = [line.strip().rstrip(b",") for line in data.split(b"\n")]
    at = 0
    for whole in cells:
        for text, own in zip(whole, read(whole), strict=True):
            at = _found(text, written, at)
            lines += own
            places += [at] * len(own)
        # A cell may end in a line that goes on nowhere.
        lines.append("")
        places.append(at)
    return "\n".join(lines).encode("utf-8", "replace"), tuple(places)


def _language(notebook: dict[str, Json]) -> str:
    metadata = notebook.get("metadata")
    for key, inner in (("language_info", "name"), ("kernelspec", "language")):
        about = metadata.get(key) if isinstance(metadata, dict) else None
        if isinstance(about, dict) and isinstance(about.get(inner), str):
            return str(about[inner]).lower()
    return ""


def _sources(notebook: dict[str, Json]) -> Iterator[Sequence[str]]:
    cells = notebook.get("cells")
    for cell in cells if isinstance(cells, list) else ():
        if isinstance(cell, dict) and cell.get("cell_type") == "code":
            source = cell.get("source")
            texts = source if isinstance(source, list) else [source]
            if texts and all(isinstance(text, str) for text in texts):
                yield [str(text) for text in texts]


def _found(text: str, written: Sequence[bytes], at: int) -> int:
    """The line, from 1, in which a text stands behind another one; that of the other where it stands in none alone."""
    forms = {json.dumps(text).encode(), json.dumps(text, ensure_ascii=False).encode("utf-8", "surrogatepass")}
    for number in range(at, min(len(written), at + _NEAR)):
        if written[number] in forms:
            return number + 1
    return at or 1
