from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from configured import NOW, context, write
from driftseal import snapshot
from driftseal.collect.base import Discovery
from driftseal.collect.client_config import ClientConfigCollector
from driftseal.collect.manifest import ManifestCollector, items_of
from driftseal.errors import FormatError, LimitExceeded, TargetError
from driftseal.limits import Limits
from driftseal.model.digest import Digest
from driftseal.model.item import Anomaly, AnomalyKind, Item, ItemKind, Json
from driftseal.model.snapshot import Origin, Snapshot
from driftseal.model.target import Target
from growth import grows_linearly

TOOL = '{"name": "look", "description": "Looks", "inputSchema": {"type": "object"}, "x-unknown": [1]}'


def take(reference: str, folder: Path, *, stdin: bytes | None = None) -> list[Snapshot]:
    collector = ManifestCollector(context(folder, stdin=stdin))
    assert collector.claims(reference)
    return list(collector.collect(list(collector.targets(reference))))


def keys(taken: Snapshot) -> list[str]:
    return [item.key for item in taken.items]


@pytest.mark.parametrize(
    "text",
    [
        f'{{"jsonrpc": "2.0", "id": 1, "result": {{"tools": [{TOOL}]}}}}',
        f'[{{"jsonrpc": "2.0", "id": 1, "result": {{"tools": [{TOOL}]}}}}]',
        f'{{"result": {{"tools": [{TOOL}]}}}}',
        f'{{"tools": [{TOOL}]}}',
        f'{{"tools": {{"look": {TOOL}}}}}',
        f"[{TOOL}]",
        TOOL,
    ],
)
def test_a_tool_is_read_raw_from_every_form(tmp_path: Path, text: str) -> None:
    write(tmp_path, "m.json", text)
    (taken,) = take("m.json", tmp_path)
    assert keys(taken) == ["tool:look"]
    assert taken.items[0].content == json.loads(TOOL)
    assert taken.origin is Origin.STATIC
    assert taken.collected_at == NOW
    assert taken.source == Digest.of(text.encode())


def test_a_whole_surface_is_read_by_its_keys(tmp_path: Path) -> None:
    surface = {
        "serverInfo": {"name": "s", "version": "1"},
        "instructions": "Be kind.",
        "tools": [json.loads(TOOL)],
        "prompts": [{"name": "ask", "text": "x"}],
        "resources": [{"uri": "file:///a", "name": "a"}],
        "resource_templates": [{"uri_template": "file:///{x}"}],
    }
    write(tmp_path, "m.json", json.dumps(surface))
    (taken,) = take("m.json", tmp_path)
    assert keys(taken) == [
        "instructions:", "prompt:ask", "resource-template:file:///{x}", "resource:file:///a", "server:", "tool:look",
    ]  # fmt: skip
    assert taken.items[0].content == {"text": "Be kind."}


def test_a_tool_is_found_by_its_line(tmp_path: Path) -> None:
    write(tmp_path, "m.json", f'{{\n "tools": [\n  {TOOL},\n  {{"name": "other",\n "description": ""}}\n]}}')
    (taken,) = take("m.json", tmp_path)
    places = {item.name: item.evidence[0] for item in taken.items}
    assert (places["look"].uri, places["look"].pointer, places["look"].line) == ("m.json", "/tools/0", 3)
    assert (places["other"].pointer, places["other"].line) == ("/tools/1", 4)


def test_what_is_no_tool_is_told_and_still_scanned() -> None:
    surface: Json = {"tools": ["evil words", {"description": "nameless"}, 7, {"name": "good"}]}
    things = list(items_of(surface, uri="m.json"))
    assert [thing.key for thing in things if isinstance(thing, Item)] == [
        "tool:[0]",
        "tool:[1]",
        "tool:[2]",
        "tool:good",
    ]
    assert next(thing.content for thing in things if isinstance(thing, Item)) == "evil words"
    assert [(thing.kind, thing.item, thing.detail) for thing in things if isinstance(thing, Anomaly)] == [
        (AnomalyKind.MALFORMED_ITEM, "tool:[0]", "an entry of /tools is no object"),
        (AnomalyKind.MALFORMED_ITEM, "tool:[1]", "an entry of /tools is an object without a name"),
        (AnomalyKind.MALFORMED_ITEM, "tool:[2]", "an entry of /tools is no object"),
    ]


def test_a_second_tool_of_one_name_and_a_key_given_twice_are_told(tmp_path: Path) -> None:
    write(
        tmp_path, "m.json", f'{{"tools": [{TOOL}, {{"name": "look", "name": "x"}}], "tools": [{{"name": "hidden"}}]}}'
    )
    (taken,) = take("m.json", tmp_path)
    assert keys(taken) == ["tool:hidden", "tool:look", "tool:look#2"]
    assert sorted((anomaly.kind, anomaly.detail) for anomaly in taken.anomalies) == [
        (AnomalyKind.DUPLICATE_ITEM, "a second tool named 'look' in one list"),
        (AnomalyKind.DUPLICATE_KEY, "one object holds 'name' twice"),
        (AnomalyKind.DUPLICATE_KEY, "one object holds 'tools' twice"),
    ]


def test_a_list_that_goes_on_elsewhere_is_incomplete(tmp_path: Path) -> None:
    write(tmp_path, "m.json", f'{{"result": {{"tools": [{TOOL}], "nextCursor": ""}}}}')
    (taken,) = take("m.json", tmp_path)
    assert [gap.why for gap in taken.gaps] == ["the list goes on: it names a next page, which is not in this document"]
    write(tmp_path, "m.json", f'{{"tools": [{TOOL}], "nextCursor": null}}')
    assert take("m.json", tmp_path)[0].gaps == ()


def test_a_snapshot_file_is_the_snapshot_that_it_holds(tmp_path: Path) -> None:
    item = snapshot.make_item(ItemKind.TOOL, "t", {"name": "t"})
    live = snapshot.take(
        Target("mcp_stdio", "stdio:x", "x", "stdio:x"), [item], origin=Origin.LIVE, collected_at="2020-01-01T00:00:00Z"
    )
    write(tmp_path, "s.json", snapshot.dump(live))
    (taken,) = take("s.json", tmp_path)
    assert (taken.target.reference, taken.target.identity, taken.target.kind) == ("s.json", "stdio:x", "manifest")
    assert (taken.items, taken.digest, taken.origin, taken.collected_at) == (
        live.items,
        live.digest,
        live.origin,
        live.collected_at,
    )


def test_a_changed_snapshot_file_is_refused(tmp_path: Path) -> None:
    item = snapshot.make_item(ItemKind.TOOL, "t", {"name": "t"})
    live = snapshot.take(Target("mcp_stdio", "x", "x", "x"), [item], origin=Origin.LIVE, collected_at=NOW)
    write(tmp_path, "s.json", snapshot.dump(live).replace(b'"name": "t"\n', b'"name": "u"\n'))
    with pytest.raises(FormatError, match="damaged snapshot file"):
        take("s.json", tmp_path)


def test_standard_input_is_a_manifest(tmp_path: Path) -> None:
    (taken,) = take("-", tmp_path, stdin=f"[{TOOL}]".encode())
    assert keys(taken) == ["tool:look"]
    assert taken.target.reference == "-"


def test_too_much_or_nothing_on_standard_input_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="nothing was given on standard input"):
        take("-", tmp_path)
    collector = ManifestCollector(context(tmp_path, stdin=b"[" + b" " * 100, limits=Limits(file_bytes=10)))
    with pytest.raises(LimitExceeded, match="standard input: larger than 10 bytes"):
        list(collector.targets("-"))


# --- folders -------------------------------------------------------------------------------------


def test_a_folder_of_manifests_is_one_target_each(tmp_path: Path) -> None:
    write(tmp_path, "set/a.json", f"[{TOOL}]")
    write(tmp_path, "set/more/a.json", f'{{"tools": [{TOOL}]}}')
    write(tmp_path, "set/b.json", '{"tools": []}')
    taken = take("set", tmp_path)
    assert [entry.target.reference for entry in taken] == ["set/a.json", "set/b.json", "set/more/a.json"]
    assert len({entry.target.identity for entry in taken}) == 3
    assert not ClientConfigCollector(context(tmp_path)).claims("set")


def test_a_broken_manifest_among_others_is_a_gap_of_its_own(tmp_path: Path) -> None:
    write(tmp_path, "a.json", f"[{TOOL}]")
    write(tmp_path, "b.json", '[\n{"name": oops')
    first, second = take(".", tmp_path)
    assert keys(first) == ["tool:look"]
    assert [gap.why for gap in second.gaps] == [
        "b.json:2:10: not valid JSON: Expecting value; mend the syntax on that line"
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("README.md", "# x"),
        ("data.json", '{"a": 1}'),
        (".mcp.json", '{"mcpServers": {"s": {"command": "x"}}}'),
        (
            "manifest.json",
            '{"manifest_version": "0.2", "name": "b", "server": {"type": "node"}, "tools": [{"name": "t"}]}',
        ),
    ],
)
def test_a_folder_with_anything_else_is_a_project(tmp_path: Path, name: str, text: str) -> None:
    write(tmp_path, "a.json", f"[{TOOL}]")
    write(tmp_path, name, text)
    assert not ManifestCollector(context(tmp_path)).claims(".")
    assert ClientConfigCollector(context(tmp_path)).claims(".")


def test_an_empty_folder_is_a_project(tmp_path: Path) -> None:
    assert not ManifestCollector(context(tmp_path)).claims(".")
    assert ClientConfigCollector(context(tmp_path)).claims(".")


# --- one file that is none -----------------------------------------------------------------------


def test_a_file_without_tools_is_an_error_that_says_what_one_looks_like(tmp_path: Path) -> None:
    write(tmp_path, "a.json", '{"a": 1}')
    with pytest.raises(FormatError, match=r"a\.json: holds no tools, prompts or resources") as caught:
        take("a.json", tmp_path)
    assert "tools/list" in caught.value.hint


def test_a_syntax_error_names_file_line_and_mend(tmp_path: Path) -> None:
    write(tmp_path, "a.json", '{"tools": [\n{]}')
    with pytest.raises(FormatError, match=r"a\.json:2:2: not valid JSON") as caught:
        take("a.json", tmp_path)
    assert caught.value.line == 2


def test_a_configuration_is_no_manifest(tmp_path: Path) -> None:
    write(tmp_path, "x.json", '{"mcpServers": {"s": {"command": "x"}}}')
    assert not ManifestCollector(context(tmp_path)).claims("x.json")
    assert not ManifestCollector(context(tmp_path)).claims("https://h.example/x.json")
    assert not ManifestCollector(context(tmp_path)).claims("gone.json")


@pytest.mark.parametrize(
    "data",
    [
        b"[" * 100_000,
        b'{"tools": ' * 5000,
        b'{"tools": [{"name": "a", "description": 1e999}]}',
        b'{"tools": [{"name": "a", "description": NaN}]}',
        '{"tools": []}'.encode("utf-16"),
        b'{"tools": [{"name": "\xff"}]}',
        b"9" * 10_000,
        b"",
    ],
)
def test_hostile_bytes_are_an_error_of_the_target(tmp_path: Path, data: bytes) -> None:
    write(tmp_path, "a.json", data)
    with pytest.raises(TargetError, match=r"a\.json"):
        take("a.json", tmp_path)


def test_odd_values_are_kept(tmp_path: Path) -> None:
    write(tmp_path, "a.json", '[{"name": "\\ud800", "description": "", "n": 9223372036854775809, "f": 1.5}]')
    (taken,) = take("a.json", tmp_path)
    assert taken.items[0].content == {"name": "\ud800", "description": "", "n": 2**63 + 1, "f": 1.5}
    assert [anomaly.kind for anomaly in taken.anomalies] == [AnomalyKind.LONE_SURROGATE]


def test_a_thousand_tools_are_told_with_their_lines_in_linear_time(tmp_path: Path) -> None:
    properties = {f"p{number}": {"type": "string", "description": "q" * 30} for number in range(6)}
    tools = [
        {"name": f"t{number}", "description": "d" * 400, "inputSchema": {"type": "object", "properties": properties}}
        for number in range(1000)
    ]
    for count in (125, 1000):
        write(tmp_path, f"{count}.json", json.dumps({"tools": tools[:count]}, indent=1))

    def look(count: int) -> None:
        (taken,) = take(f"{count}.json", tmp_path)
        assert len(taken.items) == count
        lines = {item.name: item.evidence[0].line for item in taken.items}
        assert lines["t0"] == 3
        assert lines["t1"] - lines["t0"] == lines[f"t{count - 1}"] - lines[f"t{count - 2}"] > 10

    assert grows_linearly(look, 125)


def project(folder: Path) -> Path:
    """A project with manifests under their usual names, and files that are called so and are none."""
    manifests = (
        "tools.json",
        "a/weather-tools.json",
        "b/mcp_manifest.JSON",
        "tests/tools.json",
        "node_modules/tools.json",
    )
    for name in (*manifests, "node_modules/tools.json", "other.json"):
        write(folder, name, f'{{"tools": [{TOOL}]}}')
    write(folder, "c-tools.json", '{"hammer": 1}')
    write(folder, "d-tools.json", "{{ template }}")
    write(folder, "README.md", "# Tools")
    return folder


def test_manifests_among_other_files_of_a_project_are_found_by_their_usual_names(tmp_path: Path) -> None:
    collector = ManifestCollector(context(project(tmp_path)))
    assert collector.claims(".")
    assert not collector.is_set(".")
    assert [target.reference for target in collector.targets(".")] == [
        "tools.json",
        "a/weather-tools.json",
        "b/mcp_manifest.JSON",
    ]


def test_a_list_of_parts_takes_no_manifest_for_a_server_of_its_own(tmp_path: Path) -> None:
    assert not ManifestCollector(replace(context(project(tmp_path)), discover=Discovery())).claims(".")
