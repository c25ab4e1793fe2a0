"""What cannot be undone: homes and histories wiped, protection turned off."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from driftseal.code import ir
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.outlets import writes
from driftseal.observe.behaviour.scopes import Called, Scope
from driftseal.observe.behaviour.whole import Code

_TREES: Final = frozenset(
    {"rmtree", "rm", "rmSync", "rmdir", "rmdirSync", "removeSync", "remove", "rimraf", "sync", "del"}
)
_ROOTS: Final = frozenset({"/", "~", "~/", "C:\\", "/home", "/Users"})


def find(code: Code) -> Iterator[Fact]:
    """``home-wiped``, ``repository-wiped``, ``files-encrypted``."""
    for scope in code.scopes:
        yield from _held(scope)
        for called in scope.calls:
            if called.name.rpartition(".")[2] in _TREES and called.call.args and _deletes(scope, called):
                yield from _tree(scope, called)


def _held(scope: Scope) -> Iterator[Fact]:
    """Files of a folder, each encrypted and its plain text taken away."""
    if not {"ciphers", "listings", "removers"} <= scope.doing.keys():
        return
    cipher = scope.doing["ciphers"][0]
    removed = next((called for called in scope.doing["removers"] if _takes_away(scope, called)), None)
    written = any(writes(scope, called) for called in scope.calls)
    if removed is not None and written:
        yield scope.fact("files-encrypted", cipher.call.line, cipher.name, (removed.call.line, "taken away here"))


def _takes_away(scope: Scope, called: Called) -> bool:
    # ``path.unlink()``, of a path whose type nobody knows.
    return "path-delete" in scope.kinds(called) or called.name.rpartition(".")[2] == "unlink"


def _set_to(scope: Scope, name: str) -> Iterator[ir.Expr]:
    if "homes" in scope.doing:
        for node in scope.of(ir.Assign):
            if any(isinstance(target, ir.Name) and target.id == name for target in node.targets):
                # ``late ? os.homedir() : temporary``
                yield from (
                    (node.value.then, node.value.otherwise) if isinstance(node.value, ir.Choice) else (node.value,)
                )


def _deletes(scope: Scope, called: Called) -> bool:
    return "path-delete" in scope.kinds(called) or called.name.rpartition(".")[2] in {"rmtree", "rmSync", "rimraf"}


def _tree(scope: Scope, called: Called) -> Iterator[Fact]:
    where = called.call.args[0].value
    if isinstance(where, ir.Name):
        name = where.id
        where = scope.assigned.get(name, where)
        # Also what it is set to later, as in a branch.
        homes = (each for each in _set_to(scope, name) if says("homes", scope.name(each)))
        where = next(homes, where)
    fixed = scope.constant(where)
    if fixed is None and isinstance(where, ir.Call) and where.args:
        fixed = scope.constant(where.args[-1].value)
        if fixed == ".git":
            yield scope.fact("repository-wiped", called.call.line, called.name)
            return
    if fixed is not None and (fixed == ".git" or fixed.endswith("/.git")):
        yield scope.fact("repository-wiped", called.call.line, called.name)
    elif (fixed in _ROOTS) or (says("homes", scope.name(where)) and fixed is None) or _personal(scope, where):
        yield scope.fact("home-wiped", called.call.line, called.name)


def _personal(scope: Scope, where: ir.Expr) -> bool:
    """Whether a path is that of a whole folder of a person: ``path.join(os.homedir(), "Documents")``."""
    return "homes" in scope.doing and says("personal-folders", scope.path_of(where))
