"""Dockerfiles: models that are downloaded into an image or named by its environment, and the runners it builds on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.collect.discovery.base import FileFinder, Sighting, Source
from driftseal.collect.discovery.files import _commands, _containers
from driftseal.collect.discovery.files._installs import installed
from driftseal.collect.discovery.files._packages import basename

_FROM: Final = re.compile(r"(?:--platform=\S+\s+)?(\S+)(?:\s+AS\s+\S+)?\s*", re.IGNORECASE)
_KEYWORD: Final = re.compile(r"\s*([A-Za-z]+)\s+(.*)", re.DOTALL)
_PAIR: Final = re.compile(r"\b([A-Za-z_]\w*+)=(\"[^\"]*\"|'[^']*'|\S*)")
_ONE: Final = re.compile(r"([A-Za-z_]\w*)\s+(.*)", re.DOTALL)
# A text that never ends is matched too, so that it is not read again from each quote in it.
_EXEC: Final = re.compile(r"\"((?:[^\"\\]|\\.)*+)(?:\"|\\?\Z)")


class Dockerfile(FileFinder):
    """See the module."""

    name: ClassVar[str] = "dockerfile"

    def wants(self, path: str) -> bool:
        """See ``FileFinder.wants``."""
        name = basename(path)
        return name.startswith(("dockerfile", "containerfile")) or name.endswith((".dockerfile", ".containerfile"))

    def look(self, source: Source) -> Iterator[Sighting]:
        """See ``FileFinder.look``."""
        for line, text in _instructions(source.text):
            found = _KEYWORD.fullmatch(text)
            word, rest = (found[1].upper(), found[2]) if found else ("", "")
            if word == "FROM" and (base := _FROM.fullmatch(rest)):
                yield from _containers.image(base[1], line=line, symbol=word)
            elif word in {"ENV", "ARG"}:
                pairs = [(pair[1], pair[2].strip("\"'")) for pair in _PAIR.finditer(rest)]
                if not pairs and (one := _ONE.fullmatch(rest)):
                    pairs = [(one[1], one[2].strip())]
                for name, value in pairs:
                    yield from _containers.variable(name, value, line=line)
            elif word in {"CMD", "ENTRYPOINT"} and rest.lstrip().startswith("["):
                words = [part[1] for part in _EXEC.finditer(rest)]
                yield from _containers.arguments(words, runner=False, line=line, symbol=word)
            elif word in {"RUN", "CMD", "ENTRYPOINT"}:
                for at, words in _commands.split(rest) if "install" in rest else ():
                    yield from installed(words, line + at - 1)
                for run in _commands.runs(rest):
                    yield from _commands.models(run, line=line + run.line - 1, symbol=word)


def _instructions(text: str) -> Iterator[tuple[int, str]]:
    """Every instruction with the lines that go on, and where it begins; comments between them are dropped."""
    begun, parts, heredoc = 0, list[str](), ""
    for number, line in enumerate(text.splitlines(), start=1):
        if heredoc:
            parts.append(line + "\n")
            if line.strip() == heredoc:
                yield begun, "".join(parts)
                begun, parts, heredoc = 0, [], ""
            continue
        if line.lstrip().startswith("#"):
            continue
        begun = begun or number
        mark = _HEREDOC.search(line)
        parts.append(line + "\n")
        if mark is not None:
            heredoc = mark[1]
        elif not line.rstrip().endswith("\\"):
            yield begun, "".join(parts)
            begun, parts = 0, []
    if parts:
        yield begun, "".join(parts)


_HEREDOC: Final = re.compile(r"<<-?[\"']?([A-Za-z_]\w*)")
