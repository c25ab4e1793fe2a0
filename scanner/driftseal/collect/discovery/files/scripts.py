"""Shell scripts, makefiles and their like: commands that fetch or serve models, and requests made by hand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar, Final

from driftseal.collect.discovery.base import FileFinder, Sighting, Source
from driftseal.collect.discovery.files import _commands, _containers, _flags, _models
from driftseal.collect.discovery.files._installs import installed
from driftseal.collect.discovery.files._lines import Lines
from driftseal.collect.discovery.files._packages import basename
from driftseal.limits import Limits
from driftseal.model.item import ItemKind

_ENDINGS: Final = (".sh", ".bash", ".zsh", ".fish", ".mk", ".ps1", ".sbatch", ".slurm")
_NAMES: Final = frozenset({"makefile", "gnumakefile", "justfile", ".envrc", "procfile"})
_COMMENT: Final = re.compile(r"^[ \t]*+#[^\n]*", re.MULTILINE)
_SET: Final = re.compile(
    r"^[ \t]*+(?:export[ \t]++|set[ \t]++)?([A-Za-z_]\w{1,60})[ \t]*+[:?]?=[ \t]*+[\"']?([^\s\"'#]{1,200})",
    re.MULTILINE,
)
_DEFAULT: Final = re.compile(r"\$\{\w++:?-([^${}]*+)\}")
_USED: Final = re.compile(r"\$[({]?([A-Z][A-Z0-9_]{2,60})\b")
_BODY: Final = re.compile(r"\\?\"model\\?\"[ \t]*+:[ \t]*+\\?\"([\w.:/@-]{2,120})\\?\"")
_MEANT: Final = re.compile(r"\$(?:\{(\w{2,60})\}|\((\w{2,60})\)|(\w{2,60}))")
_SURE: Final = 0.8


class Scripts(FileFinder):
    """See the module."""

    name: ClassVar[str] = "scripts"
    technique: ClassVar[str] = "source-code-analysis"

    def wants(self, path: str) -> bool:
        """See ``FileFinder.wants``."""
        return path.lower().endswith(_ENDINGS) or basename(path) in _NAMES

    def takes(self, size: int, limits: Limits) -> bool:
        """See ``FileFinder.takes``."""
        return size <= min(limits.discovery_file_bytes, limits.slow_text_bytes)

    def look(self, source: Source) -> Iterator[Sighting]:
        """See ``FileFinder.look``."""
        text = _COMMENT.sub("", source.text)
        lines = Lines(text)
        given: dict[str, str] = {}
        for found in _SET.finditer(text):
            name, value = found[1], _DEFAULT.sub(r"\1", found[2])
            given.setdefault(name, value)
            line = lines.at(found.start(1))
            yield from (
                one for one in _containers.variable(name, value, line=line) if one.kind is not ItemKind.CREDENTIAL
            )
        filled = _filled(text, given, source.limits.discovery_file_bytes)
        for line, words in _commands.split(filled):
            yield from installed(words, line)
            yield from _containers.started(words, line=line)
            yield from _flags.given(words, line=line)
        for run in _commands.runs(filled):
            for one in _commands.models(run, line=run.line):
                yield replace(one, symbol=run.program)
        for found in _BODY.finditer(text):
            model = _models.named(found[1])
            if model is not None and model.provider != _models.HUB:
                yield _models.sighting(model, line=lines.at(found.start(1)), symbol="model", confidence=_SURE)
        for found in _USED.finditer(text):
            yield from _models.credential(found[1], line=lines.at(found.start(1)), symbol=found[1])


def _filled(text: str, given: dict[str, str], left: int) -> str:
    """With what variables are set to in the file itself, as long as that makes ``left`` characters more at most."""
    text = _DEFAULT.sub(r"\1", text)
    parts: list[str] = []
    at = 0
    for one in _MEANT.finditer(text):
        value = given.get(one[1] or one[2] or one[3], one[0])
        left -= len(value)
        if left < 0:
            break
        parts += (text[at : one.start()], value)
        at = one.end()
    return "".join((*parts, text[at:]))
