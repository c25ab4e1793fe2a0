"""Programs of torch.export, whose sizes are evaluated as Python by whoever loads them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftseal.formats.blob import Bytes
from driftseal.limits import DEFAULT_LIMITS
from driftseal.observe.files import torch_export
from driftseal.observe.files.base import Blank, Budget, Fact, Seen
from driftseal.observe.files.torch_export import TorchExport
from growth import grows_linearly


def read(data: bytes) -> list[Seen]:
    limits = DEFAULT_LIMITS
    budget = Budget(limits, limits.unpacked_bytes, limits.archive_members, limits.file_steps)
    return list(TorchExport().read(Bytes(data), "model.json", budget))


def facts(value: object) -> list[tuple[str, str]]:
    return [(one.name, one.subject) for one in read(json.dumps(value).encode()) if isinstance(one, Fact)]


def sized(expression: str) -> object:
    return {"graph_module": {"graph": {"sym_int_values": {"s": {"as_expr": {"expr_str": expression, "hint": None}}}}}}


def calling(target: str) -> object:
    return {"graph_module": {"graph": {"nodes": [{"target": target, "inputs": [], "outputs": []}]}}}


@pytest.mark.parametrize(
    "expression",
    [
        "s0",
        "2*s0 + 1",
        "Max(1, s0//4)",
        "s77 - 1.5",
        "Eq(Mod(s0, 8), 0) & ~(s1 >= 2)",
        "Symbol('s0', integer=True)",
        "FloorDiv(s0*s1, 2**3)",
        "-oo",
        "1.0e-3*s0",
    ],
)
def test_arithmetic_of_symbols_is_no_finding(expression: str) -> None:
    assert facts(sized(expression)) == []


@pytest.mark.parametrize(
    "expression",
    [
        "__import__('os').system('id')",
        "().__class__",
        "s0.func",
        "eval(chr(95))",
        "open('x')",
        "[x for x in s0]",
        "lambda: 0",
        'exec("")',
        "Symbol('a b; c')",
        "s0 if s1 else __s",
    ],
)
def test_whatever_else_stands_for_a_size_is_told(expression: str) -> None:
    assert facts(sized(expression)) == [("torch-export-expression", expression)]


@pytest.mark.parametrize("target", ["torch.os.system", "torch.hub.load", "torch.load", "_operator.methodcaller"])
def test_calls_of_what_is_no_operator_are_told(target: str) -> None:
    assert facts(calling(target)) == [("torch-export-target", target)]


@pytest.mark.parametrize(
    "target", ["torch.ops.aten.add.Tensor", "_operator.mul", "torch.sym_max", "torch._check", "#custom:op", "getitem"]
)
def test_calls_of_operators_are_no_finding(target: str) -> None:
    assert facts(calling(target)) == []


def test_what_cannot_be_parsed_is_not_clean() -> None:
    assert any(isinstance(one, Blank) for one in read(b'{"graph_module": '))


def test_only_programs_are_claimed() -> None:
    for data, claimed in ((sized("s0"), True), ({"a": 1}, False), ({"model_type": "llama"}, False)):
        text = json.dumps(data).encode()
        assert TorchExport().claims(text[:4096], Bytes(text)) is claimed


@given(st.text(max_size=300))
def test_no_expression_breaks_the_reader(expression: str) -> None:
    assert isinstance(facts(sized(expression)), list)


@pytest.mark.parametrize("unit", ["1.", "a1", "a ", " ", "('a')", "1a", "a(", "-1.5*"])
def test_expressions_are_judged_in_linear_time(unit: str) -> None:
    def judged(count: int) -> None:
        assert not torch_export._is_arithmetic(unit * count + "\x01")
        torch_export._CALLED.findall(unit * count)

    assert grows_linearly(judged, 2000)


@pytest.mark.parametrize("expression", ["1exec(x)", "s0 + exec (x)", "(eval)(1)or compile(1)", "0x1_exec(1)"])
def test_a_call_is_found_behind_whatever_stands_before_it(expression: str) -> None:
    assert not torch_export._is_arithmetic(expression)


@pytest.mark.parametrize("expression", ["s0", "2*s0 + 1.5", "Max(1, s1)//2", "1.0*s0", "Mod(s0, 2)"])
def test_arithmetic_is_no_call(expression: str) -> None:
    assert torch_export._is_arithmetic(expression)
