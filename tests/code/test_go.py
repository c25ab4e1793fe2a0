"""Go becomes the intermediate form."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from driftseal.code import ir
from driftseal.code.go import Go
from driftseal.code.walk import below
from driftseal.limits import DEFAULT_LIMITS, Limits
from growth import grows_linearly
from lowered import assert_nodes_on_lines, depth_of


def lower(source: str | bytes, limits: Limits = DEFAULT_LIMITS) -> ir.Module:
    return Go().lower(source.encode() if isinstance(source, str) else source, "main.go", limits)


def inside(body: str, signature: str = "func f(x string)") -> ir.Block:
    """The statements of a function on the third line."""
    return lower(f"package main\n\n{signature} {{ {body} }}\n").functions[1].body


def value(source: str) -> ir.Expr:
    """What a variable is set to."""
    (only,) = inside(f"v := {source}")
    assert isinstance(only, ir.Assign)
    return only.value


def name(text: str) -> ir.Name:
    return ir.Name(text, 3)


def const(text: str | float | None) -> ir.Const:
    return ir.Const(text, 3)


def test_methods_belong_to_the_type_of_their_receiver_which_is_this() -> None:
    module = lower(
        "package main\n\nfunc (s *Server) Run(a, b string, rest ...int) error { return s.run(a) }\n"
        'type Server struct {\n\tBase\n\tName string `json:"name,omitempty" jsonschema:"Who"`\n}\n'
    )
    run = module.functions[1]
    assert [(one.name, one.annotation, one.rest) for one in run.params] == [
        ("a", "string", ""),
        ("b", "string", ""),
        ("rest", "int", "*"),
    ]
    assert (run.name, run.qualname, run.returns, run.cls, run.line, run.end_line) == (
        *("Run", "Server.Run", "error", 0),
        *(3, 3),
    )
    call = ir.Call(ir.Attr(name("this"), "run", 3), (ir.Arg("", name("a"), spread=False),), 3, new=False)
    assert run.body == (ir.Return(call, 3),)
    (server,) = module.classes
    assert (server.name, server.methods, server.bases) == ("Server", (1,), (ir.Name("Base", 5),))
    assert [(one.name, one.annotation, one.line) for one in server.fields] == [
        ("Base", "Base", 5),
        ("Name", "string", 6),
    ]
    tags = [(tag.callee, tag.args[0].value) for tag in server.fields[1].decorators if isinstance(tag, ir.Call)]
    assert tags == [
        (ir.Name("json", 6), ir.Const("name,omitempty", 6)),
        (ir.Name("jsonschema", 6), ir.Const("Who", 6)),
    ]


def test_a_method_of_a_type_in_another_file_gets_a_class_that_goes_on_there() -> None:
    (cls,) = lower("package main\n\nfunc (s *Server) Run() {}\n").classes
    assert (cls.name, cls.bases, cls.methods) == ("Server", (name("Server"),), (1,))


def test_a_receiver_is_no_longer_this_where_a_parameter_has_its_name() -> None:
    module = lower("package main\nfunc (c *T) F() { g(func(c int) { h(c) }); i(c) }\n")
    assert [str(call.args[0].value) for call in below(module.functions[2].body) if isinstance(call, ir.Call)] == [
        "Name(id='c', line=2)"
    ]
    assert ir.Name("this", 2) in list(below(module.functions[1].body))


@pytest.mark.parametrize(
    ("source", "module", "local"),
    [
        ('import "os/exec"', "os/exec", "exec"),
        ('import e "os/exec"', "os/exec", "e"),
        ('import . "fmt"', "fmt", "*"),
        ('import _ "embed"', "embed", ""),
        ('import "github.com/go-git/go-git/v5"', "github.com/go-git/go-git", "git"),
        ('import "github.com/go-git/go-git/v5/plumbing"', "github.com/go-git/go-git/plumbing", "plumbing"),
        ('import "gopkg.in/yaml.v3"', "gopkg.in/yaml", "yaml"),
        ('import "github.com/metoro-io/mcp-golang"', "github.com/metoro-io/mcp-golang", "mcp_golang"),
    ],
)
def test_imports_come_without_their_version_under_the_names_that_packages_have(
    source: str, module: str, local: str
) -> None:
    found = lower(f"package main\n{source}\n").imports
    assert {one.module for one in found} == {module}
    assert local in {one.local for one in found}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('"a\\tb\\u00e9\\x41\\101"', const("a\tb\u00e9AA")),
        ("`a\\n\nb`", ir.Const("a\\n\nb", 3)),
        ("'a'", const("a")),
        ("0x1F", const(31)),
        ("0o17", const(15)),
        ("1_000.5", const(1000.5)),
        ("-3", const(-3)),
        ("nil", const(None)),
        ("true", ir.Const(value=True, line=3)),
        ("&x", name("x")),
        ("*x", name("x")),
        ("!x", ir.Unary("not", name("x"), 3)),
        ("x && y", ir.Binary("and", name("x"), name("y"), 3)),
        ("!x[y]", ir.Unary("not", ir.Binary("in", name("y"), name("x"), 3), 3)),
        ("x == y", ir.Binary("==", name("x"), name("y"), 3)),
        ("<-x", ir.Unary("await", name("x"), 3)),
        ("x[1:]", ir.Index(name("x"), ir.Group((const(1), const(None)), 3), 3)),
        ("[]byte(x)", name("x")),
        ("string(x)", name("x")),
        ("x.(string)", name("x")),
        ("x.(int)", ir.Call(name("int"), (ir.Arg("", name("x"), spread=False),), 3, new=False)),
        ("new(a.T)", ir.Call(ir.Attr(name("a"), "T", 3), (), 3, new=True)),
        ("f(x...)", ir.Call(name("f"), (ir.Arg("", name("x"), spread=True),), 3, new=False)),
        ("f[T](x)", ir.Call(name("f"), (ir.Arg("", name("x"), spread=False),), 3, new=False)),
        ("m[x](y)", ir.Call(ir.Index(name("m"), name("x"), 3), (ir.Arg("", name("y"), spread=False),), 3, new=False)),
        ("[]string{x, y}", ir.Group((name("x"), name("y")), 3)),
        ("&a.T{B: x}", ir.Mapping((ir.Entry(const("B"), name("x")),), 3, "a.T")),
        ("map[string]int{k: x}", ir.Mapping((ir.Entry(name("k"), name("x")),), 3, "")),
        ("[]T{{B: x}}", ir.Group((ir.Mapping((ir.Entry(const("B"), name("x")),), 3, "T"),), 3)),
        ("append(x, y)", ir.Group((ir.Unary("*", name("x"), 3), name("y")), 3)),
        ("T{}", ir.Mapping((), 3, "T")),
        ('fmt.Sprintf("a %s%%", x)', ir.Text((const("a "), name("x"), const("%")), 3, None)),
        ('fmt.Sprintf("%[2]v", x, y)', ir.Text((name("y"),), 3, None)),
    ],
)
def test_an_expression_is_what_it_says(source: str, expected: ir.Expr) -> None:
    assert value(source) == expected


def test_a_number_in_a_format_is_a_number() -> None:
    text = value('fmt.Sprintf("%d", x)')
    assert isinstance(text, ir.Text)
    assert text.parts == (ir.Call(name("int"), (ir.Arg("", name("x"), spread=False),), 3, new=False),)


@pytest.mark.parametrize(
    ("source", "targets"),
    [
        ("a, err := f()", [name("a")]),
        ("a, ok := m[x]", [name("ok"), name("a")]),
        ("_, ok := m[x]", [name("ok")]),
        ("a, ok := x.(string)", [name("a")]),
        ("a, b := f()", [ir.Group((name("a"), name("b")), 3)]),
        ("a, b, err := f()", [ir.Group((name("a"), name("b")), 3)]),
        ("a, b := x, y", [name("a"), name("b")]),
        ("_, err := f()", []),
        ("err := f()", [name("err")]),
        ("var a, b = x, y", [name("a"), name("b")]),
        ("const a = 1", [name("a")]),
        ("var a http.Client", [name("a")]),
        ("a[x] = y", [ir.Index(name("a"), name("x"), 3)]),
        ("u.RawQuery = x", [ir.Attr(name("u"), "RawQuery", 3)]),
        ("a += x", [name("a")]),
        ("a++", [name("a")]),
        ("a <- x", [name("a")]),
        ("json.Unmarshal(x, &a)", []),
    ],
)
def test_an_assignment_sets_what_a_call_gives_back_beside_its_error(source: str, targets: list[ir.Expr]) -> None:
    found = [target for each in inside(source) if isinstance(each, ir.Assign) for target in each.targets]
    assert found == targets


def test_a_call_that_fills_a_variable_sets_it() -> None:
    (only,) = inside("json.Unmarshal(x, &a)")
    assert isinstance(only, ir.Do)
    assert isinstance(only.value, ir.Bind)
    assert only.value.target == name("a")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("return x, nil", [ir.Return(name("x"), 3)]),
        ("return nil, err", [ir.Raise(name("err"), 3)]),
        ("return x, err", [ir.Return(name("x"), 3)]),
        ("return", [ir.Return(name("out"), 3)]),
        ('return "", ErrNone', [ir.Raise(name("ErrNone"), 3)]),
        (
            "return nil, f(x)",
            [
                ir.Do(ir.Call(name("f"), (ir.Arg("", name("x"), spread=False),), 3, new=False), 3),
                ir.Return(const(None), 3),
            ],
        ),
    ],
)
def test_an_error_is_raised_where_it_is_given_back_alone(source: str, expected: list[ir.Stmt]) -> None:
    assert list(inside(source, "func f(x string) (out string, err error)")) == expected


def test_giving_back_an_error_below_its_check_raises_it() -> None:
    (_, branch) = inside("if err := g(x); err != nil { return err }", "func f(x string) error")
    assert isinstance(branch, ir.If)
    assert branch.test == ir.Unary("not", ir.Binary("instanceof", name("err"), const(None), 3), 3)
    assert branch.then == (ir.Raise(name("err"), 3),)


def test_loops_bind_what_they_go_over() -> None:
    (over,) = inside("for _, a := range x { g(a) }")
    _, counted = inside("for i := 0; i < 3; i++ { g(i) }")
    (endless,) = inside("for { break }")
    assert isinstance(over, ir.Loop)
    assert (over.targets, over.source) == ((name("a"),), name("x"))
    assert isinstance(counted, ir.Loop)
    assert counted.test == ir.Binary("<", name("i"), const(3), 3)
    assert isinstance(counted.body[-1], ir.Assign)
    assert endless == ir.Loop((), None, None, (ir.Leave(3),), 3)


def test_switches_and_selects_are_chains_of_branches() -> None:
    (chain,) = inside('switch x { case "a", "b": g(); break; default: h() }')
    assert isinstance(chain, ir.If)
    assert chain.test == ir.Binary("in", name("x"), ir.Group((const("a"), const("b")), 3), 3)
    assert (len(chain.then), len(chain.otherwise)) == (1, 1)
    bound, types = inside("switch t := x.(type) { case string: g(t) }")
    assert bound == ir.Assign((name("t"),), name("x"), 3, adds=False)
    assert isinstance(types, ir.If)
    (select,) = inside("select { case m := <-x: g(m); default: }")
    assert isinstance(select, ir.If)
    assert select.then[0] == ir.Assign((name("m"),), ir.Unary("await", name("x"), 3), 3, adds=False)


@pytest.mark.parametrize(
    ("source", "errors"),
    [
        ('package main\nvar x = "\u00e9"\n'.encode("utf-16"), 0),
        ('\ufeffpackage main\nvar x = "\u00e9"\n'.encode(), 0),
        ('package main\nvar x = "\u00e9"\n\0'.encode(), 1),
        (b'package main\nvar x = "\xe9"\n', 0),
    ],
    ids=["utf-16", "bom", "nul", "latin-1"],
)
def test_a_file_is_read_whatever_its_encoding(source: bytes, errors: int) -> None:
    module = lower(source)
    (only,) = module.functions[0].body
    assert isinstance(only, ir.Assign)
    assert isinstance(only.value, ir.Const)
    assert only.value.value in {"\u00e9", "\ufffd"}
    assert module.errors == errors


@pytest.mark.parametrize(
    "source",
    [
        b"package main\nvar x = " + b"(" * 50_000,
        b"package main\nvar x = " + b"[]T{" * 10_000,
        b"package main\nvar x = " + b"a + " * 5000 + b"a",
        b"package main\nfunc f() {" + b"if a {" * 5000,
        b"package main\nfunc f() {" + b"switch a { case 1: " * 500,
        b"package main\nfunc f() {" + b"func() {" * 5000,
        b"package main\nvar x = " + b"f(" * 20_000 + b")" * 20_000,
        b"package main\nvar x = " + b"a." * 20_000,
        b"package main\ntype T " + b"struct { A " * 3000,
        b"package main\nvar x " + b"[]" * 30_000 + b"int",
        b"package main\nvar x = `" + b"a" * 100_000,
        b"\0" * 1000,
        b"\xff\xfe" * 999,
        b"",
        b"func (",
    ],
)
def test_a_hostile_file_is_lowered_as_far_as_it_goes(source: bytes) -> None:
    module = lower(source)
    assert module.functions
    assert max(depth_of(function.body) for function in module.functions) < 1.5 * DEFAULT_LIMITS.code_depth


def test_a_file_of_five_megabytes_is_read_within_its_budget() -> None:
    module = lower(b"package main\n" + b'var a = f(b, "c")\n' * 290_000, Limits(code_nodes=200_000))
    assert not module.complete
    assert len(module.functions[0].body) > 1000


@pytest.mark.parametrize(
    "source",
    ["if a { b() }" + " else if a == 1 { d() }" * 3000, "switch a {" + " case 1: b()\n" * 3000 + "}"],
    ids=["else if", "case"],
)
def test_no_chain_nests_deeper_than_whoever_walks_it_may_recurse(source: str) -> None:
    assert depth_of(inside(source)) < 1.5 * DEFAULT_LIMITS.code_depth


@pytest.mark.parametrize(
    ("head", "unit"),
    [
        ("package main\nvar x = []T{", 'f(a, "b"),'),
        ("package main\n", "func (t *T) F(a string) error { return nil }\n"),
        ("package main\nfunc f() {\n", "if a { b() }\n"),
    ],
    ids=["list", "methods", "branches"],
)
def test_time_grows_as_the_file_does(head: str, unit: str) -> None:
    assert grows_linearly(lambda count: lower(head + unit * count), 1_000)


REAL = b"""package main

import ("context"; mcp "github.com/mark3labs/mcp-go/mcp")

type Args struct { Path string `json:"path"`; N *int }

func (s *Server) Handle(ctx context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	p, err := r.RequireString("path")
	if err != nil { return mcp.NewToolResultError(err.Error()), nil }
	for i, part := range strings.Split(p, "/") { switch part { case "..": return nil, errors.New("no"); default: i++ } }
	go func(q string) { select { case s.done <- q: case <-ctx.Done(): return } }(p)
	var out []string; defer s.mu.Unlock()
	out = append(out, fmt.Sprintf("%s-%d", p, len(p)), map[string]any{"a": []int{1}}["a"].(string))
	return mcp.NewToolResultText(strings.Join(out[1:], "\\n")), nil
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
