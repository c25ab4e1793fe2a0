"""What holds of every front end, whatever a file holds."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from driftseal.code import front_ends, ir
from driftseal.code.walk import below, children
from driftseal.limits import DEFAULT_LIMITS, Limits
from growth import AGES

SAMPLES: Final = {
    "a.py": "@d\nasync def f(a: T = 1, *b, **c) -> U:\n  for x in y: await g(f'{x!r:>{w}}', [z for z in q if z])\n"
    "  try: return {**a, 'k': lambda: b.c[1:2]}\n  except E as e: raise X from e\nclass A(B):\n x: int = 1\n",
    "a.ts": "import {a as b} from 'c'; export class D extends E<T> { @f() async g({h, i = 1}: J) { for (const k of l) "
    "{ await m`n${o?.[p]}` } } }\nswitch (q) { case 1: r ??= (s, t); default: } export default (u) => ({...v});\n",
    "a.jsx": "const a = <B c={d} {...e}>{f ? 'g' : `h${i}`}</B>; try { j() } catch ({k}) { throw l } finally {}\n",
    "a.go": 'package a\nimport b "c/d"\ntype E struct { F []string `json:"g"`; *H }\nfunc (e *E) I(j, k int, l ...T)'
    " (m M, err error) {\n for i, v := range j { go func() { n <- v.(P) }() }\n "
    "switch x := y.(type) { case int: return }\n}\n",
    "a.java": 'package a;\nimport static b.C.*;\n@D(e = "f") public class G<T> extends H implements I {\n'
    " @J int k = 1;\n"
    " public <U> List<U> m(@N final String o, int... p) throws Q { try (R r = s()) { return t.stream().map(u -> u.v())"
    ".toList(); } catch (W | X y) { throw new Z(); } }\n}\n",
    "a.cs": 'using A = B.C;\nnamespace D;\n[E("f")]\npublic record G(int H) : I<J> {\n public async Task<K> '
    'L([M] string n = "o", params P[] q) => await r?.S($"t{u:x}") ?? v switch { W { X: 1 } y => z, '
    "_ => throw a };\n}\n",
    "a.rs": 'use a::{b as c, d::*};\n#[e(f = "g")]\nimpl<T: H> I for J<T> {\n async fn k(&self, l: Option<&str>) '
    '-> Result<M, N> { if let Some(o) = l? { match p { Q { r, .. } | S(r) if t => format!("{}", u), _ => v } } }\n}\n',
}
"""By a name of their language."""
PATHS: Final = sorted(path for path in SAMPLES if front_ends.language(path) is not None)
UNITS: Final = (
    "a=>",
    "<-",
    "a<b.",
    "(",
    "[",
    "{",
    "<",
    '"',
    "'",
    "`",
    "a.",
    "a(",
    "a<",
    "f(a,",
    "1,",
    "-",
    "!",
    "\\",
    "\0",
    "\x80",
    "/*",
    "//\n",
    "@a ",
)


def lower(data: bytes, path: str, limits: Limits = DEFAULT_LIMITS) -> ir.Module:
    module = front_ends.lower(data, path, limits)
    assert module is not None
    return module


def check(module: ir.Module, lines: int, limits: Limits) -> None:
    """Whether whoever walks a module may trust its indices and lines and recurse."""
    for function in module.functions:
        assert -1 <= function.cls < len(module.classes)
        assert -1 <= function.outer < len(module.functions)
        assert function.line >= 1
        assert depth(function.body) <= 4 * limits.code_depth + 40
        for node in below((function.body, function.decorators, function.params)):
            if isinstance(node, ir.Node):
                assert 1 <= node.line <= lines  # type: ignore[attr-defined]  # every node has one
            if isinstance(node, ir.Closure):
                assert 0 <= node.function < len(module.functions)
            if isinstance(node, ir.ClassValue):
                assert 0 <= node.cls < len(module.classes)
    for cls in module.classes:
        assert all(0 <= index < len(module.functions) for index in cls.methods)


def depth(body: ir.Block) -> int:
    """How deep nodes nest in a block."""
    deepest = 0
    waiting: list[tuple[object, int]] = [(body, 0)]
    while waiting:
        node, level = waiting.pop()
        deepest = max(deepest, level)
        inner = level + isinstance(node, ir.Node)
        waiting += [(child, inner) for child in children(node) if child is not None]
    return deepest


def test_each_language_has_a_sample() -> None:
    assert {front_ends.language(path) for path in PATHS} >= {"python", "javascript"}
    assert {front_ends.language(path) for path in SAMPLES} - {None} == front_ends.languages()


@pytest.mark.parametrize("path", PATHS)
def test_a_sample_is_read_without_errors(path: str) -> None:
    module = lower(SAMPLES[path].encode(), path)
    assert (module.errors, module.complete, module.path) == (0, True, path)
    check(module, SAMPLES[path].count("\n") + 1, DEFAULT_LIMITS)


@pytest.mark.parametrize("path", PATHS)
@settings(max_examples=25, deadline=None)
@given(st.data())
def test_no_damage_to_a_file_makes_lowering_fail(path: str, data: st.DataObject) -> None:
    damaged = bytearray(SAMPLES[path].encode())
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(damaged)))
        length = data.draw(st.sampled_from([0, 0, 1, 3, 30]))
        put = data.draw(
            st.one_of(st.binary(max_size=5), st.sampled_from(UNITS).map(lambda unit: unit.encode("latin-1")))
        )
        damaged[at : at + length] = put * data.draw(st.sampled_from([1, 1, 1, 50]))
    limits = Limits(code_depth=data.draw(st.integers(4, 60)), code_nodes=data.draw(st.integers(1, 3000)))
    check(lower(bytes(damaged), path, limits), len(re.split(rb"\r\n|\r|\n", damaged)) + 1, limits)


@pytest.mark.parametrize("path", PATHS)
@settings(max_examples=25, deadline=None)
@given(st.data())
def test_pieces_of_a_language_in_any_order_are_lowered(path: str, data: st.DataObject) -> None:
    words = re.findall(r"\w+|\s+|[^\w\s]+", SAMPLES[path])
    text = "".join(data.draw(st.lists(st.sampled_from(words), max_size=80)))
    check(lower(text.encode(), path), text.count("\n") + 2, DEFAULT_LIMITS)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("unit", UNITS)
def test_one_thing_over_and_over_is_read_in_its_time(path: str, unit: str) -> None:
    data = (unit * (60_000 // len(unit))).encode("latin-1")
    start = time.thread_time()
    module = lower(data, path, replace(DEFAULT_LIMITS, code_seconds=1.0))
    assert time.thread_time() - start < AGES
    assert all(depth(function.body) <= 4 * DEFAULT_LIMITS.code_depth + 40 for function in module.functions)
