"""What every format of a bill of materials does."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from driftseal.model.bom import Bom


class BomFormat(ABC):
    """One specification, in one or more versions."""

    name: ClassVar[str]
    """The file's stem."""
    versions: ClassVar[tuple[str, ...]]
    """Specification versions that can be written, the default first."""

    def __init__(self, spec_version: str) -> None:
        self.spec_version = spec_version

    @abstractmethod
    def render(self, bom: Bom) -> str:
        """The whole document, ending in a line feed; the same ``Bom`` gives the same bytes."""
