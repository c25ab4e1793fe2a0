"""C# becomes the intermediate form."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from driftseal.code import ir
from driftseal.code.csharp import CSharp
from driftseal.code.walk import below
from driftseal.limits import DEFAULT_LIMITS, Limits
from growth import AGES, grows_linearly
from lowered import assert_nodes_on_lines, depth_of


def lower(source: str | bytes, limits: Limits = DEFAULT_LIMITS) -> ir.Module:
    return CSharp().lower(source.encode() if isinstance(source, str) else source, "Server.cs", limits)


def body(source: str) -> ir.Block:
    return lower(source).functions[0].body


def value(source: str) -> ir.Expr:
    (only,) = body(source)
    assert isinstance(only, (ir.Do, ir.Assign, ir.Return))
    assert only.value is not None
    return only.value


def method(source: str) -> ir.Function:
    return next(one for one in lower(f"class A {{ {source} }}").functions if one.cls == 0)


# --- definitions -----------------------------------------------------------------------------


def test_methods_come_with_attributes_parameters_types_and_defaults() -> None:
    run = method(
        '/// <summary>Runs <c>x</c>.</summary>\n[Tool(Name = "run", ReadOnly = true), Description("Runs")]\n'
        'public static async Task<string> Run([Description("what")] string cmd, int n = 3, params string[] rest)\n'
        "{ return cmd; }"
    )
    assert [(one.name, one.annotation, one.rest) for one in run.params] == [
        ("cmd", "string", ""),
        ("n", "int", ""),
        ("rest", "string[]", "*"),
    ]
    assert run.params[1].default == ir.Const(3, 3)
    described = run.params[0].decorators[0]
    assert isinstance(described, ir.Call)
    assert described.args[0].value == ir.Const("what", 3)
    first = run.decorators[0]
    assert isinstance(first, ir.Call)
    assert [(arg.name, getattr(arg.value, "value", "")) for arg in first.args] == [("Name", "run"), ("ReadOnly", True)]
    assert (run.qualname, run.returns, run.static, run.doc) == ("A.Run", "Task<string>", True, "Runs x.")
    assert (run.line, run.end_line) == (2, 4)


def test_fields_properties_and_primary_constructors_are_the_fields_of_a_class() -> None:
    (cls,) = lower(
        'class A(Http http) : B, IC {\n const string Root = "/a";\n public string P => Root + "/b";\n'
        " public string G { get { return Root; } set { x = value; } }\n public int N { get; set; } = 3;\n}"
    ).classes
    root = ir.Attr(ir.Name("this", 3), "Root", 3)
    assert [(one.name, one.annotation, one.value) for one in cls.fields] == [
        ("http", "Http", None),
        ("Root", "string", ir.Const("/a", 2)),
        ("P", "string", ir.Binary("+", root, ir.Const("/b", 3), 3)),
        ("G", "string", ir.Attr(ir.Name("this", 4), "Root", 4)),
        ("N", "int", ir.Const(3, 5)),
    ]
    assert [base.id for base in cls.bases if isinstance(base, ir.Name)] == ["B", "IC"]


def test_a_bare_name_is_a_member_of_the_class_unless_a_variable_has_it() -> None:
    module = lower("class A { string x; void F(string y) { G(x, y); } void H(string x) { G(x); } void G(string s) {} }")
    this = ir.Name("this", 1)
    assert module.functions[1].body[0] == ir.Do(
        ir.Call(
            ir.Attr(this, "G", 1),
            (ir.Arg("", ir.Attr(this, "x", 1), False), ir.Arg("", ir.Name("y", 1), False)),
            1,
            new=False,
        ),
        1,
    )
    assert module.functions[2].body[0] == ir.Do(
        ir.Call(ir.Attr(this, "G", 1), (ir.Arg("", ir.Name("x", 1), False),), 1, new=False), 1
    )


def test_constructors_and_what_they_hand_to_their_base_are_kept() -> None:
    made = method("A(string x) : base(F(x)) { this.x = x; }")
    assert made.name == "constructor"
    assert [type(each) for each in made.body] == [ir.Do, ir.Assign]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("using System.IO;", ir.Import("*", "System.IO", "*", 1)),
        ("using P = System.Diagnostics.Process;", ir.Import("P", "System.Diagnostics.Process", "", 1)),
        ("using static System.Math;", ir.Import("*", "System.Math", "*", 1)),
        ("global using A.B;", ir.Import("*", "A.B", "*", 1)),
    ],
)
def test_namespaces_and_aliases_are_imports(source: str, expected: ir.Import) -> None:
    assert lower(source).imports == (expected,)


def test_interfaces_and_methods_without_a_body_run_nothing() -> None:
    module = lower("interface I { void F(); } abstract class A { abstract void G(); extern int H(); }")
    assert [one.name for one in module.functions] == [""]
    assert [one.name for one in module.classes] == ["A"]


def test_enumerations_have_their_names_for_values() -> None:
    (cls,) = lower("enum E : byte { A, B = 2 }").classes
    assert [(one.name, getattr(one.value, "value", None)) for one in cls.fields] == [("A", "A"), ("B", 2)]


# --- expressions -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (r'x = "a\n\u0041\\";', "a\nA\\"),
        (r'x = @"C:\a""b";', 'C:\\a"b'),
        ('x = """\n    {"a": 1}\n      b\n    """;', '{"a": 1}\n  b'),
        ('x = "a"u8;', "a"),
        ("x = 'c';", "c"),
        ("x = nameof(Foo.Bar);", "Bar"),
        ("x = 0x1F_00;", 0x1F00),
        ("x = 1.5f;", 1.5),
        ("x = 10L;", 10),
    ],
)
def test_literals_read_as_they_mean(source: str, expected: object) -> None:
    assert value(source) == ir.Const(expected, 1)  # type: ignore[arg-type]  # texts and numbers


@pytest.mark.parametrize(
    "source", ['x = $"a{{{b,5:N2}}}c";', 'x = $@"a{{{b}}}c";', 'x = $$"""a{{{b}}}c""";', 'x = $"""a{b}c""";']
)
def test_interpolated_texts_are_texts_of_their_parts(source: str) -> None:
    found = value(source)
    assert isinstance(found, ir.Text)
    assert found.parts[1] == ir.Name("b", 1)
    assert "".join(str(part.value) for part in found.parts if isinstance(part, ir.Const)) in {"a{}c", "ac"}


def test_an_object_with_properties_is_a_mapping_of_its_type() -> None:
    assert value('x = new Tool { Name = "a", Tags = { "b" } };') == ir.Mapping(
        (
            ir.Entry(ir.Const("Name", 1), ir.Const("a", 1)),
            ir.Entry(ir.Const("Tags", 1), ir.Group((ir.Const("b", 1),), 1)),
        ),
        1,
        "Tool",
    )
    assert value("Tool x = new() { Name = a };") == ir.Mapping(
        (ir.Entry(ir.Const("Name", 1), ir.Name("a", 1)),), 1, "Tool"
    )


def test_a_constructor_with_arguments_keeps_its_properties_as_named_ones() -> None:
    made = value("x = new Tool(a) { B = c };")
    assert made == ir.Call(
        ir.Name("Tool", 1), (ir.Arg("", ir.Name("a", 1), False), ir.Arg("B", ir.Name("c", 1), False)), 1, new=True
    )


def test_what_starts_a_process_is_its_properties_whichever_way_they_are_set() -> None:
    made = value('x = new ProcessStartInfo("sh", a) { UseShellExecute = false };')
    assert isinstance(made, ir.Mapping)
    assert [entry.key.value for entry in made.entries if isinstance(entry.key, ir.Const)] == [
        *("FileName", "Arguments", "ArgumentList", "UseShellExecute"),
    ]


def test_collections_are_groups_and_mappings() -> None:
    assert isinstance(value("x = new[] { 1, 2 };"), ir.Group)
    assert isinstance(value('x = new List<string> { "a" };'), ir.Group)
    assert value("x = [1, ..y];") == ir.Group((ir.Const(1, 1), ir.Unary("*", ir.Name("y", 1), 1)), 1)
    assert isinstance(value('x = new Dictionary<string, int> { ["a"] = 1, { "b", 2 } };'), ir.Mapping)


def test_a_variable_that_a_call_sets_is_bound_to_its_result() -> None:
    (only,) = body('if (args.TryGetValue("k", out var v) is not true) throw new E();')
    assert isinstance(only, ir.If)
    assert isinstance(only.test, ir.Unary)
    assert isinstance(only.test.value, ir.Bind)
    assert only.test.value.target == ir.Name("v", 1)
    assert isinstance(only.then[0], ir.Raise)


def test_conditional_access_and_casts_change_nothing() -> None:
    assert value("x = ((string)a?.b![0])?.c;") == ir.Attr(
        ir.Index(ir.Attr(ir.Name("a", 1), "b", 1), ir.Const(0, 1), 1), "c", 1
    )


def test_queries_are_comprehensions() -> None:
    found = value("x = from a in b where a.C select a.D;")
    assert isinstance(found, ir.Comprehension)
    assert found.targets == (ir.Name("a", 1),)
    assert found.element == ir.Attr(ir.Name("a", 1), "D", 1)


# --- statements ------------------------------------------------------------------------------


def test_what_is_added_to_does_not_double_level_by_level() -> None:
    module = lower("x = " + "(" * 60 + "a" + " ??= b) += c" * 30 + ")" * 30 + ";")
    assert sum(1 for _ in below(module.functions[0].body)) < 1000


def test_a_switch_is_a_chain_of_comparisons() -> None:
    (only,) = body(
        'switch (name) { case "a": case "b": F(); break; case string s when s.Length > 1: G(s); return; '
        "default: H(); break; }"
    )
    assert isinstance(only, ir.If)
    assert isinstance(only.test, ir.Binary)
    assert (only.test.op, len(only.then)) == ("or", 1)
    inner = only.otherwise[0]
    assert isinstance(inner, ir.If)
    assert isinstance(inner.test, ir.Binary)
    assert inner.test.left == ir.Bind(ir.Name("s", 1), ir.Name("name", 1), 1)
    assert [type(each) for each in inner.otherwise] == [ir.Do]


def test_a_switch_expression_that_is_returned_is_a_chain_of_branches() -> None:
    found = method('string F(string n) => n switch { "a" or "b" => G(), { Length: 3 } => H(), _ => throw new E() };')
    (only,) = found.body
    assert isinstance(only, ir.If)
    assert isinstance(only.then[0], ir.Return)
    inner = only.otherwise[0]
    assert isinstance(inner, ir.If)
    assert inner.test == ir.Binary("==", ir.Attr(ir.Name("n", 1), "Length", 1), ir.Const(3, 1), 1)
    assert isinstance(inner.otherwise[0], ir.Raise)


def test_loops_handlers_and_resources_are_kept() -> None:
    source = (
        "foreach (var (a, b) in c) { F(a); }\nfor (int i = 0; i < 3; i++) G(i);\nwhile (x) break;\n"
        "try { F(); } catch (IOException e) when (e.X) { throw; } finally { G(); }\nusing (var f = H()) { I(f); }\n"
        "lock (x) { J(); }"
    )
    kinds = [type(each).__name__ for each in body(source)]
    assert kinds == ["Loop", "Assign", "Loop", "Loop", "Try", "Assign", "Do", "Do", "Do"]
    tried = body(source)[4]
    assert isinstance(tried, ir.Try)
    assert tried.handlers[0].types == ("IOException",)
    assert tried.handlers[0].name == "e"


def test_local_functions_hold_from_the_start_of_their_block() -> None:
    found = method("void F() { G(1); int G(int a) => a; }")
    assert [type(each) for each in found.body] == [ir.Assign, ir.Do]
    assert isinstance(found.body[1], ir.Do)
    assert isinstance(found.body[1].value, ir.Call)
    assert found.body[1].value.callee == ir.Name("G", 1)


def test_lambdas_are_functions_inside_functions() -> None:
    module = lower("var f = async (string a, int b = 1) => { return a; }; var g = x => throw new E();")
    assert [[param.name for param in one.params] for one in module.functions[1:]] == [["a", "b"], ["x"]]
    assert isinstance(module.functions[2].body[0], ir.Raise)


# --- hostile files ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    [
        b"x = " + b"(" * 20_000,
        b"class A {" * 10_000,
        b"{" * 20_000,
        b"a?.b" * 10_000,
        b"x = " + b'$"{' * 5000,
        b"\0" * 1000,
        b"\xff\xfe" * 999,
        b"",
        b'"' * 9999,
        b"class { void ( int",
        b"switch (x) { case 1: " * 3000,
    ],
    ids=["brackets", "classes", "blocks", "access", "texts", "nul", "utf-16", "empty", "quotes", "broken", "switch"],
)
def test_a_hostile_file_is_lowered_as_far_as_it_goes(source: bytes) -> None:
    assert lower(source).functions


@pytest.mark.parametrize(
    "source",
    [
        "if (a) b(); " + "else if (c == 1) d(); " * 2000,
        "switch (a) { " + "case 1: b(); break; " * 3000 + "}",
        "x = a switch { " + "1 => b(), " * 3000 + "_ => c };",
        "if (f() is " + "{ A: " * 2000 + "1" + "}" * 2000 + ") {}",
        "f(" + ", ".join(f"out var v{at}" for at in range(3000)) + ");",
        "x = " + "a + " * 3000 + "b;",
        "x = " + "a ? b : " * 3000 + "c;",
        "x = a" + "?.b" * 3000 + ";",
    ],
    ids=["else if", "case", "arm", "pattern", "out", "sum", "choice", "access"],
)
def test_no_chain_nests_deeper_than_whoever_walks_it_may_recurse(source: str) -> None:
    assert depth_of(lower(source).functions[0].body) < 1.5 * DEFAULT_LIMITS.code_depth


def test_broken_places_are_counted_and_budgets_told() -> None:
    assert lower("class A { void F( { x = 1; } }").errors > 0
    module = lower("x = 1;\n" * 100, Limits(code_nodes=60))
    assert not module.complete
    assert 0 < len(module.functions[0].body) < 100


def test_five_megabytes_of_tokens_stop_at_the_budget_for_them() -> None:
    started = time.process_time()
    module = lower("class A { int F(int a) { return a + 1; } }\n" * 120_000, Limits(code_nodes=200_000))
    assert not module.complete
    assert time.process_time() - started < AGES


@pytest.mark.parametrize(
    ("head", "unit"),
    [
        ("x = [", "f(a, 'b'),"),
        ("class A {", " void F() { }\n"),
        ("class A { int a", ", b"),
        ("switch (x) {", "case 1: "),
        ("class A {", "[B(1)] "),
    ],
    ids=["list", "methods", "fields", "cases", "attributes"],
)
def test_time_grows_as_the_file_does(head: str, unit: str) -> None:
    assert grows_linearly(lambda count: lower(head + unit * count), 1_500)


SAMPLE = """using System.IO; namespace N { [A(B = 1)] public class T(int p) : U<int>, I { const string R = @"x""y";
 [M("d")] public async Task<string> F([D] string a, out int b, CancellationToken c = default) {
  var q = new P("x") { Y = $"a{a ?? R:N}b", Z = { 1, 2 } }; q.L.Add(a);
  if (d.T("k", out var v) && v is string s and not null) return s;
  switch (a) { case "x" when b > 1: return await G(a); default: throw new E(nameof(F)); }
  foreach (var (k, w) in m) {
   try { yield return x switch { { L: > 3 } => 1, _ => throw z }; } catch (X e) when (e.Y) { } }
  return string.Join(",", from o in l where o.A select o.B) + '\\u0041' + (int?)x?.y[^1..]!; } }
 record struct V(int A) { public int P { get; init; } = 1; } enum W { A, B = 2 } }"""
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
