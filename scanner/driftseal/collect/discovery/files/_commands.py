"""Command lines that name models or run agents, wherever they are written; which ones is data (``commands.yaml``)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from functools import cache
from typing import Final

from driftseal.collect.discovery import _tables
from driftseal.collect.discovery.base import Sighting
from driftseal.collect.discovery.files import _models
from driftseal.collect.discovery.files._models import Model
from driftseal.errors import RuleError
from driftseal.model.item import ItemKind, Json
from driftseal.records import dataclass

_WORD: Final = re.compile(r"\"(?:[^\"\\\n]|\\.)*+\"?|'[^'\n]*+'?|(?:\\.|[^\s\"'|&;()])++|[|&;()]|\n")
_GOES_ON: Final = " \0"
_ENDS: Final = frozenset({"|", "&", ";", "(", ")", "\n"})
_SET: Final = re.compile(r"[A-Za-z_]\w*=.*", re.DOTALL)
_LONGEST: Final = 64
"""Words of one command that are read, and of what stands before its name."""


@dataclass(frozen=True, slots=True)
class Command:
    """One kind of command line; see the head of the list."""

    words: tuple[str, ...]
    places: tuple[int, ...]
    flags: frozenset[str]
    provider: str
    revision: frozenset[str]
    dataset: frozenset[str]
    agent: bool


@dataclass(frozen=True, slots=True)
class Action:
    """An action of GitHub that runs an agent or asks a model."""

    provider: str
    models: tuple[str, ...]
    arguments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """The whole list."""

    commands: Mapping[str, tuple[Command, ...]]
    """By their first word, those of more words first."""
    packages: Mapping[str, str]
    starters: frozenset[str]
    actions: Mapping[str, Action]
    """By repository in lower case."""


@dataclass(frozen=True, slots=True)
class Run:
    """One command of a script that is listed."""

    command: Command
    program: str
    words: tuple[str, ...] = field(repr=False)
    """What follows the command's own words; never shown whole, since it may hold secrets."""
    line: int
    """From 1, within the script."""


def split(script: str) -> Iterator[tuple[int, list[str]]]:
    """Every simple command of a shell script, as words without their quotes, with its line."""
    line, begun, words = 1, 1, list[str]()
    # A line that goes on counts as one command, and what follows still stands where it stands.
    for found in _WORD.finditer(script.replace("\\\r\n", _GOES_ON).replace("\\\n", _GOES_ON)):
        part = found[0].lstrip("\0")
        line += len(found[0]) - len(part)
        if part in _ENDS:
            if words:
                yield begun, words
            words = []
            line += part == "\n"
        elif part:
            begun = begun if words else line
            words.append(part[1:].removesuffix(part[0]) if part[0] in "\"'" else part)
    if words:
        yield begun, words


def runs(script: str) -> Iterator[Run]:
    """Every listed command of a script."""
    if not any(word in script for word in _needles()):
        return
    for line, words in split(script):
        found = run(words, line)
        if found is not None:
            yield found


def run(words: Sequence[str], line: int = 0) -> Run | None:
    """The listed command that these words are, whatever only starts it."""
    table = load()
    words = words[:_LONGEST]
    at = 0
    while at < len(words):
        word = words[at]
        bare = word.rpartition("/")[2] if not word.startswith("@") else word
        package = word[:1] + word[1:].partition("@")[0]
        program = table.packages.get(package) if at else None
        program = program or bare
        for command in table.commands.get(program, ()):
            rest = words[at + 1 : at + len(command.words)]
            if tuple(rest) == command.words[1:]:
                return Run(command, program, tuple(words[at + len(command.words) :]), line)
        if not _SET.fullmatch(word) and bare not in table.starters:
            # Only of a shell's own argument is there a command inside.
            return next(runs(word), None) if " " in word and at else None
        at += 1
    return None


def models(found: Run, *, line: int = 0, symbol: str = "", confidence: float = 0.9) -> Iterator[Sighting]:
    """The models that a command names."""
    command = found.command
    positional, given, revision, kind = list[str](), list[str](), "", ""
    words = list(found.words)
    while words:
        word = words.pop(0)
        flag, equals, value = word.partition("=")
        if not flag.startswith("-"):
            positional.append(word)
            continue
        known = flag in command.flags or flag in command.revision or flag in command.dataset
        if not known:
            # A flag that is not known may take the next word; a model never stands before all flags that matter.
            continue
        value = value if equals else words.pop(0) if words else ""
        if flag in command.flags:
            given.append(value)
        elif flag in command.revision:
            revision = value
        else:
            kind = value
    given += [positional[place] for place in command.places if place < len(positional)]
    for text in given:
        model = _model(command.provider, text)
        if model is not None and kind == "dataset":
            content: dict[str, Json] = {"provider": model.provider, "id": model.id}
            yield Sighting(ItemKind.DATASET, f"{model.provider}:{model.id}", content, line=line, symbol=symbol)
        elif model is not None:
            pinned = model._replace(revision=model.revision or revision)
            yield _models.sighting(pinned, line=line, symbol=symbol, confidence=confidence)


def _model(provider: str, text: str) -> Model | None:
    if provider == "ollama":
        return _models.ollama(text)
    if provider == _models.HUB:
        # ``--model_args pretrained=ID,dtype=…`` and ``--lora-modules NAME=ID``.
        return _models.hub(text.partition(",")[0].rpartition("=")[2].partition(":")[0])
    if provider in {"family", ""}:
        return _models.named(text, sure=True)
    if provider == "docker":
        return docker(text)
    return _models.named(text) or _models.of(provider, text)


def docker(text: str) -> Model | None:
    """A model of Docker's registry (``ai/…``) or of the hub, as Docker Model Runner names it."""
    found = _models.ollama(text.removeprefix("docker.io/"))
    if found is None or found.provider == _models.HUB or "/" not in found.id:
        return found if found is not None and found.provider == _models.HUB else None
    return Model("docker", found.id)


def actions() -> Mapping[str, Action]:
    """The actions that are known."""
    return load().actions


@cache
def _needles() -> frozenset[str]:
    table = load()
    return frozenset(table.commands) | frozenset(table.packages)


@cache
def load() -> Table:
    """The list, checked.

    Raises:
        RuleError: it is malformed.
    """
    given = _tables.read("commands")
    if not isinstance(given, dict):
        raise RuleError("rules/inventory/commands.yaml: a mapping")
    commands: dict[str, list[Command]] = {}
    for entry in _list(given.get("commands")):
        if not isinstance(entry, dict) or not _list(entry.get("words")):
            raise RuleError(f"rules/inventory/commands.yaml: not a command: {entry!r}")
        places = _list(entry.get("model"))
        command = Command(
            words=_texts(entry.get("words")),
            places=tuple(place for place in places if isinstance(place, int)),
            flags=frozenset(place for place in places if isinstance(place, str)),
            provider=str(entry.get("provider", "")),
            revision=frozenset(_texts(entry.get("revision"))),
            dataset=frozenset(_texts(entry.get("dataset"))),
            agent=entry.get("agent") is True,
        )
        commands.setdefault(command.words[0], []).append(command)
    packages, acting = given.get("packages"), given.get("actions")
    if not isinstance(packages, dict) or not isinstance(acting, dict):
        raise RuleError("rules/inventory/commands.yaml: packages and actions are mappings")
    return Table(
        {word: tuple(sorted(listed, key=lambda one: -len(one.words))) for word, listed in commands.items()},
        {name: str(program) for name, program in packages.items()},
        frozenset(_texts(given.get("starters"))),
        {name.casefold(): _action(about) for name, about in acting.items()},
    )


def _action(about: Json) -> Action:
    given = about if isinstance(about, dict) else {}
    return Action(str(given.get("provider", "")), _texts(given.get("models")), _texts(given.get("arguments")))


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _texts(value: Json) -> tuple[str, ...]:
    return tuple(str(word) for word in _list(value))
