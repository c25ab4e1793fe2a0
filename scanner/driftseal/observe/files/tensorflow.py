"""TensorFlow's saved models and frozen graphs: operators that touch files, run code or speak with other machines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.formats.blob import Blob
from driftseal.formats.protobuf import LENGTH, VARINT, Field, Malformed, Messages
from driftseal.observe.files import _graph
from driftseal.observe.files.base import Analyser, Blank, Budget, Embedded, Fact, Property, Seen
from driftseal.observe.words import vocabulary

_PEEKED: Final = 64
_VERSIONS: Final = 100
_DEPTH: Final = 40
_URLS: Final = 100
_BELOW: Final = {
    ("saved", 2): "meta",
    ("meta", 1): "about",
    ("meta", 2): "graph",
    ("meta", 6): "asset",
    ("graph", 1): "node",
    ("graph", 2): "library",
    ("library", 1): "function",
    ("function", 3): "node",
    ("keras", 1): "object",
}
_KNOWN: Final = {
    "saved": {1: VARINT, 2: LENGTH},
    "meta": dict.fromkeys(range(1, 8), LENGTH),
    "graph": {1: LENGTH, 2: LENGTH, 3: VARINT, 4: LENGTH, 5: LENGTH},
    "keras": {1: LENGTH},
}
"""Fields of the outermost messages, and how they are written."""
_FACTS: Final = {
    "tensorflow-files": "tensorflow-file-operator",
    "tensorflow-code": "tensorflow-code-operator",
    "tensorflow-network": "tensorflow-network-operator",
}


class TensorFlow(Analyser):
    """A ``SavedModel``, a ``GraphDef``, the ``MetaGraphDef`` of a checkpoint, or ``keras_metadata.pb``.

    Functions of the graph's library are read, too.

    Facts:
        tensorflow-file-operator: it reads, lists or writes files (subject: the operator).
        tensorflow-code-operator: it runs code that is no graph (subject: the operator).
        tensorflow-network-operator: it speaks with other machines (subject: the operator).
        tensorflow-debug-operator: an operator of debugging sessions (subject: it).
        tensorflow-debug-address: a debugging operator sends tensors to an address or file (subject: it).
        tensorflow-asset-escapes: an asset's path leads out of the model's folder (subject: the path).
        tensorflow-damaged: it ends before its fields do, or goes on as something else.
        trailing-data: what follows is no field of it; it is read as a file of its own.

    Properties: ``operators``, ``tensorflow`` (its version), ``assets``.
    """

    name: ClassVar[str] = "tensorflow"
    suffixes: ClassVar[frozenset[str]] = frozenset({".pb", ".meta"})

    def claims(self, head: bytes, blob: Blob) -> bool:
        """See ``Analyser.claims``."""
        return bool(head) and head[0] in b"\x08\x0a\x12\x22" and _kind(blob) != ""

    def read(self, blob: Blob, name: str, budget: Budget) -> Iterator[Seen]:
        """See ``Analyser.read``."""
        kind = _kind(blob) or ("keras" if "keras_metadata" in name else "graph")
        graph = _Graph(Messages(blob, budget.spend))
        try:
            yield from graph.read(kind)
        except Malformed as cause:
            yield from _graph.damaged("tensorflow", cause)
        yield from _graph.trailing(Messages(blob, budget.spend), _KNOWN[kind])
        yield from graph.summary()
        if budget.steps < 0:
            yield _graph.spent("graph")


def _kind(blob: Blob) -> str:
    """``saved``, ``meta``, ``graph``, ``keras``, or nothing of TensorFlow's, by the first fields."""
    left = iter(range(_PEEKED))
    messages = Messages(blob, lambda: next(left, -1) >= 0)
    version = False
    if _has_graph_inside(blob):
        return "meta"
    try:
        for field in messages.fields():
            if field.number == 1 and field.wire == VARINT:
                version = field.value < _VERSIONS
            elif field.number == 2 and field.wire == LENGTH and version:  # noqa: PLR2004 - SavedModel.meta_graphs
                return "saved" if _is_meta_graph(messages, field) else ""
            elif field.number in {1, 2} and field.wire == LENGTH:
                return _kind_of_first(messages, field)
            elif field.number != 4:  # noqa: PLR2004 - GraphDef.versions may stand first
                return ""
    except Malformed:
        pass
    return ""


def _is_meta_graph(messages: Messages, field: Field) -> bool:
    first = next(messages.fields(field), None)
    return first is None or (first.wire == LENGTH and first.number <= 7)  # noqa: PLR2004 - those that it has


def _has_graph_inside(blob: Blob) -> bool:
    """Whether it is a ``MetaGraphDef``, in whatever order its fields stand: its graph begins with a node."""
    left = iter(range(_PEEKED))
    messages = Messages(blob, lambda: next(left, -1) >= 0)
    try:
        for field in messages.fields():
            if field.number > 7 or field.wire != LENGTH:  # noqa: PLR2004 - those that it has
                return False
            if field.number == 2:  # noqa: PLR2004 - MetaGraphDef.graph_def
                first = next((part for part in messages.fields(field) if part.number == 1), None)
                return first is not None and first.wire == LENGTH and _kind_of_first(messages, first) == "graph"
    except Malformed:
        pass
    return False


def _kind_of_first(messages: Messages, field: Field) -> str:
    """Whether the first message is a ``NodeDef``, a library of functions, or a ``SavedObject`` of Keras."""
    parts = []
    for part in messages.fields(field):
        parts.append(part)
        if len(parts) == 5:  # noqa: PLR2004 - what is told apart differs in the first few
            break
    if field.number == 2:  # noqa: PLR2004 - GraphDef.library
        return "graph" if parts and all(part.wire == LENGTH and part.number <= 3 for part in parts) else ""  # noqa: PLR2004
    if any(part.number == 4 and part.wire == LENGTH for part in parts):  # noqa: PLR2004 - SavedObject.identifier
        for part in parts:
            if part.number == 4 and messages.text(part, 16).startswith("_tf_keras"):  # noqa: PLR2004
                return "keras"
    plain = [part for part in parts if part.number in {1, 2} and part.wire == LENGTH]
    both = {part.number for part in plain} == {1, 2}
    texts = all(messages.text(part, _graph.TEXT).isprintable() for part in plain)
    return "graph" if both and texts and all(part.wire == LENGTH and part.number <= 7 for part in parts) else ""  # noqa: PLR2004


class _Graph:
    def __init__(self, messages: Messages) -> None:
        self._messages = messages
        self._operators: Counter[str] = Counter()
        self._told: set[tuple[str, str]] = set()
        self._assets: dict[str, None] = {}
        self._version = ""

    def read(self, kind: str) -> Iterator[Seen]:
        """Facts in order of the file."""
        open_: list[tuple[str, Iterator[Field]]] = [(kind, self._messages.fields())]
        while open_:
            kind, fields = open_[-1]
            field = next(fields, None)
            if field is None:
                open_.pop()
                continue
            below = _BELOW.get((kind, field.number))
            if below is None or field.wire != LENGTH:
                continue
            if below == "node":
                yield from self._node(field)
            elif below == "asset":
                yield from self._asset(field)
            elif below == "object":
                yield from self._object(field)
            elif below == "about":
                self._about(field)
            elif len(open_) >= _DEPTH:
                yield Blank("messages are nested too deep")
            else:
                open_.append((below, self._messages.fields(field)))

    def _node(self, field: Field) -> Iterator[Seen]:
        operator = ""
        attributes = []
        for part in self._messages.fields(field):
            if part.number == 2:  # noqa: PLR2004 - NodeDef.op
                operator = self._messages.text(part, _graph.TEXT)
            elif part.number == 5 and part.wire == LENGTH:  # noqa: PLR2004 - NodeDef.attr
                attributes.append(part)
        self._operators[operator] += 1
        for group, fact in _FACTS.items():
            if operator.lower() in vocabulary("operators", group):
                yield from self._once(fact, operator, operator, field.at)
        debugs = operator.lower() in vocabulary("operators", "tensorflow-debug")
        if debugs:
            yield from self._once("tensorflow-debug-operator", operator, operator, field.at)
        if debugs or operator == "PrintV2":
            for attribute in attributes:
                yield from self._addresses(operator, attribute)

    def _once(self, fact: str, evidence: str, subject: str, at: int) -> Iterator[Seen]:
        if (fact, subject) not in self._told:
            self._told.add((fact, subject))
            yield Fact(fact, evidence, at, subject=subject)

    def _addresses(self, operator: str, attribute: Field) -> Iterator[Seen]:
        """Addresses in ``debug_urls`` (a list of strings) or ``output_stream`` (a string)."""
        key = ""
        for part in self._messages.fields(attribute):
            if part.number == 1:
                key = self._messages.text(part, _graph.TEXT)
            elif key in {"debug_urls", "output_stream"} and part.wire == LENGTH:
                for address in self._strings(part):
                    if "://" in address:
                        evidence = f"{operator} sends what it is given to {address}"
                        yield from self._once("tensorflow-debug-address", evidence, address, part.at)

    def _strings(self, value: Field) -> Iterator[str]:
        """Strings of an ``AttrValue``, alone or in its list."""
        for part in self._messages.fields(value):
            if part.wire != LENGTH:
                continue
            if part.number == 2:  # noqa: PLR2004 - AttrValue.s
                yield self._messages.text(part, _graph.TEXT)
            elif part.number == 1:
                inside = [one for one in self._messages.fields(part) if one.number == 2]  # noqa: PLR2004 - ListValue.s
                for one in inside[:_URLS]:
                    yield self._messages.text(one, _graph.TEXT)

    def _asset(self, field: Field) -> Iterator[Seen]:
        for part in self._messages.fields(field):
            if part.number == 2 and part.wire == LENGTH:  # noqa: PLR2004 - AssetFileDef.filename
                path = self._messages.text(part, _graph.TEXT)
                self._assets[path] = None
                why = _graph.why_escapes(path)
                if why:
                    yield from self._once("tensorflow-asset-escapes", f"{path} {why}", path, part.at)

    def _object(self, field: Field) -> Iterator[Seen]:
        for part in self._messages.fields(field):
            if part.number == 5 and part.wire == LENGTH:  # noqa: PLR2004 - SavedObject.metadata
                yield Embedded(f"object-{part.at}", self._messages.blob.part(part.at, part.size), "keras")

    def _about(self, field: Field) -> None:
        for part in self._messages.fields(field):
            if part.number == 5:  # noqa: PLR2004 - MetaInfoDef.tensorflow_version
                self._version = self._messages.text(part, _graph.TEXT)

    def summary(self) -> Iterator[Seen]:
        """What is known when everything was seen."""
        if self._operators:
            yield _graph.operators(self._operators)
        if self._version:
            yield Property("tensorflow", self._version)
        if self._assets:
            yield _graph.listed("assets", self._assets)
