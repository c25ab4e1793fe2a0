"""What a regular expression lets through."""

from __future__ import annotations

import pytest

from driftseal.observe.taint import patterns


@pytest.mark.parametrize(
    ("pattern", "whole"),
    [
        ("^[a-z]+$", True),
        (r"/^[\w-]{1,40}$/i", True),
        (r"\A\d+\Z", True),
        ("[a-z]+", False),
        ("^[a-z]+", False),
        ("^.*$", False),
        (r"^\S+$", False),
        ("^[^;]+$", False),
        (r"^(?!.*\.\.)[\w./-]+$", True),
        (r"^(?!.*\.\.).+$", False),
    ],
)
def test_a_pattern_closes_a_text_where_it_is_anchored_and_lists_its_characters(pattern: str, *, whole: bool) -> None:
    assert patterns.whole(pattern) is whole


def test_the_call_that_tries_a_pattern_may_see_to_its_ends() -> None:
    assert patterns.whole("[a-z]+", begins=True, ends=True)
    assert not patterns.whole(".+", begins=True, ends=True)


@pytest.mark.parametrize(
    ("pattern", "kind", "closed"),
    [
        ("^[a-z]+$", "command", True),
        ("^[-a-z]+$", "argv-option", False),
        ("^[a-z-]+$", "argv-option", False),
        (r"^[\w\-.]+$", "argv-option", False),
        ("^[a-z][a-z-]*$", "argv-option", True),
        (r"^[\w./]+$", "path-read", False),
        ("^[a-z]+/[a-z]+$", "path-read", True),
        (r"^[\w.]+$", "path-read", True),
        ("^.+$", "command", False),
    ],
)
def test_what_is_harmless_in_one_place_may_not_be_in_another(pattern: str, kind: str, *, closed: bool) -> None:
    assert patterns.closed(pattern, kind) is closed


@pytest.mark.parametrize(
    ("pattern", "listed"), [("[^a-z0-9]", "a-z0-9"), (r"/[^\w-]+/g", r"\w-"), ("[a-z]", None), ("[^a]b", None)]
)
def test_what_a_pattern_leaves_alone_is_what_it_lists(pattern: str, listed: str | None) -> None:
    assert patterns.unlisted(pattern) == listed


def test_plain_characters_are_none_that_a_shell_or_a_path_reads_as_more() -> None:
    assert patterns.plain(r"a-z0-9\w\-_.")
    assert not patterns.plain("a-z/")
    assert not patterns.plain("a-z;")


@pytest.mark.parametrize(
    ("pattern", "fixed"),
    [
        (r"^https?://docs\.example\.com/", True),
        (r"/^https:\/\/([a-z0-9-]+\.)*example\.com(?:\/|$)/i", True),
        (r"\Ahttps://docs\.example\.com[/?#]", True),
        (r"^https://docs\.example\.com$", True),
        (r"^https?://docs\.example\.com", False),
        (r"https?://docs\.example\.com/", False),
        (r"^https?://docs.example.com/", False),
        (r"^https?://.*\.example\.com/", False),
        (r"^https?://a\.example/|^file://", False),
        (r"^https?://", False),
    ],
)
def test_a_pattern_fixes_the_host_that_it_spells_out_to_its_end(pattern: str, *, fixed: bool) -> None:
    assert patterns.fixes_host(pattern, begins=False) is fixed


def test_the_call_may_see_to_it_that_an_address_begins_as_the_pattern_says() -> None:
    assert patterns.fixes_host(r"https://docs\.example\.com/", begins=True)


@pytest.mark.parametrize(
    ("pattern", "kinds"),
    [
        (r"^[\w.-]+$", set()),
        (r"/^[\w./-]+$/", {"path-read", "path-write", "path-delete"}),
        (r"^(?!.*\.\.)[\w./-]+$", set()),
        (r"^[\w\s+*()/-]+$", {"code"}),
        (r"^[\d\s+*()/-]+$", set()),
        (r"^[\w;-]+$", {"command"}),
        (r"^https?:[\w?&=]+$", {"command"}),
        (r"^[^;]+$", {"argv", "argv-option"}),
        (r"^[^;-]+$", set()),
    ],
)
def test_a_whole_pattern_may_leave_room_for_harm_in_some_sinks(pattern: str, kinds: set[str]) -> None:
    assert patterns.leaves(pattern) == kinds


def test_what_names_nothing_runs_nothing() -> None:
    assert patterns.nameless(r"-()\d/*+.")
    assert not patterns.nameless(r"\w()")
    assert not patterns.nameless("[]()!+")


@pytest.mark.parametrize(
    ("pattern", "disjoined"),
    [
        (r"/[;&|`$<>\n\r]|\$\(/", True),
        (r"[;&|`$\s]", True),
        (r"rm|[;&|`$\n]", True),
        (r"[;&|`$]", False),
        (r"[;&|`$\n]x", False),
        (r"^[;&|`$\n]", False),
        (r"[^;&|`$\n]", False),
    ],
)
def test_what_refuses_every_joint_of_a_shell_leaves_one_command(pattern: str, *, disjoined: bool) -> None:
    assert patterns.disjoined(pattern) is disjoined
