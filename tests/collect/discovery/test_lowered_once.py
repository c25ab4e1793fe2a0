"""A file that one collector has lowered is not lowered again by another."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands import driftseal
from driftseal.code import front_ends
from driftseal.code.ir import Module
from driftseal.collect.discovery.lowered import Lowered
from driftseal.limits import DEFAULT_LIMITS, Limits
from driftseal.observe import program

SERVER = b"from mcp.server.fastmcp import FastMCP\nmcp = FastMCP('x')\n"


def test_the_same_bytes_at_the_same_place_are_lowered_once(monkeypatch: pytest.MonkeyPatch) -> None:
    read = program.read([("a/server.py", SERVER)], DEFAULT_LIMITS)
    lower, seen = front_ends.lower, []

    def counted(data: bytes, path: str, limits: Limits, known: str | None = None) -> Module | None:
        seen.append(path)
        return lower(data, path, limits, known)

    monkeypatch.setattr(front_ends, "lower", counted)
    files = {"b/server.py": SERVER, "a/server.py": SERVER, "a/other.py": b"x = 1\n"}
    batch = Lowered([read]).lower(files, DEFAULT_LIMITS)
    assert sorted(seen) == ["a/other.py", "b/server.py"]
    assert list(batch.modules) == list(files)
    assert batch.modules["a/server.py"] is read.project.modules["a/server.py"]


def test_other_bytes_at_the_same_place_are_lowered_anew() -> None:
    read = program.read([("server.py", SERVER)], DEFAULT_LIMITS)
    changed = SERVER + b"import openai\n"
    module = Lowered([read]).lower({"server.py": changed}, DEFAULT_LIMITS).modules["server.py"]
    assert [one.module for one in module.imports] == ["mcp.server.fastmcp", "openai"]


def test_what_was_cut_short_is_lowered_anew() -> None:
    body = SERVER + b"".join(b"a%d = [%d]\n" % (number, number) for number in range(200))
    short = program.read([("server.py", body)], Limits(code_nodes=50))
    assert not short.project.modules["server.py"].complete
    assert Lowered([short]).lower({"server.py": body}, DEFAULT_LIMITS).modules["server.py"].complete


def test_a_bill_of_a_server_that_asks_models_names_both(tmp_path: Path) -> None:
    (tmp_path / "server.py").write_bytes(
        SERVER + b"import openai\n@mcp.tool()\ndef ask(q: str) -> str:\n"
        b"    return openai.OpenAI().responses.create(model='gpt-4.1', input=q).output_text\n"
    )
    done = driftseal("bom", ".", cwd=tmp_path, env={"HOME": str(tmp_path)})
    assert done.returncode == 0, done.stderr
    assert '"model/openai/gpt-4.1"' in done.stdout
    assert '#tool:ask"' in done.stdout
