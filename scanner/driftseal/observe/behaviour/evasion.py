"""Code that looks whether somebody analyses it, and behaves then."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import walk
from driftseal.observe.behaviour.scopes import Scope
from driftseal.observe.behaviour.triggers import spelled
from driftseal.observe.behaviour.whole import Code
from driftseal.regexes import regex

_ANALYSTS: Final = regex(
    r"(?i)sandbox|cuckoo|malware|analy[sz\[]|triage|any\.?run|virustotal|joebox|wireshark|procmon|x64dbg|fiddler|honeypot|maltest"
)
"""Words of which machines of those who look at malware are named, and what runs on them."""
_SEVERAL: Final = 2
_LONGEST: Final = 400
"""Characters of a pattern or a list of names; pages of text hold every word."""


def find(code: Code) -> Iterator[Fact]:
    """``analysis-evaded``."""
    for scope in code.scopes:
        if not any("machines" in scope.doing or says("machines", word) for word in scope.words & _ASKED):
            continue
        for node in scope.of(ir.Call, ir.Binary):
            line = _looks(scope, node)
            if line:
                yield scope.fact("analysis-evaded", line, "names of machines on which malware is looked at")
                break


_ASKED: Final = frozenset(
    {
        "hostname",
        "userInfo",
        "gethostname",
        "getuser",
        "getlogin",
        "USERNAME",
        "COMPUTERNAME",
        "USER",
        "HOSTNAME",
        "node",
    }
)
_COMPARES: Final = frozenset({"test", "match", "includes", "search", "some", "has", "find", "exec", "any"})


def _looks(scope: Scope, node: Any) -> int:
    """The line where a name of the machine is held against such words; 0 for none."""
    if isinstance(node, ir.Call) and spelled(node.callee).rpartition(".")[2] not in _COMPARES:
        if not isinstance(node.callee, ir.Attr) or node.callee.name not in _COMPARES:
            return 0
    elif isinstance(node, ir.Binary) and node.op not in {"in", "=="}:
        return 0
    inside = list(walk(node))
    inside += [each for arg in inside if isinstance(arg, ir.Closure) for each in _body(scope, arg)]
    inside += [each for name in inside if isinstance(name, ir.Name) for each in walk(scope.set_to(name))]
    asks = any(says("machines", scope.name(each)) for each in inside if isinstance(each, (ir.Call, ir.Attr, ir.Name)))
    given = " ".join(str(each.value) for each in inside if isinstance(each, ir.Const) and isinstance(each.value, str))
    words = {found.lower() for found in _ANALYSTS.findall(given[:_LONGEST])} if asks else set()
    return int(node.line) if len(words) >= _SEVERAL else 0


def _body(scope: Scope, closure: ir.Closure) -> Iterator[Any]:
    return walk(scope.module.functions[closure.function].body)
