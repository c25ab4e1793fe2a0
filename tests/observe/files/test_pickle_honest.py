"""What libraries really write is nothing to worry about; what hides in its manner is."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
import yaml

from driftseal.formats.blob import Bytes
from driftseal.limits import DEFAULT_LIMITS
from driftseal.observe import reading
from driftseal.observe.files._pickle_names import Tier, canonical, tier
from pickles import MARK, REDUCE, STOP, TUPLE1, blanks, call, fact, facts, name, proto, seen, text

FOLDER = Path(__file__).parents[2] / "data" / "models" / "pickle"
FILES = sorted(path.name for path in FOLDER.iterdir())
RUN = text("id") + TUPLE1 + REDUCE
WRAPPED = name("joblib.numpy_pickle", "NumpyArrayWrapper") + b")\x81}("


def test_there_are_samples_of_every_kind() -> None:
    assert {path.suffix for path in FOLDER.iterdir()} == {".pkl", ".joblib", ".pt"}


@pytest.mark.parametrize("file", FILES)
def test_what_a_library_wrote_has_no_facts(file: str) -> None:
    found = reading.read(Bytes((FOLDER / file).read_bytes()), file, DEFAULT_LIMITS)
    assert (found.format, found.facts, found.blanks) == ("pickle", (), ())


@pytest.mark.parametrize("file", FILES)
def test_a_payload_behind_what_a_library_wrote_is_found(file: str) -> None:
    data = (FOLDER / file).read_bytes() + proto(2) + call("os", "system", "id") + STOP
    assert facts(data)[-1] == ("pickle-dangerous-call", "os.system")


@pytest.mark.parametrize("file", FILES)
def test_a_truncated_file_is_incomplete(file: str) -> None:
    data = (FOLDER / file).read_bytes()
    found = seen(data[: len(data) // 2])
    assert any("cannot be followed" in repr(one) for one in found)


def array(dtype: str, count: int, content: bytes, *, padding: int | None = 3) -> bytes:
    """An array as joblib writes it, and its bytes."""
    told = text("shape") + b"K" + bytes([count]) + TUPLE1 + text("dtype") + name("numpy", "dtype") + text(dtype)
    told += TUPLE1 + REDUCE
    if padding is None:
        return WRAPPED + told + b"ub" + content
    told += text("numpy_array_alignment_bytes") + b"K\x10"
    return WRAPPED + told + b"ub" + bytes([padding]) + b"\xff" * padding + content


@pytest.mark.parametrize(
    ("dtype", "size"), [("f8", 8), ("<i4", 4), ("U3", 12), ("S5", 5), ("M8", 8), ("?", 1), ("c16", 16)]
)
def test_a_payload_behind_an_array_of_joblib_is_found(dtype: str, size: int) -> None:
    data = proto(4) + array(dtype, 4, b"\xff" * size * 4) + b"0" + call("os", "system", "id") + STOP
    assert facts(data) == [("pickle-dangerous-call", "os.system")]


def test_a_payload_inside_an_array_of_objects_is_found() -> None:
    inner = proto(2) + b"](" + call("os", "system", "id") + b"e."
    data = proto(4) + MARK + array("O", 2, inner, padding=None) + b"K\x01t."
    assert facts(data) == [("pickle-dangerous-call", "os.system")]


def test_a_payload_that_poses_as_an_array_is_found() -> None:
    payload = b"0" + call("os", "system", "id") + STOP
    data = proto(4) + array("S1", len(payload), payload, padding=None) + STOP
    assert facts(data) == [("pickle-dangerous-call", "os.system")]


def test_an_array_longer_than_the_file_is_told() -> None:
    data = proto(4) + array("f8", 200, b"\xff" * 8)
    assert blanks(data) == [f"the pickle cannot be followed beyond byte {len(data) - 8}: ends inside an argument"]


def legacy(magic: bytes, payload: bytes = b"") -> bytes:
    """Two tensors in torch's first format, and what comes behind."""
    storage = MARK + text("storage") + name("torch", "%sStorage") + text("%s") + text("cpu") + b"K\x02NtQ0"
    asked = storage.replace(b"%s", b"Float", 1).replace(b"\x02%s", b"\x01a") + b""
    asked += storage.replace(b"%s", b"Long", 1).replace(b"\x02%s", b"\x01b")
    keys = b"]" + MARK + text("a") + text("b") + b"e."
    streams = magic + proto(2) + b"M\xe9\x03." + proto(2) + b"}." + proto(2) + asked + payload + b"}." + proto(2) + keys
    return streams + struct.pack("<q2fq2q", 2, 1.0, 2.0, 2, 3, 4)


MAGIC = proto(2) + b"\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."


def test_the_numbers_behind_a_legacy_file_are_its_own() -> None:
    assert facts(legacy(MAGIC)) == []


def test_what_stands_behind_the_numbers_of_a_legacy_file_is_told() -> None:
    assert facts(legacy(MAGIC) + b"more") == [("pickle-trailing-data", "")]


@pytest.mark.parametrize("magic", [MAGIC, proto(2) + call("builtins", "eval", "0x1950a86a20f9469cfc6c") + STOP])
def test_every_stream_of_a_legacy_file_is_read(magic: bytes) -> None:
    assert ("pickle-dangerous-call", "os.system") in facts(legacy(magic, call("os", "system", "id") + b"0"))


def test_a_class_that_a_legacy_file_writes_with_its_source_is_that_class() -> None:
    module = (
        MARK + text("module") + name("torch.nn.modules.linear", "Linear") + text("linear.py") + text("class") + b"tQ"
    )
    assert facts(proto(2) + module + b")\x81}b.") == []
    assert facts(proto(2) + module.replace(b"Linear\n", b"Evil\n") + b")\x81}b.") == [
        ("pickle-unknown-import", "torch.nn.modules.linear.Evil")
    ]


@pytest.mark.parametrize(
    "stream",
    [
        call("__builtin__", "set"),
        call("copy_reg", "_reconstructor"),
        name("_codecs", "encode") + text("ÿ") + text("latin1") + b"\x86R",
        name("__builtin__", "getattr") + name("collections", "OrderedDict") + text("fromkeys") + b"\x86R",
        name("functools", "partial") + name("torch.nn.modules.normalization", "LayerNorm") + TUPLE1 + REDUCE,
        name("builtins", "type") + b"N\x85R",
        name("numpy.core.multiarray", "_reconstruct") + name("numpy", "ndarray") + b"K\x00\x85C\x01b\x87R",
        name("sklearn.ensemble.forest", "RandomForestClassifier") + b")\x81}b",
        name("collections", "Counter") + b"}" + TUPLE1 + REDUCE,
    ],
)
def test_harmless_manners_of_old_and_new_pickles_are_nothing(stream: bytes) -> None:
    assert facts(proto(2) + stream + STOP) == []


def test_the_constructor_of_a_class_that_pickles_only_restore_is_unusual() -> None:
    stream = proto(2) + call("sklearn.linear_model._logistic", "LogisticRegression", "l2") + STOP
    assert facts(stream) == [("pickle-unusual-call", "sklearn.linear_model._logistic.LogisticRegression")]
    assert fact(stream, "pickle-unusual-call").evidence.endswith("LogisticRegression('l2')")


@pytest.mark.parametrize(
    ("module", "attribute", "expected"),
    [
        ("torch._utils", "_rebuild_tensor_v2", Tier.CONSTRUCTOR),
        ("numpy.core.multiarray", "scalar", Tier.CONSTRUCTOR),
        ("sklearn.svm.classes", "SVC", Tier.CLASS),
        ("torch.nn.functional", "relu", Tier.FUNCTION),
        ("__torch__.vad.model", "M", Tier.CLASS),
        ("__torch__", "__class__", Tier.DUNDER),
        ("numpy", "memmap", Tier.DANGEROUS),
        ("torch", "load", Tier.DANGEROUS),
        ("os.path", "join", Tier.DANGEROUS),
        ("collections", "Evil", Tier.UNKNOWN),
        ("../../etc", "passwd", Tier.UNKNOWN),
        ("", "", Tier.DOTTED),
        ("__main__", "Model", Tier.UNKNOWN),
        ("driftseal.cli", "main", Tier.SCANNER),
    ],
)
def test_names_are_judged_by_lists_alone(module: str, attribute: str, expected: Tier) -> None:
    assert tier(module, attribute) is expected


def test_a_submodule_moves_with_its_module() -> None:
    assert canonical("numpy.core.multiarray") == "numpy._core.multiarray"
    assert canonical("numpy.corecursive") == "numpy.corecursive"


def test_no_name_is_both_harmless_and_dangerous() -> None:
    folder = Path(__file__).parents[3] / "rules" / "pickle"
    both = []
    for path in folder.glob("*.yaml"):
        given = yaml.safe_load(path.read_text("utf-8"))
        for kind in (Tier.CONSTRUCTOR, Tier.CLASS, Tier.FUNCTION):
            for module, words in (given.get(kind.value) or {}).items():
                both += [f"{module}.{word}" for word in words.split() if not tier(module, word).harmless]
    assert both == []


CLOUD = "cloudpickle.cloudpickle"
CLASS = name(CLOUD, "_make_skeleton_class") + MARK + name("builtins", "type") + text("M") + b"t" + REDUCE
"""A class that the pickle brings along, as far as its making goes."""


def test_an_object_of_a_class_that_cloudpickle_brings_along_is_code_and_nothing_worse() -> None:
    code = call(CLOUD, "_builtin_type", "CodeType") + MARK + b"K\x00t" + REDUCE
    assert facts(CLASS + b")\x81" + code + STOP) == [
        ("pickle-code", f"{CLOUD}._make_skeleton_class"),
        ("pickle-code", f"{CLOUD}._builtin_type"),
    ]


@pytest.mark.parametrize(
    "made",
    [
        CLASS + RUN,
        call(CLOUD, "_make_function", "x") + RUN,
        call(CLOUD, "_builtin_type", "FunctionType") + RUN,
        call(CLOUD, "_builtin_type", "CodeType", "x") + RUN,
        call("acme", "_make_skeleton_class", "x") + b")\x81",
        call("acme", "_builtin_type", "CodeType") + RUN,
    ],
)
def test_what_is_made_and_called_at_once_stays_what_it_is(made: bytes) -> None:
    assert "pickle-computed-call" in dict(facts(made + STOP))


def test_type_that_is_handed_to_anything_else_is_told() -> None:
    other = CLASS.replace(b"_make_skeleton_class", b"_make_function")
    assert ("pickle-import-indirection", "builtins.type") in facts(other + STOP)
