"""Servers that people really run, of both SDK generations and both eras."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import tools as prepared
from asking import PATIENT, SERVERS, anomalies, asked, context, keys, look_at
from driftseal.collect.base import Consent, Probe
from driftseal.collect.mcp.ask import Asked
from driftseal.model.item import AnomalyKind

CASES = [
    ("everything", "2025-11-25", "tool:echo"),
    ("filesystem", "2025-11-25", "tool:read_text_file"),
    ("memory", "2025-11-25", "tool:create_entities"),
    ("sdk-1", "2025-11-25", "tool:add"),
    ("sdk-2", "2026-07-28", "tool:add"),
]


def server(name: str, tools: Path, folder: Path) -> Asked:
    """How each of them is started."""
    if name.startswith("sdk-"):
        return asked(prepared.python(tools, f"mcp{name[-1]}"), SERVERS / "sdk_stdio.py")
    more = {"everything": ["stdio"], "filesystem": [str(folder)], "memory": []}[name]
    return asked("node", prepared.script(tools, f"@modelcontextprotocol/server-{name}"), *more)


@pytest.mark.parametrize(("name", "version", "item"), CASES)
def test_a_real_server_is_listed_cleanly_and_twice_the_same(
    name: str, version: str, item: str, tools: Path, tmp_path: Path
) -> None:
    first, second = (look_at(server(name, tools, tmp_path)) for _ in range(2))
    assert (first.gaps, first.anomalies) == ((), ())
    assert first.envelope.protocol == version
    assert item in keys(first)
    assert first.digest == second.digest


@pytest.mark.parametrize("name", ["filesystem", "sdk-1", "sdk-2"])
def test_a_real_server_shows_one_face(name: str, tools: Path, tmp_path: Path) -> None:
    within = context(Consent(probe=Probe.DEEP), replace(PATIENT, repeat_seconds=0.1))
    taken = look_at(server(name, tools, tmp_path), within)
    assert (taken.gaps, taken.anomalies) == ((), ())


def test_tools_that_come_with_client_capabilities_are_told(tools: Path, tmp_path: Path) -> None:
    """The reference server really registers more tools for clients that offer sampling."""
    within = context(Consent(probe=Probe.DEEP), replace(PATIENT, repeat_seconds=0.1))
    found = anomalies(look_at(server("everything", tools, tmp_path), within), AnomalyKind.CLOAKING)
    assert "tool:trigger-sampling-request" in {anomaly.item for anomaly in found}
    assert all("offering roots, sampling and elicitation" in anomaly.detail for anomaly in found)


def test_resources_of_a_real_server_are_read(tools: Path, tmp_path: Path) -> None:
    taken = look_at(server("everything", tools, tmp_path), context(Consent(read_resources=True)))
    assert taken.gaps == ()
    assert "resource:demo://resource/static/document/features.md body" in keys(taken)
