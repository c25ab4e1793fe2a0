"""Keras: whatever a configuration has its loader make is judged, at any depth and in any spelling."""

from __future__ import annotations

import base64
import json
import marshal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftseal.formats.blob import Bytes
from driftseal.limits import DEFAULT_LIMITS
from driftseal.observe.files.base import Blank, Budget, Fact, Property, Seen
from driftseal.observe.files.keras import Keras

Config = dict[str, Any]
CODE = base64.encodebytes(marshal.dumps(compile("__import__('os').system('id')", "<lambda>", "eval"))).decode()


def layer(kind: str, module: str = "keras.layers", **config: Any) -> Config:
    return {"module": module, "class_name": kind, "config": {"name": kind.lower(), **config}, "registered_name": None}


def model(*layers: Config) -> Config:
    return {
        "module": "keras",
        "class_name": "Functional",
        "config": {"name": "m", "layers": list(layers)},
        "registered_name": "Functional",
        "compile_config": {"optimizer": layer("Adam", "keras.optimizers"), "loss": "mse"},
    }


HONEST = model(
    layer("InputLayer", batch_shape=[None, 4]),
    layer("Dense", units=3, activation="relu", kernel_initializer=layer("GlorotUniform", "keras.initializers")),
    layer("Bidirectional", layer=layer("LSTM", units=2)),
    layer("StringLookup", vocabulary=["a", "b"]),
    layer("StringLookup", vocabulary=None),
    layer("Activation", activation={"module": "keras.activations", "class_name": "function", "config": "relu"}),
    layer("Rescaling", scale=float("nan")),
)


def read(data: bytes) -> list[Seen]:
    limits = DEFAULT_LIMITS
    budget = Budget(limits, limits.unpacked_bytes, limits.archive_members, limits.file_steps)
    return list(Keras().read(Bytes(data), "config.json", budget))


def facts(value: Config | bytes) -> list[tuple[str, str]]:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    assert Keras().claims(data[:4096], Bytes(data))
    return [(seen.name, seen.subject) for seen in read(data) if isinstance(seen, Fact)]


def test_an_honest_model_is_quiet_and_lists_its_classes() -> None:
    assert facts(HONEST) == []
    (classes,) = [one.value for one in read(json.dumps(HONEST).encode()) if isinstance(one, Property)]
    assert isinstance(classes, dict)
    assert classes["StringLookup"] == 2


LAMBDA = layer("Lambda", function={"class_name": "__lambda__", "config": {"code": CODE, "defaults": None}})


@pytest.mark.parametrize(
    "value",
    [
        model(LAMBDA),
        model(layer("TimeDistributed", layer=LAMBDA)),
        model(layer("Functional", "keras", layers=[layer("Sequential", "keras", layers=[LAMBDA])])),
        model(layer("Dense", kernel_regularizer=LAMBDA)),
    ],
    ids=["plain", "wrapped", "in a sub-model", "as an argument"],
)
def test_a_lambda_is_found_wherever_it_stands(value: Config) -> None:
    found = dict(facts(value))
    assert found["keras-lambda"] in {"lambda", "__lambda__"}
    assert "system" in found["keras-marshalled-code"]
    assert "__import__" in found["keras-marshalled-code"]


def test_a_lambda_of_the_older_format_is_found() -> None:
    old = {"class_name": "Lambda", "config": {"name": "l", "function": [CODE, None, None], "function_type": "lambda"}}
    value = {"class_name": "Sequential", "config": {"layers": [old]}, "keras_version": "2.4.0"}
    assert ("keras-lambda", "l") in facts(value)
    assert Property("keras", "2.4.0") in read(json.dumps(value).encode())


@pytest.mark.parametrize(
    ("made", "fact"),
    [
        (layer("Popen", "subprocess"), ("keras-foreign-module", "subprocess.Popen")),
        (
            {"module": "os", "class_name": "function", "config": "system", "registered_name": "function"},
            ("keras-foreign-module", "os.function"),
        ),
        (
            {"module": "keras.config", "class_name": "function", "config": "enable_unsafe_deserialization"},
            ("keras-dangerous-function", "keras.config.enable_unsafe_deserialization"),
        ),
        (
            {"module": "keras.utils", "class_name": "function", "config": "get_file"},
            ("keras-dangerous-function", "keras.utils.get_file"),
        ),
        (
            {"module": "keras.src.saving.serialization_lib", "class_name": "function", "config": "anything"},
            ("keras-odd-function", "keras.src.saving.serialization_lib.anything"),
        ),
        (
            {"module": "builtins", "class_name": "function", "config": "my_loss"},
            ("keras-named-function", "builtins.my_loss"),
        ),
        (layer("TorchModuleWrapper", "keras.utils"), ("keras-torch-module", "torchmodulewrapper")),
        (layer("StringLookup", vocabulary="/etc/passwd"), ("keras-reads-file", "/etc/passwd")),
        (layer("TFOpLambda", "keras", function="math.add"), ("keras-operator-layer", "tfoplambda")),
        (layer("HookLayer", "keras.layers"), ("keras-unknown-class", "HookLayer")),
        ({**layer("Mine", "keras"), "registered_name": "Pack>Mine"}, ("keras-custom-class", "Pack>Mine")),
    ],
)
def test_what_is_no_plain_layer_is_told(made: Config, fact: tuple[str, str]) -> None:
    assert facts(model(layer("Dense"), made)) == [fact]


def test_an_operator_layer_that_reaches_files_is_told() -> None:
    for function in ("io.write_file", "raw_ops.ReadFile", "tf.py_function"):
        assert ("keras-dangerous-function", function) in facts(model(layer("TFOpLambda", "keras", function=function)))


def test_losses_and_metrics_that_keras_does_not_bring_are_told() -> None:
    compiled = {
        **HONEST,
        "compile_config": {"optimizer": "adam", "loss": {"out": "hooked"}, "metrics": [["mae"], "AUC"]},
    }
    assert facts(compiled) == [("keras-unknown-function", "hooked")]


def test_a_doubled_key_hides_nothing() -> None:
    data = json.dumps(model(LAMBDA)).replace('"class_name": "Lambda"', '"class_name": "Lambda", "class_name": "Dense"')
    found = facts(data.encode())
    assert ("keras-duplicate-key", "class_name") in found
    assert ("keras-lambda", "lambda") in found


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_other_encodings_hide_nothing(encoding: str) -> None:
    found = facts(json.dumps(model(LAMBDA)).encode(encoding))
    assert found[0][0] == "keras-odd-encoding"
    assert ("keras-lambda", "lambda") in found


def test_escaped_letters_hide_nothing() -> None:
    data = json.dumps(model(LAMBDA)).replace("class_name", "\\u0063lass\\u005fname").replace("Lambda", "L\\u0061mbda")
    found = facts(data.encode())
    assert ("keras-escaped-letters", "") in found
    assert ("keras-lambda", "lambda") in found


def test_a_long_beginning_hides_nothing() -> None:
    assert ("keras-lambda", "lambda") in facts({"padding": "x" * 100_000, **model(LAMBDA)})


@pytest.mark.parametrize(
    ("data", "why"),
    [(b'{"class_name": ', "no JSON"), (b'{"a":' * 100_000, "nested too deep"), (b'{"a": 1' + b"1" * 9999, "no JSON")],
)
def test_what_is_no_json_is_no_clean_model(data: bytes, why: str) -> None:
    seen = read(data)
    assert [one.name for one in seen if isinstance(one, Fact)] == ["keras-unparsable"]
    assert any(isinstance(one, Blank) and why in one.why for one in seen)


@pytest.mark.parametrize(
    "data", [b"", b"{}", b'{"_class_name": "UNet", "config": 1}', b'{"architectures": []}', b"\x80\x04."]
)
def test_other_files_are_not_claimed(data: bytes) -> None:
    assert not Keras().claims(data, Bytes(data))


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=30)
    | st.sampled_from(["Lambda", "os", CODE, "function"]),
    lambda below: (
        st.lists(below, max_size=3)
        | st.dictionaries(
            st.sampled_from(["class_name", "config", "module", "registered_name", "vocabulary", "x"]), below
        )
    ),
    max_leaves=20,
)


@given(_JSON)
def test_no_configuration_breaks_the_walk(value: Any) -> None:
    assert isinstance(read(json.dumps(value).encode()), list)


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    Keras().claims(data, Bytes(data))
    assert isinstance(read(data), list)


@pytest.mark.parametrize(
    ("member", "value", "fact"),
    [
        ("fn", "get_file", "keras-dangerous-function"),
        ("loader", "keras.config.enable_unsafe_deserialization", "keras-dangerous-function"),
        ("fn_module", "subprocess", "keras-foreign-module"),
    ],
)
def test_what_does_harm_is_told_under_whatever_member_it_stands(member: str, value: str, fact: str) -> None:
    data = json.dumps(model(layer("Dense", **{member: value}))).encode()
    assert [(one.name, one.subject) for one in read(data) if isinstance(one, Fact)] == [(fact, value)]


@pytest.mark.parametrize(("member", "value"), [("description", "get_file"), ("text_module", "encoder"), ("fn", "relu")])
def test_words_that_name_nothing_are_no_finding(member: str, value: str) -> None:
    data = json.dumps(model(layer("Dense", **{member: value}))).encode()
    assert [one for one in read(data) if isinstance(one, Fact)] == []
