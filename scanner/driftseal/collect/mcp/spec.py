"""How a server is reached: with real values, so never printed, never put into an item."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from pathlib import Path
from typing import TypeAlias

from driftseal.records import dataclass


def _none() -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, slots=True)
class StdioSpec:
    """A server that is a program of this machine."""

    command: str
    args: tuple[str, ...] = field(default=(), repr=False)
    env: Mapping[str, str] = field(default_factory=_none, repr=False)
    """As configured; values may hold secrets or unexpanded references such as ``${TOKEN}``."""
    cwd: Path | None = None
    """Where it is started; ``None`` for the working directory."""
    named: bool = False
    """The user typed this command: its arguments and variables are meant as they stand."""


class HttpTransport(StrEnum):
    """Which HTTP transport to speak."""

    AUTO = "auto"
    """Streamable HTTP first, then legacy HTTP+SSE, as the specification's compatibility rule says."""
    STREAMABLE = "streamable-http"
    SSE = "sse"


@dataclass(frozen=True, slots=True)
class HttpSpec:
    """A server that is a URL."""

    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=_none, repr=False)
    """As configured; values may hold secrets or unexpanded references."""
    transport: HttpTransport = HttpTransport.AUTO
    named: bool = False
    """The user typed this URL: a private address in it is meant."""


ServerSpec: TypeAlias = StdioSpec | HttpSpec
