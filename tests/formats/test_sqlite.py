from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from driftseal.errors import FormatError, LimitExceeded, TargetError
from driftseal.formats import sqlite
from driftseal.limits import DEFAULT_LIMITS, Limits


@contextmanager
def database(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, isolation_level=None)) as opened:
        yield opened


def read(path: Path, limits: Limits = DEFAULT_LIMITS) -> list[str]:
    return sqlite.texts(path, "a.db", "t", ("new", "old"), limits)


def test_the_first_known_column_is_read_row_by_row(tmp_path: Path) -> None:
    path = tmp_path / "a b?#%.db"
    with database(path) as made:
        made.execute("CREATE TABLE t (id INTEGER, old TEXT)")
        made.executemany("INSERT INTO t VALUES (?, ?)", [(1, "x"), (2, None), (3, b"\0"), (4, "y")])
    before = sorted(entry.name for entry in tmp_path.iterdir()), path.read_bytes()
    assert read(path) == ["x", "", "", "y"]
    assert before == (sorted(entry.name for entry in tmp_path.iterdir()), path.read_bytes())


def test_a_database_without_the_table_has_nothing_to_tell(tmp_path: Path) -> None:
    with database(tmp_path / "a.db") as made:
        made.execute("CREATE TABLE other (new TEXT)")
    assert read(tmp_path / "a.db") == []


def test_what_a_running_program_wrote_last_is_seen_and_its_files_stay_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with database(path) as running:
        running.execute("PRAGMA journal_mode = WAL")
        running.execute("CREATE TABLE t (new TEXT)")
        running.execute("INSERT INTO t VALUES ('last')")
        before = {entry.name: entry.read_bytes() for entry in tmp_path.iterdir()}
        assert "a.db-wal" in before
        assert read(path) == ["last"]
        assert {entry.name: entry.read_bytes() for entry in tmp_path.iterdir()} == before
        with pytest.raises(LimitExceeded, match=r"a\.db: is in use and larger than 100 bytes"):
            read(path, Limits(database_bytes=100))


@pytest.mark.parametrize(
    "schema",
    [
        "CREATE VIEW t AS SELECT 'x' AS new",
        "CREATE VIEW t AS WITH RECURSIVE c(new) AS (SELECT 1 UNION ALL SELECT new + 1 FROM c) SELECT new FROM c",
        "CREATE VIRTUAL TABLE t USING fts5(new)",
    ],
)
def test_what_is_no_plain_table_is_not_asked(tmp_path: Path, schema: str) -> None:
    with database(tmp_path / "a.db") as made:
        made.execute(schema)
    with pytest.raises(FormatError, match=r"a\.db: t is no plain table"):
        read(tmp_path / "a.db")


def test_computed_rows_are_bounded_together(tmp_path: Path) -> None:
    with database(tmp_path / "a.db") as made:
        made.execute("CREATE TABLE t (id INTEGER, new TEXT GENERATED ALWAYS AS (hex(zeroblob(id))) VIRTUAL)")
        made.executemany("INSERT INTO t VALUES (?)", [(4000,)] * 100)
    with pytest.raises(LimitExceeded, match=r"a\.db: t holds more than 100000 bytes"):
        read(tmp_path / "a.db", Limits(file_bytes=100_000))


def test_a_table_without_a_known_column_is_an_error(tmp_path: Path) -> None:
    with database(tmp_path / "a.db") as made:
        made.execute("CREATE TABLE t (newer TEXT)")
    with pytest.raises(FormatError, match=r"a\.db: t has no column new or old"):
        read(tmp_path / "a.db")


def test_rows_steps_and_texts_are_bounded(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with database(path) as made:
        made.execute("CREATE TABLE t (new TEXT)")
        made.execute("BEGIN")
        made.executemany("INSERT INTO t VALUES (?)", [("x" * 100,)] * 40_000)
        made.execute("COMMIT")
    with pytest.raises(LimitExceeded, match=r"a\.db: t holds more than 10 rows"):
        read(path, Limits(items=10))
    with pytest.raises(LimitExceeded, match=r"a\.db: takes more than 20000 steps to read"):
        read(path, Limits(items=40_000, database_steps=20_000))
    with pytest.raises(FormatError, match=r"a\.db: a damaged database"):
        read(path, Limits(message_bytes=50))


@pytest.mark.parametrize("damage", [b"", b"no database", b"SQLite format 3\0", b"SQLite format 3\0" + b"\xff" * 4096])
def test_a_file_that_is_no_database_is_an_error(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "a.db").write_bytes(damage)
    with pytest.raises(FormatError, match=r"^a\.db: (no SQLite|a damaged) database"):
        read(tmp_path / "a.db")


def test_every_damaged_page_ends_in_an_error_or_in_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with database(path) as made:
        made.execute("CREATE TABLE t (new TEXT)")
        made.executemany("INSERT INTO t VALUES (?)", [("x" * 50,)] * 200)
    whole = path.read_bytes()
    for at in range(16, len(whole), 97):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        with suppress(FormatError):
            assert all(isinstance(row, str) for row in read(path))


def test_a_folder_and_nothing_at_all_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="not a regular file"):
        read(tmp_path)
    with pytest.raises(TargetError, match="cannot be read"):
        read(tmp_path / "missing.db")
