"""Models that code names by a constant of a provider's SDK: ``openai.ChatModelGPT4_1Mini``, ``CLAUDE_3_7_SONNET``.

What such a constant holds is told from its words, which are those of the model: only what is then a name of the
provider's own counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.code import ir
from driftseal.code.constants import Spot
from driftseal.collect.discovery import _tables
from driftseal.collect.discovery.base import Code, CodeFinder, Sighting
from driftseal.collect.discovery.code import _names
from driftseal.collect.discovery.code._asking import Asking
from driftseal.collect.discovery.code._ecosystems import ECOSYSTEMS
from driftseal.collect.discovery.sites import chain
from driftseal.model.item import ItemKind

_SURE: Final = 0.85
_START: Final = re.compile(
    r"(?:[A-Za-z]*?_?Model(?:Name)?_?|AI_?MODEL_)?(?=(?:gpt|o[1345]|claude|gemini|text|dall)\w)", re.IGNORECASE
)
_PART: Final = re.compile(r"[0-9]+|[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_LONGEST: Final = 60
_DATE: Final = 4
"""Digits of a year, after which a date is written with hyphens."""
_DOTTED: Final = ("gpt", "gemini")
"""Families whose versions have dots."""


class SdkConstantFinder(CodeFinder):
    """See the module."""

    name: ClassVar[str] = "sdk_constants"
    words: ClassVar[frozenset[bytes]] = frozenset()
    pattern = r"\b(?:\w*Model_?)?(?:(?:gpt|claude|gemini)_?[0-9a-z]|o[1345]_?mini|text_?embedding_?)"

    def look(self, code: Code, path: str) -> Iterator[Sighting]:
        """See `CodeFinder.look`."""
        weight = Asking.weight(path)
        told: set[tuple[str, int]] = set()
        for name, line, spot in _mentioned(code, path):
            model = decoded(name)
            if model is None or (model.name, line) in told or not _is_of_sdk(code, spot):
                continue
            told.add((model.name, line))
            yield Sighting(
                ItemKind.MODEL,
                f"{model.provider}:{model.name}",
                {"provider": model.provider, "id": model.name, "hosted": True},
                line=line,
                symbol=name,
                confidence=round(_SURE * weight, 2),
            )


def _mentioned(code: Code, path: str) -> Iterator[tuple[str, int, Spot]]:
    for attr, scope in code.index.of(path).attributes:
        yield attr.name, attr.line, Spot(path, scope, attr)
    for imported in code.module(path).imports:
        # ``import static …AnthropicChatModelName.CLAUDE_3_5_HAIKU_20241022``.
        if imported.symbol:
            yield imported.symbol, imported.line, Spot(path, 0, ir.Name(imported.local, imported.line))


def _is_of_sdk(code: Code, spot: Spot) -> bool:
    """Whether a constant is one of a package that AI is built with."""
    ecosystem = ECOSYSTEMS[code.module(spot.path).language]
    told = code.origins.of(spot)
    while told:
        if _tables.imported(ecosystem, told) is not None:
            return True
        told = told.rpartition(".")[0]
    # What a package of Go calls itself need not stand in its path.
    root = chain(spot.expr)[0].lower()
    imported = {one.module for one in code.module(spot.path).imports} if root else ()
    return any(root in module.lower() and _tables.imported(ecosystem, module) is not None for module in imported)


def decoded(constant: str) -> _names.Id | None:
    """The model whose name the words of a constant are."""
    start = _START.match(constant) if len(constant) <= _LONGEST else None
    if start is None:
        return None
    bare = constant[start.end() :]
    family = bare[:6].lower()
    dotted = family.startswith(_DOTTED)
    spelled = ""
    before = ""
    dated = False
    for part in _PART.findall(bare):
        digits = part.isdigit()
        dated = dated or (digits and len(part) == _DATE and spelled != "")
        glued = (before.isdigit() and part in {"o", "O"}) or (
            before in {"o", "O"} and digits and spelled == before.lower()
        )
        mark = "" if not spelled or glued else "." if digits and before.isdigit() and dotted and not dated else "-"
        spelled += mark + part.lower()
        before = part
    return _names.family(spelled)
