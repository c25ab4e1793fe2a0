"""Models that are the default of a parameter whose type takes one: ``segmentation: PipelineModel = "org/name"``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.code import ir
from driftseal.collect.discovery import _tables
from driftseal.collect.discovery.base import Code, CodeFinder, Sighting
from driftseal.collect.discovery.code import _names
from driftseal.collect.discovery.code._asking import Asking
from driftseal.collect.discovery.code._ecosystems import ECOSYSTEMS
from driftseal.model.item import ItemKind

_SURE: Final = 0.75
_WORD: Final = "Model"
"""What types of models have in their names."""


class ParameterFinder(CodeFinder):
    """See the module."""

    name: ClassVar[str] = "parameters"
    words: ClassVar[frozenset[bytes]] = frozenset()
    pattern = r"""\w\s*:\s*[\w.\[\]| ,]*Model[\w.\[\]| ,]*=\s*["'][\w.-]+/[\w.-]+["']"""

    def look(self, code: Code, path: str) -> Iterator[Sighting]:
        """See `CodeFinder.look`."""
        module = code.module(path)
        for function in module.functions:
            for param in function.params:
                default = param.default
                if not isinstance(default, ir.Const) or not isinstance(default.value, str):
                    continue
                found = _names.hub(default.value) if _WORD in param.annotation else None
                if found is not None and _is_of_library(code, path, param.annotation):
                    yield Sighting(
                        ItemKind.MODEL,
                        f"{found.provider}:{found.name}",
                        {"provider": found.provider, "id": found.name},
                        line=param.line,
                        symbol=param.name,
                        confidence=round(_SURE * Asking.weight(path), 2),
                    )


def _is_of_library(code: Code, path: str, annotation: str) -> bool:
    """Whether a type of models is one of a package that AI is built with."""
    told = code.origins.annotated(path, annotation).removesuffix("()")
    if _WORD not in told.rpartition(".")[2]:
        return False
    ecosystem = ECOSYSTEMS[code.module(path).language]
    while told:
        known = _tables.imported(ecosystem, told)
        if known is not None:
            return known.certain
        told = told.rpartition(".")[0]
    return False
