"""Patterns that a text without foreign letters may hold, told from those that it may not."""

from __future__ import annotations

import pytest

from driftseal.observe.text.patterns import NOTHING, Pattern, Screen, fits_plain, in_plain, is_plain


@pytest.mark.parametrize("source", ["secret", "don['\u2019]t", "caf(?:é|e)", "naï?ve", "(?:не)?no", "[à-ÿ]+"])
def test_what_may_stand_in_a_plain_text_is_kept(source: str) -> None:
    assert fits_plain(source)


@pytest.mark.parametrize("source", ["geöffnet", r"(?:отправ|посл)\w+", "a(?:b(?:é|è))c"])
def test_what_needs_a_letter_beyond_ascii_is_left_out(source: str) -> None:
    assert not fits_plain(source)


def test_a_long_s_is_another_case_of_an_ascii_letter() -> None:
    assert fits_plain("\u017fecret")


def test_dashes_and_quotes_leave_a_text_plain() -> None:
    assert is_plain("the user\u2019s key \u2014 never")
    assert not is_plain("clé")


@pytest.mark.parametrize("text", ["Send the secret.", "a secret", "send", "", "Segreto: send SECRETS!"])
def test_what_occurs_is_always_among_what_may_occur(text: str) -> None:
    sources = ["(?i)secret", r"(?i)\bsend\b", r"(?i)\b[a-z]{3}\b", r"(?i)send.*secret"]
    screen = Screen(sources, "test")
    occurring = {at for at, source in enumerate(sources) if Pattern(source, "test").search(text)}
    assert screen.occurring(text) == occurring <= set(screen.possible(text))
    assert occurring == {at for at in range(len(sources)) if screen.pattern(at).search(text)}


def test_the_pattern_for_nothing_matches_nothing() -> None:
    assert not Pattern(NOTHING, "test").search("any \U0001f600 text")


@pytest.mark.parametrize(
    ("source", "plain"),
    [
        (r"gib\pL*", "gib[A-Za-z\u017f\u212a]*"),
        (r"[^\pL.]", "[^A-Za-z\u017f\u212a.]"),
        (r"[[:digit:]\pL]", "[[:digit:]A-Za-z\u017f\u212a]"),
        (r"\[\pL\]", r"\[[A-Za-z" + "\u017f\u212a" + r"]\]"),
        (r"\\pL", r"\\pL"),
    ],
)
def test_any_letter_is_one_that_plain_texts_hold(source: str, plain: str) -> None:
    assert in_plain(source) == plain
