"""Who provides, needs and mentions whom."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.item import ItemKind, Json
from driftseal.model.observation import Relation, RelationKind
from driftseal.model.snapshot import Origin, Session
from driftseal.model.target import Target
from driftseal.observe import relations
from driftseal.observe.mentions import Names
from driftseal.observe.observations import Observations
from driftseal.snapshot import make_item, take
from sessions import server, session, tool


def test_a_server_provides_its_tools_prompts_and_resources() -> None:
    one = server("s", tools=[tool("add")], prompts=[{"name": "p"}], resources=[{"uri": "note://x"}])
    assert sorted(relations.of_sessions([session(one)])) == [
        Relation("manifest/s", RelationKind.PROVIDES, "manifest/s|prompt:p"),
        Relation("manifest/s", RelationKind.PROVIDES, "manifest/s|resource:note://x"),
        Relation("manifest/s", RelationKind.PROVIDES, "manifest/s|tool:add"),
    ]


def test_a_launch_depends_on_the_package_that_it_fetches() -> None:
    launch: Json = {"command": "npx", "package": {"type": "npm", "name": "@a/b", "version": "1.2.3"}}
    assert list(relations.of_sessions([session(server("s", launch=launch))])) == [
        Relation("manifest/s|launch:", RelationKind.DEPENDS_ON, "pkg:npm/%40a/b", "@a/b@1.2.3")
    ]
    package: Json = {"purl": "pkg:npm/%40a/b", "name": "@a/b", "type": "npm"}
    (found,) = relations.of_sessions([session(server("s", launch=launch, package=package))])
    assert found.destination == "manifest/s|package:pkg:npm/%40a/b"


def test_a_launch_without_a_package_depends_on_none() -> None:
    launches: list[Json] = [{"command": "node"}, {"package": "x"}, {"package": {"type": "npm", "name": ""}}]
    for launch in launches:
        assert list(relations.of_sessions([session(server("s", launch=launch))])) == []


def test_a_text_refers_to_the_tools_that_it_names_on_every_server() -> None:
    one = server("a", tools=[tool("send_mail"), tool("search")])
    two = server("b", tools=[tool("add", "After `send_mail`. You may search.", x={"deep": "the 'search' tool"})])
    found = [
        (relation.source, relation.destination, relation.evidence)
        for relation in relations.of_sessions([session(one, two)])
        if relation.kind is RelationKind.REFERS_TO
    ]
    assert found == [
        ("manifest/b|tool:add", "manifest/a|tool:send_mail", "/description"),
        ("manifest/b|tool:add", "manifest/a|tool:search", "/x/deep"),
    ]


def test_a_tool_that_names_itself_refers_to_nobody() -> None:
    one = server("a", tools=[tool("send_mail", "Call send_mail twice.")])
    assert [relation.kind for relation in relations.of_sessions([session(one)])] == [RelationKind.PROVIDES]


def test_names_are_found_in_every_way_of_writing_them() -> None:
    names = Names(["send_mail", "readFile", "search", "get.item", ""])
    text = "`send_mail`, (readFile), mcp__x__send_mail, x.readFile(), get.item, searching, 'search' tool, send_mails"
    assert [text[mention.start : mention.end] for mention in names.find(text)] == [
        "send_mail",
        "readFile",
        "send_mail",
        "readFile",
        "get.item",
        "search",
    ]


FEW = ["send_mail", "readFile", "search", "get.item", "_own_tool", "a-b"]
FILLERS = [f"filler_number_{number}" for number in range(100)]
PIECES = [*FEW, "mcp__x__", "__", ".", "-", " ", "\n", "'", "` tool", "tool ", "x", "\u00e9", "s", "search'"]


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_a_name_is_found_however_many_others_are_looked_for(text: str) -> None:
    few, many = Names(FEW), Names([*FEW, *FILLERS])
    found = [(mention.name, mention.start, mention.end) for mention in many.find(text, FEW + FILLERS)]
    assert [(mention.name, mention.start, mention.end) for mention in few.find(text)] == found
    assert {name for name, _, _ in found} <= set(few.held(f"before {text} behind"))
    assert {name for name, _, _ in found} <= set(many.held(f"before {text} behind"))


def test_what_is_known_of_the_texts_of_an_item_changes_no_relation() -> None:
    deep: Json = {"type": ["minLength", "call send_mail"], "enum": ["the 'search' tool", "search"]}
    tools: list[Json] = [
        tool("send_mail", "Then search_all.", x=deep),
        tool("search"),
        tool("minLength"),
        tool("search_all"),
    ]
    one = session(
        server("a", tools=tools), server("b", tools=[tool("add", "`send_mail` of mcp__a__search_all", y=deep)])
    )
    seen = Observations((one,), DEFAULT_LIMITS)
    without = seen.relations
    assert {relation.destination for relation in without if relation.kind is RelationKind.REFERS_TO} == {
        f"manifest/a|tool:{name}" for name in ("send_mail", "search", "minLength", "search_all")
    }
    again = Observations((one,), DEFAULT_LIMITS)
    for item in itertools.chain.from_iterable(snapshot.items for snapshot in one.snapshots):
        again.views(item)
    assert again.relations == without


def test_a_model_depends_on_the_code_that_it_runs_and_on_what_it_was_made_of() -> None:
    runs: Json = {"modeling_x.py": ["config.json"], "org/other--b.B": ["config.json"], "handler.py": ["handler.py"]}
    items = [make_item(ItemKind.MODEL_FILE, name, {}) for name in ("config.json", "modeling_x.py", "handler.py")]
    items.append(make_item(ItemKind.MODEL, "", {"executes": runs, "base_model": ["org/base"]}))
    taken = take(Target("model", "m", "m", "m"), items, origin=Origin.STATIC, collected_at="2026-01-01T00:00:00Z")
    found = {(one.source, str(one.kind), one.destination) for one in relations.of_sessions([Session("m", (taken,))])}
    assert found == {
        ("m|model:", "depends-on", "m|model-file:modeling_x.py"),
        ("m|model:", "depends-on", "m|model-file:handler.py"),
        ("m|model:", "depends-on", "pkg:huggingface/org/other"),
        ("m|model:", "depends-on", "pkg:huggingface/org/base"),
        ("m|model-file:config.json", "refers-to", "m|model-file:modeling_x.py"),
        ("m|model-file:config.json", "refers-to", "pkg:huggingface/org/other"),
    }


def test_what_a_stored_model_says_in_another_shape_is_passed_over() -> None:
    runs: Json = {"modeling_x.py": [["config.json"], {"a": 1}, None], "b.py": "config.json"}
    items = [make_item(ItemKind.MODEL_FILE, "config.json", {}), make_item(ItemKind.MODEL, "", {"executes": runs})]
    taken = take(Target("model", "m", "m", "m"), items, origin=Origin.STATIC, collected_at="2026-01-01T00:00:00Z")
    found = [(one.source, str(one.kind)) for one in relations.of_sessions([Session("m", (taken,))])]
    assert found == [("m|model:", "depends-on")] * 2
