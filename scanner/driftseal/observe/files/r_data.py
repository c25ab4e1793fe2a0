"""R's saved data: what is kept is evaluated when it is looked at, where it is a promise (CVE-2024-27322).

Facts:

- ``r-promise``: the saved object itself is a promise, which runs code as soon as it is used.
- ``r-code``: the saved object itself is a call or compiled code.
- ``r-reaches-out``: the name of a function that runs programs or loads more (subject: its name).

R Internals 1.8, "Serialization Formats": the native format only, in binary and as text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.formats.blob import Blob
from driftseal.observe.files._found import signs
from driftseal.observe.files.base import Analyser, Budget, Fact, Seen

_WORKSPACE: Final = re.compile(rb"RD[XAB][23]\n")
_SIGN: Final = b"X\n"
_BINARY: Final = re.compile(rb"X\n\x00\x00\x00[\x02\x03]")
_TEXT: Final = re.compile(rb"A\n[23]\n")
_PREFIX: Final = 14
"""Bytes of format, version, and the versions of R that wrote and that can read."""
_ENCODING: Final = 3
"""Version from which on the name of an encoding follows."""
_PROMISE: Final = 5
_CALLS: Final = {6: "a call", 21: "compiled code"}
_REACHES: Final = re.compile(
    rb"(?:\x00\x00\x00[\x04-\x13]|\n|\b)(system2?|shell(?:\.exec)?|dyn\.load|library\.dynam|download\.file|socketConnection"
    rb"|Sys\.setenv|install\.packages)(?:\s{0,9}\(|(?=\x00[\x00\x04]\x00|\n))"
)
"""A symbol with its length in front, a line of the text format, or a call as it is typed."""


class RData(Analyser):
    """See the module."""

    name: ClassVar[str] = "r_data"
    suffixes: ClassVar[frozenset[str]] = frozenset({".rds", ".rda", ".rdata"})

    def claims(self, head: bytes, blob: Blob) -> bool:
        """See ``Analyser.claims``."""
        del blob
        return head.startswith(_SIGN) or any(one.match(head) for one in (_WORKSPACE, _TEXT))

    def read(self, blob: Blob, name: str, budget: Budget) -> Iterator[Seen]:
        """See ``Analyser.read``."""
        del name
        kind = _root(blob.read_at(0, 256))
        if kind == _PROMISE:
            yield Fact("r-promise", "the saved object is a promise")
        elif kind in _CALLS:
            yield Fact("r-code", f"the saved object is {_CALLS[kind]}")
        yield from signs(blob, _REACHES, "r-reaches-out", budget)


def _root(head: bytes) -> int:
    """The type of the saved object; 0 where it cannot be told."""
    if _BINARY.match(head) is None:
        return 0
    at = _PREFIX
    if head[5] >= _ENCODING:
        at += 4 + int.from_bytes(head[at : at + 4], "big")
    flags = head[at : at + 4]
    return flags[-1] if flags else 0
