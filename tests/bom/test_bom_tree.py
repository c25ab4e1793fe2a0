"""The tree of a bill of materials: complete, bounded, as wide as the screen, and safe to print."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from bom.application import MODELS, application, inventory, report, seen
from bom.hostile_bom import hostile_bom
from commands import driftseal
from driftseal.bom.base import View
from driftseal.bom.text import Text
from driftseal.limits import Limits
from driftseal.model.bom import Bom
from driftseal.model.item import ItemKind
from driftseal.model.snapshot import Snapshot
from driftseal.pipeline.bom import build
from report.golden import FOLDER, check
from report.sample import sample_report

HOSTILE = "\x1b[2J\x1b]0;owned\x07\r\nAll is well\u202e\u200b\x9b31m"


def bom_of(*snapshots: Snapshot) -> Bom:
    return build(report(*snapshots) if snapshots else application(), root_name="shop")


def tree_of(bom: Bom, **view: Any) -> str:
    return Text("", View(**view)).render(bom)


def test_the_tree_of_an_application_reads_as_its_golden_file() -> None:
    check(FOLDER / "bom-application.txt", tree_of(bom_of()))


def test_the_tree_of_running_servers_reads_as_its_golden_file() -> None:
    check(FOLDER / "bom-servers.txt", tree_of(build(sample_report(), root_name="demo")))


@pytest.mark.parametrize("width", [40, 57, 200])
def test_no_line_is_wider_than_the_screen(width: int) -> None:
    lines = tree_of(bom_of(), width=width).splitlines()
    assert max(map(cell_len, lines)) <= width
    assert not [line for line in lines if line != line.rstrip()]


def test_every_component_and_service_is_named() -> None:
    bom = bom_of()
    text = re.sub(r"\s+", " ", tree_of(bom, width=500))
    names = [*(one.name for one in bom.services), *(one.name for one in bom.everything())]
    assert [name for name in names if name not in text] == []


@pytest.mark.parametrize("color", [True, False])
def test_no_text_from_outside_controls_the_terminal(color: bool) -> None:  # noqa: FBT001  # pytest gives it by name
    text = tree_of(hostile_bom(HOSTILE), color=color)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text) if color else text
    assert [char for char in plain if not char.isprintable() and char != "\n"] == []
    assert r"\u{1b}[2J\u{1b}]0;owned\u{7}\r\nAll is well\u{202e}\u{200b}\u{9b}31m" in plain.replace("\n", "")


def test_markup_of_our_library_is_text() -> None:
    markup = "[bold]x[/bold] :smile: [link=https://evil.example]y[/link]"
    assert markup in tree_of(hostile_bom(markup), width=400)


def test_a_reader_of_ascii_gets_ascii() -> None:
    text = tree_of(hostile_bom("naïve…"), unicode=False)
    assert text.isascii()
    assert r"na\u{ef}ve" in text


def test_colour_is_there_where_it_is_asked_for_and_nowhere_else() -> None:
    assert "\x1b[" in tree_of(bom_of(), color=True)
    assert "\x1b" not in tree_of(bom_of())


def test_what_there_is_no_room_for_is_counted() -> None:
    many = [seen(ItemKind.MODEL, f"openai:m{number:03}", {"provider": "openai", "id": f"m{number:03}", "hosted": True})
            for number in range(300)]  # fmt: skip
    text = tree_of(bom_of(inventory(*many)), limits=replace(Limits(), tree_branches=20))
    assert "m019" in text
    assert "m020" not in text
    assert "… and 280 more" in text
    assert "entries are left out here" in text
    assert "300 components, 1 service" in text


def test_no_tree_is_longer_than_its_limit() -> None:
    text = tree_of(bom_of(inventory(*MODELS)), limits=replace(Limits(), tree_lines=5))
    assert len(text.splitlines()) < 12
    assert re.search(r"\d+ entries are left out here", text)


def test_a_component_says_how_sure_it_is_and_what_is_loose() -> None:
    loose = seen(ItemKind.MODEL, "huggingface:acme/a", {"provider": "huggingface", "id": "acme/a", "revision": "main"},
                 line=4, sure=0.6)  # fmt: skip
    text = tree_of(bom_of(inventory(loose)))
    assert "acme/a  not pinned" in text
    assert "at src/app.py:4, source-code-analysis, 60% sure" in text


def test_the_command_writes_a_plain_tree_on_a_pipe(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("from openai import OpenAI\nOpenAI().responses.create(model='gpt-4o')\n")
    done = driftseal("bom", "-f", "text", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "├── Models 1\n│   └── gpt-4o" in done.stdout
    assert "\x1b" not in done.stdout


def test_a_tree_has_no_version_of_a_specification(tmp_path: Path) -> None:
    done = driftseal("bom", "-f", "text", "--spec-version", "1.6", cwd=tmp_path)
    assert done.returncode == 2
    assert "hint: text has no versions" in done.stderr
