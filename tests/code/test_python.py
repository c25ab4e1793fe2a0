"""Python becomes the intermediate form."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from driftseal.code import ir
from driftseal.code.python import Python
from driftseal.limits import DEFAULT_LIMITS, Limits


def lower(source: str | bytes, limits: Limits = DEFAULT_LIMITS) -> ir.Module:
    return Python().lower(source.encode() if isinstance(source, str) else source, "server.py", limits)


def body(source: str) -> ir.Block:
    return lower(source).functions[0].body


def value(source: str) -> ir.Expr:
    (only,) = body(source)
    assert isinstance(only, (ir.Do, ir.Assign, ir.Return))
    assert only.value is not None
    return only.value


def test_functions_come_with_their_parameters_types_defaults_and_docs() -> None:
    module = lower('async def run(cmd: str, n: int = 3, *rest, **named) -> str:\n    """Runs.\n\n    More.\n    """\n')
    run = module.functions[1]
    assert [(one.name, one.annotation, one.rest) for one in run.params] == [
        ("cmd", "str", ""),
        ("n", "int", ""),
        ("rest", "", "*"),
        ("named", "", "**"),
    ]
    assert run.params[1].default == ir.Const(3, 1)
    assert (run.doc, run.returns, run.outer, run.line, run.end_line) == ("Runs.\n\nMore.", "str", 0, 1, 5)


def test_decorators_and_nesting_are_kept() -> None:
    module = lower("class A:\n    @staticmethod\n    def m():\n        def inner(): return lambda x: x\n")
    names = [(one.qualname, one.cls, one.outer, one.static) for one in module.functions[1:]]
    assert names == [("A.m", 0, 0, True), ("A.m.inner", -1, 1, False), ("A.m.inner.<lambda>", -1, 2, False)]
    assert module.classes[0].methods == (1,)


def test_fields_of_a_class_come_with_type_and_value() -> None:
    (cls,) = lower(
        'class Args(Base, metaclass=M):\n    """Doc."""\n    path: str = Field(description="where")\n    n: int\n'
    ).classes
    assert [(one.name, one.annotation, one.value is not None) for one in cls.fields] == [
        ("path", "str", True),
        ("n", "int", False),
    ]
    assert cls.bases == (ir.Name("Base", 1),)
    assert cls.doc == "Doc."


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import os.path", ir.Import("os", "os", "", 1)),
        ("import os.path as p", ir.Import("p", "os.path", "", 1)),
        ("from ..a.b import c as d", ir.Import("d", "..a.b", "c", 1)),
        ("from . import x", ir.Import("x", ".", "x", 1)),
        ("from m import *", ir.Import("*", "m", "*", 1)),
        ("def f():\n    import json", ir.Import("json", "json", "", 2)),
    ],
)
def test_imports_are_found_wherever_they_stand(source: str, expected: ir.Import) -> None:
    assert lower(source).imports == (expected,)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (r"'a\n\x41\u00e9\N{BULLET}\q'", "a\nA\u00e9\u2022\\q"),
        (r"r'a\n'", r"a\n"),
        ("'a' \"b\" '''c\nd'''", "abc\nd"),
        ("f'{{x}}'", "{x}"),
        ("b'abc'", "abc"),
    ],
)
def test_literals_read_as_they_mean(source: str, expected: str) -> None:
    assert value(f"x = {source}") == ir.Const(expected, 1)


def test_an_f_string_is_a_text_of_its_parts() -> None:
    parts = (ir.Const("ls ", 1), ir.Name("path", 1), ir.Const("!", 1))
    assert value("x = f'ls {path!r:>10}' '!'") == ir.Text(parts, 1, None)


def test_statements_keep_what_data_flows_through() -> None:
    with_, loop, try_, if_ = body(
        "with open(p) as f:\n    pass\nfor a, b in c:\n    d\ntry:\n    e\nexcept (A, m.B) as x:\n    raise\n"
        "else:\n    g\nfinally:\n    h\nif i:\n    j\nelif k:\n    l\nelse:\n    m\n"
    )
    assert isinstance(with_, ir.Assign)
    assert with_.targets == (ir.Name("f", 1),)
    assert isinstance(loop, ir.Loop)
    assert loop.source == ir.Name("c", 3)
    assert isinstance(try_, ir.Try)
    assert (try_.handlers[0].types, try_.handlers[0].name, len(try_.body), len(try_.final)) == (("A", "m.B"), "x", 2, 1)
    assert isinstance(if_, ir.If)
    assert isinstance(if_.otherwise[0], ir.If)
    assert len(if_.otherwise[0].otherwise) == 1


def test_a_match_is_a_chain_of_branches_that_binds_names() -> None:
    (first,) = body("match name:\n    case 'read': a()\n    case other: b(other)\n")
    assert isinstance(first, ir.If)
    assert first.test == ir.Binary("==", ir.Name("name", 1), ir.Const("read", 2), 2)
    (second,) = first.otherwise
    assert isinstance(second, ir.If)
    assert second.then[0] == ir.Assign((ir.Name("other", 3),), ir.Name("name", 1), 3, adds=False)


def test_a_chain_of_assignments_shares_its_value() -> None:
    assert body("a = b = c") == (ir.Assign((ir.Name("a", 1), ir.Name("b", 1)), ir.Name("c", 1), 1, adds=False),)


def test_an_assertion_raises_where_it_does_not_hold() -> None:
    (check,) = body("assert ok, 'no'")
    assert check == ir.If(ir.Unary("not", ir.Name("ok", 1), 1), (ir.Raise(ir.Const("no", 1), 1),), (), 1)


def test_statements_of_python_2_are_calls() -> None:
    (first, second) = body("print 'x' % y\nexec code\n")
    assert isinstance(first, ir.Do)
    assert isinstance(second, ir.Do)
    assert isinstance(second.value, ir.Call)
    assert second.value.callee == ir.Name("exec", 2)


@pytest.mark.parametrize(
    "source",
    [
        b"(" * 50_000,
        b"[" * 10_000,
        b"a + " * 5000 + b"a",
        b"\0" * 1000,
        b"\xff\xfe" * 999,
        b"",
        b"if a:\n" * 500,
        b"def f(:\n class\n lambda",
    ],
    ids=["brackets", "lists", "sum", "nul", "no utf-8", "empty", "branches", "broken"],
)
def test_a_hostile_file_is_lowered_as_far_as_it_goes(source: bytes) -> None:
    assert lower(source).functions


def test_broken_places_are_counted() -> None:
    assert lower("def f(:\n  pass\nx = 1\n").errors > 0


def test_a_file_beyond_the_budget_is_told_to_be_incomplete() -> None:
    module = lower("x = 1\n" * 100, Limits(code_nodes=50))
    assert not module.complete
    assert 0 < len(module.functions[0].body) < 100


def test_time_grows_as_the_file_does() -> None:
    seconds = []
    for terms in (20_000, 80_000):
        started = time.process_time()
        lower("x = [" + "f(a, 'b')," * terms + "]")
        seconds.append(time.process_time() - started)
    assert seconds[1] < 12 * seconds[0]


SOURCES = [path.read_bytes() for path in sorted(Path(__file__).parents[1].glob("*.py"))[:8]]


@given(st.sampled_from(SOURCES), st.integers(0, 4000), st.integers(0, 60), st.binary(max_size=12))
@settings(max_examples=60, deadline=None)
def test_no_mutation_of_a_real_file_breaks_it(source: bytes, at: int, cut: int, put: bytes) -> None:
    assert lower(source[:at] + put + source[at + cut :]).functions
