"""Lets other scanners judge the same surfaces: ``python benchmarks/detection.py CORPUS... --peers FOLDER [--install]``.

Each peer lives in a virtual environment of its own below FOLDER, is run offline as its users run it, and says for each
item what it found. Counted is what the peer itself calls medium or above. A peer without an input for some kind of
item (a tool's answer, instructions, a skill) gets the text as the description of a tool: more than it offers its users.
"""

from __future__ import annotations

import abc
import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from corpora import Surface

from driftseal.model.finding import Location, Match
from driftseal.model.item import Item, ItemKind

RUN_SECONDS = 240
"""A run that takes longer fails the comparison: a peer that was cut off has not said that all is well."""
BATCH = 400
COUNTED = frozenset({"medium", "high", "critical", "unknown"})
"""``unknown`` is a finding that its own table gives no severity."""
Judged = tuple[Surface, list[Match]]
Row = dict[str, Any]


def strings(value: Any) -> Iterator[str]:
    """Every string leaf, in order."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list | tuple):
        for member in value.values() if isinstance(value, dict) else value:
            yield from strings(member)


def as_tool(item: Item) -> Row:
    """The item as a line of ``tools/list``."""
    content = item.content if isinstance(item.content, dict) else {"text": item.content}
    if item.kind is ItemKind.TOOL:
        # The protocol asks for a schema, and cisco-ai-mcp-scanner reads nothing but the description without one.
        return {"inputSchema": {"type": "object"}, **content}
    text = "\n".join(strings({key: value for key, value in content.items() if key != "name"}))
    name = item.name or item.kind.value
    return {"name": name, "description": text, "inputSchema": {"type": "object"}}


@dataclass(frozen=True, slots=True)
class Raised:
    """What a peer said of one item."""

    check: str
    item: str
    """Its key; empty when the peer speaks of the whole server."""

    def match(self, surface: Surface) -> Match:
        """In the words of our own results."""
        return Match(self.check, Location(surface.id, self.item), evidence="")


@dataclass(frozen=True)
class Peer(abc.ABC):
    """One other scanner."""

    folder: Path
    """Of its virtual environment."""
    package: str
    version: str
    command: str

    @property
    def executable(self) -> Path:
        """What its users type."""
        return self.folder / "bin" / self.command

    def install(self) -> None:
        """The version that the published figures are of, with the package index as pip knows it."""
        if not self.executable.exists():
            subprocess.run([sys.executable, "-m", "venv", str(self.folder)], check=True)
            pip = str(self.folder / "bin" / "pip")
            subprocess.run([pip, "install", "--quiet", f"{self.package}=={self.version}"], check=True)

    def installed(self) -> str:
        """The version that is there."""
        ask = f"import importlib.metadata; print(importlib.metadata.version({self.package!r}))"
        python = str(self.folder / "bin" / "python")
        return subprocess.run([python, "-c", ask], check=True, capture_output=True, text=True).stdout.strip()

    def ask(self, words: Sequence[str], home: Path) -> Any:
        """What the peer prints as JSON; it gets nothing of our environment. Raises when it does not finish."""
        environment = {"PATH": os.defpath, "HOME": str(home), "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
        command = [str(self.executable), *words]
        limits: dict[str, Any] = {"stdin": subprocess.DEVNULL, "capture_output": True, "timeout": RUN_SECONDS}
        done = subprocess.run(command, cwd=home, env=environment, check=False, **limits)
        try:
            return json.loads(done.stdout)
        except ValueError as problem:
            told = done.stderr[-500:].decode(errors="replace")
            raise RuntimeError(f"{self.package} exit {done.returncode}, no JSON: {told!r}") from problem

    @abc.abstractmethod
    def raised(self, surfaces: Sequence[Surface], home: Path) -> Iterator[list[Raised]]:
        """What it finds in each surface, in order."""

    def judged(self, surfaces: Sequence[Surface]) -> Iterator[Judged]:
        """Every surface, with what the peer would fail a run for."""
        with tempfile.TemporaryDirectory() as home:
            for surface, raised in zip(surfaces, self.raised(surfaces, Path(home)), strict=True):
                yield surface, [one.match(surface) for one in raised]


class Cisco(Peer):
    """cisco-ai-mcp-scanner with YARA alone, the only analyzer that asks for no key.

    It answers in the order of the lists that it reads and looks at each item by itself, so that items of many surfaces
    share a run: a start costs seconds.
    """

    def raised(self, surfaces: Sequence[Surface], home: Path) -> Iterator[list[Raised]]:
        """See `Peer.raised`."""
        everything = [(number, item) for number, surface in enumerate(surfaces) for item in surface.items]
        found: dict[int, list[Raised]] = defaultdict(list)
        for start in range(0, len(everything), BATCH):
            batch = everything[start : start + BATCH]
            for (number, item), checks in self._batch(batch, home):
                found[number] += [Raised(check, item.key) for check in checks]
        for number in range(len(surfaces)):
            yield found[number]

    def _batch(self, batch: Sequence[tuple[int, Item]], home: Path) -> Iterator[tuple[tuple[int, Item], list[str]]]:
        lists: dict[str, list[tuple[int, Item]]] = {"tools": [], "prompts": [], "resources": []}
        for pair in batch:
            own = {ItemKind.PROMPT: "prompts", ItemKind.RESOURCE: "resources"}
            lists[own.get(pair[1].kind, "tools")].append(pair)
        words = ["--analyzers", "yara", "--format", "raw", "static"]
        types = {"text/plain", "text/html", "application/octet-stream"}
        for name, pairs in lists.items():
            # Prompts and resources go as they stand; the file holds ASCII, so that it reads the very same characters.
            rows = [as_tool(item) if name == "tools" else item.content for _, item in pairs]
            (home / f"{name}.json").write_text(json.dumps({name: rows}), encoding="ascii")
            words += [f"--{name}", str(home / f"{name}.json")] if pairs else []
            if name == "resources":
                types |= {str(row["mimeType"]) for row in rows if isinstance(row, dict) and row.get("mimeType")}
        results = self.ask([*words, "--mime-types", ",".join(sorted(types))], home)["scan_results"]
        for pair, result in zip([pair for pairs in lists.values() for pair in pairs], results, strict=True):
            if result["status"] not in {"completed", "skipped"}:
                raise RuntimeError(f"{self.package} could not judge {pair[1].key}: {result['status']}")
            yield pair, list(self._checks(result))

    @staticmethod
    def _checks(result: Row) -> Iterator[str]:
        for told in result["findings"].values():
            if told["severity"].lower() in COUNTED:
                yield from told["threat_names"] or ["unnamed"]


@dataclass(frozen=True)
class Bastion(Peer):
    """bastionsupply, which compares the tools of a server with one another: each surface is a run."""

    ignored: str = ""
    """A check whose findings do not count."""

    def raised(self, surfaces: Sequence[Surface], home: Path) -> Iterator[list[Raised]]:
        """See `Peer.raised`."""
        with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
            yield from pool.map(lambda pair: self._one(pair[1], home / f"{pair[0]}.json"), enumerate(surfaces))

    def _one(self, surface: Surface, file: Path) -> list[Raised]:
        rows = [as_tool(item) for item in surface.items]
        keys: dict[str, list[str]] = defaultdict(list, {"": [""]})
        for row, item in zip(rows, surface.items, strict=True):
            keys[str(row["name"])].append(item.key)
        file.write_text(json.dumps({"tools": rows}), encoding="ascii")
        findings = self.ask(
            ["scan", "--json", str(file), *(["--ignore", self.ignored] if self.ignored else [])], file.parent
        )
        counted = [finding for finding in findings["findings"] if finding["severity"] in COUNTED]
        # It tells tools of one name not apart; what it says of one then stands for each of them.
        return [Raised(finding["check"], key) for finding in counted for key in keys[finding["tool"]]]


def peers_in(folder: Path, *, install: bool) -> Iterator[tuple[str, Peer]]:
    """The peers that are there, each under the name and version that its figures go by."""
    cisco = Cisco(folder / "cisco-ai-mcp-scanner", "cisco-ai-mcp-scanner", "4.8.7", "mcp-scanner")
    bastion = Bastion(folder / "bastionsupply", "bastionsupply", "0.11.1", "bastionsupply")
    for peer in (cisco, bastion):
        if install:
            peer.install()
        if peer.executable.exists():
            yield f"{peer.package} {peer.installed()}", peer
    if bastion.executable.exists():
        # What a tool can do is no poisoning. Its authors report both alike; this leaves them the better figure.
        quiet = replace(bastion, ignored="sensitive-capability")
        yield f"{bastion.package} {bastion.installed()} --ignore sensitive-capability", quiet


def compare(
    folder: Path, surfaces: Sequence[Surface], show: Sequence[Callable[[Sequence[Judged]], None]], *, install: bool
) -> None:
    """Judge by each peer in turn, and show its results as ours are shown."""
    for name, peer in peers_in(folder, install=install):
        print(f"\n{name}")
        before = os.times()
        results = list(peer.judged(surfaces))
        after = os.times()
        for part in show:
            part(results)
        spent = after.children_user + after.children_system - before.children_user - before.children_system
        print(f"{spent:.1f} CPU seconds, {after.elapsed - before.elapsed:.0f} wall seconds")
