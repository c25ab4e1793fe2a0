"""A large file that is lowered a few statements at a time says what it says when it is lowered in one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from driftseal.code import _lowering, _pieces, _source, front_ends, ir
from driftseal.limits import DEFAULT_LIMITS, Limits

_LIMITS = replace(DEFAULT_LIMITS, code_seconds=60.0)
_HEAD = """#!/usr/bin/env node
// é
import { a as b } from "./m.js";
/** Says. */
export function said(x) { return b(x) }
"""
_MIDDLE = """const t{0} = `é${{t}}`, u{0} = {{
  k: async ({{ y }}) => await w{0}(y)
}};;
class C{0} extends C {{ m() {{}} }}
run(later);
function later{0}() {{ return `
`; }}
module.exports.m{0} = later{0};
"""
WHOLE = _HEAD + "".join(_MIDDLE.format(number) for number in range(40))
LARGE = "(function () {\n" + "f(1);\n" * 800 + "})();\n"


@pytest.fixture
def pieces(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Every file is large, a piece is small, and the places where pieces begin are told."""
    begun: list[int] = []
    parsed = _pieces._Pieces._parsed

    def noting(self: _pieces._Pieces, at: int, *rest: object) -> object:
        begun.append(at)
        return parsed(self, at, *rest)  # type: ignore[arg-type]  # as they came

    monkeypatch.setattr(_lowering, "_LARGE", 0)
    monkeypatch.setattr(_pieces, "_PIECE", 1500)
    monkeypatch.setattr(_pieces._Pieces, "_parsed", noting)
    return begun


def lowered(text: str, path: str = "a.js", limits: Limits = _LIMITS) -> ir.Module:
    module = front_ends.lower(text.encode(), path, limits)
    assert module is not None
    return module


def in_one(text: str, path: str = "a.js") -> ir.Module:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_lowering, "_LARGE", len(text) * 4)
        return lowered(text, path)


@pytest.mark.parametrize("path", ["a.js", "a.ts"])
def test_statements_are_lowered_by_a_few_as_all_at_once(path: str, pieces: list[int]) -> None:
    assert repr(lowered(WHOLE, path)) == repr(in_one(WHOLE, path))
    assert len(set(pieces)) > 3
    assert pieces == sorted(pieces)


@pytest.mark.parametrize("ends", ["", LARGE, LARGE + WHOLE, "const x = {;\n" + WHOLE, "}}\n" + WHOLE, "var a = [1,\n"])
def test_from_a_large_or_a_broken_statement_on_the_rest_is_lowered_in_one(ends: str, pieces: list[int]) -> None:
    found = lowered(WHOLE + ends)
    assert len(set(pieces)) > 3
    assert (found.complete, found.reached) == (True, -1)
    assert found.imports[:1] == in_one(WHOLE).imports
    names = {function.name for function in found.functions}
    assert names >= {"said", "later0", "later39"}


def test_a_large_statement_leaves_what_surrounds_it_as_it_is(pieces: list[int]) -> None:
    text = WHOLE + LARGE + WHOLE
    assert repr(lowered(text)) == repr(in_one(text))
    assert pieces[-1] > pieces[0]


def test_one_budget_of_nodes_is_shared_by_all_pieces(pieces: list[int]) -> None:
    found = lowered(WHOLE, limits=replace(_LIMITS, code_nodes=2000))
    assert not found.complete
    assert 0 < found.reached < len(WHOLE.encode())
    assert len(set(pieces)) > 1
    assert len(found.functions) < len(in_one(WHOLE).functions)


def test_without_time_nothing_is_said_to_be_whole(pieces: list[int]) -> None:
    found = lowered(WHOLE, limits=replace(_LIMITS, code_seconds=0.0))
    assert not found.complete
    assert pieces


def test_what_a_parser_has_read_stays_when_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter([0.0, 0.0, 0.0, 2.0, 2.0, 2.0])
    monkeypatch.setattr("driftseal.code._source.time.thread_time", lambda: next(now))
    source = _source.Source(b"x" * 5 * _source.CHUNK, 5 * _source.CHUNK, lambda _: 1.0)
    for number in range(3):
        assert len(source.chunk(number * _source.CHUNK, None)) == _source.CHUNK
    # It looks back while the time ends.
    assert len(source.chunk(_source.CHUNK, None)) == _source.CHUNK
    assert source.end == 3 * _source.CHUNK
    assert source.chunk(3 * _source.CHUNK, None) == b""
