"""Signatures that others made of models: held against the files, and told as facts that rules judge."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from driftseal.code import front_ends
from driftseal.collect.models import signatures as collected
from driftseal.collect.models import tree
from driftseal.limits import Limits
from driftseal.model.item import Gap, Item, ItemKind
from driftseal.model.signature import FoundSignature, SignatureCheck, SignatureStatus
from driftseal.model.snapshot import Snapshot
from driftseal.model.trust import TrustPolicy
from driftseal.observe.files.base import Fact, Reading
from driftseal.sign import found as signing
from driftseal.sign.found import Model, Present

Readings = dict[str, Mapping[str, Reading]]
_ITSELF: Final = "."
_CLAIM: Final = "manifest-analysis"
"""How a file was found whose digest is told by whoever has it."""
_POINTER: Final = "git-lfs-pointer"


def check(
    snapshots: Iterable[Snapshot],
    found: Mapping[str, tuple[FoundSignature, ...]],
    readings: Readings,
    policy: Callable[[], TrustPolicy | None],
    today: str,
    limits: Limits,
) -> tuple[Snapshot, ...]:
    """The snapshots with what became of their signatures; ``readings`` learn the facts.

    The policy is read only where something is signed: nobody should fail for a file that is not needed.
    """
    wanted = [one.target.identity for one in snapshots if found.get(one.target.identity)]
    believed = policy() if wanted else None
    checked = []
    for snapshot in snapshots:
        identity = snapshot.target.identity
        signed = found.get(identity, ())
        if not signed or snapshot.signatures:
            checked.append(snapshot)
            continue
        model = _model(snapshot, signed)
        checks = tuple(signing.examine(one, model, believed, today, limits) for one in signed)
        readings[identity] = _with_facts(snapshot, checks, readings.get(identity, {}), limits)
        unseen = tuple(_unchecked(snapshot, checks))
        checked.append(replace(snapshot, signatures=checks, gaps=(*snapshot.gaps, *unseen)))
    return tuple(checked)


def _model(snapshot: Snapshot, signed: Iterable[FoundSignature]) -> Model:
    files: dict[str, Present] = {}
    unseen = [".git", ".driftseal", ".cache/huggingface"]
    items = [item for item in snapshot.items if item.kind is ItemKind.MODEL_FILE]
    alone = len(items) == 1 and any(place.uri == snapshot.target.reference for place in items[0].evidence)
    for item in items:
        content = item.content if isinstance(item.content, dict) else {}
        sha256, size = content.get("sha256"), content.get("size")
        name = _ITSELF if alone else item.name
        if content.get("format") == _POINTER or not isinstance(sha256, str):
            # The file itself is not here, which is a gap, and no other file than was signed.
            unseen.append(name)
        else:
            claimed = any(place.technique == _CLAIM for place in item.evidence)
            files[name] = Present(sha256, size if isinstance(size, int) else 0, claimed)
    aside = {one.name for one in signed}
    return Model(snapshot.target.identity, files, unseen, aside)


def _with_facts(
    snapshot: Snapshot, checks: Iterable[SignatureCheck], known: Mapping[str, Reading], limits: Limits
) -> dict[str, Reading]:
    """What the files show, and what the signatures say of them, at the item that stands for the signature."""
    items = {item.key: item for item in snapshot.items}
    whole = next((item.key for item in snapshot.items if item.kind is ItemKind.MODEL), "")
    shown = dict(known)
    for one in checks:
        key = one.item if one.item in items else whole
        before = shown.get(key, Reading(""))
        facts = tuple(_facts(one, items, known, limits))
        shown[key] = replace(before, facts=(*before.facts, *facts))
    return shown


def _unchecked(snapshot: Snapshot, checks: Iterable[SignatureCheck]) -> Iterator[Gap]:
    for one in checks:
        if one.status is SignatureStatus.UNCHECKED:
            yield Gap(snapshot.target.reference, one.name, f"{one.reason}; verify it with model_signing")


def _facts(
    check: SignatureCheck, items: Mapping[str, Item], known: Mapping[str, Reading], limits: Limits
) -> Iterator[Fact]:
    name = check.name
    if check.status is SignatureStatus.MALFORMED:
        yield Fact("signature-malformed", f"{name}: {check.reason}", subject=name)
        return
    if check.refused:
        yield Fact("signature-refused", f"{name}: {check.refused}", subject=name)
    elif not check.signers:
        yield Fact("signature-unknown-signer", f"{name}: {check.reason}", subject=name)
    for path in check.changed[: limits.file_facts]:
        yield Fact("signature-changed", f"{path} is not the one that {name} covers", subject=path)
    for path in check.removed[: limits.file_facts]:
        yield Fact("signature-removed", f"{path} is covered by {name} and not here", subject=path)
    for path in check.added[: limits.file_facts]:
        yield Fact("signature-uncovered", f"{path} is not covered by {name}", subject=path)
    for path in check.ignored[: limits.file_facts]:
        if is_loaded(path, items, known):
            yield Fact("signature-ignores", f"{path} is left out of {name} by name", subject=path)


def is_loaded(path: str, items: Mapping[str, Item], known: Mapping[str, Reading]) -> bool:
    """Whether a file is one that loading a model reads or runs: weights, code, whatever an analyser knows."""
    key = f"{ItemKind.MODEL_FILE}:{path}"
    reading = known.get(key)
    formatted = reading is not None and bool(reading.format or reading.facts)
    return key in items and (formatted or tree.is_weights(path) or front_ends.language(path) is not None)


def in_files(files: Mapping[str, bytes], limits: Limits) -> tuple[FoundSignature, ...]:
    """Signatures among the files of an example."""
    return tuple(one for name, data in files.items() for one in collected.among(name, data, limits))
