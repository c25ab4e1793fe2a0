"""Gems of Ruby: ``Gemfile``, ``Gemfile.lock``, ``*.gemspec``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.collect.discovery.base import FileFinder, Sighting, Source
from driftseal.collect.discovery.files._lines import Lines
from driftseal.collect.discovery.files._packages import basename, framework

_ASKED: Final = re.compile(
    r"^[ \t]*+(?:gem|\w+\.add_(?:runtime_|development_)?dependency)[ \t(]++[\"']([\w.-]{1,100})[\"']"
    r"(?:,[ \t]*+[\"']([^\"'\n]{1,60})[\"'])?",
    re.MULTILINE,
)
_LOCKED: Final = re.compile(r"^ {4}([\w.-]{1,100}) \(([\w.-]{1,60})\)$", re.MULTILINE)


class Gemfile(FileFinder):
    """See the module."""

    name: ClassVar[str] = "gemfile"

    def wants(self, path: str) -> bool:
        """See ``FileFinder.wants``."""
        return basename(path) in {"gemfile", "gemfile.lock", "gems.rb", "gems.locked"} or path.endswith(".gemspec")

    def look(self, source: Source) -> Iterator[Sighting]:
        """See ``FileFinder.look``."""
        lines = Lines(source.text)
        if source.path.endswith((".lock", ".locked")):
            for found in _LOCKED.finditer(source.text):
                yield from framework("gem", found[1], version=found[2], line=lines.at(found.start(1)))
            return
        for found in _ASKED.finditer(source.text):
            line = lines.at(found.start(1))
            yield from framework("gem", found[1], requirement=found[2] or "", line=line, symbol="gem")
