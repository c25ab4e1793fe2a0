"""TensorFlow: operators that do more than compute are found in graphs, functions and frozen files."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftseal.formats.blob import Bytes
from driftseal.limits import DEFAULT_LIMITS
from driftseal.observe.files.base import Budget, Embedded, Fact, Property, Seen
from driftseal.observe.files.tensorflow import TensorFlow
from protobuf_bytes import block, number


def node(operator: str, *attributes: bytes) -> bytes:
    return block(1, "name") + block(2, operator) + b"".join(block(5, one) for one in attributes)


def graph(*operators: str, functions: tuple[str, ...] = ()) -> bytes:
    library = block(2, block(1, block(1, block(1, "f")) + b"".join(block(3, node(one)) for one in functions)))
    return b"".join(block(1, node(one)) for one in operators) + (library if functions else b"") + block(4, number(1, 1))


def saved(inner: bytes, *rest: bytes) -> bytes:
    about = block(1, block(4, "serve") + block(5, "2.16.1"))
    return number(1, 1) + block(2, about + block(2, inner) + b"".join(rest))


def read(data: bytes, name: str = "saved_model.pb") -> list[Seen]:
    limits = DEFAULT_LIMITS
    budget = Budget(limits, limits.unpacked_bytes, limits.archive_members, limits.file_steps)
    return list(TensorFlow().read(Bytes(data), name, budget))


def facts(data: bytes) -> list[tuple[str, str]]:
    return [(seen.name, seen.subject) for seen in read(data) if isinstance(seen, Fact)]


HONEST = saved(graph("Placeholder", "MatMul", "Assert", "RestoreV2", functions=("SaveV2", "PartitionedCall")))


def test_an_honest_model_says_what_it_is_and_nothing_more() -> None:
    assert read(HONEST) == [
        Property(
            "operators",
            {"Assert": 1, "MatMul": 1, "PartitionedCall": 1, "Placeholder": 1, "RestoreV2": 1, "SaveV2": 1},
        ),
        Property("tensorflow", "2.16.1"),
    ]


@pytest.mark.parametrize(
    ("operator", "fact"),
    [
        ("ReadFile", "tensorflow-file-operator"),
        ("WriteFile", "tensorflow-file-operator"),
        ("MatchingFiles", "tensorflow-file-operator"),
        ("PyFunc", "tensorflow-code-operator"),
        ("EagerPyFunc", "tensorflow-code-operator"),
        ("LoadLibrary", "tensorflow-code-operator"),
        ("TryRpc", "tensorflow-network-operator"),
    ],
)
def test_operators_are_found_in_models_functions_and_frozen_graphs(operator: str, fact: str) -> None:
    for data in (saved(graph(operator)), saved(graph("Add", functions=(operator,))), graph("Add", operator)):
        assert facts(data) == [(fact, operator)]
        assert TensorFlow().claims(data[:4096], Bytes(data))


def checkpoint(inner: bytes, *, about_first: bool = True) -> bytes:
    """A ``MetaGraphDef`` as ``tf.compat.v1.train.Saver`` writes it beside a checkpoint."""
    operations = block(2, block(1, block(1, "MatMul")))
    about = block(1, operations + block(5, "1.15.0") + block(6, "v1"))
    held = block(2, inner)
    return (about + held if about_first else held + about) + block(3, block(1, "save/Const:0"))


@pytest.mark.parametrize("about_first", [True, False])
def test_the_graph_of_a_checkpoint_is_read_in_whatever_order_its_parts_stand(*, about_first: bool) -> None:
    data = checkpoint(graph("MatMul", "WriteFile", functions=("PyFunc",)), about_first=about_first)
    assert TensorFlow().claims(data[:64], Bytes(data))
    assert facts(data) == [("tensorflow-file-operator", "WriteFile"), ("tensorflow-code-operator", "PyFunc")]
    assert Property("tensorflow", "1.15.0") in read(data)


def test_an_honest_graph_of_a_checkpoint_is_quiet() -> None:
    assert facts(checkpoint(graph("Placeholder", "MatMul", "SaveV2"))) == []


def test_what_follows_the_graph_of_a_checkpoint_is_handed_on() -> None:
    pickled = b"\x80\x04cos\nsystem\n(S'id'\ntR."
    seen = read(checkpoint(graph("MatMul")) + pickled)
    assert [one.blob.read_at(0, 99) for one in seen if isinstance(one, Embedded)] == [pickled]


def test_a_debugging_operator_that_writes_a_file_is_told() -> None:
    one = block(1, "debug_urls") + block(2, block(1, block(2, "file:///etc/cron.d/x")))
    data = saved(block(1, node("DebugIdentityV2", one)))
    operator = ("tensorflow-debug-operator", "DebugIdentityV2")
    assert facts(data) == [operator, ("tensorflow-debug-address", "file:///etc/cron.d/x")]
    other = block(1, "output_stream") + block(2, block(2, "file:///tmp/x"))
    assert facts(saved(block(1, node("PrintV2", other)))) == [("tensorflow-debug-address", "file:///tmp/x")]
    honest = block(1, "output_stream") + block(2, block(2, "stderr"))
    assert facts(saved(block(1, node("PrintV2", honest)))) == []


def test_an_asset_outside_of_the_folder_is_told() -> None:
    data = saved(graph("Add"), block(6, block(2, "../../etc/passwd")), block(6, block(2, "vocab.txt")))
    assert facts(data) == [("tensorflow-asset-escapes", "../../etc/passwd")]
    assert Property("assets", ["../../etc/passwd", "vocab.txt"]) in read(data)


def test_metadata_of_keras_is_handed_on() -> None:
    metadata = '{"class_name": "Lambda"}'
    data = block(1, number(2, 1) + block(3, "root") + block(4, "_tf_keras_layer") + block(5, metadata))
    assert TensorFlow().claims(data, Bytes(data))
    found = [one for one in read(data, "keras_metadata.pb") if isinstance(one, Embedded)]
    assert [(one.hint, one.blob.read_at(0, 99)) for one in found] == [("keras", metadata.encode())]


@pytest.mark.parametrize(
    "data", [b"", b"\x08\x08", b"\x0a\x05hello", b"{}", b"\x08\x01\x12", block(1, "a"), b"\n\n\n\n"]
)
def test_other_files_are_not_claimed(data: bytes) -> None:
    assert not TensorFlow().claims(data[:4096], Bytes(data))


@given(st.binary(max_size=300), st.integers(0, len(HONEST)))
def test_no_bytes_break_the_reader(noise: bytes, at: int) -> None:
    for data in (noise, HONEST[:at] + noise + HONEST[at:], HONEST[:at] + noise):
        TensorFlow().claims(data[:4096], Bytes(data))
        assert isinstance(read(data), list)
