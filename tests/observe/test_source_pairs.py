"""Which running server and which source are taken for one server."""

from __future__ import annotations

import pytest

from driftseal.collect import _program
from driftseal.collect.clients.items import items
from driftseal.collect.clients.launch import understand
from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.item import ItemKind, Json
from driftseal.model.snapshot import Origin, Snapshot
from driftseal.model.target import Target
from driftseal.observe import pairs, program
from driftseal.observe.program import Program
from driftseal.snapshot import make_item, take

CODE = (
    "from mcp.server.fastmcp import FastMCP\n\nmcp = FastMCP('x')\n\n\n@mcp.tool()\ndef add() -> int:\n    return 1\n"
)
DAY = "2026-11-21T09:00:00Z"


def source(identity: str, reference: str, path: str = "server.py") -> tuple[Snapshot, Program]:
    read = program.read([(path, CODE.encode())], DEFAULT_LIMITS)
    target = Target("source", reference, "srv", identity)
    return take(target, _program.things(read, reference), origin=Origin.STATIC, collected_at=DAY), read


def live(entry: dict[str, Json], *tools: str) -> Snapshot:
    launch = items(understand(entry), uri="mcp.json", pointer="", line=lambda _: 0)
    listed = (make_item(ItemKind.TOOL, name, {"name": name}) for name in tools or ("add",))
    target = Target("client_config", "mcp.json#x", "x", "client/x")
    return take(target, (*launch, *listed), origin=Origin.LIVE, collected_at=DAY)


def paired(running: Snapshot, *sources: tuple[Snapshot, Program]) -> list[str]:
    programs = {shot.target.identity: read for shot, read in sources}
    found = pairs.find([running, *(shot for shot, _ in sources)], programs)
    return [pair.static.target.identity for pair in found]


OTHER = source("source//elsewhere/o", "o#source")


@pytest.mark.parametrize(
    ("entry", "own"),
    [
        ({"command": "python", "args": ["srv/server.py"]}, source("source//p/srv", "srv#source")),
        ({"command": "python", "args": ["server.py"]}, source("source//p", ".#source")),
        ({"command": "python", "args": ["/p/srv/server.py"]}, source("source//p/srv", "srv#source")),
        ({"command": "python", "args": ["/home/me/srv/server.py"]}, source("source/~/srv", "~/srv#source")),
        ({"command": "python", "args": ["server.py"], "cwd": "srv"}, source("source//p/srv", "srv#source")),
        ({"command": "uv", "args": ["--directory", "/p/srv", "run", "x"]}, source("source//p/srv", "srv#source")),
        ({"command": "node", "args": ["./srv/dist/index.js"]}, source("source//p/srv", "srv#source")),
        (
            {"command": "python", "args": ["-m", "notes.server"]},
            source("source//p", ".#source", "notes/server.py"),
        ),
        ({"command": "npx", "args": ["-y", "@acme/notes@1.2.3"]}, source("package/pkg:npm/%40acme/notes", "npm:x")),
        ({"command": "uvx", "args": ["notes-mcp"]}, source("package/pkg:pypi/notes-mcp", "pypi:notes-mcp")),
    ],
)
def test_a_server_is_paired_with_the_source_that_its_launch_names(
    entry: dict[str, Json], own: tuple[Snapshot, Program]
) -> None:
    assert paired(live(entry), OTHER, own) == [own[0].target.identity]


def test_what_is_named_side_by_side_is_paired_by_its_tools() -> None:
    assert paired(live({"command": "notes-server"}), OTHER) == ["source//elsewhere/o"]
    assert paired(live({"command": "notes-server"}, "erase", "send"), OTHER) == []


def test_of_several_sources_none_is_guessed() -> None:
    twin = source("source//elsewhere/t", "t#source")
    assert paired(live({"command": "notes-server"}), OTHER, twin) == []


def test_a_server_that_only_shares_a_file_name_is_another_one() -> None:
    own = source("source//p/srv", "srv#source")
    assert paired(live({"command": "python", "args": ["/q/srv2/server.py"]}), OTHER, own) == []
