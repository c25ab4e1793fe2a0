from __future__ import annotations

import shlex
import sys

import pytest

from asking import SERVERS, content, context, keys
from driftseal.collect.base import Consent
from driftseal.collect.mcp_stdio import StdioCollector
from driftseal.errors import TargetError
from driftseal.model.target import Target


def target_of(reference: str) -> Target:
    (found,) = StdioCollector(context()).targets(reference)
    return found


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("npx -y @scope/server@1.2.3 /data", "@scope/server"),
        ("uvx mcp-server-git --repository .", "mcp-server-git"),
        ("python3 -m mcp_server_time", "mcp_server_time"),
        ("python3 tools/server.py --port 1", "tools/server.py"),
        ("python3 server.py", "server.py"),
        ("node /x/node_modules/@scope/server/dist/index.js stdio", "@scope/server"),
        ("/usr/local/bin/my-server --verbose", "my-server"),
    ],
)
def test_identity_names_the_program_without_version_and_arguments(command: str, name: str) -> None:
    target = target_of(f"stdio:{command}")
    assert (target.kind, target.name, target.identity) == ("mcp_stdio", name, f"stdio:{name}")


def test_no_secret_of_the_command_line_is_in_the_reference() -> None:
    assert "hunter2hunter2" not in repr(target_of("stdio:server --password hunter2hunter2"))


def test_the_same_program_with_other_arguments_is_another_target() -> None:
    collector = StdioCollector(context())
    one, same, other = (
        target for line in ("serve a", "serve a", "serve b") for target in collector.targets(f"stdio:{line}")
    )
    assert one.identity == same.identity == "stdio:serve"
    assert other.identity == "stdio:serve#2"


@pytest.mark.parametrize(("reference", "message"), [("stdio:", "names no command"), ("stdio:a 'b", "cannot be split")])
def test_a_command_that_cannot_be_read_is_an_error(reference: str, message: str) -> None:
    with pytest.raises(TargetError, match=message):
        target_of(reference)


def test_a_named_server_is_asked_without_further_consent_and_shows_its_launch() -> None:
    collector = StdioCollector(context(Consent()))
    command = shlex.join([sys.executable, str(SERVERS / "good_stdio.py"), "--token", "canary-1234567890"])
    (taken,) = collector.collect(list(collector.targets(f"stdio:{command}")))
    assert {"launch:", "server:", "tool:add"} <= set(keys(taken))
    launch = content(taken, "launch:")
    assert isinstance(launch, dict)
    assert launch["command"] == sys.executable
    assert "canary" not in str(taken)
