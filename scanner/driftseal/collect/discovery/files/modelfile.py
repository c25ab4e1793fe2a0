"""Ollama's ``Modelfile``: the model it is made from, its adapter, and its prompts by their hash."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.collect.discovery.base import FileFinder, Sighting, Source
from driftseal.collect.discovery.files import _models
from driftseal.collect.discovery.files._packages import basename
from driftseal.model.item import ItemKind, Json

_FROM: Final = re.compile(rb"^[ \t]*+FROM[ \t]++\S", re.IGNORECASE | re.MULTILINE)
_INSTRUCTION: Final = re.compile(r"^[ \t]*+(FROM|ADAPTER|SYSTEM|TEMPLATE)[ \t]++", re.IGNORECASE | re.MULTILINE)
_TRIPLE: Final = '"""'
_ROLES: Final = {"SYSTEM": "system", "TEMPLATE": "template"}


class Modelfile(FileFinder):
    """See the module."""

    name: ClassVar[str] = "modelfile"

    def wants(self, path: str) -> bool:
        """See ``FileFinder.wants``."""
        name = basename(path)
        return name == "modelfile" or name.startswith("modelfile.") or name.endswith(".modelfile")

    def look(self, source: Source) -> Iterator[Sighting]:
        """See ``FileFinder.look``."""
        if not _FROM.search(source.data):
            return
        text, at, line, counted = source.text, 0, 1, 0
        while found := _INSTRUCTION.search(text, at):
            word = found[1].upper()
            line += text.count("\n", counted, found.start(1))
            counted = found.start(1)
            value, at = _argument(text, found.end())
            if word in {"FROM", "ADAPTER"}:
                yield from _made_of(value, word, line)
            else:
                yield _prompt(source.path, word, value, line)


def _argument(text: str, start: int) -> tuple[str, int]:
    """What follows an instruction: to the end of the line, or between three quotes."""
    if text.startswith(_TRIPLE, start):
        end = text.find(_TRIPLE, start + 3)
        end = len(text) if end < 0 else end
        return text[start + 3 : end], end + 3
    end = text.find("\n", start)
    end = len(text) if end < 0 else end
    return text[start:end].strip().strip('"'), end


def _made_of(value: str, word: str, line: int) -> Iterator[Sighting]:
    model = _models.ollama(value)
    if model is not None and not value.startswith((".", "/", "~")):
        yield _models.sighting(model, line=line, symbol=word)


def _prompt(path: str, word: str, text: str, line: int) -> Sighting:
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    content: dict[str, Json] = {"sha256": digest, "length": len(text), "symbol": word, "role": _ROLES[word]}
    return Sighting(ItemKind.PROMPT_FILE, f"{path}:{word}", content, line=line, symbol=word)
