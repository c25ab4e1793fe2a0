"""What every format of a report on completeness does."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from driftseal.bom.base import View
from driftseal.model.profile import Completeness


class ProfileFormat(ABC):
    """One format."""

    name: ClassVar[str]
    """The file's stem."""

    def __init__(self, view: View) -> None:
        self.view = view

    @abstractmethod
    def render(self, told: Completeness) -> str:
        """The whole report, ending in a line feed."""
