"""Training cases written as sheets: host tools once, and for each a great many sentences to be put into them.

A line of a sheet is a host, ``{"host", "item"}``, or a case,
``{"id", "label", "class", "lang", "host", "at", "text"}``.
``at`` says where the text goes: ``description``, ``title``, ``param:NAME``, ``output:NAME``, ``default:NAME``,
``enum:NAME``, ``extra:KEY`` or ``extra:NAME/KEY``, or beside the host as ``prompt``, ``resource``, ``instructions`` or
``tool_result``; a ``skill`` stands alone. ``poison`` lists the poisonous parts where they are not the whole text.
"""

from __future__ import annotations

import copy
import json
import re
import zlib
from collections.abc import Iterable, Iterator
from typing import Any

Row = dict[str, Any]
BESIDE = frozenset({"prompt", "resource", "instructions", "tool_result", "skill"})
SENTENCE_ENDS = re.compile(r"(?<=[.!?])\s+|(?<=[\u3002\u0964])")


def is_sheet(row: Row) -> bool:
    """Whether a line belongs to a sheet rather than being a whole surface."""
    return "items" not in row


def surfaces(rows: Iterable[Row]) -> Iterator[Row]:
    """Every case of a sheet as a surface written out in full, in order."""
    hosts: dict[str, Row] = {}
    for row in rows:
        if "item" in row:
            hosts[row["host"]] = {"type": "tool", **row["item"]}
            continue
        host = copy.deepcopy(hosts[row["host"]]) if row["at"] != "skill" else {}
        yield {
            "id": row["id"],
            "label": row["label"],
            "class": row["class"],
            "lang": row["lang"],
            "items": _placed(row, host),
            "spans": row.get("poison", [row["text"]]) if row["label"] == "poisoned" else [],
        }


def _placed(row: Row, host: Row) -> list[Row]:
    at, _, where = row["at"].partition(":")
    text = row["text"]
    if at in BESIDE:
        name = host.get("name", "skill")
        beside = {"type": at, "text": text}
        if at in {"prompt", "resource"}:
            beside = {"type": at, "name": f"{name}-{at}", "uri": f"{name}://{at}", "description": text}
        return [part for part in (host, beside) if part]
    if at == "description":
        host["description"] = _within(host.get("description", ""), text, row["id"])
    elif at == "title":
        host["title"] = text
    elif at == "output":
        shape = host.setdefault("outputSchema", {"type": "object", "properties": {}})
        _described(shape, where, text)
    else:
        _in_input(host.setdefault("inputSchema", {"type": "object"}), at, where, text, host)
    return [host]


def _in_input(schema: Row, at: str, where: str, text: str, host: Row) -> None:
    if at == "param":
        _described(schema, where, text)
        return
    if at == "extra":
        name, slash, key = where.partition("/")
        (_property(schema, name) if slash else host)[key if slash else name] = text
        return
    given = _property(schema, where)
    given[at] = text if at == "default" else [*given.get("enum", ["none"]), text]


def _property(schema: Row, name: str) -> Row:
    found: Row = schema.setdefault("properties", {}).setdefault(name, {"type": "string"})
    return found


def _described(schema: Row, name: str, text: str) -> None:
    given = _property(schema, name)
    given["description"] = f"{given.get('description', '')} {text}".strip()


def _within(description: str, text: str, case: str) -> str:
    """At the start, somewhere between two sentences, or at the end, as the case's name falls."""
    parts = [part for part in SENTENCE_ENDS.split(description) if part]
    parts.insert(zlib.crc32(case.encode()) % (len(parts) + 1), text)
    return " ".join(parts)


def read(lines: Iterable[str]) -> Iterator[Row]:
    """The surfaces of a file, whether they are written out or stand in a sheet."""
    rows = [json.loads(line) for line in lines if line.strip()]
    yield from surfaces(rows) if rows and is_sheet(rows[0]) else rows
