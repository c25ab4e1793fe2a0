"""Classes that are tools: a name and a description as fields, and a method that runs it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from driftseal.code import ir
from driftseal.code.constants import Spot, last_name
from driftseal.code.project import ClassRef, FunctionRef
from driftseal.model.item import ItemKind
from driftseal.observe.tools._calls import SCHEMA_KEYS
from driftseal.observe.tools._names import is_name
from driftseal.observe.tools.declared import Draft
from driftseal.observe.tools.sites import Sites

_NAMES: Final = ("name", "toolName", "tool_name", "NAME", "getName", "get_name")
_DESCRIPTIONS: Final = (
    "description",
    "toolDescription",
    "tool_description",
    "DESCRIPTION",
    "getDescription",
    "get_description",
)
_METHODS: Final = (
    "execute",
    "run",
    "_run",
    "call",
    "handle",
    "invoke",
    "handler",
    "_execute",
    "run_tool",
    "apply",
    "__call__",
)
_MORE: Final = (
    "inputSchema",
    "input_schema",
    "args_schema",
    "argsShape",
    "paramsSchema",
    "getInputSchema",
    "get_input_schema",
)


def find(sites: Sites) -> Iterator[Draft]:
    """Every class whose objects are tools."""
    for path, module in sites.project.modules.items():
        for number, cls in enumerate(module.classes):
            draft = _draft(sites, ClassRef(path, number), cls)
            if draft is not None:
                yield draft


def _draft(sites: Sites, ref: ClassRef, cls: ir.Class) -> Draft | None:
    name = _text(sites, ref, _NAMES)
    described = _text(sites, ref, _DESCRIPTIONS)
    if name is None or not is_name(name):
        return None
    runs = next((found for method in _METHODS if (found := _member(sites, ref, method)) is not None), None)
    schema = next((found for key in (*SCHEMA_KEYS, *_MORE) if (found := _member(sites, ref, key)) is not None), None)
    called = cls.name.lower().endswith("tool") or any("tool" in last_name(base).lower() for base in cls.bases)
    if not (described is not None and (schema is not None or (called and runs is not None))):
        return None
    signature = runs.expr if runs is not None and schema is None else None
    return Draft(
        kind=ItemKind.TOOL,
        name=name,
        spot=Spot(ref.path, 0, ir.ClassValue(ref.number, cls.line)),
        line=cls.line,
        how="class",
        description=described,
        schema=schema,
        annotations=_member(sites, ref, "annotations"),
        title=_text(sites, ref, ("title",)),
        handler=runs,
        signature=FunctionRef(runs.path, signature.function) if runs and isinstance(signature, ir.Closure) else None,
    )


def _member(sites: Sites, ref: ClassRef, name: str) -> Spot | None:
    """A field, a property's value or a method of a class."""
    made = ir.Call(ir.ClassValue(ref.number, 0), (), 0, new=True)
    return sites.constants.member(Spot(ref.path, 0, made), name)


def _text(sites: Sites, ref: ClassRef, names: tuple[str, ...]) -> str | None:
    for name in names:
        found = _member(sites, ref, name)
        if found is None:
            continue
        if isinstance(found.expr, ir.Closure):
            body = sites.project.modules[found.path].functions[found.expr.function].body
            returned = [each.value for each in body if isinstance(each, ir.Return) and each.value is not None]
            found = Spot(found.path, found.expr.function, returned[0]) if len(returned) == 1 else None
        text = sites.constants.text(found)
        if text is not None:
            return text
    return None
