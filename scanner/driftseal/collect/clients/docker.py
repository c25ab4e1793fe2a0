"""Docker MCP Toolkit: ``registry.yaml`` names the enabled servers, the catalogs beside it their images."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from driftseal import snapshot
from driftseal.canonical import escape_pointer
from driftseal.collect.clients import items, paths, redact
from driftseal.collect.clients.packages import recognise
from driftseal.collect.clients.server import File, Server
from driftseal.errors import TargetError
from driftseal.formats import yaml
from driftseal.limits import Limits
from driftseal.model.item import Evidence, Gap, Item, ItemKind, Json


def servers(file: File, limits: Limits) -> Iterator[Server]:
    """Every enabled server; its image and secrets where a catalog tells them."""
    value = file.document.value
    enabled = value.get("registry") if isinstance(value, dict) else None
    if not isinstance(enabled, dict) or not enabled:
        return
    known, gaps = _catalogs(file.path.parent / "catalogs", file.uri, limits)
    for name in enabled:
        pointer = f"/registry/{escape_pointer(name)}"
        evidence = Evidence(file.uri, pointer, file.document.line(pointer))
        things: list[Item | Gap] = [*_things(known.get(name), evidence), *gaps]
        yield Server(redact.redact(name), pointer, tuple(things), transport="docker")


def _things(about: dict[str, Json] | None, evidence: Evidence) -> Iterator[Item]:
    content: dict[str, Json] = {"transport": "docker"}
    image = about.get("image") if about else None
    if isinstance(image, str):
        package = recognise("docker", ["run", image])
        content["image"] = redact.redact(image)
        if package is not None:
            item = items.package_item(package, evidence)
            content["package"] = item.content
            yield item
    for entry in _dicts(about.get("secrets") if about else None):
        name = entry.get("env", entry.get("name"))
        if isinstance(name, str):
            about_it: dict[str, Json] = {"name": redact.redact(name), "source": "keyring", "used_in": ["env"]}
            yield snapshot.make_item(ItemKind.CREDENTIAL, redact.redact(name), about_it, evidence=[evidence])
    yield snapshot.make_item(ItemKind.LAUNCH, "", content, evidence=[evidence])


def _dicts(value: Json) -> list[dict[str, Json]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _catalogs(folder: Path, uri: str, limits: Limits) -> tuple[dict[str, dict[str, Json]], list[Gap]]:
    known: dict[str, dict[str, Json]] = {}
    gaps: list[Gap] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            value = yaml.parse(paths.read(path, path.name, limits), path.name, limits).value
        except TargetError as cause:
            gaps.append(Gap(uri, f"catalogs/{path.name}", str(cause)))
            continue
        listed = value.get("registry") if isinstance(value, dict) else None
        for name, about in listed.items() if isinstance(listed, dict) else ():
            if isinstance(about, dict):
                known.setdefault(name, about)
    return known, gaps
