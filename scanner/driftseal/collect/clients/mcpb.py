"""MCP bundles: ``manifest.json`` with server, tools and prompts (MCPB 0.1 to 0.4, formerly DXT), alone or zipped."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from typing import Final

from driftseal import snapshot
from driftseal.collect.clients import items, redact, server
from driftseal.collect.clients.launch import understand
from driftseal.collect.clients.server import File, Server
from driftseal.errors import FormatError, LimitExceeded
from driftseal.limits import Limits
from driftseal.model.item import Anomaly, Evidence, Item, ItemKind, Json
from driftseal.narrow import object_or_empty

MANIFEST: Final = "manifest.json"
_ELSEWHERE: Final = frozenset({"tools", "prompts", "user_config", "_meta"})


def manifest_of(data: bytes, name: str, limits: Limits) -> bytes:
    """The manifest inside a bundle; no other member is unpacked.

    Raises:
        FormatError: not a ZIP file, or one without a manifest.
        LimitExceeded: more members or a larger manifest than ``limits`` allow.
    """
    import zipfile

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if len(archive.filelist) > limits.archive_members:
                raise LimitExceeded(f"{name}: more than {limits.archive_members} members")
            with archive.open(MANIFEST) as member:
                manifest = member.read(limits.file_bytes + 1)
    except KeyError:
        raise FormatError(f"{name}: holds no {MANIFEST}", hint="pack it again with: mcpb pack") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, OSError, RuntimeError) as cause:
        # RuntimeError: an encrypted member; NotImplementedError, its subclass: an unknown compression.
        raise FormatError(f"{name}: not a readable ZIP file: {cause}", hint="pack it again with: mcpb pack") from cause
    if len(manifest) > limits.file_bytes:
        raise LimitExceeded(f"{name}: {MANIFEST} is larger than {limits.file_bytes} bytes")
    return manifest


def is_manifest(value: Json) -> bool:
    """Whether a JSON object is a bundle's manifest, not one of the many other ``manifest.json``."""
    if not isinstance(value, dict) or not isinstance(value.get("server"), dict):
        return False
    about = value["server"]
    versioned = any(isinstance(value.get(key), str) for key in ("manifest_version", "dxt_version"))
    return versioned or (isinstance(about, dict) and "mcp_config" in about)


def servers(file: File) -> Iterator[Server]:
    """The one server of a manifest; none where it is another kind of manifest."""
    value = file.document.value
    if not is_manifest(value) or not isinstance(value, dict):
        return
    about = value["server"]
    config = about.get("mcp_config") if isinstance(about, dict) else None
    raw = object_or_empty(config)
    overrides = raw.get("platform_overrides")
    forms = object_or_empty(overrides)
    base = {key: child for key, child in raw.items() if key != "platform_overrides"}
    pointer = "/server/mcp_config" if isinstance(config, dict) else "/server"
    wanted = _user_config(value)
    facts = understand(base, wanted)
    things: list[Item | Anomaly] = [_server_item(value, file)]
    things.extend(items.items(facts, uri=file.uri, pointer=pointer, line=file.document.line))
    seen = {thing.key for thing in things if isinstance(thing, Item)}
    chosen = facts
    for platform, override in sorted(forms.items()):
        if isinstance(override, dict):
            other = understand(_merged(base, override), wanted)
            below = f"{pointer}/platform_overrides/{platform}"
            made = items.items(
                other, uri=file.uri, pointer=below, line=file.document.line, name=redact.redact(platform)
            )
            # A credential or package that every platform has is one item.
            things.extend(item for item in made if item.key not in seen)
            seen.update(thing.key for thing in things if isinstance(thing, Item))
            if platform == file.platform:
                chosen = other
    things.extend(item for item in _declared_credentials(value, file) if item.key not in seen)
    things.extend(_declared(value, file))
    name = value.get("name")
    yield Server(
        redact.redact(name if isinstance(name, str) else file.path.stem),
        "",
        tuple(things),
        server.spec(chosen, file),
        transport=facts.transport or "stdio",
    )


def _merged(base: dict[str, Json], override: dict[str, Json]) -> dict[str, Json]:
    merged = {**base, **override}
    env, more = base.get("env"), override.get("env")
    if isinstance(env, dict) and isinstance(more, dict):
        merged["env"] = {**env, **more}
    return merged


def _server_item(value: dict[str, Json], file: File) -> Item:
    content: dict[str, Json] = {key: child for key, child in value.items() if key not in {*_ELSEWHERE, "server"}}
    about = value["server"]
    if isinstance(about, dict):
        content["server"] = {key: child for key, child in about.items() if key != "mcp_config"}
    return snapshot.make_item(ItemKind.SERVER, "", content, evidence=[Evidence(file.uri, "", file.document.line(""))])


def _user_config(value: dict[str, Json]) -> dict[str, Json]:
    given = value.get("user_config")
    if not isinstance(given, dict):
        return {}
    return {
        name: {"password": isinstance(about, dict) and about.get("sensitive") is True} for name, about in given.items()
    }


def _declared_credentials(value: dict[str, Json], file: File) -> Iterator[Item]:
    for name, about in _user_config(value).items():
        if isinstance(about, dict) and about["password"]:
            pointer = f"/user_config/{name}"
            content: dict[str, Json] = {"name": name, "source": "input", "used_in": ["user_config"]}
            evidence = Evidence(file.uri, pointer, file.document.line(pointer))
            yield snapshot.make_item(ItemKind.CREDENTIAL, redact.redact(name), content, evidence=[evidence])


def _declared(value: dict[str, Json], file: File) -> Iterator[Item | Anomaly]:
    """Tools and prompts as declared; of the cached answer to ``tools/list``, which says more, first."""
    from driftseal.collect._surface import listed

    named: set[str] = set()
    for pointer, given in (*_static_tools(value), ("/tools", value.get("tools")), ("/prompts", value.get("prompts"))):
        kind = ItemKind.PROMPT if pointer == "/prompts" else ItemKind.TOOL
        found: dict[str, Item] = {}
        for thing in listed(kind, given, uri=file.uri, pointer=pointer, line=file.document.line):
            if not isinstance(thing, Item):
                yield thing
            elif thing.key not in named:
                yield thing
                found[thing.key] = thing
        named.update(found)


def _static_tools(value: dict[str, Json]) -> Iterator[tuple[str, Json]]:
    from driftseal.collect.clients.shapes import lookup

    for pointer, answer, _ in lookup(value.get("_meta"), "*.static_responses"):
        tools = answer.get("tools/list") if isinstance(answer, dict) else None
        if isinstance(tools, dict):
            yield f"/_meta{pointer}/tools~1list/tools", tools.get("tools")
