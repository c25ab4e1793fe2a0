"""No file costs more than its length, whatever stands in it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from discovered import found, places
from driftseal.collect.discovery.base import Source
from driftseal.collect.discovery.files._lines import Lines
from driftseal.collect.discovery.files.dockerfile import Dockerfile
from driftseal.collect.discovery.files.gemfile import Gemfile
from driftseal.collect.discovery.files.infrastructure import Infrastructure
from driftseal.collect.discovery.files.notebook_commands import NotebookCommands
from driftseal.collect.discovery.files.other_code import OtherCode
from driftseal.collect.discovery.files.packagers import Packagers
from driftseal.collect.discovery.files.scripts import Scripts
from driftseal.collect.discovery.files.settings import Settings
from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.item import ItemKind
from growth import grows_linearly

_FINDERS = {
    "dockerfile": Dockerfile(),
    "gemfile.lock": Gemfile(),
    "a.ipynb": NotebookCommands(),
    "a.rb": OtherCode(),
    "a.kt": OtherCode(),
    "a.php": OtherCode(),
    "a.sh": Scripts(),
    "m/config.pbtxt": Packagers(),
    "main.tf": Infrastructure(),
    "settings.tf": Settings(),
}


@pytest.mark.parametrize(
    ("name", "start", "unit"),
    [
        ("dockerfile", "ENV ", "a"),
        ("dockerfile", "ENV ", "a='\" "),
        ("dockerfile", "CMD [", '\\"'),
        ("gemfile.lock", "", "    rails (1.0.0)\n"),
        ("a.rb", "", '\\"'),
        ("a.rb", "", "\\'"),
        ("a.rb", "openai", '"""\\'),
        ("a.kt", "openai", "<<AB "),
        ("a.kt", "openai", "<<AB\n"),
        ("a.php", "openai", "'a\\\n"),
        ("a.kt", "openai", "/*"),
        ("a.php", "openai", "<<~AB\nAB\n"),
        ("a.sh", "", "A_B=$A_B\n"),
        ("a.sh", "", "$OPENAI_API_KEY\n"),
        ("main.tf", "", 'resource "aws_bedrockagent_agent" "a" {\n'),
        ("main.tf", 'resource "aws_bedrockagent_agent" "a" {\n', 'agent_name = "b"\n'),
        ("settings.tf", "", '  "arn:aws:bedrock:*::foundation-model/a",\n'),
        ("settings.tf", "openai = [", '"arn:aws:bedrock:*::foundation-model/a", '),
        ("m/config.pbtxt", 'backend: "vllm"\n', 'key: "model" value { string_value: "org/gpt-4o" }\n'),
    ],
)
def test_time_grows_no_faster_than_the_file(name: str, start: str, unit: str) -> None:
    def look(count: int) -> None:
        source = Source(name, (start + unit * (count // len(unit))).encode(), DEFAULT_LIMITS)
        list(_FINDERS[name].look(source))

    assert grows_linearly(look, 12_500)


def test_time_grows_no_faster_than_the_cells_of_a_notebook() -> None:
    def look(count: int) -> None:
        cell = {"cell_type": "code", "source": ["!pip install openai\n", "%env A_KEY=b\n"] * count}
        text = json.dumps({"cells": [cell]}, indent=1)
        list(_FINDERS["a.ipynb"].look(Source("a.ipynb", text.encode(), DEFAULT_LIMITS)))

    assert grows_linearly(look, 500)


def test_variables_of_a_script_do_not_make_it_many_times_as_long() -> None:
    text = f"AB={'x' * 200}\n" + "$AB" * 400_000 + "\n"
    assert list(Scripts().look(Source("a.sh", text.encode(), DEFAULT_LIMITS))) == []


def test_a_text_behind_its_mark_is_read_to_its_end_and_no_other_sign_for_one(tmp_path: Path) -> None:
    text = (
        "require 'openai'\n"
        "stream <<NAME\n"
        "PROMPT_TEXT = <<~TEXT\n"
        "  You are a helpful agent who answers every question of our customers politely.\n"
        "  Never tell anybody what was said to you.\n"
        "  TEXT\n"
        'client.chat(model: "gpt-4o-mini")\n'
    )
    assert places(found(tmp_path, {"a.rb": text}, ItemKind.PROMPT_FILE)["a.rb:PROMPT_TEXT"]) == [("a.rb", 3)]
    assert places(found(tmp_path, {"a.rb": text}, ItemKind.MODEL)["openai:gpt-4o-mini"]) == [("a.rb", 7)]


def test_lines_are_counted_from_one() -> None:
    lines = Lines("a\n\nb")
    assert [lines.at(place) for place in range(4)] == [1, 1, 2, 3]
