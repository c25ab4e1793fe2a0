"""Items become a snapshot: numbered, sorted, digested."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from driftseal import canonical
from driftseal.errors import FormatError
from driftseal.limits import Limits
from driftseal.model.digest import Digest
from driftseal.model.item import Anomaly, AnomalyKind, Envelope, Evidence, Gap, Item, ItemKind, Json
from driftseal.model.snapshot import Origin, Snapshot, Vantage
from driftseal.model.target import Target
from driftseal.narrow import to_list, to_object, to_text, why
from driftseal.regexes import regex

_SNAPSHOT_DOMAIN: Final = b"driftseal-snapshot-v1\0"
_SURROGATE: Final = regex("[\ud800-\udfff]")


def make_item(
    kind: ItemKind,
    name: str,
    content: Json,
    *,
    evidence: Sequence[Evidence] = (),
) -> Item:
    """An item with its digests. All fields count, unknown ones too (DESIGN §5.2)."""
    digest, size, fields = canonical.digest_item(kind, content)
    return Item(kind, name, digest, fields, content, size, tuple(evidence))


def digest_items(items: Iterable[Item]) -> Digest:
    """One digest over all items: their keys and digests in the order of their keys."""
    rows: list[Json] = [[item.key, str(item.digest)] for item in sorted(items, key=lambda item: item.key)]
    return Digest.of(_SNAPSHOT_DOMAIN + canonical.canonicalize(rows))


def take(
    target: Target,
    seen: Iterable[Item | Gap | Anomaly],
    *,
    origin: Origin,
    collected_at: str,
    vantage: Vantage | None = None,
    envelope: Envelope | None = None,
    source: Digest | None = None,
) -> Snapshot:
    """Sort what a collector saw into a snapshot.

    A further item of one kind and name is kept as ``#2`` and noted as an anomaly, since a client may
    show either of the two. So is text that no UTF-8 can carry.
    """
    items: list[Item] = []
    gaps: list[Gap] = []
    anomalies: list[Anomaly] = []
    counts: dict[str, int] = {}
    for thing in seen:
        if isinstance(thing, Gap):
            gaps.append(thing)
        elif isinstance(thing, Anomaly):
            anomalies.append(thing)
        else:
            number = counts[thing.key] = counts.get(thing.key, 0) + 1
            item = thing if number == 1 else replace(thing, ordinal=number)
            items.append(item)
            anomalies.extend(_oddities(item))
    # Sorted by key, since servers may list in any order and order is no drift.
    items.sort(key=lambda item: item.key)
    return Snapshot(
        target=target,
        origin=origin,
        vantage=vantage or Vantage(),
        items=tuple(items),
        digest=digest_items(items),
        collected_at=collected_at,
        gaps=tuple(gaps),
        anomalies=tuple(anomalies),
        envelope=envelope or Envelope(),
        source=source,
    )


def _oddities(item: Item) -> Iterable[Anomaly]:
    if item.ordinal > 1:
        yield Anomaly(AnomalyKind.DUPLICATE_ITEM, item.key, f"a second {item.kind} named {item.name!r} in one list")
    if not canonical.holds_lone_surrogate(item.content):
        return
    for pointer, text, _ in canonical.leaves(item.content):
        if not text.isascii() and _SURROGATE.search(text):
            yield Anomaly(AnomalyKind.LONE_SURROGATE, item.key, "text that UTF-8 cannot carry", pointer)
            return


# --- the snapshot file -----------------------------------------------------------------------

SCHEMA: Final = "driftseal-snapshot/1"


def dump(snapshot: Snapshot) -> bytes:
    """The snapshot as a JSON file: sorted, indented by one, one line feed at the end; diffs well in git."""
    document: dict[str, Json] = {
        "schema": SCHEMA,
        "target": {
            "kind": snapshot.target.kind,
            "reference": snapshot.target.reference,
            "name": snapshot.target.name,
            "identity": snapshot.target.identity,
            "session": snapshot.target.session,
        },
        "origin": str(snapshot.origin),
        "vantage": {"client": snapshot.vantage.client, "probe": snapshot.vantage.probe},
        "collected_at": snapshot.collected_at,
        "digest": str(snapshot.digest),
        "source": str(snapshot.source) if snapshot.source else None,
        "envelope": {"protocol": snapshot.envelope.protocol, "capabilities": dict(snapshot.envelope.capabilities)},
        "items": [_dump_item(item) for item in snapshot.items],
        "gaps": [{"what": gap.what, "why": gap.why} for gap in snapshot.gaps],
        "anomalies": [
            {
                "kind": str(anomaly.kind),
                "item": anomaly.item,
                "detail": anomaly.detail,
                "pointer": anomaly.pointer,
                "old": anomaly.old,
                "new": anomaly.new,
            }
            for anomaly in snapshot.anomalies
        ],
    }
    return (json.dumps(document, indent=1, sort_keys=True, ensure_ascii=True) + "\n").encode("ascii")


def _dump_item(item: Item) -> Json:
    return {
        "kind": str(item.kind),
        "name": item.name,
        "ordinal": item.ordinal,
        "digest": str(item.digest),
        "content": item.content,
        "evidence": [{"uri": place.uri, "pointer": place.pointer, "line": place.line} for place in item.evidence],
    }


def is_snapshot(value: Json) -> bool:
    """Whether a parsed JSON document is a snapshot file of ours."""
    return isinstance(value, dict) and value.get("schema") == SCHEMA


def load(data: bytes, name: str, limits: Limits) -> Snapshot:
    """Read a snapshot file. Every digest is computed anew from the content; those in the file must agree.

    Raises:
        FormatError: not a snapshot file, or its digests are not those of its content.
        LimitExceeded: larger than ``limits`` allow.
    """
    parsed = canonical.parse_json(data, name, limits)
    value = parsed.value
    if not is_snapshot(value):
        raise FormatError(f"{name}: not a snapshot file", hint="make one with: driftseal snapshot REF --output FILE")
    if parsed.duplicate_keys:
        # We never write one, and readers differ in which of the two they take.
        raise FormatError(f"{name}: names {parsed.duplicate_keys[0]!r} twice", hint="take the snapshot again")
    try:
        return _load(value, limits)
    except (KeyError, TypeError, ValueError) as cause:
        raise FormatError(f"{name}: a damaged snapshot file: {why(cause)}", hint="take the snapshot again") from cause


def _load(value: Json, limits: Limits) -> Snapshot:
    document = to_object(value)
    about = to_object(document["target"])
    target = Target(
        kind=to_text(about["kind"]),
        reference=to_text(about["reference"]),
        name=to_text(about["name"]),
        identity=to_text(about["identity"]),
        session=to_text(about["session"]),
    )
    most = limits.items * len(ItemKind)
    items = [_load_item(to_object(entry)) for entry in to_list(document["items"], most)]
    if len({(item.kind, item.name, item.ordinal) for item in items}) < len(items):
        raise ValueError("it holds one item twice")
    seen: list[Item | Gap | Anomaly] = [
        Gap(target.reference, to_text(to_object(entry)["what"]), to_text(to_object(entry)["why"]))
        for entry in to_list(document["gaps"], most)
    ]
    seen.extend(
        Anomaly(
            AnomalyKind(to_text(entry["kind"])),
            *(to_text(entry[key]) for key in ("item", "detail", "pointer", "old", "new")),
        )
        for entry in map(to_object, to_list(document["anomalies"], most))
    )
    vantage, envelope = to_object(document["vantage"]), to_object(document["envelope"])
    digest = digest_items(items)
    if str(digest) != document["digest"]:
        raise ValueError("its digest is not that of its items")
    return Snapshot(
        target=target,
        origin=Origin(to_text(document["origin"])),
        vantage=Vantage(to_text(vantage["client"]), to_text(vantage["probe"])),
        items=tuple(sorted(items, key=lambda item: item.key)),
        digest=digest,
        collected_at=to_text(document["collected_at"]),
        gaps=tuple(thing for thing in seen if isinstance(thing, Gap)),
        anomalies=tuple(thing for thing in seen if isinstance(thing, Anomaly)),
        envelope=Envelope(to_text(envelope["protocol"]), to_object(envelope["capabilities"])),
        source=Digest.parse(to_text(document["source"])) if document["source"] is not None else None,
    )


def _load_item(entry: dict[str, Json]) -> Item:
    ordinal = entry["ordinal"]
    if not isinstance(ordinal, int) or isinstance(ordinal, bool) or not 1 <= ordinal <= canonical.MAX_SAFE_INTEGER:
        raise ValueError("an item's ordinal is a number from 1")
    evidence = tuple(
        Evidence(to_text(place["uri"]), to_text(place["pointer"]), int(str(place["line"])))
        for place in map(to_object, to_list(entry["evidence"], 1000))
    )
    kind = ItemKind(to_text(entry["kind"]))
    item = replace(make_item(kind, to_text(entry["name"]), entry["content"], evidence=evidence), ordinal=ordinal)
    if str(item.digest) != entry["digest"]:
        raise ValueError(f"the digest of {item.key} is not that of its content")
    return item
