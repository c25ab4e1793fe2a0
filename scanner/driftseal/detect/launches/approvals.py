"""What clients do without asking, and what servers are allowed: ``permission`` items."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from driftseal import canonical, rulebook
from driftseal.detect._spot import Spot
from driftseal.model.item import Item, Json
from driftseal.observe import words

_LIST: Final = "approvals"
_HARMFUL: Final = frozenset({"destroys", "sends", "spends"})


def everything(item: Item) -> Iterator[Spot]:
    """A setting that approves every call, every tool or every server."""
    for path, pointer, value in _settings(item):
        if value is True and _among(path, "switches"):
            yield Spot(pointer, "true", f"{path} approves everything")
        elif isinstance(value, str) and value.lower() in _words_for(path):
            yield Spot(pointer, value, f"{path} is {value!r}: nothing is asked any more")
        elif isinstance(value, str) and _in_list(path) and value.lower() in words.vocabulary(_LIST, "everything"):
            yield Spot(pointer, value, f"{value!r} in {path} stands for every tool")


def powerful(item: Item) -> Iterator[Spot]:
    """A tool that deletes, sends, pays or runs code among those that need no question."""
    for path, pointer, value in _settings(item):
        if isinstance(value, str) and _in_list(path) and value.lower() not in words.vocabulary(_LIST, "everything"):
            parts = words.split(value.rpartition("__")[2] if value.startswith("mcp__") else value)
            verb, group = words.action(parts)
            runs = group == "executes" and words.vocabulary("actions", "code_objects").intersection(parts)
            if group in _HARMFUL or runs:
                yield Spot(pointer, value, f"{value!r} may be called without asking, and its name says {verb!r}")


def named(item: Item) -> Iterator[Spot]:
    """Any tool that needs no question."""
    listed: dict[str, list[str]] = {}
    for path, pointer, value in _settings(item):
        if isinstance(value, str) and _in_list(path) and value.lower() not in words.vocabulary(_LIST, "everything"):
            listed.setdefault(pointer.rpartition("/")[0], []).append(value)
    for pointer, tools in listed.items():
        yield Spot(pointer, ", ".join(tools), f"{len(tools)} named tools may be called without asking")


def broad_scope(item: Item) -> Iterator[Spot]:
    """An OAuth scope far beyond what one tool needs."""
    for path, pointer, value in _settings(item):
        if isinstance(value, str) and path.rpartition(".")[2].lower() in {"scope", "scopes"}:
            for scope in value.split():
                if scope.lower().rpartition("microsoft.com/")[2] in words.vocabulary(_LIST, "broad_scopes"):
                    yield Spot(pointer, scope, f"the scope {scope!r} is asked for")


def _settings(item: Item) -> Iterator[tuple[str, str, Json]]:
    """Every value with its dotted path and its pointer; entries of a list under the path of the list."""
    content = item.content
    if isinstance(content, dict) and isinstance(content.get("setting"), str):
        # One setting of the client itself: its dotted key and its value, side by side.
        yield from _below(content.get("value"), str(content["setting"]), "/value")
    else:
        yield from _below(content, "", "")


def _below(value: Json, path: str, pointer: str) -> Iterator[tuple[str, str, Json]]:
    if isinstance(value, Mapping):
        for key, child in value.items():
            yield from _below(child, f"{path}.{key}" if path else key, f"{pointer}/{canonical.escape_pointer(key)}")
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _below(child, path, f"{pointer}/{index}")
    else:
        yield path, pointer, value


def _among(path: str, group: str) -> bool:
    """Whether a path is listed, whole or by its last two parts or its last one."""
    listed = words.vocabulary(_LIST, group)
    parts = path.lower().split(".")
    return any(".".join(parts[at:]) in listed for at in range(len(parts)))


def _in_list(path: str) -> bool:
    return _among(path, "lists")


def _words_for(path: str) -> frozenset[str]:
    given = rulebook.load_list(_LIST)
    table = given.get("words") if isinstance(given, dict) else None
    last = path.rpartition(".")[2].lower()
    for key, listed in table.items() if isinstance(table, dict) else ():
        if key.lower() == last and isinstance(listed, list):
            return frozenset(str(word).lower() for word in listed)
    return frozenset()
