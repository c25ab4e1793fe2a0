# ruff: noqa: RUF001 - letters of other scripts are what is tested
from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from driftseal.observe.text import confusables, hidden, words
from driftseal.observe.text.hidden import Trick


def tricks(text: str) -> set[Trick]:
    return {fact.trick for fact in hidden.find(text)}


@pytest.mark.parametrize(
    ("text", "trick"),
    [
        ("add\U000e0041", Trick.TAGS),
        ("\U0001f3f4" + "\U000e0061" * 20 + "\U000e007f", Trick.TAGS),
        ("he\u200bllo", Trick.ZERO_WIDTH),
        ("می\u200c\u200d\u200c\u200d\u200cخ", Trick.ZERO_WIDTH),
        ("\u00ad".join("secret"), Trick.ZERO_WIDTH),
        ("numbers\ufeff", Trick.ZERO_WIDTH),
        ("a\u3164b", Trick.ZERO_WIDTH),
        ("a\ufe0f", Trick.VARIATION),
        ("\U0001f600\ufe0f\ufe0e\ufe0f", Trick.VARIATION),
        ("\u202egpj.exe", Trick.BIDI),
        ("שלום \u202eabc\u202c", Trick.BIDI),
        ("שלום \u2066abc", Trick.BIDI),
        ("a\ue000", Trick.PRIVATE_USE),
        ("\x1b[8mx\x1b[0m", Trick.TERMINAL),
        ("\x9b8mx", Trick.TERMINAL),
        ("a\x08b", Trick.CONTROL),
        ("a\x00b", Trick.CONTROL),
        ("re\u0430d", Trick.LOOK_ALIKE),
        ("c\u03bfnfig", Trick.LOOK_ALIKE),
        ("a" + " " * 100 + "b", Trick.PADDING),
        ("a" + "\n" * 17 + "b", Trick.PADDING),
        ("a" + "\u2800" * 120 + "b", Trick.PADDING),
    ],
)
def test_a_trick_is_seen(text: str, trick: Trick) -> None:
    assert tricks(text) == {trick}


@pytest.mark.parametrize(
    "text",
    [
        "plain text\twith\ttabs\r\nand lines",
        "naïve café – “quotes” … ½ m² 20 °C",
        "ＡＰＩ の 検索　ツール",
        "مرحبا \u200fبالعالم\u200e!",
        "ന്\u200d മലയാളം",
        "한국어 검색 \u1112\u1161\u11ab",
        "☎\ufe0e and ☎\ufe0f",
        "Ünïcödé Łódź İstanbul ışık",
        "Cистема поиска по базе данных организации",
        " " * 300 + "indented from the start",
        "trailing blanks" + " " * 300,
    ],
)
def test_what_scripts_need_is_no_trick(text: str) -> None:
    assert tricks(text) == set()


def test_all_places_of_a_trick_make_one_fact() -> None:
    (fact,) = hidden.find("a\u200bb\u200b\u2060c")
    assert fact.spans == ((1, 2), (3, 5))
    assert fact.span == (1, 5)
    assert fact.count == 3
    assert hidden.names("\u200b\u2060\u200b") == ("U+200B ZERO WIDTH SPACE", "U+2060 WORD JOINER")


def test_folding_reads_like_the_eye() -> None:
    assert confusables.fold("\u0440\u0430\u0443\u0440\u0430l \uff32\uff45\uff41\uff44 \U0001d5ff") == "paypal Read r"


def test_bytes_of_a_digest_are_not_readable() -> None:
    assert not words.readable("\x9f\x86\u00d0\x81\x88")
    assert words.readable("read the file\n")


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=200))
def test_spans_come_in_order_and_lie_in_the_text(text: str) -> None:
    for fact in hidden.find(text):
        last = 0
        for start, end in fact.spans:
            assert last <= start < end <= len(text)
            last = end
