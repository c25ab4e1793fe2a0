"""Lines of notebooks that are commands of a shell: ``!hf download …``, ``%pip install …``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar, Final

from driftseal.collect.discovery import notebooks
from driftseal.collect.discovery.base import FileFinder, Sighting, Source
from driftseal.collect.discovery.files import _commands, _flags, _models
from driftseal.collect.discovery.files._installs import installed
from driftseal.collect.discovery.files._lines import Lines

_MARKED: Final = re.compile(rb"[\"\n][ \t]*[!%]|\\n[ \t]*[!%]")
"""What a line that is run has in front of it, in a text of its own or in one of several lines."""
_SET: Final = re.compile(r"^env[ \t]++([A-Z][A-Z0-9_]{2,60})\b", re.MULTILINE)
"""``%env KEY=…`` sets a variable."""


class NotebookCommands(FileFinder):
    """See the module."""

    name: ClassVar[str] = "notebook_commands"
    technique: ClassVar[str] = "source-code-analysis"

    def wants(self, path: str) -> bool:
        """See ``FileFinder.wants``."""
        return path.endswith(notebooks.ENDING)

    def look(self, source: Source) -> Iterator[Sighting]:
        """See ``FileFinder.look``."""
        if not _MARKED.search(source.data):
            return
        script, places = notebooks.commands(source.data, source.path, source.limits)
        text = script.decode()
        for number, words in _commands.split(text):
            yield from installed(words, places[number - 1])
            yield from _flags.given(words, line=places[number - 1])
        for run in _commands.runs(text):
            for one in _commands.models(run, symbol=run.program):
                yield replace(one, line=places[run.line - 1])
        lines = Lines(text)
        for found in _SET.finditer(text):
            line = places[lines.at(found.start()) - 1]
            yield from _models.credential(found[1], line=line, symbol=found[1], source="file")
