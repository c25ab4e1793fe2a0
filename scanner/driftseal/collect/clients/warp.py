"""Warp: servers added in its window are rows of its database, each with the JSON that other clients have in a file.

Values that the user gave for a server's ``{{variables}}`` lie in another column, which is not read.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from driftseal import canonical
from driftseal.errors import FormatError
from driftseal.formats.base import Document
from driftseal.limits import Limits
from driftseal.model.item import Json
from driftseal.narrow import to_object, to_text
from driftseal.regexes import regex

SHAPE: Final = "warp"
_TABLE: Final = "mcp_server_installations"
_COLUMNS: Final = ("templatable_mcp_server", "installation")
_VARIABLE: Final = regex(r"\{\{\s*+([\w.-]{1,200}+)\s*+\}\}")


def document(path: Path, uri: str, limits: Limits) -> Document:
    """The servers of one database under the key ``mcpServers``, variables written as inputs that a user is asked for.

    A row that cannot be understood stays as a text, so that it is told as what is no server.

    Raises:
        FormatError: no such database.
        LimitExceeded: larger than ``limits`` allow.
        TargetError: it cannot be read.
    """
    from driftseal.formats import sqlite

    servers: dict[str, Json] = {}
    for number, row in enumerate(sqlite.texts(path, uri, _TABLE, _COLUMNS, limits), start=1):
        for name, server in _servers(row, f"row {number}", limits).items():
            key, further = name, 1
            while key in servers:
                further += 1
                key = f"{name}#{further}"
            servers[key] = server
    return Document({"mcpServers": servers})


def _servers(row: str, name: str, limits: Limits) -> dict[str, Json]:
    try:
        template = to_object(to_object(canonical.parse_json(row, name, limits).value)["template"])
        text = _VARIABLE.sub(r"${input:\1}", to_text(template["json"]))
        servers = to_object(canonical.parse_json(text, name, limits).value)
        return to_object(servers["mcpServers"]) if "mcpServers" in servers else servers
    except (KeyError, TypeError, FormatError):
        return {name: "no server"}
