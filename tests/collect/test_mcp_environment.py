from __future__ import annotations

import json
from pathlib import Path

import pytest

from asking import anomalies, asked, content, context, gaps, keys, look_at
from driftseal import snapshot
from driftseal.collect.base import Consent
from driftseal.collect.mcp.environment import PLACEHOLDER, PLACEHOLDER_URL, launch
from driftseal.collect.mcp.spec import StdioSpec
from driftseal.model.item import AnomalyKind

CANARY = "canary-5fQ2x9LwZ7"
WANTED = Consent(env=("WANTED_TOKEN",))
ITS_HOME = Path("/home/of-a-server")
OURS = {
    "PATH": "/usr/bin:/bin",
    "HOME": "/home/alice",
    "AWS_SECRET_ACCESS_KEY": CANARY,
    "WANTED_TOKEN": "real-" + CANARY,
}


def env_of(configured: dict[str, str], consent: Consent | None = None) -> dict[str, str]:
    spec = StdioSpec("server", (), configured)
    return dict(launch(spec, context(consent, environment=OURS), ITS_HOME).env)


def test_a_server_gets_its_own_home_and_nothing_else_of_ours() -> None:
    env = env_of({})
    assert env["PATH"] == OURS["PATH"]
    assert env["HOME"] == str(ITS_HOME)
    assert CANARY not in "".join(env.values())
    assert not {"AWS_SECRET_ACCESS_KEY", "WANTED_TOKEN"} & env.keys()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GITHUB_TOKEN", "a-literal-that-is-named-a-token"),
        ("HARMLESS", "ghp_0123456789abcdefghijABCDEFGHIJ012345"),
        ("A", "${GITHUB_TOKEN}"),
        ("B", "${env:GITHUB_TOKEN}"),
        ("C", "${input:token}"),
        ("D", "{env:GITHUB_TOKEN}"),
        ("E", "prefix-${X:-default}"),
        ("F", "${{ secrets.X }}"),
    ],
)
def test_secrets_and_unexpanded_references_give_way_to_a_placeholder(name: str, value: str) -> None:
    assert env_of({name: value})[name] == PLACEHOLDER


def test_a_placeholder_for_an_address_is_an_address() -> None:
    assert env_of({"API_URL": "${API_URL}"})["API_URL"] == PLACEHOLDER_URL


def test_plain_settings_are_handed_on() -> None:
    assert (
        env_of({"LOG_LEVEL": "debug", "DB_PATH": "/data/a.db"}).items()
        >= {"LOG_LEVEL": "debug", "DB_PATH": "/data/a.db"}.items()
    )


def test_a_variable_named_by_the_user_comes_with_its_real_value() -> None:
    env = env_of({"TOKEN": "${WANTED_TOKEN}", "OTHER": "${AWS_SECRET_ACCESS_KEY}"}, WANTED)
    assert env["WANTED_TOKEN"] == env["TOKEN"] == "real-" + CANARY
    assert env["OTHER"] == PLACEHOLDER


@pytest.mark.parametrize(
    "configured", [{"WANTED_TOKEN": ""}, {"A": "${env:WANTED_TOKEN}"}, {"A": "${WANTED_TOKEN:-x}"}]
)
def test_a_real_value_goes_where_the_configuration_names_its_variable(configured: dict[str, str]) -> None:
    assert env_of(configured, WANTED)["WANTED_TOKEN"] == "real-" + CANARY


def test_a_real_value_goes_to_no_server_that_does_not_name_it() -> None:
    assert CANARY not in str(env_of({"OTHER": "x", "ALSO": "${WANTED_TOKEN_2}"}, WANTED))


def test_a_variable_that_is_not_set_is_an_error_with_a_mend() -> None:
    taken = look_at(asked("good_stdio.py", env={"GONE": "${GONE}"}), context(Consent(env=("GONE",)), environment=OURS))
    assert "--env: variable GONE is not set; export it first" in gaps(taken)


def test_a_secret_argument_is_not_handed_to_a_configured_server() -> None:
    arguments = ("--api-key", CANARY, "--verbose", "postgres://app:hunter22@db/x")
    given = launch(StdioSpec("server", arguments), context(), ITS_HOME)
    assert CANARY not in " ".join(given.args)
    assert "hunter22" not in " ".join(given.args)
    assert given.args[2] == "--verbose"


def test_what_a_user_types_is_meant_as_it_stands() -> None:
    given = launch(StdioSpec("server", ("--api-key", CANARY), named=True), context(), ITS_HOME)
    assert given.args == ("--api-key", CANARY)


def test_secrets_that_a_server_repeats_enter_no_snapshot() -> None:
    server = asked(
        "hostile_processes.py", "tells_environment", "--password", CANARY, env={"MY_TOKEN": CANARY + "1"}, named=True
    )
    taken = look_at(server, context(WANTED, environment=OURS))
    listed = content(taken, "tool:env")
    assert isinstance(listed, dict)
    assert '"WANTED_TOKEN": "[hidden]"' in str(listed["description"])
    assert CANARY.encode() not in snapshot.dump(taken)


def test_secrets_in_a_server_s_last_words_are_hidden() -> None:
    code = "import os, sys; sys.exit('bad password ' + os.environ['MY_TOKEN'])"
    taken = look_at(asked("/usr/bin/env", "python3", "-c", code, env={"MY_TOKEN": CANARY}, named=True))
    assert "bad password [hidden]" in gaps(taken)


def test_where_the_temporary_home_lies_is_no_drift() -> None:
    first, second = (
        look_at(asked("hostile_processes.py", "tells_home"), context(Consent(read_resources=True))) for _ in range(2)
    )
    assert first.digest == second.digest
    assert "resource:file:///home/of-this-server/notes.db" in keys(first)
    assert '"text": "True"' in json.dumps(content(first, "resource:file:///home/of-this-server/notes.db body"))
    described = content(first, "tool:php")
    assert isinstance(described, dict)
    assert described["description"] == "/home/of-this-server/notes.db"
    assert anomalies(first, AnomalyKind.CLOAKING) == []


@pytest.mark.parametrize(
    "name", ["PATH", "NODE_OPTIONS", "node_options", "LD_PRELOAD", "PYTHONPATH", "BASH_ENV", "HOME", "HTTPS_PROXY"]
)
def test_unattended_no_configured_value_decides_which_code_runs(name: str) -> None:
    alone = Consent(unattended=True)
    assert env_of({name: "/evil"}, alone).get(name) == env_of({}, alone).get(name)
    assert launch(StdioSpec("s", (), {name: "/evil"}), context(alone, environment=OURS), ITS_HOME).placeholders == (
        name,
    )


def test_unattended_plain_settings_are_still_handed_on() -> None:
    assert env_of({"LOG_LEVEL": "debug"}, Consent(unattended=True))["LOG_LEVEL"] == "debug"


def test_unattended_a_variable_that_the_user_names_has_the_users_value() -> None:
    named = Consent(unattended=True, env=("NODE_OPTIONS",))
    spec = StdioSpec("s", (), {"NODE_OPTIONS": "--require ./evil.js"})
    env = launch(spec, context(named, environment={**OURS, "NODE_OPTIONS": "--max-old-space-size=64"}), ITS_HOME).env
    assert env["NODE_OPTIONS"] == "--max-old-space-size=64"
