"""Tools that are harmless alone and dangerous in one session."""

from __future__ import annotations

from driftseal.model.item import Json
from sessions import matches, server, tool

URL: Json = {"type": "object", "properties": {"url": {"type": "string"}}}
WEB = server("web", tools=[tool("fetch_page", "Fetches a web page.", inputSchema=URL)])
FILES = server("files", tools=[tool("read_file", "Reads a file of the user.")])
MAIL = server("mail", tools=[tool("send_email", "Sends an email.")])


def test_a_way_out_for_private_data_is_told_as_a_path_of_tools() -> None:
    (match,) = matches("combinations", FILES, MAIL, WEB)
    assert match.rule_id == "private-data-can-leave"
    assert [(step.location.target, step.location.item) for step in match.steps] == [
        ("manifest/web", "tool:fetch_page"),
        ("manifest/files", "tool:read_file"),
        ("manifest/mail", "tool:send_email"),
    ]
    assert match.evidence == "fetch_page → read_file → send_email"
    assert "web: fetch_page takes in untrusted content" in match.steps[0].message


def test_every_step_is_a_tool_of_its_own() -> None:
    jack = server(
        "jack", tools=[tool("fetch_and_send_email", "Fetches a web page and sends an email with a local file.")]
    )
    assert matches("combinations", jack) == ()


def test_two_of_three_are_no_path() -> None:
    assert matches("combinations", WEB, FILES) == ()


def test_servers_that_never_meet_make_no_path() -> None:
    assert matches("combinations", WEB) == ()
    assert matches("combinations", MAIL) == ()


def test_an_annotation_speaks_louder_than_a_name() -> None:
    other = server(
        "other",
        tools=[tool("purge_list", "Empties a list."), tool("tidy", "Tidies.", annotations={"destructiveHint": True})],
    )
    (match,) = matches("combinations", WEB, other)
    assert (match.rule_id, match.location.item) == ("untrusted-content-can-destroy", "tool:tidy")
