"""The in-toto Statement v1 that a baseline is signed as: written in one way, read strictly.

A baseline of a model is a statement of OpenSSF Model Signing with ours inside; of anything else it is ours alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from driftseal import canonical
from driftseal.errors import FormatError
from driftseal.limits import Limits
from driftseal.model.digest import Digest
from driftseal.model.item import Json
from driftseal.model.trust import Approved, ApprovedItem, Baseline, Statement
from driftseal.narrow import to_list, to_object, to_text, why
from driftseal.sign import oms

STATEMENT_TYPE: Final = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE: Final = "https://driftseal.dev/attestation/baseline/v0.1"
CANONICALIZATION: Final = "driftseal-v1"
"""RFC 8785 with large integers tagged; see ``canonical.canonicalize``."""
SNAPSHOT_FILE: Final = "snapshot.json"


def make(baseline: Baseline, snapshot_file: bytes) -> Statement:
    """The statement of a baseline, as canonical bytes: the same baseline gives the same bytes.

    The first subject is the snapshot file, so that tools which know only files can check it; the second
    is the target with the digest of its items. Item digests stand in the predicate, since
    verifiers bound the number of subjects. A model's only subject is the model.

    Raises:
        TargetError: a file of a model cannot be signed.
    """
    taken = baseline.snapshot
    items: list[Json] = [
        {
            "key": item.key,
            "digest": str(item.digest),
            "fields": {name: str(digest) for name, digest in item.fields.items()},
        }
        for item in taken.items
    ]
    predicate: dict[str, Json] = {
        "target": {"identity": taken.target.identity, "reference": taken.target.reference, "kind": taken.target.kind},
        "version": baseline.version,
        "preparedBy": baseline.prepared_by,
        "preparedAt": baseline.prepared_at,
        "expiresAt": baseline.expires_at,
        "previous": str(baseline.previous) if baseline.previous else None,
        "note": baseline.note,
        "origin": str(taken.origin),
        "vantage": {"client": taken.vantage.client, "probe": taken.vantage.probe},
        "canonicalization": CANONICALIZATION,
        "snapshot": str(taken.digest),
        "source": str(taken.source) if taken.source else None,
        "items": items,
        "gaps": [{"what": gap.what, "why": gap.why} for gap in taken.gaps],
    }
    covered = oms.files(taken)
    if covered:
        predicate["file"] = str(Digest.of(snapshot_file))
        return Statement(canonical.canonicalize(oms.statement(taken, covered, predicate)))
    document: dict[str, Json] = {
        "_type": STATEMENT_TYPE,
        "subject": [
            {"name": SNAPSHOT_FILE, "digest": {"sha256": Digest.of(snapshot_file).value}},
            {"name": taken.target.identity, "digest": {"sha256": taken.digest.value}},
        ],
        "predicateType": PREDICATE_TYPE,
        "predicate": predicate,
    }
    return Statement(canonical.canonicalize(document))


def read(payload: bytes, limits: Limits) -> Approved:
    """What a statement says. Reading it is not believing it: that takes ``verify``.

    Raises:
        FormatError: not one of our statements, or a part is missing, doubled or of the wrong kind.
        LimitExceeded: larger than ``limits`` allow.
    """
    parsed = canonical.parse_json(payload, "statement", limits)
    if parsed.duplicate_keys:
        raise FormatError(f"statement: names {parsed.duplicate_keys[0]!r} twice")
    try:
        return _read(to_object(parsed.value), payload, limits)
    except (KeyError, TypeError, ValueError) as cause:
        raise FormatError(
            f"statement: damaged: {why(cause)}", hint="take the baseline from where it was approved"
        ) from cause


def _read(document: Mapping[str, Json], payload: bytes, limits: Limits) -> Approved:
    predicate = to_object(document["predicate"])
    if document["_type"] != STATEMENT_TYPE:
        raise ValueError("it is no driftseal baseline")
    if oms.BASELINE in predicate:
        covered = oms.read(document, limits)
        predicate = to_object(predicate[oms.BASELINE])
        return _approved(predicate, Digest.parse(to_text(predicate["file"])), covered, payload, limits)
    if document["predicateType"] != PREDICATE_TYPE:
        raise ValueError("it is no driftseal baseline")
    file, target = (to_object(entry) for entry in to_list(document["subject"], 2))
    approved = _approved(predicate, _sha256(file), {}, payload, limits)
    if target["name"] != approved.target or _sha256(target) != approved.snapshot:
        raise ValueError("subject and predicate disagree")
    return approved


def _approved(
    predicate: Mapping[str, Json], file: Digest, covered: Mapping[str, str], payload: bytes, limits: Limits
) -> Approved:
    if predicate["canonicalization"] != CANONICALIZATION:
        raise ValueError("its digests are made in a way that this version does not know")
    about = to_object(predicate["target"])
    items = [_item(to_object(entry)) for entry in to_list(predicate["items"], limits.items * 8)]
    version = predicate["version"]
    if not isinstance(version, int) or isinstance(version, bool) or not 1 <= version <= limits.baseline_versions:
        raise ValueError(f"version is a number from 1 to {limits.baseline_versions}")
    return Approved(
        target=to_text(about["identity"]),
        reference=to_text(about["reference"]),
        version=version,
        prepared_by=to_text(predicate["preparedBy"]),
        prepared_at=to_text(predicate["preparedAt"]),
        expires_at=to_text(predicate["expiresAt"]),
        previous=_digest(predicate["previous"]),
        note=to_text(predicate["note"]),
        snapshot=Digest.parse(to_text(predicate["snapshot"])),
        file=file,
        source=_digest(predicate["source"]),
        items={item.key: item for item in items},
        origin=to_text(predicate["origin"]),
        statement=Digest.of(payload),
        files=covered,
    )


def _item(entry: Mapping[str, Json]) -> ApprovedItem:
    fields = {name: Digest.parse(to_text(value)) for name, value in to_object(entry["fields"]).items()}
    return ApprovedItem(to_text(entry["key"]), Digest.parse(to_text(entry["digest"])), fields)


def _sha256(subject: Mapping[str, Json]) -> Digest:
    return Digest.parse(f"sha256:{to_text(to_object(subject['digest'])['sha256'])}")


def _digest(value: Json) -> Digest | None:
    return None if value is None else Digest.parse(to_text(value))
