"""Semgrep, the deep option: our patterns and the user's, run by the ``semgrep`` command as a process of its own.

Nothing of the scanned tree steers it: its ignore files, inline comments and settings are set aside, and it neither
reports home nor asks for rules. What it finds becomes findings like any other, named ``semgrep:`` and its rule's id.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from driftseal import canonical, resources, snapshot
from driftseal.collect.base import Context
from driftseal.collect.clients import paths
from driftseal.errors import TargetError, UsageError
from driftseal.limits import Limits
from driftseal.model.finding import Finding
from driftseal.model.item import Gap
from driftseal.model.report import Failure, Report
from driftseal.model.snapshot import Origin, Session
from driftseal.model.target import Target
from driftseal.pipeline import _semgrep_output, _semgrep_process
from driftseal.pipeline.findings import suppressed_by, worst_first

PREFIX: Final = _semgrep_output.PREFIX

_COMMAND: Final = "semgrep"
_KIND: Final = "source"
_SOURCE: Final = "#source"
"""How the source of a folder is named, beside the other targets that one folder is."""
_HINT: Final = "install it into an environment of its own: pipx install semgrep; or: pip install 'driftseal[semgrep]'"
_SWITCHES: Final = (
    # The engine itself instead of its Python front end: the same results, without two seconds of imports.
    "--experimental",
    "--metrics=off",
    "--disable-version-check",
    # What is scanned may not decide what is seen of it.
    "--disable-nosem",
    "--no-git-ignore",
    # Semgrep's own list leaves out dist/ and *.min.js, which is all that a published package holds.
    "--x-ignore-semgrepignore-files",
    "--no-rewrite-rule-ids",
    "--json",
    # Only then does it tell which files it leaves out.
    "--verbose",
)


@dataclass(frozen=True, slots=True)
class Tree:
    """A reference that is a file or a folder."""

    root: Path
    target: Target
    """The one that the source of this tree is, whether a collector has found a server in it or not."""
    prefix: str
    """Before each path inside it, so that places are told from where we stand."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What semgrep made of one tree."""

    findings: tuple[Finding, ...]
    gaps: tuple[Gap, ...]


def program(environment: Mapping[str, str], beside: Path = Path(sys.executable).parent) -> Path:
    """Where the command lies: on PATH, or ``beside`` our own interpreter, where the extra puts it.

    Raises:
        UsageError: it is not installed; the hint says how to install it.
    """
    places = os.pathsep.join((environment.get("PATH", os.defpath), str(beside)))
    found = shutil.which(_COMMAND, path=places)
    if found is None or not Path(found).is_absolute():
        # A relative one would be a program of whatever is scanned.
        raise UsageError("--semgrep: the command semgrep is not on PATH", hint=_HINT)
    return Path(found)


def trees(references: Sequence[str], context: Context) -> tuple[Tree, ...]:
    """Those references that semgrep can read.

    Raises:
        UsageError: none of them is a path, or semgrep is missing.
    """
    program(context.environment)
    there = tuple(_tree(reference, context) for reference in references if _is_path(reference, context))
    if not there:
        raise UsageError("--semgrep reads files, and no reference is a path", hint="name a file or a folder")
    return there


def _root(reference: str, context: Context) -> Path:
    return paths.absolute(Path(reference.removesuffix(_SOURCE)), context)


def _is_path(reference: str, context: Context) -> bool:
    root = _root(reference, context)
    return bool(reference.strip()) and (paths.is_file(root) or paths.is_folder(root))


def _tree(reference: str, context: Context) -> Tree:
    root = _root(reference, context)
    shown = paths.shown(root, context)
    folder = root.is_dir()
    identity = f"{_KIND}/{paths.lasting(root, context)}"
    target = Target(_KIND, f"{shown}{_SOURCE}" if folder else shown, root.name, identity)
    return Tree(root, target, f"{shown}/" if folder and shown != "." else "")


def folders(given: Sequence[Path]) -> tuple[Path, ...]:
    """Our folder of semgrep rules, then the user's.

    Raises:
        UsageError: one of them is no folder.
    """
    for folder in given:
        if not folder.is_dir():
            raise UsageError(f"--semgrep-rules: {folder}: no such folder", hint="name a folder of semgrep rules (YAML)")
    return (resources.folder("rules") / "semgrep", *(folder.resolve() for folder in given))


def look(tree: Tree, rules: Sequence[Path], limits: Limits, environment: Mapping[str, str]) -> Seen:
    """Run the rules over a file or a tree.

    Raises:
        UsageError: semgrep is missing, or it refuses a rule.
        TargetError: semgrep did not come to an end, or said what cannot be read.
    """
    command = [str(program(environment)), "scan", *_SWITCHES, f"--jobs={max(1, os.cpu_count() or 1)}"]
    command += [f"--timeout={limits.semgrep_rule_seconds:g}", f"--max-target-bytes={limits.code_file_bytes}"]
    for folder in rules:
        command += ["--config", str(folder)]
    resolved = replace(tree, root=tree.root.resolve())
    written = _semgrep_process.run([*command, "--", str(resolved.root)], limits, environment)
    document = canonical.parse_json(written, _COMMAND, limits)
    return Seen(*_semgrep_output.read(document.value, resolved.root, resolved.target, limits, prefix=tree.prefix))


def add(report: Report, tree: Tree, rules: Sequence[Path], context: Context) -> Report:
    """The report with what semgrep sees in this tree.

    Raises:
        UsageError: semgrep is missing, or it refuses a rule.
    """
    report = _with_target(report, tree.target)
    context.progress(f"semgrep: {tree.target.reference}")
    try:
        seen = look(tree, rules, context.limits, context.environment)
    except TargetError as cause:
        failure = Failure(str(cause), cause.hint, cause.exit_code, tree.target.reference)
        return replace(report, errors=(*report.errors, failure))
    judged = [replace(found, suppressed_by=suppressed_by(found, report.suppressions)) for found in seen.findings]
    findings = tuple(sorted((*report.findings, *judged), key=worst_first))
    return replace(report, findings=findings, gaps=(*report.gaps, *seen.gaps))


def _with_target(report: Report, target: Target) -> Report:
    """The report with this target in it, where no collector has found a server in its source."""
    if any(known.target.identity == target.identity for known in report.snapshots):
        return report
    taken = snapshot.take(target, (), origin=Origin.STATIC, collected_at=report.started_at)
    sessions = (*report.sessions, Session(target.reference, (taken,)))
    return replace(report, sessions=sessions, snapshots=(*report.snapshots, taken))
