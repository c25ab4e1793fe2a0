"""Code that MLflow imports or runs when it loads a model: what ``MLmodel`` brings along, and what it names.

Facts: ``mlmodel-code-shadows``, of code that lies where Python finds it before the library of its name, which MLflow
imports to load the model (subject: that library).
"""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterator
from typing import Final

from driftseal.limits import Limits
from driftseal.observe.files.base import Fact
from driftseal.observe.files.mlmodel import FOREIGN
from driftseal.observe.loading.base import File, Files, Runs, Told
from driftseal.observe.words import vocabulary

_MODULES: Final = (".py", ".pyc", ".so", ".pyd")


def runs(files: Files) -> Iterator[Runs]:
    """Every file of the folders that Python imports from, every script, every module that MLflow does not ship."""
    told = [(name, folder) for name, file in files.items() for folder in _stated(file, "code")]
    for by, folder in told:
        yield from (Runs(by, "code", name, name) for name in files if _below(name, folder) and name.endswith(".py"))
    for name, file in files.items():
        for path in _stated(file, "scripts"):
            yield Runs(name, "model_code_path", path, path if path in files else "")
        for fact in file.reading.facts:
            if fact.name == FOREIGN and fact.subject and not fact.path:
                yield Runs(name, FOREIGN, fact.subject, _module(fact.subject, {folder for _, folder in told}, files))


def find(files: Files, limits: Limits) -> Iterator[Told]:
    """``mlmodel-code-shadows``."""
    del limits
    folders = {folder for file in files.values() for folder in _stated(file, "code")}
    for folder in sorted(folders):
        for name in files:
            library = _top(name, folder) if _below(name, folder) else ""
            if library in vocabulary("mlflow", "libraries"):
                fact = Fact("mlmodel-code-shadows", f"imported in place of the library {library}", subject=library)
                yield Told(name, fact)


def _stated(file: File, name: str) -> Iterator[str]:
    """Paths that an ``MLmodel`` states under a name, as they lie in the model."""
    if file.reading.format != "mlmodel":
        return
    for one in file.reading.properties:
        if one.name == name and not one.path and isinstance(one.value, list):
            for path in one.value:
                yield posixpath.normpath(posixpath.join(posixpath.dirname(file.name), str(path)))


def _below(name: str, folder: str) -> bool:
    return folder == "." or name.startswith(f"{folder}/")


def _top(name: str, folder: str) -> str:
    """The module that a file is when it lies at the top of a folder, or begins a package there."""
    inside = name if folder == "." else name[len(folder) + 1 :]
    top, _, rest = inside.partition("/")
    if rest:
        return top if rest == "__init__.py" else ""
    return top.partition(".")[0] if top.endswith(_MODULES) else ""


def _module(module: str, folders: Collection[str], files: Files) -> str:
    """The file of a module in one of the folders."""
    path = module.replace(".", "/")
    places = [posixpath.normpath(posixpath.join(folder, path)) for folder in sorted(folders)]
    return next((one for place in places for one in (f"{place}.py", f"{place}/__init__.py") if one in files), "")
