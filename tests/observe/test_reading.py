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
    assert found.facts[-1].name == "nested-too-deep"


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


class Named(Box):
    """Read where the name says so, whatever the first bytes are."""

    name: ClassVar[str] = "named"
    suffixes: ClassVar[frozenset[str]] = frozenset({".named"})

    def claims(self, head: bytes, blob: Blob) -> bool:
        return head.startswith(b"named:") and blob.size > 0


def test_the_name_decides_where_the_first_bytes_say_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_all", lambda: {"box": Box(), "named": Named()})
    assert reading.read(Bytes(b"what"), "a.NAMED", DEFAULT_LIMITS).format == "named"
    assert reading.read(Bytes(b""), "a.named", DEFAULT_LIMITS).format == ""
    assert reading.format_of(Bytes(b"what")) == ""


def test_a_file_that_is_something_else_than_its_name_says_is_a_fact(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_all", lambda: {"box": Box(), "named": Named()})
    found = reading.read(Bytes(b"box:end"), "a.named", DEFAULT_LIMITS)
    assert (
        Fact("format-differs-from-name", "named .named, and what it holds is box", subject=".named box") in found.facts
    )
    honest = reading.read(Bytes(b"named:end"), "a.named", DEFAULT_LIMITS)
    assert [fact.name for fact in honest.facts] == ["opened"]


def test_within_a_file_the_name_decides_only_where_first_bytes_never_say_anything(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Within(Box):
        def read(self, blob: Blob, name: str, budget: Budget) -> Iterator[Seen]:
            budget.spend(len(name))
            yield Embedded("a.named", blob.part(4, blob.size))

    class Always(Named):
        named: ClassVar[bool] = True

    monkeypatch.setattr(reading, "_all", lambda: {"box": Within(), "named": Named()})
    assert reading.read(Bytes(b"box:what"), "a.box", DEFAULT_LIMITS).formats == {}
    monkeypatch.setattr(reading, "_all", lambda: {"box": Within(), "named": Always()})
    assert reading.read(Bytes(b"box:what"), "a.box", DEFAULT_LIMITS).formats == {"a.named": "named"}


def test_an_ending_of_many_things_decides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Graph(Named):
        suffixes: ClassVar[frozenset[str]] = frozenset({".pb"})

    monkeypatch.setattr(reading, "_all", lambda: {"graph": Graph()})
    assert reading.read(Bytes(b"what"), "input_0.pb", DEFAULT_LIMITS).format == ""
