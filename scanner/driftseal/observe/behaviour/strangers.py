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
_LOOPS: Final = 64
"""Loops of one function that are looked at for where an argument comes from."""
_REMOTE: Final = "remote"
_SETS: Final = frozenset({"add", "set-url"})
"""Commands of ``git remote`` by which it is told where to push."""
_FIRST: Final = 4
"""Arguments of a request among which its address is looked for."""


def find(code: Code) -> Iterator[Fact]:
    """``access-given`` and ``code-pushed-elsewhere``."""
    letting = {scope.path for scope in code.scopes if "lets-in" in scope.shown}
    for scope in code.scopes:
        for called in scope.doing.get("admitters", ()):
            who = _who(scope, called)
            if who:
                yield scope.fact("access-given", called.call.line, f"{called.name} of {who}")
        for called in scope.calls if "lets-in" in scope.shown else ():
            who = _by_address(scope, called)
            if who:
                yield scope.fact("access-given", called.call.line, f"a request that lets in {who}")
        if scope.path in letting:
            yield from _listed(scope)
        yield from _pushes(scope)
        if "push-settings" in scope.shown or any(each.value == _REMOTE for each in scope.constants):
            yield from _mirrors(scope)


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


def _listed(scope: Scope) -> Iterator[Fact]:
    """``("PUT", "/collaborators/helper-ci", {…})``: a request of a table, which somebody goes through."""
    for row in scope.of(ir.Group, ir.Mapping):
        parts = row.items if isinstance(row, ir.Group) else [entry.value for entry in row.entries]
        texts = [_end(scope, each) for each in parts]
        if any(each.lower() in _CHANGES for each in texts):
            names = (each.rpartition("/")[2] for each in texts if says("lets-in-by-name", each))
            who = next((each for each in names if says("outsiders", each)), "")
            if who:
                yield scope.fact("access-given", row.line, f"a request that lets in {who}")


def _end(scope: Scope, value: ir.Expr) -> str:
    """The text that a value is, or ends with; also what a function of the table gives back."""
    body = scope.module.functions[value.function].body if isinstance(value, ir.Closure) else ()
    last = body[-1] if body else None
    value = last.value if isinstance(last, ir.Return) and last.value is not None else value
    return text(value.parts[-1] if isinstance(value, ir.Text) and value.parts else value)


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


def _mirrors(scope: Scope) -> Iterator[Fact]:
    """``git("remote", "set-url", "--add", "--push", remote, url)``: one more place that every push goes to.

    Where it comes from a list that is gone through, from what a helper of the project gives.
    """
    for called in scope.calls:
        words = {text(item) for item in _items(scope, called)}
        told = _REMOTE in words and not words.isdisjoint(_SETS)
        if not told and not any(says("push-settings", word) for word in words):
            continue
        for item in _items(scope, called):
            where = next((each for node in _behind(scope, item) if (each := _remote(node))), "")
            if where:
                yield scope.fact("code-pushed-elsewhere", called.call.line, where)
                return


def _items(scope: Scope, called: Called) -> list[ir.Expr]:
    """The arguments of a command, also those that stand in a list."""
    given = [scope.set_to(arg.value) for arg in called.call.args[:_WORDS]]
    return [item for each in given for item in (each.items[:_WORDS] if isinstance(each, ir.Group) else (each,))]


def _behind(scope: Scope, item: Any) -> Iterator[Any]:
    """An argument, and what the helper gives back of which it is a part or whose answer is gone through."""
    yield item
    name = item.id if isinstance(item, ir.Name) else ""
    loops = scope.of(ir.Loop)[:_LOOPS] if name else ()
    sources = [node.source for node in loops if any(_is(each, name) for each in node.targets)]
    for listed in (each for each in sources if isinstance(each, ir.Group)):
        yield from listed.items[:_WORDS]
    for call in (each for each in (item, *sources) if isinstance(each, ir.Call)):
        helper = scope.helper(call)
        for given in helper.of(ir.Return) if helper is not None else ():
            yield from walk(given.value)


def _is(target: ir.Expr, name: str) -> bool:
    return isinstance(target, ir.Name) and target.id == name


def _remote(node: Any) -> str:
    """The beginning of an address of a repository, on a host that is not one where everybody has theirs."""
    first = node.parts[0] if isinstance(node, ir.Text) and node.parts else node
    while isinstance(first, ir.Binary) and first.op == "+":
        first = first.left
    given = text(first)
    return given if says("repositories-elsewhere", given) and not says("code-hosts", given) else ""


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
