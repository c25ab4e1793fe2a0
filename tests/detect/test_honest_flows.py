"""Flows that honest servers have as well: what a caller openly chooses, or what only seems to come from one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from commands import driftseal

PYTHON = '''import os

from mcp.server.fastmcp import FastMCP
from vendor import lookup_place

mcp = FastMCP("files")


@mcp.tool()
def save(artifact: str, destination_dir: str) -> str:
    """Saves a picture."""
    with open(os.path.join(destination_dir, artifact), "w") as out:
        return str(out.write("x"))


@mcp.tool()
def save_below(name: str) -> str:
    """Saves a picture."""
    with open(os.path.join("/srv/pictures", name), "w") as out:
        return str(out.write("x"))


@mcp.tool()
def validate(workspace_dir: str) -> str:
    """Validates the model that lies in the workspace directory."""
    return open(os.path.join(workspace_dir, "model.json")).read()


@mcp.tool()
def convert(project_path: str) -> str:
    """Converts a project."""
    if os.path.basename(project_path).startswith("."):
        raise ValueError(project_path)
    return open(project_path).read()


@mcp.tool()
def restore_into(into: str) -> str:
    """Makes a folder and unpacks an archive into it."""
    os.makedirs(into)
    return "done"


@mcp.tool()
def place(page: str) -> str:
    """Reads the page that was set up for something."""
    return open(lookup_place(page)).read()

'''
JAVASCRIPT = """import axios from "axios";
import fs from "fs";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { z } from "zod";

const server = new McpServer({ name: "devices", version: "1.0.0" });
const recordings = new Map();

async function ask(config) {
  return await axios({ ...config, timeout: 5 });
}

server.tool("scrape", "Asks the service.", { url: z.string() }, async ({ url }) => {
  return (await ask({ url: "https://api.example.com/v1", method: "POST", data: { url } })).data;
});

async function pass(config) {
  return await axios({ ...config, timeout: 5 });
}

server.tool("relay", "Asks the service.", { url: z.string() }, async ({ url }) => {
  return (await pass({ url, method: "POST" })).data;
});
server.tool("begin", "Begins.", { device: z.string() }, async ({ device }) => {
  recordings.set(device, { out: "/tmp/recording" });
});
server.tool("stop", "Stops.", { device: z.string() }, async ({ device }) => {
  return fs.readFileSync(recordings.get(device).out, "utf8");
});
server.tool("menu", "Draws.", { buttons: z.array(z.string()) }, async ({ buttons }) => {
  return fs.readFileSync("/srv/templates/" + buttons.length + ".md", "utf8");
});
server.tool("entry", "Draws.", { buttons: z.array(z.string()) }, async ({ buttons }) => {
  return fs.readFileSync("/srv/templates/" + buttons[0] + ".md", "utf8");
});
server.tool("logs", "Reads logs.", { saveTo: z.string().describe("File path to save to") }, async ({ saveTo }) => {
  fs.writeFileSync(saveTo, "x");
});
"""
PACKAGE = '{"name": "devices", "version": "1.0.0", "type": "module", "dependencies": {"axios": "1.7.0"}}'


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """By tool: the flaws that are told with medium confidence or more."""
    folder: Path = tmp_path_factory.mktemp("honest")
    (folder / "server.py").write_text(PYTHON, encoding="utf-8")
    (folder / "server.js").write_text(JAVASCRIPT, encoding="utf-8")
    (folder / "package.json").write_text(PACKAGE, encoding="utf-8")
    found: dict[str, set[str]] = {}
    for one in json.loads(driftseal("scan", ".", "--format", "json", cwd=folder).stdout)["findings"]:
        if one["confidence"] != "low" and one["severity"] not in {"info", "low"} and one["item"]["kind"] == "tool":
            found.setdefault(one["item"]["name"], set()).add(one["rule_id"])
    return found


def test_a_name_below_a_folder_that_the_caller_chooses_gains_nobody_anything(told: dict[str, set[str]]) -> None:
    assert "save" not in told
    assert told["save_below"] == {"path-traversal"}


def test_a_promise_to_keep_to_a_folder_that_the_caller_names_is_none(told: dict[str, set[str]]) -> None:
    assert "validate" not in told


def test_whoever_may_name_any_place_but_for_some_names_may_name_any_place(told: dict[str, set[str]]) -> None:
    assert "convert" not in told


def test_a_folder_into_which_something_is_unpacked_is_openly_one(told: dict[str, set[str]]) -> None:
    assert "restore_into" not in told


def test_what_an_unknown_function_makes_of_a_value_is_no_surer_than_its_name(told: dict[str, set[str]]) -> None:
    assert "place" not in told


def test_of_a_request_that_is_spread_into_another_the_address_counts(told: dict[str, set[str]]) -> None:
    assert "scrape" not in told
    assert told["relay"] == {"server-side-request-forgery"}


def test_what_a_table_holds_does_not_come_from_its_key(told: dict[str, set[str]]) -> None:
    assert "stop" not in told


def test_the_length_of_a_list_leads_nowhere(told: dict[str, set[str]]) -> None:
    assert "menu" not in told
    assert told["entry"] == {"path-traversal"}


def test_a_parameter_that_is_described_as_a_path_is_one_by_design(told: dict[str, set[str]]) -> None:
    assert "logs" not in told


def test_a_package_that_brings_along_how_it_is_started_names_itself_without_a_version(tmp_path: Path) -> None:
    names = ("devices", "others", "@maker/all-devices", "@others/devices")
    servers = {name: {"command": "npx", "args": ["-y", name]} for name in names}
    (tmp_path / ".mcp.json").write_text(json.dumps({"mcpServers": servers}), encoding="utf-8")
    (tmp_path / "server.js").write_text(JAVASCRIPT, encoding="utf-8")
    described = {**json.loads(PACKAGE), "repository": {"url": "https://github.com/maker/devices.git"}}
    (tmp_path / "package.json").write_text(json.dumps(described), encoding="utf-8")
    found = json.loads(driftseal("scan", ".", "--format", "json", cwd=tmp_path).stdout)["findings"]
    sure = {one["evidence"]: one["confidence"] for one in found if one["rule_id"] == "unpinned-package"}
    assert sure == {"devices": "low", "others": "high", "@maker/all-devices": "low", "@others/devices": "high"}


FETCHING = '''import ipaddress
import socket
from urllib.parse import urlsplit

import httpx
from mcp.server.fastmcp import FastMCP

mcp = FastMCP("pages")


def refuse_private(url: str) -> None:
    for info in socket.getaddrinfo(urlsplit(url).hostname, 443):
        if not ipaddress.ip_address(info[4][0]).is_global:
            raise ValueError(url)


class Fetcher:
    def __init__(self, allow_private: bool = False, strict: bool = False) -> None:
        self.allow_private = allow_private
        self.strict = strict

    def get(self, url: str) -> str:
        if not self.allow_private:
            refuse_private(url)
        return httpx.get(url, follow_redirects=False).text

    def get_strictly(self, url: str) -> str:
        if self.strict:
            refuse_private(url)
        return httpx.get(url, follow_redirects=False).text


fetcher = Fetcher()


@mcp.tool()
def read_page(url: str) -> str:
    """Reads a page."""
    return fetcher.get(url)


@mcp.tool()
def view_page(url: str) -> str:
    """Reads a page."""
    return fetcher.get_strictly(url)
'''


def test_a_check_that_has_to_be_switched_off_counts_and_one_that_has_to_be_switched_on_does_not(tmp_path: Path) -> None:
    (tmp_path / "server.py").write_text(FETCHING, encoding="utf-8")
    found = json.loads(driftseal("scan", ".", "--format", "json", cwd=tmp_path).stdout)["findings"]
    sure = {one["item"]["name"]: one["confidence"] for one in found if one["rule_id"] == "server-side-request-forgery"}
    assert sure == {"read_page": "low", "view_page": "medium"}


MEMBERS = '''import os
from urllib.request import urlopen

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("drive")


@mcp.tool()
def remove(file_id: str) -> str:
    """Removes a copy."""
    return os.unlink(file_id.mimeType)


@mcp.tool()
def count(model: str) -> str:
    """Counts records."""
    return urlopen(f"{os.environ['BASE_URL']}/models/{model}/count").read().decode()
'''


def test_what_a_text_cannot_hold_and_an_address_whose_beginning_is_given_are_chosen_by_no_caller(
    tmp_path: Path,
) -> None:
    (tmp_path / "server.py").write_text(MEMBERS, encoding="utf-8")
    found = json.loads(driftseal("scan", ".", "--format", "json", cwd=tmp_path).stdout)["findings"]
    sure = {(one["item"]["name"], one["confidence"]) for one in found if one["rule_id"] == "path-traversal"}
    assert sure == {("remove", "low"), ("count", "low")}
