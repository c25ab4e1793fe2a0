"""Programs and shell scripts, which no model is.

Facts:

- ``native-executable``: machine code for Linux, Windows or macOS, by its header (subject: ELF, PE, Mach-O).
- ``script``: a text that runs, by its first line (subject: the interpreter).

A program that is an archive at its end as well (llamafile) is read as that too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.formats import zip as zip_format
from driftseal.formats.blob import Blob
from driftseal.observe.files.base import Analyser, Budget, Embedded, Fact, Seen

_MACHO: Final = (b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe")
_UNIVERSAL: Final = (b"\xca\xfe\xba\xbe", b"\xbe\xba\xfe\xca")
_MOST_PARTS: Final = 30
"""Architectures of a universal program; Java's classes begin alike, and have versions from 45 on in that place."""
_APE: Final = (b"MZqFpD", b"jartsr='")
_COMMAND: Final = 200


class Executable(Analyser):
    """See the module."""

    name: ClassVar[str] = "executable"

    def claims(self, head: bytes, blob: Blob) -> bool:
        """See ``Analyser.claims``."""
        return bool(_kind(head, blob)) or _interpreter(head) != ""

    def read(self, blob: Blob, name: str, budget: Budget) -> Iterator[Seen]:
        """See ``Analyser.read``."""
        del name
        head = blob.read_at(0, 4096)
        kind = _kind(head, blob)
        if not budget.spend():
            return
        if kind:
            yield Fact("native-executable", f"a program: {kind}", subject=kind)
        else:
            command = _interpreter(head)
            yield Fact("script", f"begins with #!{command}", subject=command)
        if zip_format.ends_as_zip(blob):
            yield Embedded("#archive", blob, hint="zip")


def _kind(head: bytes, blob: Blob) -> str:
    if head.startswith(b"\x7fELF") and len(head) > 6 and head[4] in {1, 2} and head[5] in {1, 2}:  # noqa: PLR2004
        return "ELF"
    if head.startswith(_APE):
        return "APE"
    if head.startswith(b"MZ") and len(head) >= 64:  # noqa: PLR2004  # the header of DOS
        at = int.from_bytes(head[60:64], "little")
        return "PE" if blob.read_at(at, 4) == b"PE\0\0" else ""
    if head.startswith(_MACHO) and len(head) >= 28:  # noqa: PLR2004  # the header of Mach-O
        return "Mach-O"
    if head.startswith(_UNIVERSAL) and len(head) >= 8:  # noqa: PLR2004  # sign and count
        parts = int.from_bytes(head[4:8], "big" if head[0] == _UNIVERSAL[0][0] else "little")
        return "Mach-O" if 0 < parts <= _MOST_PARTS else ""
    return ""


def _interpreter(head: bytes) -> str:
    """What a script's first line names."""
    if not head.startswith(b"#!"):
        return ""
    line = head[2:_COMMAND].split(b"\n", 1)[0].strip()
    return line.decode("utf-8", "backslashreplace") if line.startswith(b"/") else ""
