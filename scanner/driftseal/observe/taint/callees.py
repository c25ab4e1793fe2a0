"""Which functions a function is likely to call, by names alone: read before it, they need not be asked for later."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from driftseal.code import ir
from driftseal.code.project import ClassRef, FunctionRef, Project, Ref
from driftseal.observe.taint.bodies import CONSTRUCTORS


def callees(project: Project, ref: FunctionRef, spend: Callable[[], bool]) -> tuple[FunctionRef, ...]:
    """Functions of the project that a function calls, gives to others or defines, each once, in order.

    Names are taken for what they stand for at the top level of the file. A guess that is wrong costs the reading of a
    function; one that is missing, that its caller is read once more. ``spend`` counts what is looked at, and says when
    to stop.
    """
    function = project.function(ref)
    own = ClassRef(ref.path, function.cls) if function.cls >= 0 else None
    found: dict[FunctionRef, None] = {}
    for node in project.calls(ref):
        if isinstance(node, ir.Closure):
            found[FunctionRef(ref.path, node.function)] = None
        elif not spend():
            break
        else:
            for called in (_called(project, ref.path, own, node.callee), *_given(project, ref.path, node)):
                target = _constructor(project, called) if isinstance(called, ClassRef) else called
                if isinstance(target, FunctionRef):
                    found[target] = None
    found.pop(ref, None)
    return tuple(found)


def _called(project: Project, path: str, own: ClassRef | None, callee: ir.Expr) -> Ref | None:
    if isinstance(callee, ir.Attr) and isinstance(callee.value, ir.Name) and callee.value.id in {"self", "this"}:
        return project.method(own, callee.name) if own is not None else None
    return project.resolve(path, callee) if isinstance(callee, (ir.Name, ir.Attr)) else None


def _given(project: Project, path: str, call: ir.Call) -> Iterator[Ref | None]:
    """What is handed over by its name: ``to_thread(work)``."""
    for arg in call.args:
        if isinstance(arg.value, ir.Name):
            yield project.named(path, arg.value.id)


def _constructor(project: Project, cls: ClassRef) -> Ref | None:
    return next((found for name in CONSTRUCTORS if (found := project.method(cls, name)) is not None), None)
