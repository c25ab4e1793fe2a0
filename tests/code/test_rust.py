"""Rust becomes the intermediate form."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from driftseal.code import ir
from driftseal.code.paths import Paths
from driftseal.code.rust import Rust
from driftseal.limits import DEFAULT_LIMITS, Limits
from growth import AGES, grows_linearly
from lowered import assert_nodes_on_lines, depth_of


def lower(source: str | bytes, limits: Limits = DEFAULT_LIMITS) -> ir.Module:
    return Rust().lower(source.encode() if isinstance(source, str) else source, "src/main.rs", limits)


def body(source: str) -> ir.Block:
    """The body of a function with this inside."""
    return lower(f"fn f() {{ {source} }}").functions[1].body


def value(source: str) -> ir.Expr:
    (only,) = body(f"let x = {source};")
    assert isinstance(only, ir.Assign)
    return only.value


# --- definitions -----------------------------------------------------------------------------


def test_methods_come_with_attributes_docs_parameters_and_types() -> None:
    module = lower(
        "struct S { a: String }\n#[tool_router]\nimpl S {\n    /// Runs.\n    /// Twice.\n"
        '    #[tool(name = "run", annotations(read_only_hint = true))]\n'
        '    async fn run(&self, Parameters(args): Parameters<A>, #[schemars(description = "d")] n: Option<u32>)'
        " -> Result<String, E> {\n        Ok(args.x)\n    }\n}\n"
    )
    run = module.functions[1]
    assert (run.qualname, run.cls, run.doc, run.returns) == ("S.run", 0, "Runs.\nTwice.", "Result<String, E>")
    assert (run.line, run.end_line, run.static) == (7, 9, False)
    assert [(one.name, one.annotation) for one in run.params] == [
        ("self", ""),
        ("args", "Parameters<A>"),
        ("n", "Option<u32>"),
    ]
    assert len(run.params[2].decorators) == 1
    mark = run.decorators[0]
    assert isinstance(mark, ir.Call)
    assert mark.args[0] == ir.Arg("name", ir.Const("run", 6), spread=False)
    assert isinstance(mark.args[1].value, ir.Call)
    assert run.body == (ir.Return(ir.Attr(ir.Name("args", 8), "x", 8), 8),)
    assert [(one.name, one.annotation) for one in module.classes[0].fields] == [("a", "String")]
    assert module.classes[0].methods == (1,)


def test_a_type_and_all_that_is_implemented_for_it_are_one_class() -> None:
    module = lower('impl S { const R: &str = "/a"; fn f() {} }\nimpl T for S<X> { fn g(&self) {} }\nstruct S;')
    (cls,) = module.classes
    assert [module.functions[index].name for index in cls.methods] == ["f", "g"]
    assert cls.bases == (ir.Name("T", 2),)
    assert [(one.name, one.value) for one in cls.fields] == [("R", ir.Const("/a", 1))]
    assert [one.static for one in module.functions[1:]] == [True, False]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("use std::fs;", [("fs", "std", "fs")]),
        (
            "use std::{fs, path::{Path, PathBuf as P}};",
            [("fs", "std", "fs"), ("Path", "std.path", "Path"), ("P", "std.path", "PathBuf")],
        ),
        ("use std::io::{self, Read};", [("io", "std", "io"), ("Read", "std.io", "Read")]),
        ("use super::*;", [("super", "super", ""), ("*", "super", "*")]),
        ("mod a;", [("a", "self.a", "")]),
        ("use serde_json as j;", [("j", "serde_json", "")]),
    ],
)
def test_every_leaf_of_a_use_is_an_import(source: str, expected: list[tuple[str, str, str]]) -> None:
    assert [(one.local, one.module, one.symbol) for one in lower(source).imports] == expected


def test_modules_are_files_of_the_crate() -> None:
    paths = Paths(["src/main.rs", "src/util.rs", "src/tools/mod.rs", "src/tools/fs.rs"])
    assert paths.find("src/tools/fs.rs", "crate.util") == "src/util.rs"
    assert paths.find("src/main.rs", "self.tools") == "src/tools/mod.rs"
    assert paths.find("src/tools/fs.rs", "super.super.util") == "src/util.rs"
    assert paths.find("src/main.rs", "server.tools.fs") == "src/tools/fs.rs"
    assert paths.find("src/main.rs", "std.fs") is None
    # Since the edition of 2018 a module that the file declares needs no ``self``.
    assert paths.find("src/main.rs", "util") == "src/util.rs"
    assert paths.find("src/main.rs", "tools.fs") == "src/tools/fs.rs"
    assert paths.find("src/tools/fs.rs", "util") is None


# --- expressions -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (r'"a\n\u{41}\\"', "a\nA\\"),
        ('r#"a "b" \\n"#', 'a "b" \\n'),
        ('"a \\\n      b"', "a b"),
        ("'c'", "c"),
        ("0x1F_u32", 31),
        ("1_000i64", 1000),
        ("1.5f64", 1.5),
        ('"a".to_string()', "a"),
        ('String::from("a!(")', None),
    ],
)
def test_literals_read_as_they_mean(source: str, expected: object) -> None:
    found = value(source)
    if expected is None:
        assert isinstance(found, ir.Call)
        assert found.args[0].value == ir.Const("a!(", 1)
    else:
        assert isinstance(found, ir.Const)
        assert found.value == expected


def test_format_is_a_text_of_its_parts() -> None:
    found = value('format!("a {} {b:?} {0} {{}} {c}", x.y, c = z)')
    assert isinstance(found, ir.Text)
    names = [part for part in found.parts if not isinstance(part, ir.Const)]
    member = ir.Attr(ir.Name("x", 1), "y", 1)
    assert names == [member, ir.Name("b", 1), member, ir.Name("z", 1)]
    assert "".join(str(part.value) for part in found.parts if isinstance(part, ir.Const)) == "a    {} "


def test_a_vector_is_a_group_and_json_a_mapping() -> None:
    assert value("vec![1, a]") == ir.Group((ir.Const(1, 1), ir.Name("a", 1)), 1)
    assert value('json!({"a": [b, null], "c": {"d": true}})') == ir.Mapping(
        (
            ir.Entry(ir.Const("a", 1), ir.Group((ir.Name("b", 1), ir.Const(None, 1)), 1)),
            ir.Entry(ir.Const("c", 1), ir.Mapping((ir.Entry(ir.Const("d", 1), ir.Const(value=True, line=1)),), 1, "")),
        ),
        1,
        "",
    )


def test_borrowing_cloning_and_errors_change_nothing() -> None:
    assert value("(&a).clone().unwrap().map_err(|e| E(e))?.b.as_str().to_owned()") == ir.Attr(ir.Name("a", 1), "b", 1)
    assert value("Some(Arc::new(Box::new(a)))") == ir.Name("a", 1)


def test_a_struct_is_a_mapping_of_its_type() -> None:
    assert value("a::B { c: 1, d, ..e }") == ir.Mapping(
        (
            ir.Entry(ir.Const("c", 1), ir.Const(1, 1)),
            ir.Entry(ir.Const("d", 1), ir.Name("d", 1)),
            ir.Entry(None, ir.Name("e", 1)),
        ),
        1,
        "a.B",
    )


def test_a_branch_without_statements_is_a_choice() -> None:
    found = value("f(if a { b } else { c })")
    assert isinstance(found, ir.Call)
    assert found.args[0].value == ir.Choice(ir.Name("a", 1), ir.Name("b", 1), ir.Name("c", 1), 1)


# --- statements ------------------------------------------------------------------------------


def test_the_value_of_a_branch_is_set_at_each_of_its_ends() -> None:
    (only,) = body("let x = match a { 1 => { b(); c } _ => return d };")
    assert isinstance(only, ir.If)
    assert [type(each) for each in only.then] == [ir.Do, ir.Assign]
    assert only.otherwise == (ir.Return(ir.Name("d", 1), 1),)


def test_the_end_of_a_function_is_what_it_gives_back_and_an_error_leaves() -> None:
    (only,) = body("if a.is_ok() { Ok(a) } else { Err(b) }")
    assert isinstance(only, ir.If)
    assert only.then == (ir.Return(ir.Name("a", 1), 1),)
    assert only.otherwise == (ir.Raise(ir.Name("b", 1), 1),)


@pytest.mark.parametrize("source", ['bail!("no {}", a);', "return Err(E(a));", 'panic!("no {a}");', "Err(E(a))"])
def test_what_does_not_come_back_is_raised(source: str) -> None:
    (only,) = body(source)
    assert isinstance(only, ir.Raise)


def test_checks_raise_where_they_do_not_hold() -> None:
    (only,) = body('ensure!(a.starts_with("/b"), "bad {}", a);')
    assert isinstance(only, ir.If)
    assert isinstance(only.test, ir.Unary)
    assert isinstance(only.then[0], ir.Raise)


def test_patterns_bind_and_compare() -> None:
    first, second, third = body(
        'if let Some(A { b, c: "d" }) = e { f(b) }; let (g, mut h) = i; let Ok(j) = k() else { return };'
    )[:3]
    assert isinstance(first, ir.If)
    whole = ir.Name("e", 1)
    assert first.test == ir.Binary(
        "and",
        ir.Bind(ir.Name("b", 1), ir.Attr(whole, "b", 1), 1),
        ir.Binary("==", ir.Attr(whole, "c", 1), ir.Const("d", 1), 1),
        1,
    )
    assert isinstance(second, ir.Assign)
    assert second.targets == (ir.Group((ir.Name("g", 1), ir.Name("h", 1)), 1),)
    assert isinstance(third, ir.Assign)
    assert third.targets == (ir.Name("j", 1),)


def test_a_match_on_names_compares_with_each() -> None:
    (only,) = body('match r.name.as_ref() { "a" | "b" => x(), n if n.len() > 1 => y(n), _ => z() };')
    assert isinstance(only, ir.If)
    name = ir.Attr(ir.Name("r", 1), "name", 1)
    one, other = (ir.Binary("==", name, ir.Const(text, 1), 1) for text in ("a", "b"))
    assert only.test == ir.Binary("or", one, other, 1)
    inner = only.otherwise[0]
    assert isinstance(inner, ir.If)
    assert isinstance(inner.test, ir.Binary)
    assert inner.test.left == ir.Bind(ir.Name("n", 1), name, 1)


def test_loops_and_closures_are_kept() -> None:
    kinds = [
        type(each).__name__
        for each in body("for (a, b) in c { d(a); } while let Some(e) = f.next() { break; } loop { g(); }")
    ]
    assert kinds == ["Loop", "Loop", "Loop"]
    module = lower("fn f() { a.map(|b| c(b)); d(async move { e(f)? }); }")
    assert [[param.name for param in one.params] for one in module.functions] == [[], [], ["b"]]
    assert isinstance(module.functions[2].body[0], ir.Return)


# --- hostile files ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    [
        b"fn f(){" + b"(" * 20_000,
        b"fn f(){" * 10_000,
        b"{" * 20_000,
        b'r#"' * 30_000,
        b"/*" * 20_000,
        b"'" * 9999,
        b"a!(" * 20_000,
        b"\0" * 1000,
        b"\xff\xfe" * 999,
        b"",
        b'"' * 2001,
        b"impl { fn ( let",
        b"fn f(){json!(" + b"[" * 20_000,
    ],
    ids=[
        *("brackets", "functions", "blocks", "raw", "comments", "ticks", "macros", "nul", "utf-16", "empty", "quotes"),
        *("broken", "json"),
    ],
)
def test_a_hostile_file_is_lowered_as_far_as_it_goes(source: bytes) -> None:
    assert lower(source).functions


@pytest.mark.parametrize(
    "source",
    [
        "if a { b(); } " + "else if c { d(); } " * 700,
        "match a { " + "1 => b(), " * 3000 + "_ => c }",
        "if let " + "A(B, " * 2000 + "x" + ")" * 2000 + " = f() {}",
        "let x = " + "if a { b(); " * 700 + "1" + "} else { 2 }" * 700 + ";",
        "let x = " + "a + " * 3000 + "b;",
        "a" + ".b()" * 3000 + ";",
        "match a { " + "1 | " * 3000 + "2 => 3 }",
    ],
    ids=["else if", "arm", "pattern", "value", "sum", "chain", "or"],
)
def test_no_chain_nests_deeper_than_whoever_walks_it_may_recurse(source: str) -> None:
    assert depth_of(lower(f"fn f() {{ {source} }}").functions[1].body) < 1.5 * DEFAULT_LIMITS.code_depth


def test_broken_places_are_counted_and_budgets_told() -> None:
    assert lower("fn f( { let x = ; }").errors > 0
    assert lower('fn f() { r#"never').errors > 0
    module = lower("fn f() { a(); }\n" * 100, Limits(code_nodes=200))
    assert not module.complete
    assert 0 < len(module.functions) < 100


def test_five_megabytes_of_tokens_stop_at_the_budget_for_them() -> None:
    started = time.process_time()
    module = lower("fn f(a: i32) -> i32 { a + 1 }\n" * 170_000, Limits(code_nodes=200_000))
    assert not module.complete
    assert time.process_time() - started < AGES


@pytest.mark.parametrize(
    ("head", "unit"),
    [
        ("fn f() { let x = [", "g(a, 'b'),"),
        ("", "impl A { fn f(&self) {} }\n"),
        ("impl A {", "const B: i32 = 1;\n"),
        ("fn f() { match x {", "1 => g(),"),
        ("", "/// a\n"),
        ("", 'format!("{a}", b);'),
    ],
    ids=["list", "methods", "constants", "arms", "docs", "macros"],
)
def test_time_grows_as_the_file_does(head: str, unit: str) -> None:
    assert grows_linearly(lambda count: lower(head + unit * count), 1_500)


SAMPLE = """use a::{b, c as d, *}; #[derive(X)] pub struct S<'a> { /// doc
 pub x: Option<&'a str>, } impl S<'_> { const K: u8 = b'"'; #[tool(name = "n", d(e = 1))]
 async fn f(&self, P(A { x, .. }): P<A>, mut y: i32) -> Result<T, E> { let Some(z) = self.x? else { bail!("{y}"); };
 let v = match z.as_str() { "a" | "b" if y > 1 => { g(&z)?; 1 } E::F { h: 1..=2, .. } => return Err(i!(j)), _ => 2 };
 for (k, _) in v.iter().enumerate() { l |= m[1..].n(|o: u8| -> u8 { o })?; } while let Ok(p) = q.await { continue; }
 Ok(S { x: format!("{} {z:?}", r#"s"#), ..t }) } } enum U { V(W), X { y: Z } } json!({"a": [1, b]});
 mod m; trait N {}"""
WORDS = re.findall(r"\w+|\s+|[^\w\s]", SAMPLE)


@given(st.integers(0, len(SAMPLE)), st.integers(0, 60), st.binary(max_size=12), st.integers(1, 45))
@settings(max_examples=80, deadline=None)
def test_no_mutation_of_a_file_breaks_it_however_deep_it_is_read(at: int, cut: int, put: bytes, depth: int) -> None:
    source = SAMPLE.encode()
    assert lower(source[:at] + put + source[at + cut :], Limits(code_depth=depth)).functions


@pytest.mark.parametrize("depth", range(1, 30))
def test_a_file_is_read_as_deep_as_the_limit_says(depth: int) -> None:
    assert lower(SAMPLE, Limits(code_depth=depth)).functions


@given(st.lists(st.sampled_from(WORDS), max_size=80), st.integers(1, 30), st.sampled_from([40, 4_000_000]))
@settings(max_examples=150, deadline=None)
def test_whatever_is_lowered_is_made_of_nodes_on_lines(words: list[str], depth: int, nodes: int) -> None:
    module = lower("".join(words), Limits(code_depth=depth, code_nodes=nodes))
    assert_nodes_on_lines(module, "".join(words))
