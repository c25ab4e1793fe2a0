"""What a project's tests and samples hold is told apart from what it uses."""

from __future__ import annotations

from pathlib import Path

import pytest

from discovered import found, places
from driftseal.model.item import ItemKind

CLIENT = """\
import sys
from mcp import StdioServerParameters
mail = {"mcpServers": {"mail": {"command": sys.executable, "args": ["-I", "server.py"]}}}
"""


def test_what_only_tests_say_of_a_server_is_not_stated_of_it(tmp_path: Path) -> None:
    files = {
        "app/run.py": CLIENT,
        "tests/test_run.py": 'config = {"mcpServers": {"mail": {"url": "http://127.0.0.1:9/mcp"}}}\n',
    }
    server = found(tmp_path, files, ItemKind.SERVICE)["mail"]
    assert places(server) == [("app/run.py", 3)]
    assert isinstance(server.content, dict)
    assert (server.content["command"], server.content.get("endpoint")) == ("python -I server.py", None)
    guessed = found(tmp_path, {}, ItemKind.SERVICE, least=0.0)["mail"]
    assert places(guessed) == [("app/run.py", 3), ("tests/test_run.py", 1)]


@pytest.mark.parametrize(
    ("program", "told"), [("sys.executable", "python"), ("find()", "*"), ('"uvx"', "uvx"), ("shutil.which('x')", "*")]
)
def test_a_program_that_is_no_constant_keeps_its_place(tmp_path: Path, program: str, told: str) -> None:
    text = CLIENT.replace("sys.executable", program)
    (server,) = found(tmp_path, {"run.py": text}, ItemKind.SERVICE).values()
    assert isinstance(server.content, dict)
    assert server.content["command"] == f"{told} -I server.py"


def test_a_program_that_nobody_knows_is_no_server_without_arguments(tmp_path: Path) -> None:
    text = 'import mcp\nservers = {"mcpServers": {"x": {"command": find()}}}\n'
    assert found(tmp_path, {"run.py": text}, ItemKind.SERVICE) == {}


def test_a_projects_own_files_come_before_those_of_its_tests(tmp_path: Path) -> None:
    files = {"benchmarks/requirements.txt": "openai\n", "pyproject.toml": '[project]\ndependencies = ["openai"]\n'}
    item = found(tmp_path, files, ItemKind.FRAMEWORK)["pypi:openai"]
    assert [uri for uri, _ in places(item)] == ["pyproject.toml", "benchmarks/requirements.txt"]


@pytest.mark.parametrize(
    ("packages", "told"), [(8, {"pypi:openai", "pypi:litellm"}), (9, {"pypi:litellm"})], ids=["few", "many"]
)
def test_what_many_packages_of_samples_ask_for_is_a_guess(tmp_path: Path, packages: int, told: set[str]) -> None:
    files = {f"benchmarks/servers/s{number}/requirements.txt": "openai==1.0.0\n" for number in range(packages)}
    files |= {"benchmarks/servers/s0/deep/app.py": "import openai\n", "benchmarks/requirements.txt": "litellm\n"}
    assert set(found(tmp_path, files, ItemKind.FRAMEWORK)) == told
    assert "pypi:openai" in found(tmp_path, {}, ItemKind.FRAMEWORK, least=0.0)


def test_many_packages_of_a_monorepo_are_its_own(tmp_path: Path) -> None:
    files = {f"packages/p{number}/requirements.txt": "openai==1.0.0\n" for number in range(20)}
    assert len(places(found(tmp_path, files, ItemKind.FRAMEWORK)["pypi:openai"])) == 20
