"""Files within files are read with the analyser of their own format, within one budget."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import pytest

from driftseal.formats.blob import Blob, Bytes
from driftseal.limits import DEFAULT_LIMITS
from driftseal.observe import reading
from driftseal.observe.files.base import Analyser, Blank, Budget, Embedded, Fact, Seen


class Box(Analyser):
    """``box:`` and the file inside."""

    name: ClassVar[str] = "box"

    def claims(self, head: bytes, blob: Blob) -> bool:
        return head.startswith(b"box:") and blob.size > 0

    def read(self, blob: Blob, name: str, budget: Budget) -> Iterator[Seen]:
        budget.spend()
        yield Fact("opened", name, 4)
        yield Embedded("inner", blob.part(4, blob.size))


@pytest.fixture(autouse=True)
def boxes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_all", lambda: {"box": Box()})


def test_the_way_through_files_within_files_is_told() -> None:
    found = reading.read(Bytes(b"box:box:end"), "outer.bin", DEFAULT_LIMITS)
    assert found.format == "box"
    assert found.formats == {"inner": "box"}
    assert [fact.path for fact in found.facts] == ["", "inner"]
    assert found.complete


def test_nesting_without_end_leaves_a_blank() -> None:
    found = reading.read(Bytes(b"box:" * 50), "outer.bin", DEFAULT_LIMITS)
    assert found.blanks == (
        Blank("files within files are nested too deep (limits.archive_depth)", "/".join(["inner"] * 6)),
    )


def test_a_hint_at_a_format_that_nobody_reads_leaves_a_blank(monkeypatch: pytest.MonkeyPatch) -> None:
    class Labelled(Box):
        def read(self, blob: Blob, name: str, budget: Budget) -> Iterator[Seen]:
            budget.spend()
            yield Embedded(f"{name}.x", blob.part(4, blob.size), hint="runes")

    monkeypatch.setattr(reading, "_all", lambda: {"box": Labelled()})
    found = reading.read(Bytes(b"box:x"), "a.bin", DEFAULT_LIMITS)
    assert found.blanks == (Blank("nothing here reads runes", "a.bin.x"),)


def test_a_format_that_nobody_knows_says_nothing() -> None:
    found = reading.read(Bytes(b"plain"), "plain.txt", DEFAULT_LIMITS)
    assert (found.format, found.facts, found.complete) == ("", (), True)
