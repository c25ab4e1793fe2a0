from __future__ import annotations

import shlex

import pytest

from driftseal.collect.clients.items import purls
from driftseal.collect.clients.packages import Package, recognise

HEX = "a" * 64
COMMIT = "b" * 40


def read(line: str) -> Package | None:
    command, *args = shlex.split(line)
    return recognise(command, args)


@pytest.mark.parametrize(
    ("line", "kind", "name", "version", "pinned"),
    [
        ("npx -y @a/b@1.2.3 x", "npm", "@a/b", "1.2.3", True),
        ("npx @a/b", "npm", "@a/b", None, False),
        ("npx -y b@latest", "npm", "b", "latest", False),
        ("npx -y b@^1.2.3", "npm", "b", "^1.2.3", False),
        ("npx -y b@1.2", "npm", "b", "1.2", False),
        ("npx --package=@x/y@1.0.0-rc.1 cmd", "npm", "@x/y", "1.0.0-rc.1", True),
        ("npx -p @x/y cmd", "npm", "@x/y", None, False),
        ("npx --registry https://r.example b@1.0.0", "npm", "b", "1.0.0", True),
        ("/usr/local/bin/npx -y b", "npm", "b", None, False),
        ("pnpm dlx b@1.0.0", "npm", "b", "1.0.0", True),
        ("npm exec -- b@1.0.0", "npm", "b", "1.0.0", True),
        ("bunx b", "npm", "b", None, False),
        ("npx github:o/r#main", "generic", "github:o/r", "main", False),
        (f"npx -y git+https://g.example/o/r.git#{COMMIT}", "generic", "git+https://g.example/o/r.git", COMMIT, True),
        ("npx -y https://x.example/p.tgz", "generic", "https://x.example/p.tgz", None, False),
        ("uvx mcp-server-time==0.6.2", "pypi", "mcp-server-time", "0.6.2", True),
        ("uvx MCP_Server.Time", "pypi", "mcp-server-time", None, False),
        ("uvx srv@0.6.2", "pypi", "srv", "0.6.2", True),
        ("uvx srv@latest", "pypi", "srv", "latest", False),
        ("uvx 'srv>=1,<2'", "pypi", "srv", ">=1,<2", False),
        ("uvx --from srv[extra]==1.0 cmd", "pypi", "srv", "1.0", True),
        ("uvx --python 3.12 --with x srv", "pypi", "srv", None, False),
        ("uvx --from git+https://g.example/o/r@v1 cmd", "generic", "git+https://g.example/o/r", "v1", False),
        ("uv tool run srv==1.0", "pypi", "srv", "1.0", True),
        ("pipx run srv", "pypi", "srv", None, False),
        ("docker run -i --rm -e A -e B=1 -v /a:/b ghcr.io/o/i:1.0 arg", "docker", "ghcr.io/o/i", "1.0", False),
        (f"docker run -i mcp/fetch@sha256:{HEX}", "docker", "mcp/fetch", f"sha256:{HEX}", True),
        (f"podman run mcp/fetch:1@sha256:{HEX}", "docker", "mcp/fetch", f"sha256:{HEX}", True),
        ("docker run --network host localhost:5000/i", "docker", "localhost:5000/i", None, False),
        ("cmd /c npx -y b", "npm", "b", None, False),
        ("bash -c 'npx -y b@1.0.0'", "npm", "b", "1.0.0", True),
        ("env A=1 uvx srv", "pypi", "srv", None, False),
        ("deno run -A npm:@x/y@1.2.3", "npm", "@x/y", "1.2.3", True),
        ("go run github.com/x/y@v1.2.3", "golang", "github.com/x/y", "v1.2.3", True),
        ("dnx Foo@1.0.0 --yes", "nuget", "Foo", "1.0.0", True),
    ],
)
def test_a_runners_package_is_recognised(line: str, kind: str, name: str, version: str | None, *, pinned: bool) -> None:
    found = read(line)
    assert found is not None
    assert (found.type, found.name, found.version, found.pinned) == (kind, name, version, pinned)


@pytest.mark.parametrize(
    "line",
    ["node server.js", "python -m srv", "uv run srv.py", "npx", "uvx --help", "docker ps", "bash run.sh", "''"],
)
def test_other_commands_have_no_package(line: str) -> None:
    assert read(line) is None


def test_a_whole_command_line_in_one_text_is_read() -> None:
    found = recognise("npx -y @a/b@1.2.3", ())
    assert found is not None
    assert (found.name, found.pinned) == ("@a/b", True)


def test_a_windows_command_is_recognised() -> None:
    found = recognise("C:\\Program Files\\nodejs\\npx.cmd", ("-y", "b"))
    assert found is not None
    assert found.name == "b"


@pytest.mark.parametrize(
    ("line", "bare", "full"),
    [
        ("npx @a/b@1.2.3", "pkg:npm/%40a/b", "pkg:npm/%40a/b@1.2.3"),
        ("npx b@latest", "pkg:npm/b", "pkg:npm/b"),
        ("uvx Some_Srv==1.0+cpu", "pkg:pypi/some-srv", "pkg:pypi/some-srv@1.0%2Bcpu"),
        ("docker run mcp/fetch:1", "pkg:docker/mcp/fetch", "pkg:docker/mcp/fetch@1"),
        (
            "docker run ghcr.io/o/i",
            "pkg:docker/o/i?repository_url=ghcr.io",
            "pkg:docker/o/i?repository_url=ghcr.io",
        ),
        ("npx github:o/r", "", ""),
    ],
)
def test_package_urls_hold_the_version_only_where_it_is_one(line: str, bare: str, full: str) -> None:
    found = read(line)
    assert found is not None
    assert purls(found) == (bare, full)
