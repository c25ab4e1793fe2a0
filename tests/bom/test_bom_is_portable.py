"""The document is deterministic, complete in itself and free of this machine, whatever things are called."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import driftseal
from bom.documents import dangling, loose, properties, schema_complaints, twice
from bom.making import bom_of, only, strings, text_of
from driftseal import resources
from driftseal.bom.cyclonedx import CycloneDx
from driftseal.model.drift import Change, ChangeKind, Drift, PathChange
from driftseal.model.finding import Finding, Location, Match
from driftseal.model.item import Evidence, ItemKind
from driftseal.model.rule import Severity
from driftseal.model.snapshot import Origin
from driftseal.model.target import Target
from driftseal.model.trust import Verification, VerificationStatus
from driftseal.pipeline import _bom_card, _bom_items
from driftseal.snapshot import make_item, take
from report.sample import HIDDEN_TEXT, NOTES, NOW, sample_report

VERSIONS = CycloneDx.versions
EXAMPLE = Path(__file__).parents[2] / "sbom" / "example" / "mcp-servers.cdx.json"
SERVICE = "service/cursor/project/.cursor/mcp.json/weather"
TOOL = "item/cursor/project/.cursor/mcp.json/weather#tool:forecast"


@pytest.mark.parametrize("version", VERSIONS)
def test_the_same_report_gives_the_same_bytes_in_whatever_order_it_was_put_together(version: str) -> None:
    report = sample_report()
    shuffled = replace(
        report,
        snapshots=report.snapshots[::-1],
        findings=report.findings[::-1],
        drifts=tuple(replace(drift, changes=drift.changes[::-1]) for drift in report.drifts[::-1]),
        capabilities=report.capabilities[::-1],
    )
    assert text_of(shuffled, version) == text_of(report, version)


def test_another_content_gets_another_serial_number() -> None:
    report = sample_report()
    first, second = bom_of(report), bom_of(replace(report, findings=()))
    assert first["serialNumber"] != second["serialNumber"]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("/home/alice/secret/servers.json", "servers.json"),
        ("C:\\Users\\Alice Smith\\servers.json", "servers.json"),
        ("\\\\fileserver\\alice\\servers.json", "servers.json"),
        ("~alice/servers.json", "servers.json"),
        ("file:///home/alice/servers.json", "servers.json"),
    ],
)
def test_no_folder_of_this_machine_enters_the_document(given: str, kept: str) -> None:
    target = Target("manifest", given, given, given, session=given)
    items = [
        make_item(
            ItemKind.LAUNCH,
            "",
            {"command": given, "args": ["-y", given, f"--root={given}"]},
            evidence=[Evidence(given)],
        ),
        make_item(ItemKind.RESOURCE, given, {"uri": "x"}, evidence=[Evidence(given)]),
        make_item(ItemKind.PACKAGE, given, {"name": given}),
    ]
    change = Change(
        items[1].key, ChangeKind.MODIFIED, (PathChange("/uri", given, given),), Severity.LOW, "because", "r"
    )
    report = only(
        take(target, items, origin=Origin.STATIC, collected_at=NOW),
        drifts=(Drift(target, None, None, (change,), Verification(VerificationStatus.VERIFIED, "")),),
    )
    text = text_of(report)
    assert not re.search("alice|fileserver|secret", text, re.IGNORECASE)
    assert kept in text


def test_findings_about_a_launch_name_no_folder_and_those_about_a_tool_keep_their_text() -> None:
    items = [make_item(ItemKind.LAUNCH, "", {"command": "/opt/acme/bin/x"}), make_item(ItemKind.TOOL, "t", {})]
    findings = tuple(
        Finding(HIDDEN_TEXT, NOTES, Match(HIDDEN_TEXT.id, Location(NOTES.identity, item.key), f"'{path}' is odd", path))
        for item, path in zip(items, ("/opt/acme/bin/x", "/etc/ssh/keys"), strict=True)
    )
    document = bom_of(only(take(NOTES, items, origin=Origin.STATIC, collected_at=NOW), findings=findings))
    assert {(entry["description"], entry["detail"]) for entry in document["vulnerabilities"]} == {
        (".../x", "'.../x' is odd"),
        ("/etc/ssh/keys", "'/etc/ssh/keys' is odd"),
    }


def test_two_files_of_one_name_in_two_folders_stay_two() -> None:
    snapshots = [
        take(
            Target("manifest", path, "x", path),
            [make_item(ItemKind.TOOL, "t", {"p": path})],
            origin=Origin.STATIC,
            collected_at=NOW,
        )
        for path in ("/home/a/x.json", "/home/b/x.json")
    ]
    document = bom_of(only(*snapshots))
    assert (len(document["services"]), len(document["components"])) == (2, 2)


def test_an_endpoint_loses_user_query_and_fragment() -> None:
    url = "https://user:s3cret@mcp.example.com:8443/a b?token=s3cret#s3cret"
    launch = make_item(ItemKind.LAUNCH, "", {"transport": "sse", "url": url})
    document = bom_of(only(take(NOTES, [launch], origin=Origin.STATIC, collected_at=NOW)))
    assert document["services"][0]["endpoints"] == ["https://mcp.example.com:8443/a%20b"]
    assert "s3cret" not in json.dumps(document)


def test_text_from_outside_is_made_visible() -> None:
    evil = "a\u202eb\x1b[31m\ud800\U000e0041"
    tool = make_item(ItemKind.TOOL, evil, {"description": evil})
    found = Finding(HIDDEN_TEXT, NOTES, Match(HIDDEN_TEXT.id, Location(NOTES.identity, tool.key), evil, evil))
    document = bom_of(only(take(NOTES, [tool], origin=Origin.LIVE, collected_at=NOW), findings=(found,)))
    assert [text for text in strings(document) if not text.isprintable()] == []
    assert schema_complaints(document, "1.7") == []
    assert dangling(document) == set()


NASTY = st.text(st.one_of(st.characters(), st.sampled_from("/#|:@% \\\x00\x1b\ud800")), max_size=12) | st.sampled_from(
    ["pkg:npm/%40a/b@1", "pkg:", "pkg:npm/", "https://[::1", "https://a:99999/", "../..", "@a/b", "root", "driftseal"]
)


@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_whatever_targets_and_items_are_called_the_document_is_valid_and_whole(data: st.DataObject) -> None:
    def text() -> str:
        return data.draw(NASTY)

    snapshots = []
    for identity in data.draw(st.lists(NASTY, min_size=1, max_size=3, unique=True)):
        package = {"type": text(), "name": text(), "version": text(), "purl": text()}
        items = [
            make_item(
                kind,
                text(),
                {
                    "name": text(),
                    "version": text(),
                    "url": text(),
                    "command": text(),
                    "package": {**package},
                    **package,
                },
                evidence=[Evidence(text(), text(), 1)],
            )
            for kind in data.draw(st.lists(st.sampled_from(ItemKind), max_size=5))
        ]
        snapshots.append(
            take(
                Target(text(), text(), text(), identity),
                items,
                origin=data.draw(st.sampled_from(Origin)),
                collected_at=NOW,
            )
        )
    findings = tuple(
        Finding(
            HIDDEN_TEXT,
            snapshot.target,
            Match(HIDDEN_TEXT.id, Location(snapshot.target.identity, text()), text(), text()),
        )
        for snapshot in snapshots
    )
    document = bom_of(only(*snapshots, findings=findings))
    assert schema_complaints(document, "1.7") == []
    assert (dangling(document), loose(document), twice(document)) == (set(), set(), [])


def test_every_property_is_described_in_the_profile_and_none_that_is_not_written() -> None:
    readme = (resources.folder("sbom") / "README.md").read_text(encoding="utf-8")
    described = set(re.findall(r"`((?:driftseal|cdx|hf):[^`]+)`", readme))
    wildcards = {name.removesuffix("*") for name in described if name.endswith("*")}
    package = Path(driftseal.__file__).parent
    sources = [*package.glob("pipeline/_bom_*.py"), *package.glob("bom/*.py")]
    named = {
        name for path in sources for name in re.findall(r'"((?:driftseal|cdx|hf):[A-Za-z:]+)"', path.read_text("utf-8"))
    }
    assert {name for name in named if name not in described and not name.startswith(tuple(wildcards))} == set()
    made = {f"driftseal:model:{fact}" for fact in (*_bom_card._FACTS, *_bom_card._TEXTS, *_bom_card._OLLAMA)}
    made |= {f"driftseal:mcp:{hint}" for hint in _bom_items._HINTS} | {"driftseal:model:parameterCount"}
    made |= {f"driftseal:{kind}:digest" for kind in ("launch", "instructions")}
    assert made - described == set()
    assert {name for name in described if "*" not in name} - named - made == set()


def test_a_model_is_a_component_with_digests_that_its_files_hang_on() -> None:
    target = Target("model", "models/llama", "llama", "model:~/models/llama")
    files = [
        make_item(ItemKind.MODEL_FILE, name, {"sha256": name[0] * 64, "format": "safetensors", "size": 9})
        for name in ("b.safetensors", "a.safetensors")
    ]
    whole = make_item(ItemKind.MODEL, "", {"license": "mit", "architectures": ["A", "B"], "auto_map": {"x": "m.X"}})
    taken = take(target, [*files, whole], origin=Origin.STATIC, collected_at=NOW)
    document = bom_of(replace(sample_report(), snapshots=(taken,), findings=(), drifts=(), gaps=(), relations=()))
    (model,) = document["components"]
    root = hashlib.sha256(bytes.fromhex("a" * 64 + "b" * 64)).hexdigest()
    assert (model["name"], model["hashes"]) == ("llama", [{"alg": "SHA-256", "content": root}])
    assert model["licenses"] == [{"acknowledgement": "declared", "expression": "MIT"}]
    assert model["modelCard"] == {"modelParameters": {"modelArchitecture": "A, B"}}
    assert properties(model)["driftseal:model:runsCode"] == '{"x": "m.X"}'
    assert [part["hashes"][0]["content"][0] for part in model["components"]] == ["a", "b"]
    hanging = {row["ref"]: row["dependsOn"] for row in document["dependencies"]}
    assert hanging[model["bom-ref"]] == [part["bom-ref"] for part in model["components"]]
    assert hanging["root"] == [model["bom-ref"]]
    assert schema_complaints(document, "1.7") == []
