"""Prompts that a project keeps in files of their own."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from discovered import found, places
from driftseal.model.item import ItemKind

TEXT = "You write to a human colleague. Say what the customer wants, what was tried, and what is open.\n"


def test_a_text_in_a_folder_of_prompts_is_one_by_its_hash(tmp_path: Path) -> None:
    (item,) = found(tmp_path, {"app/prompts/escalation.md": TEXT}, ItemKind.PROMPT_FILE).values()
    assert item.name == "app/prompts/escalation.md"
    assert item.content == {"sha256": hashlib.sha256(TEXT.encode()).hexdigest(), "length": len(TEXT)}
    assert places(item) == [("app/prompts/escalation.md", 1)]
    assert TEXT not in str(item.content)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("app/prompts/README.md", TEXT),
        ("app/prompts/names.txt", "one\ntwo\n"),
        ("app/prompts/table.csv", TEXT),
        ("app/texts/escalation.md", TEXT),
        ("tests/fixtures/prompts/escalation.md", TEXT),
    ],
)
def test_what_is_no_prompt_file(tmp_path: Path, path: str, text: str) -> None:
    assert found(tmp_path, {path: text}, ItemKind.PROMPT_FILE) == {}
