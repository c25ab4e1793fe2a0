"""ONNX: paths of external data and operators from elsewhere are found wherever the format lets them stand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftseal.formats.blob import Bytes
from driftseal.limits import DEFAULT_LIMITS
from driftseal.observe.files.base import Blank, Budget, Embedded, Fact, Property, Seen
from driftseal.observe.files.onnx import Onnx
from protobuf_bytes import block, number


def node(kind: str, domain: str = "", *attributes: bytes) -> bytes:
    domains = block(7, domain) if domain else b""
    return block(1, block(1, "x") + block(2, "y") + block(4, kind) + domains + b"".join(attributes))


def tensor(path: str) -> bytes:
    location = block(1, "location") + block(2, path)
    return number(1, 2) + block(8, "w") + block(13, location) + block(13, block(1, "length") + block(2, "8"))


def model(*parts: bytes, rest: bytes = b"") -> bytes:
    graph = b"".join(parts) + block(2, "main")
    opsets = block(8, block(1, "") + number(2, 17))
    return number(1, 8) + block(2, "pytorch") + block(3, "2.3") + block(7, graph) + opsets + rest


def read(data: bytes) -> list[Seen]:
    limits = DEFAULT_LIMITS
    budget = Budget(limits, limits.unpacked_bytes, limits.archive_members, limits.file_steps)
    return list(Onnx().read(Bytes(data), "model.onnx", budget))


def facts(data: bytes) -> list[tuple[str, str]]:
    return [(seen.name, seen.subject) for seen in read(data) if isinstance(seen, Fact)]


HONEST = model(node("Gemm"), node("Relu"), node("Gelu", "com.microsoft"), block(5, tensor("model.onnx_data")))


def test_an_honest_model_says_what_it_is_and_nothing_more() -> None:
    seen = read(HONEST)
    assert seen == [
        Property("producer", {"producer": "pytorch", "producer-version": "2.3"}),
        Property("opsets", {"": 17}),
        Property("operators", {"Gemm": 1, "Relu": 1, "com.microsoft::Gelu": 1}),
        Property("external-files", ["model.onnx_data"]),
    ]


PLACES = {
    "initializer": lambda path: model(block(5, tensor(path))),
    "attribute": lambda path: model(node("Constant", "", block(5, block(1, "value") + block(5, tensor(path))))),
    "attribute list": lambda path: model(node("Constant", "", block(5, block(10, tensor(path))))),
    "subgraph": lambda path: model(node("If", "", block(5, block(6, block(5, tensor(path)))))),
    "subgraphs": lambda path: model(node("Scan", "", block(5, block(11, block(5, tensor(path)))))),
    "sparse": lambda path: model(block(15, block(1, tensor(path)))),
    "training": lambda path: model(rest=block(20, block(2, block(5, tensor(path))))),
    "function": lambda path: model(rest=block(25, block(7, block(5, block(5, tensor(path)))))),
}


@pytest.mark.parametrize("place", PLACES)
def test_external_data_is_found_wherever_a_tensor_may_stand(place: str) -> None:
    assert facts(PLACES[place]("../../etc/passwd")) == [("onnx-external-escapes", "../../etc/passwd")]
    assert facts(PLACES[place]("weights/a.bin")) == []


@pytest.mark.parametrize(
    "path",
    ["/etc/passwd", "..\\..\\secret", "C:\\x", "C:x", "a/../../b", "~/x", "file:///etc/passwd", "a\0b", "\\\\host\\x"],
)
def test_every_way_out_of_the_folder_is_told(path: str) -> None:
    assert facts(model(block(5, tensor(path)))) == [("onnx-external-escapes", path)]


def test_operators_that_run_python_or_come_from_elsewhere_are_told() -> None:
    assert facts(model(node("PyOp", "ai.onnx.contrib"))) == [("onnx-python-operator", "ai.onnx.contrib::PyOp")]
    assert facts(model(node("Add", "evil.ops"), node("Sub", "evil.ops"))) == [("onnx-custom-domain", "evil.ops")]


def test_operators_that_the_model_defines_itself_are_its_own() -> None:
    function = block(25, block(1, "Twice") + node("Add").replace(b"\x0a", b"\x3a", 1) + block(10, "my.ops"))
    assert facts(model(node("Twice", "my.ops"), rest=function)) == []


def test_a_program_in_the_metadata_is_told() -> None:
    pair = block(14, block(1, "note") + block(2, "import os; os.system('id')"))
    assert facts(model(rest=pair)) == [("metadata-holds-code", "note")]
    honest = block(14, block(1, "names") + block(2, "{0: 'cat', 1: 'import duty', 2: 'executive'}"))
    assert facts(model(rest=honest)) == []


def test_a_pickle_behind_the_model_is_handed_on() -> None:
    tail = b"\x80\x04cos\nsystem\n(X\x02\x00\x00\x00idtR."
    seen = read(HONEST + tail)
    assert any(isinstance(one, Fact) and one.name == "trailing-data" and one.offset == len(HONEST) for one in seen)
    assert [one.blob.read_at(0, 99) for one in seen if isinstance(one, Embedded)] == [tail]
    assert any(isinstance(one, Blank) for one in seen)


def test_graphs_without_end_leave_a_blank() -> None:
    graph = node("Add")
    for _ in range(60):
        graph = node("If", "", block(5, block(6, graph)))
    assert Blank("graphs are nested too deep") in read(model(graph))


@pytest.mark.parametrize(
    "data", [HONEST, HONEST + b"\xff", number(1, 8) + block(7, block(1, b"")), model(rest=block(99, "x"))]
)
def test_models_are_recognized(data: bytes) -> None:
    assert Onnx().claims(data[:4096], Bytes(data))


@pytest.mark.parametrize(
    "data", [b"", b"\x08", b"\x80\x04.", b"{}", block(1, block(2, "x")), b"\x08\x01\x12\x00", b"PK\x03\x04"]
)
def test_other_files_are_not(data: bytes) -> None:
    assert not Onnx().claims(data[:4096], Bytes(data))


@given(st.binary(max_size=300), st.integers(0, len(HONEST)))
def test_no_bytes_break_the_reader(noise: bytes, at: int) -> None:
    for data in (noise, HONEST[:at] + noise + HONEST[at:], HONEST[:at] + noise):
        Onnx().claims(data[:4096], Bytes(data))
        assert isinstance(read(data), list)
