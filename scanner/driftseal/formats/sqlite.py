"""SQLite databases, of which a few columns of one table are read.

The database is a program's own and may be in use: it is never written to, locked or given a journal. It may also be
anybody's: its schema is not trusted, only plain tables are read; rows, bytes and steps are bounded.
"""

from __future__ import annotations

import shutil
import sqlite3
import stat
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final, TypeVar

from driftseal.errors import FormatError, LimitExceeded, TargetError
from driftseal.limits import Limits

_MAGIC: Final = b"SQLite format 3\0"
_STEPS_AT_ONCE: Final = 10_000
_TRIES: Final = 3
_READING: Final = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ})
_Found = TypeVar("_Found")


def texts(path: Path, name: str, table: str, columns: Sequence[str], limits: Limits) -> list[str]:
    """The texts in the first of these columns that the table has, row by row; none where there is no such table.

    ``name`` is what messages call the file.

    Raises:
        FormatError: no database, a damaged one, or the table is a view or has none of the columns.
        LimitExceeded: more rows, bytes or steps than ``limits`` allow.
        TargetError: it cannot be read, or is written to all the time.
    """

    def first(database: sqlite3.Connection) -> list[str]:
        if not _is_there(database, name, table):
            return []
        column = next((column for column in columns if _has(database, table, column)), None)
        if column is None:
            raise FormatError(f"{name}: {table} has no column {' or '.join(columns)}", hint="update driftseal")
        return [value for (value,) in _selected(database, name, table, (column,), {}, limits)]

    return _read(path, name, limits, first)


def rows(
    path: Path, name: str, table: str, columns: Sequence[str], where: Mapping[str, str], limits: Limits
) -> list[dict[str, str]]:
    """Texts and numbers, as text, of the rows that have these values; a column that the table has not is left out.

    Numbers are written in decimal digits; anything else, and what is null, is empty. A column of ``where`` that the
    table has not is not asked for. Without such a table there are no rows.

    Raises:
        FormatError: no database, a damaged one, or the table is a view.
        LimitExceeded: more rows, bytes or steps than ``limits`` allow.
        TargetError: it cannot be read, or is written to all the time.
    """

    def chosen(database: sqlite3.Connection) -> list[dict[str, str]]:
        if not _is_there(database, name, table):
            return []
        there = [column for column in columns if _has(database, table, column)]
        wanted = {column: value for column, value in where.items() if _has(database, table, column)}
        found = _selected(database, name, table, there, wanted, limits) if there else ()
        return [dict(zip(there, row, strict=True)) for row in found]

    return _read(path, name, limits, chosen)


def _read(path: Path, name: str, limits: Limits, ask: Callable[[sqlite3.Connection], _Found]) -> _Found:
    try:
        _check(path, name)
        log = path.with_name(f"{path.name}-wal")
        if not (log.exists() and log.stat().st_size):
            return _asked(path, name, limits, ask)
        # What was written last lies in the log beside it. To read both in place takes a lock, so a copy is read.
        with tempfile.TemporaryDirectory(prefix="driftseal-") as folder:
            copy = Path(folder) / "copy.sqlite"
            _copy(path, log, copy, name, limits)
            return _asked(copy, name, limits, ask, mode="rw")
    except OSError as cause:
        raise TargetError(f"{name}: cannot be read: {cause.strerror}", hint="make it readable") from cause
    except sqlite3.Error as cause:
        raise FormatError(
            f"{name}: a damaged database: {type(cause).__name__}", hint="open it once with its own program"
        ) from cause


def _check(path: Path, name: str) -> None:
    if not stat.S_ISREG(path.stat().st_mode):
        raise TargetError(f"{name}: not a regular file", hint="put a plain file there, or remove it")
    with path.open("rb") as stream:
        if stream.read(len(_MAGIC)) != _MAGIC:
            raise FormatError(f"{name}: no SQLite database", hint="remove it, or open it once with its own program")


def _copy(path: Path, log: Path, copy: Path, name: str, limits: Limits) -> None:
    for _ in range(_TRIES):
        before = _state(path, log)
        if sum(size for size, _ in before) > limits.database_bytes:
            raise LimitExceeded(
                f"{name}: is in use and larger than {limits.database_bytes} bytes",
                hint="close the program that uses it, or raise limits.database_bytes",
            )
        shutil.copyfile(path, copy)
        shutil.copyfile(log, copy.with_name(f"{copy.name}-wal"))
        if _state(path, log) == before:
            return
    raise TargetError(f"{name}: is written to all the time", hint="close the program that uses it")


def _state(*paths: Path) -> list[tuple[int, int]]:
    return [(about.st_size, about.st_mtime_ns) for about in (path.stat() for path in paths)]


def _asked(
    path: Path, name: str, limits: Limits, ask: Callable[[sqlite3.Connection], _Found], *, mode: str = "ro&immutable=1"
) -> _Found:
    address = f"{path.absolute().as_uri()}?mode={mode}"
    with closing(sqlite3.connect(address, uri=True, isolation_level=None)) as database:
        steps = _guard(database, limits)
        try:
            return ask(database)
        except sqlite3.OperationalError as cause:
            if steps[0] < limits.database_steps:
                raise
            raise LimitExceeded(f"{name}: takes more than {limits.database_steps} steps to read") from cause


def _is_there(database: sqlite3.Connection, name: str, table: str) -> bool:
    known = database.execute("SELECT type, sql FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    if known is None:
        return False
    if known[0] != "table" or str(known[1]).upper().startswith("CREATE VIRTUAL"):
        raise FormatError(f"{name}: {table} is no plain table", hint="remove it, or open it once with its own program")
    return True


def _selected(
    database: sqlite3.Connection,
    name: str,
    table: str,
    columns: Sequence[str],
    where: Mapping[str, str],
    limits: Limits,
) -> Iterator[tuple[str, ...]]:
    named = ", ".join(f'"{column}"' for column in columns)
    wanted = " AND ".join(f'"{column}" = ?' for column in where) or "1"
    # All names are constants of ours; a name cannot be bound.
    query = f'SELECT {named} FROM "{table}" WHERE {wanted} LIMIT ?'  # noqa: S608  # see the line above
    size = 0
    for number, row in enumerate(database.execute(query, (*where.values(), limits.items + 1))):
        texts = tuple(map(_text, row))
        # A row may be computed, or share its pages with others: together they may be larger than the file.
        size += sum(map(len, texts))
        if size > limits.file_bytes:
            raise LimitExceeded(
                f"{name}: {table} holds more than {limits.file_bytes} bytes", hint="raise limits.file_bytes"
            )
        if number == limits.items:
            raise LimitExceeded(f"{name}: {table} holds more than {limits.items} rows", hint="raise limits.items")
        yield texts


def _text(value: object) -> str:
    return value if isinstance(value, str) else str(value) if isinstance(value, int) else ""


def _guard(database: sqlite3.Connection, limits: Limits) -> list[int]:
    """Let the database do nothing but be read; the steps that it has taken are counted in what this returns."""
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, limits.message_bytes)
    database.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    for pragma in ("trusted_schema = OFF", "cell_size_check = ON", "mmap_size = 0", "query_only = ON"):
        database.execute(f"PRAGMA {pragma}")
    steps = [0]

    def count() -> int:
        steps[0] += _STEPS_AT_ONCE
        return int(steps[0] >= limits.database_steps)

    def allow(action: int, *_: str | None) -> int:
        return sqlite3.SQLITE_OK if action in _READING else sqlite3.SQLITE_DENY

    database.set_progress_handler(count, _STEPS_AT_ONCE)
    database.set_authorizer(allow)
    return steps


def _has(database: sqlite3.Connection, table: str, column: str) -> bool:
    try:
        database.execute(f'SELECT "{table}"."{column}" FROM "{table}" LIMIT 0')  # noqa: S608  # constants of ours
    except sqlite3.OperationalError:
        return False
    return True
