from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from driftseal import snapshot
from driftseal.compare import launches
from driftseal.compare.diff import ItemDiff, diff
from driftseal.compare.facts import Edit
from driftseal.limits import DEFAULT_LIMITS, Limits
from driftseal.model.drift import ChangeKind, PathChange
from driftseal.model.item import Json
from growth import grows_linearly
from surfaces import take

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def tool(name: str = "send_mail", **fields: Json) -> dict[str, Json]:
    return {"name": name, "description": "Send a mail to one person.", **fields}


def compare(old: list[Json], new: list[Json], limits: Limits = DEFAULT_LIMITS) -> tuple[ItemDiff, ...]:
    return diff(take({"tools": old}), take({"tools": new}), limits)


def paths(old: dict[str, Json], new: dict[str, Json], limits: Limits = DEFAULT_LIMITS) -> tuple[PathChange, ...]:
    found = compare([old], [new], limits)
    assert [part.kind for part in found] == [ChangeKind.MODIFIED]
    return found[0].paths


def test_order_and_key_order_are_nothing() -> None:
    first, second = tool(title="Send"), tool("list_mail")
    turned: dict[str, Json] = dict(reversed(first.items()))
    assert compare([first, second], [second, turned]) == ()


def test_a_changed_text_is_told_with_its_place_and_both_sides() -> None:
    assert paths(tool(), tool(description="Send a mail.")) == (
        PathChange("/description", "Send a mail to one person.", "Send a mail."),
    )


def test_places_inside_schemas_are_json_pointers() -> None:
    old = tool(inputSchema={"properties": {"a/b": {"type": "string"}, "__x": {"maxLength": 1}}})
    new = tool(inputSchema={"properties": {"a/b": {"type": ["string", "null"]}, "__x": {"maxLength": 2}, "c": {}}})
    assert paths(old, new) == (
        PathChange("/inputSchema/properties/__x/maxLength", "1", "2"),
        PathChange("/inputSchema/properties/a~1b/type", "string", '["string", "null"]'),
        PathChange("/inputSchema/properties/c", None, "{}"),
    )


def test_entries_with_names_are_followed_when_they_move() -> None:
    old = tool(arguments=[{"name": "to"}, {"name": "body", "required": False}])
    new = tool(arguments=[{"name": "cc"}, {"name": "to"}, {"name": "body", "required": True}])
    assert paths(old, new) == (
        PathChange("/arguments/0", None, '{"name": "cc"}'),
        PathChange("/arguments/2/required", "false", "true"),
    )


def test_entries_that_only_moved_are_told_as_one_change_of_the_field() -> None:
    old, new = tool(arguments=[{"name": "a"}, {"name": "b"}]), tool(arguments=[{"name": "b"}, {"name": "a"}])
    assert [path.pointer for path in paths(old, new)] == ["/arguments"]


@pytest.mark.parametrize(("old", "new"), [(True, 1), (0, False), (None, False), ("1", 1), ([], {}), ("", None)])
def test_values_that_python_takes_for_equal_are_told_apart(old: Json, new: Json) -> None:
    assert [path.pointer for path in paths(tool(x={"y": old}), tool(x={"y": new}))] == ["/x/y"]


@given(JSON, JSON)
@settings(max_examples=200, deadline=None)
def test_a_change_is_never_lost_and_never_invented(old: Json, new: Json) -> None:
    before, after = tool(x=old), tool(x=new)
    same = snapshot.digest_items(take({"tools": [before]}).items) == snapshot.digest_items(
        take({"tools": [after]}).items
    )
    found = compare([before], [after])
    assert bool(found) is not same
    assert all(part.paths for part in found)


def test_beyond_the_limits_a_change_is_told_whole() -> None:
    old, new = tool(x={str(number): number for number in range(300)}), tool(x={})
    assert [path.pointer for path in paths(old, new)] == ["/x"]
    assert [path.pointer for path in paths(old, new, Limits(diff_nodes=10))] == ["/x"]


def test_deep_values_are_compared() -> None:
    def nested(leaf: Json) -> Json:
        for _ in range(60):
            leaf = {"a": leaf}
        return leaf

    assert [path.pointer for path in paths(tool(x=nested(1)), tool(x=nested(2)))] == ["/x" + "/a" * 60]


def test_texts_of_many_lines_are_compared_in_linear_time() -> None:
    def compared(count: int) -> None:
        old = tool(x={"text": "\n".join(f"line {number}" for number in range(count))})
        new = tool(x={"text": "\n".join(f"line {number}" for number in range(count, 0, -1))})
        assert [path.pointer for path in paths(old, new)] == ["/x/text"]

    assert grows_linearly(compared, 6000)


def test_a_rename_is_recognised() -> None:
    schema: Json = {"properties": {"to": {"type": "string", "description": "Who receives it"}}}
    old, new = tool(inputSchema=schema), tool("mail_send", inputSchema=schema)
    assert [(part.kind, part.key, part.old.key if part.old else "") for part in compare([old], [new])] == [
        (ChangeKind.RENAMED, "tool:mail_send", "tool:send_mail")
    ]


def test_a_rename_with_another_change_is_one_difference_that_tells_both() -> None:
    old, new = tool(title="Send"), tool("mail_send", title="Send", annotations={"readOnlyHint": True})
    (part,) = compare([old], [new])
    assert part.kind is ChangeKind.RENAMED
    assert [path.pointer for path in part.paths] == ["/annotations", "/name"]


def test_unlike_tools_are_no_rename() -> None:
    other: dict[str, Json] = {"name": "weather", "description": "Tells tomorrow's temperature for a city somewhere."}
    assert {part.kind for part in compare([tool()], [other])} == {ChangeKind.ADDED, ChangeKind.REMOVED}


def test_kinds_are_never_crossed() -> None:
    same: dict[str, Json] = tool()
    found = diff(take({"tools": [same]}), take({"prompts": [same]}), DEFAULT_LIMITS)
    assert {part.kind for part in found} == {ChangeKind.ADDED, ChangeKind.REMOVED}


def test_many_added_and_removed_tools_are_compared_within_limits() -> None:
    def compared(count: int) -> None:
        old: list[Json] = [tool(f"a{number}", description=f"word{number} " * 30) for number in range(count)]
        new: list[Json] = [tool(f"b{number}", description=f"term{number} " * 30) for number in range(count)]
        assert len(diff(take({"tools": old}), take({"tools": new}), DEFAULT_LIMITS)) == 2 * count

    assert grows_linearly(compared, 125)


def test_a_very_long_version_takes_no_quadratic_time() -> None:
    def compared(count: int) -> None:
        package: dict[str, Json] = {"type": "npm", "name": "a"}
        old, new = ({"package": {**package, "version": text}} for text in ("1." * count + "!", "1"))
        assert [fact.edit for fact in launches.of_launch(old, new)] == [Edit.PACKAGE_VERSION_CHANGED]

    assert grows_linearly(compared, 20_000)
