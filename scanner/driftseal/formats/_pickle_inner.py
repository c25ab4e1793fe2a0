"""Notices pickles inside the strings and bytes of a pickle."""

from __future__ import annotations

import re
from typing import Final

from driftseal.formats._pickle_values import Long

_SHORTEST: Final = 8
# Protocols 2 to 5 with an opcode behind, or an import of protocol 0 and 1 and what may stand before it.
_RAW: Final = re.compile(
    rb"\x80[\x02-\x05][\x00-\xff]{2}|[\x28\x5d\x7d\x4e\x30\x29]{0,8}[ci][A-Za-z_][\w.]{0,100}\n[A-Za-z_][\w.]{0,100}\n"
)
_RAW_TEXT: Final = re.compile(_RAW.pattern.decode("latin-1"))
# The same two bytes of magic in base64 (then FRAME, or any opcode), and imports of protocol 0.
_BASE64: Final = re.compile(r"gA[I-X][A-Za-z0-9+/_-]{5}|Y(?:29z|3Bvc2l4|19idWlsdGlu|2J1aWx0aW5z)[A-Za-z0-9+/=_-]{4}")
_HEX: Final = re.compile(r"(?:\\x)?80(?:\\x)?0[2-5](?:(?:\\x)?[0-9a-fA-F]{2}){4}")
BEGINNINGS: Final = frozenset("\x80(]}N0)ci" + "gY" + "\\8")
"""With what text begins that may be a pickle: with that of opcodes, of their base64, of their hexadecimal digits."""
_BASE64_BYTES: Final = re.compile(_BASE64.pattern.encode())
_HEX_BYTES: Final = re.compile(_HEX.pattern.encode())


def pickled_inside(value: str | bytes | Long) -> str:
    """How text or bytes hold a pickle, by their beginning: ``raw``, ``base64``, ``hex``; empty where they hold none."""
    head = value.head if isinstance(value, Long) else value
    if len(head) < _SHORTEST:
        return ""
    if isinstance(head, str):
        if _RAW_TEXT.match(head):
            return "raw"
        return "base64" if _BASE64.match(head) else "hex" if _HEX.match(head) else ""
    if _RAW.match(head):
        return "raw"
    return "base64" if _BASE64_BYTES.match(head) else "hex" if _HEX_BYTES.match(head) else ""
