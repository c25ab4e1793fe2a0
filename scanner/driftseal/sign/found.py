"""Signatures that others made of a model: who made them, and whether they are of the very files that are here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from driftseal import canonical
from driftseal.errors import FormatError, LimitExceeded
from driftseal.formats import model_signature
from driftseal.formats.model_signature import Covered, Part
from driftseal.limits import Limits
from driftseal.model.digest import Digest
from driftseal.model.item import Json
from driftseal.model.signature import FoundSignature, SignatureCheck, SignatureForm, SignatureStatus
from driftseal.model.trust import TrustPolicy
from driftseal.narrow import to_list, to_object, to_text, why
from driftseal.sign import makers
from driftseal.sign.envelope import PAYLOAD_TYPE, Envelope, open_envelope, open_found, open_simple
from driftseal.sign.policy import people, rule_for

_UNKNOWN: Final = "signed by nobody whom the trust policy names"
_SUBJECTS: Final = 1024
"""As many as other verifiers of Sigstore's bundles take."""


@dataclass(frozen=True, slots=True)
class Present:
    """One file of the model that is here."""

    sha256: str
    size: int
    claimed: bool = False
    """The digest is what whoever has the file says; its bytes were not all read here."""


@dataclass(frozen=True, slots=True)
class Model:
    """What a signature is held against."""

    identity: str
    files: Mapping[str, Present]
    """By path; a model that is one file is called ``.``."""
    unseen: Collection[str] = ()
    """Paths, with all below them, that are not looked at: what is signed of them is not missing."""
    aside: Collection[str] = ()
    """Files that need not be covered: the signatures themselves."""


def examine(
    found: FoundSignature, model: Model, policy: TrustPolicy | None, today: str, limits: Limits
) -> SignatureCheck:
    """Check one signature. Whoever made it, it is held against the files; only the policy says whom it speaks for."""
    if found.unread:
        return SignatureCheck(found.name, SignatureStatus.MALFORMED, found.unread, item=found.item)
    try:
        envelope = _open(found, limits)
        made = _makers(envelope, model.identity, policy, today)
        check = _held(found, envelope, model, limits)
    except (FormatError, LimitExceeded) as cause:
        reason = str(cause).removeprefix(f"{found.name}: ")
        return SignatureCheck(found.name, SignatureStatus.MALFORMED, reason, item=found.item)
    signers, refused = tuple(sorted(made.people)), "; ".join(made.refused)
    check = replace(check, signers=signers, refused="" if signers else refused, item=found.item)
    by = f"signed by {', '.join(signers)}" if signers else refused or _UNKNOWN
    if check.status is SignatureStatus.VERIFIED and not signers:
        return replace(check, status=SignatureStatus.UNKNOWN, reason=f"{by}; {check.reason}")
    return replace(check, reason=f"{by}; {check.reason}")


def _open(found: FoundSignature, limits: Limits) -> Envelope:
    if found.form is SignatureForm.SIMPLE:
        return open_simple(found.data, found.signature, found.name)
    if found.form is SignatureForm.ENVELOPE:
        return open_envelope(found.data, found.name, limits)
    return open_found(found.data, found.name, limits)


def _makers(envelope: Envelope, identity: str, policy: TrustPolicy | None, today: str) -> makers.Makers:
    rule = rule_for(policy, identity) if policy else None
    if policy is None or rule is None:
        return makers.Makers()
    return makers.of(envelope, people(policy, rule), policy, today)


def _held(found: FoundSignature, envelope: Envelope, model: Model, limits: Limits) -> SignatureCheck:
    if not envelope.raw and envelope.payload_type != PAYLOAD_TYPE:
        raise FormatError(f"{found.name}: signs a payload of another type")
    parsed = canonical.parse_json(envelope.payload, found.name, limits)
    if parsed.duplicate_keys:
        raise FormatError(f"{found.name}: what is signed names {parsed.duplicate_keys[0]!r} twice")
    try:
        document = to_object(parsed.value)
        if found.subject is not None and document.get("predicateType") != model_signature.PREDICATE_TYPE:
            return _about(found, found.subject, document)
        return _covering(found, model_signature.read(document, limits), model)
    except (KeyError, TypeError, ValueError) as cause:
        raise FormatError(f"{found.name}: what is signed is no statement about a model: {why(cause)}") from cause


def _about(found: FoundSignature, subject: Digest, document: Mapping[str, Json]) -> SignatureCheck:
    """Whether the statement names the manifest that was hashed here."""
    if found.form is SignatureForm.SIMPLE:
        critical = to_object(document["critical"])
        named = {to_text(to_object(critical["image"])["docker-manifest-digest"])}
        kind = to_text(critical["type"])
    else:
        if document["_type"] != model_signature.STATEMENT_TYPE:
            raise ValueError("it holds no in-toto statement of version 1")
        subjects = [to_object(one) for one in to_list(document["subject"], _SUBJECTS)]
        named = {f"sha256:{to_text(to_object(one['digest']).get('sha256', ''))}" for one in subjects}
        kind = to_text(document["predicateType"])
    if str(subject) not in named:
        reason = f"what it says ({kind[:80]}) is about another manifest than {subject}"
        return SignatureCheck(found.name, SignatureStatus.MISMATCH, reason, changed=("manifest",))
    return SignatureCheck(found.name, SignatureStatus.VERIFIED, f"{kind[:80]} about {subject}")


def _covering(found: FoundSignature, covered: Covered, model: Model) -> SignatureCheck:
    """Held against the whole model, or against the folder that the signature lies in where it speaks of that."""
    folder = found.name.rpartition("/")[0]
    inner = _below(model, folder) if folder else model
    if _overlap(covered, inner) <= _overlap(covered, model):
        return _compared(found, covered, model)
    check = _compared(found, covered, inner)

    def whole(names: Iterable[str]) -> tuple[str, ...]:
        return tuple(f"{folder}/{name}" for name in names)

    return replace(
        check,
        reason=f"in {folder} {check.reason}",
        changed=whole(check.changed),
        removed=whole(check.removed),
        added=whole(check.added),
        ignored=whole(check.ignored),
    )


def _below(model: Model, folder: str) -> Model:
    files = {path.removeprefix(f"{folder}/"): one for path, one in model.files.items() if path.startswith(f"{folder}/")}
    aside = {path.removeprefix(f"{folder}/") for path in model.aside if path.startswith(f"{folder}/")}
    return Model(model.identity, files, model.unseen, aside)


def _overlap(covered: Covered, model: Model) -> int:
    return len({part.path for part in covered.parts} & model.files.keys())


def _compared(found: FoundSignature, covered: Covered, model: Model) -> SignatureCheck:
    plain = covered.algorithm == model_signature.SHA256 and not covered.sharded
    by_file: dict[str, list[Part]] = {}
    for part in covered.parts:
        by_file.setdefault(part.path, []).append(part)
    ignored = [*covered.ignored, *model_signature.GIT]
    removed = [one for one in by_file if one not in model.files and not model_signature.is_below(one, model.unseen)]
    here = {path: parts for path, parts in by_file.items() if path in model.files}
    # Of an empty file there is no part to cover.
    files = {path: one for path, one in model.files.items() if one.size or not covered.sharded}
    left = [one for one in files if one not in by_file and one not in model.aside]
    added = [one for one in left if not model_signature.is_below(one, ignored)]
    # Files are compared where their digests are known; that some are missing or were added shows all the same.
    known = plain or bool(found.measured)
    changed = [
        path for path, parts in here.items() if known and not _is_same(parts, model.files[path], found, plain=plain)
    ]
    reason, status = _verdict(covered, changed, removed, added, known=known)
    claimed = sum(model.files[path].claimed for path in here) if plain else 0
    if status is SignatureStatus.VERIFIED and claimed:
        reason += f", as far as the digests of {claimed} of them are true that were not computed here (see --download)"
    return SignatureCheck(
        found.name,
        status,
        reason,
        covered=len(here) - len(changed) if known else 0,
        claimed=claimed,
        changed=tuple(sorted(changed)),
        removed=tuple(sorted(removed)),
        added=tuple(sorted(added)),
        ignored=tuple(sorted(one for one in left if model_signature.is_below(one, ignored))),
    )


def _is_same(parts: Sequence[Part], present: Present, found: FoundSignature, *, plain: bool) -> bool:
    if plain:
        return parts[0].digest == present.sha256
    whole = parts[0].end < 0 or max(part.end for part in parts) == present.size
    return whole and all(found.measured.get(part.name) == part.digest for part in parts)


def _verdict(
    covered: Covered, changed: Sequence[str], removed: Sequence[str], added: Sequence[str], *, known: bool
) -> tuple[str, SignatureStatus]:
    told = [
        f"{len(names)} {word}"
        for names, word in ((changed, "changed"), (removed, "missing"), (added, "added"))
        if names
    ]
    if told:
        return f"the files are not those that were signed: {', '.join(told)}", SignatureStatus.MISMATCH
    if not known:
        return f"its digests are {covered.algorithm.upper()}, which is not computed here", SignatureStatus.UNCHECKED
    return "every file is the one that was signed", SignatureStatus.VERIFIED
