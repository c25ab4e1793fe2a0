from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configured import collect, content, context, one, server, write
from driftseal import snapshot
from driftseal.collect.clients import redact
from driftseal.model.item import ItemKind
from growth import grows_linearly

CANARY = "hunter2"  # too plain to be told by its looks: only its place says that it is secret
LOOKS = "xK9dJ2mQ8vR4tY7wZ1pLb3"  # nothing but its looks says so


@pytest.mark.parametrize(
    "name",
    [
        "API_KEY",
        "apiKey",
        "x-api-key",
        "Authorization",
        "GITHUB_TOKEN",
        "dbPassword",
        "DATABASE_URL",
        "--auth-token",
        "Cookie",
    ],
)
def test_names_of_secrets(name: str) -> None:
    assert redact.is_secret_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "LOG_LEVEL",
        "MAX_TOKENS",
        "KEYBOARD",
        "PATH",
        "author",
        "TOKENIZERS_PARALLELISM",
        "GOOGLE_APPLICATION_CREDENTIALS",
        "AUTH_TYPE",
    ],
)
def test_names_of_no_secrets(name: str) -> None:
    assert not redact.is_secret_name(name)


@pytest.mark.parametrize(
    "text",
    [
        "@modelcontextprotocol/server-filesystem@2025.8.21",
        "/home/user/My Projects/a-b_c/MyVeryLongClassNameHandler2",
        "C:\\Users\\me\\AppData\\Roaming\\npm\\node_modules\\x.js",
        "sha256:" + "0123456789abcdef" * 4,
        "9fceb02d0ae598e95dc970b74767f19372d61af8",
        "550e8400-e29b-41d4-a716-446655440000",
        "git+https://github.com/o/r@v1.2.3",
        "https://example.com/mcp?region=eu&page=2",
        "--transport=stdio",
        "server-everything-2025-11-25",
        "8080:8080",
        "NODE_OPTIONS=--max-old-space-size=4096",
        "${TOKEN}",
        "Bearer ${env:TOKEN}",
        "internationalization_localization",
        "Authorization: Bearer ${TOKEN}",
        "mkdir -p /a/b && cd /a/b",
        "Sends bearer tokens to the basic endpoint",
    ],
)
def test_ordinary_text_stays_readable(text: str) -> None:
    assert redact.redact(text) == text


@pytest.mark.parametrize(
    "secret",
    [
        "ghp_" + "a1B2" * 9,
        "github_pat_" + "a1B2" * 10,
        "glpat-" + "a1B2" * 5,
        "sk-ant-api03-" + "a1B2" * 8,
        "sk-proj-" + "a1B2" * 8,
        "AKIA" + "ABCD2345" * 2,
        "AIza" + "a1B2" * 9,
        "xoxb-" + "1234567890-abc",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
        "hf_" + "aB" * 17,
        "npm_" + "aB1" * 12,
        "sk_live_" + "a1B2" * 6,
        "SG." + "a1B2" * 5 + "." + "a1B2" * 10,
        "tvly-" + "a1B2" * 6,
        LOOKS,
    ],
)
def test_a_known_form_is_taken_out_wherever_it_stands(secret: str) -> None:
    for text in (secret, f"--x={secret}", f"a {secret} b", f"https://h.example/{secret}/mcp", f"x:{secret}"):
        assert secret not in redact.redact(text)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (f"https://u:{CANARY}@h.example/x", "https://<redacted>@h.example/x"),
        (f"https://{CANARY}@h.example/x", "https://<redacted>@h.example/x"),
        (f"https://a:b@c:{CANARY}@h.example/x", "https://<redacted>@h.example/x"),
        (f"postgres://a:{CANARY}@h/db", "postgres://<redacted>@h/db"),
        (f"https://h.example/x?a=1&api_key={CANARY}&b=2", "https://h.example/x?a=1&api_key=<redacted>&b=2"),
        (f"https://h.example/x#access_token={CANARY}", "https://h.example/x#access_token=<redacted>"),
        ("https://h.example/x?token=${TOKEN}", "https://h.example/x?token=${TOKEN}"),
        ("https://${USER}@h.example/x", "https://${USER}@h.example/x"),
    ],
)
def test_a_url_loses_its_credentials_and_nothing_else(url: str, shown: str) -> None:
    assert redact.redact(url) == shown


@pytest.mark.parametrize(
    ("arguments", "shown", "places"),
    [
        (["--token", CANARY], ["--token", "<redacted>"], [1]),
        ([f"--token={CANARY}"], ["--token=<redacted>"], [0]),
        (["--token", "--debug"], ["--token", "--debug"], []),
        (["--token", "${TOKEN}"], ["--token", "${TOKEN}"], []),
        (["--token", "<your token>"], ["--token", "<your token>"], []),
        ([f"API_KEY={CANARY}"], ["API_KEY=<redacted>"], [0]),
        (["-e", f"API_KEY={CANARY}"], ["-e", "API_KEY=<redacted>"], []),
        (["-e", "REGION=eu"], ["-e", "REGION=<redacted>"], []),
        (["-e", "API_KEY"], ["-e", "API_KEY"], []),
        (["--token", "your-token-here"], ["--token", "<redacted>"], []),
        (["-H", f"Authorization: Bearer {CANARY}"], ["-H", "Authorization: <redacted>"], [1]),
        (["--header", f"X-Whatever:{CANARY}"], ["--header", "X-Whatever:<redacted>"], []),
        (["-H", CANARY + "!"], ["-H", "<redacted>"], []),
        (["-p", "8080:80", "-p", CANARY], ["-p", "8080:80", "-p", "<redacted>"], [3]),
        (["-u", f"me:{CANARY}"], ["-u", "<redacted>"], [1]),
        (["${TOKEN:-" + CANARY + "}"], ["${TOKEN:-<redacted>}"], [0]),
        (["--port", "8080", "/a/b"], ["--port", "8080", "/a/b"], []),
    ],
)
def test_arguments_are_judged_by_their_flags(arguments: list[str], shown: list[str], places: list[int]) -> None:
    clean, secret = redact.arguments(arguments)
    assert clean == shown
    if places:
        assert secret == places


def test_references_are_named_without_their_defaults() -> None:
    text = "${A} $B ${env:C} ${D:-x} ${input:e} {env:F} {file:g} %H% ${{ secrets.I }}"
    assert list(redact.references(text)) == [
        "${A}", "$B", "${env:C}", "${D}", "${input:e}", "{env:F}", "{file:g}", "%H%", "${{ secrets.I }}",
    ]  # fmt: skip


@given(st.text())
def test_any_text_can_be_redacted_and_stays_so(text: str) -> None:
    once = redact.redact(text)
    assert redact.redact(once) == once


@pytest.mark.parametrize(
    "unit",
    [
        "-",
        "a://",
        "$",
        "${",
        "ab1",
        "a=",
        "&",
        "?a=",
        "token:",
        "<",
        "bearer ",
        "e.y",
        "token=",
        "a='",
        "//",
        "\ud800",
        "%a",
        "https://a/?",
    ],
)
def test_time_grows_no_faster_than_the_text(unit: str) -> None:
    def run(size: int) -> None:
        text = unit * (size // len(unit))
        redact.redact(text)
        redact.arguments([text])
        redact.url(f"https://a/{text}")
        redact.is_placeholder(text)

    assert grows_linearly(run, 40_000)


# --- no secret in anything that a collector gives -------------------------------------------------

ENTRIES = {
    "env": {"command": "x", "env": {"API_KEY": CANARY, "PLAIN": CANARY, "N": {"value": CANARY}}},
    "env list": {"command": "x", "env": [f"A={CANARY}", {"name": "B", "value": CANARY}, f"C:{CANARY}"]},
    "environment": {"command": ["x", "--password", CANARY], "environment": {"A": CANARY}},
    "envs": {"cmd": "x", "envs": {"A": CANARY}, "env_vars": {"B": CANARY}},
    "unknown env": {"command": "x", "variables": {"A": CANARY}, "secretThing": CANARY, "more": [CANARY], "pin": 7731},
    "args": {"command": "x", "args": ["--api-key", CANARY, f"--token={CANARY}", f"SECRET={CANARY}", LOOKS]},
    "args text": {"command": "x", "args": f"--api-key {CANARY}"},
    "docker": {"command": "docker", "args": ["run", "-e", f"A={CANARY}", "--env", f"B={CANARY}", "img"]},
    "command": {"command": f"npx -y x --token {CANARY}"},
    "command string": {"command": f"sh -c 'TOKEN={CANARY} npx x'"},
    "zed": {"command": {"path": "x", "args": ["--token", CANARY], "env": {"A": CANARY}}},
    "url": {"url": f"https://u:{CANARY}@h.example/mcp?key={CANARY}&token={CANARY}#password={CANARY}"},
    "urls": {"serverUrl": f"https://h.example/?api_key={CANARY}", "httpUrl": f"https://{CANARY}@h.example/"},
    "path": {"url": f"https://h.example/{LOOKS}/mcp"},
    "headers": {"url": "https://h.example", "headers": {"Authorization": f"Bearer {CANARY}", "X-Plain": CANARY}},
    "http_headers": {"url": "https://h.example", "http_headers": {"X-Key": CANARY}},
    "requestInit": {"url": "https://h.example", "requestInit": {"headers": {"Cookie": CANARY}, "body": CANARY}},
    "helper": {"url": "https://h.example", "headersHelper": f"/bin/get --secret {CANARY}"},
    "oauth": {"url": "https://h.example", "oauth": {"clientSecret": CANARY, "scopes": ["read"]}},
    "auth": {"url": "https://h.example", "auth": {"CLIENT_SECRET": CANARY, "password": CANARY}, "apiKey": CANARY},
    "permissions": {"command": "x", "autoApprove": [f"token={CANARY}"], "sandbox": {"password": CANARY}},
    "default": {"command": "x", "args": ["${API_TOKEN:-" + CANARY + "}"], "env": {"A": "${A:-" + CANARY + "}"}},
    "description": {"command": "x", "description": f"use password={CANARY} and {LOOKS}"},
    "package": {"command": "npx", "args": ["-y", f"git+https://{CANARY}@git.example/o/r.git"]},
    "cwd": {"command": "x", "cwd": f"/a/{LOOKS}", "envFile": f"/b/{LOOKS}"},
    "twice": f'{{"command": "x", "env": {{"A_KEY": "{CANARY}", "A_KEY": "{CANARY}"}}, "args": ["--key", "{CANARY}"]}}',
    "before the package": {"command": "npx", "args": ["--api-key", CANARY, "--verbose", "pkg"]},
    "odd flags": {"command": "npx", "args": ["--auth", CANARY, "-p", CANARY], "cwd": f"-u me:{CANARY}"},
    "like a placeholder": {"command": "x", "args": ["--password", f"my-{CANARY}", "--token", f"your-{CANARY}"]},
    "names": {"command": "x", "env": [f"no name {CANARY}"], "headers": {f"a {CANARY}": "x"}},
    "approved": {"command": "x", "autoApprove": [f"curl -H 'Authorization: Bearer {CANARY}'", f"Bearer {CANARY}"]},
    "more approved": {"command": "x", "alwaysAllow": [f"curl -u me:{CANARY} x", f"X-Api-Key: {CANARY}"]},
    "no scheme": {"url": f"//{CANARY}@h.example"},
    "chain": {"command": "x", "args": [f"a=b=TOKEN={CANARY}==", f"a TOKEN={CANARY}=x y"]},
}  # fmt: skip


@pytest.mark.parametrize("shape", ENTRIES)
def test_no_secret_of_any_shape_leaves_the_collector(tmp_path: Path, shape: str) -> None:
    entry = ENTRIES[shape]
    raw = entry if isinstance(entry, str) else json.dumps(entry)
    write(tmp_path, ".mcp.json", f'{{"mcpServers": {{"s": {raw}}}}}')
    for taken in collect(".", context(tmp_path)):
        for told in (snapshot.dump(taken).decode(), repr(taken), str(taken.gaps), str(taken.anomalies)):
            assert CANARY not in told
            assert LOOKS not in told
            assert "7731" not in told


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (".codex/config.toml", f'[mcp_servers.a]\nenv = {{ KEY = "{CANARY}" }}\ncommand = oops "{CANARY}"\n'),
        (".mcp.json", f'{{"mcpServers": {{"a": {{"env": {{"K": "{CANARY}"}}}}}} "{CANARY}": 1}}'),
        (".continue/config.yaml", f"mcpServers:\n  - env:\n      K: {CANARY}\n   x: [{CANARY}\n"),
        (".mcp.json", f'{{"mcpServers": {{"a": ["{CANARY}", {{}}]}}}}'),
    ],
)
def test_no_secret_stands_in_the_complaint_about_a_broken_file(tmp_path: Path, name: str, text: str) -> None:
    write(tmp_path, name, text)
    (whole,) = collect(".", context(tmp_path))
    assert whole.gaps
    assert CANARY not in repr(whole)


# --- what is told instead ------------------------------------------------------------------------


def test_places_of_inline_secrets_are_told(tmp_path: Path) -> None:
    raw = {
        "command": "npx",
        "args": ["-y", "srv", "--token", CANARY],
        "env": {"API_KEY": CANARY, "LOG_LEVEL": "debug", "OTHER_TOKEN": "${OTHER_TOKEN}"},
        "headers": {"Authorization": f"Bearer {CANARY}", "X-Region": "eu"},
        "url": f"https://h.example/?token={CANARY}",
    }
    launch = content(server(tmp_path, json.dumps(raw)), ItemKind.LAUNCH)
    assert launch["inline_secrets"] == ["args/3", "env/API_KEY", "headers/Authorization", "url"]
    assert launch["args"] == ["-y", "srv", "--token", "<redacted>"]
    assert launch["env"] == ["API_KEY", "LOG_LEVEL", "OTHER_TOKEN"]
    assert launch["headers"] == ["Authorization", "X-Region"]
    assert launch["url"] == "https://h.example/?token=<redacted>"


@pytest.mark.parametrize(
    ("value", "source"),
    [
        (CANARY, "inline"),
        ("${GITHUB_PAT}", "environment"),
        ("${env:GITHUB_PAT}", "environment"),
        ("${input:pat}", "input"),
        ("{file:/run/secrets/pat}", "file"),
        ("<your token>", "placeholder"),
        ("", "placeholder"),
        ("YOUR_TOKEN_HERE", "placeholder"),
        ("x", "placeholder"),
        ("xxx", "placeholder"),
        ("changeme", "placeholder"),
        ("<your-key>", "placeholder"),
        ("{{token}}", "placeholder"),
        ("[TOKEN]", "placeholder"),
        ("my-api-key", "placeholder"),
        ("API_KEY_HERE", "placeholder"),
        ("GITHUB_TOKEN", "placeholder"),
        ("ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "placeholder"),
        ("sk-ant-api03-...", "placeholder"),
        ("0000000000000000", "placeholder"),
        ("Bearer <token>", "placeholder"),
        ("false", "placeholder"),
        ("~/.config/tool/token", "file"),
        ("/run/secrets/github_pat", "file"),
        ("op://Private/GitHub/token", "keyring"),
        ("op://user:" + CANARY + "@Private/GitHub", "inline"),
        (r"C:\keys\github.txt", "file"),
        ("${GITHUB_PAT:-changeme}", "environment"),
        ("${GITHUB_PAT:-" + CANARY + "}", "environment,inline"),
        ("hunter2", "inline"),
        ("7731", "inline"),
        ("my-hunter2", "inline"),
        ("test1234", "inline"),
        ("ghp_xxxxAbCdEfGhIjKlMnOpQrStUv1234567", "inline"),
        ("/" + CANARY + "+/x=", "inline"),
        ("Bearer " + CANARY, "inline"),
    ],
)
def test_a_credential_says_where_its_value_comes_from(tmp_path: Path, value: str, source: str) -> None:
    taken = server(tmp_path, json.dumps({"command": "x", "env": {"GITHUB_TOKEN": value}}))
    credential = content(taken, ItemKind.CREDENTIAL, "GITHUB_TOKEN")
    assert credential["source"] == source
    assert credential["used_in"] == ["env"]
    assert ("inline_secrets" in content(taken, ItemKind.LAUNCH)) is ("inline" in source)


@pytest.mark.parametrize(
    ("entry", "inline"),
    [
        ({"url": "https://h.example/mcp?api_key=<your-key>&x=1"}, []),
        ({"url": "https://h.example/mcp?api_key=YOUR_API_KEY"}, []),
        ({"url": f"https://h.example/mcp?api_key={CANARY}"}, ["url"]),
        ({"command": "x", "args": ["postgresql://user:password@localhost:5432/db"]}, []),
        ({"command": "x", "args": [f"postgresql://user:{CANARY}@localhost:5432/db"]}, ["args/0"]),
        ({"command": "x", "args": [f"postgresql://{CANARY}@localhost:5432/db"]}, ["args/0"]),
        ({"command": "x", "args": ["--token", "x", "--key", "./key.pem", "--api-key=changeme"]}, []),
        ({"command": "x", "args": ["--token", CANARY]}, ["args/1"]),
        ({"url": "https://h.example", "headers": {"Authorization": "Bearer YOUR_TOKEN"}}, []),
    ],
)  # fmt: skip
def test_a_value_that_is_still_to_be_filled_in_is_no_written_secret(
    tmp_path: Path, entry: dict[str, object], inline: list[str]
) -> None:
    launch = content(server(tmp_path, json.dumps(entry)), ItemKind.LAUNCH)
    assert launch.get("inline_secrets", []) == inline


def test_a_variable_of_a_plain_name_is_no_credential(tmp_path: Path) -> None:
    taken = server(tmp_path, '{"command": "x", "env": {"LOG_LEVEL": "debug"}}')
    assert [item.name for item in taken.items if item.kind is ItemKind.CREDENTIAL] == []


def test_a_prompted_input_is_told_by_its_name(tmp_path: Path) -> None:
    write(
        tmp_path,
        ".vscode/mcp.json",
        '{"inputs": [{"id": "pat", "type": "promptString", "password": true, "default": "hunter2"}],'
        ' "servers": {"s": {"command": "x", "args": ["${input:pat}"]}}}',
    )
    taken = one(collect(".", context(tmp_path)), "s")
    assert content(taken, ItemKind.LAUNCH)["inputs"] == ["pat"]
    assert content(taken, ItemKind.CREDENTIAL, "${input:pat}")["source"] == "input"
    assert "hunter2" not in repr(taken)


def test_a_credential_is_found_by_its_line(tmp_path: Path) -> None:
    taken = server(tmp_path, '{\n"command": "x",\n"env": {\n"API_KEY": "hunter2"}}')
    (found,) = [item for item in taken.items if item.kind is ItemKind.CREDENTIAL]
    assert (found.evidence[0].uri, found.evidence[0].pointer, found.evidence[0].line) == (
        ".mcp.json",
        "/mcpServers/s/env/API_KEY",
        4,
    )
