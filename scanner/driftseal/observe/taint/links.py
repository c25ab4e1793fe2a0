"""What code knows of links in paths: whether it resolves them anywhere, or refuses them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Final

from driftseal.code import ir, walk
from driftseal.code.project import Project
from driftseal.observe.taint.words import words

UNASKED: Final = "looks at names of members, not at links"
"""How a check is told of what an archive holds: a link in it, and a file below that, lead wherever they like."""


class Links:
    """The files of a project, each looked at when it is first asked for."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._known: dict[str, tuple[bool, bool]] = {}

    @cached_property
    def asked_of_members(self) -> bool:
        """Whether anything here asks of a member of an archive whether it is a link, or a plain file."""
        return any(not words("member-kinds").isdisjoint(_spelled(each)) for each in self._project.modules.values())

    def overlooked(self, paths: Iterable[str]) -> bool:
        """Whether one of these files resolves links, of the folder at least, and none of them refuses them.

        Where nothing looks at links, none may ever lie in the folder; who resolves those of the folder and compares
        the rest by its text has forgotten one half.
        """
        seen = [self._look(path) for path in sorted(set(paths))]
        return any(resolves for resolves, _ in seen) and not any(refuses for _, refuses in seen)

    def _look(self, path: str) -> tuple[bool, bool]:
        if path not in self._known:
            module = self._project.modules.get(path)
            self._known[path] = _look(module) if module is not None else (False, False)
        return self._known[path]


def _look(module: ir.Module) -> tuple[bool, bool]:
    """Whether a file resolves links, and whether it refuses them."""
    spelled = _spelled(module)
    # Only of pathlib does resolve() follow links.
    resolving = words("unlinking") | ({"resolve"} if module.language == "python" else set())
    return not resolving.isdisjoint(spelled), not words("link-refusing").isdisjoint(spelled)


def _spelled(module: ir.Module) -> set[str]:
    """Every name and member that a file spells out."""
    spelled = {each.symbol for each in module.imports}
    for function in module.functions:
        for node in walk.of({ir.Attr, ir.Name}, function.body):
            spelled.add(node.name if isinstance(node, ir.Attr) else node.id)
    return spelled
