"""Streams of two symbols, read as bytes of text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from driftseal.observe.text import words

_WIDTHS: Final = (8, 7)
_FEWEST_BITS: Final = 24


def messages(stream: str, symbols: Sequence[str]) -> Iterator[str]:
    """Readable texts that a stream of two symbols spells, whichever of them is one and whatever separates bytes."""
    if len(symbols) < 2 or len(stream) < _FEWEST_BITS:  # noqa: PLR2004 - a bit needs two symbols
        return
    for zero, one in ((symbols[0], symbols[1]), (symbols[1], symbols[0])):
        bits = stream.translate({ord(zero): "0", ord(one): "1"})
        bits = "".join(bit for bit in bits if bit in "01")
        for width in _WIDTHS:
            text = _text(bits, width)
            if words.readable(text):
                yield text
                return


def _text(bits: str, width: int) -> str:
    whole = len(bits) - len(bits) % width
    return decode_bytes(bytes(int(bits[at : at + width], 2) for at in range(0, whole, width)))


def decode_bytes(data: bytes) -> str:
    """UTF-16 text where every other byte is zero, else UTF-8, else nothing."""
    for order, zeros in (("utf-16-le", data[1::2]), ("utf-16-be", data[::2])):
        if zeros.count(0) * 2 > len(zeros):
            return data[: len(data) // 2 * 2].decode(order, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return ""
