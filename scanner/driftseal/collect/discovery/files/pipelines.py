"""Pipelines of GitLab, Azure, Buildkite, CircleCI and Bitbucket: scripts that run agents or ask models."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.canonical import escape_pointer
from driftseal.collect.discovery.base import FileFinder, Sighting, Source
from driftseal.collect.discovery.files import _documents, _steps
from driftseal.collect.discovery.files._packages import basename
from driftseal.formats.base import Document
from driftseal.model.item import Json
from driftseal.narrow import text_or_empty

_FILE: Final = re.compile(
    r"(?:.*/)?(?:[\w.-]*\.?gitlab-ci[\w.-]*\.ya?ml|azure-pipelines[\w.-]*\.ya?ml|bitbucket-pipelines\.ya?ml"
    r"|\.buildkite/[^/]+\.ya?ml|\.circleci/[^/]+\.ya?ml|\.gitlab/(?:[^/]+/)*[^/]+\.ya?ml|\.drone\.ya?ml|\.woodpecker[\w./-]*\.ya?ml)",
    re.IGNORECASE,
)
_SCRIPTS: Final = frozenset(
    {
        "script",
        "before_script",
        "after_script",
        "bash",
        "pwsh",
        "powershell",
        "command",
        "commands",
        "run",
        "inlineScript",
    }
)
_ENVIRONMENTS: Final = frozenset({"variables", "env", "environment"})
_NAMES: Final = ("name", "displayName", "label", "key", "job", "task")


class Pipelines(FileFinder):
    """See the module."""

    name: ClassVar[str] = "pipelines"

    def wants(self, path: str) -> bool:
        """See ``FileFinder.wants``."""
        return path.lower().endswith((".yml", ".yaml")) and _FILE.fullmatch(path) is not None

    def look(self, source: Source) -> Iterator[Sighting]:
        """See ``FileFinder.look``."""
        for document in _documents.every(source):
            yield from _below(document, basename(source.path))


def _below(document: Document, file: str) -> Iterator[Sighting]:
    stack: list[tuple[Json, str, str]] = [(document.value, "", "")]
    while stack:
        node, pointer, above = stack.pop()
        if isinstance(node, dict):
            name = next((text_or_empty(node.get(key)) for key in _NAMES if text_or_empty(node.get(key))), above)
            yield from _mapping(node, document, pointer, f"{file}/{name}" if name else file)
            below = [(child, f"{pointer}/{escape_pointer(key)}", _job(name, key, child)) for key, child in node.items()]
            stack.extend(reversed(below))
        elif isinstance(node, list):
            below = [(child, f"{pointer}/{index}", above) for index, child in enumerate(node)]
            stack.extend(reversed(below))


def _job(above: str, key: str, child: Json) -> str:
    """What a part is called: by its key, until a job is reached."""
    return above if above or not isinstance(child, dict) else key


def _mapping(node: dict[str, Json], document: Document, pointer: str, name: str) -> Iterator[Sighting]:
    env: list[str] = []
    for key in _ENVIRONMENTS & node.keys():
        env += _steps.names(node[key])
        yield from _steps.variables(node[key], document.line(f"{pointer}/{escape_pointer(key)}"))
    for key in sorted(_SCRIPTS & node.keys()):
        script = _steps.lines(node[key])
        line = document.line(f"{pointer}/{escape_pointer(key)}")
        started = line + (isinstance(node[key], list) or "\n" in script)
        yield from _steps.scripted(script, name, line=started, env=sorted(env))
