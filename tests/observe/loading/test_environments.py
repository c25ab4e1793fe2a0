"""Environments that are made for a model say where their packages come from, in whichever file that stands."""

from __future__ import annotations

import pytest

from driftseal.formats.blob import Bytes
from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.digest import Digest
from driftseal.observe import loading, reading
from driftseal.observe.loading import Loading

CONDA = """channels: [conda-forge, 'https://conda.anaconda.org/pytorch']
dependencies: [python=3.11.7, pip<=23.2.1, {pip: [mlflow==3.17.2, numpy]}]
"""
PYTHON = "python: 3.11.7\nbuild_dependencies: [pip==23.2.1]\ndependencies: [-r requirements.txt]\n"


def look(name: str, text: str) -> Loading:
    data = text.encode()
    shown = reading.read(Bytes(data), name, DEFAULT_LIMITS)
    return loading.look([loading.File(name, len(data), Digest.of(data).value, data, shown)], DEFAULT_LIMITS)


def facts(name: str, text: str) -> list[tuple[str, str]]:
    return [(fact.name, fact.subject) for fact in look(name, text).readings[name].facts]


def test_what_mlflow_writes_is_quiet() -> None:
    assert facts("conda.yaml", CONDA) == facts("python_env.yaml", PYTHON) == []


@pytest.mark.parametrize(
    ("said", "fact"),
    [
        ("--extra-index-url https://x.example/simple", ("requirements-other-index", "x.example")),
        ("a @ https://x.example/a.whl", ("requirements-from-address", "x.example/a.whl")),
        ("a @ https://[x", ("requirements-from-address", "https://[x")),
        ("git+https://github.com/somebody/thing", ("requirements-from-repository", "github.com/somebody/thing")),
        ("reqeusts", ("requirements-look-alike", "reqeusts requests")),
    ],
)
def test_what_pip_is_told_there_is_read_like_requirements(said: str, fact: tuple[str, str]) -> None:
    assert facts("conda.yaml", f"dependencies:\n- pip:\n  - '{said}'\n") == [fact]
    assert facts("python_env.yaml", f"dependencies:\n- '{said}'\n") == [fact]
    assert facts("requirements.txt", f"{said}\n") == [fact]
    assert facts("notes.yaml", f"dependencies:\n- '{said}'\n") == []


def test_a_channel_of_somebody_elses_is_another_index() -> None:
    told = facts("conda.yaml", "channels: ['https://conda.x.example/main', conda-forge]\n")
    assert told == [("requirements-other-index", "conda.x.example")]


def test_an_environment_that_cannot_be_read_is_told() -> None:
    (blank,) = look("conda.yaml", "dependencies: [").blanks
    assert blank.seen.why.startswith("the environment cannot be parsed")
