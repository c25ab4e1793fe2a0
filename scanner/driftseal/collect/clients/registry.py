"""Entries of the MCP registry: ``server.json`` (schema of 2025-12-11, and the snake case of before)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from driftseal import snapshot
from driftseal.collect.clients import items, redact
from driftseal.collect.clients.launch import understand
from driftseal.collect.clients.packages import Package, recognise
from driftseal.collect.clients.server import File, Server
from driftseal.collect.mcp.spec import HttpSpec, HttpTransport
from driftseal.model.item import Evidence, Item, ItemKind, Json

_TYPES: Final = {"npm": "npm", "pypi": "pypi", "oci": "docker", "docker": "docker", "nuget": "nuget", "cargo": "cargo"}
_LISTS: Final = frozenset({"packages", "remotes", "_meta"})
_WAYS: Final = frozenset({"type", "transport_type"})


def is_entry(value: Json) -> bool:
    """Whether a JSON object is a registry entry, not one of the many other ``server.json``."""
    if not isinstance(value, dict) or not isinstance(value.get("name"), str):
        return False
    schema = value.get("$schema")
    if isinstance(schema, str) and "modelcontextprotocol" in schema:
        return True
    packages, remotes = value.get("packages"), value.get("remotes")
    typed = any(
        isinstance(entry, dict) and {"registryType", "registry_type", "registry_name"} & entry.keys()
        for entry in (packages if isinstance(packages, list) else [])
    )
    reached = any(
        isinstance(entry, dict) and "url" in entry and _WAYS & entry.keys()
        for entry in (remotes if isinstance(remotes, list) else [])
    )
    return typed or reached


def servers(file: File) -> Iterator[Server]:
    """The one server of an entry, with each of its packages and remotes."""
    value = file.document.value
    if not is_entry(value) or not isinstance(value, dict):
        return
    about: Json = {key: child for key, child in value.items() if key not in _LISTS}
    things = [snapshot.make_item(ItemKind.SERVER, "", about, evidence=[Evidence(file.uri, "", file.document.line(""))])]
    remotes = value.get("remotes")
    spec = None
    for index, remote in enumerate(remotes if isinstance(remotes, list) else []):
        if isinstance(remote, dict):
            things.extend(_remote(remote, f"/remotes/{index}", file))
            url = remote.get("url")
            if spec is None and isinstance(url, str) and url.startswith(("http://", "https://")) and "{" not in url:
                is_sse = "sse" in (remote.get("type"), remote.get("transport_type"))
                spec = HttpSpec(url, transport=HttpTransport.SSE if is_sse else HttpTransport.AUTO)
    packages = value.get("packages")
    for index, package in enumerate(packages if isinstance(packages, list) else []):
        if isinstance(package, dict):
            things.extend(_package(package, f"/packages/{index}", file))
    yield Server(
        redact.redact(str(value["name"])), "", tuple(_once(things)), spec, transport="http" if spec else "stdio"
    )


def _once(things: list[Item]) -> Iterator[Item]:
    """What several packages take or are is one item; one package that is started for each transport has as many."""
    seen: dict[str, Item] = {}
    for item in things:
        before = seen.setdefault(item.key, item)
        if before is item:
            yield item
        elif item.kind is not ItemKind.CREDENTIAL and item.digest != before.digest:
            yield _over_its_transport(item)


def _over_its_transport(item: Item) -> Item:
    """A launch of a package that is started in another way as well."""
    way = item.content.get("transport") if isinstance(item.content, dict) else None
    if item.kind is not ItemKind.LAUNCH or not isinstance(way, str):
        return item
    return snapshot.make_item(item.kind, f"{item.name} over {way}", item.content, evidence=item.evidence)


def _remote(remote: dict[str, Json], pointer: str, file: File) -> Iterator[Item]:
    raw = {"type": remote.get("type", remote.get("transport_type")), "url": remote.get("url")}
    facts = understand({key: child for key, child in raw.items() if child is not None})
    named = str(facts.content.get("url", pointer))
    yield from items.items(facts, uri=file.uri, pointer=pointer, line=file.document.line, name=named)
    yield from _inputs(remote.get("headers"), f"{pointer}/headers", "headers", file)


def _package(package: dict[str, Json], pointer: str, file: File) -> Iterator[Item]:
    kind = package.get("registryType", package.get("registry_type", package.get("registry_name")))
    name = package.get("identifier", package.get("name"))
    version = package.get("version")
    digest = package.get("fileSha256", package.get("file_sha256"))
    here = Evidence(file.uri, pointer, file.document.line(pointer))
    arguments: list[str] = []
    for key in ("runtimeArguments", "runtime_arguments", "packageArguments", "package_arguments"):
        arguments.extend(_arguments(package.get(key)))
    runner = package.get("runtimeHint", package.get("runtime_hint"))
    shown, secret = redact.arguments(arguments)
    content: dict[str, Json] = {"transport": "stdio", "args": list[Json](shown)}
    transport = package.get("transport")
    if isinstance(transport, dict) and isinstance(transport.get("type"), str):
        content["transport"] = transport["type"]
    if isinstance(runner, str):
        content["command"] = redact.redact(runner)
    if secret:
        content["inline_secrets"] = [f"args/{index}" for index in secret]
    label = str(name or pointer)
    if isinstance(name, str) and isinstance(kind, str):
        known = _known(_TYPES.get(kind, "generic"), name, str(version or ""), str(digest or ""))
        item = items.package_item(known, here)
        yield item
        content["package"] = item.content
        label = item.name
    yield snapshot.make_item(ItemKind.LAUNCH, label, content, evidence=[here])
    variables = package.get("environmentVariables", package.get("environment_variables"))
    key = "environmentVariables" if "environmentVariables" in package else "environment_variables"
    yield from _inputs(variables, f"{pointer}/{key}", "env", file)


def _known(kind: str, name: str, version: str, digest: str) -> Package:
    if kind == "docker":
        image = recognise("docker", ["run", name])
        if image is not None:
            return replace(image, runner="", version=image.version or version or None)
    # The registry takes exact versions only.
    return Package("", kind, name, version or digest or None, bool(digest) or (kind != "generic" and bool(version)))


def _arguments(given: Json) -> Iterator[str]:
    for entry in given if isinstance(given, list) else []:
        if isinstance(entry, dict):
            name, value = entry.get("name"), entry.get("value", entry.get("default"))
            if isinstance(name, str):
                yield name
            if isinstance(value, str) and not entry.get("isSecret", entry.get("is_secret")):
                yield value


def _inputs(given: Json, pointer: str, used_in: str, file: File) -> Iterator[Item]:
    for index, entry in enumerate(given if isinstance(given, list) else []):
        name = entry.get("name") if isinstance(entry, dict) else None
        if not isinstance(entry, dict) or not isinstance(name, str):
            continue
        secret = entry.get("isSecret", entry.get("is_secret"))
        if secret is True or (secret is None and redact.is_secret_name(name)):
            place = f"{pointer}/{index}"
            content: dict[str, Json] = {"name": redact.redact(name), "source": "input", "used_in": [used_in]}
            evidence = [Evidence(file.uri, place, file.document.line(place))]
            yield snapshot.make_item(ItemKind.CREDENTIAL, redact.redact(name), content, evidence=evidence)
