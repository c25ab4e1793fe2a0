"""The CycloneDX document is valid, and says what was seen of servers, findings and drift."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from packageurl import PackageURL

from bom.documents import by_ref, dangling, problems, properties, schema_complaints
from bom.making import bom_of, only, text_of
from driftseal.bom.cyclonedx import CycloneDx
from driftseal.canonical import canonicalize
from driftseal.model.item import Evidence, ItemKind
from driftseal.model.snapshot import Origin
from driftseal.model.target import Target
from driftseal.snapshot import make_item, take
from report.golden import FOLDER, check
from report.sample import NOTES, NOW, WEATHER, sample_report

VERSIONS = CycloneDx.versions
EXAMPLE = Path(__file__).parents[2] / "sbom" / "example" / "mcp-servers.cdx.json"
SERVICE = "service/cursor/project/.cursor/mcp.json/weather"
TOOL = "item/cursor/project/.cursor/mcp.json/weather#tool:forecast"


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
