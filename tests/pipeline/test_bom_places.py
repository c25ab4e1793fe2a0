"""A bill of materials is the same from wherever it is asked for, and holds nothing of the machine nor any secret."""

from __future__ import annotations

import getpass
import json
import os
import socket
from pathlib import Path

import pytest

from bom.documents import problems
from commands import driftseal, write
from driftseal import plugins
from driftseal.model.bom import Component
from driftseal.model.item import Evidence, ItemKind, Json
from driftseal.pipeline import _bom_inventory, _bom_join
from driftseal.snapshot import make_item
from growth import grows_linearly

CANARY = "canary-5f1c9a7e"
HOST = [name for name in (socket.gethostname(),) if len(name) > len("localhost")]
"""Shorter names are parts of words."""
WHEN = {"SOURCE_DATE_EPOCH": "1767225600"}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of somebody's, with a secret wherever one may stand."""
    folder = tmp_path / "work" / "shop"
    (folder / "src").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    write(folder, ".mcp.json", {"mcpServers": {
        "git": {"command": "npx", "args": ["-y", "@acme/git@1.0.0", "--token", f"ghp_{CANARY}", f"--root={folder}"],
                "env": {"API_KEY": CANARY}},
        "notes": {"url": f"https://user:{CANARY}@notes.example.com/mcp?token={CANARY}#{CANARY}",
                  "headers": {"Authorization": f"Bearer {CANARY}"}},
    }})  # fmt: skip
    (folder / ".env").write_text(
        f"OPENAI_API_KEY={CANARY}\nOPENAI_BASE_URL=https://u:{CANARY}@gw.example.com/v1?key={CANARY}\n",
        encoding="utf-8",
    )
    (folder / "AGENTS.md").write_text("# Use tabs\n", encoding="utf-8")
    (folder / "requirements.txt").write_text(
        f"--index-url https://user:{CANARY}@pypi.example.com/simple\nopenai==1.2.3\n", encoding="utf-8"
    )
    (folder / "src" / "app.py").write_text(
        "from openai import OpenAI\n"
        "from transformers import AutoModel\n"
        f'client = OpenAI(api_key="{CANARY}", base_url="https://a:{CANARY}@gw.example.com/v1?k={CANARY}")\n'
        'client.responses.create(model="gpt-4o-mini", input="hello")\n'
        f'model = AutoModel.from_pretrained("Qwen/Qwen2-7B", token="{CANARY}")\n',
        encoding="utf-8",
    )
    (folder / "weights").mkdir()
    (folder / "weights" / "model.safetensors").write_bytes((2).to_bytes(8, "little") + b"{}")
    return folder


def written(*args: str, cwd: Path) -> str:
    # At home lies the project, as most do; where one stands changes nothing about that.
    home = next(above for above in (cwd, *cwd.parents) if (above / "elsewhere").is_dir())
    done = driftseal("bom", *args, cwd=cwd, env={**WHEN, "HOME": str(home)})
    assert done.returncode in {0, 3}, done.stderr
    return done.stdout


def test_the_same_folder_gives_the_same_bytes_from_wherever_it_is_asked_for(project: Path) -> None:
    above, elsewhere = project.parent, project.parents[1] / "elsewhere"
    inside = written(".", cwd=project)
    assert inside == written(cwd=project)
    assert inside == written("shop", cwd=above)
    assert inside == written(str(project), cwd=elsewhere)
    assert inside == written(os.path.relpath(project, elsewhere), cwd=elsewhere)


@pytest.mark.parametrize("name", plugins.names("bom"))
def test_every_format_is_the_same_from_everywhere_and_holds_no_secret(project: Path, name: str) -> None:
    text = written("--format", name, cwd=project)
    assert text == written(str(project), "--format", name, cwd=project.parents[1] / "elsewhere")
    for hidden in (CANARY, str(project), str(project.parent), *HOST):
        assert hidden not in text
    assert "gpt-4o-mini" in text


def test_the_same_files_elsewhere_give_the_same_bytes(project: Path) -> None:
    before = written(cwd=project)
    moved = project.parents[1] / "elsewhere" / "shop"
    project.rename(moved)
    # An argument of the configuration that names the old place stays the same text.
    assert written(cwd=moved) == before


def test_one_file_is_told_alike_too(project: Path) -> None:
    file = project / "weights" / "model.safetensors"
    assert written(str(file), cwd=project.parent) == written("model.safetensors", cwd=file.parent)


def test_folders_side_by_side_are_told_from_the_one_that_holds_them(project: Path) -> None:
    above = project.parent
    (above / "other").mkdir()
    (above / "other" / "AGENTS.md").write_text("# Be kind\n", encoding="utf-8")
    here = written("shop", "other", cwd=above)
    assert here == written(str(above / "shop"), str(above / "other"), cwd=project.parents[1] / "elsewhere")
    assert '"other/AGENTS.md"' in here


def test_a_machine_is_told_from_its_home_wherever_one_stands(project: Path) -> None:
    home = project.parents[1]
    (home / ".cursor").mkdir()
    write(home, ".cursor/mcp.json", {"mcpServers": {"a": {"command": "x", "env": {"A_KEY": CANARY}}}})
    text = written("machine", cwd=project)
    assert text == written("machine", cwd=home / "elsewhere") == written("machine", cwd=home)
    document = json.loads(text)
    assert document["metadata"]["component"]["name"] == "machine"
    (key,) = [part for part in document["components"] if part["name"] == "A_KEY"]
    assert key["evidence"]["occurrences"][0]["location"] == ".cursor/mcp.json"
    for hidden in (CANARY, str(home)):
        assert hidden not in text


@pytest.mark.parametrize("arguments", [(), ("--spec-version", "1.6"), ("--findings",), ("--guesses",)])
def test_no_secret_and_nothing_of_the_machine_is_in_it(project: Path, arguments: tuple[str, ...]) -> None:
    text = written(*arguments, cwd=project)
    assert problems(json.loads(text)) == []
    for hidden in (CANARY, str(project), str(project.parent), *HOST, f"/{getpass.getuser()}/"):
        assert hidden not in text
    # What is told instead: names.
    for told in ("API_KEY", "OPENAI_API_KEY", "https://notes.example.com/mcp", "gpt-4o-mini", "Qwen2-7B"):
        assert told in text


def test_the_whole_is_called_after_what_was_asked_about(project: Path) -> None:
    def name(*args: str) -> str:
        document = json.loads(written(*args, cwd=project))
        called: str = document["metadata"]["component"]["name"]
        return called

    assert name() == "shop"
    assert name("weights/model.safetensors") == "model.safetensors"
    assert name("--name", "Shop 2") == "Shop 2"


def test_two_pinned_versions_of_a_package_are_two_components_each_where_it_is_pinned(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    (tmp_path / "elsewhere").mkdir()
    for name, text in {
        "api/requirements.txt": "openai==1.2.3\n",
        "jobs/requirements.txt": "openai==1.99.0\n",
        "jobs/run.py": "import openai\n",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    document = json.loads(written(".", cwd=folder))
    assert not problems(document)
    found = {
        part["purl"]: [place["location"] for place in part["evidence"]["occurrences"]]
        for part in document["components"]
    }
    # An import states no version: it may mean either.
    assert found == {
        "pkg:pypi/openai@1.2.3": ["api/requirements.txt", "jobs/run.py"],
        "pkg:pypi/openai@1.99.0": ["jobs/requirements.txt", "jobs/run.py"],
    }


def test_very_many_versions_of_a_package_take_linear_time_and_place() -> None:
    def versions(count: int) -> list[Component]:
        places = [Evidence("poetry.lock", line=number) for number in range(count)]
        pinned: dict[str, Json] = {f"1.{place.line}": [f"poetry.lock:{place.line}"] for place in places[::2]}
        content: dict[str, Json] = {"ecosystem": "pypi", "package": "openai", "pinned_at": pinned}
        item = make_item(ItemKind.FRAMEWORK, "pypi:openai", content, evidence=places)
        base = Component(ref="a", kind="framework", type="library", name="a", evidence=tuple(places))
        found = [draft.component for draft in _bom_inventory.drafts(item, base, "")]
        assert (len(found), found[1].evidence[:1]) == (count // 2, (places[1],))
        return found

    assert sum(len(part.evidence) for part in versions(8000)) <= 20_000
    assert grows_linearly(versions, 500)


@pytest.mark.parametrize("several", [True, False])
def test_what_thousands_of_places_tell_of_one_thing_is_joined_in_linear_time(several: bool) -> None:  # noqa: FBT001  # a case of the table
    def joined(count: int) -> None:
        drafts = []
        for number in range(count):
            version = f"1.{number}" if several else "1"
            places = (Evidence("a.txt", line=number),)
            component = Component(
                ref=f"r{number}", kind="model", type="machine-learning-model", name="a", evidence=places
            )
            drafts.append(_bom_join.Draft(component, ("model", "a"), version))
        found = _bom_join.join(drafts).components.values()
        assert [len(one.evidence) for one in found] == ([1] * count if several else [count])

    assert grows_linearly(joined, 750)
