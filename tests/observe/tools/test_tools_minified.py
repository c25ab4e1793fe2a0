"""Schemas of bundles in which even the makers of schemas lost their names."""

from __future__ import annotations

from driftseal.code.javascript import JavaScript
from driftseal.code.project import Project
from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.item import Json
from driftseal.observe.tools import find

MAKERS = """
function H(e, t) { return new e({ type: "string", ...N(t) }); }
function Z(e) { return H(D, e); }
function v(e, t) { const n = { type: "object", shape: e ?? {}, ...N(t) }; return new P(n); }
function o(e, t) { const n = Array.isArray(e) ? turn(e) : e; return new d({ type: "enum", entries: n, ...N(t) }); }
function w(e, t) { const n = look(e); log(n); warn(n); keep(n); return new d({ type: "enum", entries: n }); }
"""


def schema(call: str) -> Json:
    module = JavaScript().lower(f"{MAKERS}{call}".encode(), "main.js", DEFAULT_LIMITS)
    (one,) = find(Project({"main.js": module})).declared
    return one.schema


def test_a_maker_of_schemas_says_by_its_body_what_it_makes() -> None:
    read = schema(
        's.tool("go", "Goes", v({ at: o(["a", "b"]).describe("Where"), by: Z().optional() }), async (n) => n);'
    )
    properties = {"at": {"type": "string", "enum": ["a", "b"], "description": "Where"}, "by": {"type": "string"}}
    assert read == {"type": "object", "properties": properties, "required": ["at"]}


def test_what_does_more_than_make_a_schema_is_no_maker() -> None:
    assert schema('s.tool("go", "Goes", v({ at: w(["a"]) }), async (n) => n);') == {
        "type": "object",
        "properties": {"at": {}},
        "required": ["at"],
    }


def test_a_choice_out_of_values_that_nobody_knows_is_a_choice_all_the_same() -> None:
    read = schema('const t = names(); s.tool("go", "Goes", v({ at: o([t[0], ...t.slice(1)]) }), async (n) => n);')
    assert isinstance(read, dict)
    assert read["properties"] == {"at": {"type": "string", "enum": []}}


def test_a_text_that_is_partly_known_is_not_taken_for_the_schema() -> None:
    made = "function m() { const a = ask(); return { name: 'go', text: `Goes ${a}`, shape: v({ at: Z() }) }; }"
    call = "function put(s, t) { s.tool(t.name, t.text, t.shape, async (n) => n); }\nput(s, m());"
    assert schema(f"{made}\n{call}") == {"type": "object", "properties": {"at": {"type": "string"}}, "required": ["at"]}
