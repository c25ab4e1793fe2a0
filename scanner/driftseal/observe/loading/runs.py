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
_GENERATES: Final = "custom_generate/generate"
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
    own = _Own(files)
    found = [one for file in files.values() for fact in file.reading.facts for one in _of_fact(file.name, fact, own)]
    found = [_owned(one, own, owner) if one.how == FOREIGN else one for one in found]
    found += [Runs(name, how, name, name) for name, how in _BY_NAME.items() if name in files]
    found += mlflow.runs(files)
    return tuple(dict.fromkeys(found))


class _Own:
    """The model's own Python, by the names under which configurations ask for it."""

    def __init__(self, files: Files) -> None:
        self._paths = frozenset(name for name in files if name.endswith(".py"))
        self._by_name: dict[str, str] = {}
        for name in sorted(self._paths, key=lambda name: (name.count("/"), name)):
            self._by_name.setdefault(posixpath.basename(name), name)

    def file(self, by: str, reference: str) -> str:
        """The file that holds a class: beside the configuration, at the top, or wherever one of that name lies."""
        stem = (reference.rpartition(".")[0] or reference).replace(".", "/")
        places = (posixpath.join(posixpath.dirname(by), stem), stem, posixpath.join(reference, _GENERATES))
        candidates = (f"{place}{ending}" for place in places for ending in (".py", "/__init__.py"))
        found = next((one for one in candidates if one in self._paths), "")
        return found or self._by_name.get(f"{posixpath.basename(stem)}.py", "")


def _of_fact(name: str, fact: Fact, own: _Own) -> Iterator[Runs]:
    if fact.name not in NAMING or fact.path:
        return
    if fact.name == FOREIGN:
        yield Runs(name, FOREIGN, fact.subject)
    else:
        yield Runs(name, fact.name, fact.subject, own.file(name, fact.subject))


def _owned(run: Runs, own: _Own, owner: str) -> Runs:
    """Code of ``owner`` that is named as if it were another's is its own."""
    repository, _, reference = run.what.partition(_FOREIGN)
    if not owner or repository.casefold() != owner.casefold():
        return run
    return Runs(run.by, OWN, run.what, own.file(run.by, reference))


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
