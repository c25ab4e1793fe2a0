"""Python becomes the intermediate form."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from driftseal.code import ir
from driftseal.code.python import Python
from driftseal.code.walk import below
from driftseal.limits import DEFAULT_LIMITS, Limits
from growth import grows_linearly
from lowered import assert_nodes_on_lines, depth_of


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
    assert value("x = f'ls {path!s:>10}' '!'") == ir.Text(parts, 1, None)


def test_a_value_that_an_f_string_spells_as_a_literal_is_asked_for_its_repr() -> None:
    spelled = ir.Call(ir.Name("repr", 1), (ir.Arg("", ir.Name("name", 1), spread=False),), 1, new=False)
    assert value("x = f'open({name!r})'") == ir.Text((ir.Const("open(", 1), spelled, ir.Const(")", 1)), 1, None)


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


def test_numbers_read_as_they_count() -> None:
    group = value("x = [1_000, 0x1f, 0o17, 0777, 10L, 1.5e3, 2j, 1e999]")
    assert isinstance(group, ir.Group)
    expected: list[object] = [1000, 31, 15, 511, 10, 1500.0, "2j", "1e999"]
    assert [item.value for item in group.items if isinstance(item, ir.Const)] == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (r"b'\xff\u0041'", "\xff\\u0041"),
        (r"'\ud83d\ude00 \ud800'", "\U0001f600 \ufffd"),
        (r"rf'\d{{2}}'", r"\d{2}"),
        ("'a\\\nb'", "ab"),
    ],
    ids=["bytes", "surrogates", "raw", "continued"],
)
def test_escapes_are_undone_as_the_prefix_says(source: str, expected: str) -> None:
    assert value(f"x = {source}") == ir.Const(expected, 1)


@pytest.mark.parametrize(
    ("key", "expected"),
    [("1:2", (1, 2)), (":", (None, None)), (":n", (None, "n")), ("n:", ("n", None)), ("::2", (None, None, 2))],
)
def test_a_slice_is_a_group_of_its_bounds(key: str, expected: tuple[object, ...]) -> None:
    index = value(f"x = a[{key}]")
    assert isinstance(index, ir.Index)
    assert isinstance(index.key, ir.Group)
    assert (
        tuple(one.value if isinstance(one, ir.Const) else getattr(one, "id", "") for one in index.key.items) == expected
    )


def test_a_name_in_fancy_letters_is_the_name_that_python_runs() -> None:
    call = value("\U0001d626\U0001d637\U0001d622\U0001d62d(x)")
    assert isinstance(call, ir.Call)
    assert call.callee == ir.Name("eval", 1)


def test_a_field_is_described_by_what_stands_under_it() -> None:
    (cls,) = lower('class A:\n    n: int = 1\n    """Times.\n\n      More.\n    Yet.\n    """\n    m = 2\n').classes
    assert [(one.name, one.doc) for one in cls.fields] == [("n", "Times.\n\n  More.\nYet."), ("m", "")]


def test_what_the_body_of_a_class_does_besides_declaring_is_kept() -> None:
    module = lower("class A:\n    if DEBUG:\n        name = 'a'\n    run()\n    def m(self): pass\n")
    assert [(one.name, one.value) for one in module.classes[0].fields] == [("name", ir.Const("a", 3))]
    assert module.classes[0].methods == (1,)
    run, binds = module.functions[0].body
    assert run == ir.Do(ir.Call(ir.Name("run", 4), (), 4, new=False), 4)
    assert binds == ir.Assign((ir.Name("A", 1),), ir.ClassValue(0, 1), 1, adds=False)


def test_classes_and_functions_inside_one_another_know_their_places() -> None:
    module = lower(
        "@d\nclass A:\n    class B:\n        def f(self): pass\n\ndef g():\n    class C:\n        x = lambda: 1\n"
    )
    assert [(one.qualname, one.cls, one.outer) for one in module.functions[1:]] == [
        ("A.B.f", 1, 0),
        ("g", -1, 0),
        ("g.C.<lambda>", -1, 2),
    ]
    assert module.classes[0].decorators == (ir.Name("d", 1),)
    assert [one.name for one in module.classes[0].fields] == ["B"]


def test_a_function_goes_on_after_a_yield() -> None:
    module = lower("def f():\n    yield a\n    b()\n")
    out, after = module.functions[1].body
    assert isinstance(out, ir.If)
    assert out.then == (ir.Return(ir.Name("a", 2), 2),)
    assert after == ir.Do(ir.Call(ir.Name("b", 3), (), 3, new=False), 3)


def test_patterns_take_the_subject_apart() -> None:
    (first,) = body(
        "match m:\n case {'k': v, **r} if v: a()\n case [x, *y] as z: b()\n case 'p' | 'q': c()\n"
        " case Point(x=0, y=n): d()\n case color.RED: e()\n case -1: f()\n case _: g()\n"
    )
    arms = []
    while isinstance(first, ir.If):
        arms.append(first)
        first = first.otherwise[0] if first.otherwise else ir.Leave(0)
    bound = [[target for each in arm.then if isinstance(each, ir.Assign) for target in each.targets] for arm in arms]
    key, whole = ir.Entry(ir.Const("k", 2), ir.Name("v", 2)), ir.Entry(None, ir.Name("r", 2))
    assert bound[0] == [ir.Mapping((key, whole), 2, "")]
    assert bound[1] == [ir.Name("z", 3), ir.Group((ir.Name("x", 3), ir.Unary("*", ir.Name("y", 3), 3)), 3)]
    assert arms[2].test == ir.Binary("in", ir.Name("m", 1), ir.Group((ir.Const("p", 4), ir.Const("q", 4)), 4), 4)
    zero, n = ir.Entry(ir.Const("x", 5), ir.Const(0, 5)), ir.Entry(ir.Const("y", 5), ir.Name("n", 5))
    assert bound[3] == [ir.Mapping((zero, n), 5, "Point")]
    assert arms[4].test == ir.Binary("==", ir.Name("m", 1), ir.Attr(ir.Name("color", 6), "RED", 6), 6)
    assert arms[5].test == ir.Binary("==", ir.Name("m", 1), ir.Const(-1, 7), 7)
    assert arms[6].test == ir.Const(value=True, line=8)


@pytest.mark.parametrize(
    "source",
    [
        "type(a).b = run(c)",
        "x: run(c) = 1",
        "x: run(c).y",
        "def f(x: run(c)): pass",
        "class A(metaclass=run(c)): pass",
        "class A:\n    if run(c): pass",
        "class A:\n    b.d = run(c)",
        "raise e from run(c)",
        "try: pass\nexcept run(c): pass",
        "try: pass\nexcept (A, *run(c)): pass",
        "f'{x:{run(c)}}'",
        "def f(x=run(c)): pass",
        "with run(c): pass",
        "type(a), b = run(c)",
        "match a:\n case b if run(c): pass",
        "del a[run(c)]",
        "@run(c)\ndef f(): pass",
    ],
)
def test_a_call_does_not_hide_where_none_is_expected(source: str) -> None:
    module = lower(source)
    held = [(one.body, one.decorators, tuple(each.default for each in one.params)) for one in module.functions]
    callees = [node.callee for node in below(tuple(held)) if isinstance(node, ir.Call)]
    assert "run" in [callee.id for callee in callees if isinstance(callee, ir.Name)]


def test_a_type_that_is_no_call_stays_text() -> None:
    module = lower("x: Annotated[str, Field(description='a')]\ntype T = list[f(1)]\n")
    assert module.functions[0].body == (ir.Assign((ir.Name("T", 2),), ir.Const("list[f(1)]", 2), 2, adds=False),)


def test_the_last_quote_of_a_raw_text_may_follow_a_backslash() -> None:
    assert value(r"x = r'\\a\'b\''") == ir.Const(r"\\a\'b\'", 1)
    assert value(r"x = rb'\''") == ir.Const(r"\'", 1)


def test_only_the_first_text_is_a_docstring() -> None:
    assert lower("import a\n'no'\n").doc == ""
    assert lower("# c\n'yes'\nimport a\n").doc == "yes"


def test_handlers_of_python_2_bind_their_name() -> None:
    (try_,) = body("try: a()\nexcept E, e: b()\n")
    assert isinstance(try_, ir.Try)
    assert (try_.handlers[0].types, try_.handlers[0].name) == (("E",), "e")


@pytest.mark.parametrize(
    ("data", "errors"),
    [
        (b"# -*- coding: latin-1 -*-\nx = '\xe9'\r\n", 0),
        ("\ufeffx = 'é'".encode("utf-16"), 0),
        ("\ufeffx = 'é'".encode(), 0),
        (b"# coding: utf-7\nx = '+AOk-'", 0),
        (b"# coding: raw_unicode_escape\nx = '\\u00e9'", 0),
        (b"# coding: unicode_escape\n\\x78 = '\\xe9'", 0),
        (b"# coding: no-such\nx = '\xc3\xa9'", 1),
        (b"x = '\xc3\xa9'\0", 1),
    ],
    ids=["latin-1", "utf-16", "bom", "utf-7", "raw escape", "escape", "unknown", "nul"],
)
def test_a_file_is_read_in_the_encoding_that_it_names(data: bytes, errors: int) -> None:
    module = lower(data)
    assert [each.value.value for each in module.functions[0].body] == ["é"]  # type: ignore[union-attr]  # an assignment
    assert module.errors == errors


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
        b"f(" * 20_000 + b")" * 20_000,
        b"# coding: punycode\n" + b"a-" * 20_000,
        b"not " * 50_000 + b"a",
        b"def f(:\n class\n lambda",
    ],
    ids=["brackets", "lists", "sum", "nul", "no utf-8", "empty", "branches", "calls", "punycode", "unary", "broken"],
)
def test_a_hostile_file_is_lowered_as_far_as_it_goes(source: bytes) -> None:
    assert lower(source).functions


@pytest.mark.parametrize(
    "source",
    [
        "if a: b\n" + "elif c == 1: d\n" * 3000,
        "match a:\n" + " case 1: b\n" * 3000,
        "a" + " < b" * 3000,
        "match a:\n case b" + ".c" * 3000 + ": d",
        "x = " + "a + " * 3000 + "b",
        "x = " + "a if b else " * 3000 + "c",
    ],
    ids=["elif", "case", "comparison", "dotted", "sum", "choice"],
)
def test_no_chain_nests_deeper_than_whoever_walks_it_may_recurse(source: str) -> None:
    assert depth_of(lower(source).functions[0].body) < 1.5 * DEFAULT_LIMITS.code_depth


def test_broken_places_are_counted() -> None:
    assert lower("def f(:\n  pass\nx = 1\n").errors > 0


def test_a_file_beyond_the_budget_is_told_to_be_incomplete() -> None:
    module = lower("x = 1\n" * 100, Limits(code_nodes=50))
    assert not module.complete
    assert 0 < len(module.functions[0].body) < 100


@pytest.mark.parametrize(
    ("head", "unit"),
    [("x = [", "f(a, 'b'),"), ("x = ", "a + "), ("class A:\n", " def f(self): pass\n"), ("if a: b\n", "elif c: d\n")],
    ids=["list", "sum", "methods", "elif"],
)
def test_time_grows_as_the_file_does(head: str, unit: str) -> None:
    assert grows_linearly(lambda count: lower(head + unit * count), 2_500)


SOURCES = [path.read_bytes() for path in sorted(Path(__file__).parents[1].glob("*.py"))[:8]]


@given(st.sampled_from(SOURCES), st.integers(0, 4000), st.integers(0, 60), st.binary(max_size=12))
@settings(max_examples=60, deadline=None)
def test_no_mutation_of_a_real_file_breaks_it(source: bytes, at: int, cut: int, put: bytes) -> None:
    assert lower(source[:at] + put + source[at + cut :]).functions


WORDS = re.findall(
    r"\w+|\s+|[^\w\s]+",
    "@d\nclass A(B, k=c):\n    x: int = f'{a!r:>{w}}' 'b' % c\n    async def m(self, *a, k=1, **kw) -> T:\n"
    "        yield x[1:2]\nmatch a:\n case {'k': -1, **r} | P(b=[c, *_]) as d if e: pass\ntry: a\nexcept E, e: del b\n"
    "else: import a.b as c\nfinally: print >>f, lambda x: (y := 1)\nif a < b <> c: assert d\n"
    "elif e: from .a import *\nfor i, in [*j, {**k}]: ...\n",
)


@given(st.lists(st.sampled_from(WORDS), max_size=80), st.integers(1, 30), st.sampled_from([40, 4_000_000]))
@settings(max_examples=150, deadline=None)
def test_whatever_is_lowered_is_made_of_nodes_on_lines(words: list[str], depth: int, nodes: int) -> None:
    module = lower("".join(words), Limits(code_depth=depth, code_nodes=nodes))
    assert_nodes_on_lines(module, "".join(words))
