"""What is installed is what lies in the checkout."""

from __future__ import annotations

import email
import hashlib
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from driftseal import resources, rulebook
from driftseal.model.item import Json

ROOT = Path(__file__).parents[1]
DATA = ("rules", "baselines", "sbom")


def listed(folder: Path) -> dict[str, str]:
    """Digest of every file below a folder, apart from caches and markers."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.name != ".gitkeep"
    }


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    unpacked = folder / "unpacked"
    with zipfile.ZipFile(built) as archive:
        archive.extractall(unpacked)
    return unpacked


@pytest.mark.parametrize("name", DATA)
def test_the_wheel_carries_our_data_unchanged(wheel: Path, name: str) -> None:
    assert listed(wheel / "driftseal" / "_data" / name) == listed(ROOT / name)


def test_the_wheel_names_the_licence_of_everything_in_it_and_carries_their_texts(wheel: Path) -> None:
    (info,) = wheel.glob("*.dist-info")
    told = email.message_from_bytes((info / "METADATA").read_bytes())
    assert told["License-Expression"] == "Apache-2.0 AND MIT AND Community-Spec-1.0 AND Unicode-3.0"
    vendored = {path.relative_to(ROOT).as_posix() for name in DATA for path in (ROOT / name).rglob("LICENSE")}
    assert set(told.get_all("License-File", [])) == {"LICENSE", *vendored}
    for name in ("LICENSE", *vendored):
        assert (info / "licenses" / name).read_bytes() == (ROOT / name).read_bytes()


def test_the_wheel_carries_every_module_and_no_test(wheel: Path) -> None:
    built = {name for name in listed(wheel / "driftseal") if not name.startswith("_data/")}
    assert built == set(listed(ROOT / "scanner" / "driftseal"))
    assert {path.name for path in wheel.iterdir() if path.suffix != ".dist-info"} == {"driftseal"}


def test_the_packages_that_our_first_user_named_are_dependencies() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = {line.split(">")[0].split("[")[0] for line in project["dependencies"]}
    assert {"mcp", "sigstore", "packaging", "requests", "tree-sitter", "rich", "deepdiff"} <= names


def test_no_dependency_is_pinned_to_one_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert not [line for line in project["dependencies"] if "==" in line]


def test_the_wheel_carries_as_json_what_every_file_of_rules_says(wheel: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "_PACKAGE", wheel / "driftseal")
    rules = ROOT / "rules"
    every_rule = resources.parsed("rules")
    for path in rulebook.rule_files(rules):
        data = path.read_bytes()
        assert every_rule[hashlib.sha256(data).hexdigest()] == resources.first_document(data, path.name, {})
    for path in (rules / "lists").glob("*.yaml"):
        data = path.read_bytes()
        known = resources.parsed(f"lists/{path.stem}")
        assert known == {hashlib.sha256(data).hexdigest(): resources.first_document(data, path.name, {})}


def test_a_file_that_is_not_the_one_of_the_wheel_is_read_itself() -> None:
    data = b"a: 1\n"
    known: dict[str, Json] = {hashlib.sha256(data).hexdigest(): {"a": 2}}
    assert resources.first_document(data, "x.yaml", known) == {"a": 2}
    assert resources.first_document(b"a: 3\n", "x.yaml", known) == {"a": 3}


def test_what_is_malformed_beside_the_wheel_s_files_is_as_if_it_were_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resources, "_PACKAGE", tmp_path)
    folder = tmp_path / "_data" / resources.PARSED
    folder.mkdir(parents=True)
    for text in ("[1]", "{", "\udcff"):
        (folder / "rules.json").write_text(text, encoding="utf-8", errors="surrogateescape")
        assert resources.parsed("rules") == {}
