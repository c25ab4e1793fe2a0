"""Markdown that begins with YAML between two lines of dashes."""

from __future__ import annotations

from driftseal.errors import FormatError, LimitExceeded
from driftseal.formats import yaml
from driftseal.formats.base import Document
from driftseal.limits import Limits

_FENCE = b"---"


def parse(data: bytes, name: str, limits: Limits) -> Document:
    """The front matter alone; null where the file has none. Lines count in the whole file.

    Raises:
        LimitExceeded: larger or deeper than ``limits`` allow.
        FormatError: the front matter is not YAML, or never ends.
    """
    if len(data) > limits.file_bytes:
        raise LimitExceeded(f"{name}: larger than {limits.file_bytes} bytes")
    lines = data.removeprefix(b"\xef\xbb\xbf").splitlines(keepends=True)
    if not lines or lines[0].rstrip() != _FENCE:
        return Document(None)
    for number, line in enumerate(lines[1:], start=1):
        if line.rstrip() == _FENCE:
            # The opening fence is a YAML document marker, so the lines of the parser are those of the file.
            return yaml.parse(b"".join(lines[:number]), name, limits)
    raise FormatError(f"{name}:1: the front matter never ends", hint="close it with a line of ---", line=1)
