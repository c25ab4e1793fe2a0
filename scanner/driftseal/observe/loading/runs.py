"""Which code a loader runs: what configurations name, and what libraries look for under names of their own."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from typing import Final

from driftseal.observe.files.base import Fact
from driftseal.observe.loading import mlflow
from driftseal.observe.loading.base import Files, Runs

OWN: Final = "loader-runs-own-code"
FOREIGN: Final = "loader-runs-foreign-code"
MODULE: Final = "loader-imports-module"
GENERATES: Final = "loader-generates-by-code"
NAMING: Final = frozenset({OWN, FOREIGN, MODULE, GENERATES})
"""Facts by which a configuration names code."""
_FOREIGN: Final = "--"
_BY_NAME: Final = {
    "custom_generate/generate.py": "generate() of transformers, with trust_remote_code",
    "handler.py": "inference endpoints",
    "pipeline.py": "DiffusionPipeline, with custom_pipeline",
    "setup.py": "pip, when the folder is installed",
    "hubconf.py": "torch.hub",
}
"""Files that libraries run because of their name at the top of a model's folder, and which library that is."""


def find(files: Files, owner: str) -> tuple[Runs, ...]:
    """All code that is named, in the order of the files; ``owner`` is the model's own name where it is known."""
    found = [one for file in files.values() for fact in file.reading.facts for one in _of_fact(file.name, fact, files)]
    found = [_own(one, files, owner) if one.how == FOREIGN else one for one in found]
    found += [Runs(name, how, name, name) for name, how in _BY_NAME.items() if name in files]
    found += mlflow.runs(files)
    return tuple(dict.fromkeys(found))


def _of_fact(name: str, fact: Fact, files: Files) -> Iterator[Runs]:
    if fact.name not in NAMING or fact.path:
        return
    if fact.name == FOREIGN:
        yield Runs(name, FOREIGN, fact.subject)
        return
    path = _file(name, fact.subject, files)
    yield Runs(name, fact.name, fact.subject, path)


def _own(run: Runs, files: Files, owner: str) -> Runs:
    """Code of ``owner`` that is named as if it were another's is its own."""
    repository, _, reference = run.what.partition(_FOREIGN)
    if not owner or repository.casefold() != owner.casefold():
        return run
    return Runs(run.by, OWN, run.what, _file(run.by, reference, files))


def _file(by: str, reference: str, files: Files) -> str:
    """The file that holds a class: beside the configuration, in the folder of that name, or at the top."""
    stem = reference.rpartition(".")[0] or reference
    places = [posixpath.join(posixpath.dirname(by), stem.replace(".", "/"))]
    places += [stem.replace(".", "/"), posixpath.join(reference, "custom_generate/generate")]
    for place in places:
        for candidate in (f"{place}.py", f"{place}/__init__.py"):
            if candidate in files:
                return candidate
    last = f"/{stem.rpartition('.')[2]}.py"
    return next((name for name in files if name.endswith(last)), "")


def closure(starts: Sequence[str], imports: dict[str, list[str]]) -> dict[str, str]:
    """Every file that runs with these, each with the one that brings it in; itself for the first ones."""
    reached = {start: start for start in starts}
    open_ = list(reached)
    while open_:
        path = open_.pop()
        for other in imports.get(path, ()):
            if other not in reached:
                reached[other] = path
                open_.append(other)
    return reached
