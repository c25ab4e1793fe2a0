"""What packs models and servers: Cog, BentoML, Triton's model repositories, FastMCP."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.canonical import escape_pointer
from driftseal.collect.discovery.base import FileFinder, Sighting, Source
from driftseal.collect.discovery.files import _commands, _containers, _documents, _models
from driftseal.collect.discovery.files._lines import Lines
from driftseal.collect.discovery.files._models import Model
from driftseal.collect.discovery.files._packages import basename
from driftseal.collect.discovery.files._python import required
from driftseal.formats.base import Document
from driftseal.model.item import Json

_COG_IMAGE: Final = re.compile(r"r8\.im/([\w.-]{1,80}/[\w.-]{1,80})")
_PBTXT: Final = re.compile(
    r"^(name|platform|backend|default_model_filename)[ \t]*+:[ \t]*+\"([^\"\n]*)\"", re.MULTILINE
)
_PARAMETER: Final = re.compile(
    r"key[ \t]*:[ \t]*\"(\w{1,60})\"[\s,]{0,20}"
    r"value[ \t]*:?[ \t]*\{\s{0,20}string_value[ \t]*:[ \t]*\"([^\"\n]{1,200})\""
)
_MODEL_PARAMETERS: Final = frozenset(
    {"model", "model_id", "model_name", "tokenizer", "tokenizer_dir", "hf_model", "huggingface_model"}
)


class Packagers(FileFinder):
    """See the module."""

    name: ClassVar[str] = "packagers"

    def wants(self, path: str) -> bool:
        """See ``FileFinder.wants``."""
        return basename(path) in {"cog.yaml", "bentofile.yaml", "config.pbtxt", "fastmcp.json"}

    def look(self, source: Source) -> Iterator[Sighting]:
        """See ``FileFinder.look``."""
        name = basename(source.path)
        if name == "config.pbtxt":
            yield from _triton(source)
            return
        if name == "fastmcp.json":
            yield from _fastmcp(source.document)
            return
        document = _documents.first(source)
        yield from _cog(document) if name == "cog.yaml" else _bento(document)


def _cog(document: Document) -> Iterator[Sighting]:
    value = document.value if isinstance(document.value, dict) else {}
    image, build = value.get("image"), value.get("build")
    found = _COG_IMAGE.match(image) if isinstance(image, str) else None
    if found is not None:
        yield _models.sighting(Model("replicate", found[1]), line=document.line("/image"), symbol="image")
    given = build if isinstance(build, dict) else {}
    yield from _requirements(document, "/build/python_packages", given.get("python_packages"))
    for index, run in enumerate(_list(given.get("run"))):
        script = run.get("command") if isinstance(run, dict) else run
        for each in _commands.runs(script) if isinstance(script, str) else []:
            yield from _commands.models(each, line=document.line(f"/build/run/{index}"), symbol="run")


def _bento(document: Document) -> Iterator[Sighting]:
    value = document.value if isinstance(document.value, dict) else {}
    python = value.get("python")
    given = python if isinstance(python, dict) else {}
    yield from _requirements(document, "/python/packages", given.get("packages"))
    for index, entry in enumerate(_list(value.get("models"))):
        tag = entry.get("tag") if isinstance(entry, dict) else entry
        if isinstance(tag, str) and re.fullmatch(r"[\w.-]{1,80}(?::[\w.-]{1,80})?", tag):
            # A tag of BentoML's own store, with the version that it is pinned to.
            name, _, version = tag.partition(":")
            revision = "" if version == "latest" else version
            line = document.line(f"/models/{index}")
            yield _models.sighting(Model("bentoml", name, revision), line=line, symbol="models")


def _fastmcp(document: Document) -> Iterator[Sighting]:
    """What a server of FastMCP is given; the server itself is told by its code."""
    value = document.value if isinstance(document.value, dict) else {}
    environment, deployment = value.get("environment"), value.get("deployment")
    given = environment if isinstance(environment, dict) else {}
    yield from _requirements(document, "/environment/dependencies", given.get("dependencies"))
    env = deployment.get("env") if isinstance(deployment, dict) else None
    for name, told, _ in _containers.variables(env):
        yield from _containers.variable(name, told, line=document.line(f"/deployment/env/{escape_pointer(name)}"))


def _requirements(document: Document, pointer: str, value: Json) -> Iterator[Sighting]:
    for index, entry in enumerate(_list(value)):
        if isinstance(entry, str):
            yield from required(entry, line=document.line(f"{pointer}/{index}"), symbol=pointer.rpartition("/")[2])


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _triton(source: Source) -> Iterator[Sighting]:
    """One model of a repository of Triton; its name is that of its folder where the file gives none."""
    text = source.text
    told = {found[1]: found for found in reversed([*_PBTXT.finditer(text)])}
    if "platform" not in told and "backend" not in told:
        return
    folder = source.path.rpartition("/")[0].rpartition("/")[2]
    name = told["name"][2] if "name" in told else folder
    if name:
        line = text.count("\n", 0, told["name"].start()) + 1 if "name" in told else 1
        runs = told["platform"][2] if "platform" in told else told["backend"][2]
        yield _models.sighting(Model("triton", name), line=line, symbol="name", more={"backend": runs})
    lines = Lines(text)
    for found in _PARAMETER.finditer(text):
        model = _models.named(found[2]) if found[1].lower() in _MODEL_PARAMETERS else None
        if model is not None:
            yield _models.sighting(model, line=lines.at(found.start()), symbol=found[1])
