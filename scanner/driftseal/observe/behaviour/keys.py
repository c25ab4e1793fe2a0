"""A key of one maker, put into the address or the body of a request to another one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour.asides import elsewhere
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.environment import variable
from driftseal.observe.behaviour.exfiltration import carried
from driftseal.observe.behaviour.flows import Flow, Kind
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.outlets import leaving
from driftseal.observe.behaviour.scopes import Scope
from driftseal.observe.behaviour.whole import Code

_PROOFS: Final = frozenset({"headers", "defaultHeaders", "default_headers", "auth"})
_ENV: Final = frozenset({"environ", "env", "getenv", "Getenv"})
_HOUSES: Final = {
    "AWS": ("aws", "amazon"),
    "GH": ("github",),
    "GITHUB": ("github", "models.inference.ai.azure"),
    "HF": ("huggingface", "hf.co"),
    "HUGGING": ("huggingface", "hf.co"),
    "GOOGLE": ("google", "gcp", "youtube"),
    "GEMINI": ("google",),
    "AZURE": ("azure", "microsoft", "windows"),
    "DB": (),
    "DATABASE": (),
    "NODE": ("npm",),
}
"""Words of the hosts that a maker's key is meant for; the maker's own name where none are told."""


def _origin(scope: Scope, node: Any) -> int | None:
    return int(node.line) if says("secret-variables", variable(scope, node)) else None


_KEY: Final = Kind("key", _origin, (ir.Attr, ir.Index, ir.Call), strict=True, words=_ENV)


def find(code: Code) -> Iterator[Fact]:
    """``key-sent-elsewhere``."""
    asking = {scope.path for scope in code.scopes if not _ENV.isdisjoint(scope.words)}
    for scope in code.scopes if asking else ():
        sent = [called for called in leaving(scope) if called.call.args] if scope.path in asking else []
        flow = Flow(scope, _KEY) if sent else None
        for called in sent if flow else ():
            line = carried(flow, called, _PROOFS) if flow is not None else None
            where = elsewhere(scope, called) if line is not None else ""
            name = _named(scope, line) if where else ""
            if line is not None and name and not any(word in where for word in _own(name)):
                yield scope.fact("key-sent-elsewhere", called.call.line, f"{name} to {where}", (line, "read here"))


def _named(scope: Scope, line: int | None) -> str:
    """The variable that is read at a line of the file."""
    top = scope.code.owner(scope.path, 0)
    for other in (scope, top) if top is not None else (scope,):
        for node in other.of(ir.Attr, ir.Index, ir.Call):
            if node.line == line and says("secret-variables", name := variable(other, node)):
                return name
    return ""


def _own(name: str) -> tuple[str, ...]:
    maker = name.partition("_")[0]
    return _HOUSES.get(maker, (maker.lower(),))
