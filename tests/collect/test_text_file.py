from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from configured import context, write
from driftseal.collect.text_file import TextFileCollector
from driftseal.errors import LimitExceeded, TargetError
from driftseal.limits import Limits
from driftseal.model.digest import Digest
from driftseal.model.item import ItemKind, Json
from driftseal.model.snapshot import Snapshot

ANSWER: dict[str, Json] = {
    "content": [
        {"type": "text", "text": "Weather: 21 °C."},
        {"type": "image", "mimeType": "image/png", "data": "aGVsbG8="},
        {"type": "resource", "resource": {"uri": "file:///a.txt", "text": "More.", "blob": "aGVsbG8="}},
    ],
    "structuredContent": {"data": "hello", "degrees": 21},
    "isError": False,
}


def take(
    reference: str,
    folder: Path,
    kind: ItemKind = ItemKind.TOOL_RESULT,
    *,
    stdin: bytes | None = None,
    limits: Limits | None = None,
) -> Snapshot:
    given = dataclasses.replace(context(folder, stdin=stdin, limits=limits or Limits()), read_as=kind)
    collector = TextFileCollector(given)
    assert collector.claims(reference)
    (taken,) = collector.collect(list(collector.targets(reference)))
    return taken


def test_without_a_word_on_what_it_is_no_file_is_a_text(tmp_path: Path) -> None:
    write(tmp_path, "a.txt", "Hello.")
    assert not TextFileCollector(context(tmp_path)).claims("a.txt")
    assert not TextFileCollector(context(tmp_path)).claims("-")


def test_an_answer_is_read_block_by_block_without_its_images(tmp_path: Path) -> None:
    write(tmp_path, "a.json", json.dumps(ANSWER, indent=1))
    taken = take("a.json", tmp_path)
    (item,) = taken.items
    digest = str(Digest.of(b"aGVsbG8="))
    assert item.key == "tool-result:a"
    assert item.content == {
        "content": [
            {"type": "text", "text": "Weather: 21 °C."},
            {"type": "image", "mimeType": "image/png", "data": digest},
            {"type": "resource", "resource": {"uri": "file:///a.txt", "text": "More.", "blob": digest}},
        ],
        "structuredContent": {"data": "hello", "degrees": 21},
        "isError": False,
    }
    assert {place.pointer: place.line for place in item.evidence}["/content/0/text"] == 5
    assert taken.source == Digest.of((tmp_path / "a.json").read_bytes())


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ('{"jsonrpc": "2.0", "result": {"content": []}}', {"jsonrpc": "2.0", "result": {"content": []}}),
        ('[{"type": "text", "text": "x"}]', {"text": [{"type": "text", "text": "x"}]}),
        ("{not json", {"text": "{not json"}),
        ("Plain.\n---\nx: y\n", {"text": "Plain.\n---\nx: y\n"}),
        ("---\nname: x\n---\nText", {"text": "---\nname: x\n---\nText"}),
        ("", {"text": ""}),
    ],
)
def test_whatever_a_tool_answers_is_read(tmp_path: Path, text: str, content: Json) -> None:
    assert take("-", tmp_path, stdin=text.encode()).items[0].content == content


@pytest.mark.parametrize(
    ("kind", "key", "content"),
    [
        (ItemKind.SKILL, "skill:a", {"frontmatter": {"name": "x"}, "text": "Do.\n"}),
        (ItemKind.AGENT, "agent:a", {"frontmatter": {"name": "x"}, "text": "Do.\n"}),
        (ItemKind.PROMPT_FILE, "prompt-file:a", {"frontmatter": {"name": "x"}, "text": "Do.\n"}),
        (ItemKind.INSTRUCTIONS, "instructions:", {"frontmatter": {"name": "x"}, "text": "Do.\n"}),
        (ItemKind.TOOL, "tool:a", {"name": "a", "description": "---\nname: x\n---\nDo.\n"}),
    ],
)
def test_a_text_is_what_a_person_says_it_is(tmp_path: Path, kind: ItemKind, key: str, content: Json) -> None:
    write(tmp_path, "a.md", "---\nname: x\n---\nDo.\n")
    (item,) = take("a.md", tmp_path, kind).items
    assert (item.key, item.content) == (key, content)


def test_what_is_no_text_or_too_large_is_no_clean_result(tmp_path: Path) -> None:
    write(tmp_path, "a.bin", b"\x00\x01")
    with pytest.raises(TargetError, match=r"a\.bin: no text"):
        take("a.bin", tmp_path)
    write(tmp_path, "b.txt", "x" * 11)
    with pytest.raises(LimitExceeded, match=r"b\.txt: larger than 10 bytes"):
        take("b.txt", tmp_path, limits=Limits(message_bytes=10))
    with pytest.raises(LimitExceeded, match="standard input: larger than 10 bytes"):
        take("-", tmp_path, stdin=b"x" * 11, limits=Limits(message_bytes=10))
    with pytest.raises(TargetError, match="nothing was given on standard input"):
        take("-", tmp_path)
