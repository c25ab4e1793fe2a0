"""A package that is as it was is not lowered again; a cache that is not of its form counts for nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from driftseal.code.paths import Paths
from driftseal.collect.discovery.cache import Cache, place
from driftseal.collect.discovery.search import Found, Search
from driftseal.collect.discovery.seen import Seen
from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.item import ItemKind

FILES = {
    "pyproject.toml": "[project]\nname = 'app'\n",
    "app/names.py": 'ENCODER = "acme/tiny-encoder"\n',
    "app/load.py": (
        "from sentence_transformers import SentenceTransformer\n"
        "from app import names\n"
        "encoder = SentenceTransformer(names.ENCODER)\n"
    ),
}


class Project:
    """A folder and the cache of what was seen in it."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "project"
        self.kept = folder / "cache" / "inventory" / "1.json"
        for path, text in FILES.items():
            self.write(path, text)

    def write(self, path: str, text: str) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text, encoding="utf-8")

    def look(self) -> tuple[list[Found], bool]:
        """What is found, and whether code was looked at for it."""
        looked: list[str] = []

        class Watched(Search):
            def _look(
                self, root: str, files: Mapping[str, bytes], known: Paths, left: float, beside: dict[str, str]
            ) -> Iterator[Found]:
                looked.append(root)
                yield from super()._look(root, files, known, left, beside)

        with Cache(self.kept, DEFAULT_LIMITS) as kept:
            found = list(Watched(self.root, "shown/", DEFAULT_LIMITS, lambda _: None, kept).run())
        return found, bool(looked)


def models(found: list[Found]) -> set[str]:
    return {one.name for one in found if isinstance(one, Seen) and one.kind is ItemKind.MODEL}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_the_second_run_says_the_same_and_looks_at_no_code(project: Project) -> None:
    first, looked = project.look()
    assert looked
    assert models(first) == {"huggingface:acme/tiny-encoder"}
    second, again = project.look()
    assert (second, again) == (first, False)


@pytest.mark.parametrize(
    ("path", "text", "names"),
    [
        (
            "app/load.py",
            FILES["app/load.py"] + 'other = SentenceTransformer("acme/second-encoder")\n',
            {"tiny-encoder", "second-encoder"},
        ),
        ("app/names.py", 'ENCODER = "acme/large-encoder"\n', {"large-encoder"}),
        ("app/names/__init__.py", 'ENCODER = "acme/of-package"\n', {"tiny-encoder"}),
    ],
    ids=["a file", "a file that it takes a name from", "a further file"],
)
def test_any_change_is_seen(project: Project, path: str, text: str, names: set[str]) -> None:
    project.look()
    project.write(path, text)
    found, looked = project.look()
    assert looked
    assert models(found) == {f"huggingface:acme/{name}" for name in names}


def test_a_deleted_cache_costs_time_alone(project: Project) -> None:
    first, _ = project.look()
    project.kept.unlink()
    assert project.look() == (first, True)


def change_version(value: dict[str, object]) -> None:
    value["version"] = "0.0.0"


def entries(value: dict[str, object]) -> dict[str, dict[str, list[list[object]]]]:
    return value["entries"]  # type: ignore[return-value]  # as it was written


def elsewhere(value: dict[str, object]) -> None:
    for entry in entries(value).values():
        entry["seen"][0][3] = "../../etc/passwd"


def of_no_kind(value: dict[str, object]) -> None:
    for entry in entries(value).values():
        entry["seen"][0][0] = "forged"


def too_sure(value: dict[str, object]) -> None:
    for entry in entries(value).values():
        entry["seen"][0][7] = 7


def of_other_length(value: dict[str, object]) -> None:
    for entry in entries(value).values():
        entry["seen"][0].append(1)


def nothing(value: dict[str, object]) -> None:
    value.clear()


@pytest.mark.parametrize("change", [change_version, elsewhere, of_no_kind, too_sure, of_other_length, nothing])
def test_a_cache_that_is_not_of_its_form_counts_for_nothing(
    project: Project, change: Callable[[dict[str, object]], None]
) -> None:
    first, _ = project.look()
    value = json.loads(project.kept.read_text())
    change(value)
    project.kept.write_text(json.dumps(value))
    assert project.look() == (first, True)


@pytest.mark.parametrize("data", [b"", b"[1", b"\xff" * 20, b"[" * 100_000])
def test_a_cache_that_is_no_json_counts_for_nothing(project: Project, data: bytes) -> None:
    first, _ = project.look()
    project.kept.write_bytes(data)
    assert project.look() == (first, True)


def test_a_cache_where_others_may_write_counts_for_nothing(project: Project) -> None:
    first, _ = project.look()
    project.kept.parent.chmod(0o777)
    assert project.look() == (first, True)


def test_a_link_in_place_of_the_cache_counts_for_nothing(project: Project, tmp_path: Path) -> None:
    first, _ = project.look()
    (tmp_path / "elsewhere.json").write_bytes(project.kept.read_bytes())
    project.kept.unlink()
    project.kept.symlink_to(tmp_path / "elsewhere.json")
    assert project.look() == (first, True)


def test_no_text_of_a_file_is_kept(project: Project) -> None:
    told = "words-of-somebody"
    project.write("app/load.py", FILES["app/load.py"] + f'KEY = "{told}"\nSYSTEM_PROMPT = "You are {told} to all."\n')
    project.look()
    assert told not in project.kept.read_text()


def test_each_folder_and_version_has_a_file_of_its_own(tmp_path: Path) -> None:
    one, other = (place({}, tmp_path, "linux", tmp_path / name) for name in ("one", "other"))
    assert one != other
    assert one.parent == other.parent
    assert one.is_relative_to(tmp_path)
