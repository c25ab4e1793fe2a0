"""Graphs of operators: TensorFlow, ONNX, Core ML and TensorFlow Lite, field by field."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from model_files.base import HONEST, HOSTILE, OTHER, Case, honest, hostile
from model_files.opcodes import ATTACK


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def block(field: int, value: bytes | str) -> bytes:
    data = value.encode() if isinstance(value, str) else value
    return _varint(field << 3 | 2) + _varint(len(data)) + data


# TensorFlow: GraphDef{node 1{name 1, op 2, input 3, attr 5}, library 2{function 1{signature 1, node_def 3}}}


def _node(name: str, operator: str, **attributes: str) -> bytes:
    told = b"".join(block(5, block(1, key) + block(2, block(2, value))) for key, value in attributes.items())
    return block(1, name) + block(2, operator) + told


def frozen(*operators: str, **attributes: str) -> bytes:
    return b"".join(block(1, _node(f"n{at}", operator, **attributes)) for at, operator in enumerate(operators))


def in_function(*operators: str) -> bytes:
    inner = b"".join(block(3, _node(f"n{at}", operator)) for at, operator in enumerate(operators))
    return frozen("Placeholder", "PartitionedCall") + block(2, block(1, block(1, block(1, "__inference_f")) + inner))


def saved(graph: bytes) -> bytes:
    meta = block(1, block(4, "serve") + block(5, "2.15.0")) + block(2, graph)
    return number(1, 1) + block(2, meta)


_OPERATORS = (
    "ReadFile WriteFile MatchingFiles PyFunc PyFuncStateless EagerPyFunc ImmutableConst SaveV2 RestoreV2 MergeV2Checkpoints"
    " PrintV2 DebugIdentityV2 DebugNumericSummary LoadAndRemapMatrix LoadDataset SnapshotDataset FixedLengthRecordReaderV2"
    " WholeFileReaderV2 TextLineDataset RpcCall DataServiceDatasetV4 InitializeTableFromTextFileV2 LookupTableExportV2"
)
_COMMON = frozenset(
    {"SaveV2", "RestoreV2", "MergeV2Checkpoints", "PrintV2", "LookupTableExportV2", "InitializeTableFromTextFileV2"}
)
"""What every SavedModel has, so that it is no sign of anything there."""
_LAYERS = (
    "Placeholder",
    "VarHandleOp",
    "ReadVariableOp",
    "MatMul",
    "BiasAdd",
    "Relu",
    "Assert",
    "Identity",
    "StatefulPartitionedCall",
)


def _tensorflow() -> Iterator[Case]:
    for operator in _OPERATORS.split():
        if operator in _COMMON:
            continue
        yield Case(
            "tensorflow operator",
            f"saved-{operator}",
            HOSTILE,
            OTHER,
            {"saved_model.pb": saved(frozen("Placeholder", operator)), "variables/variables.index": b"\0" * 8},
        )
    for operator in ("ReadFile", "WriteFile", "PyFunc"):
        yield hostile(
            "tensorflow operator",
            f"frozen-{operator}.pb",
            frozen("Placeholder", operator, filename="/etc/passwd"),
            OTHER,
        )
        data = saved(in_function(operator))
        yield Case(
            "tensorflow operator", f"function-{operator}", HOSTILE, OTHER, {"saved_model.pb": data, "variables/x": b"0"}
        )
    yield Case(
        "tensorflow operator",
        "asset-pickle",
        HOSTILE,
        OTHER,
        {"saved_model.pb": saved(frozen(*_LAYERS)), "assets/vocabulary.pkl": ATTACK},
    )
    good = saved(
        frozen(*_LAYERS, "SaveV2", "RestoreV2", "MergeV2Checkpoints") + block(2, block(1, block(1, block(1, "f"))))
    )
    yield Case("tensorflow", "saved", HONEST, OTHER, {"saved_model.pb": good, "variables/variables.index": bytes(8)})
    yield honest("tensorflow", "frozen.pb", frozen(*_LAYERS), OTHER)


# ONNX: ModelProto{ir_version 1, producer 2, graph 7, opset 8, metadata 14}, GraphProto{node 1, name 2, initializer 5}


def _tensor(name: str, location: str = "") -> bytes:
    outside = block(13, block(1, "location") + block(2, location)) + number(14, 1) if location else block(9, bytes(8))
    return number(1, 2) + number(2, 1) + block(8, name) + outside


def operator_node(kind: str, domain: str = "", *attributes: bytes) -> bytes:
    given = b"".join(block(5, one) for one in attributes)
    return (
        block(1, "x") + block(2, "y") + block(3, "n") + block(4, kind) + given + (block(7, domain) if domain else b"")
    )


def onnx(graph: bytes, *domains: str, more: bytes = b"") -> bytes:
    opsets = b"".join(block(8, block(1, domain) + number(2, 13)) for domain in ("", *domains))
    return number(1, 8) + block(2, "pytorch") + block(7, graph + block(2, "main")) + opsets + more


def _onnx_cases() -> Iterator[Case]:
    plain = block(1, operator_node("Relu"))
    escapes = (
        "../../../etc/passwd",
        "/etc/passwd",
        "..\\..\\secrets",
        "C:\\Windows\\win.ini",
        "a/../../b",
        "file:///etc/passwd",
        "//host/share/x",
        "data/../../../x",
    )
    for at, location in enumerate(escapes):
        yield hostile(
            "onnx external data", f"initializer-{at}.onnx", onnx(plain + block(5, _tensor("w", location))), OTHER
        )
    constant = operator_node("Constant", "", block(1, "value") + block(5, _tensor("c", "../x")) + number(20, 4))
    yield hostile("onnx external data", "constant.onnx", onnx(block(1, constant)), OTHER)
    branch = operator_node(
        "If", "", block(1, "then_branch") + block(6, plain + block(5, _tensor("w", "/etc/passwd"))) + number(20, 5)
    )
    yield hostile("onnx external data", "branch.onnx", onnx(block(1, branch)), OTHER)
    function = block(25, block(1, "f") + block(10, "acme") + block(7, constant))
    yield hostile("onnx external data", "function.onnx", onnx(plain, more=function), OTHER)
    sparse = block(15, block(1, _tensor("v", "../../x")) + block(2, _tensor("i")))
    yield hostile("onnx external data", "sparse.onnx", onnx(plain + sparse), OTHER)
    for kind, domain in (
        ("PyOp", "ai.onnx.contrib"),
        ("PyCustomOp", "ai.onnx.contrib"),
        ("Run", "acme.ops"),
        ("ATen", "org.pytorch.aten"),
        ("PythonOp", "com.microsoft"),
    ):
        yield hostile("onnx operator", f"{kind}.onnx", onnx(block(1, operator_node(kind, domain)), domain), OTHER)
    code = block(14, block(1, "post_process") + block(2, "__import__('os').system('id')"))
    yield hostile("onnx", "metadata-code.onnx", onnx(plain, more=code), OTHER)
    yield hostile("onnx", "pickle-behind.onnx", onnx(plain) + ATTACK, OTHER)
    yield honest("onnx", "relu.onnx", onnx(plain + block(5, _tensor("w"))), OTHER)
    yield honest(
        "onnx", "microsoft.onnx", onnx(block(1, operator_node("FusedMatMul", "com.microsoft")), "com.microsoft"), OTHER
    )
    yield honest(
        "onnx", "trees.onnx", onnx(block(1, operator_node("TreeEnsembleClassifier", "ai.onnx.ml")), "ai.onnx.ml"), OTHER
    )
    yield Case(
        "onnx",
        "external",
        HONEST,
        OTHER,
        {"model.onnx": onnx(plain + block(5, _tensor("w", "model.onnx_data"))), "model.onnx_data": bytes(8)},
    )
    yield honest(
        "onnx",
        "described.onnx",
        onnx(plain, more=block(14, block(1, "description") + block(2, "import of our best model; see evaluation"))),
        OTHER,
    )


# Core ML: Model{version 1, description 2, customModel 555, linkedModel 556, neuralNetwork 500}


def _core_ml_cases() -> Iterator[Case]:
    described = block(2, block(100, block(1, "A model")))
    custom = block(555, block(10, "AcmeRunner") + block(30, block(1, "path") + block(2, block(20, "/etc/passwd"))))
    yield hostile("core ml", "custom-model.mlmodel", number(1, 4) + described + custom, OTHER)
    layer = block(1, block(1, "c") + block(500, block(10, "AcmeLayer")))
    yield hostile("core ml", "custom-layer.mlmodel", number(1, 4) + described + block(500, layer), OTHER)
    linked = block(556, block(1, block(1, "../../other")))
    yield hostile("core ml", "linked.mlmodel", number(1, 4) + described + linked, OTHER)
    plain = block(1, block(1, "r") + block(130, block(10, b"")))
    yield honest("core ml", "plain.mlmodel", number(1, 4) + described + block(500, plain), OTHER)


# TensorFlow Lite: a FlatBuffer, Model{version 0, operator_codes 1, subgraphs 2, description 3}


def _table(fields: dict[int, int | bytes]) -> bytes:
    """A table: numbers in place, everything else behind it."""
    count = max(fields, default=-1) + 1
    slots = [4 + 4 * sorted(fields).index(field) if field in fields else 0 for field in range(count)]
    size = 4 + 4 * len(fields)
    listed = struct.pack(f"<HH{count}H", 4 + 2 * count, size, *slots)
    listed += bytes(-len(listed) % 4)
    body, tail = b"", b""
    for field in sorted(fields):
        value = fields[field]
        if isinstance(value, int):
            body += struct.pack("<I", value)
        else:
            body += struct.pack("<I", size + len(listed) + len(tail) - 4 - len(body))
            tail += value + bytes(-len(value) % 4)
    return struct.pack("<i", -size) + body + listed + tail


def _vector(entries: list[bytes]) -> bytes:
    offsets, at = [], 4 * len(entries)
    for place, entry in enumerate(entries):
        offsets.append(at - 4 * place)
        at += len(entry)
    return struct.pack(f"<{len(entries) + 1}I", len(entries), *offsets) + b"".join(entries)


def _lite(*operators: str) -> bytes:
    def string(value: str) -> bytes:
        return struct.pack("<I", len(value)) + value.encode() + b"\0"

    codes = [_table({1: string(name), 3: 32} if name else {3: 9}) for name in operators]
    return struct.pack("<I4s", 8, b"TFL3") + _table({0: 3, 1: _vector(codes), 3: string("MLIR Converted.")})


def cases() -> Iterator[Case]:
    yield from _tensorflow()
    yield from _onnx_cases()
    yield from _core_ml_cases()
    for operator in ("FlexReadFile", "FlexPyFunc", "FlexEagerPyFunc", "FlexWriteFile"):
        yield hostile("tflite operator", f"{operator}.tflite", _lite("", operator), OTHER)
    yield hostile("tflite operator", "pickle-behind.tflite", _lite("") + ATTACK, OTHER)
    yield honest("tflite", "plain.tflite", _lite("", ""), OTHER)
    yield honest("tflite", "detection.tflite", _lite("", "TFLite_Detection_PostProcess"), OTHER)
