"""Certificates that clients take unseen: a setting leaves the check out, or a check lets everything through."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from driftseal.code import ir
from driftseal.observe.behaviour import optional
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import strings, text
from driftseal.observe.behaviour.scopes import Scope
from driftseal.observe.behaviour.whole import Code

_CHECKING: Final = ("verif", "rejectunauthorized", "checkcert", "validatecert", "sslcheck", "tlscheck", "strictssl")
_LEAVING: Final = (
    *("insecure", "selfsigned", "skiptls", "skipssl", "skipcert", "skipverif", "noverif", "disableverif"),
    *("disablessl", "disabletls", "ignoressl", "ignoretls", "ignorecert", "allowinvalid", "trustall"),
    *("trustservercert", "acceptinvalid"),
)
"""Words in the names of settings by which those who set a server up keep the check, or leave it out."""
_OWN: Final = frozenset({"VerifyPeerCertificate", "VerifyConnection"})
"""Checks of a program's own, for which that of Go's library is switched off."""
_SUBJECTS: Final = ("certificate-waivers", "certificate-checks", "certificates-for-all")


class _Set(NamedTuple):
    """A setting that is made, or a method that is called with one value."""

    name: str
    value: ir.Expr
    line: int


def find(code: Code) -> Iterator[Fact]:
    """``tls-unverified``, the same ``-by-choice``."""
    for scope in code.scopes:
        if scope.module.language == "python":
            continue  # named arguments and contexts: see `exposure`
        words = scope.words | scope.keys
        if any(says(subject, word) for word in words for subject in _SUBJECTS):
            for made in _settings(scope):
                if _lets_all(scope, made):
                    yield scope.fact(chosen(scope, made.line), made.line, made.name)
        for function in scope.functions:
            if says("certificate-judges", function.name) and function.cls >= 0 and _accepts(function):
                yield scope.fact(chosen(scope, function.line), function.line, function.name)


def chosen(scope: Scope, line: int) -> str:
    """The fact's name; another one where a setting asks for it, or function or class say that they are for it."""
    cls = scope.module.classes[scope.function.cls].name if scope.function.cls >= 0 else ""
    said = says("unchecked-by-name", cls) or says("unchecked-by-name", scope.function.name)
    said = said or line in optional.asked(scope, _CHECKING, unasked=False)
    said = said or line in optional.asked(scope, _LEAVING, unasked=True)
    return "tls-unverified-by-choice" if said else "tls-unverified"


def asks_own_machine(scope: Scope) -> bool:
    """Whether a client speaks to a program of the same machine unless it is told otherwise, as its defaults say.

    Nobody stands between the two, and the certificate is one that the program made for itself.
    """
    own = [scope.function, *(each for each in scope.module.functions if 0 <= scope.function.cls == each.cls)]
    given = (param.default for function in own for param in function.params if param.default is not None)
    return any(says("own-machine", str(each.value)) for value in given for each in strings(value))


def _settings(scope: Scope) -> Iterator[_Set]:
    for node in scope.of(ir.Assign):
        for target in node.targets:
            if isinstance(target, ir.Attr):
                yield _Set(target.name, node.value, node.line)
    for node in scope.of(ir.Mapping):
        named = [(text(entry.key), entry.value) for entry in node.entries]
        if _OWN.isdisjoint(name for name, _ in named):
            yield from (_Set(name, value, value.line) for name, value in named)
    for called in scope.calls:
        if called.call.args:
            yield _Set(called.name.rpartition(".")[2], called.call.args[-1].value, called.call.line)


def _lets_all(scope: Scope, made: _Set) -> bool:
    if says("certificate-waivers", made.name):
        return isinstance(made.value, ir.Const) and made.value.value is True
    if says("certificate-checks", made.name) and isinstance(made.value, ir.Closure):
        return _accepts(scope.module.functions[made.value.function])
    return isinstance(made.value, (ir.Attr, ir.Name)) and says("certificates-for-all", scope.name(made.value))


def _accepts(function: ir.Function) -> bool:
    """Whether a check refuses nothing: it says yes and no more, or does nothing where it should raise."""
    if len(function.body) != 1:
        return not function.body
    (only,) = function.body
    if not isinstance(only, ir.Return):
        return False
    good = isinstance(only.value, ir.Call) and only.value.callee
    asserts = isinstance(good, ir.Attr) and good.name == "assertion"
    return asserts or only.value is None or (isinstance(only.value, ir.Const) and only.value.value in {True, None})
