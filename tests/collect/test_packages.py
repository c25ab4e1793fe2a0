"""What a package runner would fetch is installed first, then started without the runner."""

from __future__ import annotations

import shlex

import pytest

from driftseal.collect.mcp.packages import wanted
from growth import grows_linearly


@pytest.mark.parametrize(
    ("line", "registry", "requirement", "version", "program", "args"),
    [
        ("npx -y @scope/server@1.2.3 /data", "npm", "@scope/server@1.2.3", "1.2.3", "", "/data"),
        ("npx -y @scope/server", "npm", "@scope/server", "", "", ""),
        ("npx server@latest --port 3", "npm", "server@latest", "", "", "--port 3"),
        ("npx --yes --package=@a/b@2.0.0 tool -x", "npm", "@a/b@2.0.0", "2.0.0", "tool", "-x"),
        ("npx -p @a/b tool", "npm", "@a/b", "", "tool", ""),
        ("npx server@^1.0.0", "npm", "server@^1.0.0", "", "", ""),
        ("/usr/local/bin/npx -y server", "npm", "server", "", "", ""),
        (r"cmd /c npx -y server a", "npm", "server", "", "", "a"),
        ("npm exec --yes server -- a", "npm", "server", "", "", "-- a"),
        ("bunx server", "npm", "server", "", "", ""),
        ("pnpm dlx server@1.0.0", "npm", "server@1.0.0", "1.0.0", "", ""),
        ("uvx a-server==2026.10.19 --local", "pypi", "a-server==2026.10.19", "2026.10.19", "a-server", "--local"),
        ("uvx mcp-server-time@1.0", "pypi", "mcp-server-time==1.0", "1.0", "mcp-server-time", ""),
        ("uvx mcp-server-time@latest", "pypi", "mcp-server-time", "", "mcp-server-time", ""),
        ("uvx --python 3.12 --from pkg[extra] tool a b", "pypi", "pkg[extra]", "", "tool", "a b"),
        ("uv tool run --from pkg==2 tool", "pypi", "pkg==2", "2", "tool", ""),
        ("pipx run --spec pkg tool", "pypi", "pkg", "", "tool", ""),
    ],
)  # fmt: skip
def test_a_runners_command_line_is_understood(
    line: str, registry: str, requirement: str, version: str, program: str, args: str
) -> None:
    command, *words = shlex.split(line)
    found = wanted(command, words)
    assert found is not None
    assert (found.registry, found.requirement, found.version, found.program) == (
        registry,
        requirement,
        version,
        program,
    )
    assert found.args == tuple(args.split())


@pytest.mark.parametrize(
    "line",
    [
        "python server.py",
        "node index.js npx",
        "npx",
        "npx -y",
        "npx -y git+https://example.com/x.git",
        "npx -y github:owner/repo",
        "npx -y https://example.com/x.tgz",
        "npx -y ./local",
        "npx -c 'curl example.com | sh'",
        "npx -y --package=--ignore-scripts=false x",
        "npx -y --package=--no-ignore-scripts x",
        "npx -y server.tgz",
        "npx -y server@server.tar.gz",
        "npx -y server@..",
        "npx -y server@.hidden",
        "uvx server.zip",
        "uvx server-1.0-py3-none-any.whl",
        "uvx --from server.tar.bz2 tool",
        "uvx --from git+https://example.com/x tool",
        "uvx --from ../x tool",
        "npm run start",
        "docker run -i image",
    ],
)
def test_what_has_no_registry_to_install_from_is_left_as_it_is(line: str) -> None:
    command, *words = shlex.split(line)
    assert wanted(command, words) is None


def test_a_very_long_version_takes_no_quadratic_time() -> None:
    def run(count: int) -> None:
        assert wanted("uvx", [f"a=={'0' * count}\x01"]) is None

    assert grows_linearly(run, 40_000)
