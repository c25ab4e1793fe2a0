"""Who we say we are: a server may show different faces to different clients."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from driftseal.collect.mcp.wire import Era
from driftseal.model.item import Json


def _none() -> Mapping[str, Json]:
    return {}


@dataclass(frozen=True, slots=True)
class Guise:
    """One way to meet a server."""

    client: str
    """``clientInfo.name``."""
    version: str = "1.0.0"
    """``clientInfo.version``. A round number, since it changes nothing that we look at."""
    era: Era = Era.AUTO
    capabilities: Mapping[str, Json] = field(default_factory=_none)
    environment: tuple[tuple[str, str], ...] = ()
    """Variables on top of those that every started server gets."""
    note: str = ""
    """What sets this guise apart besides its client, for people: ``in CI``, ``second start``."""

    def __str__(self) -> str:
        return f"{self.client} ({self.note})" if self.note else self.client

    @property
    def info(self) -> dict[str, Json]:
        """``clientInfo``."""
        return {"name": self.client, "version": self.version}


# The first is who we are when only one is asked for: a server that hides from scanners must not know one.
# Names as the clients give them in ``initialize``.
CLIENTS: Final = ("claude-ai", "claude-code", "cursor-vscode", "Visual Studio Code", "driftseal")

BASE: Final = Guise(CLIENTS[0])

EVERY_CAPABILITY: Final[Mapping[str, Json]] = {"roots": {"listChanged": True}, "sampling": {}, "elicitation": {}}

CI_VARIABLES: Final = (("CI", "true"), ("GITHUB_ACTIONS", "true"))
