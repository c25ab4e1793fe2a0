"""What every detector does."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import ClassVar

from driftseal.model.finding import Match
from driftseal.model.rule import Rule
from driftseal.model.snapshot import Session
from driftseal.observe.observations import Observations


class Detector(ABC):
    """One way of looking. Stateless between calls; built once per run with the rules' data."""

    name: ClassVar[str]
    """The file's stem, which rules name as their ``detector``."""

    within_sessions: ClassVar[bool] = False
    """Whether it looks at the texts of one session after the other, so that they need not all be held at once."""

    @abstractmethod
    def detect(self, sessions: Sequence[Session], seen: Observations, rules: Sequence[Rule]) -> Iterator[Match]:
        """Every match of these rules (all of this detector) in these sessions."""
