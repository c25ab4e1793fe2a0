"""Who provides, needs and mentions whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from driftseal import canonical
from driftseal.model.item import Item, ItemKind, Json
from driftseal.model.observation import Relation, RelationKind
from driftseal.model.snapshot import Session, Snapshot
from driftseal.observe import mentions
from driftseal.observe.mentions import Names

_PROVIDED: Final = frozenset({ItemKind.TOOL, ItemKind.PROMPT, ItemKind.RESOURCE, ItemKind.RESOURCE_TEMPLATE})
_NESTED: Final = (dict, list)
_SPEAKING: Final = _PROVIDED | {ItemKind.INSTRUCTIONS}


def of_sessions(sessions: Sequence[Session]) -> Iterator[Relation]:
    """Every relation between targets and items."""
    for session in sessions:
        providers = _providers(session)
        names = Names(providers)
        for snapshot in session.snapshots:
            for item in snapshot.items:
                yield from _of_item(snapshot, item)
                if item.kind in _SPEAKING:
                    yield from _mentions(snapshot, item, names, providers)


def _providers(session: Session) -> dict[str, list[str]]:
    """Tool name → every ``identity|key`` in the session that goes by it."""
    providers: dict[str, list[str]] = {}
    for snapshot, item in session.items():
        if item.kind is ItemKind.TOOL:
            providers.setdefault(item.name, []).append(f"{snapshot.target.identity}|{item.key}")
    return providers


def _of_item(snapshot: Snapshot, item: Item) -> Iterator[Relation]:
    identity = snapshot.target.identity
    if item.kind in _PROVIDED:
        yield Relation(identity, RelationKind.PROVIDES, f"{identity}|{item.key}")
    elif item.kind is ItemKind.MODEL:
        yield from _of_model(snapshot, item)
    elif item.kind is ItemKind.LAUNCH:
        package = _package(item.content)
        if package:
            destination = next(
                (
                    f"{identity}|{other.key}"
                    for other in snapshot.items
                    if other.kind is ItemKind.PACKAGE and package[1] in {other.name, _name(other.content)}
                ),
                f"pkg:{package[0]}/{_escape(package[1])}",
            )
            yield Relation(f"{identity}|{item.key}", RelationKind.DEPENDS_ON, destination, package[2])


def _of_model(snapshot: Snapshot, item: Item) -> Iterator[Relation]:
    """What runs when a model is loaded, with the files that say so, and which models it was made of."""
    identity = snapshot.target.identity
    content = item.content if isinstance(item.content, dict) else {}
    runs, bases = content.get("executes"), content.get("base_model")
    present = {other.name for other in snapshot.items if other.kind is ItemKind.MODEL_FILE}
    for what, said in runs.items() if isinstance(runs, dict) else ():
        own = what in present
        there = f"{identity}|{ItemKind.MODEL_FILE}:{what}" if own else _on_hub(what.partition("--")[0])
        yield Relation(f"{identity}|{item.key}", RelationKind.DEPENDS_ON, there, f"runs {what}")
        for by in said if isinstance(said, list) else ():
            if isinstance(by, str) and by in present and by != what:
                yield Relation(f"{identity}|{ItemKind.MODEL_FILE}:{by}", RelationKind.REFERS_TO, there, f"runs {what}")
    for base in bases if isinstance(bases, list) else [bases]:
        if isinstance(base, str) and base:
            yield Relation(f"{identity}|{item.key}", RelationKind.DEPENDS_ON, _on_hub(base), "base_model")


def _on_hub(name: str) -> str:
    return f"pkg:huggingface/{_escape(name)}"


def _package(launch: Json) -> tuple[str, str, str] | None:
    """Type, name and requirement of the package that a launch command installs."""
    package = launch.get("package") if isinstance(launch, dict) else None
    if not isinstance(package, dict):
        return None
    kind, name, version = package.get("type"), package.get("name"), package.get("version")
    if not isinstance(kind, str) or not isinstance(name, str) or not name:
        return None
    return kind, name, f"{name}@{version}" if isinstance(version, str) and version else name


def _escape(name: str) -> str:
    """A name as the path of a package URL; without the version, which drifts."""
    return name.replace("%", "%25").replace("@", "%40")


def _name(content: Json) -> str:
    name = content.get("name") if isinstance(content, dict) else None
    return name if isinstance(name, str) else ""


def _mentions(
    snapshot: Snapshot, item: Item, names: Names, providers: Mapping[str, Sequence[str]]
) -> Iterator[Relation]:
    here = f"{snapshot.target.identity}|{item.key}"
    held = names.held("\n".join(_strings(item.content)))
    others = [name for name in held if any(there != here for there in providers[name])]
    # Most items speak of no other one, and where each of their strings stands need not be known.
    if not others:
        return
    few = len(others) <= mentions.FEW_HELD
    for pointer, text, is_key in canonical.leaves(item.content):
        if is_key or pointer == "/name" or (few and not any(name in text for name in others)):
            continue
        for mention in names.find(text, held):
            for there in providers[mention.name]:
                if there != here:
                    yield Relation(here, RelationKind.REFERS_TO, there, pointer)


def _strings(content: Json) -> list[str]:
    """Every string of an item, in no order."""
    found: list[str] = []
    left = [content]
    while left:
        value = left.pop()
        for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else [value]:
            if isinstance(one, str):
                found.append(one)
            elif isinstance(one, _NESTED):
                left.append(one)
    return found
