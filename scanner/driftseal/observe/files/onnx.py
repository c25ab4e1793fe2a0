"""ONNX models: a graph of operators in a protocol buffer, with weights inside or in files beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.formats.blob import Blob
from driftseal.formats.protobuf import LENGTH, VARINT, Field, Malformed, Messages
from driftseal.observe.files import _graph
from driftseal.observe.files.base import Analyser, Blank, Budget, Fact, Property, Seen
from driftseal.observe.words import vocabulary

_GRAPH, _IR, _OPSETS, _METADATA, _TRAINING, _FUNCTIONS = 7, 1, 8, 14, 20, 25
_KNOWN: Final = {
    1: VARINT,
    2: LENGTH,
    3: LENGTH,
    4: LENGTH,
    5: VARINT,
    6: LENGTH,
    7: LENGTH,
    8: LENGTH,
} | dict.fromkeys((_METADATA, _TRAINING, _FUNCTIONS, 26), LENGTH)
"""Fields of a ``ModelProto``, and how they are written."""
_PEEKED: Final = 64
"""Fields that recognizing a model looks at."""
_VERSIONS: Final = 1000
_DEPTH: Final = 40
"""Graphs within graphs, in levels of messages."""
_METADATA_BYTES: Final = 1 << 16
# What lies in a field of each kind of message: (kind, field number) → kind of the message there.
_BELOW: Final = {
    ("model", _GRAPH): "graph",
    ("model", _TRAINING): "training",
    ("model", _FUNCTIONS): "function",
    ("training", 1): "graph",
    ("training", 2): "graph",
    ("graph", 1): "node",
    ("graph", 5): "tensor",
    ("graph", 15): "sparse",
    ("node", 5): "attribute",
    ("attribute", 5): "tensor",
    ("attribute", 6): "graph",
    ("attribute", 10): "tensor",
    ("attribute", 11): "graph",
    ("attribute", 22): "sparse",
    ("attribute", 23): "sparse",
    ("sparse", 1): "tensor",
    ("sparse", 2): "tensor",
    ("function", 7): "node",
    ("function", 11): "attribute",
}


class Onnx(Analyser):
    """A ``ModelProto``: its graph, the graphs in attributes of ``If``, ``Loop`` and ``Scan``, training and functions.

    Facts:
        onnx-external-escapes: a tensor's data lies at a path that leads out of the model's folder (subject: the path).
        onnx-python-operator: an operator that runs Python (subject: ``domain::Operator``).
        onnx-custom-domain: operators that neither the runtime nor the model itself defines (subject: the domain).
        metadata-holds-code: a metadata value looks like a program (subject: its key).
        onnx-damaged: it ends before its fields do, or goes on as something else.
        trailing-data: what follows is no field of a model; it is read as a file of its own.

    Properties: ``producer``, ``opsets``, ``operators``, ``metadata``, ``external-files``.
    """

    name: ClassVar[str] = "onnx"
    suffixes: ClassVar[frozenset[str]] = frozenset({".onnx", ".ort"})

    def claims(self, head: bytes, blob: Blob) -> bool:
        """See ``Analyser.claims``: a version and a graph are there before anything that is no field."""
        if not head or head[0] & 7 not in {VARINT, LENGTH}:
            return False
        left = iter(range(_PEEKED))
        messages = Messages(blob, lambda: next(left, -1) >= 0)
        version = graph = False
        try:
            for field in messages.fields():
                version |= field.number == _IR and field.wire == VARINT and 0 < field.value < _VERSIONS
                if field.number == _GRAPH and field.wire == LENGTH:
                    first = next(messages.fields(field), None)
                    graph = first is not None and first.wire == LENGTH
        except Malformed:
            pass
        return version and graph

    def read(self, blob: Blob, name: str, budget: Budget) -> Iterator[Seen]:
        """See ``Analyser.read``."""
        del name
        model = _Model(Messages(blob, budget.spend))
        try:
            yield from model.read()
        except Malformed as cause:
            yield from _graph.damaged("onnx", cause)
        yield from _graph.trailing(Messages(blob, budget.spend), _KNOWN)
        yield from model.summary()
        if budget.steps < 0:
            yield _graph.spent("model")


class _Model:
    def __init__(self, messages: Messages) -> None:
        self._messages = messages
        self._operators: Counter[str] = Counter()
        self._domains: dict[str, tuple[str, int]] = {}
        """The first operator of each domain, and where it stands."""
        self._own: set[str] = set()
        """Operators that functions of the model itself define."""
        self._files: dict[str, int] = {}
        self._about: dict[str, str] = {}
        self._opsets: dict[str, int] = {}
        self._metadata: dict[str, str] = {}

    def read(self) -> Iterator[Seen]:
        """Facts in order of the file. One list of messages to come stands for all nesting."""
        open_: list[tuple[str, Iterator[Field]]] = [("model", self._messages.fields())]
        while open_:
            kind, fields = open_[-1]
            field = next(fields, None)
            if field is None:
                open_.pop()
                continue
            below = _BELOW.get((kind, field.number))
            if below is None or field.wire != LENGTH:
                self._note(kind, field)
            elif len(open_) >= _DEPTH:
                yield Blank("graphs are nested too deep")
            elif below == "node":
                yield from self._node(field)
                open_.append((below, self._messages.fields(field)))
            elif below == "tensor":
                yield from self._tensor(field)
            else:
                if below == "function":
                    self._function(field)
                open_.append((below, self._messages.fields(field)))

    def _note(self, kind: str, field: Field) -> None:
        if kind != "model":
            return
        if field.number in {2, 3, 4}:
            key = {2: "producer", 3: "producer-version", 4: "domain"}[field.number]
            self._about[key] = self._messages.text(field, _graph.TEXT)
        elif field.number == _OPSETS and field.wire == LENGTH:
            domain, version = "", 0
            for part in self._messages.fields(field):
                domain = self._messages.text(part, _graph.TEXT) if part.number == 1 else domain
                version = part.value if part.number == 2 else version  # noqa: PLR2004 - OperatorSetIdProto.version
            self._opsets[domain] = version
        elif field.number == _METADATA and field.wire == LENGTH:
            key, value = self._pair(field)
            self._metadata[key] = value

    def _pair(self, field: Field) -> tuple[str, str]:
        key = value = ""
        for part in self._messages.fields(field):
            if part.number == 1:
                key = self._messages.text(part, _graph.TEXT)
            elif part.number == 2:  # noqa: PLR2004 - StringStringEntryProto.value
                value = self._messages.text(part, _METADATA_BYTES)
        return key, value

    def _node(self, field: Field) -> Iterator[Seen]:
        kind = domain = ""
        for part in self._messages.fields(field):
            if part.number == 4:  # noqa: PLR2004 - NodeProto.op_type
                kind = self._messages.text(part, _graph.TEXT)
            elif part.number == 7:  # noqa: PLR2004 - NodeProto.domain
                domain = self._messages.text(part, _graph.TEXT)
        full = f"{domain}::{kind}" if domain else kind
        self._operators[full] += 1
        self._domains.setdefault(full, (domain, field.at))
        if kind.lower() in vocabulary("operators", "onnx-python"):
            yield Fact("onnx-python-operator", f"{full} runs Python", field.at, subject=full)

    def _function(self, field: Field) -> None:
        name = domain = ""
        for part in self._messages.fields(field):
            if part.number == 1:
                name = self._messages.text(part, _graph.TEXT)
            elif part.number == 10:  # noqa: PLR2004 - FunctionProto.domain
                domain = self._messages.text(part, _graph.TEXT)
        self._own.add(f"{domain}::{name}" if domain else name)

    def _tensor(self, field: Field) -> Iterator[Seen]:
        for part in self._messages.fields(field):
            if part.number != 13 or part.wire != LENGTH:  # noqa: PLR2004 - TensorProto.external_data
                continue
            key, path = self._pair(part)
            if key != "location":
                continue
            why = _graph.why_escapes(path)
            if why and path not in self._files:
                yield Fact("onnx-external-escapes", f"{path} {why}", part.at, subject=path)
            self._files.setdefault(path, part.at)

    def summary(self) -> Iterator[Seen]:
        """What is known when everything was seen."""
        told = set[str]()
        for full, (domain, at) in self._domains.items():
            if (
                domain
                and domain.lower() not in vocabulary("operators", "onnx-domains")
                and full not in self._own | told
            ):
                if domain not in told:
                    yield Fact("onnx-custom-domain", f"{full} comes from outside", at, subject=domain)
                told.add(domain)
        if self._about:
            yield Property("producer", dict(self._about))
        if self._opsets:
            yield Property("opsets", dict(self._opsets))
        if self._operators:
            yield _graph.operators(self._operators)
        if self._files:
            yield _graph.listed("external-files", self._files)
        yield from _graph.metadata(self._metadata)
