"""FlatBuffers without their schema: tables by the numbers of their fields, as the FlatBuffers internals define them.

Every offset is checked against the file before it is followed, and only those that the caller asks for are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from driftseal.formats.blob import Blob


class Malformed(ValueError):
    """An offset that leads out of the file, or a structure that does."""


@dataclass(frozen=True, slots=True)
class Table:
    """One table, by where it and its list of fields lie."""

    at: int
    fields: int
    count: int


class FlatBuffer:
    """One file."""

    def __init__(self, blob: Blob, spend: Callable[[int], bool]) -> None:
        """``spend`` is told how many steps a structure takes and says whether they are left."""
        self._blob, self._spend = blob, spend

    def identifier(self) -> bytes:
        """The four letters that say what the file is."""
        return self._blob.read_at(4, 4)

    def root(self) -> Table:
        """The outermost table.

        Raises:
            Malformed: there is none.
        """
        return self._table(self._number(0, 4))

    def table(self, within: Table, field: int) -> Table | None:
        """The table in a field; None where it has no such field."""
        at = self._field(within, field)
        return self._table(at + self._number(at, 4)) if at else None

    def tables(self, within: Table, field: int) -> list[Table]:
        """The tables that a field lists.

        Raises:
            Malformed: the list, or a table of it, does not lie in the file.
        """
        start, count = self._vector(within, field, 4)
        return [self._table(at + self._number(at, 4)) for at in range(start, start + 4 * count, 4)]

    def integer(self, within: Table, field: int, size: int) -> int:
        """The number in a field, signed; 0 where it has none."""
        at = self._field(within, field)
        return self._number(at, size, signed=True) if at else 0

    def text(self, within: Table, field: int, most: int) -> str:
        """The text in a field, cut after ``most`` bytes."""
        start, count = self._vector(within, field, 1)
        return self._blob.read_at(start, min(count, most)).decode("utf-8", "replace") if count else ""

    def data(self, within: Table, field: int) -> Blob:
        """The bytes that a field lists."""
        start, count = self._vector(within, field, 1)
        return self._blob.part(start, count)

    def end(self, within: Table, field: int, size: int) -> int:
        """Where the list in a field ends, of entries of so many bytes; 0 where it has none.

        Raises:
            Malformed: it does not lie in the file.
        """
        start, count = self._vector(within, field, 1)
        end = start + count * size
        if end > self._blob.size:
            raise Malformed(f"a list of {count} entries that ends behind the file")
        return end

    def _vector(self, within: Table, field: int, size: int) -> tuple[int, int]:
        at = self._field(within, field)
        if not at:
            return 0, 0
        start = at + self._number(at, 4)
        count = self._number(start, 4)
        if start + 4 + count * size > self._blob.size:
            raise Malformed(f"a list of {count} entries at byte {start} that ends behind the file")
        if size > 1 and not self._spend(count):
            return 0, 0
        return start + 4, count

    def _table(self, at: int) -> Table:
        fields = at - self._number(at, 4, signed=True)
        size = self._number(fields, 2)
        if not self._spend(1) or size < 4 or size % 2:  # noqa: PLR2004 - its own two numbers
            raise Malformed(f"no table at byte {at}")
        return Table(at, fields + 4, size // 2 - 2)

    def _field(self, within: Table, field: int) -> int:
        """Where a field's value lies; 0 where the table has none."""
        offset = self._number(within.fields + 2 * field, 2) if field < within.count else 0
        return within.at + offset if offset else 0

    def _number(self, at: int, size: int, *, signed: bool = False) -> int:
        if at < 0 or at + size > self._blob.size:
            raise Malformed(f"an offset that leads to byte {at}")
        return int.from_bytes(self._blob.read_at(at, size), "little", signed=signed)
