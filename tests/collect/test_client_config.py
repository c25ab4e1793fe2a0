from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from configured import NOW, collect, content, context, item, lay_out, layouts, one, server, write
from driftseal.collect.base import Consent
from driftseal.collect.client_config import ClientConfigCollector
from driftseal.collect.clients import paths, table
from driftseal.collect.manifest import ManifestCollector
from driftseal.errors import TargetError
from driftseal.limits import Limits
from driftseal.model.item import AnomalyKind, ItemKind
from driftseal.model.snapshot import Origin, Snapshot


def servers(snapshots: list[Snapshot]) -> dict[str, str]:
    """Client of every server found; what stands for a whole file is none."""
    return {
        snapshot.target.name: snapshot.target.identity.partition("/")[0]
        for snapshot in snapshots
        if any(entry.kind is ItemKind.LAUNCH for entry in snapshot.items)
    }


def gaps(snapshots: list[Snapshot]) -> list[str]:
    return [gap.why for snapshot in snapshots for gap in snapshot.gaps]


# --- what is found -----------------------------------------------------------------------------


def test_every_configuration_of_a_project_is_found_and_nothing_else(tmp_path: Path) -> None:
    expected = lay_out("project", tmp_path)
    snapshots = collect(".", context(tmp_path))
    assert servers(snapshots) == expected
    assert gaps(snapshots) == []
    assert len(expected) > 36


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_every_configuration_of_a_user_is_found_and_nothing_else(tmp_path: Path, platform: str) -> None:
    home = tmp_path / "home"
    expected = lay_out(platform, home)
    snapshots = collect("machine", context(tmp_path / "elsewhere", home=home, platform=platform))
    assert servers(snapshots) == expected
    assert gaps(snapshots) == []
    assert len(expected) > 40


def test_the_layouts_show_more_than_forty_clients_and_places() -> None:
    assert len(layouts()) > 70
    assert len({layout.client for layout in layouts()}) > 30


def test_a_clients_own_folder_is_known_when_it_is_the_one_searched(tmp_path: Path) -> None:
    write(tmp_path, ".cursor/mcp.json", '{"mcpServers": {"s": {"command": "x"}}}')
    target = one(collect(".cursor", context(tmp_path)), "s").target
    assert (target.identity, target.session) == ("cursor/project/.cursor/mcp.json/s", "cursor:.")


def test_no_server_is_seen_in_files_of_other_programs(tmp_path: Path) -> None:
    write(tmp_path, "manifest.json", '{"manifest_version": 3, "name": "a browser extension", "version": "1"}')
    write(tmp_path, "server.json", '{"name": "web", "port": 80, "remotes": ["a"]}')
    write(tmp_path, "mcp.json", '{"servers": {"web": {"port": 80, "host": "a"}}}')
    write(tmp_path, ".vscode/settings.json", '{"servers": {"x": {"command": "vim"}}, "mcp": {"enabled": true}}')
    write(tmp_path, ".codex/config.toml", 'model = "x"\n')
    write(tmp_path, "opencode.json", '{"mcp": {}}')
    write(tmp_path, "package.json", '{"mcpServers": {"x": {"command": "x"}}}')
    write(tmp_path, ".github/agents/a.md", "# no front matter, mcp-servers or not\n")
    assert collect(".", context(tmp_path)) == []


def test_folders_of_dependencies_are_not_searched(tmp_path: Path) -> None:
    config = '{"mcpServers": {"x": {"command": "x"}}}'
    for folder in (".git", "node_modules/a", "venv/lib/python3.12/site-packages/a"):
        write(tmp_path, f"{folder}/.mcp.json", config)
    write(tmp_path, "venv/pyvenv.cfg", "home = /usr\n")
    assert collect(".", context(tmp_path)) == []


def test_a_mark_of_a_virtual_environment_hides_no_configuration(tmp_path: Path) -> None:
    write(tmp_path, "pyvenv.cfg", "home = /usr\n")
    write(tmp_path, ".mcp.json", '{"mcpServers": {"top": {"command": "x"}}}')
    write(tmp_path, ".cursor/mcp.json", '{"mcpServers": {"below": {"command": "x"}}}')
    assert set(servers(collect(".", context(tmp_path)))) == {"top", "below"}


def test_letter_case_hides_nothing(tmp_path: Path) -> None:
    write(tmp_path, ".MCP.json", '{"mcpServers": {"x": {"command": "x"}}}')
    assert servers(collect(".", context(tmp_path))) == {"x": "claude-code"}


def test_an_escaped_key_hides_nothing(tmp_path: Path) -> None:
    write(tmp_path, "mcp.json", '{"\\u006dcpServers": {"x": {"command": "x"}}}')
    assert servers(collect(".", context(tmp_path))) == {"x": "shared"}


def test_the_environment_says_where_configurations_lie(tmp_path: Path) -> None:
    write(tmp_path, "claude/.claude.json", '{"mcpServers": {"a": {"command": "x"}}}')
    write(tmp_path, "codex/config.toml", '[mcp_servers.b]\ncommand = "x"\n')
    write(tmp_path, "oc.json", '{"mcp": {"c": {"type": "local", "command": ["x"]}}}')
    write(tmp_path, "xdg/mcp/mcp.json", '{"mcpServers": {"d": {"command": "x"}}}')
    environment = {
        "CLAUDE_CONFIG_DIR": str(tmp_path / "claude"),
        "CODEX_HOME": str(tmp_path / "codex"),
        "OPENCODE_CONFIG": str(tmp_path / "oc.json"),
        "XDG_CONFIG_HOME": str(tmp_path / "xdg"),
    }
    found = collect("machine", context(tmp_path / "w", home=tmp_path / "home", environment=environment))
    assert servers(found) == {"a": "claude-code", "b": "codex", "c": "opencode", "d": "shared"}


def test_windows_folders_come_from_the_environment(tmp_path: Path) -> None:
    write(tmp_path, "Roaming/Claude/claude_desktop_config.json", '{"mcpServers": {"a": {"command": "x"}}}')
    environment = {
        "APPDATA": str(tmp_path / "Roaming").replace("/", "\\") if os.name == "nt" else str(tmp_path / "Roaming")
    }
    given = context(tmp_path / "w", home=tmp_path / "home", platform="win32", environment=environment)
    assert servers(collect("machine", given)) == {"a": "claude-desktop"}


# --- what a target is called -------------------------------------------------------------------


def test_reference_identity_and_session_of_a_project_server(tmp_path: Path) -> None:
    write(tmp_path, "app/.cursor/mcp.json", '{"mcpServers": {"s": {"command": "x"}}}')
    target = one(collect(".", context(tmp_path)), "s").target
    assert target.reference == "app/.cursor/mcp.json#s"
    assert target.identity == "cursor/project/app/.cursor/mcp.json/s"
    assert target.session == "cursor:app"
    assert target.kind == "client_config"


def test_an_identity_does_not_hang_on_where_one_stands_in_a_checkout(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    write(tmp_path, "app/.cursor/mcp.json", '{"mcpServers": {"s": {"command": "x"}}}')
    above = one(collect(".", context(tmp_path)), "s").target
    inside = one(collect(".", context(tmp_path / "app")), "s").target
    assert inside.identity == above.identity == "cursor/project/app/.cursor/mcp.json/s"
    assert inside.reference == ".cursor/mcp.json#s"


def test_a_nested_checkout_cannot_take_the_identity_of_another_server(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "sub"):
        (folder / ".git").mkdir(parents=True)
        write(folder, ".mcp.json", '{"mcpServers": {"s": {"command": "x"}}}')
    collector = ClientConfigCollector(context(tmp_path))
    targets = [target for reference in (".mcp.json", "sub/.mcp.json") for target in collector.targets(reference)]
    assert [target.identity for target in targets] == [
        "claude-code/project/.mcp.json/s",
        "claude-code/project/sub/.mcp.json/s",
    ]


def test_two_checkouts_side_by_side_keep_apart(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name / ".git").mkdir(parents=True)
        write(tmp_path, f"{name}/.mcp.json", '{"mcpServers": {"s": {"command": "x"}}}')
    collector = ClientConfigCollector(context(tmp_path / "elsewhere"))
    first, second = [*collector.targets(str(tmp_path / "a")), *collector.targets(str(tmp_path / "b"))]
    assert first.identity == "claude-code/project/.mcp.json/s"
    assert second.identity == "claude-code/project/.mcp.json/s#2"


def test_a_server_that_stands_twice_is_two_targets(tmp_path: Path) -> None:
    write(tmp_path, ".vscode/mcp.json", '{"servers": {"s": {"command": "a"}}, "mcpServers": {"s": {"command": "b"}}}')
    snapshots = collect(".", context(tmp_path))
    assert sorted(snapshot.target.reference for snapshot in snapshots) == [
        ".vscode/mcp.json#s",
        ".vscode/mcp.json#s#2",
    ]
    assert {str(content(snapshot, ItemKind.LAUNCH)["command"]) for snapshot in snapshots} == {"a", "b"}


def test_the_same_file_named_twice_is_the_same_target(tmp_path: Path) -> None:
    write(tmp_path, ".mcp.json", '{"mcpServers": {"s": {"command": "a"}}}')
    collector = ClientConfigCollector(context(tmp_path))
    assert (
        list(collector.targets(".")) == list(collector.targets(".mcp.json")) == list(collector.targets("./.mcp.json#s"))
    )


def test_a_users_server_is_told_from_the_home(tmp_path: Path) -> None:
    home = tmp_path / "home"
    write(home, ".cursor/mcp.json", '{"mcpServers": {"s": {"command": "x"}}}')
    target = one(collect("machine", context(tmp_path / "w", home=home)), "s").target
    assert target.reference == "~/.cursor/mcp.json#s"
    assert target.identity == "cursor/user/~/.cursor/mcp.json/s"
    assert target.session == "cursor:user"
    assert one(collect("~/.cursor/mcp.json#s", context(tmp_path / "w", home=home)), "s").target.name == "s"


def test_servers_kept_for_one_project_join_its_session(tmp_path: Path) -> None:
    project, home = tmp_path / "home" / "project", tmp_path / "home"
    write(project, ".mcp.json", '{"mcpServers": {"shared": {"command": "x"}}}')
    write(
        home,
        ".claude.json",
        f'{{"projects": {{"{project.as_posix()}": {{"mcpServers": {{"mine": {{"command": "x"}}}}}}}}}}',
    )
    given = context(project, home=home)
    mine = one(collect("machine", given), "mine").target
    assert mine.session == one(collect(".", given), "shared").target.session == "claude-code:."
    assert mine.identity == "claude-code/local/~/.claude.json/~/project/mine"
    assert mine.reference == "~/.claude.json#.#mine"


def test_a_profile_or_a_plugin_of_a_list_is_no_project(tmp_path: Path) -> None:
    write(tmp_path, ".codex/config.toml", '[profiles.fast.mcp_servers.s]\ncommand = "x"\n')
    write(tmp_path, ".claude-plugin/marketplace.json", '{"plugins": [{"mcpServers": {"t": {"command": "x"}}}]}')
    snapshots = collect(".", context(tmp_path))
    assert one(snapshots, "s").target.identity == "codex/project/.codex/config.toml/s"
    assert one(snapshots, "t").target.session == "claude-code:."


def test_a_server_that_is_not_there_is_an_error_that_names_the_others(tmp_path: Path) -> None:
    write(tmp_path, ".mcp.json", '{"mcpServers": {"a": {"command": "x"}, "b": {"command": "x"}}}')
    with pytest.raises(TargetError, match=r"\.mcp\.json#c: no server 'c' in it") as caught:
        list(ClientConfigCollector(context(tmp_path)).targets(".mcp.json#c"))
    assert caught.value.hint == "there are: a, b"


def test_a_file_of_any_name_is_read_by_its_shape(tmp_path: Path) -> None:
    write(tmp_path, "team-servers.json", '{"mcpServers": {"s": {"command": "x"}}}')
    write(tmp_path, "other.json", '{"name": "x"}')
    assert servers(collect("team-servers.json", context(tmp_path))) == {"s": "shared"}
    assert not ClientConfigCollector(context(tmp_path)).claims("other.json")


def test_a_disabled_server_is_told_and_marked(tmp_path: Path) -> None:
    assert server(tmp_path, '{"command": "x", "disabled": true}').target.enabled is False
    assert server(tmp_path, '{"command": "x", "enabled": false}').target.enabled is False
    assert server(tmp_path, '{"command": "x", "enabled": true}').target.enabled is True


def test_without_consent_a_snapshot_is_static_and_carries_the_given_time(tmp_path: Path) -> None:
    snapshot = server(tmp_path, '{"command": "/bin/false"}')
    assert snapshot.origin is Origin.STATIC
    assert snapshot.collected_at == NOW


def test_a_transport_that_cannot_be_asked_is_a_gap_when_asking_was_wanted(tmp_path: Path) -> None:
    raw = '{"type": "ws", "url": "wss://a.example/mcp"}'
    snapshot = server(tmp_path, raw, context(tmp_path, consent=Consent(connect=True)))
    assert [gap.why for gap in snapshot.gaps] == [
        "its transport 'websocket' cannot be asked; only stdio, http and sse can"
    ]
    assert server(tmp_path, raw).gaps == ()


@pytest.mark.parametrize("raw", ['{"args": 3}', '{"url": "ws://a.example"}', '{"env": {"A": "b"}}'])
def test_an_entry_that_nothing_reaches_is_a_gap_when_asking_was_wanted(tmp_path: Path, raw: str) -> None:
    snapshot = server(tmp_path, raw, context(tmp_path, consent=Consent(start=True, connect=True)))
    assert [gap.why for gap in snapshot.gaps] == ["it names no command and no URL that can be asked"]
    assert server(tmp_path, raw).gaps == ()


def test_a_server_of_a_broken_file_is_told_by_what_breaks_the_file(tmp_path: Path) -> None:
    write(tmp_path, ".mcp.json", '{"mcpServers": {"a": oops')
    (found,) = collect(".mcp.json#a", context(tmp_path))
    assert ".mcp.json:1:22: not valid JSON" in found.gaps[0].why


# --- broken and hostile ------------------------------------------------------------------------


def test_a_broken_file_is_a_gap_with_line_and_mend_and_the_others_are_read(tmp_path: Path) -> None:
    write(tmp_path, ".mcp.json", '{"mcpServers": {"good": {"command": "x"}}}')
    write(tmp_path, ".cursor/mcp.json", '{\n  "mcpServers": {\n    "a": oops\n')
    write(tmp_path, ".codex/config.toml", "[mcp_servers.a]\ncommand = \n")
    write(tmp_path, ".continue/mcpServers/a.yaml", "mcpServers:\n  - name: [\n")
    snapshots = collect(".", context(tmp_path))
    assert servers(snapshots) == {"good": "claude-code"}
    assert sorted(gap.replace("mcpServers/a", "x") for gap in gaps(snapshots)) == [
        ".codex/config.toml:2: not valid TOML: Invalid value; mend the syntax on that line",
        ".continue/x.yaml:3: not valid YAML: did not find expected node content; mend the syntax on that line",
        ".cursor/mcp.json:3:10: not valid JSON: Expecting value; mend the syntax on that line",
    ]


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        (".mcp.json", b"[" * 100_000, "nested deeper"),
        (".mcp.json", b'{"a":' * 100 + b"1" + b"}" * 100, "nested deeper"),
        (".mcp.json", b'{"mcpServers": {"a": {"command": "x\0"}}}', "not valid JSON"),
        (".mcp.json", '{"mcpServers": {}}'.encode("utf-16"), "not UTF-8"),
        (".mcp.json", b'{"mcpServers": {}}' + b" " * 200_000, "larger than 100000 bytes"),
        (".codex/config.toml", b"a = " + b"[" * 50_000, "nested deeper"),
        (".continue/config.yaml", b"a: &a [x]\nb: *a\n", "aliases are not read"),
        (".continue/config.yaml", b"- " * 30_000, "nested deeper"),
        (".continue/config.yaml", b"mcpServers: 1" + b":1" * 45_000, ""),
        (".mcp.json", b'{"mcpServers": {"a": 7}}', "no object"),
        ("x.mcpb", b"PK\x03\x04 nothing", "not a readable ZIP file"),
        (".claude/agents/a.md", b"---\nmcpServers: {}\nname: x\n", "never ends"),
    ],
)
def test_a_hostile_file_is_a_gap_and_no_crash(tmp_path: Path, name: str, data: bytes, why: str) -> None:
    write(tmp_path, name, data)
    found = gaps(collect(".", context(tmp_path, limits=Limits(file_bytes=100_000, slow_text_bytes=100_000))))
    assert [why in text for text in found] == ([True] if why else [])


def test_a_byte_order_mark_is_read_over(tmp_path: Path) -> None:
    write(tmp_path, ".mcp.json", b'\xef\xbb\xbf{"mcpServers": {"s": {"command": "x"}}}')
    assert servers(collect(".", context(tmp_path))) == {"s": "claude-code"}


def test_a_key_given_twice_is_told_and_the_last_one_counts_as_for_clients(tmp_path: Path) -> None:
    snapshot = server(tmp_path, '{"command": "good", "command": "evil"}')
    assert content(snapshot, ItemKind.LAUNCH)["command"] == "evil"
    whole = one(collect(".", context(tmp_path)), ".mcp.json")
    assert [(anomaly.kind, anomaly.detail) for anomaly in whole.anomalies] == [
        (AnomalyKind.DUPLICATE_KEY, ".mcp.json: one object holds 'command' twice")
    ]


def test_a_link_out_of_the_project_is_a_gap(tmp_path: Path) -> None:
    write(tmp_path, "outside/mcp.json", '{"mcpServers": {"s": {"command": "x"}}}')
    project = tmp_path / "project"
    (project / ".cursor").mkdir(parents=True)
    (project / ".cursor/mcp.json").symlink_to(tmp_path / "outside/mcp.json")
    (project / ".vscode").symlink_to(tmp_path / "outside")
    (project / "data").symlink_to(tmp_path / "outside")
    (whole,) = collect(".", context(project))
    assert [(gap.what, gap.why[:36]) for gap in whole.gaps] == [
        (".vscode", "a link that leads out of the project"),
        (".cursor/mcp.json", "a link that leads out of the project"),
    ]


def test_a_link_inside_the_project_is_followed_as_clients_do(tmp_path: Path) -> None:
    write(tmp_path, "innocent/settings.json", '{"mcp": {"servers": {"s": {"command": "x"}}}}')
    (tmp_path / ".vscode").symlink_to("innocent")
    write(tmp_path, "real.json", '{"mcpServers": {"t": {"command": "x"}}}')
    (tmp_path / ".mcp.json").symlink_to("real.json")
    assert servers(collect(".", context(tmp_path))) == {"s": "vscode", "t": "claude-code"}


def test_circles_of_links_end(tmp_path: Path) -> None:
    (tmp_path / ".cursor").symlink_to(".")
    (tmp_path / ".vscode").symlink_to(".cursor")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / ".mcp.json").symlink_to(".mcp.json")
    write(tmp_path, "settings.json", '{"mcp": {"servers": {"s": {"command": "x"}}}}')
    snapshots = collect(".", context(tmp_path))
    assert servers(snapshots) == {"s": "vscode"}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes on this platform")
def test_a_pipe_is_a_gap_and_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / ".mcp.json")
    (whole,) = collect(".", context(tmp_path))
    assert [gap.why for gap in whole.gaps] == [".mcp.json: not a regular file; put a plain file there, or remove it"]


def test_a_link_to_nothing_is_a_gap(tmp_path: Path) -> None:
    (tmp_path / ".mcp.json").symlink_to("gone.json")
    (whole,) = collect(".", context(tmp_path))
    assert whole.gaps[0].why == (".mcp.json: cannot be read: No such file or directory; make it readable, or remove it")


def test_a_larger_tree_than_allowed_is_a_gap(tmp_path: Path) -> None:
    for number in range(5):
        write(tmp_path, f"f{number}", "")
    (whole,) = collect(".", context(tmp_path, limits=Limits(files=4)))
    assert "more than 4 folder entries" in whole.gaps[0].why


def test_a_deeper_tree_than_allowed_is_a_gap(tmp_path: Path) -> None:
    write(tmp_path, "a/b/c/.mcp.json", '{"mcpServers": {"s": {"command": "x"}}}')
    (whole,) = collect(".", context(tmp_path, limits=Limits(folder_depth=2)))
    assert [(gap.what, gap.why) for gap in whole.gaps] == [("a/b/c", "nested deeper than 2 folders")]


def test_more_servers_in_one_file_than_allowed_are_a_gap(tmp_path: Path) -> None:
    write(tmp_path, ".mcp.json", json.dumps({"mcpServers": {f"s{number}": {"command": "x"} for number in range(4)}}))
    snapshots = collect(".", context(tmp_path, limits=Limits(items=3)))
    assert set(servers(snapshots)) == {"s0", "s1", "s2"}
    assert gaps(snapshots) == [".mcp.json: more than 3 servers; raise limits.items if they are meant"]


def test_a_broken_file_of_a_common_name_is_never_passed_over_when_it_is_named(tmp_path: Path) -> None:
    write(tmp_path, "server.json", '{"command": oops')
    assert not ClientConfigCollector(context(tmp_path)).claims("server.json")
    assert ManifestCollector(context(tmp_path)).claims("server.json")
    write(tmp_path, "mcp.json", '{"mcpServers": oops')
    (whole,) = collect("mcp.json", context(tmp_path))
    assert whole.gaps[0].why.startswith("mcp.json:1:16: not valid JSON")


def test_a_plugin_may_name_a_file_of_its_own_and_none_of_others(tmp_path: Path) -> None:
    write(
        tmp_path,
        "p/.claude-plugin/plugin.json",
        '{"name": "p", "mcpServers": ["./servers/list.json", "../../etc/x.json"]}',
    )
    write(tmp_path, "p/servers/list.json", '{"s": {"command": "x"}}')
    snapshots = collect(".", context(tmp_path))
    assert servers(snapshots) == {"s": "claude-code"}
    assert gaps(snapshots) == ["a path that leads out of the plugin; it is not followed"]


# --- the table ---------------------------------------------------------------------------------


def test_the_table_names_every_client_once_and_without_a_colon() -> None:
    loaded = table.load()
    assert len(loaded.names) > 40
    assert all(":" not in client and "/" not in client for client in loaded.names)


def test_the_more_exact_pattern_wins() -> None:
    index = table.load().project
    match = index.match(("app", ".cursor", "mcp.json"))
    assert match is not None
    assert (match[0].client, match[1]) == ("cursor", 1)
    shared = index.match(("app", "mcp.json"))
    assert shared is not None
    assert (shared[0].client, shared[1]) == ("shared", 1)


def test_what_a_client_does_without_asking_is_a_permission_of_its_file(tmp_path: Path) -> None:
    write(
        tmp_path,
        ".claude/settings.json",
        '{\n "enableAllProjectMcpServers": true,\n "permissions": {"allow": ["mcp__x"]}\n}',
    )
    whole = one(collect(".", context(tmp_path)), "settings.json")
    assert whole.target.identity == "claude-code/project/.claude/settings.json"
    assert content(whole, ItemKind.PERMISSION, "enableAllProjectMcpServers")["value"] is True
    found = item(whole, ItemKind.PERMISSION, "permissions.allow")
    assert (found.evidence[0].uri, found.evidence[0].pointer, found.evidence[0].line) == (
        ".claude/settings.json",
        "/permissions/allow",
        3,
    )


@pytest.mark.parametrize(
    "word", ["McpProjectServerCommands", "&#77;cpProject&#x53;erverCommands", "Mcp&#x00050;rojectServerCommands"]
)
def test_a_word_written_in_entities_makes_an_ides_file_a_configuration_too(tmp_path: Path, word: str) -> None:
    entry = '<McpServerCommand><option name="name" value="s"/><option name="programPath" value="x"/></McpServerCommand>'
    write(tmp_path, ".idea/workspace.xml", f'<project><component name="{word}">{entry}</component></project>')
    assert [taken.target.name for taken in collect(".", context(tmp_path))] == ["s"]


def test_an_ides_file_without_servers_is_nobodys_business_however_broken(tmp_path: Path) -> None:
    write(tmp_path, ".mcp.json", '{"mcpServers": {"s": {"command": "x"}}}')
    write(tmp_path, ".idea/workspace.xml", "<project><!DOCTYPE x><a b='&#10;'>")
    (taken,) = collect(".", context(tmp_path))
    assert (taken.target.name, taken.gaps) == ("s", ())


def test_a_compose_file_tells_its_gateway_and_images_of_servers_with_names_of_keys_alone(tmp_path: Path) -> None:
    write(
        tmp_path,
        "docker-compose.dev.yml",
        "x-env: &env {ACME_API_KEY: canary}\n"
        "services:\n"
        "  gateway:\n    image: docker/mcp-gateway:2\n    command: --servers=a,b --transport=sse\n"
        "    environment: *env\n"
        "  fetch:\n    image: mcp/fetch@sha256:" + "0" * 64 + "\n    environment: [ACME_TOKEN=canary]\n"
        "  web:\n    image: nginx\n    command: --servers=c\n",
    )
    snapshots = collect(".", context(tmp_path))
    assert servers(snapshots) == {"a": "docker-compose", "b": "docker-compose", "fetch": "docker-compose"}
    fetch = one(snapshots, "fetch")
    assert [entry.name for entry in fetch.items if entry.kind is ItemKind.CREDENTIAL] == ["ACME_TOKEN"]
    assert [entry.name for entry in fetch.items if entry.kind is ItemKind.PACKAGE] == ["pkg:docker/mcp/fetch"]
    assert "canary" not in f"{[(entry.content, entry.evidence) for entry in fetch.items]}"


def test_a_compose_file_without_servers_is_no_configuration(tmp_path: Path) -> None:
    write(tmp_path, "compose.yaml", "services:\n  a:\n    image: acme/of-mcp-server\n    command: [x, mcp/y]\n")
    assert collect(".", context(tmp_path)) == []


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux shows such files")
def test_a_file_that_holds_more_than_it_says_is_read_to_its_end() -> None:
    path = Path("/proc/self/status")
    assert path.stat().st_size == 0
    assert paths.read(path, "status", Limits()).startswith(b"Name:")
