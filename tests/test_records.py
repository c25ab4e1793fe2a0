"""Records against the data classes of the standard library, whose place they take."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

import pytest

from driftseal.records import dataclass


@dataclass(frozen=True, slots=True)
class _Ours:
    first: str
    second: tuple[int, ...] = ()
    secret: str = dataclasses.field(default="", repr=False)
    aside: int = dataclasses.field(default=0, compare=False)
    many: dict[str, int] = dataclasses.field(default_factory=dict, compare=False)
    counted: int = dataclasses.field(init=False, default=7)
    shared: ClassVar[str] = "of the class"


@dataclasses.dataclass(frozen=True, slots=True)
class _Theirs:
    first: str
    second: tuple[int, ...] = ()
    secret: str = dataclasses.field(default="", repr=False)
    aside: int = dataclasses.field(default=0, compare=False)
    many: dict[str, int] = dataclasses.field(default_factory=dict, compare=False)
    counted: int = dataclasses.field(init=False, default=7)
    shared: ClassVar[str] = "of the class"


def test_a_record_shows_what_a_data_class_shows() -> None:
    ours, theirs = _Ours("a", (1,), "hidden"), _Theirs("a", (1,), "hidden")
    assert repr(ours) == repr(theirs).replace("_Theirs", "_Ours")
    assert "hidden" not in repr(ours)
    assert dataclasses.asdict(ours) == dataclasses.asdict(theirs)


def test_records_are_equal_by_the_fields_that_are_compared() -> None:
    assert _Ours("a", aside=1) == _Ours("a", aside=2)
    assert hash(_Ours("a", aside=1)) == hash(_Ours("a", aside=2))
    assert _Ours("a") != _Ours("b")
    assert _Ours("a") != object()


def test_nothing_of_a_record_can_be_changed() -> None:
    one = _Ours("a")
    with pytest.raises(dataclasses.FrozenInstanceError, match="first"):
        one.first = "b"  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError, match="first"):
        del one.first
    assert one.first == "a"


def test_another_record_is_made_from_one() -> None:
    one = _Ours("a", (1, 2))
    other = dataclasses.replace(one, first="b")
    assert (other.first, other.second, other.counted) == ("b", (1, 2), 7)
    assert other.many is one.many
    assert _Ours("a").many is not _Ours("a").many


def test_a_field_that_is_missing_is_told_by_its_name() -> None:
    with pytest.raises(TypeError, match="first"):
        _Ours()  # type: ignore[call-arg]


def test_a_class_keeps_its_own_methods() -> None:
    @dataclass(frozen=True, slots=True)
    class Own:
        given: str

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Own) and self.given.lower() == other.given.lower()

        def __hash__(self) -> int:
            return hash(self.given.lower())

        def __repr__(self) -> str:
            return "own"

    assert Own("A") == Own("a")
    assert len({Own("A"), Own("a")}) == 1
    assert repr(Own("A")) == "own"


@dataclass(frozen=True, slots=True, order=True)
class _Sorted:
    first: str
    second: int = 0
    aside: int = dataclasses.field(default=0, compare=False)


def test_records_are_sorted_by_the_fields_that_are_compared() -> None:
    low, high = _Sorted("a", 2, aside=9), _Sorted("b", 1)
    assert sorted([high, low]) == [low, high]
    assert low < high > low
    assert low <= _Sorted("a", 2) >= low
    assert not low < _Sorted("a", 2)


def test_records_of_two_kinds_have_no_order() -> None:
    with pytest.raises(TypeError, match="not supported"):
        assert _Sorted("a") < _Ours("b")  # type: ignore[operator]


@dataclass(slots=True)
class _Open:
    first: str
    many: list[str] = dataclasses.field(default_factory=list)
    counted: int = dataclasses.field(init=False, default=7)


def test_a_record_that_is_not_frozen_can_be_changed_and_is_no_key() -> None:
    one, other = _Open("a"), _Open("a")
    one.many.append("b")
    assert (other.many, other.counted) == ([], 7)
    other.many = ["b"]
    assert one == other
    other.first = "c"
    assert one != other
    assert repr(one) == "_Open(first='a', many=['b'], counted=7)"
    with pytest.raises(TypeError, match="unhashable"):
        hash(one)


def test_a_record_refuses_what_it_would_not_call() -> None:
    with pytest.raises(TypeError, match="__post_init__"):

        @dataclass(frozen=True, slots=True)
        class Late:
            first: str

            def __post_init__(self) -> None:
                """Never called."""
