"""Modules that one process hands to another come back as they were, or not at all."""

from __future__ import annotations

import sys

import pytest

from driftseal.code import front_ends, ir, packed
from driftseal.limits import DEFAULT_LIMITS
from processes import runs_well

_PYTHON = '''"""A module."""
import os as system
from .a import *

@decorated(1, key=None, *rest, **more)
class Thing(Base, metaclass=Meta):
    size: int = 3
    def grow(self, by: float = 1.5, *, name="é\udcff") -> bool:
        try:
            for each, (other, *rest) in self.all[1:-2]:
                if not each or each in {"a": 1, **rest}: continue
                elif each == f"{other!r:>{by}} of {name}": break
        except (KeyError, ValueError) as error:
            raise Problem(error) from None
        finally:
            self.size += (lambda x, y=2: x if y else await_(x))(each)
        return [one for one in self if one is not None] or (found := other)
'''
_OTHERS = {
    "a.ts": "export default class A<T> { x = 1; m(@p() a: T, {b, c: [d] = []} = {}) { return `${a}` ?? tag`x${b}` } }",
    "a.jsx": "import a, {b as c} from 'm'; export * from 'n'; const {d} = <A b={c} {...e}>{d}</A>; label: while (1) {}",
    "a.go": 'package a\nfunc (t *T) F(b ...string) error { x, err := g(a); switch b[0] { case "c": return err } }',
    "A.java": "@X(1) class A extends B { void m(@Y int a) { try (var b = c()) { a += 1; } catch (E e) { throw e; } } }",
    "a.cs": "[X] class A : B { void M([Y] int a) { using var b = C(); foreach (var d in b) yield return d; } }",
    "a.rs": '#[x] fn f(a: &str) -> Result<i32, E> { let S { b, .. } = g(a)?; match b { 1 => 2, _ => panic!("{a}") } }',
}
linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells that no other thread runs")


def lowered(path: str, text: str) -> ir.Module:
    module = front_ends.lower(text.encode("utf-8", "surrogateescape"), path, DEFAULT_LIMITS)
    assert module is not None
    return module


@pytest.mark.parametrize(("path", "text"), [("a.py", _PYTHON), *_OTHERS.items()])
def test_a_module_comes_back_as_it_was(path: str, text: str) -> None:
    module = lowered(path, text)
    data = packed.pack(module)
    assert data is not None
    back = packed.unpack(data)
    assert back == module
    # Equality does not tell 1 from True, nor a record from a tuple.
    assert repr(back) == repr(module)


def test_every_kind_of_node_and_record_is_known() -> None:
    kinds = {kind for kind in vars(ir).values() if isinstance(kind, type) and kind.__module__ == ir.__name__}
    assert kinds - {ir.Node} == set(packed._BY_KIND)


def test_the_middle_of_a_comparison_is_packed_for_either_side() -> None:
    module = lowered("a.py", "if 0 < len(name.strip()) < 9:\n    pass\n")
    data = packed.pack(module)
    assert data is not None
    assert packed.unpack(data) == module


def test_what_stands_in_many_places_is_not_packed() -> None:
    # Each level stands twice in the one above: packed as a tree it would take as much space as there are leaves.
    node: ir.Expr = ir.Group((), 1)
    for _ in range(60):
        node = ir.Binary("+", node, node, 1)
    module = lowered("a.py", "x = 1")
    body = (ir.Do(node, 1),)
    assert packed.pack(module._replace(functions=(module.functions[0]._replace(body=body),))) is None


def test_what_nests_too_deeply_is_not_packed() -> None:
    node: ir.Expr = ir.Group((), 1)
    for _ in range(100_000):
        node = ir.Unary("-", node, 1)
    module = lowered("a.py", "x = 1")
    body = (ir.Do(node, 1),)
    assert packed.pack(module._replace(functions=(module.functions[0]._replace(body=body),))) is None


_SCRIPT = """
import os
from driftseal import beside
from driftseal.code import batch, front_ends
from driftseal.limits import DEFAULT_LIMITS, Limits
batch._WORTH = 1
text = "def f(a):\\n    return a < {} < a.b, g({})\\n"
files = {f"{name}.py": text.format(number, name).encode() for number, name in enumerate("abcdef")}
files["server.js"] = b"export const f = (a) => a.b(1);" * 50
files["read.me"] = b""
def lower(cores):
    begun = []
    begin = beside.begin
    os.sched_getaffinity = lambda _: set(range(cores))
    beside.begin = lambda work: begun.append(begin(work)) or begun[-1]
    done = batch.lower(files, Limits(code_seconds=300.0))
    beside.begin = begin
    assert [each is None for each in begun] == [cores == 1]
    return done
"""


def run(script: str) -> None:
    runs_well(_SCRIPT + script)


@linux
def test_files_are_lowered_the_same_by_one_process_and_by_two() -> None:
    run("""
alone, divided = lower(1), lower(2)
assert list(divided.modules) == [path for path in files if path != "read.me"]
assert repr(divided.modules) == repr(alone.modules)
assert divided.late == alone.late == ()
""")


@linux
def test_what_another_process_did_not_come_to_say_is_lowered_here() -> None:
    run("""
whole = lower(1)
batch._tell = lambda lowered: 1 / 0
assert repr(lower(2).modules) == repr(whole.modules)
""")


@linux
def test_an_answer_that_ends_early_is_none() -> None:
    run("""
whole = lower(1)
tell = batch._tell
batch._tell = lambda lowered: tell(lowered)[:-9]
assert repr(lower(2).modules) == repr(whole.modules)
""")


@linux
def test_another_process_lowers_about_half() -> None:
    run("""
others = batch._others(files)
assert 0 < sum(map(len, others.values())) <= sum(map(len, files.values())) / 2
assert others.keys() < files.keys()
batch._WORTH = 1_000_000
assert batch._others(files) == {}
""")
