"""Files of module paths, ``NAME.pth``: whenever Python starts, it runs those of their lines that begin with an import.

Weights of models end in the same letters; they are far larger, and no text.
"""

from __future__ import annotations

from typing import Final

ENDING: Final = ".pth"
LARGEST: Final = 64 * 1024
"""Bytes of a file that Python reads as one of paths; those of installers hold a line or two."""
_RUN: Final = (b"import ", b"import\t")
"""What a line begins with that is run (Python, ``site.addpackage``)."""


def code(data: bytes) -> bytes:
    """The lines that are run, each where it stands; nothing where none is."""
    if len(data) > LARGEST or b"\0" in data:
        return b""
    lines = [line if line.startswith(_RUN) else b"" for line in data.splitlines()]
    return b"\n".join(lines) if any(lines) else b""
