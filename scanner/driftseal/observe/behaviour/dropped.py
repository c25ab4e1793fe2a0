"""Files that are fetched or decoded, written and then run, also where one function writes and another one runs."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.code.constants import last_name
from driftseal.observe.behaviour import nodes
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.flows import Flow
from driftseal.observe.behaviour.followed import Kind
from driftseal.observe.behaviour.kinds import DECODED, FETCHED
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.obfuscation import UNPICKLERS
from driftseal.observe.behaviour.outlets import writes
from driftseal.observe.behaviour.scopes import Called, Scope
from driftseal.observe.behaviour.whole import Code

_LOADERS: Final = frozenset(
    {"import", "require", "__import__", "import_module", "spec_from_file_location", "run_path", "SourceFileLoader"}
    | {"CDLL", "PyDLL", "WinDLL", "LoadLibrary", "dlopen"}
)
_SEARCHED: Final = frozenset({"path", "paths", "addsitedir"})
"""Words of the lists of folders and archives in which modules are looked for."""
_UNPACKERS: Final = frozenset({"extractall", "unpack_archive", "extractAllTo", "extractAllToAsync"})
_KINDS: Final = ((FETCHED, "downloaded-file-run"), (DECODED, "decoded-file-run"))
_PICKLES: Final = frozenset({"dump", "dumps", "Pickler"})
_STORES: Final = frozenset({"write", "pipe", "pipeline"})
_SPELL: Final = frozenset({"str", "String", "Path", "PurePath", "fspath", "URL", "pathToFileURL", "fileURLToPath"})
"""What spells a path otherwise."""
_SPELLINGS: Final = 3
_SHORTEST: Final = 4
"""Characters of a path that is no chance hit."""


def find(code: Code) -> Iterator[Fact]:
    """``downloaded-file-run``, ``decoded-file-run``."""
    for _, group in itertools.groupby(code.scopes, key=lambda scope: scope.path):
        every = list(group)
        if any(scope.commands or _loads(scope) or _unpickles(scope) for scope in every):
            scopes = [each for each in every if each.commands or _loads(each) or _storing(each) or _unpickles(each)]
            for kind, name in _KINDS:
                yield from _of_file(code, scopes, kind, name)


def _of_file(code: Code, scopes: list[Scope], kind: Kind, name: str) -> Iterator[Fact]:
    stored = {scope: written(scope, kind) for scope in scopes if scope.commands or _storing(scope)}
    top = code.top(scopes[0].path)
    shared: dict[str, int] = {}
    for found in stored.values():
        for path, line in found.items():
            if path in top or not path.isidentifier():
                shared.setdefault(path, line)
    given = {id(scope): _gives(scope, found) for scope, found in stored.items()}
    givers = {key: line for key, line in given.items() if line is not None}
    for scope in scopes:
        known = shared | stored.get(scope, {})
        if givers:
            known |= _fetched(scope, givers)
            yield from _run_as_given(scope, givers, name)
        if known:
            yield from _run(scope, known, name)


def _gives(scope: Scope, found: dict[str, int]) -> int | None:
    """Where a file was written whose path the function gives back; None where it gives back none."""
    for node in scope.of(ir.Return) if found else ():
        path = node.value
        if isinstance(path, ir.Name) and path.id in found and path.id in scope.assigned:
            return found[path.id]
    return None


def _fetched(scope: Scope, givers: dict[int, int]) -> dict[str, int]:
    """Names that are set to the path which such a function gives back, and those of callbacks that get it in time."""
    found = {}
    for name, value in (*scope.assigned.items(), *_in_time(scope)):
        call = value.value if isinstance(value, ir.Unary) else value
        helper = scope.helper(call) if isinstance(call, ir.Call) else None
        if helper is not None and id(helper) in givers:
            found[name] = givers[id(helper)]
    return found


def _in_time(scope: Scope) -> Iterator[tuple[str, ir.Expr]]:
    """``asset("run.js").then((file) => …)``: the callback's parameter, and the call of which it gets the result."""
    for called in scope.calls if "then" in scope.lasts else ():
        callee = called.call.callee
        first = called.call.args[0].value if called.call.args else None
        if isinstance(callee, ir.Attr) and callee.name == "then" and isinstance(first, ir.Closure):
            for param in scope.module.functions[first.function].params[:1]:
                yield param.name, callee.value


def _run_as_given(scope: Scope, givers: dict[int, int], fact: str) -> Iterator[Fact]:
    """``run([engine()])``, where ``engine`` writes a program and gives back its path."""
    for called, _ in scope.commands:
        first = called.call.args[0].value if called.call.args else None
        items = first.items[:1] if isinstance(first, ir.Group) else (first,)
        for item in items:
            call = item.value if isinstance(item, ir.Unary) else item
            helper = scope.helper(call) if isinstance(call, ir.Call) else None
            if helper is not None and id(helper) in givers:
                yield scope.fact(fact, called.call.line, called.name, (givers[id(helper)], "written here"))


def _run(scope: Scope, known: dict[str, int], fact: str) -> Iterator[Fact]:
    marked = any(called.name.rpartition(".")[2] in {"chmod", "chmodSync"} for called in scope.calls)
    run = [(called, command) for called, command in scope.commands if not says("fetch-to-file", command)]
    for called, command in run:
        found = _program(scope, called, marked=marked) & known.keys() if called.call.args else set()
        found |= {path for path in known if not path.isidentifier() and path in command}
        if found:
            yield scope.fact(fact, called.call.line, called.name, (known[min(found)], "written here"))
    for called in _loads(scope):
        # The name of a module is no path, though a variable may be called by it.
        given = {path for arg in called.call.args if not (path := nodes.text(arg.value)).isidentifier()}
        given |= {_named(arg.value) for arg in called.call.args}
        for name in sorted(given & known.keys())[:1]:
            yield scope.fact(fact, called.call.line, called.name, (known[name], "written here"))

    for called in _unpickles(scope):
        read = {node.id for arg in called.call.args for node in nodes.walk(arg.value) if isinstance(node, ir.Name)}
        opened = {name for each in read for name in _opened(scope, each)}
        for name in sorted((read | opened) & known.keys())[:1]:
            yield scope.fact(fact, called.call.line, called.name, (known[name], "written here"))


def _named(expr: ir.Expr) -> str:
    """The name of a path, also of one that is spelled otherwise: ``str(path)``, ``pathToFileURL(path).href``."""
    for _ in range(_SPELLINGS):
        if isinstance(expr, ir.Attr) and expr.name in {"href", "pathname"}:
            expr = expr.value
        elif isinstance(expr, ir.Call) and len(expr.args) == 1 and last_name(expr.callee) in _SPELL:
            expr = expr.args[0].value
    return expr.id if isinstance(expr, ir.Name) else ""


def _unpickles(scope: Scope) -> list[Called]:
    """Calls that run what a file holds while they read it, but of files that the program pickles itself."""
    own = not _PICKLES.isdisjoint(scope.words)
    return [] if own else [called for called in scope.calls if called.name in UNPICKLERS]


def _opened(scope: Scope, name: str) -> set[str]:
    """Names in what a name was opened on."""
    value = scope.assigned.get(name)
    given = value.args if isinstance(value, ir.Call) else ()
    return {node.id for arg in given for node in nodes.walk(arg.value) if isinstance(node, ir.Name)}


def _loads(scope: Scope) -> list[Called]:
    if (_LOADERS | _SEARCHED).isdisjoint(scope.words):
        return []
    return [
        called
        for called in scope.calls
        if nodes.last(called.call.callee) in _LOADERS or says("module-folders", called.name)
    ]


def _storing(scope: Scope) -> bool:
    unpacks = not _UNPACKERS.isdisjoint(scope.lasts)
    return unpacks or any(_stores(scope, called) or called.name.endswith("urlretrieve") for called in scope.calls)


def written(scope: Scope, kind: Kind) -> dict[str, int]:
    """Names and paths of files into which something is fetched or decoded, with the lines where that is done."""
    found: dict[str, int] = {}
    for called, command in scope.commands if kind is FETCHED else ():
        if says("fetch-to-file", command):
            found |= dict.fromkeys(_path(scope, called), called.call.line)
    flow = Flow(scope, kind)
    for called in scope.calls:
        into = (flow.sent(called) is not None or _moved(flow, called)) and _stores(scope, called)
        if into or (kind is FETCHED and called.name.endswith("urlretrieve")):
            for name in _path(scope, called):
                found.setdefault(name, called.call.line)
    for called in scope.calls if not _UNPACKERS.isdisjoint(scope.lasts) else ():
        # What was fetched is an archive, and what is taken out of it lies in a folder.
        if nodes.last(called.call.callee) in _UNPACKERS and called.call.args:
            given = {node.id for node in nodes.walk(called.call) if isinstance(node, ir.Name)}
            given |= {name for each in given for name in _opened(scope, each)}
            fetched = flow.line(called.call.callee) is not None or flow.sent(called) is not None
            if fetched or given & found.keys():
                folder = called.call.args[-1].value
                found |= {each.id: called.call.line for each in nodes.walk(folder) if isinstance(each, ir.Name)}
    return found


def _moved(flow: Flow, called: Called) -> bool:
    """``answer.pipe(file)``."""
    callee = called.call.callee
    return isinstance(callee, ir.Attr) and callee.name == "pipe" and flow.line(callee.value) is not None


def _stores(scope: Scope, called: Called) -> bool:
    return called.name == "io.Copy" or called.name.rpartition(".")[2] in _STORES or writes(scope, called)


def _path(scope: Scope, called: Called) -> Iterator[str]:
    """Names and path of the file that a call writes: of its arguments, of what it is called on, of what opened that."""
    first = nodes.text(called.call.args[0].value) if called.call.args else ""
    if len(first) >= _SHORTEST and not first.isidentifier():
        yield first
    for expr in (called.call.callee, *(arg.value for arg in called.call.args)):
        for node in nodes.walk(expr):
            if type(node) is ir.Name:
                yield node.id
                value = scope.assigned.get(node.id)
                # Of what opened it the arguments: the module that opens is no file.
                given = [arg.value for arg in value.args] if isinstance(value, ir.Call) else []
                yield from (each.id for arg in given for each in nodes.walk(arg) if type(each) is ir.Name)
                yield from scope.beside.get(node.id, ())
                for each in (one for arg in given for one in nodes.walk(arg)):
                    yield from scope.beside.get(each.id, ()) if type(each) is ir.Name else ()


def _program(scope: Scope, called: Called, *, marked: bool) -> set[str]:
    """Names in the place of the program that is run; of further arguments only behind an interpreter or a chmod."""
    first: Any = called.call.args[0].value
    named = set()
    if isinstance(first, ir.Name):
        named = {first.id}
        first = scope.assigned.get(first.id, first)
    items = first.items if isinstance(first, ir.Group) else (first,)
    more: tuple[ir.Expr, ...] = items[1:]
    if len(called.call.args) > 1 and isinstance(called.call.args[1].value, ir.Group):
        more += called.call.args[1].value.items
    head = [node for item in items[:1] for node in nodes.walk(item)]
    named |= {node.id for node in head if isinstance(node, ir.Name)}
    interpreted = any(
        says("interpreters", nodes.text(node) or scope.name(node)) for node in head if not isinstance(node, ir.Arg)
    )
    if marked or interpreted:
        named |= {node.id for item in more for node in nodes.walk(item) if isinstance(node, ir.Name)}
    return named - {imported.local for imported in scope.module.imports}
