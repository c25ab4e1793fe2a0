"""YAML as one document with positions."""

from __future__ import annotations

from driftseal import yamltext
from driftseal.formats.base import Document
from driftseal.limits import Limits


def parse(data: bytes, name: str, limits: Limits) -> Document:
    """The first document of a YAML stream; an empty file is null.

    Raises:
        LimitExceeded: larger or deeper than ``limits`` allow.
        FormatError: not YAML, or it uses aliases; ``line`` says where.
    """
    found = next(yamltext.positioned(data, name, limits), yamltext.Document(None))
    return Document(found.value, found.duplicate_keys, lambda pointer: found.lines.get(pointer, 0))
