"""Whether what reads XML follows the entities that a document declares: to files of the machine, and to other hosts."""

from __future__ import annotations

from functools import cached_property
from typing import Final

from driftseal.code import ir, walk
from driftseal.code.project import Project
from driftseal.observe.taint.words import words

_FOLLOW_UNTOLD: Final = frozenset({"java"})
"""Languages whose readers follow entities unless they are told not to."""
_FOLLOW_ALWAYS: Final = frozenset({"javascript", "typescript", "tsx", "jsx"})
"""Languages in which the call that reads says whether they are followed."""


class Entities:
    """What the code of a project tells its readers of XML; looked at when it is first asked for."""

    def __init__(self, project: Project) -> None:
        self._project = project

    def followed(self, path: str) -> bool:
        """Whether readers that this file calls follow the entities of a document."""
        language = self._project.modules[path].language
        if language in _FOLLOW_ALWAYS:
            return True
        refused, allowed = self._told
        return not refused if language in _FOLLOW_UNTOLD else allowed

    @cached_property
    def _told(self) -> tuple[bool, bool]:
        """Whether anything here refuses entities, and whether anything asks for them."""
        refused = allowed = False
        for module in self._project.modules.values():
            for function in module.functions:
                for node in walk.below(function.body):
                    word = _word(node)
                    refused = refused or any(each in word for each in words("entities-refused"))
                    allowed = allowed or word in words("entities-allowed") or _asks(node)
        return refused, allowed


def _word(node: object) -> str:
    if isinstance(node, ir.Const):
        return node.value if isinstance(node.value, str) else ""
    return node.name if isinstance(node, ir.Attr) else node.id if isinstance(node, ir.Name) else ""


def _asks(node: object) -> bool:
    """``XMLParser(resolve_entities=True)``."""
    for arg in node.args if isinstance(node, ir.Call) else ():
        if arg.name in words("entities-asked") and isinstance(arg.value, ir.Const) and arg.value.value is True:
            return True
    return False
