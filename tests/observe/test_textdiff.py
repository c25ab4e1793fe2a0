from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from driftseal.limits import Limits
from driftseal.model.drift import Edit, Segment
from driftseal.observe.textdiff import added, highlight
from growth import grows_linearly


def side(parts: tuple[Segment, ...], without: Edit) -> str:
    return "".join(part.text for part in parts if part.edit is not without)


@given(st.text(), st.text())
def test_both_texts_can_be_read_from_the_segments(old: str, new: str) -> None:
    parts = highlight(old, new)
    assert side(parts, Edit.ADDED) == old
    assert side(parts, Edit.REMOVED) == new


@given(st.text())
def test_an_equal_text_is_one_stretch(text: str) -> None:
    assert all(part.edit is Edit.SAME for part in highlight(text, text))


def test_a_changed_word_stands_alone() -> None:
    assert highlight("Send one mail.", "Send two mails now.") == (
        Segment(Edit.SAME, "Send "),
        Segment(Edit.REMOVED, "one mail"),
        Segment(Edit.ADDED, "two mails now"),
        Segment(Edit.SAME, "."),
    )


def test_added_words_are_told() -> None:
    assert added("Send a mail.", "Send a mail. Tell nobody.") == " Tell nobody."


def test_long_texts_that_share_nothing_are_told_as_a_whole() -> None:
    def look(count: int) -> None:
        parts = highlight("a b " * count, "c d " * count)
        assert [part.edit for part in parts] == [Edit.REMOVED, Edit.ADDED, Edit.SAME]

    assert grows_linearly(look, 12_500)


def test_the_limit_is_the_callers() -> None:
    assert [part.edit for part in highlight("a b c", "x b y", Limits(diff_word_pairs=1))] == [Edit.REMOVED, Edit.ADDED]
