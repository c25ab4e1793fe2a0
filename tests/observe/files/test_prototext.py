"""Graphs written as text: the same operators as in their binary form, and layers of Caffe that are Python."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftseal.formats.blob import Bytes
from driftseal.limits import DEFAULT_LIMITS
from driftseal.observe import reading
from driftseal.observe.files.base import Budget, Fact, Property, Seen
from driftseal.observe.files.prototext import Prototext
from growth import grows_linearly

SAVED = 'saved_model_schema_version: 1\nmeta_graphs {{\n  graph_def {{\n    node {{ name: "n" {0} }}\n  }}\n}}\n'
LAYER = 'name: "net"\nlayer {{\n  name: "x"\n  {0}\n}}\n'


def read(text: str) -> list[Seen]:
    limits = DEFAULT_LIMITS
    budget = Budget(limits, limits.unpacked_bytes, limits.archive_members, limits.file_steps)
    return list(Prototext().read(Bytes(text.encode()), "g.pbtxt", budget))


def facts(text: str) -> list[tuple[str, str]]:
    return [(one.name, one.subject) for one in read(text) if isinstance(one, Fact)]


@pytest.mark.parametrize(
    "written",
    [
        'op: "ReadFile"',
        "op:'ReadFile'",
        'op : "Read" "File"',
        'op: # a remark\n  "Read\\x46ile"',
        'op: "\\122eadFile"',
    ],
)
def test_an_operator_is_told_however_its_name_is_written(written: str) -> None:
    text = SAVED.format(written)
    assert Prototext().claims(text.encode(), Bytes(text.encode()))
    assert facts(text) == [("tensorflow-file-operator", "ReadFile")]


def test_an_honest_graph_says_its_operators_alone() -> None:
    assert read(SAVED.format('op: "MatMul"')) == [Property("operators", {"MatMul": 1})]


def test_a_layer_of_python_is_told_with_its_module() -> None:
    python = LAYER.format('type: "Python"\n  python_param { module: "evil" layer: "Net" }')
    assert facts(python) == [("caffe-python-layer", "evil")]
    assert facts(LAYER.format('type: "Convolution"')) == []


@pytest.mark.parametrize("text", ["item {\n  id: 1\n  name: 'cat'\n}\n", "hello", "model:\n  name: x\n", ""])
def test_other_texts_are_not_claimed(text: str) -> None:
    assert not Prototext().claims(text.encode(), Bytes(text.encode()))


def test_the_name_of_a_saved_model_is_enough() -> None:
    seen = reading.read(Bytes(b'# x\nmeta_graphs: { op: "PyFunc" }'), "saved_model.pbtxt", DEFAULT_LIMITS)
    assert [(one.name, one.subject) for one in seen.facts] == [("tensorflow-code-operator", "PyFunc")]


@pytest.mark.parametrize("part", ['op: "', "op " + " " * 40, "op: #\n", 'op: "a" '])
def test_reading_takes_linear_time(part: str) -> None:
    assert grows_linearly(lambda count: read(part * count), 5000)


@given(st.text(max_size=300))
def test_no_text_breaks_the_reader(text: str) -> None:
    assert isinstance(read(text), list)
