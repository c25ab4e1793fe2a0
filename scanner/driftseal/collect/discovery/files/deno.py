"""Import maps of Deno: what ``deno.json`` calls packages of npm."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.canonical import escape_pointer
from driftseal.collect.discovery.base import FileFinder, Sighting, Source
from driftseal.collect.discovery.files._packages import basename, framework

_NAMES: Final = frozenset({"deno.json", "deno.jsonc", "import_map.json"})
_NPM: Final = re.compile(r"npm:/?((?:@[^/@\s]+/)?[^/@\s]+)(?:@([^/\s]*))?(?:/.*)?")
_EXACT: Final = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+(?:[-+][\w.+-]+)?")


class Deno(FileFinder):
    """See the module."""

    name: ClassVar[str] = "deno"

    def wants(self, path: str) -> bool:
        """See ``FileFinder.wants``."""
        return basename(path) in _NAMES

    def look(self, source: Source) -> Iterator[Sighting]:
        """See ``FileFinder.look``."""
        document = source.document
        imports = document.value.get("imports") if isinstance(document.value, dict) else None
        for name, target in imports.items() if isinstance(imports, dict) else ():
            found = _NPM.fullmatch(target) if isinstance(target, str) else None
            if found is not None:
                asked = found[2] or ""
                line = document.line(f"/imports/{escape_pointer(name)}")
                exact = asked if _EXACT.fullmatch(asked) else ""
                yield from framework("npm", found[1], version=exact, requirement=asked, line=line, symbol="imports")
