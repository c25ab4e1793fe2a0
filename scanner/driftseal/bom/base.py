"""What every format of a bill of materials does."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, Final

from driftseal.limits import DEFAULT_LIMITS, Limits
from driftseal.model.bom import Bom
from driftseal.records import dataclass


@dataclass(frozen=True, slots=True)
class View:
    """Where people will read the document; of no account to formats that programs read."""

    width: int = 100
    color: bool = False
    unicode: bool = True
    """False where the reader's encoding carries ASCII alone."""
    limits: Limits = DEFAULT_LIMITS


PEOPLE: Final = View()


class BomFormat(ABC):
    """One specification, in one or more versions."""

    name: ClassVar[str]
    """The file's stem."""
    versions: ClassVar[tuple[str, ...]]
    """Specification versions that can be written, the default first; one empty text where there is none."""

    def __init__(self, spec_version: str, view: View = PEOPLE) -> None:
        self.spec_version = spec_version
        self.view = view

    @abstractmethod
    def render(self, bom: Bom) -> str:
        """The whole document, ending in a line feed; the same ``Bom`` gives the same bytes."""
