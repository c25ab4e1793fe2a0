"""The model that a prompt, an agent or a command of a client names in the front matter of its file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.collect.discovery.base import FileFinder, Sighting, Source
from driftseal.collect.discovery.files import _models
from driftseal.limits import Limits

_FILES: Final = re.compile(
    r"(?:.*/)?(?:\.(?:claude|cursor|codex|opencode|github|gemini|qwen|agents?|roo|continue|kiro|amazonq)/.*\.(?:md|mdc|prompt)"
    r"|[^/]*\.(?:prompt|prompty|prompt\.md|agent\.md|chatmode\.md))",
    re.IGNORECASE,
)
_HEAD: Final = re.compile(r"\A\ufeff?---[ \t]*\r?\n(.*?)\n---[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_MODEL: Final = re.compile(
    r"^[ \t]*+(?:-[ \t]*+)?(?:model|azure_deployment)[ \t]*+:[ \t]*+[\"']?([^\"'#\s]{2,120})", re.MULTILINE
)
_READ: Final = 20_000
"""Characters in which front matter is looked for."""
_SURE: Final = 0.9


class FrontMatter(FileFinder):
    """See the module."""

    name: ClassVar[str] = "front_matter"

    def wants(self, path: str) -> bool:
        """See ``FileFinder.wants``."""
        return path.lower().endswith((".md", ".mdc", ".prompt", ".prompty")) and _FILES.fullmatch(path) is not None

    def takes(self, size: int, limits: Limits) -> bool:
        """See ``FileFinder.takes``."""
        return size <= limits.discovery_file_bytes

    def look(self, source: Source) -> Iterator[Sighting]:
        """See ``FileFinder.look``. What only a client knows, ``sonnet`` say, is no model that anybody could ask for."""
        head = _HEAD.match(source.text[:_READ])
        for found in _MODEL.finditer(head[1]) if head else ():
            model = _models.named(found[1], sure=True)
            if model is not None and model.provider != _models.HUB:
                line = source.text.count("\n", 0, head.start(1) + found.start(1)) + 1 if head else 0
                yield _models.sighting(model, line=line, symbol="model", confidence=_SURE)
