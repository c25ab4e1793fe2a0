"""What happens while a pickle is followed, in order."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from driftseal.formats._pickle_values import Call, Global, Long, Value


class Start(NamedTuple):
    """A stream begins."""

    offset: int


class Import(NamedTuple):
    """A name is imported for the first time in its stream."""

    what: Global
    protocol: int
    """Below 3, readers translate names of Python 2."""


class Change(NamedTuple):
    """Something is put into an object: ``BUILD`` sets its state, the others items. Not told of plain containers."""

    opcode: str
    target: Value
    state: Value
    offset: int


class Persistent(NamedTuple):
    """The loader is asked for an object from outside the stream, a tensor's numbers as a rule."""

    what: Value
    offset: int


class Extension(NamedTuple):
    """A name is imported by its number in a registry of the process that loads."""

    code: int
    offset: int


class Pickled(NamedTuple):
    """Text or bytes that are a pickle themselves."""

    how: str
    """``raw``, ``base64`` or ``hex``"""
    offset: int
    what: str | bytes | Long


class Array(NamedTuple):
    """The bytes of an array, which joblib puts between two opcodes."""

    offset: int
    size: int


class Stop(NamedTuple):
    """A stream ended as it should."""

    offset: int
    """Of the first byte behind it."""
    result: Value


class Broken(NamedTuple):
    """A stream ended otherwise."""

    why: str
    offset: int
    ours: bool = False
    """Whether a bound of ours ended it."""


class Expands(NamedTuple):
    """Few values stand for a great many, by sharing."""

    values: int
    offset: int


class Trailing(NamedTuple):
    """Bytes behind a stream that are no stream."""

    offset: int
    size: int


Event: TypeAlias = (
    Start | Import | Call | Change | Persistent | Extension | Pickled | Array | Stop | Broken | Expands | Trailing
)
