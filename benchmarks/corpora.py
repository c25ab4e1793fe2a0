"""Corpora that benchmarks and training read: manifests by line, and surfaces written by hand.

A folder may hold ``manifests_malicious.jsonl.gz`` and ``manifests_benign.jsonl.gz``, one item a line with ``id, source,
label, tier, attack_class, server, item_type, name, description, input_schema, output_schema, annotations, title,
meta``. A file ``*.jsonl`` holds one surface a line: ``id, label`` (poisoned or benign), ``class, lang, items`` (each
with a ``type``: tool, prompt, resource, instructions, tool_result or skill) and ``spans``, the poisonous texts; or it
is a sheet, as ``sheets.py`` describes.
"""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sheets

from driftseal.model.item import Item, ItemKind
from driftseal.model.snapshot import Origin, Session, Snapshot
from driftseal.model.target import Target
from driftseal.snapshot import make_item, take

Row = dict[str, Any]
FIELDS = {
    "description": "description",
    "input_schema": "inputSchema",
    "output_schema": "outputSchema",
    "annotations": "annotations",
    "title": "title",
    "meta": "_meta",
}
TWINS = "hand-written twins"
"""Honest surfaces that share nearly all words with a poisoned one, of whose id theirs is with a ``b``."""
MEASURING = "test"
"""What the names of files in a folder begin with that nothing may be learnt from."""
REAL = "live"
"""Servers as they answered; a file of that name holds some too."""
TEXTS = {
    "instructions": ItemKind.INSTRUCTIONS,
    "tool_result": ItemKind.TOOL_RESULT,
    "skill": ItemKind.SKILL,
}


@dataclass(frozen=True, slots=True)
class Surface:
    """What is judged as one: an item, or all items of a server."""

    id: str
    group: str
    """Source or server: surfaces of one group are never split between training and measuring."""
    poisoned: bool
    tier: str
    attack: str
    language: str
    items: tuple[Item, ...]
    spans: tuple[str, ...] = ()
    hard: frozenset[str] = frozenset()
    """Keys of benign items that look like poison to a naive scanner."""

    @property
    def snapshot(self) -> Snapshot:
        """As a scan would take it."""
        target = Target("manifest", self.id, self.id, self.id)
        return take(target, self.items, origin=Origin.STATIC, collected_at="2026-01-01T00:00:00Z")

    @property
    def session(self) -> Session:
        """This surface alone."""
        return Session(self.id, (self.snapshot,))


def read(paths: Iterable[Path]) -> Iterator[Surface]:
    """Every surface of these folders and files, in order.

    What is kept for measuring is read only where it is named itself, so that nothing learns from it by its folder.
    """
    for path in paths:
        if path.is_dir():
            yield from _manifests(path)
            for file in sorted(path.glob("*.jsonl")):
                if not file.stem.startswith(MEASURING):
                    yield from by_hand(file)
        else:
            yield from by_hand(path)


def by_hand(path: Path) -> Iterator[Surface]:
    """Surfaces written by hand."""
    with path.open(encoding="utf-8") as lines:
        for row in sheets.read(lines):
            yield Surface(
                row["id"],
                row["id"].rstrip("b"),
                row["label"] == "poisoned",
                _tier(row["id"], path.stem),
                row["class"],
                row.get("lang", "en"),
                tuple(_part(part) for part in row["items"]),
                tuple(row.get("spans") or ()),
            )


def _tier(case: str, stem: str) -> str:
    if stem == REAL:
        return REAL
    return TWINS if case.endswith("b") else f"hand-written {stem}"


def _part(part: Row) -> Item:
    kind = part["type"]
    if kind in TEXTS:
        return make_item(TEXTS[kind], "" if kind == "instructions" else kind, {"text": part["text"]})
    content = {key: value for key, value in part.items() if key != "type"}
    name = content.get("uri") if kind == "resource" else content.get("name")
    return make_item(ItemKind(kind), str(name or ""), content)


def rows(path: Path) -> list[Row]:
    """Lines of one corpus file."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def item_of(row: Row) -> Item:
    """The item that a line of a corpus describes."""
    kind = row["item_type"]
    if kind in TEXTS:
        return make_item(TEXTS[kind], "" if kind == "instructions" else row["name"], {"text": row["description"]})
    content = {"name": row["name"]} | {ours: row[theirs] for theirs, ours in FIELDS.items() if row.get(theirs)}
    return make_item(ItemKind(kind), row["name"], content)


def _manifests(folder: Path) -> Iterator[Surface]:
    malicious = folder / "manifests_malicious.jsonl.gz"
    benign = folder / "manifests_benign.jsonl.gz"
    for row in rows(malicious) if malicious.exists() else ():
        # What was made from other sources' payloads is a source of its own.
        group = row["source"]
        yield Surface(row["id"], group, True, row["tier"], row["attack_class"], "en", (item_of(row),))
    yield from _servers(rows(benign) if benign.exists() else ())


def _servers(given: Sequence[Row]) -> Iterator[Surface]:
    servers: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in given:
        # An answer was given at another time than the tools were listed.
        of = f"{row['server']} answers" if row["item_type"] == "tool_result" else row["server"]
        servers[str(row.get("kind")), of].append(row)
    for (kind, server), members in servers.items():
        items = tuple(item_of(row) for row in members)
        hard = frozenset(item.key for item, row in zip(items, members, strict=True) if row.get("hard_negative"))
        yield Surface(f"{kind}/{server}", server, False, kind, "benign", "en", items, hard=hard)
