"""Frameworks, SDKs, vector stores, guardrails and whatever else AI is built with, by what code imports."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import ClassVar, Final

from driftseal.collect.discovery import _tables
from driftseal.collect.discovery.base import Code, CodeFinder, Sighting
from driftseal.collect.discovery.code._ecosystems import ECOSYSTEMS
from driftseal.model.item import ItemKind, Json
from driftseal.observe import aside

_SURE: Final = 0.9
_UNSURE: Final = 0.45
"""People call modules of their own so, too."""
_ASIDE: Final = 0.4
"""Of all that tests import, what they test is the least certain part of the product."""


class FrameworkFinder(CodeFinder):
    """See the module."""

    name: ClassVar[str] = "frameworks"
    words: ClassVar[frozenset[bytes]] = frozenset()

    @cached_property
    def pattern(self) -> str:  # type: ignore[override]  # made when it is first asked for, of a long table
        """A statement that imports one of the packages."""
        modules = sorted(_tables.modules())
        # Where a part of a name begins: the words that only end like one are many.
        words = "|".join(re.escape(module) for module in modules if module[0].isalnum())
        others = "|".join(re.escape(module) for module in modules if not module[0].isalnum())
        named = rf"(?:(?:\b|_)(?:{words})|{others})" if others else rf"(?:\b|_)(?:{words})"
        return rf"""(?:\b(?:import|from|use|using|require)\b|")[^\n]{{0,60}}?{named}(?:[\s"'./:;,)@-]|$)"""

    def look(self, code: Code, path: str) -> Iterator[Sighting]:
        """See `CodeFinder.look`."""
        module = code.module(path)
        ecosystem = ECOSYSTEMS[module.language]
        told: set[str] = set()
        for imported in module.imports:
            known = None if _is_own(code, path, imported.module) else _tables.imported(ecosystem, imported.module)
            proved = known is not None and (known.certain or imported.symbol in known.symbols)
            if known is None or not known.name or known.name in told or (known.symbols and not proved):
                continue
            told.add(known.name)
            content: dict[str, Json] = {
                "ecosystem": ecosystem,
                "package": known.name,
                "role": known.role,
                "imported": True,
            }
            yield Sighting(
                ItemKind.FRAMEWORK,
                f"{ecosystem}:{known.name}",
                content,
                line=imported.line,
                symbol=imported.module,
                confidence=_ASIDE if aside.is_aside(path) else _SURE if proved else _UNSURE,
            )


def _is_own(code: Code, path: str, module: str) -> bool:
    """Whether an import means a file of the same package."""
    if module.startswith((".", "@/", "~/", "#")):
        return True
    return code.paths.find(path, module) is not None
