"""Containers that are none: what a ``docker run`` line opens up again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from driftseal.detect import _places
from driftseal.detect._spot import Spot
from driftseal.detect.launches import command
from driftseal.model.item import Json
from driftseal.observe import words
from driftseal.regexes import regex

_DIGEST: Final = regex(r"@sha256:[0-9a-f]{64}\Z")
_REFERENCE: Final = regex(r"[$%{<]")
_MOUNTS: Final = frozenset({"-v", "--volume", "--mount"})
_WINDOWS: Final = regex(r"[A-Za-z]:[\\/]")
_ENGINE: Final = regex(r"(?:docker|containerd|podman|crio)\.sock\Z")
_BREAKING: Final[Mapping[str, frozenset[str]]] = {
    "--cap-add": frozenset({"all", "sys_admin", "cap_sys_admin", "sys_ptrace", "sys_module", "dac_read_search"}),
    "--security-opt": frozenset(
        {"seccomp=unconfined", "apparmor=unconfined", "apparmor:unconfined", "label=disable", "systempaths=unconfined"}
    ),
    "--pid": frozenset({"host"}),
    "--userns": frozenset({"host"}),
    "--ipc": frozenset({"host"}),
}


def image_floating(launch: Mapping[str, Json]) -> Iterator[Spot]:
    """An image without a tag, or with ``latest``: each pull may bring another one."""
    for reference, word in _image(launch):
        tag = _tag(reference)
        if not _DIGEST.search(reference) and _moves(tag):
            yield Spot(
                word.pointer, word.text, f"the image {reference!r} has {f'the moving tag {tag!r}' if tag else 'no tag'}"
            )


def image_by_tag(launch: Mapping[str, Json]) -> Iterator[Spot]:
    """An image with a version's tag but no digest: a tag can be pushed anew."""
    for reference, word in _image(launch):
        tag = _tag(reference)
        if not _DIGEST.search(reference) and not _moves(tag):
            yield Spot(word.pointer, word.text, f"the image {reference!r} is named by tag, not by digest")


def escapes(launch: Mapping[str, Json]) -> Iterator[Spot]:
    """Options that give the container the powers of the host."""
    for flag, word in _options(launch):
        value = word.text.lower()
        if flag == "--privileged" and value != "false":
            yield Spot(word.pointer, word.text, "the container is privileged")
        elif value in _BREAKING.get(flag, ()):
            yield Spot(word.pointer, word.text, f"{flag} {word.text} takes down a wall of the container")


def engine_mounted(launch: Mapping[str, Json]) -> Iterator[Spot]:
    """The engine's own socket inside the container: whoever has it starts containers as root of the host."""
    for source, word in _mounts(launch):
        if _ENGINE.search(source):
            yield Spot(word.pointer, word.text, f"the engine's socket {source!r} is mounted")


def host_mounted(launch: Mapping[str, Json]) -> Iterator[Spot]:
    """The whole machine, a whole home or a folder of keys inside the container."""
    for source, word in _mounts(launch):
        if _places.is_whole(source) or _places.is_home(source):
            yield Spot(word.pointer, word.text, f"all of {source!r} is mounted")
        elif _places.sensitive_path(source) and not _ENGINE.search(source):
            yield Spot(word.pointer, word.text, f"{source!r} is mounted, which holds keys")


def host_network(launch: Mapping[str, Json]) -> Iterator[Spot]:
    """The host's network inside the container: every service on loopback is open to it."""
    for flag, word in _options(launch):
        if flag in {"--net", "--network"} and word.text.lower() == "host":
            yield Spot(word.pointer, word.text, "the container uses the host's network")


def _options(launch: Mapping[str, Json]) -> tuple[tuple[str, command.Word], ...]:
    found = command.container(command.line(launch))
    return found.options if found is not None else ()


def _image(launch: Mapping[str, Json]) -> Iterator[tuple[str, command.Word]]:
    found = command.container(command.line(launch))
    if found is not None and found.image is not None and not _REFERENCE.search(found.image.text):
        yield found.image.text, found.image


def _moves(tag: str) -> bool:
    return not tag or tag in words.vocabulary("runners", "moving_tags")


def _tag(reference: str) -> str:
    """The tag of an image's name; a colon before the last slash belongs to the registry's port."""
    return reference.partition("@")[0].rpartition("/")[2].partition(":")[2]


def _mounts(launch: Mapping[str, Json]) -> Iterator[tuple[str, command.Word]]:
    for flag, word in _options(launch):
        if flag not in _MOUNTS:
            continue
        if flag == "--mount":
            parts = dict(part.partition("=")[::2] for part in word.text.split(","))
            source = parts.get("source") or parts.get("src") or ""
        elif _WINDOWS.match(word.text):
            source = word.text[:2] + word.text[2:].partition(":")[0]
        else:
            source = word.text.partition(":")[0]
        if source:
            yield source, word
