"""Steps of continuous integration that run agents or ask models: what all services that run them share."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from driftseal.collect.discovery.base import Sighting
from driftseal.collect.discovery.files import _commands, _containers, _flags, _models
from driftseal.collect.discovery.files._commands import Run
from driftseal.collect.discovery.files._installs import installed
from driftseal.model.item import ItemKind, Json
from driftseal.narrow import text_or_empty

_SECRET: Final = re.compile(r"\bsecrets\.([A-Za-z_][A-Za-z0-9_]{2,80})")
_TELLING: Final = ("install", "docker", "--model", "--dataset", "_model", "-model")
"""What a script has that is worth taking apart into words."""
_LONGEST: Final = 200
"""Characters of a step's name."""
_ASKS_NOTHING: Final = frozenset({"--version", "-v", "-V", "version", "--help", "-h", "help", "2>/dev/null", "2>&1"})
"""What follows a program's name where no agent runs."""


def scripted(
    script: str, name: str, *, line: int = 0, env: Sequence[str] = (), permissions: Sequence[str] = ()
) -> Iterator[Sighting]:
    """A step that runs listed commands: the step where one is an agent, and the models that they name."""
    found = list(_commands.runs(script))
    agents = [run for run in found if run.command.agent and not _asks_nothing(run)]
    if agents:
        programs: list[Json] = [*dict.fromkeys(run.program for run in agents)]
        yield step(name, {"runs": programs, "env": [*env], "permissions": [*permissions]}, line=_line(agents[0], line))
    for run in found:
        yield from _commands.models(run, line=_line(run, line), symbol=name)
    for at, words in _commands.split(script) if any(word in script for word in _TELLING) else ():
        began = line and line + at - 1
        yield from _flags.given(words, line=began)
        yield from installed(words, began)
        yield from _containers.started(words, line=began)


def step(name: str, content: dict[str, Json], *, line: int) -> Sighting:
    """One step, without what it does not state."""
    told = {key: value for key, value in content.items() if value not in ("", [], None)}
    name = name if len(name) <= _LONGEST else f"{name[:_LONGEST]}…"
    return Sighting(ItemKind.CI_STEP, name, told, line=line, symbol=name.rpartition("/")[2])


def _line(run: Run, line: int) -> int:
    # Of a block the key's line is known, and the script begins on the next.
    return line and line + run.line - 1


def secrets(text: str, *, line: int = 0, symbol: str = "") -> Iterator[Sighting]:
    """The credentials that an expression takes from the secrets of the service, by their names."""
    for found in _SECRET.finditer(text):
        yield from _models.credential(found[1], line=line, symbol=symbol, source="ci-secret")


def variables(value: Json, line: int) -> Iterator[Sighting]:
    """What an environment tells: keys of providers, addresses, models."""
    for name, given, _ in _containers.variables(value):
        yield from _containers.variable(name, given, line=line, source="environment")
        yield from secrets(given, line=line, symbol=name)


def names(*environments: Json) -> list[str]:
    """Names of variables, in the order in which they are first set."""
    told = (name for environment in environments for name, _, _ in _containers.variables(environment))
    return list(dict.fromkeys(told))


def permissions(value: Json) -> list[str]:
    """What a token of the service may do: ``contents: write``."""
    if isinstance(value, str):
        return [value]
    if not isinstance(value, dict):
        return []
    return [f"{key}: {text_or_empty(given)}" for key, given in value.items()]


def lines(value: Json) -> str:
    """A script, whether it is one text or a list of lines."""
    if isinstance(value, list):
        parts = [line if isinstance(line, str) else lines(line) for line in value if isinstance(line, str | list)]
        return "\n".join(part.rstrip("\n") for part in parts)
    return text_or_empty(value)


def _asks_nothing(run: Run) -> bool:
    return bool(run.words) and _ASKS_NOTHING.issuperset(run.words)
