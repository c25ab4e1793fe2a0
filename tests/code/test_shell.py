"""A script of the shell is its commands, each on the line where it begins."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftseal.code import front_ends, ir
from driftseal.limits import DEFAULT_LIMITS, Limits


def commands(text: bytes, limits: Limits = DEFAULT_LIMITS) -> list[tuple[int, str]]:
    module = front_ends.lower(text, "run", limits, "shell")
    assert module is not None
    found = []
    for each in module.functions[0].body:
        assert isinstance(each, ir.Do)
        assert isinstance(each.value, ir.Call)
        (arg,) = each.value.args
        assert isinstance(arg.value, ir.Const)
        found.append((each.line, str(arg.value.value)))
    return found


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (b"#!/bin/sh\n\n# a note\nset -e\n  ls -l\n", [(4, "set -e"), (5, "ls -l")]),
        (b"curl a \\\n  -o b \\\n  | sh\nls", [(1, "curl a -o b | sh"), (4, "ls")]),
        (b"", []),
        (b"ls \\", [(1, "ls")]),
        (b"\xff\xfe ls\r\n", [(1, "\ufffd\ufffd ls")]),
    ],
)
def test_each_command_stands_where_it_begins(text: bytes, read: list[tuple[int, str]]) -> None:
    assert commands(text) == read


def test_more_commands_than_are_read_leave_the_script_incomplete() -> None:
    module = front_ends.lower(b"ls\n" * 100, "run", replace(DEFAULT_LIMITS, code_nodes=40), "shell")
    assert module is not None
    assert len(module.functions[0].body) == 10
    assert not module.complete


@given(st.binary(max_size=400))
def test_whatever_a_script_holds_it_is_read(data: bytes) -> None:
    assert all(1 <= line <= data.count(b"\n") + 1 for line, _ in commands(data))
