"""Workflows and actions of GitHub: steps that run agents or ask models, with what they may do and are given."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import ClassVar, Final

from driftseal.canonical import escape_pointer
from driftseal.collect.discovery.base import FileFinder, Sighting, Source
from driftseal.collect.discovery.files import _commands, _documents, _models, _steps
from driftseal.collect.discovery.files._packages import basename
from driftseal.formats.base import Document
from driftseal.model.item import Json
from driftseal.narrow import text_or_empty
from driftseal.records import dataclass

_SHA: Final = re.compile(r"[0-9a-f]{40}")
_WORKFLOW: Final = re.compile(r"(?:.*/)?\.(?:github|gitea|forgejo)/workflows/[^/]+\.ya?ml", re.IGNORECASE)
_WRITTEN: Final = re.compile(r"(?:.*/)?\.github/workflows/[^/]+\.md", re.IGNORECASE)
_AGENTIC: Final = ".md"
_ENGINE: Final = "copilot"
"""What runs a workflow that names nothing else."""
_COPILOT: Final = "copilot-setup-steps"
"""The one job that GitHub's coding agent runs before it starts."""
_FLAG: Final = re.compile(r"--model(?:=|\s+)([^\s\"']+)")


@dataclass(frozen=True, slots=True)
class _Job:
    """Where a step stands."""

    document: Document = field(repr=False)
    name: str
    """File and job."""
    env: tuple[Json, ...] = ()
    permissions: Json = None


class GithubWorkflows(FileFinder):
    """See the module."""

    name: ClassVar[str] = "github_workflows"

    def wants(self, path: str) -> bool:
        """See ``FileFinder.wants``."""
        if path.lower().endswith(_AGENTIC):
            return _WRITTEN.fullmatch(path) is not None
        return _WORKFLOW.fullmatch(path) is not None or basename(path) in {"action.yml", "action.yaml"}

    def look(self, source: Source) -> Iterator[Sighting]:
        """See ``FileFinder.look``."""
        if source.path.lower().endswith(_AGENTIC):
            yield from _written(source)
            return
        document = _documents.first(source)
        value = document.value if isinstance(document.value, dict) else {}
        file = source.path.rpartition("/")[2]
        shared = value.get("env")
        yield from _steps.variables(shared, document.line("/env"))
        jobs, runs = value.get("jobs"), value.get("runs")
        for name, about in jobs.items() if isinstance(jobs, dict) else []:
            if isinstance(about, dict):
                permissions = about.get("permissions", value.get("permissions"))
                job = _Job(document, f"{file}/{name}", (shared, about.get("env")), permissions)
                yield from _job(about, job, f"/jobs/{escape_pointer(name)}")
        if isinstance(runs, dict):
            yield from _all(runs.get("steps"), _Job(document, f"{file}/runs"), "/runs/steps")


def _written(source: Source) -> Iterator[Sighting]:
    """A workflow in prose (GitHub Agentic Workflows): an agent runs what stands below the front matter."""
    if not source.text.startswith("---"):
        return
    document = source.document
    value = document.value if isinstance(document.value, dict) else {}
    engine = value.get("engine", _ENGINE)
    program = text_or_empty(engine.get("id") if isinstance(engine, dict) else engine)
    if "on" not in value or not program:
        return
    content: dict[str, Json] = {"runs": [program], "permissions": [*_steps.permissions(value.get("permissions"))]}
    yield _steps.step(source.path.rpartition("/")[2], content, line=document.line("/on"))


def _job(about: Mapping[str, Json], job: _Job, pointer: str) -> Iterator[Sighting]:
    line = job.document.line(f"{pointer}/env")
    yield from _steps.variables(about.get("env"), line)
    if job.name.endswith(f"/{_COPILOT}"):
        may = _steps.permissions(job.permissions)
        content: dict[str, Json] = {"runs": ["copilot"], "env": [*_steps.names(*job.env)], "permissions": [*may]}
        yield _steps.step(job.name, content, line=job.document.line(pointer))
    if isinstance(about.get("uses"), str):
        # A whole workflow of someone else, called like an action.
        yield from _used(about, job, job.document.line(f"{pointer}/uses"), job.name)
    yield from _all(about.get("steps"), job, f"{pointer}/steps")


def _all(steps: Json, job: _Job, pointer: str) -> Iterator[Sighting]:
    for index, about in enumerate(steps if isinstance(steps, list) else []):
        if not isinstance(about, dict):
            continue
        at = f"{pointer}/{index}"
        told = text_or_empty(about.get("id")) or text_or_empty(about.get("name")) or str(index + 1)
        name = f"{job.name}/{told}"
        line = job.document.line(at)
        yield from _steps.variables(about.get("env"), job.document.line(f"{at}/env"))
        if isinstance(about.get("uses"), str):
            yield from _used(about, job, job.document.line(f"{at}/uses") or line, name)
        script = text_or_empty(about.get("run"))
        env = _steps.names(*job.env, about.get("env"))
        began = job.document.line(f"{at}/run")
        may = _steps.permissions(job.permissions)
        yield from _steps.scripted(script, name, line=began + ("\n" in script), env=env, permissions=may)
        yield from _steps.secrets(script, line=began, symbol=name)


def _used(about: Mapping[str, Json], job: _Job, line: int, name: str) -> Iterator[Sighting]:
    uses, _, version = text_or_empty(about.get("uses")).partition("@")
    given = about.get("with")
    inputs = given if isinstance(given, dict) else {}
    for key, value in inputs.items():
        yield from _steps.secrets(text_or_empty(value), line=line, symbol=key)
    action = _action(uses)
    if action is None:
        return
    env = _steps.names(*job.env, about.get("env"))
    content: dict[str, Json] = {
        "uses": uses,
        "version": version,
        "pinned": _SHA.fullmatch(version) is not None,
        "env": [*env],
        "permissions": [*_steps.permissions(job.permissions)],
    }
    yield _steps.step(name, content, line=line)
    texts = [text_or_empty(inputs.get(key)) for key in action.models]
    texts += [found[1] for key in action.arguments for found in _FLAG.finditer(text_or_empty(inputs.get(key)))]
    for text in texts:
        # A workflow may name several with commas between.
        for part in text.split(","):
            by_form = None if action.provider == "github" else _models.named(part)
            model = by_form or (_models.of(action.provider, part) if part.strip() else None)
            if model is not None:
                yield _models.sighting(model, line=line, symbol=name)


def _action(uses: str) -> _commands.Action | None:
    known, path = _commands.actions(), uses.casefold()
    while path and path not in known:
        path = path.rpartition("/")[0]
    return known.get(path)
