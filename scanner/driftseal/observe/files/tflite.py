"""TensorFlow Lite models: flatbuffers whose operators may come from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.formats.blob import Blob
from driftseal.formats.flatbuffer import FlatBuffer, Malformed
from driftseal.observe.files import _graph
from driftseal.observe.files.base import Analyser, Blank, Budget, Embedded, Fact, Property, Seen
from driftseal.observe.words import vocabulary

_IDENTIFIER: Final = b"TFL3"
_CUSTOM: Final = 32
"""``BuiltinOperator.CUSTOM``."""
_END: Final = b"PK\x05\x06"
_TAIL: Final = 22 + (1 << 16)
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
            yield from self._model(FlatBuffer(blob, budget.spend))
        except Malformed as cause:
            yield Fact("tflite-damaged", str(cause))
            yield Blank(f"not read to its end: {cause}")
        if budget.steps < 0:
            yield _graph.spent("model")
        if _END in blob.read_at(max(blob.size - _TAIL, 0), _TAIL):
            yield Embedded("associated-files", blob, "zip")

    def _model(self, file: FlatBuffer) -> Iterator[Seen]:
        root = file.root()
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
        names = [file.text(entry, 0, _graph.TEXT) for entry in file.tables(root, 6)]
        if names:
            yield _graph.listed("metadata-names", names)


def _operator(kind: str) -> Iterator[Seen]:
    plain = kind.removeprefix("Flex")
    if plain == kind:
        yield Fact("tflite-custom-operator", f"{kind or 'an operator without a name'} comes from outside", subject=kind)
        return
    yield Fact("tflite-flex-operator", f"{plain} of full TensorFlow", subject=plain)
    for group, fact in _FLEX.items():
        if plain.lower() in vocabulary("operators", group):
            yield Fact(fact, plain, subject=plain)
