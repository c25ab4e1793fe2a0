"""Flows that honest servers in Python have as well, each beside the nearest flaw, which stays told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from commands import driftseal

HEAD = """import asyncio
import json
import os
import tempfile
import urllib.request
from pathlib import Path
from typing import Annotated, Any

import httpx
from mcp.server.fastmcp import Context, FastMCP
from pydantic import Field

mcp = FastMCP("desk")
OUT = Path("/srv/out")
ToolContext = Context[Any, Any, Any]


async def run(*args: str, cwd: str) -> None:
    await asyncio.create_subprocess_exec(*args, cwd=cwd)


def below(path: str) -> bool:
    try:
        return os.path.realpath(path).startswith("/srv/notes/")
    except OSError:
        return False


def checked(path: str) -> tuple[bool, str]:
    if not below(path):
        return False, f"not below the folder: {path}"
    return True, ""


def found(path: str) -> tuple[bool, str, str]:
    if not below(path):
        return False, "", f"not below the folder: {path}"
    return True, path.strip(), ""


class Keeper:
    def __init__(self, root: str) -> None:
        self.lock_path = root + "/lock"


class Order:
    lock_path: str


class Asking:
    def __init__(self) -> None:
        self.client = httpx.AsyncClient()

    async def request(self, path: str, **more: Any) -> Any:
        return await self.client.request(method="POST", url=f"{os.environ['BASE']}/api{path}", **more)

    async def ask(self, **more: Any) -> Any:
        return await self.client.request(method="POST", **more)


asking = Asking()


def passed_on(path: str) -> tuple[bool, str]:
    if not below(path):
        return False, path
    return True, path

"""
TOOLS = {
    "attach": '''def attach(attachments: Annotated[list[str], Field(description="A list of file paths.")]) -> str:
    """Sends a letter."""
    return str([Path(each).read_bytes() for each in attachments])
''',
    "attach_named": '''def attach_named(attachments: Annotated[list[str], Field(description="Of the letter.")]) -> str:
    """Sends a letter."""
    return str([Path(each).read_bytes() for each in attachments])
''',
    "filtered": '''def filtered(conditions: dict) -> str:
    """Searches."""
    return str([getattr(asking, each) for each in conditions.values()])
''',
    "chosen": '''def chosen(condition: str) -> str:
    """Searches."""
    return str(getattr(asking, condition))
''',
    "build": '''async def build(ctx: ToolContext, project: str, name: str) -> str:
    """Builds a project."""
    await run("make", "docs", cwd=ctx.request_context.lifespan_context.project)
    return "built"
''',
    "make": '''async def make(project: str, revision: str) -> str:
    """Builds a project."""
    await asyncio.create_subprocess_exec("git", "log", revision, cwd="/srv/project")
    return "built"
''',
    "find": '''def find(text: str) -> str:
    """Asks the index."""
    data = json.dumps({"text": text}).encode()
    request = urllib.request.Request("https://index.example/find", data=data, headers={"X-Of": text})
    return urllib.request.urlopen(request).read().decode()
''',
    "look": '''def look(service: str) -> str:
    """Asks a service."""
    request = urllib.request.Request(f"https://{service}/find", data=b"")
    return urllib.request.urlopen(request).read().decode()
''',
    "ask": '''async def ask(workspace: str) -> str:
    """Asks the service."""
    async with httpx.AsyncClient(base_url=os.environ["BASE"], headers={"X-Workspace": workspace}) as client:
        return (await client.get(str(client) + "/notes")).text
''',
    "save": '''def save(kind: str) -> str:
    """Saves a report."""
    (OUT / f"report_{kind}.txt").write_text("x")
    return "saved"
''',
    "save_resolved": '''def save_resolved(kind: str) -> str:
    """Saves a report."""
    (OUT / f"report_{kind}.txt").resolve().write_text("x")
    return "saved"
''',
    "save_below": '''def save_below(kind: str) -> str:
    """Saves a report."""
    (OUT / f"{os.environ['PREFIX']}{kind}.txt").write_text("x")
    return "saved"
''',
    "save_twice": '''def save_twice(kind: str) -> str:
    """Saves a report."""
    (OUT / f"report_{kind}/{kind}.txt").write_text("x")
    return "saved"
''',
    "copy": '''def copy(title: str) -> str:
    """Keeps a copy."""
    (OUT / (Path(title).stem + Path(title).suffix)).write_text("x")
    return "kept"
''',
    "keep": '''def keep(text: str) -> str:
    """Keeps a text."""
    with tempfile.NamedTemporaryFile("w", delete=False) as file:
        file.write(text)
    os.unlink(file.name)
    return "kept"
''',
    "drop": '''def drop(title: str) -> str:
    """Drops a text."""
    os.unlink("/srv/notes/" + title)
    return "dropped"
''',
    "unlock": '''def unlock(keeper: Keeper) -> str:
    """Unlocks."""
    os.unlink("/srv/locks/" + keeper.lock_path)
    return "unlocked"
''',
    "unlock_order": '''def unlock_order(order: Order) -> str:
    """Unlocks."""
    os.unlink("/srv/locks/" + order.lock_path)
    return "unlocked"
''',
    "send": '''async def send(title: str) -> str:
    """Sends a card."""
    return (await asking.request("/card", json={"title": title})).text
''',
    "send_on": '''async def send_on(service: str) -> str:
    """Sends a card."""
    return (await asking.ask(url=f"https://{service}/card")).text
''',
    "read": '''def read(title: str) -> str:
    """Reads a note."""
    ok, reason = checked(title)
    if not ok:
        return reason
    return open(title).read()
''',
    "read_unasked": '''def read_unasked(title: str) -> str:
    """Reads a note."""
    ok, reason = checked(title)
    return open(title).read()
''',
    "read_found": '''def read_found(title: str) -> str:
    """Reads a note."""
    ok, path, reason = found(title)
    return open(path).read()
''',
    "read_passed_on": '''def read_passed_on(title: str) -> str:
    """Reads a note."""
    ok, path = passed_on(title)
    return open(path).read()
''',
}
EXPLAINED = '''from mcp.server.fastmcp import FastMCP
from neo4j import AsyncDriver

mcp = FastMCP("graph")
driver = AsyncDriver()


async def writes(query: str) -> bool:
    _, summary, _ = await driver.execute_query("EXPLAIN " + query)
    return "w" in summary.query_type


def names_write(query: str) -> bool:
    return "CREATE" in query.upper()


@mcp.tool()
async def read_graph(query: str) -> str:
    """Executes a read query."""
    if await writes(query):
        raise ValueError(query)
    return str(await driver.execute_query(query))


@mcp.tool()
async def read_graph_by_words(query: str) -> str:
    """Executes a read query."""
    if names_write(query):
        raise ValueError(query)
    return str(await driver.execute_query(query))
'''
PLANS = '''import sqlite3

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("plans")
connection = sqlite3.connect("x")


@mcp.tool()
def plan(sql: str) -> str:
    """Looks into a statement."""
    return str(connection.execute(f"BEFORE {sql}").fetchall())
'''

STREAMS = '''import os

import httpx
from mcp.server.fastmcp import FastMCP

mcp = FastMCP("example")


class Client:
    def __init__(self) -> None:
        self.base = os.environ["BASE"]

    async def post(self, path: str, data: dict) -> dict:
        async with httpx.AsyncClient() as client:
            return (await client.post(f"{self.base}/{path}", json=data)).json()

    async def delete(self, path: str) -> None:
        async with httpx.AsyncClient() as client:
            await client.delete(f"{self.base}/{path}")


service = Client()


@mcp.tool(annotations={"destructiveHint": False})
async def create_stream(name: str) -> str:
    """Makes a stream."""
    made = await service.post("streams", {"name": name})
    try:
        await service.post(f"streams/{made['id']}/sinks", {})
    except Exception:
        await service.delete(f"streams/{made['id']}")
        raise
    return made["id"]


@mcp.tool(annotations={"destructiveHint": True})
async def delete_stream(stream: str) -> str:
    """Deletes a stream."""
    await service.delete(f"streams/{stream}")
    return "deleted"


@mcp.tool(annotations={"readOnlyHint": True})
async def list_streams() -> str:
    """Lists the streams."""
    return service.base


@mcp.tool(annotations={"readOnlyHint": True})
async def show_stream(stream: str) -> str:
    """Shows a stream."""
    return f"{service.base}/{stream}"
'''


def of(folder: Path, text: str) -> dict[str, set[str]]:
    """By tool: the flaws that are told with medium confidence or more."""
    (folder / "server.py").write_text(text, encoding="utf-8")
    found: dict[str, set[str]] = {}
    for one in json.loads(driftseal("scan", ".", "--format", "json", cwd=folder).stdout)["findings"]:
        if one["confidence"] != "low" and one["severity"] not in {"info", "low"} and one["item"]["kind"] == "tool":
            found.setdefault(one["item"]["name"], set()).add(one["rule_id"])
    return found


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    text = HEAD + "".join(f"\n@mcp.tool()\n{body}\n" for body in TOOLS.values())
    return of(tmp_path_factory.mktemp("honest"), text)


def test_what_the_library_hands_in_is_chosen_by_no_caller_and_a_folder_to_run_in_is_no_argument(
    told: dict[str, set[str]],
) -> None:
    assert "build" not in told
    assert told["make"] == {"argument-injection"}


def test_the_body_of_a_request_does_not_say_where_it_goes(told: dict[str, set[str]]) -> None:
    assert "find" not in told
    assert told["look"] == {"server-side-request-forgery"}


def test_a_client_is_not_where_its_headers_say(told: dict[str, set[str]]) -> None:
    assert "ask" not in told


def test_a_value_in_the_middle_of_a_name_leads_nowhere_unless_the_way_up_is_resolved(told: dict[str, set[str]]) -> None:
    assert "save" not in told
    assert told["save_resolved"] == told["save_below"] == told["save_twice"] == {"path-traversal"}


def test_the_parts_of_a_name_lead_into_no_folder(told: dict[str, set[str]]) -> None:
    assert "copy" not in told


def test_the_first_of_several_results_says_whether_a_check_was_passed(told: dict[str, set[str]]) -> None:
    assert "read" not in told
    assert told["read_unasked"] == {"path-traversal"}


def test_one_of_several_results_has_passed_what_was_checked_before_it_was_given_back(told: dict[str, set[str]]) -> None:
    assert "read_found" not in told
    assert told["read_passed_on"] == {"path-traversal"}


def test_what_a_database_says_of_a_statement_is_no_look_at_its_words(tmp_path: Path) -> None:
    told = of(tmp_path, EXPLAINED)
    assert "read_graph" not in told
    assert told["read_graph_by_words"] == {"weak-statement-check"}


def test_a_statement_that_is_explained_after_others_is_one_by_design(tmp_path: Path) -> None:
    assert "plan" not in of(tmp_path, PLANS.replace("BEFORE", "SELECT reset(); EXPLAIN (FORMAT JSON, BUFFERS)"))
    assert of(tmp_path, PLANS.replace("BEFORE", "EXPLAIN SELECT count(*) FROM"))["plan"] == {"sql-injection"}


def test_what_is_written_into_a_file_is_not_its_name(told: dict[str, set[str]]) -> None:
    assert "keep" not in told
    assert told["drop"] == {"path-traversal"}


def test_an_object_that_makes_its_own_fields_comes_from_no_client(told: dict[str, set[str]]) -> None:
    assert "unlock" not in told
    assert told["unlock_order"] == {"path-traversal"}


def test_of_keywords_that_are_handed_on_none_is_what_is_given_by_its_name(told: dict[str, set[str]]) -> None:
    assert "send" not in told
    assert told["send_on"] == {"server-side-request-forgery"}


def test_a_tool_that_makes_things_takes_them_back_by_the_client_of_one_that_openly_deletes(tmp_path: Path) -> None:
    assert "create_stream" not in of(tmp_path, STREAMS)
    hidden = STREAMS.replace('"destructiveHint": True', '"destructiveHint": False')
    assert of(tmp_path, hidden)["create_stream"] == {"harmless-tool-deletes"}
    told = of(tmp_path, STREAMS.replace("create_stream", "sync_stream"))
    assert told["sync_stream"] == {"harmless-tool-deletes"}


def test_a_list_of_paths_is_as_open_about_it_as_one_path(told: dict[str, set[str]]) -> None:
    assert "attach" not in told
    assert told["attach_named"] == {"path-traversal"}


def test_a_member_that_is_named_somewhere_in_what_is_given_may_be_one_by_design(told: dict[str, set[str]]) -> None:
    assert "filtered" not in told
    assert told["chosen"] == {"member-chosen"}


@pytest.mark.parametrize(("hands", "flaw"), [(4, True), (16, False)])
def test_what_goes_through_many_hands_is_no_sure_flaw(tmp_path: Path, hands: int, *, flaw: bool) -> None:
    first = "def hand0(title: str) -> str:\n    return (OUT / title).read_text()\n"
    others = (f"def hand{n}(title: str) -> str:\n    return hand{n - 1}(title)\n" for n in range(1, hands))
    tool = f'@mcp.tool()\ndef show(title: str) -> str:\n    """Shows a note."""\n    return hand{hands - 1}(title)\n'
    told = of(tmp_path, "\n\n".join([HEAD, first, *others, tool]))
    assert ("show" in told) is flaw
