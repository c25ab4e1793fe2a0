"""The files of one model seen together: which code a loader runs, and what one file says that another does not.

Pure: files come in as they were read one by one, facts and blanks of each go out. Verdicts are for rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from driftseal.limits import Limits
from driftseal.observe.files.base import Blank, Fact, Reading
from driftseal.observe.loading import (
    claims,
    companions,
    environments,
    mlflow,
    requirements,
    runs,
    shards,
    templates,
    words,
)
from driftseal.observe.loading.base import File, Files, Loading, Missing, Runs, Told

if TYPE_CHECKING:
    from driftseal.observe.program import Program

__all__ = ["File", "Files", "Loading", "Missing", "Runs", "Told", "look"]

_FAMILIES = (
    claims.find,
    companions.find,
    environments.find,
    mlflow.find,
    requirements.find,
    shards.find,
    templates.find,
    words.find,
)


_BY_SIGNS: Final = "python-runs-programs"
"""What is told of Python that nobody lowers; where it was, all that it does is known."""
_LARGE: Final = "too large to be read as code (limits.model_text_bytes)"


def look(files: Iterable[File], limits: Limits, owner: str = "") -> Loading:
    """What the files of one model say together. ``owner`` is its name on a hub, where it has one."""
    known = {file.name: file for file in files}
    found = runs.find(known, owner)
    told: list[Told | Missing] = [one for family in _FAMILIES for one in family(known, limits)]
    told += [Missing(file.name, Blank(_LARGE)) for file in known.values() if file.is_code and file.is_cut]
    program = _program(known, limits)
    read: frozenset[str] = frozenset()
    if program is not None:
        from driftseal.observe.loading import code

        reached = runs.closure([one.path for one in found if one.path], code.imports(program))
        told += code.find(program, reached, limits)
        unread = {one.path for one in program.unread}
        read = frozenset(program.project.modules) - unread
        told += [Missing(one.path, Blank(one.why)) for one in program.unread if one.path in known]
        found += tuple(Runs(by, "import", path, path) for path, by in reached.items() if path != by)
    blanks = tuple(one for one in told if isinstance(one, Missing))
    facts = [one for one in told if isinstance(one, Told)]
    return Loading(_joined(known, found, facts, read), found, blanks, program)


def _program(files: Files, limits: Limits) -> Program | None:
    """The model's own Python, lowered. A loader imports a file of any folder, one of tests too."""
    sources = {file.name: file.text for file in files.values() if file.is_code and not file.is_cut}
    if not sources:
        return None
    from driftseal.observe import program

    return program.read(sources.items(), limits, always=frozenset(sources))


def _joined(files: Files, found: Sequence[Runs], told: Iterable[Told], read: frozenset[str]) -> Mapping[str, Reading]:
    """Every file's reading with what the others add to it."""
    facts: dict[str, dict[Fact, None]] = {name: {} for name in files}
    resolved = {(one.by, one.what): one for one in found}
    for name, file in files.items():
        for fact in file.reading.facts:
            if name in read and fact.name == _BY_SIGNS and not fact.path:
                continue
            facts[name][_in_place(fact, resolved.get((name, fact.subject)), read)] = None
    for one in told:
        facts[one.file][one.seen] = None
    for run in found:
        if run.path == run.by == run.what:
            facts[run.by][Fact("loader-runs-file", f"run by {run.how}", subject=run.path)] = None
    return {name: replace(file.reading, facts=tuple(facts[name])) for name, file in files.items()}


def _in_place(fact: Fact, run: Runs | None, read: frozenset[str]) -> Fact:
    """The same fact; of code that is here and was read whole, the one that says so."""
    if run is None or fact.name not in runs.NAMING or fact.path:
        return fact
    if run.path not in read:
        return replace(fact, name=run.how)
    return replace(fact, name="loader-runs-read-code", evidence=f"{fact.evidence}, which is {run.path} here")
