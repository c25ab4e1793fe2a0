"""Others who are let in: accounts, keys, addresses and repositories that stand in the source, not in a request."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import strings, text, walk
from driftseal.observe.behaviour.scopes import Called, Scope
from driftseal.observe.behaviour.whole import Code

_WORDS: Final = 12
"""Arguments of a command that are read."""
_CHANGES: Final = frozenset({"put", "post", "patch"})
_FIRST: Final = 4
"""Arguments of a request among which its address is looked for."""


def find(code: Code) -> Iterator[Fact]:
    """``access-given`` and ``code-pushed-elsewhere``."""
    for scope in code.scopes:
        for called in scope.doing.get("admitters", ()):
            who = _who(scope, called)
            if who:
                yield scope.fact("access-given", called.call.line, f"{called.name} of {who}")
        for called in scope.calls if "lets-in" in scope.shown else ():
            who = _by_address(scope, called)
            if who:
                yield scope.fact("access-given", called.call.line, f"a request that lets in {who}")
        yield from _pushes(scope)


def _who(scope: Scope, called: Called) -> str:
    """The account, key or address that stands here and is let in; empty where a caller or the settings name it."""
    for arg in called.call.args:
        if not arg.name or says("outsider-fields", arg.name):
            found = _fixed(scope, arg.value)
            if found:
                return found
        whole = scope.set_to(arg.value)
        found = _inside(scope, whole) if isinstance(whole, (ir.Mapping, ir.Group)) else ""
        if found:
            return found
    return ""


def _inside(scope: Scope, whole: ir.Expr) -> str:
    """As above, of what stands in a table or a list."""
    for node in walk(whole):
        key = text(node.key) if isinstance(node, ir.Entry) else ""
        found = _fixed(scope, node.value) if key == "name" or says("outsider-fields", key) else ""
        # A thing has a name, too; a person's is an address.
        if found and (key != "name" or "@" in found):
            return found
    return ""


def _by_address(scope: Scope, called: Called) -> str:
    """Whom a request lets in that is made by its address: ``PUT /repos/…/collaborators/NAME``, ``POST /keys``."""
    args = called.call.args
    verbs = (called.name.rpartition(".")[2], *(str(each.value) for arg in args for each in strings(arg.value)))
    if _CHANGES.isdisjoint(map(str.lower, verbs)):
        return ""
    for arg in args[:_FIRST]:
        address = _address(scope, arg.value)
        if says("lets-in-by-name", address):
            who = address.rpartition("/")[2]
            return "" if says("nobody-in-particular", who) else who
        if says("lets-in-whom-it-carries", address):
            bodies = (each.value for each in args if each is not arg)
            return next((found for each in bodies if (found := _inside(scope, scope.set_to(each)))), "")
    return ""


def _address(scope: Scope, value: Any) -> str:
    """An address as far as it is constant; a space stands for what is not."""
    whole, tail = scope.set_to(value), list[ir.Expr]()
    while isinstance(whole, ir.Binary) and len(tail) < _WORDS:
        tail.insert(0, whole.right)
        whole = whole.left
    head = whole.parts if isinstance(whole, ir.Text) else (whole,)
    return "".join(scope.constant(part) or " " for part in (*head, *tail))


def _fixed(scope: Scope, value: Any) -> str:
    """A constant that names someone or somewhere."""
    whole = scope.set_to(value)
    for each in whole.items if isinstance(whole, ir.Group) else (whole,):
        given = scope.constant(each)
        if given and says("outsiders", given) and not says("own-machine", given):
            return given
    return ""


def _pushes(scope: Scope) -> Iterator[Fact]:
    """``git push https://…`` to a repository that stands here, also by way of a function that runs git."""
    if not any(each.value == "push" or "push " in str(each.value) for each in scope.constants):
        return
    for called in scope.calls:
        command = " ".join(_words(scope, called))
        if says("pushes-elsewhere", command):
            yield scope.fact("code-pushed-elsewhere", called.call.line, command)
            return


def _words(scope: Scope, called: Called) -> Iterator[str]:
    for arg in called.call.args[:_WORDS]:
        given = scope.set_to(arg.value)
        for item in given.items[:_WORDS] if isinstance(given, ir.Group) else (given,):
            word = scope.constant(item)
            yield word if word is not None else _spaced(item)


def _spaced(item: Any) -> str:
    """A text with a space for whatever is put into it."""
    if isinstance(item, ir.Text):
        return "".join(text(part) or " " for part in item.parts)
    return " "
