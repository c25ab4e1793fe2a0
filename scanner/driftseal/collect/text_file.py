"""One text, read as what a person says it is: a tool's answer or description, a prompt, a skill, instructions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar, Final

from driftseal import canonical, snapshot
from driftseal.collect.agents import document
from driftseal.collect.base import Collector, Context
from driftseal.collect.clients import paths
from driftseal.errors import FormatError, LimitExceeded, TargetError
from driftseal.limits import Limits
from driftseal.model.digest import Digest
from driftseal.model.item import Evidence, ItemKind, Json
from driftseal.model.snapshot import Origin, Snapshot
from driftseal.model.target import Target
from driftseal.records import dataclass

_STDIN: Final = "-"
_BINARY: Final = frozenset({"data", "blob"})
"""Members of a content block that carry an image, a sound or a file in base64."""
_TYPED: Final = frozenset({"type", "mimeType", "uri"})


@dataclass(frozen=True, slots=True)
class _Text:
    """One text, read."""

    target: Target
    data: bytes


class TextFileCollector(Collector):
    """Texts whose kind was given with ``--as``; without it no reference is such a text."""

    name: ClassVar[str] = "text_file"
    form: ClassVar[str] = "one text file or -, with --as saying what it is"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._known: dict[str, _Text] = {}

    def claims(self, reference: str) -> bool:
        """See ``Collector.claims``."""
        if self.context.read_as is None:
            return False
        return reference == _STDIN or paths.is_file(paths.absolute(Path(reference), self.context))

    def targets(self, reference: str) -> Iterator[Target]:
        """See ``Collector.targets``.

        Raises:
            TargetError: it cannot be read.
            LimitExceeded: larger than ``limits.message_bytes``.
        """
        limits = replace(self.context.limits, file_bytes=self.context.limits.message_bytes)
        if reference == _STDIN:
            target = Target(self.name, _STDIN, "standard input", "text/standard-input")
            data = self._stdin(limits)
        else:
            path = paths.absolute(Path(reference), self.context)
            shown = paths.shown(path, self.context)
            target = Target(self.name, shown, path.stem, f"text/{shown}")
            data = paths.read(path, shown, limits)
        self._known[target.identity] = _Text(target, data)
        yield target

    def source(self, target: Target) -> Digest | None:
        """See ``Collector.source``."""
        return Digest.of(self._known[target.identity].data)

    def collect(self, targets: Sequence[Target]) -> Iterator[Snapshot]:
        """See ``Collector.collect``.

        Raises:
            TargetError: what is no text cannot be scanned as one.
        """
        for target in targets:
            text = self._known[target.identity]
            content = _content(text, self.context.read_as or ItemKind.TOOL_RESULT, self.context.limits)
            kind = self.context.read_as or ItemKind.TOOL_RESULT
            name = "" if kind is ItemKind.INSTRUCTIONS else target.name
            item = snapshot.make_item(kind, name, content.value, evidence=content.evidence)
            yield snapshot.take(
                target,
                [*content.anomalies, item],
                origin=Origin.STATIC,
                collected_at=self.context.now,
                source=Digest.of(text.data),
            )

    def _stdin(self, limits: Limits) -> bytes:
        data = self.context.stdin
        if data is None:
            raise TargetError("-: nothing was given on standard input", hint="pipe a text into the command")
        if len(data) > limits.file_bytes:
            raise LimitExceeded(f"standard input: larger than {limits.file_bytes} bytes")
        return data


def _content(text: _Text, kind: ItemKind, limits: Limits) -> document.Content:
    uri = text.target.reference
    if b"\0" in text.data and document.decode(text.data) is None:
        raise TargetError(f"{uri}: no text", hint="give a text file in UTF-8")
    if kind is ItemKind.TOOL_RESULT:
        return _answer(text.data, uri, limits)
    if kind is ItemKind.TOOL:
        plain = document.plain(text.data, uri)
        places = (Evidence(uri, "", 1), Evidence(uri, "/description", 1))
        return document.Content({"name": text.target.name, "description": plain.value["text"]}, places)
    return document.read(text.data, uri, limits)


def _answer(data: bytes, uri: str, limits: Limits) -> document.Content:
    """A ``CallToolResult``, with or without its JSON-RPC envelope, or else the text as it stands."""
    from driftseal.formats import jsonc

    if data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] not in {b"{", b"["}:
        return document.plain(data, uri)
    try:
        read = jsonc.parse(data, uri, limits)
    except FormatError:
        return document.plain(data, uri)
    value = read.value if isinstance(read.value, dict) else {"text": read.value}
    prefix = "" if isinstance(read.value, dict) else "/text"
    places = [Evidence(uri, "", 1)]
    for pointer, text, is_key in canonical.leaves(read.value):
        if len(places) > limits.matches:
            break
        if not is_key and "\n" not in text:
            places.append(Evidence(uri, prefix + pointer, read.line(pointer)))
    return document.Content({key: _light(child) for key, child in value.items()}, tuple(places))


def _light(value: Json) -> Json:
    """Without the bytes of images, sounds and files, which are no text: their digest stands for them."""
    if isinstance(value, list):
        return [_light(child) for child in value]
    if not isinstance(value, dict):
        return value
    is_block = not _TYPED.isdisjoint(value)
    return {
        key: str(Digest.of(child.encode("utf-8", "surrogatepass")))
        if is_block and key in _BINARY and isinstance(child, str)
        else _light(child)
        for key, child in value.items()
    }
