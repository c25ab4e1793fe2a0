"""Every document that we keep passes the official schema under engines of others, and what readers ask of it."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from bom.application import application
from bom.documents import NAME, PURL, VALUE, by_ref, problems
from driftseal.bom.cyclonedx import CycloneDx
from driftseal.model.bom import Bom, Component
from driftseal.model.item import ItemKind
from driftseal.pipeline.bom import build
from report.sample import sample_report

ROOT = Path(__file__).parents[2]
SCRIPT = Path(__file__).with_name("validate.mjs")
KEPT = sorted([*ROOT.glob("sbom/example/*.cdx.json"), *ROOT.glob("tests/golden/*.cdx.json")])


def ajv(tools: Path, documents: Sequence[Path]) -> subprocess.CompletedProcess[str]:
    """What ajv says of documents, as it runs under Node."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    if not (tools / "node_modules" / "ajv").is_dir():
        pytest.skip("ajv is not among the tools; install them again with tests/tools.py")
    command = [node, str(SCRIPT), str(tools / "node_modules"), str(ROOT / "sbom" / "schema"), *map(str, documents)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)


def test_the_documents_that_we_keep_are_an_application_servers_and_a_model() -> None:
    assert [path.name for path in KEPT] == [
        "application.cdx.json",
        "mcp-servers.cdx.json",
        "model.cdx.json",
        "bom-1.6.cdx.json",
    ]


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.name)
def test_nothing_is_wrong_with_a_document_that_we_keep(path: Path) -> None:
    assert problems(json.loads(path.read_text(encoding="utf-8"))) == []


def test_ajv_accepts_every_document_in_both_versions(tools: Path, tmp_path: Path) -> None:
    made = []
    for version in CycloneDx.versions:
        for number, report in enumerate((application(), sample_report())):
            path = tmp_path / f"{number}-{version}.json"
            path.write_text(CycloneDx(version).render(build(report, root_name="x")), encoding="utf-8")
            made.append(path)
    done = ajv(tools, [*KEPT, *made])
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)


def test_ajv_notices_a_mistake(tools: Path, tmp_path: Path) -> None:
    document = json.loads(KEPT[0].read_text(encoding="utf-8"))
    document["components"][0]["type"] = "agent"
    path = tmp_path / "wrong.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    done = ajv(tools, [path])
    assert done.returncode == 1
    assert "/components/0/type must be equal to one of the allowed values" in done.stdout


def _without_target(document: Any) -> None:
    document["dependencies"][0]["dependsOn"].append("nobody")


def _twice(document: Any) -> None:
    document["components"].append(document["components"][0])


def _loose(document: Any) -> None:
    document["components"].append({"type": "file", "bom-ref": "lonely", "name": "x"})


def _wrong_purl(document: Any) -> None:
    by_ref(document)["pkg:pypi/torch@2.8.0~2Bcpu"]["purl"] = "pkg:pypi/torch@2.8.0+cpu"


def _short_digest(document: Any) -> None:
    next(part for part in document["components"] if "hashes" in part)["hashes"][0]["content"] = "abc"


def _new_word(document: Any) -> None:
    document["specVersion"] = "1.6"


def _lost_pointer(document: Any) -> None:
    document["citations"] = [{"pointers": ["/components/999"], "attributedTo": "driftseal",
                              "timestamp": document["metadata"]["timestamp"]}]  # fmt: skip


@pytest.mark.parametrize(
    ("mistake", "told"),
    [
        (_without_target, "leads nowhere: nobody"),
        (_twice, "given twice"),
        (_loose, "hangs on nothing: lonely"),
        (_wrong_purl, "no canonical package URL"),
        (_short_digest, "no digest"),
        (_new_word, "new in 1.7: isExternal"),
        (_lost_pointer, "leads nowhere: /components/999"),
    ],
)
def test_our_own_checks_notice_mistakes(mistake: Callable[[Any], None], told: str) -> None:
    document = json.loads(CycloneDx("1.7").render(build(application(), root_name="x")))
    mistake(document)
    assert any(told in problem for problem in problems(document))


def test_nothing_is_longer_than_dependency_track_takes() -> None:
    long = "x" * 5000
    part = Component(
        ref="a",
        kind=str(ItemKind.MODEL),
        type="machine-learning-model",
        name=long,
        version=long,
        group=long,
        publisher=long,
        description=f"{long}\nsecond line",
        properties={"driftseal:item:kind": long},
    )
    root = Component(ref="root", kind="system", type="application", name=long)
    document = json.loads(CycloneDx("1.7").render(Bom(root, "2026-01-01T00:00:00Z", "0.1.0", (part,))))
    (told,) = document["components"]
    assert [len(told[key]) for key in ("name", "version", "group", "publisher")] == [NAME] * 4
    assert (len(told["description"]), len(told["properties"][0]["value"])) == (VALUE, VALUE)
    assert len(document["metadata"]["component"]["name"]) == NAME


def test_github_can_file_every_package_under_its_package_url() -> None:
    """A snapshot of the dependency submission API is a mapping by name; GitHub takes at most eight metadata each."""
    document = json.loads(CycloneDx("1.7").render(build(application(), root_name="x")))
    purls = [part["purl"] for part in document["components"] if "purl" in part]
    assert len(purls) == len(set(purls)) == 11
    assert max(map(len, purls)) <= PURL
