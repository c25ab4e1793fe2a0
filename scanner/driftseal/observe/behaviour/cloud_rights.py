"""Rights in a cloud account that are widened, and records of it that are stopped, by constants of the source."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import last, text, walk
from driftseal.observe.behaviour.scopes import Called, Scope, once
from driftseal.observe.behaviour.whole import Code

_HOPS: Final = 3
"""Names between an argument and the text that stands behind it."""
_PARTS: Final = 400
"""Nodes of one argument that are looked at."""
_GRANTS: Final = frozenset({"GrantRead", "GrantFullControl", "GrantWrite", "GrantReadACP", "GrantWriteACP"})
"""Arguments that name who else may do something with an object (Amazon S3, PutObject)."""
_WITH: Final = frozenset({"ValuesToAdd", "UserIds", "AccountIds", "Users"})
_ACCOUNT: Final = 12
"""Digits of the number of an account."""
_ROLE: Final = "roleRef"
_SUBJECTS: Final = "subjects"
_MASTER: Final = "cluster-admin"
_PEOPLE: Final = frozenset({"User", "Group"})
_ANYBODY: Final = frozenset({"Principal", "Action", "Everyone"})


def find(code: Code) -> Iterator[Fact]:
    """``cloud-opened``."""
    for scope in code.scopes:
        for called in (*scope.doing.get("cloud-stops", ()), *_sent(scope, "cloud-stops")):
            yield scope.fact("cloud-opened", called.call.line, last(called.call.callee))
        for called in (*scope.doing.get("cloud-grants", ()), *_sent(scope, "cloud-grants")):
            right = _wide(scope, called) or _shared(scope, called)
            if right:
                yield scope.fact("cloud-opened", called.call.line, f"{last(called.call.callee)}: {right}")
        if not scope.keys.isdisjoint(_GRANTS):
            yield from _granted(scope)
        if {_ROLE, _SUBJECTS} <= scope.keys:
            yield from _bound(scope)


def _shared(scope: Scope, called: Called) -> str:
    """``ValuesToAdd=["123456789012"]``: an account that stands here, and gets a copy of what is stored."""
    for arg in called.call.args:
        if arg.name in _WITH:
            whole = scope.set_to(arg.value)
            items = whole.items if isinstance(whole, ir.Group) else (whole,)
            if found := next((who for each in items if _is_account(who := scope.constant(each) or "")), ""):
                return f"{arg.name}: {found}"
    return ""


def _is_account(who: str) -> bool:
    return who == "all" or (len(who) == _ACCOUNT and who.isascii() and who.isdecimal())


def _granted(scope: Scope) -> Iterator[Fact]:
    """``{"GrantRead": 'emailaddress="backup@host.example"'}``: somebody who stands here may read what is stored."""
    given = [(text(node.key), node.value) for node in scope.of(ir.Entry)]
    given += [(node.name, node.value) for node in scope.of(ir.Arg)]
    for name, value in given:
        if name in _GRANTS and says("grantees", scope.constant(value) or ""):
            yield scope.fact("cloud-opened", value.line, f"{name}: {scope.constant(value)}")


def _bound(scope: Scope) -> Iterator[Fact]:
    """A role of Kubernetes for whoever has not logged in: no cluster needs one that does more than tell its version.

    Every right there is, for a person or a group whose name stands here, is a back door as well.
    """
    for node in scope.of(ir.Mapping):
        named = {text(entry.key): entry.value for entry in node.entries}
        if {_ROLE, _SUBJECTS} <= named.keys():
            texts = [str(each.value) for each in walk(named[_SUBJECTS]) if isinstance(each, ir.Const)]
            who = next((each for each in texts if says("nobody-known", each)), "")
            roles = [str(each.value) for each in walk(named[_ROLE]) if isinstance(each, ir.Const)]
            if who and not any(each.startswith("system:public-info") for each in roles):
                yield scope.fact("cloud-opened", node.line, f"a role for {who}")
            elif _MASTER in roles and (person := _person(named[_SUBJECTS])):
                yield scope.fact("cloud-opened", node.line, f"{_MASTER} for {person}")


def _person(subjects: ir.Expr) -> str:
    """The name of a user or a group that stands here among those a role is for; groups of Kubernetes are its own."""
    for node in walk(subjects):
        named = {text(entry.key): text(entry.value) for entry in node.entries} if isinstance(node, ir.Mapping) else {}
        who = named.get("name", "")
        if named.get("kind") in _PEOPLE and who and not who.startswith("system:"):
            return who
    return ""


def _sent(scope: Scope, subject: str) -> Iterator[Called]:
    """Commands that are made to be sent, which no call is named by: ``new PutBucketPolicyCommand(…)``."""
    sent = {name for name in _lasts(scope) if says(subject, name)}
    made = {id(called.call) for called in scope.doing.get(subject, ())} if sent else set()
    for call in scope.of(ir.Call) if sent else ():
        if id(call) not in made and last(call.callee) in sent:
            yield Called(last(call.callee), call)


@once
def _lasts(scope: Scope) -> frozenset[str]:
    """How the names end as they are written by which calls go."""
    return frozenset(last(call.callee) for call in scope.of(ir.Call))


def _wide(scope: Scope, called: Called) -> str:
    """The text or member by which everybody, or a stranger, gets in; empty where a caller decides."""
    waiting: list[tuple[Any, int]] = [(arg.value, _HOPS) for arg in called.call.args]
    for _ in range(_PARTS):
        if not waiting:
            return ""
        value, hops = waiting.pop()
        for node in walk(value):
            if isinstance(node, ir.Const) and isinstance(node.value, str) and says("wide-rights", node.value):
                return node.value if len(node.value) < _PARTS else "for everybody"
            if isinstance(node, ir.Entry) and text(node.key) in _ANYBODY and _is_any(node.value):
                return f"{text(node.key)}: *"
            if isinstance(node, ir.Name) and hops:
                whole = scope.set_to(node)
                waiting += [(whole, hops - 1)] if whole is not node else []
            elif isinstance(node, ir.Call) and hops and (helper := scope.helper(node)) is not None:
                waiting += [(each.value, 0) for each in helper.of(ir.Return) if each.value is not None]
    return ""


def _is_any(value: ir.Expr) -> bool:
    """Whether a member stands for everybody or everything: ``"*"``, ``["*"]``."""
    return any(text(each) == "*" for each in (value.items if isinstance(value, ir.Group) else (value,)))
