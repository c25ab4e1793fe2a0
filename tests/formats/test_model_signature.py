"""Statements of OpenSSF Model Signing, as hostile hands write them, are read or refused and nothing else."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from driftseal.formats import model_signature
from driftseal.limits import DEFAULT_LIMITS
from modelsigning import covering

GOOD = covering({"a": b"1", "b/c": b"2", "b.txt": b"3"})
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
PLACES = [
    ("_type",),
    ("subject",),
    ("subject", 0),
    ("subject", 0, "name"),
    ("subject", 0, "digest"),
    ("predicateType",),
    ("predicate",),
    ("predicate", "serialization"),
    ("predicate", "serialization", "method"),
    ("predicate", "serialization", "hash_type"),
    ("predicate", "serialization", "allow_symlinks"),
    ("predicate", "serialization", "ignore_paths"),
    ("predicate", "serialization", "shard_size"),
    ("predicate", "resources"),
    ("predicate", "resources", 0),
    ("predicate", "resources", 0, "name"),
    ("predicate", "resources", 0, "algorithm"),
    ("predicate", "resources", 0, "digest"),
]


def with_value(place: tuple[Any, ...], value: object) -> dict[str, Any]:
    document = copy.deepcopy(GOOD)
    part: Any = document
    for step in place[:-1]:
        part = part[step]
    part[place[-1]] = value
    return document


def test_what_is_written_is_read_again() -> None:
    covered = model_signature.read(GOOD, DEFAULT_LIMITS)
    assert [part.path for part in covered.parts] == ["a", "b/c", "b.txt"]
    digests = {part.path: part.digest for part in covered.parts}
    again = model_signature.covering(digests, ignored=[], links=False)
    assert again["resources"] == GOOD["predicate"]["resources"]
    assert covered.root == model_signature.root(digests[name] for name in model_signature.in_order(digests))


@settings(max_examples=300)
@given(place=st.sampled_from(PLACES), value=JSON)
def test_any_value_in_any_place_is_read_or_refused(place: tuple[Any, ...], value: object) -> None:
    try:
        covered = model_signature.read(with_value(place, value), DEFAULT_LIMITS)
    except (KeyError, TypeError, ValueError):
        return
    assert all(".." not in part.path.split("/") and not part.path.startswith("/") for part in covered.parts)


@settings(max_examples=100)
@given(name=st.text(max_size=30))
def test_any_name_of_a_shard_is_read_or_refused(name: str) -> None:
    document = with_value(
        ("predicate", "resources"), [{"name": name, "algorithm": "sha256-sharded-7", "digest": "0" * 64}]
    )
    document["predicate"]["serialization"] |= {"method": "shards", "shard_size": 7}
    with pytest.raises((KeyError, TypeError, ValueError)):
        model_signature.read(document, DEFAULT_LIMITS)


def test_more_resources_than_files_are_looked_at_are_refused() -> None:
    with pytest.raises(ValueError, match="a list of 3 is longer than 2"):
        model_signature.read(GOOD, replace(DEFAULT_LIMITS, files=2))
