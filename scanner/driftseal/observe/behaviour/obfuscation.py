"""Code that hides what it runs: decoded and executed, named by pieces, renamed by an obfuscator."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour import nodes
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.flows import Flow
from driftseal.observe.behaviour.kinds import DECODED, LETTERS
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.scopes import Called, Scope
from driftseal.observe.behaviour.whole import Code

_ENOUGH: Final = 12
"""Renamed names of one file that tell an obfuscator from a name that someone chose."""
RUNNERS: Final = frozenset(
    {"exec", "eval", "Function", "execfile", "builtins.exec", "builtins.eval", "globalThis.eval", "constructor"}
    | {"vm.runInNewContext", "vm.runInThisContext", "vm.runInContext", "vm.Script", "__builtins__.exec"}
    | {
        "__builtins__.eval",
        "Worker",
        "worker_threads.Worker",
        "window.eval",
        "global.eval",
        "types.FunctionType",
    }
)
"""What runs text as code."""
_LOOKUPS: Final = 4
"""Names out of a table that is turned, of which more than chance comes together."""
_EXECUTABLE: Final = frozenset({"PROT_EXEC", "VirtualAlloc", "VirtualProtect", "mprotect", "VirtualAllocEx"})
_READ_WRITE_RUN: Final = 7
"""Of memory that may be read, written and run: ``PROT_READ | PROT_WRITE | PROT_EXEC``."""
_ROWS: Final = 40
"""Rows of a table that are looked at."""
_CALLED: Final = frozenset({"CFUNCTYPE", "WINFUNCTYPE", "PYFUNCTYPE", "CreateThread", "CreateRemoteThread"})
UNPICKLERS: Final = frozenset({"pickle.loads", "dill.loads", "cloudpickle.loads", "_pickle.loads", "pickle.load"})
"""What may run code while it reads."""
_RUNNING: Final = frozenset(
    {name.rpartition(".")[2] for name in RUNNERS | UNPICKLERS} | {"_compile", "compile", "setTimeout", "setInterval"}
)
"""How the names end of calls that may run code, whatever the models of libraries say."""
_LOOKS_UP: Final = frozenset({"getattr", "__import__", "import_module", "__dict__", "globals", "vars", "normalize"})
_LONGEST: Final = 200
"""Characters of a name or an address."""
_HARMLESS: Final = frozenset(
    {"require", "import", "fork", "setInterval", "setImmediate", "__import__", "resolve", "import_module", "setTimeout"}
)
_MARSHALLED: Final = frozenset({"marshal.load", "marshal.loads"})
_MEMBERS: Final = frozenset({"getattr", "Reflect.get", "Object.getOwnPropertyDescriptor"})
_LOADERS: Final = frozenset({"__import__", "importlib.import_module", "require", "import"})
_OF_OBJECTS: Final = frozenset({"require", "getBuiltinModule", "_load"})
"""Loaders that are members: ``process.mainModule.require``, ``module.constructor._load``."""


def find(code: Code) -> Iterator[Fact]:
    """``decoded-code-run``, ``decoded-command-run``, ``built-name-called``, ``marshalled-code``, ``invisible-text``.

    And ``machine-code-run``, ``obfuscated-names``.
    """
    for scope in code.scopes:
        yield from _machine_code(scope)
        yield from _run(scope)
        yield from _built(scope)
        for called in scope.calls if not _MARSHALLED.isdisjoint(scope.names) else ():
            if called.name in _MARSHALLED:
                yield scope.fact("marshalled-code", called.call.line, called.name)
        for each in scope.constants if "invisible" in scope.shown else ():
            if says("invisible", str(each.value)):
                yield scope.fact("invisible-text", each.line, "letters that nobody sees")
    yield from _renamed(code)


def _machine_code(scope: Scope) -> Iterator[Fact]:
    """Memory that is made executable, and called as a function."""
    if (_EXECUTABLE | {"mmap"}).isdisjoint(scope.words) or _CALLED.isdisjoint(scope.words):
        return
    for node in scope.of(ir.Attr, ir.Name):
        word = node.name if isinstance(node, ir.Attr) else node.id
        if word in _EXECUTABLE:
            yield scope.fact("machine-code-run", node.line, f"{word}, and called as a function")
            return
    for call in scope.of(ir.Call) if "mmap" in scope.words else ():
        numbers = [arg.value.value for arg in call.args if isinstance(arg.value, ir.Const)]
        if nodes.last(call.callee) == "mmap" and _READ_WRITE_RUN in numbers[1:]:
            yield scope.fact("machine-code-run", call.line, "mmap, and called as a function")


def _runs(scope: Scope, called: Called) -> bool:
    last = called.name.rpartition(".")[2]
    if called.name in UNPICKLERS or called.name == "compile":
        return True
    if last in {"setTimeout", "setInterval"}:
        first = called.call.args[0].value if called.call.args else None
        return isinstance(first, ir.Call) and LETTERS.origin(scope, first) is not None
    return executes(called) or ("code" in scope.kinds(called) and last not in _HARMLESS)


def running(scope: Scope) -> Sequence[Called]:
    """The calls of a function, if by what the names of any say it may run code."""
    return scope.calls if "code" in scope.sinks or not _RUNNING.isdisjoint(scope.lasts) else ()


def executes(called: Called) -> bool:
    """Whether a call runs text as code by what it is, whatever the models of libraries say."""
    if called.name.rpartition(".")[2] == "constructor":
        base: Any = called.call.callee
        while isinstance(base, (ir.Attr, ir.Index)):
            base = base.value
        # ``[].filter.constructor``; an object of the program has a constructor of its own.
        literal = not isinstance(base, ir.Name) and isinstance(called.call.callee, ir.Attr)
        return literal or called.name in {"constructor", "Object.getPrototypeOf.constructor"}
    return called.name in RUNNERS or called.name in UNPICKLERS or _of_node(called)


def _of_node(called: Called) -> bool:
    """Whether a module of Node is made of a text: ``made._compile(text, file)``; ``this`` is another's."""
    own = called.name.startswith(("this.", "self."))
    return called.name.endswith("._compile") and not own and len(called.call.args) > 1


def _run(scope: Scope) -> Iterator[Fact]:
    if scope.commands:
        yield from _commands(scope, Flow(scope, DECODED))
    found = [called for called in running(scope) if _runs(scope, called)]
    flow = Flow(scope, LETTERS) if found else None
    for called in found if flow is not None else ():
        line = flow.sent(called) if flow is not None else None
        if _put_together(scope, called):
            yield scope.fact("decoded-code-run", called.call.line, f"{called.name} of pieces of code")
        elif line is not None and (called.name not in UNPICKLERS or _own(scope, called)):
            yield scope.fact("decoded-code-run", called.call.line, called.name, (line, "decoded here"))


def _put_together(scope: Scope, called: Called) -> bool:
    """Whether code is run whose pieces stand apart in the source."""
    first = scope.set_to(called.call.args[0].value) if called.call.args else None
    runs = called.name in RUNNERS or called.name == "compile"
    return type(first) is ir.Call and runs and nodes.fold(first, scope.set_to) is not None


def _commands(scope: Scope, flow: Flow) -> Iterator[Fact]:
    for called, _ in scope.commands:
        if not _runs(scope, called):
            line = next((at for each in _programs(scope, called) if (at := flow.line(each)) is not None), None)
            if line is not None:
                yield scope.fact("decoded-command-run", called.call.line, called.name, (line, "decoded here"))


def _programs(scope: Scope, called: Called) -> Iterator[ir.Expr]:
    """What names the program that is run; of a shell, its script as well."""
    for number, arg in enumerate(called.call.args):
        words = scope.set_to(arg.value)
        items = words.items if isinstance(words, ir.Group) else (arg.value,)
        if number == 0:
            yield items[0] if items else arg.value
            first = nodes.text(scope.set_to(items[0])) if items else ""
            if not says("shells", first):
                return
            items = items[1:]
        yield from items


def _own(scope: Scope, called: Called) -> bool:
    """Whether what is unpickled stands in the source itself."""
    for node in nodes.walk(called.call.args[0].value if called.call.args else None):
        if type(node) is ir.Const and isinstance(node.value, str):
            return True
        if type(node) is ir.Name and nodes.fold(scope.set_to(node)) is not None:
            return True
    return False


def _built(scope: Scope) -> Iterator[Fact]:
    named = not (_MEMBERS | _LOADERS).isdisjoint(scope.names) or not (_LOADERS | _OF_OBJECTS).isdisjoint(scope.words)
    for called in scope.calls if named else ():
        name, args = called.name, called.call.args
        if name in _MEMBERS and len(args) > 1 and _pieces(scope, args[1].value):
            yield scope.fact("built-name-called", called.call.line, f"{name} of a name that is put together")
        elif called.name.endswith("constructor._load"):
            yield scope.fact("built-name-called", called.call.line, "a module, by the loader behind all of them")
        elif args and _loads(called) and _pieces(scope, args[0].value):
            yield scope.fact("built-name-called", called.call.line, "a module of a name that is put together")
    yield from _disguised(scope)
    yield from _tabled(scope) if named else ()
    for index in scope.of(ir.Index):
        if type(index.value) is ir.Const and says("dangerous-names", nodes.fold(index) or ""):
            # Wherever it goes: nobody cuts a name out of a text that stands there to say what he means.
            yield scope.fact("built-name-called", index.line, "a name that is cut out of a text")
        if type(index.key) in {ir.Binary, ir.Call, ir.Name, ir.Text, ir.Index} and _hides(scope, index):
            yield scope.fact("built-name-called", index.line, "a member by a name that is put together")


def _tabled(scope: Scope) -> Iterator[Fact]:
    """``load(TABLE[n][0])[TABLE[n][1]]``, of a table whose rows name modules and what is dangerous in them."""
    made = (called for called in scope.calls if called.call.args and _loads(called))
    loads = [called for called in made if scope.constant(called.call.args[0].value) is None]
    top = scope.code.top(scope.path)
    for name in sorted(scope.words & top.keys()) if loads else ():
        table = top[name]
        rows = table.items if isinstance(table, ir.Group) else ()
        rows = tuple(each.value for each in table.entries) if isinstance(table, ir.Mapping) else rows
        for row in rows[:_ROWS]:
            words = [nodes.text(each) for each in row.items] if isinstance(row, ir.Group) else []
            if len(words) > 1 and all(says("dangerous-names", each) for each in words):
                yield scope.fact("built-name-called", loads[0].call.line, f"{'.'.join(words)}, out of a table")
                return


def _disguised(scope: Scope) -> Iterator[Fact]:
    """Names and addresses in letters that only look like ours, in code that looks names up or normalises them."""
    strange = [(each, given) for each in scope.constants if not (given := str(each.value)).isascii()]
    if not strange or _LOOKS_UP.isdisjoint(scope.words | _words_at_top(scope)):
        return
    for each, given in strange:
        if len(given) > _LONGEST:
            continue
        plain = unicodedata.normalize("NFKC", given)
        styled = plain.isascii() and not any(letter.isascii() and letter.isalnum() for letter in given)
        if styled and (says("dangerous-names", plain) or says("remote-places", plain)):
            yield scope.fact("built-name-called", each.line, f"{plain} in letters that look like ours")
            return


def _words_at_top(scope: Scope) -> frozenset[str]:
    """What names at the top of the file stand for: ``get = getattr``."""
    top = scope.code.top(scope.path)
    return frozenset(value.id for name, value in top.items() if type(value) is ir.Name and name in scope.words)


def _hides(scope: Scope, index: ir.Index) -> bool:
    """Whether a dangerous member is named by a text that is put together."""
    if type(index.key) is ir.Name and type(scope.set_to(index.key)) in {ir.Const, ir.Name}:
        return False
    table = scope.set_to(index.value)
    if isinstance(table, ir.Mapping) and not table.entries:
        # Nothing is in it but what is put there: ``order["_" + String.fromCharCode(n)] = n``.
        return False
    return _pieces(scope, index.key)


def _loads(called: Called) -> bool:
    """Whether a module is loaded. The full name of ``require("fs")`` is that of the module, so the callee tells."""
    callee = called.call.callee
    if isinstance(callee, ir.Attr) and callee.name in _OF_OBJECTS:
        return True
    return called.name in _LOADERS or (isinstance(callee, ir.Name) and callee.id in _LOADERS)


def _pieces(scope: Scope, expr: Any) -> bool:
    """A name that is computed though every piece of it is constant, or that is decoded."""
    expr = scope.set_to(expr)
    looked_up = type(expr) is ir.Index and type(expr.key) is not ir.Group
    if looked_up or type(expr) is ir.Const or type(expr) is ir.Name:
        return False
    folded = nodes.fold(expr, scope.set_to)
    if folded is not None:
        return says("dangerous-names", folded) or (folded.isidentifier() and _is_toil(scope, expr))
    if type(expr) is ir.Binary and expr.op != "+":
        return False
    return any(_piece(scope, node, expr) for node in nodes.walk(expr) if type(node) is ir.Call)


def _is_toil(scope: Scope, expr: Any) -> bool:
    """Whether a name that could have been written down is cut out of texts, turned round or joined of pieces."""
    if type(expr) is ir.Index:
        return True
    if not isinstance(expr, ir.Call) or not isinstance(expr.callee, ir.Attr) or expr.callee.name != "join":
        return False
    on = scope.set_to(expr.callee.value)
    group = expr.args[0].value if type(on) is ir.Const and expr.args else expr.callee.value
    pieces = group.items if type(group) is ir.Group else ()
    return type(group) in {ir.Index, ir.Call} or (all(type(each) is ir.Const for each in pieces) and bool(pieces))


def _piece(scope: Scope, node: ir.Call, whole: Any) -> bool:
    """Whether a call decodes a constant, or is of a helper that does."""
    if LETTERS.origin(scope, node) is not None and _constant(scope, node):
        return True
    helper = scope.helper(node)
    if helper is None:
        return False
    return _spells(scope, node, helper) or (node is whole and says("dangerous-names", _looked_up(helper, node)))


def _spells(scope: Scope, call: ir.Call, helper: Scope) -> bool:
    """Whether a helper makes a text of constants that it is given, by decoding them or letter by letter."""
    if not call.args or not all(_literal(scope, arg.value) for arg in call.args):
        return False
    return bool(Flow(helper, DECODED)) or any(called.name.endswith("translate") for called in helper.calls)


def _looked_up(helper: Scope, call: ir.Call) -> str:
    """The text that ``name(2)`` stands for, where ``name`` looks numbers up in a table; empty for anything else."""
    number = call.args[0].value if len(call.args) == 1 else None
    params = [param.name for param in helper.function.params]
    given = helper.of(ir.Return)
    if type(number) is not ir.Const or not isinstance(number.value, int) or len(given) != 1:
        return ""
    value = given[0].value
    if type(value) is not ir.Index or type(value.key) is not ir.Name or value.key.id not in params:
        return ""
    table = helper.set_to(value.value)
    items = table.items if type(table) is ir.Group else ()
    return nodes.text(items[number.value]) if 0 <= number.value < len(items) else ""


def _literal(scope: Scope, expr: Any) -> bool:
    """Whether a text or a list of numbers and texts stands in the source, also as a member of a table."""
    if type(expr) is ir.Index and type(expr.key) is ir.Const and isinstance(expr.key.value, int):
        table = scope.set_to(expr.value)
        items = table.items if type(table) is ir.Group else ()
        expr = items[expr.key.value] if 0 <= expr.key.value < len(items) else expr
    value = scope.set_to(expr)
    if type(value) is ir.Group:
        return bool(value.items) and all(type(each) is ir.Const for each in value.items)
    # A name that is set to nothing at first holds something else by the time that it is used.
    return type(value) is ir.Const and value.value is not None


def _constant(scope: Scope, call: ir.Call) -> bool:
    """Whether what is decoded stands in the source, rather than being handed in: ``Buffer.from(code).toString()``."""
    params = {param.name for param in scope.function.params}
    if any(type(node) is ir.Name and node.id in params for node in nodes.walk(call.callee)):
        return False
    names = [node for arg in call.args for node in nodes.walk(arg.value) if type(node) is ir.Name]
    return all(nodes.fold(scope.set_to(name)) is not None or name.id in {"chr", "c", "i", "x"} for name in names)


def _turned(code: Code) -> Iterator[Fact]:
    """``table.push(table.shift())``, by which an obfuscator hides the order of its table, and names out of it."""
    turned: dict[str, int] = {}
    for scope in code.scopes:
        for node in scope.of(ir.Call) if "shift" in scope.words and "push" in scope.words else ():
            table = _of_member(node.callee, "push") if len(node.args) == 1 else ""
            given = node.args[0].value if table else None
            # Of a queue that is emptied into another one the order stays.
            if isinstance(given, ir.Call) and _of_member(given.callee, "shift") == table:
                turned.setdefault(scope.path, node.line)
    looked: Counter[str] = Counter()
    for scope in code.scopes if turned else ():
        if scope.path in turned:
            looked[scope.path] += sum(map(_is_lookup, scope.of(ir.Call)))
    for path, at in turned.items():
        if looked[path] >= _LOOKUPS:
            yield Fact("obfuscated-names", path, at, f"a table that is turned, and {looked[path]} names out of it")


def _of_member(callee: ir.Expr, name: str) -> str:
    """The variable of which a member of this name is called; empty for anything else."""
    if not isinstance(callee, ir.Attr) or callee.name != name:
        return ""
    return callee.value.id if isinstance(callee.value, ir.Name) else ""


def _is_lookup(node: ir.Call) -> bool:
    """``_0x2b(0x1a)``, of a function whose name says nothing."""
    if not isinstance(node.callee, ir.Name) or len(node.args) != 1 or not node.callee.id.startswith("_"):
        return False
    given = node.args[0].value
    return isinstance(given, ir.Const) and isinstance(given.value, (int, str))


def _renamed(code: Code) -> Iterator[Fact]:
    found: dict[str, set[str]] = {}
    line: dict[str, int] = {}
    yield from _turned(code)
    for scope in code.scopes:
        if not any(word.startswith("_0x") for word in scope.words):
            continue
        for node in scope.of(ir.Name):
            if node.id.startswith("_0x") and says("obfuscated-names", node.id):
                found.setdefault(scope.path, set()).add(node.id)
                line[scope.path] = min(node.line, line.get(scope.path, node.line))
    for path, names in found.items():
        if len(names) >= _ENOUGH:
            yield Fact("obfuscated-names", path, line[path], f"{len(names)} names such as {min(names)}")
