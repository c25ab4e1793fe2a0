"""Whatever a configuration or a manifest holds, a collector gives snapshots, and never has an accident."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from configured import collect, context, write
from driftseal import snapshot
from driftseal.collect.client_config import ClientConfigCollector
from driftseal.collect.manifest import ManifestCollector, items_of
from driftseal.model.item import Json

WORDS = [
    "command",
    "cmd",
    "args",
    "env",
    "env_keys",
    "env_vars",
    "headers",
    "url",
    "httpUrl",
    "type",
    "transport",
    "cwd",
    "envFile",
    "oauth",
    "scopes",
    "tools",
    "trust",
    "autoApprove",
    "sandbox",
    "disabled",
    "enabled",
    "requestInit",
    "bearer_token_env_var",
    "headersHelper",
    "name",
    "path",
    "value",
    "description",
    "inputs",
    "id",
    "mcpServers",
    "servers",
    "mcp",
    "projects",
    "server",
    "mcp_config",
    "platform_overrides",
    "user_config",
    "manifest_version",
    "packages",
    "remotes",
    "registryType",
    "identifier",
    "version",
    "environmentVariables",
    "isSecret",
    "prompts",
    "resources",
    "result",
    "nextCursor",
    "serverInfo",
    "instructions",
    "_meta",
    "static_responses",
    "tools/list",
    "permissions",
    "allow",
    "$schema",
    "plugins",
    "registry",
    "extensions",
    "context_servers",
    "runtimeArguments",
    "win32",
    "$int",
    "#2",
]
TEXTS = st.sampled_from(
    [
        *[
            "npx",
            "~x/y",
            "~/x",
            "//",
            "${",
            "${input:a}",
            "stdio",
            "sse",
            "docker",
            "run",
            "--token",
            "-e",
            "=",
            ":",
            "{file:x}",
            "sh",
            "-c",
            "'",
            "1",
            "../..",
            "https://u:p@h",
        ],
        *("npx -y x", "a\0b", "./a\0", "\ud800", "x" * 300, "", "modelcontextprotocol"),
    ]
)
VALUES: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=6),
    max_leaves=20,
)
PLACES = [
    ("{}", ".mcp.json"),
    ('{{"mcpServers": {{"s": {}}}}}', ".cursor/mcp.json"),
    ('{{"mcpServers": {}}}', "p/.claude-plugin/plugin.json"),
    ('{{"servers": {{"s": {}}}, "inputs": {}}}', ".vscode/mcp.json"),
    ('{{"mcp": {{"s": {}}}}}', "opencode.json"),
    ('{{"manifest_version": "1", "server": {}, "tools": {}, "user_config": {}, "_meta": {}}}', "manifest.json"),
    ('{{"name": "a", "$schema": "modelcontextprotocol", "packages": [{}], "remotes": [{}]}}', "server.json"),
]


@pytest.mark.parametrize(("form", "name"), PLACES, ids=[name for _, name in PLACES])
@given(values=st.lists(VALUES, min_size=4, max_size=4))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
def test_any_configuration_becomes_snapshots(tmp_path: Path, form: str, name: str, values: list[Json]) -> None:
    write(tmp_path, name, form.format(*map(json.dumps, values)))
    write(tmp_path, "README.md", "so that the folder is a project")
    for taken in collect(".", context(tmp_path)):
        assert taken.target.reference.startswith(name.partition("/")[0])
        assert snapshot.load(snapshot.dump(taken), "s", context(tmp_path).limits).digest == taken.digest


@given(value=VALUES)
@settings(deadline=None)
def test_any_surface_becomes_items(value: Json) -> None:
    for surface in (value, {"tools": value}, {"result": value}, [value, {"name": "a", "description": value}]):
        list(items_of(surface, uri="m.json"))


@pytest.mark.parametrize(
    "reference", ["x" * 300, "stdio:" + "y" * 5000, "#", "a#b", "~", "~nobody/x", "", ".", "/", "npm:a@1"]
)
def test_any_reference_is_claimed_or_not(tmp_path: Path, reference: str) -> None:
    given_context = context(tmp_path)
    if reference not in {".", "~", "", "/"}:
        assert not ManifestCollector(given_context).claims(reference)
        assert not ClientConfigCollector(given_context).claims(reference)
