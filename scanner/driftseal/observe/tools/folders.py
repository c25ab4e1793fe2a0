"""Tools of which each is a file of a folder: the server imports what lies there, and declares what each file hands out.

``const tool = await import(join(dir, file)); server.registerTool(tool.name, …`` for each file of ``readdir`` in
JavaScript, ``importlib.import_module`` for each of ``pkgutil.iter_modules`` in Python.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from driftseal.code import ir
from driftseal.code.constants import Spot
from driftseal.code.walk import children
from driftseal.observe.tools._calls import RUN_KEYS
from driftseal.observe.tools.sites import Site, Sites

_IMPORTS: Final = ("import", "require", "import_module", "__import__")
_FEWEST: Final = 2
"""Members of a file that are declared: its name and what it says or takes."""


def turns(sites: Sites, site: Site) -> Iterator[Spot]:
    """A call that declares, once for each file of the project that holds all that it takes of something imported."""
    call = site.node
    first = call.args[0].value if isinstance(call, ir.Call) and call.args else None
    whole = first.value if isinstance(first, ir.Attr) else None
    if not isinstance(whole, ir.Name) or not any(_imports(sites, name) for name in _IMPORTS):
        return
    taken = dict.fromkeys(_members(call, whole.id))
    if len(taken) < _FEWEST:
        return
    for path in sites.project.modules:
        tool = _tool(sites, path, tuple(taken)) if path != site.path else None
        if tool is not None:
            yield site.spot._replace(given={whole.id: tool})


def _imports(sites: Sites, name: str) -> bool:
    """Whether something is imported of which the code does not tell the name."""
    sites_of = sites.constants.calls.get(name, ())
    given = (
        site.spot.at(site.node.args[0].value) for site in sites_of if type(site.node) is ir.Call and site.node.args
    )
    return any(sites.constants.text(spot) is None for spot in given)


def _members(call: ir.Expr, name: str) -> Iterator[str]:
    """Members of a variable that a call is given, apart from those for which there is a default."""
    waiting: list[object] = [call]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ir.Attr) and isinstance(node.value, ir.Name) and node.value.id == name:
            yield node.name
        elif not isinstance(node, (ir.Choice, ir.Binary)):
            waiting += children(node)


def _tool(sites: Sites, path: str, names: Sequence[str]) -> Spot | None:
    """What a file hands out under these names: itself, or one thing of it that has them all."""
    module = sites.project.modules[path]
    own = {export.name: export.local for export in module.exports if not export.module}
    if module.language == "python":
        own = {name: name for name in (*names, *RUN_KEYS) if sites.project.named(path, name) is not None}
    if own.keys() >= set(names):
        entries = tuple(ir.Entry(ir.Const(name, 0), ir.Name(local, 0)) for name, local in own.items())
        return Spot(path, 0, ir.Mapping(entries, 0, ""))
    found = (sites.constants.follow(Spot(path, 0, ir.Name(local, 0))) for local in own.values())
    return next((one for one in found if all(sites.constants.entry(one, name) is not None for name in names)), None)
