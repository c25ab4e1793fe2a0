"""A run loads no collector that none of its references can be meant for."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configured import context
from driftseal import plugins
from driftseal.collect.base import Collector
from driftseal.pipeline.gather import BY_SCHEME, collectors

OTHERS = st.sampled_from(["hf", "oci", "x", "/hf:", " hf:a/b", "HF:a/b", "https://hf:", "-", ".", ""]) | st.text()


def names(*references: str) -> set[str]:
    return {kind.name for kind in collectors(context(Path()), references)}


@pytest.mark.parametrize("name", sorted(BY_SCHEME))
@given(reference=OTHERS)
def test_such_a_kind_claims_nothing_but_its_scheme(name: str, reference: str) -> None:
    collector = plugins.load("collect", name, Collector)(context(Path()))  # type: ignore[type-abstract]
    if not reference.startswith(f"{name}:"):
        assert not collector.claims(reference)


def test_every_other_kind_is_asked_about_every_reference() -> None:
    everything = names("hf:a/b", "mlflow:m/1", "oci:h/r:t", "ollama:m")
    assert names(".") == everything - BY_SCHEME
    assert names(".", "hf:a/b") == everything - BY_SCHEME | {"hf"}
    assert everything == {kind.name for kind in collectors(context(Path()))}
