"""Whatever items hold that come from other people's files, the document stays valid and whole."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bom.application import COMMIT, INVENTORY, report
from bom.documents import problems
from bom.spdx_documents import listed
from bom.spdx_documents import problems as spdx_problems
from driftseal.bom.cyclonedx import CycloneDx
from driftseal.bom.spdx import Spdx
from driftseal.model.item import Evidence, ItemKind
from driftseal.model.snapshot import Origin
from driftseal.model.target import Target
from driftseal.pipeline.bom import build
from driftseal.snapshot import make_item, take
from report.sample import NOW

WORDS = st.sampled_from(
    ["", "huggingface", "openai", "a/b", "models:/m/3", COMMIT, "v1", "pypi", "maven", "a:b", "mcp", "inference",
     "https://u:p@h/x?k", "http://[::1", "pkg:npm/%40a/b@1", "../..", "/home/alice/x", "~bob/y", "x" * 3000,
     "\x00\x1b[31m\u202e", "\ud800", "owner/repo@v1", "vscode", "a.b", "true", "name", "apache-2.0", "llama3.2"]
) | st.text(max_size=8)  # fmt: skip
USER = re.compile("[a]lice")
"""Written so that it is none of the strings that Hypothesis reads in this file and tries."""
JSON = st.recursive(
    WORDS | st.none() | st.booleans() | st.integers(-5, 1 << 70) | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=4,
)
KEYS = (
    "provider", "id", "revision", "hosted", "remote_code", "task", "base", "endpoint", "files", "split", "ecosystem",
    "package", "role", "version", "requirement", "imported", "base_url_source", "framework", "model", "tools",
    "prompts", "servers", "source", "used_by", "sha256", "length", "symbol", "uses", "runs", "env", "permissions",
    "store", "title", "hosts", "installed_by", "transport", "command", "text", "frontmatter", "digest", "document",
    "properties", "format", "size", "license", "base_model", "datasets", "commit", "config", "architectures", "name",
)  # fmt: skip
CONTENT = st.dictionaries(st.sampled_from(KEYS), JSON, max_size=8)
TARGETS = (
    INVENTORY,
    Target("agent_files", ".#agent-files", "agent files", "agent-files/project/."),
    Target("model", "weights", "weights", "model:~/weights"),
    Target("hf", "hf:a/b", "a/b", "model/hf:a/b"),
    Target("mlflow", "mlflow:m/3", "m", "model/mlflow:m"),
    Target("ollama", "ollama:llama3.2", "llama3.2", "ollama/registry.ollama.ai/library/llama3.2:latest"),
)
NAMES = WORDS | st.sampled_from(["skills/a/SKILL.md", "skills/a/x.py", "README.md", "config.json", "m.gguf"])


@st.composite
def snapshots(draw: st.DrawFn) -> Any:
    target = draw(st.sampled_from(TARGETS))
    kinds = st.sampled_from([kind for kind in ItemKind if kind is not ItemKind.TOOL_RESULT])
    items = [
        make_item(
            draw(kinds), draw(NAMES), draw(CONTENT), evidence=[Evidence(draw(WORDS), "", draw(st.integers(0, 9)))]
        )
        for _ in range(draw(st.integers(0, 4)))
    ]
    if target.kind != INVENTORY.kind and draw(st.booleans()):
        items.append(make_item(ItemKind.MODEL, "", draw(CONTENT), evidence=[Evidence("x")]))
    taken = take(target, items, origin=draw(st.sampled_from(Origin)), collected_at=NOW)
    return replace(taken, target=replace(target, identity=target.identity + draw(st.sampled_from(["", "2"]))))


@given(st.lists(snapshots(), max_size=3, unique_by=lambda taken: taken.target.identity))
@settings(max_examples=30, deadline=None)
def test_hostile_items_make_no_invalid_document(taken: Any) -> None:
    bom = build(report(*taken), root_name="x")
    for version in CycloneDx.versions:
        text = CycloneDx(version).render(bom)
        assert problems(json.loads(text)) == []
        assert not USER.search(text)
    document = json.loads(Spdx("3.0.1").render(bom))
    assert spdx_problems(document) == []
    assert listed(document) == {"root", *(one.ref for one in bom.everything()), *(one.ref for one in bom.services)}
    assert not USER.search(json.dumps(document))


def test_the_same_hostile_items_give_the_same_bytes() -> None:
    items = [make_item(ItemKind.AGENT, "a", {"tools": ["b", {"c": 1}], "model": 7, "servers": "x"})]
    taken = take(INVENTORY, items, origin=Origin.STATIC, collected_at=NOW)
    first, second = (CycloneDx("1.7").render(build(report(taken), root_name="x")) for _ in range(2))
    assert first == second


def test_models_of_two_places_that_are_told_alike_stay_two() -> None:
    targets = [Target("model", f"/{at}/weights", "weights", f"model:/{at}/weights") for at in "ab"]
    # One of them is a server too, so that its model is a part of that.
    extra = [[make_item(ItemKind.PERMISSION, "", {})], []]
    model = make_item(ItemKind.MODEL, "", {}, evidence=[Evidence("x")])
    taken = [
        take(target, [model, *more], origin=Origin.STATIC, collected_at=NOW)
        for target, more in zip(targets, extra, strict=True)
    ]
    document = json.loads(CycloneDx("1.7").render(build(report(*taken), root_name="x")))
    assert problems(document) == []
    assert len(document["components"]) == 2
    assert "/a/" not in json.dumps(document)


def test_what_a_repository_on_the_hub_calls_itself_is_no_path_of_this_machine() -> None:
    told: Any = {"id": "/home/alice/x", "commit": "/home/alice/y"}
    model = make_item(ItemKind.MODEL, "", told, evidence=[Evidence("x")])
    taken = take(Target("hf", "hf:a/b", "a/b", "model/hf:a/b"), [model], origin=Origin.STATIC, collected_at=NOW)
    document = json.loads(CycloneDx("1.7").render(build(report(taken), root_name="x")))
    assert (document["components"][0]["group"], document["components"][0]["name"]) == ("a", "b")
    assert not USER.search(json.dumps(document))
