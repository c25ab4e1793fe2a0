"""The CycloneDX document: valid under two engines, deterministic, complete in itself, free of this machine."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packageurl import PackageURL

import driftseal
from bom.documents import by_ref, dangling, loose, problems, properties, schema_complaints, twice
from driftseal import resources
from driftseal.bom.cyclonedx import CycloneDx
from driftseal.canonical import canonicalize
from driftseal.model.drift import Change, ChangeKind, Drift, PathChange
from driftseal.model.finding import Finding, Location, Match
from driftseal.model.item import Evidence, ItemKind
from driftseal.model.report import Report, Threshold
from driftseal.model.rule import Severity
from driftseal.model.snapshot import Origin
from driftseal.model.target import Target
from driftseal.model.trust import Verification, VerificationStatus
from driftseal.pipeline import _bom_card, _bom_items
from driftseal.pipeline.bom import build
from driftseal.snapshot import make_item, take
from report.golden import FOLDER, check
from report.sample import HIDDEN_TEXT, NOTES, NOW, WEATHER, sample_report

VERSIONS = CycloneDx.versions
EXAMPLE = Path(__file__).parents[2] / "sbom" / "example" / "mcp-servers.cdx.json"
SERVICE = "service/cursor/project/.cursor/mcp.json/weather"
TOOL = "item/cursor/project/.cursor/mcp.json/weather#tool:forecast"


def text_of(report: Report, version: str = "1.7") -> str:
    return CycloneDx(version).render(build(report, root_name="demo"))


def bom_of(report: Report, version: str = "1.7") -> Any:
    return json.loads(text_of(report, version))


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for child in value:
            yield from strings(child)
    elif isinstance(value, dict):
        for child in value.values():
            yield from strings(child)


def only(*snapshots: Any, **more: Any) -> Report:
    return Report("bom", "0.1.0", "0" * 12, NOW, Threshold(), snapshots=snapshots, **more)


# --- valid -----------------------------------------------------------------------------------


def test_the_example_that_we_ship_is_what_we_write() -> None:
    check(EXAMPLE, text_of(sample_report()))


def test_the_older_version_reads_as_its_golden_file() -> None:
    check(FOLDER / "bom-1.6.cdx.json", text_of(sample_report(), "1.6"))


@pytest.mark.parametrize("version", VERSIONS)
def test_nothing_is_wrong_with_the_document(version: str) -> None:
    assert problems(bom_of(sample_report(), version)) == []


@pytest.mark.parametrize("version", VERSIONS)
def test_a_document_about_nothing_is_valid(version: str) -> None:
    document = {"dependencies": [], **bom_of(only(), version)}
    assert schema_complaints(document, version) == []


def test_the_schema_that_we_ship_notices_a_mistake() -> None:
    document = bom_of(sample_report())
    document["services"][0]["hashes"] = []
    assert schema_complaints(document, "1.7") != []


def test_the_older_version_holds_nothing_that_came_later() -> None:
    assert "citations" in bom_of(sample_report())
    assert "citations" not in bom_of(sample_report(), "1.6")


def test_no_reference_holds_an_escape_that_readers_stumble_over() -> None:
    odd = take(
        Target("m", "a", "b", "x~/%40/é#"),
        [make_item(ItemKind.TOOL, "~ %#é", {})],
        origin=Origin.LIVE,
        collected_at=NOW,
    )
    document = bom_of(only(odd))
    assert list(by_ref(document)) == [
        "item/x~7E/~2540/~C3~A9~23#tool:~7E~20~25~23~C3~A9",
        "service/x~7E/~2540/~C3~A9~23",
    ]
    assert dangling(document) == set()


def test_package_urls_are_canonical() -> None:
    purls = [part["purl"] for part in bom_of(sample_report())["components"] if "purl" in part]
    assert purls == ["pkg:npm/%40acme/weather-mcp"]
    assert [PackageURL.from_string(purl).to_string() for purl in purls] == purls


# --- what it says ----------------------------------------------------------------------------


def test_a_server_is_a_service_that_says_how_it_was_looked_at() -> None:
    told = by_ref(bom_of(sample_report()))[SERVICE]
    assert (told["name"], told["group"], told["version"], told["authenticated"]) == ("weather", "mcp", "2.1.0", True)
    about = properties(told)
    assert about["driftseal:coverage"] == "live"
    assert about["driftseal:mcp:protocolVersion"] == "2025-11-25"
    assert about["cdx:mcp:transport"] == "stdio"
    assert about["driftseal:mcp:command"] == "npx -y @acme/weather-mcp"


def test_a_remote_server_has_its_endpoint_and_crosses_the_trust_boundary() -> None:
    told = by_ref(bom_of(sample_report()))["service/cursor/project/.cursor/mcp.json/notes"]
    assert told["endpoints"] == ["https://notes.example.com/mcp"]
    assert told["x-trust-boundary"] is True


def test_a_tool_is_a_definition_whose_digest_anyone_can_compute_again() -> None:
    told = by_ref(bom_of(sample_report()))[TOOL]
    item = next(
        item for snapshot in sample_report().snapshots for item in snapshot.items if item.key == "tool:forecast"
    )
    assert (told["type"], told["data"][0]["type"]) == ("data", "definition")
    assert told["hashes"] == [{"alg": "SHA-256", "content": hashlib.sha256(canonicalize(item.content)).hexdigest()}]
    assert properties(told)["driftseal:item:digest"] == str(item.digest)
    assert told["tags"] == ["mcp-tool", "takes-in-untrusted-content"]
    assert properties(told)["cdx:mcp:toolAnnotations"] == '{"readOnlyHint":true}'


def test_a_server_provides_its_tools_and_depends_on_its_package_and_credentials() -> None:
    rows = {row["ref"]: row for row in bom_of(sample_report())["dependencies"]}
    assert TOOL in rows[SERVICE]["provides"]
    assert rows[SERVICE]["dependsOn"] == [
        "credential/WEATHER_KEY",
        "pkg:npm/~40acme/weather-mcp",
    ]


def test_a_credential_is_told_by_its_name_alone() -> None:
    told = by_ref(bom_of(sample_report()))["credential/WEATHER_KEY"]
    assert told["name"] == "WEATHER_KEY"
    assert told["cryptoProperties"]["relatedCryptoMaterialProperties"] == {"type": "credential"}


def test_a_finding_is_a_vulnerability_of_the_very_tool() -> None:
    told = {entry["id"]: entry for entry in bom_of(sample_report())["vulnerabilities"]}
    found = told["unicode-tags"]
    assert found["affects"] == [{"ref": TOOL}]
    assert found["ratings"][0]["severity"] == "critical"
    assert found["cwes"] == [1427]
    assert found["analysis"] == {"state": "in_triage"}
    assert properties(found)["driftseal:taxonomy:owasp-mcp"] == "MCP03:2025"


def test_an_accepted_finding_says_so_and_until_when() -> None:
    document = bom_of(sample_report())
    told = [entry for entry in document["vulnerabilities"] if entry["analysis"]["state"] == "exploitable"]
    assert [entry["analysis"]["detail"] for entry in told] == [
        "accepted until 2026-12-31: the dump is kept as a bad example"
    ]


def test_drift_is_an_annotation_on_what_changed() -> None:
    told = {entry["text"]: entry for entry in bom_of(sample_report())["annotations"]}
    text = next(text for text in told if "tool:history renamed from tool:past at /name" in text)
    assert told[text]["subjects"] == ["item/cursor/project/.cursor/mcp.json/weather#tool:history"]
    gone = next(text for text in told if "tool:radar removed" in text)
    assert told[gone]["subjects"] == [SERVICE]


def test_what_could_not_be_looked_at_is_incomplete() -> None:
    told = {entry["aggregate"]: entry["assemblies"] for entry in bom_of(sample_report())["compositions"]}
    assert told["complete"] == [SERVICE]
    assert "service/cursor/project/.cursor/mcp.json/notes" in told["incomplete"]
    assert "root" in told["incomplete"]


def test_a_configuration_that_was_only_read_does_not_say_that_there_are_no_tools() -> None:
    launch = make_item(ItemKind.LAUNCH, "", {"command": "npx"})
    document = bom_of(only(take(NOTES, [launch], origin=Origin.STATIC, collected_at=NOW)))
    assert [entry["aggregate"] for entry in document["compositions"]] == ["unknown"]


def test_citations_say_whose_word_it_is() -> None:
    document = bom_of(sample_report())
    told = {entry["note"]: entry for entry in document["citations"]}
    live = told["as the running server described itself"]
    assert live["attributedTo"] == SERVICE
    cited = {document["components"][int(pointer.rpartition("/")[2])]["bom-ref"] for pointer in live["pointers"]}
    assert TOOL in cited
    assert told["as a file describes the server"]["attributedTo"] == "driftseal"


def test_one_package_launched_twice_is_one_component_with_two_places() -> None:
    launches = [
        take(
            replace(target, identity=target.name),
            [
                make_item(
                    ItemKind.LAUNCH,
                    "",
                    {"command": "npx", "package": {"type": "npm", "name": "@a/b", "version": "1.0.0"}},
                    evidence=[Evidence("mcp.json", "", line)],
                )
            ],
            origin=Origin.STATIC,
            collected_at=NOW,
        )
        for line, target in enumerate((WEATHER, NOTES), 1)
    ]
    packages = [part for part in bom_of(only(*launches))["components"] if "purl" in part]
    assert [part["purl"] for part in packages] == ["pkg:npm/%40a/b@1.0.0"]
    assert [place["line"] for place in packages[0]["evidence"]["occurrences"]] == [1, 2]
    assert properties(packages[0])["driftseal:package:pinned"] == "true"


@pytest.mark.parametrize(
    ("package", "purl", "version", "pinned"),
    [
        ({"type": "npm", "name": "@a/b", "version": "1.0.0", "pinned": True}, "pkg:npm/%40a/b@1.0.0", "1.0.0", "true"),
        ({"type": "npm", "name": "@a/b", "version": "latest", "pinned": False}, "pkg:npm/%40a/b", None, "false"),
        ({"type": "npm", "name": "b", "version": None, "pinned": False}, "pkg:npm/b", None, "false"),
        (
            {"type": "pypi", "name": "A_b", "version": "2.8.0+cpu", "pinned": True},
            "pkg:pypi/a-b@2.8.0%2Bcpu",
            "2.8.0+cpu",
            "true",
        ),
        (
            {"type": "docker", "name": "mcp/x", "version": "3", "pinned": False, "purl": "pkg:docker/mcp/x@3"},
            "pkg:docker/mcp/x@3",
            "3",
            "false",
        ),
        ({"type": "git", "name": "https://x.example/y.git", "version": "main", "pinned": False}, None, None, "false"),
    ],
)
def test_a_package_is_told_as_exactly_as_it_was_asked_for(
    package: dict[str, Any], purl: str | None, version: str | None, pinned: str
) -> None:
    launch = make_item(ItemKind.LAUNCH, "", {"command": "x", "package": package})
    (told,) = bom_of(only(take(NOTES, [launch], origin=Origin.STATIC, collected_at=NOW)))["components"]
    assert (told.get("purl"), told.get("version"), properties(told)["driftseal:package:pinned"]) == (
        purl,
        version,
        pinned,
    )


def test_a_package_item_speaks_for_the_launch_that_names_it() -> None:
    described: dict[str, Any] = {"type": "docker", "name": "ghcr.io/a/b", "version": "1", "pinned": False}
    items = [
        make_item(ItemKind.LAUNCH, "", {"command": "docker", "package": {**described}}),
        make_item(
            ItemKind.PACKAGE,
            "pkg:docker/a/b?repository_url=ghcr.io",
            {**described, "purl": "pkg:docker/a/b@1?repository_url=ghcr.io"},
        ),
    ]
    document = bom_of(only(take(NOTES, items, origin=Origin.STATIC, collected_at=NOW)))
    assert [part["purl"] for part in document["components"]] == ["pkg:docker/a/b@1?repository_url=ghcr.io"]


# --- deterministic and free of this machine --------------------------------------------------


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
