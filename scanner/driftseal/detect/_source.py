"""Where something stands in the source of a server, and to which of its tools that belongs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Final

from driftseal.detect import _rules
from driftseal.model.finding import Location, Region
from driftseal.model.item import Item, ItemKind
from driftseal.model.snapshot import Snapshot
from driftseal.observe import secrets
from driftseal.observe.text.patterns import Pattern
from driftseal.regexes import regex

if TYPE_CHECKING:
    from driftseal.observe.program import Program

_MARK: Final = "#source"
"""What the reference of a folder ends in when its source is meant."""
_WORD_ENDS: Final = regex(r"[_\W]+|(?<=[a-z])(?=[A-Z])")
_READ: Final = 4
"""Times the evidence's length that is searched for credentials before it is cut."""


class Source:
    """One server's source, in the words of findings."""

    def __init__(self, snapshot: Snapshot, program: Program) -> None:
        self._identity = snapshot.target.identity
        self._snapshot = snapshot
        self._program = program
        self._prefix = _prefix(snapshot, program)

    @cached_property
    def _said(self) -> str:
        """Names and descriptions of the server's tools; most who ask for a place never need them."""
        return " ".join(_said(item) for item in self._snapshot.items if item.kind is ItemKind.TOOL)

    @cached_property
    def _handlers(self) -> Mapping[str, Sequence[tuple[int, int, str]]]:
        """First and last line of each handler with its tool's key, by file."""
        found: dict[str, list[tuple[int, int, str]]] = {}
        present = {item.key for item in self._snapshot.items}
        for key, one in self._program.declared.items():
            if one.handler is not None and key in present:
                function = self._program.project.function(one.handler)
                found.setdefault(one.handler.path, []).append((function.line, function.end_line, key))
        return found

    @cached_property
    def _files(self) -> Mapping[str, Item]:
        """The files of a model, which are items themselves, by name."""
        return {item.name: item for item in self._snapshot.items if item.kind is ItemKind.MODEL_FILE}

    def says(self, patterns: Sequence[str]) -> bool:
        """Whether names and descriptions of the server's tools show one of these patterns."""
        return any(Pattern(pattern, "openly").search(self._said) for pattern in patterns)

    def place(self, path: str, line: int) -> Location:
        """A line of a file; the item is the tool in whose handler it stands, if it stands in one alone."""
        around = [(last - first, key) for first, last, key in self._handlers.get(path, ()) if first <= line <= last]
        narrowest = min(around, default=(0, ""))
        alone = sum(span == narrowest[0] for span, _ in around) == 1
        item = narrowest[1] if alone else ""
        file = self._files.get(path)
        if file is not None and file.evidence:
            return Location(self._identity, file.key, "", file.evidence[0].uri, Region(start_line=line))
        return Location(self._identity, item, "", self._prefix + path, Region(start_line=line))

    def evidence(self, path: str, line: int, otherwise: str) -> str:
        """The line as it stands, its credentials masked; ``otherwise`` where a line is a whole bundle."""
        text = self._program.line(path, line)
        limits = self._program.limits
        if not text or len(text) > limits.evidence_chars * _READ:
            text = otherwise
        return _rules.cut(secrets.blot(text), limits)


def _said(item: Item) -> str:
    told = item.content.get("description") if isinstance(item.content, dict) else None
    return f"{_WORD_ENDS.sub(' ', item.name)} {told if isinstance(told, str) else ''}"


def _prefix(snapshot: Snapshot, program: Program) -> str:
    """What stands before a path of the program: the folder that was asked for."""
    for item in snapshot.items:
        one = program.declared.get(item.key)
        if one is not None and item.evidence:
            return item.evidence[0].uri.removesuffix(one.path)
    folder = snapshot.target.reference
    if not folder.endswith(_MARK) or folder == f".{_MARK}":
        return ""
    return f"{folder.removesuffix(_MARK)}/"
