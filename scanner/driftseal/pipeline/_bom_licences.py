"""Licences as SPDX knows them: an expression that is one, and a plain name for anything else.

Hubs of models have names of their own (``llama3.2``, ``other``, ``odc-by``), most of which SPDX does not know, and
documents that call them SPDX ids are refused. Nothing is translated but letter case, the two names that mean one SPDX
licence, and the ids of the GNU licences that SPDX has replaced.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final

from driftseal import resources
from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.bom import Licence
from driftseal.model.item import Json

_SAME: Final = {"odc-by": "ODC-By-1.0", "pddl": "PDDL-1.0"}
"""Names of the Hugging Face Hub that mean one SPDX licence and are not called as SPDX calls it."""
_GNU: Final = re.compile(r"(?:A|L)?GPL-[0-9.]+|GFDL-[0-9.]+")
_TOKEN: Final = re.compile(r"\s*(\(|\)|[A-Za-z0-9.+-]{1,100})")
_OPERATORS: Final = frozenset({"and", "or"})
_MOST: Final = 20
"""Licences that one model may state."""


@cache
def _ids() -> Mapping[str, str]:
    """Every id of SPDX, licences and exceptions, by its small letters; from the schema that we ship."""
    schema = json.loads((resources.folder("sbom") / "schema" / "spdx.schema.json").read_bytes())
    return {known.casefold(): known for known in schema["enum"]}


def read(stated: Json, name: Json = None, url: Json = None) -> tuple[Licence, ...]:
    """The licences that a model, a skill or a package states; ``name`` and ``url`` tell what ``other`` stands for."""
    texts = [one for one in (stated if isinstance(stated, list) else [stated]) if isinstance(one, str)]
    link = url if isinstance(url, str) and url.startswith("https://") else ""
    called = name if isinstance(name, str) else ""
    found = (_one(text.strip(), called.strip(), link) for text in texts[:_MOST] if text.strip())
    return tuple(dict.fromkeys(found))


def _one(text: str, called: str, url: str) -> Licence:
    expression = canonical(text)
    if expression:
        return Licence(expression=expression)
    shown = called if text.casefold() == "other" and called else text
    return Licence(name=shown[: DEFAULT_LIMITS.name_chars], url=url)


def canonical(text: str) -> str:
    """The SPDX expression that this is, written as SPDX writes it; empty where it is none."""
    text = _SAME.get(text.casefold(), text)
    tokens = list(_tokens(text)) if len(text) <= DEFAULT_LIMITS.evidence_chars else []
    told = _Parser(tokens).expression() if tokens else None
    return " ".join(told).replace("( ", "(").replace(" )", ")") if told else ""


def _tokens(text: str) -> Iterator[str]:
    end = 0
    while end < len(text.rstrip()):
        found = _TOKEN.match(text, end)
        if found is None:
            yield "?"
            return
        yield found[1]
        end = found.end()


class _Parser:
    """``licence [WITH exception]``, joined by AND and OR, in brackets or not."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._at = 0

    def expression(self) -> list[str] | None:
        """Its canonical words; ``None`` where it is no expression."""
        depth = 0
        told: list[str] = []
        while True:
            while self._next() == "(":
                depth += 1
                told.append(self._take())
            licence = self._licence()
            if licence is None:
                return None
            told += licence
            while depth and self._next() == ")":
                depth -= 1
                told.append(self._take())
            if not self._next():
                return told if not depth else None
            if self._next().casefold() not in _OPERATORS:
                return None
            told.append(self._take().upper())

    def _licence(self) -> list[str] | None:
        known = _ids().get(self._take().casefold())
        if known is None:
            return None
        told = [_current(known)]
        if self._next().casefold() == "with":
            self._take()
            exception = _ids().get(self._take().casefold())
            if exception is None:
                return None
            told += ["WITH", exception]
        return told

    def _next(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _take(self) -> str:
        token = self._next()
        self._at += 1
        return token


def _current(known: str) -> str:
    """``GPL-3.0-only`` for ``GPL-3.0``, which SPDX has given up."""
    if _GNU.fullmatch(known.removesuffix("+")):
        replaced = known.removesuffix("+") + ("-or-later" if known.endswith("+") else "-only")
        return _ids().get(replaced.casefold(), known)
    return known
