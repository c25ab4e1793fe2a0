"""``scan``, ``audit`` and ``bom``: look at targets and say what is there."""

from __future__ import annotations

import difflib
import fnmatch
from collections.abc import Callable, Iterator, Sequence
from dataclasses import field
from functools import cache
from pathlib import Path

import driftseal
from driftseal import config, rulebook
from driftseal.collect.base import Context
from driftseal.collect.models import hashing
from driftseal.config import Config
from driftseal.errors import UsageError
from driftseal.model.item import Gap
from driftseal.model.report import Report
from driftseal.model.snapshot import Session, Snapshot
from driftseal.model.trust import TrustPolicy
from driftseal.observe.observations import Observations
from driftseal.pipeline.ahead import Ahead
from driftseal.pipeline.findings import findings, prepare
from driftseal.pipeline.gather import Gathered, gather, sessions
from driftseal.records import dataclass
from driftseal.rulebook import Rulebook


def _no_policy() -> TrustPolicy | None:
    return None


@dataclass(frozen=True, slots=True)
class Run:
    """One command's surroundings: what the user asked for and may ask for."""

    command: str
    context: Context
    config: Config
    together: bool = False
    allow_gaps: bool = False
    detects: bool = True
    """Whether to look for what is wrong, beside what there is."""
    semgrep: tuple[Path, ...] | None = None
    """Folders of further semgrep rules, where semgrep was asked for."""
    policy: Callable[[], TrustPolicy | None] = field(default=_no_policy, repr=False)
    """Reads the trust policy, for signatures that others made; called only where there are some."""

    @property
    def today(self) -> str:
        """``YYYY-MM-DD``, the day that end dates are held against."""
        return self.context.now[:10]


def rules_for(run: Run) -> Rulebook:
    """The rules in force.

    Raises:
        UsageError: a rule is malformed, or what is let pass is no rule.
    """
    rules = rulebook.load(run.config.rules)
    ids = [rule.id for rule in rules.rules]
    for entry in config.in_force(run.config.suppressions, run.today):
        if not fnmatch.filter(ids, entry.rule) and not _is_of_semgrep(entry.rule):
            near = difflib.get_close_matches(entry.rule, ids, 1)
            raise UsageError(
                f"{entry.source}: no rule {entry.rule!r}",
                hint=f"did you mean {near[0]!r}?" if near else "see: driftseal rules list",
            )
    return rules


def _is_of_semgrep(rule: str) -> bool:
    from driftseal.pipeline import semgrep

    return rule.startswith(semgrep.PREFIX)


def scan(references: Sequence[str], run: Run) -> Report:
    """Collect, snapshot, observe, detect.

    Raises:
        UsageError: a reference, the configuration or a rule is wrong.
    """
    hashing.begin(references, run.context)
    rules = cache(lambda: rules_for(run))
    if run.context.hashing and run.detects:
        prepare(rules())
    ahead = cache(lambda: Ahead(rules(), run.config.limits))

    def meanwhile(snapshots: Sequence[Snapshot]) -> None:
        if run.detects and any(program.large for program in run.context.programs.values()):
            ahead().begin(sessions(snapshots, together=run.together), run.context.programs)

    if run.semgrep is None:
        return report_on(gather(references, run.context, meanwhile, rules), rules(), run, ahead())
    from driftseal.pipeline import semgrep

    # Before anything is collected: what is missing or wrong there ends the run.
    trees = semgrep.trees(references, run.context)
    with_rules = semgrep.folders(run.semgrep)
    report = report_on(gather(references, run.context, meanwhile, rules), rules(), run, ahead())
    for tree in trees:
        report = semgrep.add(report, tree, with_rules, run.context)
    return report


def report_on(gathered: Gathered, rules: Rulebook, run: Run, ahead: Ahead | None = None) -> Report:
    """The report on snapshots that are there already; ``ahead`` has begun to look at them."""
    snapshots = _signed(gathered.snapshots, run)
    formed = sessions(snapshots, together=run.together)
    # A list of what there is needs no data followed through code.
    programs = run.context.programs if run.detects else {}
    seen = Observations(formed, run.config.limits, programs, run.context.readings)
    suppressions = config.in_force(run.config.suppressions, run.today)
    known = ahead.found() if ahead is not None else {}
    return Report(
        command=run.command,
        tool_version=driftseal.__version__,
        rules_version=rules.version,
        rules=rules.rules,
        started_at=run.context.now,
        threshold=run.config.threshold,
        sessions=formed,
        snapshots=snapshots,
        findings=findings(formed, seen, rules, suppressions, known) if run.detects else (),
        capabilities=seen.capabilities,
        relations=seen.relations,
        gaps=(*(gap for snapshot in snapshots for gap in snapshot.gaps), *unread(formed, seen)),
        errors=gathered.failures,
        suppressions=suppressions,
        loosened=run.config.loosened,
        allow_gaps=run.allow_gaps,
    )


def _signed(snapshots: tuple[Snapshot, ...], run: Run) -> tuple[Snapshot, ...]:
    """The snapshots with what became of signatures that others made of them."""
    context = run.context
    if not context.signatures:
        return snapshots
    from driftseal.pipeline import signatures

    return signatures.check(snapshots, context.signatures, context.readings, run.policy, run.today, run.config.limits)


def unread(sessions: Sequence[Session], seen: Observations) -> Iterator[Gap]:
    """Items with more encoded text than is looked at: junk must not hide a payload."""
    told: set[int] = set()
    for session in sessions:
        for snapshot, item in session.items():
            if id(item) not in told and seen.is_cut(item):
                told.add(id(item))
                why = "it holds more encoded text than is read (limits.views, limits.derived_chars)"
                yield Gap(snapshot.target.reference, item.key, why)
