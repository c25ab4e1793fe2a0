"""How tests ask a server that they start: through the same door as the command line."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from driftseal.collect.base import Consent, Context
from driftseal.collect.mcp.ask import Asked, ask
from driftseal.collect.mcp.spec import StdioSpec
from driftseal.limits import DEFAULT_LIMITS, Limits
from driftseal.model.item import Anomaly, AnomalyKind, Json
from driftseal.model.snapshot import Snapshot
from driftseal.model.target import Target

SERVERS = Path(__file__).parent / "servers"
# For servers that answer and end, however slowly their machine lets them.
PATIENT = replace(
    DEFAULT_LIMITS,
    connect_seconds=300.0,
    request_seconds=300.0,
    probe_seconds=120.0,
    server_seconds=600.0,
    shutdown_seconds=60.0,
)
# For those that end only when they are made to: that much is waited, each time.
STUBBORN = replace(PATIENT, shutdown_seconds=1.0)
# For those that hang: it says nothing about how soon others answer.
HASTY = replace(PATIENT, connect_seconds=1.5, request_seconds=1.0, probe_seconds=0.5, shutdown_seconds=0.2)


def context(
    consent: Consent | None = None,
    limits: Limits = PATIENT,
    environment: Mapping[str, str] | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Context:
    """What the command line would hand to a collector."""
    return Context(
        consent=consent or Consent(),
        limits=limits,
        now="2026-11-21T12:00:00Z",
        root=Path.cwd(),
        home=Path.home(),
        environment=dict(os.environ if environment is None else environment),
        platform=sys.platform,
        progress=progress,
    )


def asked(*command: str | Path, env: Mapping[str, str] | None = None, named: bool = False) -> Asked:
    """A server of ``tests/servers``, or any other command."""
    words = [str(word) for word in command]
    if words[0].endswith(".py"):
        words = [sys.executable, str(SERVERS / words[0]), *words[1:]]
    spec = StdioSpec(words[0], tuple(words[1:]), env or {}, named=named)
    # Arguments stay out: some tests hide secrets in them.
    name = "-".join(Path(word).name for word in words[:3])
    return Asked(Target("mcp_stdio", f"stdio:{name}", name, f"stdio:{name}"), spec)


def look_at(server: Asked, within: Context | None = None) -> Snapshot:
    """One server's snapshot."""
    (taken,) = ask([server], within or context())
    return taken


def keys(taken: Snapshot) -> list[str]:
    """Keys of its items."""
    return [item.key for item in taken.items]


def content(taken: Snapshot, key: str) -> Json:
    """What one item holds."""
    return next(item.content for item in taken.items if item.key == key)


def gaps(taken: Snapshot) -> str:
    """All gaps as text."""
    return "\n".join(f"{gap.what}: {gap.why}" for gap in taken.gaps)


def anomalies(taken: Snapshot, kind: AnomalyKind) -> list[Anomaly]:
    """Those of one kind."""
    return [anomaly for anomaly in taken.anomalies if anomaly.kind is kind]
