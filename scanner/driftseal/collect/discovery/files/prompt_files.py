"""Texts for models that a project keeps in files of their own, in a folder that says so: by their hash."""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.collect.discovery.base import FileFinder, Sighting, Source
from driftseal.model.item import ItemKind, Json

_FOLDERS: Final = frozenset({"prompts", "prompt_templates", "prompt-templates", "system_prompts", "system-prompts"})
_ENDINGS: Final = frozenset(
    {
        ".md",
        ".txt",
        ".jinja",
        ".jinja2",
        ".j2",
        ".mustache",
        ".hbs",
        ".liquid",
        ".tmpl",
        ".tpl",
        ".poml",
        ".st",
        ".ftl",
        ".prompt",
        ".njk",
    }
)
_ASIDE: Final = frozenset({"test", "tests", "__tests__", "spec", "fixtures", "__fixtures__", "testdata", "docs", "doc"})
"""Folders whose texts are about the project, or try it."""
_ABOUT: Final = frozenset({"readme", "changelog", "license", "contributing", "index", "requirements"})
"""Files that say something of those beside them."""
_WORD: Final = re.compile(r"[^\W\d_]{2,}")
_PROSE: Final = 8
"""Words that somebody has written for a model; fewer are a list or a name."""
_READ: Final = 20_000
"""Characters in which these are looked for."""
_SURE: Final = 0.75


class PromptFiles(FileFinder):
    """See the module."""

    name: ClassVar[str] = "prompt_files"
    technique: ClassVar[str] = "filename"

    def wants(self, path: str) -> bool:
        """See ``FileFinder.wants``. What lies in a client's own folder is the business of those who know it."""
        stem, ending = posixpath.splitext(path.lower())
        if ending not in _ENDINGS:
            return False
        *folders, name = stem.split("/")
        return (
            not _FOLDERS.isdisjoint(folders)
            and _ASIDE.isdisjoint(folders)
            and name not in _ABOUT
            and not name.endswith(".prompt")
            and not any(folder.startswith(".") for folder in folders)
        )

    def look(self, source: Source) -> Iterator[Sighting]:
        """See ``FileFinder.look``."""
        if len(_WORD.findall(source.text[:_READ])) < _PROSE:
            return
        content: dict[str, Json] = {
            "sha256": hashlib.sha256(source.data).hexdigest(),
            "length": len(source.text),
        }
        yield Sighting(ItemKind.PROMPT_FILE, source.path, content, line=1, confidence=_SURE)
