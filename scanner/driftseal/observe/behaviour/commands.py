"""Command lines that say by themselves what harm they do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from driftseal.code import ir
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.handed import standing_for
from driftseal.observe.behaviour.lists import says, subjects
from driftseal.observe.behaviour.nodes import strings, text, walk
from driftseal.observe.behaviour.scopes import Called, Scope
from driftseal.observe.behaviour.whole import Code
from driftseal.regexes import regex

_FACTS: Final = {
    "download-run": "download-run",
    "disabling": "protection-disabled",
    "encoded-run": "decoded-command-run",
    "fetch-eval": "download-run",
    "package-sources": "package-source-changed",
    "publishing": "package-published",
    "persistence-commands": "start-up-entry-written",
    "privileges": "privileges-raised",
    "reverse-shell": "reverse-shell",
    "secret-commands": "secret-file-sent",
    "system-commands": "system-file-changed",
    "traffic-commands": "traffic-turned",
    "wiping": "home-wiped",
}
"""Facts by the subject that a command shows."""
_CHMODS: Final = frozenset({"chmod", "fchmod", "lchmod", "chmodSync"})
_LENDS: Final = 0o4000
"""The bit of a mode by which a program runs with the rights of its owner."""
_MODES: Final = 0o10000
"""Numbers from here on are no modes."""
_FETCHES: Final = frozenset({"download-run", "fetch-eval", "encoded-run", "reverse-shell"})
_PUBLISHES: Final = regex(r"(?i)_*(publish|release)")
"""How a function is called that people run to publish their own packages."""
_ADDRESS: Final = regex(r"(?i)\bhttps?://[^\s\"'`|;&<>()]+")
_KEPT_OUT: Final = regex(r"\s--(?:exclude|exclude-from|ignore)[= ]\S{1,200}")
"""What a program is told to leave where it is."""
_ROWS: Final = 12
"""Rows of a table of words that are looked at."""
_WORDS: Final = 8
"""Arguments of a call that runs a command, of which each may be a word."""


_OF_CONTAINERS: Final = frozenset({"Cmd", "cmd", "command", "Entrypoint", "args"})


def _contained(scope: Scope) -> Iterator[Fact]:
    """What is run in a container: ``{ Cmd: ["sh", "-c", "env | curl …"] }``."""
    for entry in scope.of(ir.Entry):
        items = entry.value.items if text(entry.key) in _OF_CONTAINERS and isinstance(entry.value, ir.Group) else ()
        command = " ".join(text(item) for item in items)
        for subject in sorted(_FACTS.keys() & subjects(command)) if len(items) > 1 else ():
            yield scope.fact(_FACTS[subject], entry.value.line, command)


def find(code: Code) -> Iterator[Fact]:
    """One fact for each subject of a command that is constant enough to be read."""
    for scope in code.scopes:
        if not _OF_CONTAINERS.isdisjoint(scope.keys):
            yield from _contained(scope)
        yield from _lent(scope)
        yield from _spread(scope)
        for called, command in (*scope.commands, *_handed(scope)):
            if says("package-runners", command) and _unseen(scope, called):
                yield scope.fact("download-run", called.call.line, command)
            for subject in sorted(_FACTS.keys() & subjects(_KEPT_OUT.sub("", command))):
                if subject == "publishing" and _PUBLISHES.match(scope.function.name):
                    continue
                if subject == "download-run" and of_makers(command):
                    continue
                name = "repository-wiped" if subject == "wiping" and "git" in command else _FACTS[subject]
                yield scope.fact(name, called.call.line, command)
                if subject == "persistence-commands" and (bad := _fed(scope, called)):
                    yield scope.fact("harmful-text-written", called.call.line, bad)


def _fed(scope: Scope, called: Called) -> str:
    """What a command is given to read that fetches what it runs, or gives a shell away; empty for anything else."""
    for arg in called.call.args[:_WORDS]:
        for node in walk(scope.set_to(arg.value)):
            text = scope.constant(node) if isinstance(node, (ir.Const, ir.Name, ir.Text, ir.Binary)) else None
            if text and not of_makers(text) and not _FETCHES.isdisjoint(subjects(text)):
                return text.strip()
    return ""


def of_makers(command: str) -> bool:
    """Whether all that a command fetches are the installers by which makers of tools hand these out."""
    addresses = _ADDRESS.findall(command)
    return bool(addresses) and all(says("official-installers", each) for each in addresses)


def _lent(scope: Scope) -> Iterator[Fact]:
    """``os.chmod(copy, 0o4755)``: whoever starts the file has its owner's rights."""
    for called in scope.calls if _CHMODS & scope.words else ():
        if called.name.rpartition(".")[2] not in _CHMODS:
            continue
        for arg in called.call.args:
            for node in walk(scope.set_to(arg.value)):
                given = node.value if isinstance(node, ir.Const) else None
                owner = (
                    isinstance(given, int) and not isinstance(given, bool) and bool(given & _LENDS) and given < _MODES
                )
                if owner or (isinstance(node, ir.Attr) and node.name == "S_ISUID"):
                    yield scope.fact("privileges-raised", called.call.line, f"{called.name} for everyone who starts it")


def _spread(scope: Scope) -> Iterator[Fact]:
    """What every container or machine of a list is made to fetch and run."""
    sent = {id(called.call): called for called in scope.doing.get("remote-runners", ())}
    for loop in scope.of(ir.Loop) if sent else ():
        for node in walk(loop.body):
            called = sent.get(id(node)) if isinstance(node, ir.Call) else None
            for arg in called.call.args if called is not None else ():
                given = scope.constant(arg.value) or " ".join(
                    str(each.value) for each in strings(scope.set_to(arg.value))
                )
                if called is not None and not _FETCHES.isdisjoint(subjects(given)):
                    yield scope.fact("download-run", called.call.line, given, (loop.line, "for each of these"))


def _handed(scope: Scope) -> Iterator[tuple[Called, str]]:
    """Commands that are put together by a helper, with the words that it is handed: ``as_root(["tee", "/etc/…"])``."""
    for called, helper in scope.helped:
        if not helper.commands:
            continue
        own = {param.name for param in helper.function.params}
        for each, command in helper.commands:
            words = {
                node.id
                for arg in each.call.args[:_WORDS]
                for node in walk(helper.set_to(arg.value))
                if type(node) is ir.Name
            }
            given = standing_for(called.call, helper, words & own)
            if any(isinstance(value, ir.Name) and value.id in scope.looped for value in given):
                yield from ((Called(each.name, called.call), f"{command} {row}") for row in _rows(scope, given))
                continue
            more = " ".join(str(text.value) for value in given for text in strings(scope.set_to(value)))
            if more:
                yield Called(each.name, called.call), f"{command} {more}".strip()


def _rows(scope: Scope, given: list[ir.Expr]) -> Iterator[str]:
    """The words that a helper is handed for each row of a table: ``for key, value in TABLE: git(key, value)``."""
    tables = {id(whole): whole for each in given if isinstance(each, ir.Name) and (whole := scope.looped.get(each.id))}
    for whole in tables.values():
        plain = [
            scope.constant(each) or "" for each in given if not (isinstance(each, ir.Name) and each.id in scope.looped)
        ]
        rows = whole.items if isinstance(whole, ir.Group) else whole.entries if isinstance(whole, ir.Mapping) else ()
        for row in rows[:_ROWS]:
            yield " ".join([*plain, *(str(each.value) for each in strings(row))])


def _unseen(scope: Scope, called: Called) -> bool:
    """Whether a program goes on by itself, and nobody reads what it says."""
    given: dict[str, ir.Expr] = {}
    for arg in called.call.args[1:]:
        whole = scope.set_to(arg.value)
        given |= {text(each.key): each.value for each in whole.entries} if isinstance(whole, ir.Mapping) else {}
    apart = given.get("detached")
    return isinstance(apart, ir.Const) and apart.value is True and text(given.get("stdio")) == "ignore"
