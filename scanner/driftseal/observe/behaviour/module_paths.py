"""Files of module paths, ``NAME.pth``, and what is written into them: every Python runs what they import."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from driftseal.code import ir, start_up
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.flows import Flow
from driftseal.observe.behaviour.followed import Kind
from driftseal.observe.behaviour.laid import laying, where
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.scopes import Scope
from driftseal.regexes import regex

_DEEDS: Final = frozenset({"command", "argv", "code", "outward", "ssrf"})
_IMPORT: Final = regex(r"import [^\n]{1,400}\n?")
"""A line by which such a file runs something."""


def find(scope: Scope) -> Iterator[Fact]:
    """``start-up-entry-written``, of module paths."""
    if scope.number == 0 and scope.path.endswith(start_up.ENDING) and not _of_installers(scope):
        yield scope.fact("start-up-entry-written", 1, "lines that every Python runs which starts")
    if "start-up-modules" not in scope.shown:
        return
    made = laying(scope)
    run = next((each for each in scope.constants if _IMPORT.fullmatch(str(each.value))), None)
    if made and run is not None:
        yield scope.fact("start-up-entry-written", made[0].call.line, made[0].name, (run.line, "what is written"))
    flow = Flow(scope, _SITE) if made else None
    for called in made if flow else ():
        line = where(flow, called) if flow is not None else None
        if line is not None:
            yield scope.fact("start-up-entry-written", called.call.line, called.name, (line, "where modules are"))


def _of_installers(scope: Scope) -> bool:
    """Whether such a file is one that installers write, and does nothing besides."""
    imported = (each.module for each in scope.module.imports)
    said = (*scope.words, *imported, *(str(each.value) for each in scope.constants))
    own = any(says("installers-own", each) for each in said)
    return own and all(scope.kinds(called).isdisjoint(_DEEDS) for called in scope.calls)


def _site(scope: Scope, node: Any) -> int | None:
    """Where it is asked in which folder Python looks for modules."""
    return int(node.line) if says("site-folders", scope.name(node)) else None


_SITE: Final = Kind(
    "site",
    _site,
    (ir.Call, ir.Attr),
    words=frozenset({"getsitepackages", "getusersitepackages", "get_python_lib", "USER_SITE", "get_path", "get_paths"})
    | {"install_lib", "install_purelib", "install_platlib", "path"},
)
