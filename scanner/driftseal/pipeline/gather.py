"""References become snapshots: the collectors that claim them are asked, each failing on its own."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Final

from driftseal import plugins
from driftseal.collect.base import Collector, Context
from driftseal.errors import TargetError, UsageError
from driftseal.model.report import Failure
from driftseal.model.snapshot import Session, Snapshot
from driftseal.model.target import Target
from driftseal.records import dataclass

BY_SCHEME: Final = frozenset({"hf", "mlflow", "oci", "ollama"})
"""Kinds that claim nothing but references that begin with their name and a colon: few runs have to load them."""
_NAMES: Final = 1000
"""So many files of a folder are looked through for the one that was meant."""


@dataclass(frozen=True, slots=True)
class Found:
    """Targets with the collector that can look at them."""

    collector: Collector
    targets: tuple[Target, ...]


@dataclass(frozen=True, slots=True)
class Gathered:
    """What came of a run's references."""

    snapshots: tuple[Snapshot, ...]
    failures: tuple[Failure, ...]


def collectors(context: Context, references: Collection[str] | None = None) -> tuple[Collector, ...]:
    """One collector of each kind that may claim one of these references, of every kind by default.

    Where a person says what the references are, the one that believes it.
    """
    if context.read_as is not None:
        from driftseal.collect.text_file import TextFileCollector

        return (TextFileCollector(context),)
    found: list[Collector] = []
    for name in plugins.names("collect"):
        scheme = f"{name}:" if name in BY_SCHEME else ""
        if references is None or any(reference.startswith(scheme) for reference in references):
            kind = plugins.load("collect", name, Collector)  # type: ignore[type-abstract]  # its concrete subclass is made
            found.append(kind(context))
    return tuple(found)


def find(references: Iterable[str], context: Context) -> tuple[tuple[Found, ...], tuple[Failure, ...]]:
    """Which targets these references name. Nothing is started or contacted.

    Raises:
        UsageError: a reference is of no kind that there is; the hint tells the kinds.
    """
    references = tuple(references)
    kinds = collectors(context, references)
    found: dict[str, dict[str, Target]] = {kind.name: {} for kind in kinds}
    failures: list[Failure] = []
    for reference in references:
        claiming = [kind for kind in kinds if kind.claims(reference)] if reference.strip() else []
        if not claiming:
            raise _unclaimed(reference, collectors(context))
        for kind in claiming:
            try:
                for target in kind.targets(reference):
                    # The same server named twice is looked at once.
                    found[kind.name].setdefault(target.identity, target)
            except TargetError as cause:
                failures.append(Failure(str(cause), cause.hint, cause.exit_code, reference))
    return (
        tuple(Found(kind, tuple(found[kind.name].values())) for kind in kinds if found[kind.name]),
        tuple(failures),
    )


def _unclaimed(reference: str, kinds: Sequence[Collector]) -> UsageError:
    """What is wrong with a reference of no kind: most are a path with a slip in it."""
    hint = f"a reference is one of: {'; '.join(kind.form for kind in kinds)}"
    if not reference.strip():
        return UsageError("a reference is empty", hint="a variable without a value, perhaps; write . for this folder")
    if ":" in reference or Path(reference).exists():
        return UsageError(f"cannot tell what {reference!r} refers to", hint=hint)
    folder, name = Path(reference).parent, Path(reference).name
    there = sorted(path.name for path in islice(folder.iterdir(), _NAMES)) if folder.is_dir() else []
    near = difflib.get_close_matches(name, there if "/" in reference else [*there, "machine"], 1)
    found = str(folder / near[0]) if near else ""
    return UsageError(f"{reference}: no such file or folder", hint=f"did you mean {found!r}?" if found else hint)


def collect(found: Iterable[Found], meanwhile: Callable[[Sequence[Snapshot]], None] = lambda _: None) -> Gathered:
    """A snapshot of every target found, sorted by reference.

    ``meanwhile`` is told of them once their items are there, before what takes longest: to follow what code does.
    """
    taken: list[tuple[Collector, Snapshot]] = []
    failures: list[Failure] = []
    for part in found:
        try:
            taken.extend((part.collector, snapshot) for snapshot in part.collector.collect(part.targets))
        except TargetError as cause:
            failures.append(Failure(str(cause), cause.hint, cause.exit_code))
    taken.sort(key=lambda each: (each[1].target.reference, each[1].target.identity))
    meanwhile([snapshot for _, snapshot in taken])
    return Gathered(tuple(collector.followed(snapshot) for collector, snapshot in taken), tuple(failures))


def gather(
    references: Iterable[str],
    context: Context,
    meanwhile: Callable[[Sequence[Snapshot]], None] = lambda _: None,
    ready: Callable[[], object] = lambda: None,
) -> Gathered:
    """``find`` and ``collect`` in one.

    ``ready`` is called between them: before anything is started or contacted, and once another process looks through
    the source that was found, so that it takes no time of its own.
    """
    try:
        found, failures = find(references, context)
        ready()
    except BaseException:
        # Where a run ends here, no other process goes on for nothing.
        for program in context.programs.values():
            program.leave()
        raise
    gathered = collect(found, meanwhile)
    return replace(gathered, failures=failures + gathered.failures)


_INSTRUCTING: Final = frozenset(
    {"agent_files", "text_file", "model", "hf", "mlflow", "oci", "ollama", "inventory", "machine"}
)
"""Target kinds that hold no server."""
USER_SCOPE = "user"
"""The part of a session's name, after the client, of servers that every project gets."""


def sessions(snapshots: Sequence[Snapshot], *, together: bool) -> tuple[Session, ...]:
    """Which servers meet in one conversation.

    A client's user-scoped servers are loaded beside those of each of its projects. A disabled server
    and a target that no client loads are alone. ``together`` makes one session of all servers; texts that instruct
    agents speak of the servers' tools by right, so they stay alone.
    """
    groups: dict[str, list[Snapshot]] = {}
    alone: list[Session] = []
    if together:
        served = tuple(snapshot for snapshot in snapshots if snapshot.target.kind not in _INSTRUCTING)
        alone = [
            Session(snapshot.target.reference, (snapshot,))
            for snapshot in snapshots
            if snapshot.target.kind in _INSTRUCTING
        ]
        return (*((Session("together", served),) if served else ()), *alone)
    for snapshot in snapshots:
        target = snapshot.target
        if target.session and target.enabled:
            groups.setdefault(target.session, []).append(snapshot)
        else:
            alone.append(Session(target.reference, (snapshot,)))
    built = []
    for name, members in groups.items():
        client, _, scope = name.partition(":")
        shared = groups.get(f"{client}:{USER_SCOPE}", []) if scope != USER_SCOPE else []
        built.append(Session(name, (*shared, *members)))
    return tuple(sorted((*built, *alone), key=lambda session: session.name))
