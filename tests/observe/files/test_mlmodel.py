"""What MLmodel has MLflow import, run and open is told, however it is written; what MLflow writes itself is quiet."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftseal.formats.blob import Bytes
from driftseal.limits import DEFAULT_LIMITS
from driftseal.observe import reading
from driftseal.observe.files.base import Reading

HONEST = b"""artifact_path: model
flavors:
  keras:
    data: data
    keras_module: tensorflow.keras
    save_format: tf
  python_function:
    artifacts:
      notes:
        path: artifacts/notes.txt
        uri: /home/me/notes.txt
    code: null
    data: data
    env:
      conda: conda.yaml
      virtualenv: python_env.yaml
    loader_module: mlflow.tensorflow
    python_version: 3.11.7
mlflow_version: 3.17.2
model_uuid: 0a1b
saved_input_example_info:
  artifact_path: input_example.json
signature:
  inputs: '[{"name": "../x", "type": "double"}]'
  outputs: null
utc_time_created: '2026-01-02 03:04:05.678901'
"""


def read(data: bytes, name: str = "MLmodel") -> Reading:
    return reading.read(Bytes(data), name, DEFAULT_LIMITS)


def function(said: str) -> bytes:
    return f"flavors:\n  python_function:\n    {said}\nmlflow_version: 3.17.2\n".encode()


def facts(data: bytes, name: str = "MLmodel") -> list[tuple[str, str]]:
    return [(fact.name, fact.subject) for fact in read(data, name).facts]


def test_what_mlflow_writes_is_quiet() -> None:
    found = read(HONEST)
    assert (found.format, found.facts, found.blanks) == ("mlmodel", (), ())
    assert [(one.name, one.value) for one in found.properties] == [("flavors", ["keras", "python_function"])]


@pytest.mark.parametrize(
    ("said", "fact"),
    [
        ("loader_module: acme", ("mlmodel-foreign-module", "acme")),
        ("loader_module: mlflow.sklearn.acme", ("mlmodel-foreign-module", "mlflow.sklearn.acme")),
        ("{loader_module: acme}", ("mlmodel-foreign-module", "acme")),
        ('"loader\\x5fmodule": acme', ("mlmodel-foreign-module", "acme")),
        ("? loader_module\n    : acme", ("mlmodel-foreign-module", "acme")),
        ("keras_module: acme", ("mlmodel-foreign-module", "acme")),
        ("code: code", ("mlmodel-runs-code", "code")),
        ("code: ./code/", ("mlmodel-runs-code", "code")),
        ("model_code_path: /home/me/agent.py", ("mlmodel-runs-code", "agent.py")),
        ("model_code_path: C:\\me\\agent.py", ("mlmodel-runs-code", "agent.py")),
        ("data: ../other", ("mlmodel-path-escapes", "../other")),
        ("data: /etc", ("mlmodel-path-escapes", "/etc")),
        ("code: //host/share", ("mlmodel-path-escapes", "//host/share")),
        ("artifacts: {a: {path: ../../x}}", ("mlmodel-path-escapes", "../../x")),
        ("env: {conda: https://x.example/conda.yaml}", ("mlmodel-path-escapes", "https://x.example/conda.yaml")),
        ("model: !!python/object/apply:os.system [id]", ("yaml-python-tag", "object/apply:os.system")),
    ],
)
def test_each_thing_that_a_flavour_can_do_is_told(said: str, fact: tuple[str, str]) -> None:
    assert facts(function(said)) == [fact]


def test_where_a_name_stands_twice_both_are_looked_at() -> None:
    told = facts(function("loader_module: mlflow.sklearn\n    loader_module: acme"))
    assert told == [("loader-duplicate-key", "loader_module"), ("mlmodel-foreign-module", "acme")]
    again = HONEST + b"flavors:\n  python_function:\n    loader_module: acme\n"
    assert facts(again) == [("loader-duplicate-key", "flavors"), ("mlmodel-foreign-module", "acme")]


def test_json_is_yaml_too() -> None:
    assert facts(json.dumps({"flavors": {"x": {"code": "src"}}}).encode()) == [("mlmodel-runs-code", "src")]


@pytest.mark.parametrize("data", [b"flavors: {a", b"a: &x 1\nflavors: {b: *x}\n", b"flavors:\n\t- x\n", b"\xff\xfe{"])
def test_what_cannot_be_read_is_no_clean_file(data: bytes) -> None:
    found = read(data)
    assert [fact.name for fact in found.facts] == ["mlmodel-unparsable"]
    assert found.blanks


def test_another_name_needs_what_mlflow_writes() -> None:
    assert read(HONEST, "saved.yaml").format == "mlmodel"
    assert read(b"flavors: [vanilla]\n", "menu.yaml").format == ""


def test_a_pickle_under_that_name_is_read_as_a_pickle() -> None:
    assert facts(b"cos\nsystem\n(S'id'\ntR.")[0] == ("pickle-dangerous-call", "os.system")


@pytest.mark.parametrize("name", ["pickle_module_info.txt", "keras_module.txt"])
def test_a_module_that_is_named_by_a_file_is_told(name: str) -> None:
    assert facts(b"mlflow.pytorch.pickle_module", name) == facts(b"tensorflow.keras", name) == []
    assert facts(b"acme.pickles", name) == [("mlmodel-foreign-module", "acme.pickles")]
    assert facts(b"a b\n", name) == [("mlmodel-foreign-module", "")]
    assert facts(b"acme.pickles", "notes.txt") == []


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_told(data: bytes) -> None:
    found = read(b"flavors: {a: {loader_module: " + data)
    assert found.format
    assert found.blanks or found.facts or found.properties
