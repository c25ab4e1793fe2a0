"""Keras: configurations in HDF5 and ``.keras`` files that have their loader make more than layers."""

from __future__ import annotations

import base64
import json
import marshal
from collections.abc import Iterator
from typing import Any

from model_files.archives import zipped
from model_files.base import OTHER, Case, honest, hostile
from model_files.hdf5 import hdf5
from model_files.opcodes import ATTACK

Config = dict[str, Any]


def layer(kind: str, module: str = "keras.layers", /, **config: Any) -> Config:
    return {"module": module, "class_name": kind, "config": {"name": kind.lower(), **config}, "registered_name": None}


def model(*layers: Config, **more: Any) -> Config:
    first = layer("InputLayer", batch_shape=[None, 4])
    config = {"name": "m", "layers": [first, *layers]}
    return {"module": "keras", "class_name": "Sequential", "config": config, "registered_name": "Sequential", **more}


def _function(source: str) -> str:
    return base64.encodebytes(marshal.dumps(compile(source, "<lambda>", "eval"))).decode()


_BAD = "__import__('os').system('id')"
_LAMBDA = layer(
    "Lambda",
    function={"class_name": "__lambda__", "config": {"code": _function(_BAD), "defaults": None, "closure": None}},
)
_OLD_LAMBDA = {"class_name": "Lambda", "config": {"function": [_function(_BAD), None, None], "function_type": "lambda"}}
_PLAIN_LAMBDA = {
    "class_name": "Lambda",
    "config": {"function": [_function("x * 2"), None, None], "function_type": "lambda"},
}
_DENSE = layer("Dense", units=3, activation="relu", kernel_initializer=layer("GlorotUniform", "keras.initializers"))
_RUN = {"module": "subprocess", "class_name": "function", "config": "run", "registered_name": "function"}


def archive(config: Config | bytes, **more: bytes) -> bytes:
    data = config if isinstance(config, bytes) else json.dumps(config).encode()
    meta = b'{"keras_version": "3.4.1", "date_saved": "2024-06-01@10:00:00"}'
    weights = hdf5({"note": "weights"})
    return zipped({"metadata.json": meta, "config.json": data, "model.weights.h5": weights, **more})


def _configs() -> Iterator[tuple[str, Config]]:
    yield "lambda", model(_DENSE, _LAMBDA)
    yield "lambda-in-wrapper", model(layer("TimeDistributed", layer=_LAMBDA))
    yield "lambda-in-model", model(model(model(_LAMBDA)))
    yield "module-os", model({"module": "os", "class_name": "system", "config": "id", "registered_name": None})
    yield "function-subprocess", model(_DENSE, layer("Activation", activation=_RUN))
    yield (
        "initializer-builtins",
        model(layer("Dense", kernel_initializer={"module": "builtins", "class_name": "function", "config": "eval"})),
    )
    unsafe = {"module": "keras.config", "class_name": "function", "config": "enable_unsafe_deserialization"}
    yield "allows-unsafe", model(layer("Activation", activation=unsafe))
    fetch = {"module": "keras.utils", "class_name": "function", "config": "get_file", "registered_name": "get_file"}
    yield "get-file", model(layer("Activation", activation=fetch))
    yield "torch-module", model(layer("TorchModuleWrapper", "keras.src.utils.torch_utils", module=ATTACK.hex()))
    yield "vocabulary-file", model(layer("StringLookup", vocabulary="/etc/passwd"))
    yield "vocabulary-address", model(layer("TextVectorization", vocabulary="http://198.51.100.7/words"))
    yield "foreign-layer", model(layer("Net", "acme.backdoor"))
    yield "registered-name", model({**_DENSE, "module": "acme_layers", "registered_name": "acme>Dense"})
    yield "loss-function", model(_DENSE, compile_config={"optimizer": "adam", "loss": _RUN})
    yield (
        "numpy-load",
        model(layer("Activation", activation={"module": "numpy", "class_name": "function", "config": "load"})),
    )
    yield (
        "op-lambda",
        model({"class_name": "TFOpLambda", "module": "keras.layers", "config": {"function": "io.write_file"}}),
    )
    yield "load-model", model({"module": "keras.models", "class_name": "function", "config": "load_model"})


def cases() -> Iterator[Case]:
    for title, config in _configs():
        yield hostile("keras archive", f"{title}.keras", archive(config), OTHER)
    for title, held in (
        ("lambda", _OLD_LAMBDA),
        ("foreign", {"class_name": "Evil", "module": "acme.x", "config": {}}),
    ):
        text = json.dumps({"class_name": "Sequential", "config": {"layers": [held]}})
        for suffix in ("h5", "hdf5"):
            data = hdf5({"keras_version": "2.15.0", "backend": "tensorflow", "model_config": text})
            yield hostile("keras hdf5", f"{title}.{suffix}", data, OTHER)
    nested = {
        "class_name": "Bidirectional",
        "config": {"layer": {"class_name": "Model", "config": {"layers": [_OLD_LAMBDA]}}},
    }
    text = json.dumps({"class_name": "Functional", "config": {"layers": [nested]}})
    yield hostile("keras hdf5", "lambda-nested.h5", hdf5({"model_config": text}), OTHER)
    training = json.dumps({"loss": {"module": "os", "class_name": "system", "config": "id"}})
    dense = json.dumps({"class_name": "Sequential", "config": {"layers": [_DENSE]}})
    yield hostile("keras hdf5", "training-config.h5", hdf5({"model_config": dense, "training_config": training}), OTHER)
    yield hostile("hdf5 links", "other-file.h5", hdf5({"a": "b"}, {"w": ("/etc/passwd", "/")}), OTHER)
    yield hostile("hdf5 links", "beside.h5", hdf5({"a": "b"}, {"w": ("../../secrets.h5", "/w")}), OTHER)
    yield from _disguised()
    yield honest(
        "keras archive",
        "dense.keras",
        archive(model(_DENSE, layer("Bidirectional", layer=layer("LSTM", units=2)))),
        OTHER,
    )
    words = model(layer("StringLookup", vocabulary=["os", "system"]), layer("Rescaling", scale=0.5))
    yield honest("keras archive", "words.keras", archive(words), OTHER)
    compiled = {"optimizer": layer("Adam", "keras.optimizers", learning_rate=0.001), "loss": "mse", "metrics": ["mae"]}
    yield honest("keras archive", "compiled.keras", archive(model(_DENSE, compile_config=compiled)), OTHER)
    told = {"keras_version": "2.15.0", "backend": "tensorflow", "model_config": dense}
    yield honest("keras hdf5", "dense.h5", hdf5(told), OTHER)
    yield honest("keras hdf5", "weights.h5", hdf5({"layer_names": "dense", "keras_version": "2.15.0"}), OTHER)


def _disguised() -> Iterator[Case]:
    lambda_ = json.dumps(model(_LAMBDA))
    good = json.dumps(model(_DENSE))
    ways = {
        "mark-first": archive(b"\xef\xbb\xbf" + lambda_.encode()),
        "sixteen-bits": archive(lambda_.encode("utf-16")),
        "escaped": archive(lambda_.replace("Lambda", "\\u004cambda").encode()),
        "second-config": archive(model(_DENSE), **{"Config.json": lambda_.encode()}),
        "duplicate-key": archive((good[:-1] + ', "config": ' + json.dumps(model(_LAMBDA)["config"]) + "}").encode()),
        "pickle-asset": archive(model(_DENSE), **{"assets/vocabulary.pkl": ATTACK}),
        "truncated": archive(lambda_[:-2].encode()),
    }
    for title, data in ways.items():
        yield hostile("keras archive disguised", f"{title}.keras", data, OTHER)
