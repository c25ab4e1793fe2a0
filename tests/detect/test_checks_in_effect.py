"""Checks that hold although a flag could switch them off, or that look at another name of the same place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from commands import driftseal

ADDRESSES = '''import ipaddress
import socket
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlparse

import requests
from mcp.server.fastmcp import FastMCP

mcp = FastMCP("pages")
BUILT_IN = {"help": "See the manual."}


def private(ip) -> bool:
    return any((ip.is_private, ip.is_loopback, ip.is_link_local))


def refuse(url: str, *, lenient: bool = False, strict: bool = True) -> None:
    if lenient:
        return
    if strict:
        for info in socket.getaddrinfo(urlparse(url).hostname, 80):
            if private(ipaddress.ip_address(info[4][0])):
                raise ValueError(url)


def refuse_at_times(url: str, lenient: bool = False) -> None:
    if lenient:
        return
    for info in socket.getaddrinfo(urlparse(url).hostname, 80):
        if private(ipaddress.ip_address(info[4][0])):
            raise ValueError(url)


def stop(why: str) -> NoReturn:
    if why:
        print(why)
    raise ValueError(why)


@mcp.tool()
def by_list(page: str) -> str:
    """Tell of a page."""
    if page not in BUILT_IN:
        stop(page)
    return (Path("/srv/pages") / page).read_text()


class Works:
    BASE = "https://api.example.org"

    def get(self, key: str) -> str:
        if not key.startswith("W"):
            key = f"W{key}"
        return requests.get(f"{self.BASE}/works/{key}", timeout=3).text


@mcp.tool()
def by_id(key: str) -> str:
    """Tell of a work."""
    return Works().get(key)


@mcp.tool()
def by_default(url: str) -> str:
    """Tell the title of a page."""
    refuse(url)
    return requests.get(url, timeout=3, allow_redirects=False).text


@mcp.tool()
def by_flag(url: str, lenient: bool) -> str:
    """Tell the title of a page."""
    refuse_at_times(url, lenient)
    return requests.get(url, timeout=3, allow_redirects=False).text


@mcp.tool()
def by_word(url: str) -> str:
    """Tell the title of a page."""
    refuse_at_times(url)
    return requests.get(url, timeout=3, allow_redirects=False).text


@mcp.tool()
def by_caller(url: str, lenient: bool = False) -> str:
    """Tell the title of a page."""
    if not lenient:
        refuse(url)
    return requests.get(url, timeout=3, allow_redirects=False).text


@mcp.tool()
def by_table(topic: str) -> str:
    """Tell of a topic."""
    if topic in BUILT_IN:
        return BUILT_IN[topic]
    return (Path("/srv/topics") / f"{topic}.md").read_text()
'''

PLACES = """import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { createReadStream, readdirSync, readFileSync } from "fs";
import path from "path";
import { z } from "zod";

const server = new McpServer({ name: "places", version: "1.0.0" });
const BASE = "/srv/pictures";

server.tool("absolute", "Send a picture.", { picture: z.string() }, async ({ picture }) => {
  const resolved = path.resolve(picture);
  if (!resolved.startsWith(BASE + path.sep)) throw new Error("outside");
  createReadStream(picture);
});

server.tool("elsewhere", "Send a picture.", { picture: z.string() }, async ({ picture }) => {
  const resolved = path.resolve(BASE, picture);
  if (!resolved.startsWith(BASE + path.sep)) throw new Error("outside");
  createReadStream(picture);
});

server.tool("anywhere", "List the scenes of a project.", { projectPath: z.string() }, async ({ projectPath }) => {
  if (projectPath.includes("..")) throw new Error("no");
  readdirSync(projectPath);
});

server.tool("told", "Show a file.", { file: z.string().describe("Absolute name of the file") }, async ({ file }) => {
  if (file.includes("..")) throw new Error("no");
  readFileSync(file);
});

server.tool("named", "Show a page.", { page: z.string() }, async ({ page }) => {
  if (page.includes("..")) throw new Error("no");
  readFileSync(page);
});
"""


def tools(folder: Path) -> dict[str, str]:
    """The confidence of the flow that is told of each tool."""
    told = json.loads(driftseal("scan", ".", "--format", "json", cwd=folder).stdout)
    rules = {"path-traversal", "weak-path-check", "server-side-request-forgery"}
    return {one["item"]["name"]: one["confidence"] for one in told["findings"] if one["rule_id"] in rules}


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("pages")
    (folder / "server.py").write_text(ADDRESSES)
    return tools(folder)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("places")
    (folder / "server.js").write_text(PLACES)
    return tools(folder)


def test_a_flag_that_nobody_sets_switches_no_check_off(asked: dict[str, str]) -> None:
    assert "by_default" not in asked


def test_a_flag_that_some_call_sets_may_switch_it_off_in_all(asked: dict[str, str]) -> None:
    assert (asked["by_flag"], asked["by_word"], asked["by_caller"]) == ("low", "low", "medium")


def test_a_name_that_is_looked_up_first_is_refused_by_nobody(asked: dict[str, str]) -> None:
    assert asked["by_table"] == "medium"


def test_what_never_comes_back_by_its_signature_refuses(asked: dict[str, str]) -> None:
    assert "by_list" not in asked


def test_what_begins_behind_an_address_that_nobody_chose_is_a_part_of_it(asked: dict[str, str]) -> None:
    assert asked.get("by_id", "low") == "low"


def test_a_path_made_absolute_is_the_same_place_and_one_joined_to_a_folder_is_not(opened: dict[str, str]) -> None:
    assert "absolute" not in opened
    assert opened["elsewhere"] == "medium"


def test_a_place_anywhere_that_may_not_lead_up_is_as_open_as_without(opened: dict[str, str]) -> None:
    assert (opened["anywhere"], opened["told"], opened["named"]) == ("low", "low", "medium")
