"""Jupyter notebooks as the Python that their cells hold, with the lines of the file in which each line of it stands."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
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


def python(data: bytes, name: str, limits: Limits) -> tuple[bytes, tuple[int, ...]]:
    """The code of all cells, and for each of its lines the line of the file; both empty where it is in other languages.

    Raises:
        TargetError: it is no JSON, or larger or deeper than the limits allow.
    """
    value = canonical.parse_json(data, name, limits).value
    if not isinstance(value, dict) or _language(value) not in _LANGUAGES:
        return b"", ()
    lines: list[str] = []
    places: list[int] = []
    written = [line.strip().rstrip(b",") for line in data.split(b"\n")]
    at = 0
    for whole in _sources(value):
        for text in whole:
            at = _found(text, written, at)
            for line in text.splitlines() or [""]:
                lines.append("" if line.lstrip().startswith(_MAGIC) else line)
                places.append(at)
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
            if texts and all(isinstance(text, str) for text in texts) and not str(texts[0]).startswith("%%"):
                yield [str(text) for text in texts]


def _found(text: str, written: Sequence[bytes], at: int) -> int:
    """The line, from 1, in which a text stands behind another one; that of the other where it stands in none alone."""
    forms = {json.dumps(text).encode(), json.dumps(text, ensure_ascii=False).encode("utf-8", "surrogatepass")}
    for number in range(at, min(len(written), at + _NEAR)):
        if written[number] in forms:
            return number + 1
    return at or 1
