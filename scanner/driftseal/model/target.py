"""What is looked at."""

from __future__ import annotations

from driftseal.records import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Target:
    """One thing that has a snapshot and may have a baseline."""

    kind: str
    """Name of the collector that found it: ``manifest``, ``mcp_stdio``, ``mcp_http``, ``client_config`` …"""
    reference: str
    """What a person may type to look at it again; no credentials."""
    name: str
    """Short name for people: the configured server's name, the file's stem, the host."""
    identity: str
    """What baselines are filed under. Never holds a version, arguments or a digest, so that those drift.

    A configured server is ``client/scope/config-path/server-name``; a package its purl without version.
    """
    session: str = ""
    """Name of the session that loads it: one client in one project. Empty: a session of its own."""
    enabled: bool = True
    """False for a configured server that its client has switched off."""
    incidental: bool = False
    """Found where something else was asked for: it is looked at, but needs no baseline unless it is named."""
