"""Names of models that stand in files which say nothing else of AI, and that others import."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from driftseal.code import ir
from driftseal.code.paths import Paths
from driftseal.collect.clients import paths
from driftseal.collect.discovery import cache
from driftseal.collect.discovery.lowered import Lowered
from driftseal.errors import TargetError
from driftseal.limits import Limits

if TYPE_CHECKING:
    import re2

_IMPORTS: Final = 2
"""Files from one that speaks of AI to the one that holds a name which it uses."""
_PASSING: Final = frozenset({"__init__", "index"})
"""Files that hand on what others hold."""
_ID: Final = rb"""["'`][\w.-]{2,96}/[\w.-]{2,96}["'`]"""
"""A text of the form that ids of models have."""
_MOST: Final = 64 * 1024
"""Bytes of a file that holds names."""


class Elsewhere:
    """Looks into the files of one project that nobody else wants to."""

    def __init__(self, root: Path, limits: Limits, lowered: Lowered) -> None:
        self._root = root
        self._lowered = lowered
        self._limits = limits

    def modules(
        self, modules: Mapping[str, ir.Module], known: Paths, left: float, beside: dict[str, str]
    ) -> dict[str, ir.Module]:
        """Other files that hold names which these use, lowered; ``beside`` gets the digests of all that were read."""
        found: dict[str, ir.Module] = {}
        new = dict(modules)
        for _ in range(_IMPORTS):
            wanted = {
                target
                for path, module in new.items()
                for target in targets(known, path, module)
                if target not in modules and target not in found
            }
            files = {path: data for path in sorted(wanted) for data in self._naming(path, beside)}
            lowered = self._lowered.lower(files, replace(self._limits, code_seconds=left))
            left = max(left - lowered.seconds, 0.0)
            new = dict(lowered.modules)
            found |= new
        return found

    def _naming(self, path: str, beside: dict[str, str]) -> Iterator[bytes]:
        """What a file holds, where names of models may be in it, or it hands on those of others."""
        beside[path] = ""
        with suppress(TargetError):
            data = paths.read(self._root / path, path, self._limits)
            beside[path] = cache.digest(data)
            passes = posixpath.basename(path).partition(".")[0] in _PASSING
            if len(data) <= _MOST and (passes or self._ids.search(data)):
                yield data

    def digest(self, path: str) -> str:
        """Of a file as it is now; empty where it cannot be read."""
        with suppress(TargetError):
            return cache.digest(paths.read(self._root / path, path, self._limits))
        return ""

    @cached_property
    def _ids(self) -> re2._Regexp[bytes]:
        import re2

        options = re2.Options()
        options.encoding = re2.Options.Encoding.LATIN1
        return re2.compile(_ID, options)


def targets(known: Paths, path: str, module: ir.Module) -> Iterator[str]:
    """The files that a file imports, those that its symbols may be, and those whose names it hands on."""
    for one in module.imports:
        joined = f"{one.module}{'' if one.module.endswith('.') else '.'}{one.symbol}"
        yield from filter(None, (known.find(path, name) for name in dict.fromkeys((one.module, joined))))
    yield from filter(None, (known.find(path, one.module) for one in module.exports if one.module))
