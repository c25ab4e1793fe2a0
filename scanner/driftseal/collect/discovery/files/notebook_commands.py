"""Lines of notebooks that are commands of a shell: ``!hf download …``, ``%pip install …``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.collect.discovery import notebooks
from driftseal.collect.discovery.base import FileFinder, Sighting, Source
from driftseal.collect.discovery.files import _commands
from driftseal.collect.discovery.files._installs import installed
from driftseal.collect.discovery.files._lines import Lines

_LINE: Final = re.compile(r"^[ \t]*+(\"[ \t]*+[%!](?:[^\"\\\n]|\\.)*+\"),?[ \t]*$", re.MULTILINE)


class NotebookCommands(FileFinder):
    """See the module."""

    name: ClassVar[str] = "notebook_commands"
    technique: ClassVar[str] = "source-code-analysis"

    def wants(self, path: str) -> bool:
        """See ``FileFinder.wants``."""
        return path.endswith(notebooks.ENDING)

    def look(self, source: Source) -> Iterator[Sighting]:
        """See ``FileFinder.look``."""
        if b'"!' not in source.data and b'"%' not in source.data:
            return
        lines = Lines(source.text)
        for found in _LINE.finditer(source.text):
            try:
                text = str(json.loads(found[1])).strip().lstrip("%!")
            except ValueError:
                continue
            line = lines.at(found.start(1))
            for _, words in _commands.split(text):
                yield from installed(words, line)
            for run in _commands.runs(text):
                yield from _commands.models(run, line=line, symbol=run.program)
