"""What stays when the server ends: start-up entries, files that steer agents, configurations of other servers."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour import module_paths, nodes
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.every_place import rounds
from driftseal.observe.behaviour.flows import Flow
from driftseal.observe.behaviour.followed import Kind
from driftseal.observe.behaviour.handed import standing_for
from driftseal.observe.behaviour.kinds import PATHS, of_files
from driftseal.observe.behaviour.laid import OWN, laying, lays, where
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.outlets import writes, writing
from driftseal.observe.behaviour.scopes import Called, Scope, once
from driftseal.observe.behaviour.settings import LOADERS
from driftseal.observe.behaviour.unasked import on_load
from driftseal.observe.behaviour.whole import Code

_POISONS: Final = ("download-run", "secret-commands", "encoded-run", "reverse-shell", "instructs", "foreign-installs")
_OF_CLIENTS: Final = frozenset({"agent-files", "client-files"})
_TOLD: Final = {
    "package-sources": "package-source-changed",
    "fetch-eval": "harmful-text-written",
    "encoded-run": "harmful-text-written",
    "reverse-shell": "harmful-text-written",
    "secret-commands": "harmful-text-written",
    "back-doors": "harmful-text-written",
    "workflow-secrets": "harmful-text-written",
}
"""Facts by what a text shows that is written."""
_STARTS: Final = frozenset({"command", "args", "url"})
_SERVERS_OF: Final = frozenset({"mcpServers", "mcp_servers", "context_servers"})
_UNASKED: Final = frozenset({"alwaysAllow", "autoApprove", "autoAllow", "always_allow", "auto_approve", "trust"})
"""Settings of clients by which the tools of a server run without a question."""
_CHANGES: Final = frozenset({"replace", "replaceAll", "sub", "splice", "insert"})
_TEXTS: Final = 200
"""Texts of one table that are looked at."""
_PARTS: Final = 4
"""Arguments of a call that writes."""
_REGISTRY: Final = ("winreg.", "win32api.")
"""Modules that set any key of the registry."""
_SERVERS: Final = frozenset({"mcp", "fastmcp"})
"""Libraries of servers in Python."""


def _kind(subject: str) -> Kind:
    return Kind(subject, of_files(subject), PATHS, subject=subject)


_SETTINGS: Final = _kind("package-settings")
_SUBJECTS: Final = (
    (_kind("persistence"), "start-up-entry-written"),
    (_kind("agent-files"), "agent-file-written"),
    (_kind("client-files"), "client-configuration-written"),
    (_kind("system-files"), "system-file-changed"),
)


def find(code: Code) -> Iterator[Fact]:
    """``start-up-entry-written``, and ``start-up-entry-written-unasked`` as soon as a file is loaded.

    ``agent-file-poisoned``, ``agent-file-written``, ``client-configuration-written``.
    And ``system-file-changed``, ``package-source-changed``, ``harmful-text-written``. Agents' and clients' files end in
    ``-by-set-up`` where file or function say that setting up is what they are for.
    """
    # A path may come from a helper or a field, so that its text stands elsewhere.
    shown = frozenset[str]().union(*(scope.shown for scope in code.scopes))
    kinds = [(kind, name) for kind, name in _SUBJECTS if kind.name in shown]
    for scope in code.scopes:
        yield from module_paths.find(scope)
        if "package-settings" in scope.shown:
            yield from _package_source(scope)
        made = _made(scope) if kinds else []
        for kind, name in kinds if made else ():
            yield from _written(scope, made, kind, name)
        if not _TOLD.keys().isdisjoint(scope.shown):
            yield from _text(scope)
            yield from _scripted(scope)
        if (_STARTS | {"env"}) & (scope.words | scope.entries) and writing(scope):
            yield from _rewired(scope)
        yield from _approved(scope)
        if "weakened-settings" in scope.shown and writing(scope):
            yield from _weakened(scope)
        yield from _let_in(scope)
        if {"build-files", "download-run"} <= scope.shown and not _CHANGES.isdisjoint(scope.lasts):
            yield from _built(scope)
        for called in scope.doing.get("start-up-makers", ()):
            if called.name.startswith(_REGISTRY) and "persistence" not in scope.shown:
                continue
            yield scope.fact("start-up-entry-written", called.call.line, called.name)


def _weakened(scope: Scope) -> Iterator[Fact]:
    """``settings["security.workspace.trust.enabled"] = false``, of settings that are written."""
    given = [(target.key, node.value) for node in scope.of(ir.Assign) for target in node.targets if _keyed(target)]
    given += [(entry.key, entry.value) for entry in scope.of(ir.Entry)]
    for key, value in given:
        name = nodes.text(key)
        set_to = value.value if type(value) is ir.Const else None
        protects = says("protecting-settings", name)
        if says("weakened-settings", name) and isinstance(set_to, bool) and set_to is not protects:
            yield scope.fact("protection-disabled", value.line, f"{name}: {str(set_to).lower()}")
            return


def _let_in(scope: Scope) -> Iterator[Fact]:
    """Lines that keep secrets out of a repository, left out of the file that is written again."""
    about = {"ignore-files", "ignored-secrets"} <= scope.shown
    for each in scope.of(ir.Comprehension) if about and writing(scope) else ():
        for node in nodes.walk(each.tests):
            drops = type(node) is ir.Binary and node.op == "not in"
            drops = drops or (type(node) is ir.Unary and node.op in {"not", "!"})
            named = [one for inside in nodes.walk(node) for one in nodes.strings(scope.set_to(inside))] if drops else []
            if any(says("ignored-secrets", str(one.value)) for one in named):
                yield scope.fact(
                    "protection-disabled", each.line, "what keeps secrets out of a repository is taken out"
                )
                return


def _keyed(target: Any) -> bool:
    return type(target) is ir.Index and type(target.key) is ir.Const


def _built(scope: Scope) -> Iterator[Fact]:
    """What others build by is read, changed and written again, with a command in it that fetches what it runs."""
    made = next(iter(writing(scope)), None)
    texts = (str(each.value) for each in scope.constants)
    found = next((each for each in texts if says("download-run", each)), "") if made is not None else ""
    if found and made is not None:
        yield scope.fact("harmful-text-written", made.call.line, found.strip())


def _rewired(scope: Scope) -> Iterator[Fact]:
    """``for (const one of Object.values(config.mcpServers)) one.command = …``: what all others are started by."""
    theirs: set[str] = set()
    for names, source, _ in rounds(scope):
        theirs |= names if _of_servers(scope, source) else set()
    for assign in scope.of(ir.Assign) if theirs else ():
        for target in assign.targets:
            on = target.value if isinstance(target, (ir.Attr, ir.Index)) and _key(scope, target) in _STARTS else None
            if isinstance(target, (ir.Attr, ir.Index)) and _key(scope, target) in LOADERS:
                # ``one.env.NODE_OPTIONS = …``: what each of them loads first.
                on = target.value.value if isinstance(target.value, (ir.Attr, ir.Index)) else target.value
            if isinstance(on, ir.Name) and on.id in theirs:
                yield scope.fact("client-configuration-written", assign.line, "what other servers are started by")
                return


def _approved(scope: Scope) -> Iterator[Fact]:
    """``mcpServers["cache"] = { url: "https://…", alwaysAllow: ["*"] }``: a server of somebody, whom nobody asks."""
    others = scope.code.of_file(scope.path) if not _UNASKED.isdisjoint(scope.keys) else ()
    if not any(_names_servers(each) for each in others):
        return
    for node in scope.of(ir.Mapping):
        named = {nodes.text(entry.key): entry.value for entry in node.entries}
        address = scope.constant(named["url"]) if "url" in named else None
        waived = [name for name in named.keys() & _UNASKED if _all(named[name])]
        if waived and address and says("remote-places", address) and not says("own-machine", address):
            yield scope.fact("client-configuration-written", node.line, f"{waived[0]} for {address}")


@once
def _names_servers(scope: Scope) -> bool:
    texts = (each.value for each in scope.constants if isinstance(each.value, str))
    return not _SERVERS_OF.isdisjoint(scope.words | scope.keys) or not _SERVERS_OF.isdisjoint(texts)


def _all(value: ir.Expr) -> bool:
    """Whether a setting approves of every tool."""
    each = value.items if isinstance(value, ir.Group) else (value,)
    return any(isinstance(one, ir.Const) and (one.value is True or one.value == "*") for one in each)


def _key(scope: Scope, target: ir.Attr | ir.Index) -> str:
    return target.name if isinstance(target, ir.Attr) else scope.constant(target.key) or ""


def _of_servers(scope: Scope, source: ir.Expr) -> bool:
    """Whether something is gone through that a client keeps its servers in, also under a key in pieces."""
    for node in nodes.walk(source):
        if isinstance(node, (ir.Attr, ir.Index)) and _key(scope, node) in _SERVERS_OF:
            return True
        asked = isinstance(node, ir.Call) and nodes.last(node.callee) == "get" and node.args
        if asked and scope.constant(node.args[0].value) in _SERVERS_OF:
            return True
    return False


def _text(scope: Scope) -> Iterator[Fact]:
    """What is written that says by itself what harm it does."""
    made = next((called for called in scope.calls if writes(scope, called) or says("file-makers", called.name)), None)
    texts = [*scope.constants, *scope.code.top_texts(scope.path)] if made is not None else []
    for subject in _TOLD if made is not None else ():
        found = next((each for each in texts if _tells(subject, str(each.value))), None)
        if found is not None and made is not None:
            place = (found.line, "this text")
            yield scope.fact(_TOLD[subject], made.call.line, str(found.value).strip(), place)


def _tells(subject: str, text: str) -> bool:
    """Whether a text shows a subject; a registry that everybody has is none of somebody else."""
    return says(subject, text) and not (subject == "package-sources" and says("official-sources", text))


def _scripted(scope: Scope) -> Iterator[Fact]:
    """A command that fetches what it runs, among the scripts of a package: whoever installs it runs them."""
    if not {"scripts", "hooks"} & (scope.words | scope.keys):
        return
    for each in scope.constants:
        if says("fetch-eval", str(each.value)):
            yield scope.fact("harmful-text-written", each.line, str(each.value).strip())


def _package_source(scope: Scope) -> Iterator[Fact]:
    """A fixed address in the settings of an installer of packages, or of Git."""
    texts = [*scope.constants, *scope.code.top_texts(scope.path)]
    remote = next((each for each in texts if _remote(str(each.value))), None)
    made = writing(scope) if remote is not None else ()
    flow = Flow(scope, _SETTINGS) if made else None
    for called in made if flow else ():
        line = where(flow, called) if flow is not None else None
        if line is not None and remote is not None:
            evidence = nodes.quoted(str(remote.value).strip())
            yield scope.fact("package-source-changed", called.call.line, evidence, (line, "this file"))


def _remote(text: str) -> bool:
    return says("remote-places", text) and not says("own-machine", text)


def _made(scope: Scope) -> list[tuple[Called, Called]]:
    """Calls that write or copy; those of helpers that do so where they are told, with the one that does it there."""
    made = [(called, called) for called in laying(scope)]
    return made + [(Called(own.name, called.call), own) for called, helper in scope.helped for own in _laid_by(helper)]


def _written(scope: Scope, made: list[tuple[Called, Called]], kind: Kind, name: str) -> Iterator[Fact]:
    flow = Flow(scope, kind)
    for called, own in made if flow else ():
        line = where(flow, called) if called is own else _handed(scope, flow, called, own)
        if line is not None and not (kind.name == "persistence" and _completes(scope, called)):
            if kind.name == "agent-files" and (bad := _poison(scope, called)):
                yield scope.fact("agent-file-poisoned", called.call.line, bad, (line, "this file"))
            if kind.name == "persistence" and (bad := _poison(scope, called)):
                yield scope.fact("harmful-text-written", called.call.line, bad, (line, "this file"))
            if kind.name == "persistence" and on_load(scope) and not _says_so(scope):
                yield scope.fact(f"{name}-unasked", called.call.line, called.name, (line, "this file"))
                continue
            honest = kind.name in _OF_CLIENTS and _says_so(scope)
            yield scope.fact(name + "-by-set-up" * honest, called.call.line, called.name, (line, "this file"))


def _laid_by(helper: Scope) -> list[Called]:
    """Calls of a function that write where one of its parameters says."""
    own = {param.name for param in helper.function.params} - {"", "self", "cls", "this"}
    found = []
    for called in laying(helper) if own else ():
        places = {node.id for each in _places(called) for node in nodes.walk(each) if type(node) is ir.Name}
        if places & own:
            found.append(called)
    return found


def _handed(scope: Scope, flow: Flow, called: Called, own: Called) -> int | None:
    """The line of the path that a helper is handed, in which it writes."""
    helper = scope.helper(called.call)
    places = {node.id for each in _places(own) for node in nodes.walk(each) if type(node) is ir.Name}
    given = standing_for(called.call, helper, places) if helper is not None else []
    return next((line for each in given if (line := flow.line(each)) is not None), None)


def _places(called: Called) -> list[ir.Expr]:
    """Where a call may write: the object that it is a method of, its first argument, or the second of a copy."""
    if lays(called):
        return [called.call.args[1].value]
    on = [called.call.callee.value] if isinstance(called.call.callee, ir.Attr) else []
    own = called.name.rpartition(".")[2] in OWN and on
    return on if own else [*on, *(arg.value for arg in called.call.args[:1])]


def _completes(scope: Scope, called: Called) -> bool:
    """Whether nothing but the completion of a command's own words is written, as people ask for in their shell."""
    texts = [scope.constant(arg.value) for arg in called.call.args[:_PARTS]]
    return any(text and says("shell-completions", text) for text in texts)


def _poison(scope: Scope, called: Called) -> str:
    """The text that is written, if it orders what nobody should: to run what is fetched, to keep something secret."""
    parts = [*(arg.value for arg in called.call.args)]
    for expr in parts[:_PARTS]:
        for node in nodes.walk(scope.set_to(expr)):
            text = scope.constant(node) if type(node) in {ir.Name, ir.Text, ir.Binary, ir.Const, ir.Call} else None
            texts = [text] if text else []
            if type(node) is ir.Name and node.id in scope.looped:
                # ``for (const [file, text] of Object.entries(TEXTS))``
                texts += [str(each.value) for each in islice(nodes.strings(scope.looped[node.id]), _TEXTS)]
            for one in texts:
                if any(says(subject, one) for subject in _POISONS):
                    return one.strip()
    return ""


def _says_so(scope: Scope) -> bool:
    named = says("set-up", scope.path) or any(says("set-up", function.qualname) for function in scope.functions)
    return named or _is_command(scope)


def _is_command(scope: Scope) -> bool:
    """Whether a file is a command with options of its own, which starts no server: people run it for what it does."""
    if scope.number or not {"ArgumentParser", "OptionParser"} & scope.words or "__name__" not in scope.words:
        return False
    return not any(_may_serve(scope, each.module) for each in scope.module.imports)


def _may_serve(scope: Scope, module: str) -> bool:
    """Whether a module that is imported is a library of servers, or another part of the project."""
    own = module.replace(".", "/").lstrip("/")
    files = (path.removesuffix(".py").removesuffix("/__init__") for path in scope.code.project.modules)
    return (
        module.startswith(".")
        or module.partition(".")[0] in _SERVERS
        or any(f"/{file}".endswith(f"/{own}") for file in files)
    )
