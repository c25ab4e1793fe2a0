"""The labelled corpus of model files is the same on every run, and its table counts what scanners say."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("models")


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("model_files")


def test_every_case_has_a_place_and_bytes_of_its_own(files: Any, tmp_path: Path) -> None:
    small = [case for case in files.cases() if sum(map(len, case.files.values())) < 100_000]
    again = [case for case in files.cases() if sum(map(len, case.files.values())) < 100_000]
    assert [dict(one.files) for one in small] == [dict(one.files) for one in again]
    places = [case.write(tmp_path) for case in small]
    assert len(set(places)) == len(places) > 800
    assert {case.label for case in small} == {files.HOSTILE, files.HONEST}


def test_our_own_verdicts_fill_the_table(
    models: Any, files: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = {"protocol-0.pkl", "eval.pt", "lambda.keras", "ordered.pkl", "plain.safetensors", "weights.safetensors"}
    handful = [case for case in files.cases() if case.name in wanted]
    monkeypatch.setattr(models, "cases", lambda: handful)
    monkeypatch.setattr(sys, "argv", ["models.py", "--classes", "--cases"])
    assert models.main() == 0
    told = capsys.readouterr().out
    assert f"driftseal {importlib.import_module('driftseal').__version__}, {len(handful)} files or folders" in told
    assert "recall, pickle family, dangerous or review 100.0%" in " ".join(told.split())
    assert "benign flagged dangerous 0.0%" in " ".join(told.split())
    assert "hostile pickle every protocol" in " ".join(told.split())
    assert "crashes 0" in " ".join(told.split())


def test_a_scanner_that_is_not_there_is_said(
    models: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(models, "cases", lambda: iter(()))
    monkeypatch.setattr(sys, "argv", ["models.py", "--peers", str(tmp_path), "--only", "fickling"])
    assert models.main() == 0
    assert "fickling is not installed" in capsys.readouterr().out
