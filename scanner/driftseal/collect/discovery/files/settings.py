"""Configurations in YAML, JSON, TOML and lines: models, their providers, containers that serve them, names of keys.

A value counts by its own form and by what stands around it. What a provider alone gives as a name counts anywhere
under a key for models; what may be an account and a repository of the Hub needs a key that means that, or a file that
speaks of such models. Catalogues do not say what is used; tests and documentation, which hold megabytes of recorded
answers, are not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import ClassVar, Final

from driftseal.canonical import escape_pointer
from driftseal.collect.discovery import _tables, mentions
from driftseal.collect.discovery.base import FileFinder, Sighting, Source
from driftseal.collect.discovery.files import (
    _blocks,
    _commands,
    _containers,
    _documents,
    _keys,
    _models,
    _placed,
    _variables,
)
from driftseal.collect.discovery.files._models import HUB
from driftseal.collect.discovery.files._packages import basename
from driftseal.collect.discovery.files._placed import GUESS, LIKELY, OLLAMA_PORT, ROUTED, SAME, Place
from driftseal.errors import FormatError
from driftseal.formats import document
from driftseal.formats.base import Document
from driftseal.limits import Limits
from driftseal.model.item import ItemKind, Json
from driftseal.observe import aside

_SUFFIXES: Final = (".yaml", ".yml", ".json", ".jsonc", ".json5", ".toml")
_LINED: Final = (".properties", ".ini", ".cfg", ".conf")
"""Files of which a line is a key and a value, whatever stands around them."""
_PASSED: Final = re.compile(
    r".*(?:\.schema\.json|\.index\.json|tsconfig[\w.-]*\.json|-lock\.json|\.lock\.json|\.geojson|\.map)"
)
_RECORDED: Final = re.compile(
    r"(?:^|/)(?:samples?|mocks?|__mocks__|cassettes?|recordings?|golden|snapshots?|results?|outputs?|logs?)(?:[-_][^/]*)?/",
    re.IGNORECASE,
)
"""Folders of answers that somebody kept."""
_WORDS: Final = re.compile(
    rb"model|llm|checkpoint|tokenizer|repo_?id|ollama|vllm|huggingface|_API_KEY|_TOKEN|engine|deployment|provider|openai|api[-_.]?key",
    re.IGNORECASE,
)
_LISTED: Final = re.compile(r"[\"']([^\"'\\]{2,300})[\"']")
_NO_NUMBER: Final = re.compile(rb"(?<=[\s:,\[])(?:NaN|-?Infinity)(?=\s*+[,\]}])")
_TEMPLATE: Final = re.compile(rb"\{\{|\{%")
_PAIR: Final = re.compile(r"^[ \t-]*+[\"']?([A-Za-z_][\w.-]{1,100})[\"']?[ \t]*+[:=][ \t]*+(.+)$", re.MULTILINE)
_MANY: Final = 40
"""Models of one file, from which on it is a catalogue and says little about what is used."""
_RUNS: Final = ("command", "shell", "cmd", "cmds")
_ITEM: Final = re.compile(r"\{\{\s*item\s*\}\}")
_GROUPS: Final = frozenset({"model", "llm", "basemodel", "embeddingmodel"})
_COMMAND: Final = 2000
"""Characters of a command line."""
_FLAG: Final = re.compile(r"(?:^|\s)--([a-z][\w-]{2,40})(?:=|\s++)[\"']?([\w.:/@-]{3,120})")


class Settings(FileFinder):
    """See the module."""

    name: ClassVar[str] = "settings"

    def wants(self, path: str) -> bool:
        """See ``FileFinder.wants``."""
        if not path.lower().endswith((*_SUFFIXES, *_LINED, *_blocks.ENDINGS)):
            return False
        name = basename(path)
        return (
            name not in _keys.load().passed
            and _PASSED.fullmatch(name) is None
            and "compose" not in name
            and "/.github/workflows/" not in f"/{path}"
            and not aside.is_aside(path)
            and _RECORDED.search(path) is None
        )

    def takes(self, size: int, limits: Limits) -> bool:
        """See ``FileFinder.takes``: larger files are data."""
        return size <= min(limits.discovery_file_bytes, limits.slow_text_bytes)

    def look(self, source: Source) -> Iterator[Sighting]:
        """See ``FileFinder.look``."""
        if not _WORDS.search(source.data) or _is_of_weights(source):
            return
        speaks = _keys.load().speaks(source.text)
        found = list(mentions.weighed(_found(source, speaks=speaks)))
        listed = {one.name for one in found if one.kind is ItemKind.MODEL and one.confidence < ROUTED}
        many = len(listed) > _MANY
        for one in found:
            yield replace(one, confidence=min(one.confidence, GUESS)) if many and one.name in listed else one


def _is_of_weights(source: Source) -> bool:
    """Whether it is a ``config.json`` that describes the weights beside it."""
    if basename(source.path) != "config.json":
        return False
    return any(f'"{key}"'.encode() in source.data for key in _keys.load().weights)


def _found(source: Source, *, speaks: bool) -> Iterator[Sighting]:
    if source.path.lower().endswith(_blocks.ENDINGS):
        yield from _blocks_of(source.text, speaks=speaks)
        return
    if source.path.lower().endswith(_LINED):
        yield from _lines(source.text, speaks=speaks)
        return
    try:
        documents = list(_read(source))
    except FormatError:
        if not _TEMPLATE.search(source.data):
            raise
        # A template of Helm or Jinja is no YAML before it is filled in; its lines are.
        yield from _lines(source.text, speaks=speaks)
        return
    for each in documents:
        for place in _places(each.value, _above(source.path)):
            yield from _of_place(place, each, source.limits, speaks=speaks)


def _read(source: Source) -> Iterator[Document]:
    if source.path.lower().endswith((".yaml", ".yml")):
        yield from _documents.every(source)
    else:
        # Python writes numbers that are none as words that are no JSON.
        data = (
            _NO_NUMBER.sub(b"null", source.data) if b"NaN" in source.data or b"Infinity" in source.data else source.data
        )
        yield document.read(data, source.path, source.limits)


def _lines(text: str, *, speaks: bool) -> Iterator[Sighting]:
    line, counted = 1, 0
    for pair in _PAIR.finditer(text):
        line += text.count("\n", counted, pair.start(1))
        counted = pair.start(1)
        key = pair[1].rpartition(".")[2]
        place = Place(_keys.plain(key), _bare(pair[2]), "", "", {}, key, path=pair[1])
        yield from _of_text(place, line, speaks=speaks)


def _blocks_of(text: str, *, speaks: bool) -> Iterator[Sighting]:
    """Of Terraform, Bicep and their like."""
    for pair in _blocks.pairs(text):
        block = pair.block
        key = pair.key
        if key == "default" and block is not None and block.kind == "variable" and block.labels:
            # What a variable is, if nobody says otherwise.
            key = block.labels[0]
        above = _keys.plain(block.kind) if block is not None else ""
        place = Place(_keys.plain(key), _bare(pair.value), "", above, {}, key, path=pair.key)
        yield from _of_text(place, pair.line, speaks=speaks)
        if pair.value.startswith("["):
            for each in _LISTED.findall(pair.value):
                yield from _of_text(replace(place, value=each, one_of_many=True), pair.line, speaks=speaks)


def _bare(value: str) -> str:
    return value.strip().rstrip(",").strip("\"'")


def _above(path: str) -> str:
    """The key that a file or its folder stands for: ``secrets.toml``, or Hydra's ``conf/model/large.yaml``."""
    inside, _, name = path.rpartition("/")
    folder, stem = _keys.plain(inside.rpartition("/")[2]), _keys.plain(name.partition(".")[0])
    return folder if folder in _GROUPS else stem if _variables.is_environment(stem) else ""


def _places(value: Json, above: str = "") -> Iterator[Place]:
    """Every text and every container of a document, outer before inner."""
    stack: list[tuple[Json, str, str]] = [(value, "", above)]
    while stack:
        node, pointer, above = stack.pop()
        listed = isinstance(node, list)
        many = isinstance(node, list) and len(node) > 1
        members = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
        around: Mapping[str, Json] = node if isinstance(node, dict) else {}
        below: list[tuple[Json, str, str]] = []
        for name, child in members:
            if not isinstance(child, str | dict | list):
                continue
            written = "" if listed else str(name)
            key = above if listed else _keys.plain(written)
            at = f"{pointer}/{name if listed else escape_pointer(written)}"
            if isinstance(child, str) or (isinstance(child, dict) and "image" in child):
                yield Place(key, child, at, above, around, written, many, siblings=node if listed else None)
            if not isinstance(child, str):
                below.append((child, at, key))
        stack.extend(reversed(below))


def _of_place(place: Place, whole: Document, limits: Limits, *, speaks: bool) -> Iterator[Sighting]:
    if isinstance(place.value, str) and "\n" in place.value:
        yield from _inside(place, whole, limits)
    if isinstance(place.value, str) and place.key.endswith(_RUNS) and "image" not in place.around:
        yield from _run(place, whole)
    if isinstance(place.value, str):
        for one in _of_text(place, 0, speaks=speaks):
            sure = min(one.confidence, GUESS) if _is_example(place.pointer) else one.confidence
            # Only of what is told the line is looked for, which reads a part of the file again.
            yield replace(one, line=whole.line(place.pointer), confidence=sure)
    elif isinstance(place.value, dict) and isinstance(place.value.get("image"), str):
        yield from _container(place.value, whole, place.pointer)


def _is_example(pointer: str) -> bool:
    """Whether a place only shows what may be written elsewhere."""
    examples = _keys.load().examples
    return any(_keys.plain(part) in examples for part in pointer.split("/")[1:-1])


def _run(place: Place, whole: Document) -> Iterator[Sighting]:
    """The models that a task's command names, for each item that it is repeated for."""
    text = str(place.value)
    if len(text) > _COMMAND:
        return
    each = next((place.around[key] for key in ("loop", "with_items") if key in place.around), None)
    items = [item for item in each if isinstance(item, str)] if isinstance(each, list) and _ITEM.search(text) else [""]
    for item in items[:_MANY]:
        for run in _commands.runs(_ITEM.sub(lambda _, item=item: item, text)):  # type: ignore[misc]  # the default is bound
            yield from _commands.models(run, line=whole.line(place.pointer), symbol=place.name)


def _inside(place: Place, whole: Document, limits: Limits) -> Iterator[Sighting]:
    """A file in a file, as a ``ConfigMap`` of Kubernetes holds them."""
    is_file = place.name.lower().endswith(_SUFFIXES)
    if not is_file and "config" not in place.key:
        return
    text = str(place.value)
    try:
        inner = document.read(text.encode("utf-8", "replace"), place.name if is_file else f"{place.name}.yaml", limits)
    except FormatError:
        return
    speaks = _keys.load().speaks(text)
    begun = whole.line(place.pointer)
    for each in _places(inner.value):
        if isinstance(each.value, str) and "\n" not in each.value:
            for one in _of_text(each, 0, speaks=speaks):
                yield replace(one, line=begun and begun + inner.line(each.pointer))


def _of_text(place: Place, line: int, *, speaks: bool) -> Iterator[Sighting]:
    text = str(place.value).strip()
    if "--" in text and len(text) <= _COMMAND:
        yield from _flagged(text, line)
    if not text or len(text) > 300 or "\n" in text:  # noqa: PLR2004  # the longest name, in any wrapping
        return
    yield from _credentials(place, text, line)
    keys = _keys.load()
    if place.key in keys.addresses:
        yield from _service(text, place, line)
    found = _placed.model(place, text, keys, speaks=speaks)
    if found is not None:
        yield _models.sighting(found[0], line=line, symbol=place.name or place.key, confidence=found[1])
    elif speaks and (place.key in keys.datasets or (place.key == "path" and place.above in keys.datasets)):
        yield from _dataset(text, line, place.name)


def _credentials(place: Place, text: str, line: int) -> Iterator[Sighting]:
    """The variables that a text names, or that its key is."""
    stands = _variables.Stands(
        place.key, place.above, place.around, place.siblings, place.pointer or place.path, flat=bool(place.path)
    )
    yield from _variables.referred(text, stands, line=line, symbol=place.name)
    yield from _variables.given(text, stands, line=line, symbol=place.name)
    if place.name:
        yield from _variables.set_by(place.name, stands, line=line)


def _flagged(text: str, line: int) -> Iterator[Sighting]:
    """The models that a command line, or one argument of one, names behind a flag that means that."""
    keys = _keys.load()
    # What listed commands name is told by those who look for commands, where scripts are.
    listed = any(True for _ in _commands.runs(text))
    for found in () if listed else _FLAG.finditer(text):
        key = _keys.plain(found[1])
        model = _models.named(found[2]) if keys.is_held(key) else None
        if model is not None and (model.provider != HUB or "/" in model.id):
            yield _models.sighting(model, line=line, symbol=f"--{found[1]}", confidence=LIKELY)


def _container(value: Mapping[str, Json], whole: Document, pointer: str) -> Iterator[Sighting]:
    image = str(value["image"])
    yield from _containers.image(image, line=whole.line(f"{pointer}/image"), symbol="image")
    words = [word for key in ("command", "args") for word in _containers.words(value.get(key))]
    line = whole.line(f"{pointer}/args") or whole.line(f"{pointer}/command")
    yield from _containers.arguments(words, runner=_containers.is_runner(image), line=line, symbol="args")
    for name, given, key in _containers.variables(value.get("env")):
        at = whole.line(f"{pointer}/env/{escape_pointer(str(key))}")
        yield from _containers.variable(name, given, line=at)


def _service(text: str, place: Place, line: int) -> Iterator[Sighting]:
    from urllib.parse import urlsplit

    told = _models.endpoint(text)
    known = _tables.providers().by_host(urlsplit(told).hostname or "") if told else None
    if known is None and OLLAMA_PORT in told:
        known = _tables.providers().all.get("ollama")
    if known is not None:
        content: dict[str, Json] = {
            "provider": known.key,
            "role": known.role,
            "endpoint": told,
            "base_url_source": place.name,
        }
        yield Sighting(ItemKind.SERVICE, known.key, content, line=line, symbol=place.name, confidence=SAME)


def _dataset(text: str, line: int, symbol: str) -> Iterator[Sighting]:
    model = _models.hub(text)
    if model is not None and "/" in model.id:
        content: dict[str, Json] = {"provider": HUB, "id": model.id}
        name = f"{HUB}:{model.id}"
        yield Sighting(ItemKind.DATASET, name, content, line=line, symbol=symbol, confidence=LIKELY)
