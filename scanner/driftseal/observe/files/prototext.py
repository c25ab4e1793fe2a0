"""Protocol buffers written as text: ``saved_model.pbtxt``, frozen graphs, and networks of Caffe.

Facts, beside ``tensorflow-file-operator``, ``tensorflow-code-operator`` and ``tensorflow-network-operator`` as in
``tensorflow``:

- ``caffe-python-layer``: a layer is a class of Python that the loader imports (subject: its module).
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.formats.blob import Blob
from driftseal.observe.files import _graph
from driftseal.observe.files.base import Analyser, Blank, Budget, Fact, Seen
from driftseal.observe.words import vocabulary

_BETWEEN: Final = rb"(?:\s|#[^\n]{0,1000}\n){0,50}"
_TEXT: Final = rb"""(?:"(?:[^"\\\n]|\\.){0,1000}"|'(?:[^'\\\n]|\\.){0,1000}')"""
_FIELD: Final = re.compile(
    rb"\b(op|type|module|python_param)\b" + _BETWEEN + rb"[:{]" + _BETWEEN + rb"((?:" + _TEXT + _BETWEEN + rb"){0,20})"
)
_PART: Final = re.compile(_TEXT)
_BEGINS: Final = re.compile(
    rb"\A"
    + _BETWEEN
    + rb"(?:(?:saved_model_schema_version|meta_graphs)\b|(?:node|layers?)\s{0,20}[:{]|(?:name|input)\s{0,20}:)"
)
_HOLDS: Final = re.compile(rb"\b(?:node|node_def|layers?|graph_def)\s{0,20}:?\s{0,20}[{<]")
_STEP: Final = 8
"""Bytes that are read as fast as one step of anything else."""
_FACTS: Final = {
    "tensorflow-files": "tensorflow-file-operator",
    "tensorflow-code": "tensorflow-code-operator",
    "tensorflow-network": "tensorflow-network-operator",
}


class Prototext(Analyser):
    """See the module."""

    name: ClassVar[str] = "prototext"
    suffixes: ClassVar[frozenset[str]] = frozenset({".pbtxt", ".prototxt"})

    def claims(self, head: bytes, blob: Blob) -> bool:
        """See ``Analyser.claims``."""
        del blob
        return b"\0" not in head and _BEGINS.match(head) is not None and _HOLDS.search(head) is not None

    def read(self, blob: Blob, name: str, budget: Budget) -> Iterator[Seen]:
        """See ``Analyser.read``."""
        del name
        if blob.size > budget.limits.file_bytes or not budget.spend(blob.size // _STEP):
            yield Blank("the graph is too large to be read as text (limits.file_bytes)")
            return
        operators: dict[str, int] = {}
        told: set[tuple[str, str]] = set()
        python = -1
        for field in _FIELD.finditer(blob.read_at(0, blob.size)):
            key, value = field[1], _value(field[2])
            if key == b"op":
                operators[value] = operators.get(value, 0) + 1
                yield from _once(_operator(value, field.start()), told)
            elif key == b"python_param" or (key == b"type" and value == "Python"):
                python = field.start()
            elif key == b"module" and python >= 0:
                fact = Fact("caffe-python-layer", f"a layer is made by the module {value}", python, subject=value)
                yield from _once([fact], told)
                python = -1
        if operators:
            yield _graph.operators(operators)


def _operator(value: str, at: int) -> Iterator[Fact]:
    for group, fact in _FACTS.items():
        if value.lower() in vocabulary("operators", group):
            yield Fact(fact, value, at, subject=value)


def _once(facts: Iterator[Fact] | list[Fact], told: set[tuple[str, str]]) -> Iterator[Fact]:
    for fact in facts:
        if (fact.name, fact.subject) not in told:
            told.add((fact.name, fact.subject))
            yield fact


def _value(literals: bytes) -> str:
    """Texts that stand one behind the other are one."""
    return b"".join(_unescaped(part[0][1:-1]) for part in _PART.finditer(literals)).decode("utf-8", "replace")


def _unescaped(text: bytes) -> bytes:
    try:
        return codecs.escape_decode(text)[0]
    except ValueError:
        return text
