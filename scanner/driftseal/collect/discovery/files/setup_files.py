"""``setup.cfg`` and ``setup.py``: what setuptools is told in the older ways."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.code import front_ends, ir, walk
from driftseal.collect.discovery.base import FileFinder, Sighting, Source
from driftseal.collect.discovery.files._packages import basename
from driftseal.collect.discovery.files._python import required
from driftseal.errors import LimitExceeded

_SECTION: Final = re.compile(r"\[([^\]]+)\]")
_KEY: Final = re.compile(r"([A-Za-z0-9_.-]+)\s*[=:]\s*(.*)")
_REQUIRED: Final = frozenset({"install_requires", "setup_requires", "tests_require"})
_EXTRAS: Final = "extras_require"


class SetupFiles(FileFinder):
    """See the module."""

    name: ClassVar[str] = "setup_files"

    def wants(self, path: str) -> bool:
        """See ``FileFinder.wants``."""
        return basename(path) in {"setup.cfg", "setup.py"}

    def look(self, source: Source) -> Iterator[Sighting]:
        """See ``FileFinder.look``."""
        if source.path.lower().endswith(".cfg"):
            yield from _configured(source.text)
        elif any(word.encode() in source.data for word in (*_REQUIRED, _EXTRAS)):
            yield from _scripted(source)


def _configured(text: str) -> Iterator[Sighting]:
    section, key = "", ""
    for number, line in enumerate(text.splitlines(), start=1):
        if found := _SECTION.match(line):
            section, key = found[1].strip(), ""
            continue
        value = line.strip()
        if line[:1] not in {" ", "\t"} and (pair := _KEY.match(line)):
            key, value = pair[1], pair[2]
        asks = (section == "options" and key in _REQUIRED) or (section == "options.extras_require" and key)
        if asks and value and not value.startswith(("#", ";")):
            yield from required(value, line=number, symbol=key)


def _scripted(source: Source) -> Iterator[Sighting]:
    """Texts that stand in a list under a known keyword or name. The script is lowered and never run."""
    most = source.limits.discovery_file_bytes
    if len(source.data) > most:
        raise LimitExceeded(f"{source.path}: larger than {most} bytes (limits.discovery_file_bytes)")
    module = front_ends.lower(source.data, source.path, source.limits)
    for function in module.functions if module is not None else ():
        for node in walk.below(function.body):
            if isinstance(node, ir.Arg):
                yield from _texts(node.value, node.name)
            elif isinstance(node, ir.Assign):
                for target in node.targets:
                    if isinstance(target, ir.Name):
                        yield from _texts(node.value, target.id)


def _texts(value: ir.Expr, name: str) -> Iterator[Sighting]:
    if name not in _REQUIRED and name != _EXTRAS:
        return
    lists = [entry.value for entry in value.entries] if isinstance(value, ir.Mapping) else [value]
    for one in lists:
        for entry in one.items if isinstance(one, ir.Group) else ():
            if isinstance(entry, ir.Const) and isinstance(entry.value, str):
                yield from required(entry.value, line=entry.line, symbol=name)
