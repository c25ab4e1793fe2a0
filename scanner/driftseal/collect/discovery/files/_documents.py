"""Documents of YAML files as people write them, with several to a file and with aliases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from driftseal import yamltext
from driftseal.collect.discovery.base import Source
from driftseal.formats.base import Document


def every(source: Source) -> Iterator[Document]:
    """Every document of a file; what an alias repeats is told where it stands, and nothing is unfolded.

    Raises:
        TargetError: the file is no YAML, or larger or deeper than the limits allow.
    """
    for each in yamltext.positioned(source.data, source.path, source.limits, past_aliases=True):
        yield Document(each.value, each.duplicate_keys, partial(_line, each.lines))


def first(source: Source) -> Document:
    """The first document of a file; null where there is none. See `every`."""
    return next(every(source), Document(None))


def _line(lines: Mapping[str, int], pointer: str) -> int:
    return lines.get(pointer, 0)
