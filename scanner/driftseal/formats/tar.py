"""TAR archives (POSIX ustar and pax, GNU long names) as a stream of regular files, read as installers read them.

The standard library's reader ends without a word at a damaged header and at a single empty block, where npm's reader
goes on; files behind one would be installed and never seen. This one goes on, and tells what is odd.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from driftseal.errors import FormatError
from driftseal.limits import Limits

BLOCK: Final = 512
_EMPTY: Final = bytes(BLOCK)
_CHUNK: Final = 64 * 1024
_REGULAR: Final = (b"\0", b"0", b"7")
NAMING: Final = b"LKxgX"
"""Headers that say something of the next member: GNU names and links, pax, pax for all, Solaris pax."""
KINDS: Final = {b"1": "a hard link", b"2": "a symbolic link", b"3": "a device", b"4": "a device", b"6": "a pipe"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One member: its bytes where it is a regular file that is read, else the reason why not."""

    path: str
    data: bytes = b""
    why: str = ""


@dataclass(slots=True)
class _Names:
    """What naming headers have said of the members to come."""

    shared: dict[str, str]
    next: dict[str, str]


def entries(read: Callable[[int], bytes], name: str, limits: Limits) -> Iterator[Entry]:
    """Every member but folders, in order. ``read`` gives as many bytes as asked for, fewer only at the end.

    Raises:
        FormatError: no TAR archive, or one that is cut off.
    """
    names = _Names({}, {})
    empty = 0
    first = True
    damaged = False
    while empty < 2:  # noqa: PLR2004  # two empty blocks end an archive
        block = read(BLOCK)
        if not block and (not first):
            return
        if len(block) < BLOCK:
            raise FormatError(f"{name}: the archive is cut off", hint="fetch it again")
        if block == _EMPTY:
            empty, first = empty + 1, False
            continue
        if not is_header(block):
            if first:
                raise FormatError(f"{name}: is no TAR archive", hint="fetch it again, and see what it is")
            if not damaged:
                yield Entry("", why="a damaged header; what follows it may be read differently by an installer")
            damaged = True
            continue
        empty, first, damaged = 0, False, False
        yield from _member(block, read, names, name, limits)
    if any(chunk.strip(b"\0") for chunk in iter(lambda: read(_CHUNK), b"")):
        yield Entry("", why="holds bytes after its end, which an installer may take for files")


def _member(block: bytes, read: Callable[[int], bytes], names: _Names, name: str, limits: Limits) -> Iterator[Entry]:
    kind = block[156:157]
    size = number_in(block[124:136], name)
    if kind in NAMING:
        if size > limits.document_bytes:
            raise FormatError(f"{name}: a member's name takes {size} bytes")
        _remember(kind, _exactly(read, size, name), names)
        return
    said = {**names.shared, **names.next}
    names.next = {}
    path = said.get("path") or path_in(block)
    if kind == b"5" or (kind == b"\0" and path.endswith("/")):
        return
    if kind in KINDS:
        # As installers do: a link has no bytes of its own, whatever its header says.
        yield Entry(path, why=f"is {KINDS[kind]}, which is not followed")
        return
    size = _decimal(said["size"], name) if "size" in said else size
    if size > limits.code_file_bytes:
        _skip(read, size, name)
        yield Entry(path, why=f"larger than {limits.code_file_bytes} bytes")
        return
    data = _exactly(read, size, name)
    if kind not in _REGULAR or any(key.startswith("GNU.sparse") for key in said):
        yield Entry(path, why="is a member of an unusual kind")
    else:
        yield Entry(path, data)


def is_header(block: bytes) -> bool:
    """Whether the header's own sum is right, its field taken as blanks; some writers summed signed bytes."""
    try:
        told = int(block[148:156].strip(b" \0") or b"0", 8)
    except ValueError:
        return False
    rest = block[:148] + b" " * 8 + block[156:]
    return told in {sum(rest), sum(rest) - 256 * sum(byte > 127 for byte in rest)}  # noqa: PLR2004  # the sign


def path_in(block: bytes) -> str:
    """The name that a header gives itself; naming headers before it may say otherwise."""
    path = block[:100].partition(b"\0")[0]
    prefix = block[345:500].partition(b"\0")[0] if block[257:263] == b"ustar\0" else b""
    return (prefix + b"/" + path if prefix else path).decode("utf-8", "surrogateescape")


def number_in(field: bytes, name: str) -> int:
    """Octal digits, or GNU's binary form.

    Raises:
        FormatError: neither.
    """
    if field[0] == 0x80:  # noqa: PLR2004  # the mark of the binary form
        return int.from_bytes(field[1:])
    try:
        number = int(field.strip(b" \0") or b"0", 8)
    except ValueError:
        number = -1
    if number < 0:
        raise FormatError(f"{name}: a member's size is no number", hint="fetch it again")
    return number


def _decimal(text: str, name: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 20):  # noqa: PLR2004  # more than any file has
        raise FormatError(f"{name}: a member's size is no number", hint="fetch it again")
    return int(text)


def _remember(kind: bytes, data: bytes, names: _Names) -> None:
    if kind == b"L":
        names.next["path"] = data.partition(b"\0")[0].decode("utf-8", "surrogateescape")
    elif kind != b"K":
        (names.shared if kind == b"g" else names.next).update(pax_records(data))


def pax_records(data: bytes) -> Iterator[tuple[str, str]]:
    """Records of a pax header, each ``LENGTH KEY=VALUE`` and a line feed; those after a broken one are not read."""
    start = 0
    while start < len(data):
        space = data.find(b" ", start, start + 20)
        length = data[start:space]
        if space < 0 or not length.isdigit() or not space < start + int(length) <= len(data):
            return
        end = start + int(length)
        key, _, value = data[space + 1 : end - 1].decode("utf-8", "surrogateescape").partition("=")
        yield key, value
        start = end


def _padded(size: int) -> int:
    return -(-size // BLOCK) * BLOCK


def _exactly(read: Callable[[int], bytes], size: int, name: str) -> bytes:
    data = read(_padded(size))
    if len(data) < size:
        raise FormatError(f"{name}: the archive is cut off", hint="fetch it again")
    return data[:size]


def _skip(read: Callable[[int], bytes], size: int, name: str) -> None:
    left = _padded(size)
    while left > 0:
        chunk = read(min(left, _CHUNK))
        if not chunk:
            raise FormatError(f"{name}: the archive is cut off", hint="fetch it again")
        left -= len(chunk)
