"""Launch commands taken apart: wrappers off, the runner found, what it fetches named. Nothing is run or expanded."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from typing import Final

from driftseal import rulebook
from driftseal.errors import RuleError
from driftseal.limits import KIB
from driftseal.model.item import Json
from driftseal.narrow import list_or_empty
from driftseal.observe import words
from driftseal.records import dataclass
from driftseal.regexes import regex

_ASSIGNMENT: Final = regex(r"[A-Za-z_]\w*=")
_DEPTH: Final = 5
"""Wrappers inside wrappers; nobody starts a server through more."""
_LONGEST_SCRIPT: Final = 16 * KIB
"""Characters of one word that are taken apart as a shell would; longer ones are left to patterns."""
_WORDS: Final = 1000
"""Words of one command line that are looked at; shells themselves end near there on some systems."""
_JOINING: Final = frozenset({"cmd", "powershell", "pwsh"})
"""Shells that take all further words for one script; the others take the next word alone."""
_OPERATORS: Final = ";&|()\n"
_LIST: Final = "runners"


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a command line and where it stands in the configuration."""

    text: str
    pointer: str


@dataclass(frozen=True, slots=True)
class Fetch:
    """A package that a runner fetches."""

    type: str
    """``npm`` or ``pypi``."""
    requirement: Word
    runner: str
    offline: bool
    """The runner is told to use only what is installed."""


@dataclass(frozen=True, slots=True)
class Container:
    """A ``docker run`` line."""

    options: tuple[tuple[str, Word], ...]
    """Flag and its value; the flag itself for a switch."""
    image: Word | None


@dataclass(frozen=True, slots=True)
class _Runner:
    type: str
    package_flags: frozenset[str]
    value_flags: frozenset[str]
    local_flags: frozenset[str]
    positional: bool


def line(launch: Mapping[str, Json]) -> tuple[Word, ...]:
    """Command and arguments as they are configured."""
    found: list[Word] = []
    command, args = launch.get("command"), launch.get("args")
    if isinstance(command, str):
        found.append(Word(command, "/command"))
    for index, arg in enumerate(args if isinstance(args, list) else ()):
        if isinstance(arg, str):
            found.append(Word(arg, f"/args/{index}"))
    return tuple(found)


def name_of(word: Word) -> str:
    """The program's name: without folder and without the endings of Windows."""
    return re.sub(r"\.(?:exe|cmd|bat|ps1)\Z", "", re.split(r"[\\/]", word.text)[-1].lower())


def commands(given: Sequence[Word]) -> tuple[tuple[Word, ...], ...]:
    """The command line, then what it starts in turn: behind ``sudo``, ``env``, ``op run --``, inside ``sh -c``."""
    return _commands(tuple(given[:_WORDS]))


@lru_cache(maxsize=16)
def _commands(given: tuple[Word, ...]) -> tuple[tuple[Word, ...], ...]:
    """Every check asks for the same line, so it is taken apart once."""
    found: list[tuple[Word, ...]] = []
    level = [given]
    for _ in range(_DEPTH):
        below: list[tuple[Word, ...]] = []
        for command in filter(None, level):
            found.append(command)
            below.extend(_inner(command))
        level = below
    return tuple(found[:_WORDS])


def _inner(given: Sequence[Word]) -> Iterator[tuple[Word, ...]]:
    program = name_of(given[0])
    wrappers = _mapping("wrappers")
    if program in wrappers:
        yield _behind(given[1:], frozenset(map(str, list_or_empty(wrappers[program]))))
    elif program in words.vocabulary(_LIST, "dashed"):
        texts = [word.text for word in given]
        if "--" in texts:
            yield tuple(given[texts.index("--") + 1 :])
    elif program in words.vocabulary(_LIST, "shells"):
        for index, word in enumerate(given[1:], 1):
            if word.text.lower() in words.vocabulary(_LIST, "shell_flags"):
                yield from _script(given[index + 1 :] if program in _JOINING else given[index + 1 : index + 2])
                return


def _script(given: Sequence[Word]) -> Iterator[tuple[Word, ...]]:
    """Each command of a shell's one-line script."""
    command: list[Word] = []
    for part in given:
        for text in _split(part.text):
            if text and not text.strip(_OPERATORS):
                yield tuple(command)
                command = []
            else:
                command.append(Word(text, part.pointer))
    yield tuple(command)


def _behind(given: Sequence[Word], value_flags: frozenset[str]) -> tuple[Word, ...]:
    """Everything from the first word that is no flag, no flag's value and no assignment."""
    skip = False
    for index, word in enumerate(given):
        if skip:
            skip = False
        elif word.text.startswith("-"):
            skip = word.text in value_flags
        elif not _ASSIGNMENT.match(word.text) and not word.text.replace(".", "").removesuffix("s").isdigit():
            return tuple(given[index:])
    return ()


def _split(text: str) -> list[str]:
    try:
        lexer = shlex.shlex(text[:_LONGEST_SCRIPT], posix=True, punctuation_chars=_OPERATORS)
        lexer.whitespace_split = True
        lexer.commenters = ""
        return list(lexer)
    except ValueError:
        return text[:_LONGEST_SCRIPT].split()


def fetches(given: Sequence[Word]) -> Iterator[Fetch]:
    """Every package that the command line fetches, whatever wraps it."""
    for command in commands(given):
        for name, runner in _runners().items():
            parts = name.split(" ")
            if [name_of(word) for word in command[: len(parts)]] == parts:
                yield from _fetched(name, runner, command[len(parts) :])


def _fetched(name: str, runner: _Runner, given: Sequence[Word]) -> Iterator[Fetch]:
    named: list[Word] = []
    positional: Word | None = None
    offline = False
    words_left = iter(given)
    for word in words_left:
        flag, equals, value = word.text.partition("=")
        if flag in runner.package_flags or flag in runner.value_flags:
            taken = Word(value, word.pointer) if equals else next(words_left, None)
            if taken is not None and flag in runner.package_flags:
                named.append(taken)
        elif flag in runner.local_flags:
            offline = value != "false"
        elif word.text != "--" and not word.text.startswith("-"):
            positional = word
            break
        elif word.text == "--":
            positional = next(words_left, None)
            break
    if runner.positional and positional is not None and not any(_is_main(name, word) for word in given):
        named.append(positional)
    for requirement in named:
        yield Fetch(runner.type, requirement, name, offline)


def _is_main(name: str, word: Word) -> bool:
    """Whether a flag names the package whose program the first plain word is."""
    flag = word.text.partition("=")[0]
    return flag in {"--package", "--from", "--spec"} or (flag == "-p" and not name.startswith("uv"))


def container(given: Sequence[Word]) -> Container | None:
    """The ``docker run`` inside a command line, if there is one."""
    for command in commands(given):
        if name_of(command[0]) in words.vocabulary(_LIST, "containers"):
            texts = [word.text for word in command]
            start = next((at for at, text in enumerate(texts) if text in {"run", "create"}), -1)
            if start > 0:
                return _container(command[start + 1 :])
    return None


def _container(given: Sequence[Word]) -> Container:
    switches = words.vocabulary(_LIST, "container_switches")
    options: list[tuple[str, Word]] = []
    words_left = iter(given)
    for word in words_left:
        if not word.text.startswith("-"):
            return Container(tuple(options), word)
        flag, equals, value = word.text.partition("=")
        if equals:
            options.append((flag, Word(value, word.pointer)))
        elif flag.lower() in switches:
            options.append((flag, word))
        else:
            taken = next(words_left, None)
            if taken is not None:
                options.append((flag, taken))
    return Container(tuple(options), None)


@cache
def _runners() -> Mapping[str, _Runner]:
    built = {}
    for name, about in _mapping("runners").items():
        if not isinstance(about, dict):
            raise RuleError(f"rules/lists/runners.yaml: {name} is no mapping")
        flags = {
            key: frozenset(map(str, list_or_empty(about.get(key))))
            for key in ("package_flags", "value_flags", "local_flags")
        }
        built[name] = _Runner(str(about.get("type")), **flags, positional=about.get("positional") != "script")
    return built


def _mapping(key: str) -> Mapping[str, Json]:
    given = rulebook.load_list(_LIST)
    value = given.get(key) if isinstance(given, dict) else None
    if not isinstance(value, dict):
        raise RuleError(f"rules/lists/runners.yaml has no mapping {key!r}")
    return value
