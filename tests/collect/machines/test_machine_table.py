"""The table of what is looked for on a machine says what its readers take it to say."""

from __future__ import annotations

import re
from collections import Counter

import pytest
import yaml

from driftseal import resources
from driftseal.collect.machines import _judge, _tables

TABLE = yaml.safe_load((resources.folder("rules") / "inventory" / "machine.yaml").read_text("utf-8"))
WAYS = ("desktop", "bundle", "npm", "pypi", "cargo", "homebrew", "snap", "flatpak")
PLACE = re.compile(r"(?:~|\{[A-Za-z_]+(?:\|[^{}]*)?\}|)(?:/[^/]+)*")


def places(value: object) -> list[str]:
    """Every place below a part of the table that differs by platform."""
    if isinstance(value, dict):
        return [place for key, one in value.items() for place in (one if key in PLATFORMS else places(one))]
    return []


PLATFORMS = ("all", "linux", "darwin", "win32")
PLACES = sorted(set(places(TABLE)))


def test_there_are_places_for_every_platform() -> None:
    for platform in ("linux", "darwin", "win32"):
        assert _tables.places("chromium", platform=platform)
        assert _tables.places("jetbrains", platform=platform)
    assert len(PLACES) > 100


@pytest.mark.parametrize("place", PLACES)
def test_every_place_begins_at_the_home_at_a_variable_or_in_a_folder_of_the_system(place: str) -> None:
    assert PLACE.fullmatch(place), place
    assert ".." not in place.split("/")


def test_no_two_programs_go_by_one_name_of_one_way_to_install() -> None:
    for way in WAYS:
        names = Counter(name.casefold() for one in _tables.programs() for name in one.names.get(way, ()))
        assert [name for name, times in names.items() if times > 1] == [], way


def test_every_program_can_be_found_and_has_a_role() -> None:
    for program in _tables.programs():
        assert program.role in {"runner", "desktop", "client"}, program.title
        assert program.names or program.folders or program.traces, program.title


def test_ids_of_extensions_have_the_form_that_their_stores_give_them() -> None:
    assert all(re.fullmatch("[a-p]{32}", id_) for id_ in _tables.roles("browser_extensions"))
    assert all(re.fullmatch(r"[a-z0-9-]+\.[a-z0-9-]+", id_) for id_ in _tables.roles("vscode_extensions"))
    listed = [id_ for ids in TABLE["vscode_extensions"].values() for id_ in ids]
    assert listed == [id_.casefold() for id_ in listed]


@pytest.mark.parametrize(
    ("host", "is_ai"),
    [
        ("https://chatgpt.com/*", True),
        ("https://notchatgpt.com/*", False),
        ("https://chatgpt.com.evil.example/*", False),
        ("*://*.chatgpt.com/*", True),
        ("https://api.mistral.ai/v1/*", True),
        ("https://generativelanguage.googleapis.com/*", True),
        ("https://*.googleapis.com/*", False),
        ("https://*.google.com/*", False),
        ("https://gemini.google.com/*", True),
        ("http://127.0.0.1:11434/*", True),
        ("http://localhost/*", False),
        ("<all_urls>", False),
        ("*://*/*", False),
        ("file:///*", False),
        ("https://[/*", False),
        ("https://*.[::1]]:x/*", False),
        ("tabs", False),
    ],
)
def test_hosts_are_of_ai_by_whole_labels(host: str, is_ai: bool) -> None:  # noqa: FBT001  # a case of the table
    assert (_judge.by_hosts([host], ()) is not None) is is_ai
