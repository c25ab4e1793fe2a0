"""Core ML models: protocol buffers whose layers or whole models may be classes of the loading program."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.formats.blob import Blob
from driftseal.formats.protobuf import LENGTH, VARINT, Field, Malformed, Messages
from driftseal.observe.files import _graph
from driftseal.observe.files.base import Analyser, Blank, Budget, Fact, Property, Seen

_PEEKED: Final = 64
_DEPTH: Final = 40
_TYPES: Final = range(200, 4000)
"""Field numbers of a model's kinds."""
_VERSIONS: Final = 1000
_VALUE_BYTES: Final = 1 << 16
# What lies in a field of each kind of message: (kind, field number) → kind of the message there.
_BELOW: Final = {
    ("model", 2): "description",
    ("description", 100): "about",
    ("about", 100): "pair",
    ("model", 200): "pipelines",
    ("model", 201): "pipelines",
    ("model", 202): "pipeline",
    ("pipelines", 1): "pipeline",
    ("pipeline", 1): "model",
    ("model", 303): "network",
    ("model", 403): "network",
    ("model", 500): "network",
    ("network", 1): "layer",
    ("layer", 500): "custom-layer",
    ("model", 555): "custom-model",
    ("model", 556): "linked",
    ("linked", 1): "linked-file",
    ("linked-file", 1): "linked-path",
    ("linked-file", 2): "linked-path",
    ("model", 502): "program",
    ("program", 2): "functions",
    ("functions", 2): "function",
    ("function", 3): "blocks",
    ("blocks", 2): "block",
    ("block", 3): "operation",
    ("operation", 4): "block",
    ("operation", 2): "arguments",
    ("arguments", 2): "argument",
    ("argument", 1): "binding",
    ("binding", 2): "value",
    ("operation", 5): "attributes",
    ("attributes", 2): "value",
    ("value", 5): "file",
    # Branches of a neural network's layers hold networks again.
    ("layer", 615): "loop",
    ("layer", 605): "branch",
    ("loop", 3): "network",
    ("loop", 4): "network",
    ("branch", 1): "network",
    ("branch", 2): "network",
}
_READ: Final = frozenset({"custom-layer", "custom-model", "linked-path", "file"})
_ABOUT: Final = {1: "description", 2: "version", 3: "author", 4: "license"}
_BESIDE: Final = "@model_path/"


class CoreML(Analyser):
    """A ``Model``: networks, pipelines, programs and what they take from elsewhere.

    Facts:
        coreml-custom-layer: a layer that is a class of the loading program (subject: the class).
        coreml-custom-model: a model that is one (subject: the class).
        coreml-linked-model: another model's file is loaded (subject: its name or the path that is searched).
        coreml-file-escapes: weights lie at a path that leads out of the model's folder (subject: the path).
        metadata-holds-code: a metadata value looks like a program (subject: its key).
        trailing-data: what follows is no field of a model; it is read as a file of its own.
        coreml-damaged: it ends before its fields do, or goes on as something else.

    Properties: ``specification``, ``metadata``.
    """

    name: ClassVar[str] = "coreml"
    suffixes: ClassVar[frozenset[str]] = frozenset({".mlmodel"})

    def claims(self, head: bytes, blob: Blob) -> bool:
        """See ``Analyser.claims``: a version, a description and one of the kinds of models."""
        if head[:1] != b"\x08":
            return False
        left = iter(range(_PEEKED))
        messages = Messages(blob, lambda: next(left, -1) >= 0)
        version = described = kind = False
        try:
            for field in messages.fields():
                version |= field.number == 1 and field.wire == VARINT and field.value < _VERSIONS
                described |= field.number == 2 and field.wire == LENGTH  # noqa: PLR2004 - Model.description
                kind |= field.number in _TYPES and field.wire == LENGTH
        except Malformed:
            pass
        return version and described and kind

    def read(self, blob: Blob, name: str, budget: Budget) -> Iterator[Seen]:
        """See ``Analyser.read``."""
        del name
        model = _Model(Messages(blob, budget.spend))
        try:
            yield from model.read()
        except Malformed as cause:
            yield from _graph.damaged("coreml", cause)
        known = {1: VARINT, 2: LENGTH, 10: VARINT} | dict.fromkeys(_TYPES, LENGTH)
        yield from _graph.trailing(Messages(blob, budget.spend), known)
        yield from model.summary()
        if budget.steps < 0:
            yield _graph.spent("model")


class _Model:
    def __init__(self, messages: Messages) -> None:
        self._messages = messages
        self._metadata: dict[str, str] = {}
        self._version = 0
        self._files: set[str] = set()

    def read(self) -> Iterator[Seen]:
        """Facts in order of the file. One list of messages to come stands for all nesting."""
        open_: list[tuple[str, Iterator[Field]]] = [("model", self._messages.fields())]
        while open_:
            kind, fields = open_[-1]
            field = next(fields, None)
            if field is None:
                open_.pop()
                continue
            below = _BELOW.get((kind, field.number)) if field.wire == LENGTH else None
            if below is None:
                yield from self._field(kind, field, outermost=len(open_) == 1)
            elif len(open_) >= _DEPTH:
                yield Blank("models are nested too deep")
            elif below == "pair":
                self._pair(field)
            else:
                open_.append((below, self._messages.fields(field)))

    def _field(self, kind: str, field: Field, *, outermost: bool) -> Iterator[Seen]:
        text = self._messages.text(field, _graph.TEXT) if kind in _READ else ""
        if kind in {"custom-layer", "custom-model"} and field.number == 10:  # noqa: PLR2004 - className
            yield Fact(f"coreml-{kind}", f"{text} is a class of the loading program", field.at, subject=text)
        elif kind == "linked-path" and field.number == 1:
            yield Fact("coreml-linked-model", f"{text} is loaded", field.at, subject=text)
        elif kind == "file" and field.number == 1 and text not in self._files:
            self._files.add(text)
            why = _graph.why_escapes(text.removeprefix(_BESIDE))
            if why:
                yield Fact("coreml-file-escapes", f"{text} {why}", field.at, subject=text)
        elif kind == "about" and field.number in _ABOUT:
            self._metadata[_ABOUT[field.number]] = self._messages.text(field, _VALUE_BYTES)
        elif kind == "model" and field.number == 1 and outermost:
            self._version = field.value

    def _pair(self, field: Field) -> None:
        key = value = ""
        for part in self._messages.fields(field):
            if part.number == 1:
                key = self._messages.text(part, _graph.TEXT)
            elif part.number == 2:  # noqa: PLR2004 - a map's value
                value = self._messages.text(part, _VALUE_BYTES)
        self._metadata[key] = value

    def summary(self) -> Iterator[Seen]:
        """What is known when everything was seen."""
        yield Property("specification", self._version)
        yield from _graph.metadata(self._metadata)
