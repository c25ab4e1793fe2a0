"""JavaScript and TypeScript become the intermediate form."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from driftseal.code import ir
from driftseal.code.javascript import JavaScript
from driftseal.code.project import FunctionRef, Project, ValueRef
from driftseal.limits import DEFAULT_LIMITS, Limits
from growth import AGES


def lower(source: str | bytes, name: str = "server.ts", limits: Limits = DEFAULT_LIMITS) -> ir.Module:
    return JavaScript().lower(source.encode() if isinstance(source, str) else source, name, limits)


def body(source: str, name: str = "server.ts") -> ir.Block:
    return lower(source, name).functions[0].body


def value(source: str, name: str = "server.ts") -> ir.Expr:
    (only,) = body(f"x = {source};", name)
    assert isinstance(only, ir.Assign)
    return only.value


def name(of: str) -> ir.Name:
    return ir.Name(of, 1)


def text(of: str) -> ir.Const:
    return ir.Const(of, 1)


def call(of: str, *args: ir.Expr) -> ir.Call:
    return ir.Call(name(of), tuple(ir.Arg("", arg, spread=False) for arg in args), 1, new=False)


# --- imports and exports -----------------------------------------------------------------------


def test_imports_of_every_form_name_what_they_bring() -> None:
    module = lower(
        'import d, {type X, a as b, "odd name" as c} from "m";\nimport * as ns from "node:fs";\nimport "side";\n'
        'import type {T} from "types";\nimport r = require("rr");\n'
    )
    assert module.imports == (
        ir.Import("d", "m", "default", 1),
        ir.Import("b", "m", "a", 1),
        ir.Import("c", "m", "odd name", 1),
        ir.Import("ns", "node:fs", "", 2),
        ir.Import("", "side", "", 3),
        ir.Import("r", "rr", "", 5),
    )


@pytest.mark.parametrize(
    ("source", "local", "symbol"),
    [
        ('const x = require("m");', "x", ""),
        ('const x = __importDefault(require("m"));', "x", ""),
        ('const x = tslib_1.__importStar(require("m"));', "x", ""),
        ('var x = Z(require("m"), 1);', "x", ""),
        ('const x = __require("m");', "x", ""),
        ('const {y: x} = require("m");', "x", "y"),
        ('const {x = 1} = require("m");', "x", "x"),
        ('const x = require("m").y;', "x", "y"),
        ('const x = await import("m");', "x", ""),
        ('const {y: x} = await import("m");', "x", "y"),
        ('const x = (await import("m")).y;', "x", "y"),
        ('require("m").y();', "", ""),
        ('function f() { const x = require("m"); }', "x", ""),
        ('const x = 1; function f() { const x = require("m"); }', "", ""),
        ('function x() {} function f() { const x = require("m"); }', "", ""),
    ],
)
def test_what_is_loaded_by_a_call_is_an_import(source: str, local: str, symbol: str) -> None:
    assert ir.Import(local, "m", symbol, 1) in lower(source).imports


def test_exports_of_every_form_name_what_they_hand_out() -> None:
    module = lower(
        "export const {a, b: [c]} = x; export function f() {} export class K {} export {a as z}; export enum E {A}\n"
        'export * from "s"; export * as t from "t"; export {q as default, u} from "./q"; export type {T} from "m";\n'
    )
    assert [(one.name, one.local, one.module) for one in module.exports] == [
        *[("a", "a", ""), ("c", "c", ""), ("f", "f", ""), ("K", "K", ""), ("z", "a", ""), ("E", "E", "")],
        *[("*", "*", "s"), ("t", "*", "t"), ("default", "q", "./q"), ("u", "u", "./q")],
    ]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("export default run;", ("default", "run", "")),
        ("export default () => 1;", ("default", "default", "")),
        ("export default {a};", ("default", "default", "")),
        ("export default async function run() {}", ("default", "run", "")),
        ("module.exports = run;", ("default", "run", "")),
        ("module.exports = {a, b: c};", ("b", "c", "")),
        ("module.exports = {d() {}};", ("d", "exports.d", "")),
        ('module.exports = {...require("./m")};', ("*", "*", "./m")),
        ('module.exports = require("./m");', ("*", "*", "./m")),
        ("exports.a = a;", ("a", "a", "")),
        ("exports.a = module.exports.b = () => 1;", ("b", "exports.b", "")),
        ('const m = require("./m"); exports.a = m.b;', ("a", "b", "./m")),
        ('const m = require("./m"); Object.defineProperty(exports, "a", {get() { return m.b; }});', ("a", "b", "./m")),
        ('__exportStar(require("./m"), exports);', ("*", "*", "./m")),
        ("var o = {}; __export(o, {a: () => b}); module.exports = __toCommonJS(o);", ("a", "b", "")),
        ("0 && (module.exports = {a});", ("a", "a", "")),
    ],
)
def test_what_a_file_hands_out_is_an_export(source: str, expected: tuple[str, str, str]) -> None:
    assert expected in [tuple(one) for one in lower(source, "server.js").exports]


def test_what_typescript_assigns_to_export_is_the_default() -> None:
    assert lower("export = run;").exports == (ir.Export("default", "run", ""),)


def test_a_placeholder_is_no_export() -> None:
    assert lower("exports.a = exports.b = void 0;", "server.js").exports == ()


def test_a_name_inside_a_function_is_not_handed_out() -> None:
    assert lower("function f(exports) { exports.a = 1; }", "server.js").exports == ()


def test_names_lead_from_file_to_file_through_commonjs() -> None:
    project = Project(
        {
            "a.js": lower('const {run: go} = require("./b"); const b = __importStar(require("./b"));', "a.js"),
            "b.js": lower('__exportStar(require("./c"), exports);', "b.js"),
            "c.js": lower("exports.run = async (x) => x;", "c.js"),
        }
    )
    assert project.named("a.js", "go") == FunctionRef("c.js", 1)
    assert project.resolve("a.js", ir.Attr(name("b"), "run", 1)) == FunctionRef("c.js", 1)


def test_a_bundlers_namespace_holds_its_members() -> None:
    module = lower("var o = {};\nXe(o, {run: () => go});\nfunction go() {}\no.run();", "bundle.js")
    project = Project({"bundle.js": module})
    assert project.resolve("bundle.js", ir.Attr(name("o"), "run", 1)) == FunctionRef("bundle.js", 2)


# --- functions and classes ---------------------------------------------------------------------


def test_functions_come_with_their_parameters_types_defaults_and_docs() -> None:
    module = lower("/** Runs.\n * More.\n */\nexport async function run(a: string, b = 2, ...rest: X[]): Promise<T> {}")
    run = module.functions[1]
    assert [(one.name, one.annotation, one.rest) for one in run.params] == [
        ("a", "string", ""),
        ("b", "", ""),
        ("rest", "X[]", "*"),
    ]
    assert run.params[1].default == ir.Const(2, 4)
    assert (run.name, run.doc, run.returns, run.outer, run.line) == ("run", "Runs.\nMore.", "Promise<T>", 0, 4)


@pytest.mark.parametrize("source", ["({a, b: {c}, d = 1, ...e}) => a", "function ({a, b: {c}, d = 1, ...e}) {}"])
def test_a_parameter_that_is_taken_apart_has_a_pattern(source: str) -> None:
    (param,) = lower(f"x = {source}", "server.js").functions[1].params
    inner = ir.Mapping((ir.Entry(text("c"), name("c")),), 1, "")
    assert param.pattern == ir.Mapping(
        (
            ir.Entry(text("a"), name("a")),
            ir.Entry(text("b"), inner),
            ir.Entry(text("d"), ir.Bind(name("d"), ir.Const(1, 1), 1)),
            ir.Entry(None, name("e")),
        ),
        1,
        "",
    )
    assert param.name == ""


def test_functions_are_called_by_what_holds_them() -> None:
    module = lower("const a = () => { return {run: function () { return x => x; }}; }; function b() {}")
    assert [(one.name, one.qualname, one.outer) for one in module.functions[1:]] == [
        ("", "a", 0),
        ("", "a.run", 1),
        ("", "a.run", 2),
        ("b", "b", 0),
    ]


def test_a_method_of_an_object_does_not_hide_a_global_function() -> None:
    module = lower("export default { async fetch(request) { return 1; } };")
    assert (module.functions[1].name, module.functions[1].qualname) == ("", "fetch")


def test_classes_come_with_fields_methods_bases_and_decorators() -> None:
    module = lower(
        "@Injectable() export abstract class K<T> extends Base<T> implements I {\n"
        "  private static readonly n: number = 1; #secret; handler = async (q) => this.#secret;\n"
        "  constructor(private readonly db: Db, plain: string) { super(); }\n"
        "  @Tool({name: 't'}) static run(@Param() p?: string) {}\n  get size() { return 1; }\n  abstract no(): void;\n}"
    )
    (cls,) = module.classes
    assert (cls.name, cls.bases, cls.end_line) == ("K", (ir.Name("Base", 1),), 7)
    assert [(one.name, one.annotation) for one in cls.fields] == [
        ("n", "number"),
        ("#secret", ""),
        ("handler", ""),
        ("db", "Db"),
    ]
    methods = [module.functions[index] for index in cls.methods]
    assert [(one.name, one.qualname, one.static) for one in methods] == [
        ("constructor", "K.constructor", False),
        ("run", "K.run", True),
        ("size", "K.size", False),
    ]
    assert methods[0].body[0] == ir.Assign((ir.Attr(ir.Name("this", 3), "db", 3),), ir.Name("db", 3), 3, adds=False)
    assert isinstance(methods[1].decorators[0], ir.Call)
    assert methods[2].decorators == (ir.Name("get", 5),)
    assert isinstance(cls.decorators[0], ir.Call)
    handler = module.functions[1]
    assert (handler.qualname, handler.cls) == ("K.handler", 0)


def test_enumerations_are_classes_and_namespaces_are_inlined() -> None:
    module = lower("enum E {A, B = 'x'} namespace N.M { function f() {} }")
    assert [(one.name, one.value) for one in module.classes[0].fields] == [("A", None), ("B", text("x"))]
    assert module.functions[1].outer == 0


@pytest.mark.parametrize(
    ("source", "members"),
    [
        ('var E; (function (E) { E["A"] = "a"; E["B"] = "b"; })(E || (E = {}));', [("A", "a"), ("B", "b")]),
        ('var E; (function (E) { E[E["A"] = 0] = "A"; })(E || (exports.E = E = {}));', [("A", 0)]),
        ('var E = ((E2) => { E2["A"] = "a"; return E2; })(E || {});', [("A", "a")]),
    ],
)
def test_enumerations_that_a_compiler_wrote_are_what_they_hold(source: str, members: list[tuple[str, object]]) -> None:
    found = Project({"server.js": lower(source, "server.js")}).named("server.js", "E")
    assert isinstance(found, ValueRef)
    assert isinstance(found.value, ir.Mapping)
    assert [(entry.key, entry.value) for entry in found.value.entries] == [
        (text(key), ir.Const(value, 1))  # type: ignore[arg-type]  # texts and numbers
        for key, value in members
    ]


def test_a_function_that_fills_what_it_is_given_is_no_enumeration() -> None:
    (only,) = body('(function (E) { E["A"] = load(); log(E); })(E || (E = {}));')
    assert isinstance(only, ir.Do)


def test_a_function_is_known_before_its_declaration() -> None:
    first, second = body("go(); function go() {}")
    assert first == ir.Assign((name("go"),), ir.Closure(1, 1), 1, adds=False)
    assert second == ir.Do(call("go"), 1)


# --- expressions -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            r"'a\n\x41\u0042\u{43}\'\0\
z'",
            "a\nABC'\0z",
        ),
        (r"'\ud83d\ude00 \ud800'", "😀 \ufffd"),
        ("`plain`", "plain"),
        ("/a[/]b/gi", "/a[/]b/gi"),
        ("0x1F", 31),
        ("1_000", 1000),
        ("10n", 10),
        ("-1.5", -1.5),
        ("true", True),
        ("undefined", None),
        ("void 0", None),
        ("1e999", "1e999"),
    ],
)
def test_literals_are_the_values_they_stand_for(source: str, expected: object) -> None:
    const = value(source)
    assert isinstance(const, ir.Const)
    assert const.value == expected
    assert type(const.value) is type(expected)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a?.b!.c", ir.Attr(ir.Attr(name("a"), "b", 1), "c", 1)),
        ("a?.[b]", ir.Index(name("a"), name("b"), 1)),
        ("f?.(a)", call("f", name("a"))),
        ("(0, f)(a)", call("f", name("a"))),
        ("(a as any)", name("a")),
        ("a satisfies T", name("a")),
        ("f<T>(a)", call("f", name("a"))),
        ("f(...a)", ir.Call(name("f"), (ir.Arg("", name("a"), spread=True),), 1, new=False)),
        ("new F", ir.Call(name("F"), (), 1, new=True)),
        ("await f()", ir.Unary("await", call("f"), 1)),
        ("a && b", ir.Binary("and", name("a"), name("b"), 1)),
        ("a !== b", ir.Binary("!=", name("a"), name("b"), 1)),
        ("a ?? b", ir.Binary("??", name("a"), name("b"), 1)),
        ("!a", ir.Unary("not", name("a"), 1)),
        ("a ? b : c", ir.Choice(name("a"), name("b"), name("c"), 1)),
        ("[a, ...b]", ir.Group((name("a"), ir.Unary("*", name("b"), 1)), 1)),
        ("`a${b}\\n`", ir.Text((text("a"), name("b"), text("\n")), 1, None)),
        ("sql`a${b}`", ir.Text((text("a"), name("b")), 1, name("sql"))),
        ("sql`a`", ir.Text((text("a"),), 1, name("sql"))),
        ("import('m')", call("import", text("m"))),
        ("import.meta", name("import.meta")),
    ],
)
def test_expressions_keep_what_data_flows_through(source: str, expected: ir.Expr) -> None:
    assert value(source) == expected


def test_objects_keep_shorthands_computed_keys_spreads_and_methods() -> None:
    assert value('{a, "b": 1, [c]: 2, ...d, e() {}, get f() { return 1; }}') == ir.Mapping(
        (
            ir.Entry(text("a"), name("a")),
            ir.Entry(text("b"), ir.Const(1, 1)),
            ir.Entry(name("c"), ir.Const(2, 1)),
            ir.Entry(None, name("d")),
            ir.Entry(text("e"), ir.Closure(1, 1)),
            ir.Entry(text("f"), ir.Closure(2, 1)),
        ),
        1,
        "",
    )


def test_jsx_is_a_call_with_attributes_and_children() -> None:
    assert value('<A.B x="1" y {...r} z={v}>hi {w}<br/>{/* */}</A.B>', "app.tsx") == ir.Call(
        ir.Attr(name("A"), "B", 1),
        (
            ir.Arg("x", text("1"), spread=False),
            ir.Arg("y", ir.Const(value=True, line=1), spread=False),
            ir.Arg("", name("r"), spread=True),
            ir.Arg("z", name("v"), spread=False),
            ir.Arg("", text("hi"), spread=False),
            ir.Arg("", name("w"), spread=False),
            ir.Arg("", ir.Call(name("br"), (), 1, new=False), spread=False),
        ),
        1,
        new=False,
    )


# --- statements --------------------------------------------------------------------------------


def test_a_switch_is_a_chain_of_comparisons() -> None:
    (chain,) = body('switch (n) { case "a": case "b": f(); break; default: g(); }')
    test = ir.Binary("or", ir.Binary("==", name("n"), text("a"), 1), ir.Binary("==", name("n"), text("b"), 1), 1)
    assert chain == ir.If(test, (ir.Do(call("f"), 1),), (ir.Do(call("g"), 1),), 1)


def test_what_a_minifier_folds_becomes_statements_again() -> None:
    assert body("a && f(), b ? g() : h(); if (x = f(), y) ;") == (
        ir.If(name("a"), (ir.Do(call("f"), 1),), (), 1),
        ir.If(name("b"), (ir.Do(call("g"), 1),), (ir.Do(call("h"), 1),), 1),
        ir.Assign((name("x"),), call("f"), 1, adds=False),
        ir.If(name("y"), (), (), 1),
    )


def test_a_returned_comma_expression_gives_back_its_last_part() -> None:
    run = lower("x = () => (f(), y)").functions[1]
    assert run.body == (ir.Do(call("f"), 1), ir.Return(name("y"), 1))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a = b = c;", ir.Assign((name("a"), name("b")), name("c"), 1, adds=False)),
        ("a += b;", ir.Assign((name("a"),), name("b"), 1, adds=True)),
        ("a++;", ir.Assign((name("a"),), ir.Const(1, 1), 1, adds=True)),
        ("let a;", ir.Assign((name("a"),), ir.Const(None, 1), 1, adds=False)),
        (
            "[a, {b}] = c;",
            ir.Assign(
                (ir.Group((name("a"), ir.Mapping((ir.Entry(text("b"), name("b")),), 1, "")), 1),),
                name("c"),
                1,
                adds=False,
            ),
        ),
        ("for (const a of b) f();", ir.Loop((name("a"),), name("b"), None, (ir.Do(call("f"), 1),), 1)),
        ("while (a) f();", ir.Loop((), None, name("a"), (ir.Do(call("f"), 1),), 1)),
        ("do f(); while (a)", ir.Loop((), None, name("a"), (ir.Do(call("f"), 1),), 1)),
        ("for (; a; f()) g();", ir.Loop((), None, name("a"), (ir.Do(call("g"), 1), ir.Do(call("f"), 1)), 1)),
        ("out: while (a) break out;", ir.Loop((), None, name("a"), (ir.Leave(1),), 1)),
        ("throw a;", ir.Raise(name("a"), 1)),
        (
            "try { f() } catch (e) { g() } finally { h() }",
            ir.Try(
                (ir.Do(call("f"), 1),),
                (ir.Handler((), "e", (ir.Do(call("g"), 1),)),),
                (ir.Do(call("h"), 1),),
                1,
            ),
        ),
    ],
)
def test_statements_keep_their_shape(source: str, expected: ir.Stmt) -> None:
    assert body(source, "server.js") == (expected,)


def test_leaving_the_process_never_comes_back() -> None:
    (left,) = body("process.exit(1);")
    assert isinstance(left, ir.Raise)


# --- bad input ---------------------------------------------------------------------------------


def nodes(of: Any) -> Iterator[Any]:
    """Every node of a module, by recursion as whoever reads modules may do it."""
    yield of
    if isinstance(of, ir.Node):
        for one in dataclasses.fields(of):  # type: ignore[arg-type]  # every node is a dataclass
            yield from nodes(getattr(of, one.name))
    elif isinstance(of, tuple):
        for each in of:
            yield from nodes(each)


def test_a_file_of_declarations_is_empty_and_complete() -> None:
    module = lower("export declare function f(): void;", "index.d.ts")
    assert (module.functions[0].body, module.exports, module.complete) == ((), (), True)


def test_broken_syntax_is_skipped_and_counted() -> None:
    module = lower("const a = f(1);\n)]} @@ const b = g(2);\nfunction h() {}\n")
    assert module.errors > 0
    assert "h" in [one.name for one in module.functions]


def test_a_file_in_utf_16_is_read() -> None:
    assert lower("x = 'é'".encode("utf-16")).functions[0].body == lower("x = 'é'").functions[0].body


def test_a_file_beyond_its_budget_says_so() -> None:
    module = lower("f(1);\n" * 1000, limits=Limits(code_nodes=500))
    assert not module.complete
    assert module.functions[0].body[0] == ir.Do(call("f", ir.Const(1, 1)), 1)


DEEP = {
    "parentheses": "(" * 20_000 + "a" + ")" * 20_000,
    "arrows": "a=>" * 20_000 + "1",
    "sums": "x = " + "1+" * 20_000 + "1",
    "calls": "a" + "()" * 20_000,
    "functions": "function f(){" * 20_000 + "}" * 20_000,
    "conditions": "a?b:" * 20_000 + "c",
    "branches": "if(a){b()}else " * 20_000 + "{c()}",
    "elements": "x = " + "<a>" * 20_000,
    "patterns": "({a=" * 5000,
    "cases": "switch(a){" + "case 1:b();" * 20_000 + "}",
    "labels": "switch(a){" + "case 1:" * 20_000 + "b()}",
    "switches": ("switch(a){" + "case 0:x();" * 23 + "case 1:") * 75 + "f()" + "}" * 75,
    "templates": "`${" * 20_000,
    "requires": 'var a=require("x");exports.q=zz.y;' * 10_000,
    "names": ("function " + "x" * 2000 + "(){") * 100 + "(()=>1);" * 20_000 + "}" * 100,
}


@pytest.mark.parametrize("case", DEEP)
@pytest.mark.parametrize("suffix", ["js", "tsx"])
def test_deep_and_long_files_take_linear_time_and_can_be_walked(case: str, suffix: str) -> None:
    start = time.process_time()
    module = lower(DEEP[case], f"a.{suffix}")
    assert time.process_time() - start < AGES
    assert sum(1 for _ in nodes(module.functions)) > 1
    assert max(len(one.qualname) for one in module.functions) <= DEFAULT_LIMITS.evidence_chars


def test_names_are_kept_however_deep_they_stand() -> None:
    module = lower("x = deep" + " + 1" * 1000 + ";y = " + "(" * 1000 + "deeper" + ")" * 1000)
    assert {"deep", "deeper"} <= {each.id for each in nodes(module.functions[0].body) if isinstance(each, ir.Name)}


SAMPLE = b"""#!/usr/bin/env node
import { McpServer as S } from "@scope/sdk"; import * as fs from "fs"; const { execSync: run } = require("os");
/** Doc */
export class Tools extends S { #x = 1; constructor(private a: string) { super({ name: `n${a}` }); }
  @tool("t") async call({ path, n = 2, ...rest }: Args): Promise<void> {
    switch (path) { case "a": return run(path!); default: } } }
exports.k = async (q) => { try { for (const [i, j] of q) if (i in j) await f(...i)?.[j]; }
  catch ({ message }) { throw message } finally { g() } };
module.exports = { ...require("./x"), y: (a, b), get z() { return /a\\/b/g } };
export default <A b={1} {...c}>{d}</A>; enum E { A, B = "\\u{41}" }
label: do { x ??= y ? a++ : (b, c); } while (typeof x !== "string");
namespace N { export import q = r.s; } export * as t from "u";
"""
PIECES = (b"{", b"}", b"(", b")", b"`", b"${", b"<", b"...", b"=", b",", b"/*", b"\0", b"get ", b"#")


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_damage_to_a_file_makes_lowering_fail(data: st.DataObject) -> None:
    damaged = bytearray(SAMPLE)
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(damaged)))
        length = data.draw(st.sampled_from([0, 0, 1, 2, 10, 80]))
        damaged[at : at + length] = data.draw(st.one_of(st.binary(max_size=4), st.sampled_from(PIECES)))
    limits = Limits(code_depth=data.draw(st.integers(2, 40)), code_nodes=data.draw(st.integers(1, 2000)))
    module = lower(bytes(damaged), data.draw(st.sampled_from(["a.js", "a.ts", "a.tsx"])), limits)
    known = {*range(len(module.functions))}
    for each in nodes(module.functions):
        assert not isinstance(each, ir.Closure) or each.function in known
        assert not isinstance(each, ir.ClassValue) or each.cls < len(module.classes)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=400), st.sampled_from(["a.js", "a.ts", "a.tsx"]))
def test_any_bytes_are_lowered(data: bytes, path: str) -> None:
    assert lower(data, path).language == "javascript"
