"""Containers that are given the whole machine on which they run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import strings, text
from driftseal.observe.behaviour.scopes import Scope
from driftseal.observe.behaviour.whole import Code

_BINDS: Final = frozenset({"Binds", "binds", "volumes", "Volumes", "volume", "mounts", "Mounts"})
_SOURCES: Final = frozenset({"Source", "source", "path", "hostPath"})
_MOUNTS: Final = frozenset({"Mount", "V1HostPathVolumeSource", "HostPathVolumeSource", "V1HostPathVolumeSourceArgs"})
"""Classes of which an object is a folder that a container sees."""
_ROUTED: Final = frozenset({"app", "routes"})
"""Arguments of a mount of the web, which has pages answer below an address."""
_HELD: Final = ("read_only", "readonly")
_PRIVILEGED: Final = frozenset({"Privileged", "privileged"})
_SHARED: Final = frozenset({"PidMode", "pid_mode", "pid", "hostPID"})


def find(code: Code) -> Iterator[Fact]:
    """``machine-mounted``."""
    for scope in code.scopes:
        if not _BINDS.isdisjoint(scope.keys):
            yield from _bound(scope)
        if not _MOUNTS.isdisjoint(scope.words):
            yield from _made(scope)
        if not _PRIVILEGED.isdisjoint(scope.keys) and not _SHARED.isdisjoint(scope.keys):
            yield from _freed(scope)


def _bound(scope: Scope) -> Iterator[Fact]:
    for node in scope.of(ir.Entry, ir.Arg):
        if (node.name if isinstance(node, ir.Arg) else text(node.key)) not in _BINDS:
            continue
        whole = scope.set_to(node.value)
        for each in strings(whole):
            if says("machine-mounts", str(each.value)):
                yield scope.fact("machine-mounted", each.line, str(each.value))
        for line, place in _sources(whole):
            if place == "/":
                yield scope.fact("machine-mounted", line, "/")


def _made(scope: Scope) -> Iterator[Fact]:
    """``Mount("/host", "/", type="bind")`` of Docker, ``V1HostPathVolumeSource(path="/")`` of Kubernetes."""
    for called in scope.calls:
        if called.name.rpartition(".")[2] not in _MOUNTS or not called.call.args:
            continue
        named = {arg.name: arg.value for arg in called.call.args if arg.name}
        if not _ROUTED.isdisjoint(named):
            continue
        plain = [arg.value for arg in called.call.args if not arg.name]
        source = next((named[key] for key in ("source", "path") if key in named), plain[-1] if plain else None)
        place = scope.constant(source) if source is not None else None
        held = any(
            isinstance(named.get(key), ir.Const) and named[key] == ir.Const(True, named[key].line) for key in _HELD
        )
        if place and (place == "/" or says("machine-mounts", f"{place}:/")) and not held:
            yield scope.fact("machine-mounted", called.call.line, f"{called.name} of {place}")


def _sources(whole: Any) -> Iterator[tuple[int, str]]:
    """Folders of the machine that options name: ``{ Source: "/" }``, and ``{"/": {"bind": …}}``."""
    items = whole.items if isinstance(whole, ir.Group) else (whole,)
    for item in items:
        for entry in item.entries if isinstance(item, ir.Mapping) else ():
            if text(entry.key) in _SOURCES and not _read_only(item):
                yield entry.value.line, text(entry.value)
            elif isinstance(entry.value, ir.Mapping) and entry.key is not None and not _read_only(entry.value):
                yield entry.value.line, text(entry.key)


def _read_only(options: Any) -> bool:
    return any(
        (text(entry.key) in {"ReadOnly", "readOnly", "read_only"} and getattr(entry.value, "value", None) is True)
        or (text(entry.key) == "mode" and text(entry.value) == "ro")
        for entry in options.entries
    )


def _freed(scope: Scope) -> Iterator[Fact]:
    """A container that may do anything, and sees what runs on the machine."""
    given = {
        text(node.key) if isinstance(node, ir.Entry) else node.name: node.value for node in scope.of(ir.Entry, ir.Arg)
    }
    for name in _PRIVILEGED & given.keys():
        free, shared = given[name], next(given[each] for each in sorted(_SHARED & given.keys()))
        if getattr(free, "value", None) is True and (text(shared) == "host" or getattr(shared, "value", None) is True):
            yield scope.fact("machine-mounted", free.line, "privileged, among the processes of the machine")
