from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from configured import collect, content, context, one
from driftseal import snapshot
from driftseal.model.item import ItemKind, Json

PLACES = {
    "linux": ".local/state/warp-terminal/warp.sqlite",
    "darwin": "Library/Application Support/dev.warp.Warp-Stable/warp.sqlite",
    "darwin's group": "Library/Group Containers/2BBY89MBSN.dev.warp/Library/Application Support/dev.warp.Warp-Preview/"
    "warp.sqlite",
    "win32": "AppData/Local/warp/Warp/data/warp.sqlite",
}


def row(servers: Json) -> str:
    return json.dumps({"uuid": "u", "name": "n", "template": {"json": json.dumps(servers), "variables": []}})


def lay(path: Path, *rows: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path, isolation_level=None)) as made:
        made.execute(
            "CREATE TABLE mcp_server_installations (id TEXT, templatable_mcp_server TEXT, variable_values TEXT)"
        )
        values = '{"key": {"variable_type": "text", "value": "canary-secret-1"}}'
        made.executemany(
            "INSERT INTO mcp_server_installations VALUES (?, ?, ?)", [("i", entry, values) for entry in rows]
        )
    return path


@pytest.mark.parametrize("platform", PLACES)
def test_servers_added_in_warps_window_are_found_on_each_platform(tmp_path: Path, platform: str) -> None:
    home = tmp_path / "home"
    lay(home / PLACES[platform], row({"w": {"command": "npx", "args": ["-y", "srv"]}}))
    (found,) = collect("machine", context(tmp_path / "work", home=home, platform=platform.partition("'")[0]))
    assert (found.target.name, found.target.session, found.gaps) == ("w", "warp:user", ())
    assert found.target.reference == f"~/{PLACES[platform]}#w"
    assert content(found, ItemKind.LAUNCH)["args"] == ["-y", "srv"]


def test_a_variable_is_an_input_whose_value_is_not_read(tmp_path: Path) -> None:
    entry: Json = {"command": "npx", "args": ["srv", "--region={{region}}"], "env": {"API_KEY": "{{ key }}"}}
    path = lay(tmp_path / PLACES["linux"], row({"mcpServers": {"w": entry}}))
    taken = one(collect(str(path), context(tmp_path, home=tmp_path)), "w")
    assert content(taken, ItemKind.CREDENTIAL, "API_KEY")["source"] == "input"
    assert content(taken, ItemKind.LAUNCH)["inputs"] == ["key", "region"]
    assert "inline_secrets" not in content(taken, ItemKind.LAUNCH)
    assert "canary-secret-1" not in snapshot.dump(taken).decode()


def test_two_rows_of_one_name_are_two_servers(tmp_path: Path) -> None:
    path = lay(tmp_path / PLACES["linux"], row({"w": {"command": "a"}}), row({"w": {"url": "https://h.example"}}))
    names = [taken.target.name for taken in collect(str(path), context(tmp_path, home=tmp_path))]
    assert names == ["w", "w#2"]


@pytest.mark.parametrize("damaged", ["", "{", "[]", '{"template": {}}', '{"template": {"json": "{"}}'])
def test_a_row_that_cannot_be_understood_is_a_gap_beside_the_others(tmp_path: Path, damaged: str) -> None:
    path = lay(tmp_path / PLACES["linux"], damaged, row({"w": {"command": "a"}}))
    taken = collect(str(path), context(tmp_path, home=tmp_path))
    assert [found.target.name for found in taken] == ["w", "warp.sqlite"]
    (gap,) = taken[1].gaps
    assert gap.what.endswith("warp.sqlite#row 1")
    assert "no object" in gap.why


def test_a_damaged_database_is_a_gap(tmp_path: Path) -> None:
    path = tmp_path / PLACES["linux"]
    path.parent.mkdir(parents=True)
    path.write_bytes(b"no database")
    (taken,) = collect("machine", context(tmp_path, home=tmp_path))
    assert "no SQLite database" in taken.gaps[0].why
