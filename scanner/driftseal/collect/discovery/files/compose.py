"""Compose files: ``models:``, providers of models, images that serve them, and the keys that services are given."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.canonical import escape_pointer
from driftseal.collect.discovery.base import FileFinder, Sighting, Source
from driftseal.collect.discovery.files import _commands, _containers, _documents, _models
from driftseal.collect.discovery.files._packages import basename
from driftseal.formats.base import Document
from driftseal.model.item import Json

_NAME: Final = re.compile(r"(?:docker-)?compose(?:[-_.][\w.-]*)?\.ya?ml")
_INTERPOLATED: Final = re.compile(r"\$\{\w+:?-([^${}]*)\}")
"""A variable with a default, which is what is used where nobody says otherwise."""


class Compose(FileFinder):
    """See the module."""

    name: ClassVar[str] = "compose"

    def wants(self, path: str) -> bool:
        """See ``FileFinder.wants``."""
        return path.lower().endswith((".yml", ".yaml")) and _NAME.fullmatch(basename(path)) is not None

    def look(self, source: Source) -> Iterator[Sighting]:
        """See ``FileFinder.look``."""
        document = _documents.first(source)
        value = document.value if isinstance(document.value, dict) else {}
        for name, shared in _members(value):
            if name.startswith("x-"):
                # Parts that services refer to by aliases.
                yield from _environment(shared, document, f"/{escape_pointer(name)}")
                if isinstance(shared, dict):
                    yield from _service(shared, document, f"/{escape_pointer(name)}", name)
        for name, about in _members(value.get("models")):
            line = document.line(f"/models/{escape_pointer(name)}")
            given = about.get("model") if isinstance(about, dict) else None
            yield from _of_docker(given, line, name)
        for name, about in _members(value.get("services")):
            if isinstance(about, dict):
                yield from _service(about, document, f"/services/{escape_pointer(name)}", name)


def _service(about: dict[str, Json], document: Document, pointer: str, name: str) -> Iterator[Sighting]:
    provider = about.get("provider")
    if isinstance(provider, dict) and provider.get("type") == "model":
        options = provider.get("options")
        line = document.line(f"{pointer}/provider")
        yield from _of_docker(options.get("model") if isinstance(options, dict) else None, line, name)
    image = _plain(about.get("image"))
    yield from _containers.image(image, line=document.line(f"{pointer}/image"), symbol=name)
    for key in ("command", "entrypoint"):
        words = [_plain(word) for word in _containers.words(about.get(key))]
        line = document.line(f"{pointer}/{key}")
        yield from _containers.arguments(words, runner=_containers.is_runner(image), line=line, symbol=name)
    yield from _environment(about.get("environment"), document, f"{pointer}/environment")


def _environment(value: Json, document: Document, pointer: str) -> Iterator[Sighting]:
    for variable, given, place in _containers.variables(value):
        line = document.line(f"{pointer}/{escape_pointer(str(place))}")
        yield from _containers.variable(variable, _plain(given), line=line)


def _of_docker(given: Json, line: int, symbol: str) -> Iterator[Sighting]:
    model = _commands.docker(_plain(given)) if isinstance(given, str) else None
    if model is not None:
        yield _models.sighting(model, line=line, symbol=symbol)


def _members(value: Json) -> list[tuple[str, Json]]:
    return list(value.items()) if isinstance(value, dict) else []


def _plain(value: Json) -> str:
    return _INTERPOLATED.sub(r"\1", value) if isinstance(value, str) else ""
