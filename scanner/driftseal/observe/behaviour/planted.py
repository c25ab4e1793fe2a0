"""Texts of a program that do harm wherever it puts them: jobs, workflows and keys for machines of others."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from driftseal.code import ir
from driftseal.observe.behaviour import replacements, required
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import quoted, strings, text
from driftseal.observe.behaviour.scopes import Scope
from driftseal.observe.behaviour.whole import Code
from driftseal.regexes import regex

_HARM: Final = frozenset({"cron-downloads", "workflow-secrets"})
_INDEX: Final = regex(r"(?:^|\s)--(?:extra-)?index-url[= ]\s{0,4}(https?://[^\s\"'<>{}$]{4,200})")
_SPACES: Final = regex(r"\\s[*+]?")
"""How a pattern says that there may be blanks."""
_OTHERWISE: Final = regex(r"(?i)(?:secret|key|token|passw\w{0,6})\b[^\n]{0,40}(?:\|\||\?\?|\bor\b|,)\s{0,4}[\"'`]\Z")
"""How a line of code ends that takes something else where its secret is not set."""
_DRAWS: Final = frozenset(
    {"getRandomValues", "nanoid", "randomBytes", "randomUUID", "random", "token_bytes", "token_hex", "token_urlsafe"}
    | {"urandom", "uuid4", "generateKey", "generate_key", "randint", "choice", "choices", "v4"}
)
_LINE: Final = 200
"""Letters of a line of code."""
_FROM, _DIGEST = "resolved", "integrity"
"""What lock files of npm say of each package."""
_INSTALLS: Final = regex(r"\b(?:pip3?|uv|pipx)\s")


def find(code: Code) -> Iterator[Fact]:
    """``harmful-text-written``, ``weak-code-handed-out``, ``access-given`` and ``package-source-changed``."""
    lists_keys = any("key-lists" in scope.shown for scope in code.scopes)
    for scope in code.scopes:
        if not scope.shown.isdisjoint(_HARM):
            yield from _harmful(scope)
        if "index-options" in scope.shown:
            yield from _index_named(scope)
        if _FROM in scope.keys and (_DIGEST in scope.keys or _DIGEST in scope.words):
            yield from _resolved(scope)
        yield from _unhardened(scope)
        yield from _derived(scope)
        for each in scope.constants if lists_keys and "login-keys" in scope.shown else ():
            if says("login-keys", str(each.value)):
                yield scope.fact("access-given", each.line, "a key of the source, for whoever logs in by it")


def _harmful(scope: Scope) -> Iterator[Fact]:
    lines = [(each.line, line) for each in scope.constants for line in str(each.value).splitlines()]
    # A workflow may be put together of its lines.
    sends = any(says("calls-out", line) for _, line in lines)
    for number, line in lines:
        if says("cron-downloads", line) or (sends and says("workflow-secrets", line)):
            yield scope.fact("harmful-text-written", number, quoted(line.strip()))
            return


def _unhardened(scope: Scope) -> Iterator[Fact]:
    """``text.replace("shell=False", "shell=True")``: code of others that is made less safe than it was."""
    for call, what, by in replacements.found(scope):
        if says("safe-code", _SPACES.sub(" ", what)) and says("unsafe-code", by):
            yield scope.fact("harmful-text-written", call.line, f"{what} becomes {by}")
            return


def _derived(scope: Scope) -> Iterator[Fact]:
    """``const key = process.env.KEY || "${fallback(name)}";``: a secret of code for others that can be worked out."""
    for made in scope.of(ir.Text):
        for before, part in pairwise(made.parts):
            asks = type(before) is ir.Const and type(part) is ir.Call and _OTHERWISE.search(str(before.value)[-_LINE:])
            helper = scope.helper(part) if asks and isinstance(part, ir.Call) else None
            if helper is None or not _DRAWS.isdisjoint(helper.lasts):
                continue
            if any(says("digests", each.name) or says("encoders", each.name) for each in helper.calls):
                yield scope.fact("weak-code-handed-out", part.line, f"a secret that {helper.function.name}() works out")


def _resolved(scope: Scope) -> Iterator[Fact]:
    """Where packages of a lock file come from: ``{ resolved: new URL(path, "https://cache.example").href }``."""
    for entry in scope.of(ir.Entry):
        if text(entry.key) == _FROM:
            named = (str(each.value) for each in strings(entry.value))
            if where := next((each for each in named if required.is_foreign(each)), ""):
                yield scope.fact("package-source-changed", entry.value.line, where)


def _index_named(scope: Scope) -> Iterator[Fact]:
    """``f" --extra-index-url {MIRROR}"``: an index of somebody, among the options of a command that is put together.

    Whole commands are what programs tell people to run.
    """
    whole = [(each.line, str(each.value)) for each in scope.constants]
    whole += [(each.line, scope.constant(each) or "") for each in scope.of(ir.Text, ir.Binary)]
    for line, given in whole:
        found = _INDEX.search(given)
        told = found is None or (_INSTALLS.search(given) is not None and "RUN " not in given)
        if found is not None and not told and required.is_foreign(found[1]):
            yield scope.fact("package-source-changed", line, quoted(given.strip()))
            return
