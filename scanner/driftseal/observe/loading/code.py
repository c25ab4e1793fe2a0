"""What code does that a loader runs: programs, text run as code, the network; when imported, or later.

Facts, each of the file with the code (subject: when, and what is called: ``imported: os.system``):

- ``loaded-code-runs-program``: a program or a command is started.
- ``loaded-code-runs-text``: text is run as code.
- ``loaded-code-reaches-out``: another machine is asked.
- ``loaded-code-changes-files``: files are written or deleted while it is imported.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from driftseal.code import ir
from driftseal.limits import Limits
from driftseal.observe.behaviour import nodes
from driftseal.observe.behaviour.scopes import Called, Scope
from driftseal.observe.behaviour.whole import Code
from driftseal.observe.files.base import Fact
from driftseal.observe.loading.base import Told
from driftseal.observe.program import Program

IMPORTED: Final = "imported"
MADE: Final = "loaded"
USED: Final = "used"
_KINDS: Final = {
    **dict.fromkeys(("command", "argv"), "loaded-code-runs-program"),
    "code": "loaded-code-runs-text",
    **dict.fromkeys(("ssrf", "outward"), "loaded-code-reaches-out"),
    **dict.fromkeys(("path-write", "path-delete"), "loaded-code-changes-files"),
}
_MAKING: Final = frozenset({"__init__", "__new__", "__init_subclass__", "__post_init__", "__set_name__", "setup"})
_MAKING_STARTS: Final = ("from_pretrained", "_from_pretrained", "load", "_load", "from_config", "register")
_MODULES: Final = frozenset({"import_module", "__import__", "reload", "find_spec"})
"""Taken for imports, which name what they import."""
_WRITING: Final = frozenset("wax+")
"""Letters of a mode with which a file is opened for writing."""
_HOPS: Final = 3
"""Calls that are followed from the top of a file."""


def imports(program: Program) -> dict[str, list[str]]:
    """The files of a program that each of its files imports."""
    paths = program.project.paths
    found: dict[str, list[str]] = {}
    for path, module in program.project.modules.items():
        others = (paths.find(path, name) for one in module.imports for name in _modules(one))
        found[path] = [other for other in dict.fromkeys(others) if other is not None and other != path]
    return found


def _modules(one: ir.Import) -> Iterator[str]:
    """What an import may name: the module, and what it takes of it, which may be a module too."""
    yield one.module
    if one.symbol and one.symbol != "*":
        yield f"{one.module}{one.symbol}" if one.module.endswith(".") else f"{one.module}.{one.symbol}"


def find(program: Program, reached: Mapping[str, str], limits: Limits) -> Iterator[Told]:
    """What the reached files do."""
    code = Code(program.project, {}, limits)
    first = _when_imported(code, reached)
    for scope in code.scopes:
        if scope.path not in reached:
            continue
        guarded = _guarded(scope) if scope.number == 0 else frozenset()
        when = _when(scope, first)
        for called in scope.calls:
            if id(called.call) not in guarded:
                yield from _of_call(scope, called, when)
        if scope.number == 0:
            yield from _of_classes(scope)


def _of_classes(scope: Scope) -> Iterator[Told]:
    """Calls that stand outside of functions and blocks: what fields are set to, decorators, bases, defaults."""
    parts: list[Any] = [param.default for function in scope.module.functions for param in function.params]
    parts += [each for function in scope.module.functions for each in function.decorators]
    for cls in scope.module.classes:
        parts += [*cls.bases, *cls.decorators, *(field.value for field in cls.fields)]
    for part in parts:
        for node in nodes.walk(part):
            if type(node) is ir.Call:
                yield from _of_call(scope, Called(scope.name(node), node), IMPORTED)


def _of_call(scope: Scope, called: Called, when: str) -> Iterator[Told]:
    for name in sorted({_KINDS[kind] for kind in scope.kinds(called) if kind in _KINDS}):
        if name == "loaded-code-changes-files" and (when != IMPORTED or _only_reads(scope, called)):
            continue
        if name == "loaded-code-runs-text" and not _runs_text(scope, called):
            continue
        what = nodes.quoted(called.name)
        shown = f"line {called.call.line}, when it is {when}: {what}"
        yield Told(scope.path, Fact(name, shown, 0, "", f"{when}: {what}"))


def _only_reads(scope: Scope, called: Called) -> bool:
    """Whether a file is opened, and not for writing."""
    if called.name.rpartition(".")[2] != "open":
        return False
    modes = [arg.value for number, arg in enumerate(called.call.args) if arg.name == "mode" or number == 1]
    return not any(_WRITING.intersection(scope.constant(mode) or "") for mode in modes)


def _runs_text(scope: Scope, called: Called) -> bool:
    """Whether text is run as code, and not a module of a known name imported."""
    if called.name.rpartition(".")[2] in _MODULES:
        return False
    return not (called.call.args and scope.constant(called.call.args[0].value) is not None)


def _when(scope: Scope, first: frozenset[int]) -> str:
    if scope.number == 0 or id(scope) in first:
        return IMPORTED
    name = scope.function.name
    if scope.function.cls >= 0 and (name in _MAKING or name.startswith(_MAKING_STARTS)):
        return MADE
    return USED


def _when_imported(code: Code, reached: Mapping[str, str]) -> frozenset[int]:
    """Functions that the top of a file calls, by the identity of their scopes."""
    tops = [scope for scope in code.scopes if scope.number == 0 and scope.path in reached]
    found: set[int] = set()
    level = [(scope, _guarded(scope)) for scope in tops]
    for _ in range(_HOPS):
        below: list[tuple[Scope, frozenset[int]]] = []
        for scope, guarded in level:
            for called in scope.calls:
                helper = scope.helper(called.call) if id(called.call) not in guarded else None
                if helper is not None and id(helper) not in found and helper.number:
                    found.add(id(helper))
                    below.append((helper, frozenset()))
        level = below
    return frozenset(found)


def _guarded(scope: Scope) -> frozenset[int]:
    """Calls that are made only where the file is started as a program."""
    return frozenset(
        id(node)
        for branch in scope.of(ir.If)
        if _is_main(branch.test)
        for node in nodes.walk(branch.then)
        if type(node) is ir.Call
    )


def _is_main(test: Any) -> bool:
    named = any(type(node) is ir.Name and node.id == "__name__" for node in nodes.walk(test))
    return named and any(node.value == "__main__" for node in nodes.strings(test))
