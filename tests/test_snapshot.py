"""Items become snapshots."""

from __future__ import annotations

import json
import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftseal import snapshot
from driftseal.errors import FormatError, TargetError
from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.digest import Digest
from driftseal.model.item import Anomaly, AnomalyKind, Evidence, Gap, Item, ItemKind, Json
from driftseal.model.snapshot import Origin, Snapshot, Vantage
from driftseal.model.target import Target

TARGET = Target("manifest", "tools.json", "tools", "tools.json")


def take(*things: Item | Gap | Anomaly, now: str = "2026-01-02T03:04:05Z") -> Snapshot:
    return snapshot.take(TARGET, things, origin=Origin.STATIC, collected_at=now)


def tool(name: str, **fields: Json) -> Item:
    return snapshot.make_item(ItemKind.TOOL, name, {"name": name, **fields})


def test_order_time_and_gaps_do_not_change_the_digest() -> None:
    tools = [tool(f"t{index}") for index in range(9)]
    shuffled = random.sample(tools, len(tools))
    later = take(*shuffled, Gap("tools.json", "prompts", "why"), now="2027-01-01T00:00:00Z")
    assert later.digest == take(*tools).digest
    assert [item.name for item in later.items] == sorted(item.name for item in tools)


@pytest.mark.parametrize("field", ["title", "annotations", "outputSchema", "_meta", "icons", "x-unknown"])
def test_a_change_in_any_field_changes_that_fields_digest_and_the_whole(field: str) -> None:
    one: Json = {"a": 1}
    other: Json = {"a": 2}
    old, new = tool("t", **{field: one}), tool("t", **{field: other})
    assert take(old).digest != take(new).digest
    assert {name for name in old.fields if old.fields[name] != new.fields[name]} == {field}


def test_the_same_content_under_another_kind_has_another_digest() -> None:
    content: Json = {"name": "x"}
    one = snapshot.make_item(ItemKind.TOOL, "x", content)
    other = snapshot.make_item(ItemKind.PROMPT, "x", content)
    assert one.digest != other.digest


def test_a_second_item_of_one_name_is_kept_and_noted() -> None:
    taken = take(tool("t", description="good"), tool("t", description="evil"))
    assert [item.key for item in taken.items] == ["tool:t", "tool:t#2"]
    assert [(odd.kind, odd.item) for odd in taken.anomalies] == [(AnomalyKind.DUPLICATE_ITEM, "tool:t#2")]


def test_text_that_utf_8_cannot_carry_is_noted_with_its_place() -> None:
    taken = take(tool("t", description="\ud800"))
    assert [(odd.kind, odd.item, odd.pointer) for odd in taken.anomalies] == [
        (AnomalyKind.LONE_SURROGATE, "tool:t", "/description")
    ]


@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.text(st.characters())),
        lambda below: st.lists(below, max_size=3),
        max_leaves=6,
    )
)
def test_a_snapshot_file_is_read_back_as_it_was(content: Json) -> None:
    item = snapshot.make_item(ItemKind.TOOL, "t", {"c": content}, evidence=[Evidence("a.json", "/0", 3)])
    taken = snapshot.take(
        TARGET,
        [item, Gap("tools.json", "prompts", "why"), Anomaly(AnomalyKind.CLOAKING, "tool:t", "d", "/p", "o", "n")],
        origin=Origin.LIVE,
        collected_at="2026-01-02T03:04:05Z",
        vantage=Vantage("driftseal", "quick"),
        source=Digest.of(b"x"),
    )
    assert snapshot.load(snapshot.dump(taken), "s.json", DEFAULT_LIMITS) == taken


def test_a_snapshot_file_whose_content_was_changed_is_refused() -> None:
    data = snapshot.dump(take(tool("t", description="good"))).replace(b"good", b"evil")
    with pytest.raises(FormatError, match=r"s\.json: a damaged snapshot file: the digest of tool:t"):
        snapshot.load(data, "s.json", DEFAULT_LIMITS)


def test_another_json_file_is_told_to_be_no_snapshot() -> None:
    with pytest.raises(FormatError, match=r"x\.json: not a snapshot file"):
        snapshot.load(b"{}", "x.json", DEFAULT_LIMITS)


@pytest.mark.parametrize("part", ["target", "items", "digest", "gaps", "envelope"])
def test_a_snapshot_file_with_a_part_missing_is_refused(part: str) -> None:
    data = snapshot.dump(take(tool("t"))).replace(f'"{part}"'.encode(), b'"other"', 1)
    with pytest.raises(FormatError, match="damaged"):
        snapshot.load(data, "s.json", DEFAULT_LIMITS)


def _doubled(text: str) -> str:
    return text.replace('"digest"', '"digest": "sha256:00", "digest"', 1)


def _repeated(text: str) -> str:
    document = json.loads(text)
    document["items"] *= 2
    document["digest"] = str(snapshot.digest_items(take(tool("t")).items * 2))
    return json.dumps(document)


def _numbered(text: str) -> str:
    return text.replace('"ordinal": 1', '"ordinal": true', 1)


def _huge(text: str) -> str:
    return text.replace('"ordinal": 1', f'"ordinal": {"9" * 4000}', 1)


def _nested(text: str) -> str:
    return text.replace('"content": {', '"content": {"a": ' + "[" * 200 + "]" * 200 + ",", 1)


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (_doubled, "names 'digest' twice"),
        (_repeated, "holds one item twice"),
        (_numbered, "ordinal"),
        (_huge, "ordinal"),
        (_nested, "nested deeper"),
    ],
)
def test_a_snapshot_file_that_two_readers_could_read_in_two_ways_is_refused(
    spoil: Callable[[str], str], why: str
) -> None:
    text = spoil(snapshot.dump(take(tool("t"))).decode("ascii"))
    with pytest.raises(TargetError, match=why):
        snapshot.load(text.encode("ascii"), "s.json", DEFAULT_LIMITS)
