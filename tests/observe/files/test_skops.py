"""skops: every node is judged by the lists that pickles are judged by."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftseal.formats.blob import Bytes
from driftseal.limits import DEFAULT_LIMITS
from driftseal.observe.files.base import Blank, Budget, Fact, Property, Seen
from driftseal.observe.files.skops import Skops


def node(module: str, name: str, loader: str, content: Any = None) -> dict[str, Any]:
    return {"__class__": name, "__module__": module, "__loader__": loader, "content": content, "__id__": 7}


def schema(*inside: dict[str, Any]) -> dict[str, Any]:
    plain = {"C": node("builtins", "float", "JsonNode", "1.0"), "coef_": node("numpy", "ndarray", "NdArrayNode")}
    content = node("builtins", "dict", "DictNode", plain | {str(number): one for number, one in enumerate(inside)})
    root = node("sklearn.linear_model._logistic", "LogisticRegression", "ObjectNode", content)
    return root | {"protocol": 2, "_skops_version": "0.13.0"}


def read(data: bytes) -> list[Seen]:
    limits = DEFAULT_LIMITS
    budget = Budget(limits, limits.unpacked_bytes, limits.archive_members, limits.file_steps)
    return list(Skops().read(Bytes(data), "schema.json", budget))


def facts(value: dict[str, Any]) -> list[tuple[str, str]]:
    data = json.dumps(value).encode()
    assert Skops().claims(data[:4096], Bytes(data))
    return [(seen.name, seen.subject) for seen in read(data) if isinstance(seen, Fact)]


def test_an_honest_model_is_quiet() -> None:
    assert facts(schema()) == []
    assert Property("skops", "0.13.0") in read(json.dumps(schema()).encode())


@pytest.mark.parametrize(
    ("inside", "fact"),
    [
        (
            node("builtins", "function", "FunctionNode", {"module_path": "os", "function": "system"}),
            ("skops-dangerous-name", "os.system"),
        ),
        (node("subprocess", "Popen", "ObjectNode"), ("skops-dangerous-name", "subprocess.Popen")),
        (node("mine", "Model", "ObjectNode"), ("skops-unknown-name", "mine.Model")),
        (node("builtins", "method", "MethodNode", {"func": "mro", "obj": None}), ("skops-method", "mro")),
    ],
)
def test_names_are_judged_wherever_a_node_holds_them(inside: dict[str, Any], fact: tuple[str, str]) -> None:
    assert facts(schema(inside)) == [fact]


def test_an_operator_of_another_module_is_told() -> None:
    assert ("skops-foreign-operator", "os.system") in facts(schema(node("os", "system", "OperatorFuncNode", [])))


def test_a_doubled_key_hides_nothing() -> None:
    inner = json.dumps(node("os", "system", "ObjectNode"))
    data = json.dumps(schema())[:-1] + f', "content": {inner}, "content": null}}'
    found = [(one.name, one.subject) for one in read(data.encode()) if isinstance(one, Fact)]
    assert found == [("skops-duplicate-key", "content"), ("skops-dangerous-name", "os.system")]


@pytest.mark.parametrize("data", [b"{", b'{"a":' * 100_000, b"\xff\xfe\x00"])
def test_what_is_no_json_is_not_clean(data: bytes) -> None:
    seen = read(data)
    assert [one.name for one in seen if isinstance(one, Fact)] == ["skops-unparsable"]
    assert any(isinstance(one, Blank) for one in seen)


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    Skops().claims(data, Bytes(data))
    assert isinstance(read(data), list)


_KEYS = st.sampled_from(["__class__", "__module__", "__loader__", "content", "func", "module_path", "function"])
_VALUES = st.sampled_from(["os", "system", "FunctionNode", "MethodNode", "OperatorFuncNode", "", "a.b", "__x__"])


@given(st.recursive(_VALUES | st.none(), lambda below: st.dictionaries(_KEYS, below) | st.lists(below), max_leaves=12))
def test_no_schema_breaks_the_walk(value: Any) -> None:
    assert isinstance(read(json.dumps(value).encode()), list)
