"""TensorFlow Lite models: flatbuffers whose operators may come from elsewhere.

A flatbuffer tells no end of its own. Behind the last byte that the lists of the model use, structure may still stand;
what begins as a file there, or calls what it imports, was put there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.formats import pickle
from driftseal.formats.blob import Blob
from driftseal.formats.flatbuffer import FlatBuffer, Malformed, Table
from driftseal.observe.files import _graph
from driftseal.observe.files._archive import begins_as_file
from driftseal.observe.files.base import Analyser, Blank, Budget, Embedded, Fact, Property, Seen
from driftseal.observe.words import vocabulary

_IDENTIFIER: Final = b"TFL3"
_CUSTOM: Final = 32
"""``BuiltinOperator.CUSTOM``."""
_END: Final = b"PK\x05\x06"
_TAIL: Final = 22 + (1 << 16)
_MEMBER: Final = b"PK\x03\x04"
_PADDING: Final = 64
"""Zeros that may stand between the model and what follows."""
_FLEX: Final = {
    "tensorflow-files": "tensorflow-file-operator",
    "tensorflow-code": "tensorflow-code-operator",
    "tensorflow-network": "tensorflow-network-operator",
}


class TFLite(Analyser):
    """Operator codes, metadata and the ZIP file that may be appended.

    Facts:
        tflite-custom-operator: an operator that the loading program brings (subject: its name).
        tflite-flex-operator: an operator of full TensorFlow (subject: its name). ``tensorflow-file-operator``,
            ``tensorflow-code-operator`` and ``tensorflow-network-operator`` stand beside it as in ``tensorflow``.
        tflite-damaged: an offset leads nowhere.
        trailing-data: a file stands behind the model; it is read as one of its own.

    Properties: ``description``, ``operators`` (those from elsewhere), ``metadata-names``.
    """

    name: ClassVar[str] = "tflite"
    suffixes: ClassVar[frozenset[str]] = frozenset({".tflite", ".lite"})

    def claims(self, head: bytes, blob: Blob) -> bool:
        """See ``Analyser.claims``."""
        del blob
        return head[4:8] == _IDENTIFIER

    def read(self, blob: Blob, name: str, budget: Budget) -> Iterator[Seen]:
        """See ``Analyser.read``."""
        del name
        try:
            yield from self._model(blob, FlatBuffer(blob, budget.spend))
        except Malformed as cause:
            yield Fact("tflite-damaged", str(cause))
            yield Blank(f"not read to its end: {cause}")
        if budget.steps < 0:
            yield _graph.spent("model")
        if _END in blob.read_at(max(blob.size - _TAIL, 0), _TAIL):
            yield Embedded("associated-files", blob, "zip")

    def _model(self, blob: Blob, file: FlatBuffer) -> Iterator[Seen]:
        root = file.root()
        yield from _behind(blob, _end(file, root))
        description = file.text(root, 3, _graph.TEXT)
        if description:
            yield Property("description", description)
        kinds: dict[str, int] = {}
        for code in file.tables(root, 1):
            kind = file.text(code, 1, _graph.TEXT)
            if kind or _CUSTOM in {file.integer(code, 0, 1), file.integer(code, 3, 4)}:
                kinds[kind] = kinds.get(kind, 0) + 1
        for kind in kinds:
            yield from _operator(kind)
        if kinds:
            yield _graph.operators(kinds)
        for number, weights in enumerate(file.tables(root, 4)):
            numbers = file.data(weights, 0)
            if begins_as_file(numbers.read_at(0, 8)):
                yield Embedded(f"#buffer-{number}", numbers)
        names = [file.text(entry, 0, _graph.TEXT) for entry in file.tables(root, 6)]
        if names:
            yield _graph.listed("metadata-names", names)


def _end(file: FlatBuffer, root: Table) -> int:
    """Behind the last byte of the lists of a model and of its weights."""
    ends = [file.end(root, field, 4) for field in (1, 2, 4, 5, 6, 7)]
    ends.append(file.end(root, 3, 1))
    ends += [file.end(code, 1, 1) for code in file.tables(root, 1)]
    ends += [file.end(entry, 0, 1) for entry in file.tables(root, 6)]
    # Weights of models beyond 2 GiB stand behind the flatbuffer, and are looked through as what may be anything.
    ends += [file.end(weights, 0, 1) for weights in file.tables(root, 4)]
    return max(ends)


def _behind(blob: Blob, end: int) -> Iterator[Seen]:
    """A file that stands behind the model."""
    if not 0 < end < blob.size:
        return
    rest = blob.part(end, blob.size - end)
    padding = next((at for at, byte in enumerate(rest.read_at(0, _PADDING)) if byte), _PADDING)
    start = end + padding if begins_as_file(rest.read_at(padding, 8)) else pickle.next_call(blob, end)
    # The archive that may be appended is handed on by itself.
    if start is not None and blob.read_at(start, 4) != _MEMBER:
        yield Fact("trailing-data", f"{blob.size - start} bytes after the model's own end", start)
        yield Embedded("#trailing", blob.part(start, blob.size - start))


def _operator(kind: str) -> Iterator[Seen]:
    plain = kind.removeprefix("Flex")
    if plain == kind:
        yield Fact("tflite-custom-operator", f"{kind or 'an operator without a name'} comes from outside", subject=kind)
        return
    yield Fact("tflite-flex-operator", f"{plain} of full TensorFlow", subject=plain)
    for group, fact in _FLEX.items():
        if plain.lower() in vocabulary("operators", group):
            yield Fact(fact, plain, subject=plain)
