"""Java becomes the intermediate form."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from driftseal.code import ir
from driftseal.code.java import Java
from driftseal.code.walk import below
from driftseal.limits import DEFAULT_LIMITS, Limits
from growth import grows_linearly
from lowered import assert_nodes_on_lines, depth_of


def lower(source: str | bytes, limits: Limits = DEFAULT_LIMITS) -> ir.Module:
    return Java().lower(source.encode() if isinstance(source, str) else source, "A.java", limits)


def inside(body: str, members: str = "") -> ir.Block:
    """The statements of a method on the second line."""
    module = lower(f"class A {{\nvoid f(String x) {{ {body} }}\n{members}\n}}\n")
    return next(one for one in module.functions if one.name == "f").body


def value(source: str, members: str = "") -> ir.Expr:
    """What a variable is set to."""
    (only,) = inside(f"var v = {source};", members)
    assert isinstance(only, ir.Assign)
    return only.value


def name(text: str) -> ir.Name:
    return ir.Name(text, 2)


def const(text: str | float | None) -> ir.Const:
    return ir.Const(text, 2)


def call(callee: ir.Expr, *args: ir.Expr, new: bool = False) -> ir.Call:
    return ir.Call(callee, tuple(ir.Arg("", arg, spread=False) for arg in args), 2, new=new)


def test_methods_come_with_their_annotations_and_those_of_their_parameters() -> None:
    module = lower(
        'class A {\n  @Tool(name = "a", description = "b")\n'
        '  static String run(@P("x") final String cmd, int... n) {\n  }\n}\n'
    )
    run = module.functions[1]
    mark = ir.Call(
        ir.Name("Tool", 2),
        (ir.Arg("name", ir.Const("a", 2), spread=False), ir.Arg("description", ir.Const("b", 2), spread=False)),
        2,
        new=False,
    )
    assert run.decorators == (mark,)
    assert [(one.name, one.annotation, one.rest, len(one.decorators)) for one in run.params] == [
        ("cmd", "String", "", 1),
        ("n", "int", "*", 0),
    ]
    assert (run.qualname, run.returns, run.static, run.cls, run.line, run.end_line) == (
        "A.run",
        "String",
        True,
        0,
        3,
        4,
    )


def test_a_class_has_its_bases_fields_constructor_and_methods() -> None:
    module = lower(
        '@Service\npublic class A extends B<C> implements D, E {\n  private static final String N = "n", M;\n'
        "  @Autowired Repo repo;\n  A(Repo repo) { super(1); this.repo = repo; }\n  void run() {}\n}\n"
    )
    (cls,) = module.classes
    assert (cls.name, cls.bases, cls.methods) == ("A", (ir.Name("B", 1), ir.Name("D", 1), ir.Name("E", 1)), (1, 2))
    assert [(one.name, one.annotation, one.value is not None, len(one.decorators)) for one in cls.fields] == [
        ("N", "String", True, 0),
        ("M", "String", False, 0),
        ("repo", "Repo", False, 1),
    ]
    assert [one.qualname for one in module.functions] == ["", "A.constructor", "A.run"]
    assert cls.decorators == (ir.Name("Service", 1),)
    assert (cls.line, cls.end_line) == (2, 7)


def test_records_and_enums_have_fields_and_interfaces_alone_are_no_classes() -> None:
    module = lower(
        'record R(@P("d") String a, int b) {}\nenum E { X("x"), Y; E(String s) {} }\n'
        "interface I { String m(); }\ninterface J { default void n() {} }\n"
    )
    assert [(cls.name, [one.name for one in cls.fields], len(cls.methods)) for cls in module.classes] == [
        ("R", ["a", "b"], 0),
        ("E", ["X", "Y"], 1),
        ("", [], 0),
        ("J", [], 1),
    ]
    assert module.classes[1].fields[0].value == ir.Const("x", 2)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import a.b.C;", ir.Import("C", "a.b", "C", 1)),
        ("import a.b.*;", ir.Import("*", "a.b", "*", 1)),
        ("import static a.b.C.d;", ir.Import("d", "a.b.C", "d", 1)),
        ("import static a.b.C.*;", ir.Import("*", "a.b.C", "*", 1)),
    ],
)
def test_imports_name_a_class_of_a_package(source: str, expected: ir.Import) -> None:
    assert lower(source).imports == (expected,)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('"a\\tb\\u00e9\\101"', const("a\tb\u00e9A")),
        ("'a'", const("a")),
        ("0x1F", const(31)),
        ("017", const(15)),
        ("1_000L", const(1000)),
        ("1.5f", const(1.5)),
        ("-3", const(-3)),
        ("null", const(None)),
        ("true", ir.Const(value=True, line=2)),
        ("!x", ir.Unary("not", name("x"), 2)),
        ("x && y", ir.Binary("and", name("x"), name("y"), 2)),
        ("x.equals(y)", ir.Binary("==", name("x"), name("y"), 2)),
        ("Objects.equals(x, y)", ir.Binary("==", name("x"), name("y"), 2)),
        ("P.matcher(x).matches()", call(ir.Attr(name("P"), "matches", 2), name("x"))),
        ("x ? y : z", ir.Choice(name("x"), name("y"), name("z"), 2)),
        ("(String) x", name("x")),
        ("(int) x", call(name("int"), name("x"))),
        ("x[0]", ir.Index(name("x"), const(0), 2)),
        ("new B(x)", call(name("B"), name("x"), new=True)),
        ("new a.b.B<>(x)", call(ir.Attr(ir.Attr(name("a"), "b", 2), "B", 2), name("x"), new=True)),
        ("new String[] {x, y}", ir.Group((name("x"), name("y")), 2)),
        ("List.of(x, y)", ir.Group((name("x"), name("y")), 2)),
        ("new ArrayList<>(x)", ir.Group((ir.Unary("*", name("x"), 2),), 2)),
        ("Arrays.asList(x)", ir.Group((name("x"),), 2)),
        ('Map.of("a", x)', ir.Mapping((ir.Entry(const("a"), name("x")),), 2, "")),
        ('Map.ofEntries(Map.entry("a", x))', ir.Mapping((ir.Entry(const("a"), name("x")),), 2, "")),
        ('String.format("a %s%%", x)', ir.Text((const("a "), name("x"), const("%")), 2, None)),
        ('String.format(Locale.ROOT, "%s", x)', ir.Text((name("x"),), 2, None)),
        ('"%2$s".formatted(x, y)', ir.Text((name("y"),), 2, None)),
        ('String.format("%d", x)', ir.Text((call(name("int"), name("x")),), 2, None)),
        ("B::new", ir.Attr(name("B"), "new", 2)),
        ("this::g", ir.Attr(name("this"), "g", 2)),
        ("B.class", ir.Attr(name("B"), "class", 2)),
        ("super.g(x)", call(ir.Attr(name("this"), "g", 2), name("x"))),
    ],
)
def test_an_expression_is_what_it_says(source: str, expected: ir.Expr) -> None:
    found = value(source)
    if source == "B::new":
        assert isinstance(found, (ir.Attr, ir.Name))
        return
    assert found == expected


def test_a_text_block_has_no_indentation_of_its_own() -> None:
    (only,) = inside('var v = """\n      a\n        "b"\n      c\\\n      """;')
    assert isinstance(only, ir.Assign)
    assert only.value == const('a\n  "b"\nc')


MEMBERS = "String held; static String SHARED; String g(String a) { return a; }"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("held", ir.Attr(name("this"), "held", 2)),
        ("SHARED", ir.Attr(name("A"), "SHARED", 2)),
        ("g(held)", call(ir.Attr(name("this"), "g", 2), ir.Attr(name("this"), "held", 2))),
        ("h(x)", call(name("h"), name("x"))),
        ("Other.g(x)", call(ir.Attr(name("Other"), "g", 2), name("x"))),
        ("x.held", ir.Attr(name("x"), "held", 2)),
    ],
)
def test_a_name_alone_may_be_a_member(source: str, expected: ir.Expr) -> None:
    assert value(source, MEMBERS) == expected


def test_a_variable_hides_a_field_of_its_name() -> None:
    last = inside("String held = x; g(held); for (String SHARED : y) { g(SHARED); } z.map(q -> g(q));", MEMBERS)[1]
    assert isinstance(last, ir.Do)
    assert last.value == call(ir.Attr(name("this"), "g", 2), name("held"))


def test_a_function_in_place_is_a_closure_with_the_object_around_it() -> None:
    module = lower(
        "class A {\n  String s;\n  void f() { run(new Job() { public void go() { g(s); } }); run(() -> s); }\n}\n"
    )
    job, lambda_ = module.functions[2], module.functions[3]
    assert (job.name, job.cls, job.outer, lambda_.outer) == ("go", -1, 1, 1)
    field = ir.Attr(ir.Name("this", 3), "s", 3)
    called = ir.Attr(ir.Name("this", 3), "g", 3)
    assert job.body == (ir.Do(ir.Call(called, (ir.Arg("", field, spread=False),), 3, new=False), 3),)
    assert lambda_.body == (ir.Return(field, 3),)


@pytest.mark.parametrize(
    ("source", "targets"),
    [
        ("String a = x, b;", [name("a")]),
        ("a = x;", [name("a")]),
        ("a = b = x;", [name("b"), name("a")]),
        ("a += x;", [name("a")]),
        ("a++;", [name("a")]),
        ("this.a = x;", [ir.Attr(name("this"), "a", 2)]),
        ("a[0] = x;", [ir.Index(name("a"), const(0), 2)]),
    ],
)
def test_an_assignment_sets_its_target(source: str, targets: list[ir.Expr]) -> None:
    found = [target for each in inside(source) if isinstance(each, ir.Assign) for target in each.targets]
    assert found == targets


def test_a_switch_is_a_chain_of_branches_and_sets_what_waits_for_its_value() -> None:
    test = ir.Binary("in", name("x"), ir.Group((const("a"), const("b")), 2), 2)
    (old,) = inside('switch (x) { case "a": case "b": g(); break; default: h(); }')
    assert isinstance(old, ir.If)
    assert (old.test, len(old.then), len(old.otherwise)) == (test, 1, 1)
    (new,) = inside('String v = switch (x) { case "a", "b" -> y; default -> { g(); yield z; } };')
    assert isinstance(new, ir.If)
    assert (new.test, new.then) == (test, (ir.Assign((name("v"),), name("y"), 2, adds=False),))
    assert new.otherwise[1:] == (ir.Assign((name("v"),), name("z"), 2, adds=False),)
    (returned,) = inside("return switch (x) { case 1 -> y; default -> throw new E(); };")
    assert isinstance(returned, ir.If)
    assert returned.then == (ir.Return(name("y"), 2),)
    assert isinstance(returned.otherwise[0], ir.Raise)


def test_a_try_opens_its_resources_and_names_what_it_catches() -> None:
    (found,) = inside("try (var r = open(x)) { g(r); } catch (A | B e) { h(e); } finally { i(); }")
    assert isinstance(found, ir.Try)
    assert isinstance(found.body[0], ir.Assign)
    assert [(one.types, one.name) for one in found.handlers] == [(("A", "B"), "e")]
    assert len(found.final) == 1


def test_loops_and_jumps_are_kept() -> None:
    over, counted, endless = (
        inside(source)[-1]
        for source in ("for (String a : x) { g(a); }", "for (int i = 0; i < 3; i++) g(i);", "do { break; } while (x);")
    )
    assert isinstance(over, ir.Loop)
    assert (over.targets, over.source) == ((name("a"),), name("x"))
    assert isinstance(counted, ir.Loop)
    assert isinstance(counted.body[-1], ir.Assign)
    assert endless == ir.Loop((), None, name("x"), (ir.Leave(2),), 2)


def test_code_that_hides_behind_the_numbers_of_its_characters_is_read() -> None:
    source = (
        "class A { void f() {\n  // nothing to see \\u000a \\u0052untime.getRuntime().exec(c);\n"
        "  char c = '\\u0000'; } }\n"
    )
    module = lower(source)
    names = {node.id for node in below(module.functions[1].body) if isinstance(node, ir.Name)}
    assert "Runtime" in names
    assert module.errors == 0
    assert module.functions[1].end_line == 4


@pytest.mark.parametrize(
    ("source", "errors"),
    [
        ('class A { String x = "\u00e9"; }'.encode("utf-16"), 0),
        ('\ufeffclass A { String x = "\u00e9"; }'.encode(), 0),
        ('class A { String x = "\u00e9"; }\0'.encode(), 1),
        (b'class A { String x = "\xe9"; }', 0),
    ],
    ids=["utf-16", "bom", "nul", "latin-1"],
)
def test_a_file_is_read_whatever_its_encoding(source: bytes, errors: int) -> None:
    module = lower(source)
    read = module.classes[0].fields[0].value
    assert isinstance(read, ir.Const)
    assert read.value in {"\u00e9", "\ufffd"}
    assert module.errors == errors


@pytest.mark.parametrize(
    "source",
    [
        b"class A { int x = " + b"(" * 50_000,
        b"class A { int[] x = " + b"{" * 10_000,
        b"class A { int x = " + b"a + " * 5000 + b"a; }",
        b"class A { void f() {" + b"if (a) {" * 5000,
        b"class A { void f() {" + b"switch (a) { case 1: " * 500,
        b"class A { Object x = " + b"() -> " * 5000 + b"1; }",
        b"class A {" * 5000,
        b"class A { Object x = " + b"new B() { Object y = " * 3000,
        b"class A { Object x = " + b"f(" * 20_000 + b")" * 20_000,
        b"class A { Object x = " + b"a." * 20_000,
        b"class A { " + b"List<" * 20_000,
        b"@A(" * 10_000,
        b'class A { String x = """' + b"a" * 100_000,
        b"\\u" * 50_000,
        b"\0" * 1000,
        b"\xff\xfe" * 999,
        b"",
        b"class",
    ],
)
def test_a_hostile_file_is_lowered_as_far_as_it_goes(source: bytes) -> None:
    module = lower(source)
    assert module.functions
    assert max(depth_of(function.body) for function in module.functions) < 1.5 * DEFAULT_LIMITS.code_depth


def test_a_file_of_five_megabytes_is_read_within_its_budget() -> None:
    module = lower(b"class A { void f() {\n" + b'String a = f(b, "c");\n' * 240_000, Limits(code_nodes=200_000))
    assert not module.complete


@pytest.mark.parametrize(
    "source",
    ["if (a) b();" + " else if (a == 1) d();" * 3000, "switch (a) {" + " case 1: b(); break;\n" * 3000 + "}"],
    ids=["else if", "case"],
)
def test_no_chain_nests_deeper_than_whoever_walks_it_may_recurse(source: str) -> None:
    assert depth_of(inside(source)) < 1.5 * DEFAULT_LIMITS.code_depth


@pytest.mark.parametrize(
    ("head", "unit"),
    [
        ("class A { Object[] x = {", 'f(a, "b"),'),
        ("class A {\n", "String f(String a) { return a; }\n"),
        ("class A { void f() {\n", "if (a) { b(); }\n"),
        ("class A { Object x = a", ".b(c)"),
        ("class A {} // \\u", "\\"),
        ("class A {} // ", "\\u"),
    ],
    ids=["list", "methods", "branches", "chain", "backslashes", "escapes"],
)
def test_time_grows_as_the_file_does(head: str, unit: str) -> None:
    assert grows_linearly(lambda count: lower(head + unit * count), 1_000)


REAL = b"""package a.b;
import java.util.*; import static a.C.d;
@Service public class A extends B implements C<D> {
  private final Map<String, List<D>> m = new HashMap<>(); enum E { X(1) { void q() {} }, Y; }
  record R(@P("d") String a) { R { if (a == null) throw new X(); } }
  static { init(); }
  @Tool(name = "x", value = {"a", "b"}) public <T> String run(final @P("c") String c, int... n) throws IOException {
    try (var in = open(c); R r = q()) { synchronized (this) { i += n[0]; } } catch (IOException | F e) { }
    finally { z(); }
    String s = switch (c) { case "a", "b" -> "x"; case String t when t.isEmpty() -> t; default -> { yield d(); } };
    for (var z : list) label: for (int i = 0, j; i < 3; i++, j--) { if (z instanceof R(String a)) continue label; }
    new Thread(new Runnable() { public void run() { w(A.this.m); } }).start();
    do { assert s != null : "m"; } while (c ? a : b);
    return list.stream().map(String::trim).filter((x) -> x != null).map((String y) -> { return y; }).toList().get(0)[1];
  }
  interface I { int K = 1; String z(String a); default void q() {} } @interface Z { int v() default 1; }
}
"""
WORDS = re.findall(r"\w+|\s+|[^\w\s]+", REAL.decode())


def test_a_file_may_end_anywhere_for_its_budget_and_nest_as_deep_as_it_likes() -> None:
    whole = len(list(below(lower(REAL).functions)))
    for nodes in range(1, 900, 5):
        assert lower(REAL, Limits(code_nodes=nodes)).functions
    for depth in range(1, 40):
        assert len(list(below(lower(REAL, Limits(code_depth=depth)).functions))) <= 2 * whole


@given(st.integers(0, len(REAL)), st.integers(0, 60), st.binary(max_size=12))
@settings(max_examples=150, deadline=None)
def test_no_mutation_of_a_real_file_breaks_it(at: int, cut: int, put: bytes) -> None:
    assert lower(REAL[:at] + put + REAL[at + cut :]).functions


@given(st.lists(st.sampled_from(WORDS), max_size=80), st.integers(1, 30), st.sampled_from([40, 4_000_000]))
@settings(max_examples=150, deadline=None)
def test_whatever_is_lowered_is_made_of_nodes_on_lines(words: list[str], depth: int, nodes: int) -> None:
    module = lower("".join(words), Limits(code_depth=depth, code_nodes=nodes))
    assert_nodes_on_lines(module, "".join(words))
