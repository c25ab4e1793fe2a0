"""What every output format does."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from driftseal.limits import DEFAULT_LIMITS, Limits
from driftseal.model.report import Report
from driftseal.records import dataclass


@dataclass(frozen=True, slots=True)
class Screen:
    """Where a report will be read."""

    width: int = 100
    color: bool = False
    verbose: bool = False
    """Show also what does not fail the run."""
    unicode: bool = True
    """False where the reader's encoding carries ASCII alone."""
    limits: Limits = DEFAULT_LIMITS


class ReportFormat(ABC):
    """One output format."""

    name: ClassVar[str]
    """The file's stem."""

    def __init__(self, screen: Screen) -> None:
        self.screen = screen

    @abstractmethod
    def render(self, report: Report) -> str:
        """The whole document, ending in a line feed."""
