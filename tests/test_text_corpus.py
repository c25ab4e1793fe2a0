"""What the judgement is measured by is nothing that it learns from."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


def test_a_folder_is_read_without_what_is_kept_for_measuring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    corpora = importlib.import_module("corpora")
    folder = BENCHMARKS / "poisoning"
    learnt = {item.digest for surface in corpora.read([folder]) for item in surface.items}
    measured = {item.digest for surface in corpora.read([folder / "test.jsonl"]) for item in surface.items}
    assert len(learnt) > len(measured) > 0
    assert learnt.isdisjoint(measured)
