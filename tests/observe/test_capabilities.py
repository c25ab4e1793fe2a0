"""What tools can do, read from their words and their annotations."""

from __future__ import annotations

import pytest

from driftseal.model.item import Json
from driftseal.model.observation import Basis, Label
from driftseal.observe import capabilities, words
from growth import grows_linearly
from sessions import server, session, tool

TEXT, DECLARED = Basis.TEXT, Basis.DECLARED


def labels(*tools: Json) -> set[tuple[Label, Basis, str]]:
    found = capabilities.of_sessions([session(server("s", tools=list(tools)))])
    return {(capability.label, capability.origin, capability.evidence) for capability in found}


@pytest.mark.parametrize(
    ("name", "description", "label", "evidence"),
    [
        ("read_file", "", Label.READS_PRIVATE, "read file"),
        ("searchMessages", "", Label.READS_PRIVATE, "search messages"),
        ("fetch_page", "", Label.UNTRUSTED_INPUT, "fetch page"),
        ("browser_open", "", Label.UNTRUSTED_INPUT, "browser"),
        ("x", "Looks things up in any URL.", Label.UNTRUSTED_INPUT, "any url"),
        ("send_email", "", Label.SENDS_OUT, "send"),
        ("notifier", "Sends a message to a channel.", Label.SENDS_OUT, "send"),
        ("update_row", "", Label.WRITES, "update"),
        ("row", "Updates a row.", Label.WRITES, "update"),
        ("run_command", "", Label.EXECUTES, "run command"),
        ("sandbox", "Executes Python code.", Label.EXECUTES, "execute code"),
        ("delete_user", "", Label.DESTROYS, "delete"),
        ("x", "Permanently delete it.", Label.DESTROYS, "delete"),
        ("pay_invoice", "", Label.SPENDS, "pay"),
        ("place_order", "", Label.SPENDS, "place order"),
    ],
)
def test_words_of_a_tool_say_what_it_can_do(name: str, description: str, label: Label, evidence: str) -> None:
    assert (label, TEXT, evidence) in labels(tool(name, description))


@pytest.mark.parametrize(
    ("name", "description"),
    [
        ("get_weather", "Get the weather of a town."),
        ("add_numbers_up", ""),
        ("list_deleted_models", "List models that were deleted and sent away."),
        ("run_query", "Runs a query."),
        ("order_by_name", "Sort by name."),
    ],
)
def test_harmless_tools_do_not_destroy_send_run_or_spend(name: str, description: str) -> None:
    grave = {Label.DESTROYS, Label.SENDS_OUT, Label.EXECUTES, Label.SPENDS}
    assert not {label for label, *_ in labels(tool(name, description))} & grave


def test_parameters_say_what_a_tool_takes() -> None:
    found = labels(tool("do", "", inputSchema={"properties": {"shell_command": {}, "webhook-url": {}, "url": {}}}))
    assert found == {
        (Label.EXECUTES, TEXT, "parameter shell_command"),
        (Label.SENDS_OUT, TEXT, "parameter webhook-url"),
        (Label.UNTRUSTED_INPUT, TEXT, "parameter url"),
    }


def test_annotations_that_admit_something_are_declared_and_those_that_deny_it_are_not_believed() -> None:
    assert labels(
        tool("x", "", annotations={"readOnlyHint": False, "destructiveHint": True, "openWorldHint": True})
    ) == {
        (Label.WRITES, DECLARED, "readOnlyHint: false"),
        (Label.DESTROYS, DECLARED, "destructiveHint: true"),
        (Label.UNTRUSTED_INPUT, DECLARED, "openWorldHint: true"),
    }
    found = labels(tool("delete_user", "", annotations={"readOnlyHint": True, "destructiveHint": True}))
    assert (Label.DESTROYS, TEXT, "delete") in found
    assert not any(basis is DECLARED for _, basis, _ in found)


def test_resources_say_where_their_text_comes_from() -> None:
    resources: Json = [{"uri": "FILE:///srv/a"}, {"uri": "https://example.com/"}, {"uri": "note://x"}]
    found = capabilities.of_sessions([session(server("s", resources=resources))])
    assert {(capability.item, capability.label) for capability in found} == {
        ("resource:FILE:///srv/a", Label.READS_PRIVATE),
        ("resource:https://example.com/", Label.UNTRUSTED_INPUT),
    }


def test_odd_definitions_have_no_capabilities_and_no_errors() -> None:
    odd: list[Json] = [
        {"name": "x", "description": 7, "inputSchema": []},
        {"name": "x", "inputSchema": {"properties": ["command"]}},
        {"name": "", "annotations": "readOnlyHint"},
    ]
    assert labels(*odd) == set()


@pytest.mark.parametrize(
    ("identifier", "parts"),
    [
        ("get_user-ID", ("get", "user", "id")),
        ("readHTTPHeader2", ("read", "http", "header", "2")),
        ("a.b/c", ("a", "b", "c")),
        ("\u0447\u0438\u0442\u0430\u0442\u044c_file", ("\u0447\u0438\u0442\u0430\u0442\u044c", "file")),
        ("", ()),
    ],
)
def test_identifiers_are_cut_into_words(identifier: str, parts: tuple[str, ...]) -> None:
    assert words.split(identifier) == parts


@pytest.mark.parametrize(
    ("text", "verb"),
    [
        ("Deletes a file", "delete"),
        ("This tool will send it", "send"),
        ("**Copies** x", "copy"),
        ("A file", ""),
        ("", ""),
    ],
)
def test_the_leading_verb_is_found_in_its_plain_form(text: str, verb: str) -> None:
    assert words.lead(text)[0] == verb


def test_a_thousand_tools_are_read_in_linear_time() -> None:
    text = "Searches the messages of a mailbox and returns what was found. " * 12
    schema: Json = {"properties": {f"parameter_{number}": {"type": "string"} for number in range(8)}}

    def look(count: int) -> None:
        tools: list[Json] = [tool(f"search_{number}", text, inputSchema=schema) for number in range(count)]
        assert list(capabilities.of_sessions([session(server("s", tools=tools))]))

    assert grows_linearly(look, 125)
