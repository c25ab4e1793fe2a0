"""List entries become items: raw, whole, with nothing of the protocol's envelope."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from driftseal import canonical, snapshot
from driftseal.collect.mcp.listing import Listed
from driftseal.collect.mcp.session import Session
from driftseal.model.item import Anomaly, AnomalyKind, Item, ItemKind, Json


def of_server(session: Session) -> Iterator[Item | Anomaly]:
    """What the server says of itself: its information and its instructions, of which there is one each."""
    info = session.server_info
    if info is None:
        info = {}
    yield snapshot.make_item(ItemKind.SERVER, "", info)
    if not isinstance(info, dict):
        yield Anomaly(AnomalyKind.MALFORMED_ITEM, f"{ItemKind.SERVER}:", "serverInfo is no object", old="", new="")
    if session.instructions:
        text = session.instructions
        yield snapshot.make_item(ItemKind.INSTRUCTIONS, "", {"text": text})
        if not isinstance(text, str):
            yield Anomaly(AnomalyKind.MALFORMED_ITEM, f"{ItemKind.INSTRUCTIONS}:", "the instructions are no text")


def of_list(listed: Listed) -> Iterator[Item | Anomaly]:
    """An item for each entry, malformed ones too as long as they hold anything that could be shown."""
    built = []
    for index, entry in enumerate(listed.entries):
        item, wrong = _item(listed, index, entry)
        if wrong:
            yield Anomaly(AnomalyKind.MALFORMED_ITEM, item.key if item else "", wrong)
        if item is not None:
            built.append(item)
            yield item
    yield from listed.anomalies
    yield from _duplicate_keys(listed.duplicate_keys, built)


def _item(listed: Listed, index: int, entry: Json) -> tuple[Item | None, str]:
    about = listed.about
    if not isinstance(entry, dict):
        wrong = f"entry {index} of {about.method} is no object"
        if not isinstance(entry, str | list):
            return None, wrong
        return snapshot.make_item(about.kind, f"entry {index}", entry), wrong
    name = entry.get(about.named_by)
    if isinstance(name, str):
        wrong = "" if name else f"entry {index} of {about.method} has an empty {about.named_by}"
        return snapshot.make_item(about.kind, name, entry), wrong
    wrong = f"entry {index} of {about.method} has no {about.named_by}"
    return snapshot.make_item(about.kind, f"entry {index}", entry), wrong


def _duplicate_keys(names: Sequence[str], items: Iterable[Item]) -> Iterator[Anomaly]:
    if not names:
        return
    # Where a name came twice, the further value stands under ``name#2`` (see ``canonical.Parsed``).
    second = {f"/{canonical.escape_pointer(name)}#2": name for name in names}
    placed = set()
    for item in items:
        for pointer, _, is_key in canonical.leaves(item.content):
            ending = pointer[pointer.rfind("/") :]
            if is_key and ending in second:
                placed.add(second[ending])
                yield Anomaly(
                    AnomalyKind.DUPLICATE_KEY, item.key, f"the member {second[ending]!r} comes twice", pointer
                )
    for name in dict.fromkeys(names):
        if name not in placed:
            yield Anomaly(AnomalyKind.DUPLICATE_KEY, "", f"the member {name!r} comes twice in the answer's envelope")
