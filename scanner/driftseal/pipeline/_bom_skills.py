"""Skills with the files of their folders, and other texts that instruct agents."""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from driftseal import canonical
from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.bom import Component
from driftseal.model.digest import Digest
from driftseal.model.item import Item, ItemKind, Json
from driftseal.narrow import text_or_empty
from driftseal.pipeline import _bom_licences
from driftseal.pipeline._bom_names import nameless, portable
from driftseal.pipeline._bom_words import told_with, words

_HEAD: Final = "skill.md"
_DIGEST: Final = re.compile("sha256:[0-9a-f]{64}")
_MIMES: Final = {".md": "text/markdown", ".mdc": "text/markdown", ".txt": "text/plain", ".json": "application/json"}


def heads(items: Sequence[Item]) -> dict[str, Item]:
    """The skills of a target by the path of their folder, with ``/`` at the end."""
    found = (item for item in items if item.kind is ItemKind.SKILL and item.ordinal == 1)
    return {_folder(item.name): item for item in found if posixpath.basename(item.name).casefold() == _HEAD}


def head_of(item: Item, known: Mapping[str, Item]) -> Item | None:
    """The skill whose folder a file lies in, the nearest above it; ``None`` for the skill itself and all else."""
    if item.kind not in {ItemKind.SKILL, ItemKind.SOURCE_FILE} or item in known.values():
        return None
    folder = _folder(item.name)
    while folder not in known and folder:
        folder = _folder(folder.removesuffix("/"))
    return known.get(folder)


def _folder(path: str) -> str:
    head, slash, _ = path.rpartition("/")
    return head + slash


def skill(item: Item, base: Component, files: Sequence[Item], parts: tuple[Component, ...]) -> Component:
    """A skill with the components of its files."""
    front = _front(item)
    about = front.get("metadata")
    version = about.get("version") if isinstance(about, dict) else front.get("version")
    folder = posixpath.basename(_folder(item.name).removesuffix("/"))
    scripts = sum(one.kind is ItemKind.SOURCE_FILE for one in files)
    told = {
        "driftseal:skill:allowedTools": words(front.get("allowed-tools") or front.get("allowed_tools")),
        "driftseal:skill:files": str(len(files) + 1),
        "driftseal:skill:scripts": str(scripts) if scripts else "",
        "driftseal:skill:absent": words(_member(item, "absent")),
        "driftseal:skill:outside": words(_member(item, "outside")),
        "driftseal:digestOf": "items",
    }
    return replace(
        base,
        name=portable(text_or_empty(front.get("name"))) or folder or "skill",
        version=portable(version) if isinstance(version, str) else "",
        description=_text(front.get("description")) or base.description,
        digests=(_tree(item, files),),
        licences=_bom_licences.read(front.get("license")),
        parts=parts,
        properties=told_with(base, told),
    )


def _tree(item: Item, files: Sequence[Item]) -> Digest:
    """Over the digests of all items of the folder by their names, as RFC 8785."""
    names: dict[str, Json] = {one.name: str(one.digest) for one in (item, *files)}
    return Digest("sha256", hashlib.sha256(canonical.canonicalize(names)).hexdigest())


def document(item: Item, base: Component) -> Component:
    """A text that instructs agents, or the definition of a sub-agent."""
    front = _front(item)
    is_agent = item.kind is ItemKind.AGENT and isinstance(front.get("name"), str) and "description" in front
    digests, of = _exact(item)
    told = {
        "driftseal:digestOf": of,
        "driftseal:agent:model": text_or_empty(front.get("model")),
        "driftseal:agent:tools": words(front.get("tools")),
        "driftseal:prompt:length": str(len(text_or_empty(_member(item, "text"))) or ""),
    }
    base = replace(base, digests=digests, properties=told_with(base, told))
    if is_agent:
        name = portable(text_or_empty(front.get("name")))
        return replace(base, name=name or base.name, description=_text(front.get("description")))
    tags = ("agent-instructions",) if item.kind is ItemKind.AGENT else base.tags
    mime = _MIMES.get(posixpath.splitext(item.name)[1].casefold(), "text/plain")
    return replace(base, type="data", data_type="configuration", mime=mime, tags=tags, description="")


def file(item: Item, base: Component) -> Component:
    """A file of a skill, or of a server's source."""
    digests, of = _exact(item)
    told = {"driftseal:digestOf": of}
    return replace(base, type="file", digests=digests, description="", properties=told_with(base, told))


def _exact(item: Item) -> tuple[tuple[Digest, ...], str]:
    """The digest of the file, or of its text in UTF-8 where that is all that its item holds; and which it is."""
    content = item.content if isinstance(item.content, dict) else {}
    digest, text = content.get("digest"), content.get("text")
    if isinstance(digest, str) and _DIGEST.fullmatch(digest):
        return (Digest.parse(digest),), "file"
    if isinstance(text, str) and content.keys() == {"text"}:
        return (Digest.of(text.encode("utf-8", "surrogatepass")),), "text"
    return (), ""


def _front(item: Item) -> Mapping[str, Json]:
    front = _member(item, "frontmatter")
    return front if isinstance(front, dict) else {}


def _member(item: Item, name: str) -> Json:
    return item.content.get(name) if isinstance(item.content, dict) else None


def _text(value: Json) -> str:
    return nameless(value[: DEFAULT_LIMITS.evidence_chars]) if isinstance(value, str) else ""
