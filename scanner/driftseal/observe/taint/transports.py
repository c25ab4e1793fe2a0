"""Requests that go through a transport of the program's own, which looks at addresses where it connects."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Final

from driftseal.code import ir, walk
from driftseal.code.project import ClassRef, Project

OWN: Final = "is checked by a transport of its own"
"""How such a check is told."""
_GIVEN: Final = frozenset({"transport", "connector", "resolver"})
"""Options of clients in Python; those of a library are none of the program's own."""
_AGENTS: Final = frozenset({"dispatcher", "agent", "httpAgent", "httpsAgent", "lookup"})
_LOOKUP: Final = frozenset({"lookup"})


class Transports:
    """The files of a project that make requests through one, each looked at when it is first asked for."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._known: dict[str, bool] = {}

    def own(self, paths: Iterable[str]) -> bool:
        """Whether one of these files gives a client a class of the project, or a function that looks hosts up."""
        return any(self._look(path) for path in sorted(set(paths)))

    def _look(self, path: str) -> bool:
        if path not in self._known:
            module = self._project.modules.get(path)
            self._known[path] = module is not None and self._gives(path, module)
        return self._known[path]

    def _gives(self, path: str, module: ir.Module) -> bool:
        if module.language == "python":
            calls = (each for function in module.functions for each in walk.of({ir.Call}, function.body))
            return any(arg.name in _GIVEN and self._is_own(path, arg.value) for call in calls for arg in call.args)
        return _names(module, _AGENTS) and self._looks_up

    def _is_own(self, path: str, given: ir.Expr) -> bool:
        made = given.callee if isinstance(given, ir.Call) else given
        return isinstance(self._project.resolve(path, made), ClassRef)

    @cached_property
    def _looks_up(self) -> bool:
        """Whether any agent here has a lookup of its own."""
        return any(_names(module, _LOOKUP) for module in self._project.modules.values())


def _names(module: ir.Module, wanted: frozenset[str]) -> bool:
    """Whether an object in a file has one of these members."""
    tables = (each for function in module.functions for each in walk.of({ir.Mapping}, function.body))
    keys = (entry.key for table in tables for entry in table.entries)
    return any(isinstance(key, ir.Const) and key.value in wanted for key in keys)
