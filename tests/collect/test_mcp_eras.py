from __future__ import annotations

from dataclasses import replace

import pytest

from asking import HASTY, PATIENT, anomalies, asked, content, context, gaps, keys, look_at
from driftseal.collect.base import Consent, Probe
from driftseal.model.item import AnomalyKind
from driftseal.model.snapshot import Origin

EVERYTHING = [
    "instructions:",
    "prompt:greet",
    "prompt:letter",
    "resource-template:memo://{id}",
    "resource:memo://one",
    "resource:memo://two",
    "server:",
    "tool:add",
    "tool:subtract",
]


@pytest.mark.parametrize(
    ("mode", "version"),
    [("handshake", "2025-11-25"), ("modern", "2026-07-28"), ("dual", "2026-07-28"), ("strict", "2025-11-25")],
)
def test_everything_is_listed_in_the_era_that_the_server_speaks(mode: str, version: str) -> None:
    taken = look_at(asked("good_stdio.py", mode))
    assert keys(taken) == EVERYTHING
    assert taken.envelope.protocol == version
    assert taken.origin is Origin.LIVE
    assert (taken.gaps, taken.anomalies) == ((), ())


def test_both_eras_give_the_same_items() -> None:
    old, new = look_at(asked("good_stdio.py", "handshake")), look_at(asked("good_stdio.py", "modern"))
    assert old.digest == new.digest


def test_a_server_that_ignores_the_probe_is_greeted_beside_it() -> None:
    taken = look_at(asked("good_stdio.py", "silent"), context(limits=replace(PATIENT, probe_seconds=0.3)))
    assert keys(taken) == EVERYTHING
    assert taken.envelope.protocol == "2025-11-25"


@pytest.mark.parametrize("mode", ["slow", "racing", "deaf"])
def test_the_late_answer_to_the_probe_counts(mode: str) -> None:
    taken = look_at(asked("good_stdio.py", mode), context(limits=replace(PATIENT, probe_seconds=0.3)))
    assert keys(taken) == EVERYTHING
    assert taken.envelope.protocol == "2026-07-28"


@pytest.mark.parametrize("mode", ["unknown_version", "unknown_modern_version"])
def test_an_unknown_version_is_told_and_the_server_listed_all_the_same(mode: str) -> None:
    taken = look_at(asked("hostile_stdio.py", mode))
    assert "tool:add" in keys(taken)
    assert "2099-01-01" in anomalies(taken, AnomalyKind.UNKNOWN_VERSION)[0].detail
    assert taken.envelope.protocol == "2099-01-01"


def test_unknown_fields_are_kept_and_the_envelope_is_not() -> None:
    taken = look_at(asked("good_stdio.py", "modern"))
    assert content(taken, "tool:add") == {
        "name": "add",
        "title": "Add",
        "description": "Does it.",
        "inputSchema": {"type": "object"},
        "x-note": "kept",
    }
    assert "ttlMs" not in str([item.content for item in taken.items])


def test_messages_of_a_prompt_without_arguments_belong_to_it() -> None:
    taken = look_at(asked("good_stdio.py", "modern"))
    message = {"role": "user", "content": {"type": "text", "text": "Hello."}}
    assert content(taken, "prompt:greet") == {
        "name": "greet",
        "description": "Greets.",
        "prompts/get": {"messages": [message]},
    }


def test_resource_bodies_come_on_request_as_items_of_their_own() -> None:
    without = look_at(asked("good_stdio.py"))
    taken = look_at(asked("good_stdio.py"), context(Consent(read_resources=True)))
    added = {item.key: item.content for item in taken.items if item not in without.items}
    assert set(added) == {"resource:memo://one body", "resource:memo://two body"}
    assert added["resource:memo://one body"] == {"contents": [{"uri": "memo://one", "text": "A memo."}]}
    assert "hello blob" in str(added["resource:memo://two body"])


@pytest.mark.parametrize("probe", list(Probe))
def test_an_honest_server_is_the_same_from_every_side(probe: Probe) -> None:
    limits = replace(PATIENT, repeat_seconds=0.1)
    taken = look_at(asked("good_stdio.py", "dual"), context(Consent(probe=probe), limits))
    assert (taken.gaps, taken.anomalies) == ((), ())


def test_a_command_that_does_not_exist_is_a_gap_with_a_mend() -> None:
    taken = look_at(asked("/nonexistent/server"), context(limits=HASTY))
    assert "there is no such command; install it" in gaps(taken)
