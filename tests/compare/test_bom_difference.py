"""Two bills of materials held against each other: what is new, gone and changed, whoever wrote them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bom.application import application, report
from driftseal.bom.cyclonedx import CycloneDx
from driftseal.bom.spdx import Spdx
from driftseal.compare.bom import Difference, compare
from driftseal.errors import FormatError, LimitExceeded
from driftseal.formats import bom_document
from driftseal.limits import DEFAULT_LIMITS, Limits
from driftseal.pipeline.bom import build
from growth import grows_linearly
from report.sample import sample_report


def read(document: Any, limits: Limits = DEFAULT_LIMITS) -> bom_document.Document:
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    return bom_document.read(data, "x.json", limits)


def cdx(*components: Any, services: Any = ()) -> dict[str, Any]:
    """A document as the least of tools writes it."""
    return {"bomFormat": "CycloneDX", "specVersion": "1.5", "components": [*components], "services": [*services]}


def part(name: str, **more: Any) -> dict[str, Any]:
    return {"type": "library", "name": name, **more}


def between(old: Any, new: Any) -> Difference:
    return compare(read(old), read(new))


def fields(found: Difference) -> dict[str, tuple[str, str]]:
    (one,) = found.changed
    return {change.field: (change.old, change.new) for change in one.changes}


# --- who is who ------------------------------------------------------------------------------


def test_order_references_and_places_are_no_difference() -> None:
    seen = {"occurrences": [{"location": "a.py"}]}
    old = cdx(part("a", **{"bom-ref": "1"}, evidence=seen), part("b"), services=[part("s")])
    new = cdx(part("b", **{"bom-ref": "x"}), part("a", tags=[]), services=[part("s")])
    assert between(old, new).is_empty


def test_a_component_that_is_new_and_one_that_is_gone() -> None:
    found = between(cdx(part("a"), part("b")), cdx(part("b"), part("c")))
    assert ([one.name for one in found.added], [one.name for one in found.removed]) == (["c"], ["a"])
    assert not found.changed


def test_another_version_of_a_package_is_a_change_and_not_another_package() -> None:
    old = part("mcp", group="@acme", version="1.0", purl="pkg:npm/%40acme/mcp@1.0", **{"bom-ref": "r1"})
    new = {**old, "version": "1.1", "purl": "pkg:npm/%40acme/mcp@1.1", "bom-ref": "r2"}
    assert fields(between(cdx(old), cdx(new))) == {
        "purl": ("pkg:npm/%40acme/mcp@1.0", "pkg:npm/%40acme/mcp@1.1"),
        "version": ("1.0", "1.1"),
    }


def test_of_two_versions_the_one_that_stayed_is_the_same() -> None:
    def package(version: str) -> dict[str, Any]:
        return part("torch", version=version, purl=f"pkg:pypi/torch@{version}")

    found = between(cdx(package("1"), package("2")), cdx(package("2"), package("3")))
    assert fields(found)["version"] == ("1", "3")
    assert (found.added, found.removed) == ((), ())


def test_of_two_that_go_by_one_name_each_is_held_against_itself() -> None:
    def weights(ref: str, version: str) -> dict[str, Any]:
        return part("weights.bin", version=version, **{"bom-ref": ref})

    found = between(cdx(weights("a", "1"), weights("b", "2")), cdx(weights("b", "2"), weights("a", "3")))
    assert fields(found) == {"version": ("1", "3")}


def test_without_references_the_version_that_stayed_is_the_same() -> None:
    found = between(cdx(part("a", version="1"), part("a", version="2")), cdx(part("a", version="2")))
    assert ([one.version for one in found.removed], found.changed) == (["1"], ())


def test_a_package_that_is_called_something_else_now_is_the_same_package() -> None:
    old = {"type": "library", "name": "acme", "purl": "pkg:npm/%40acme/mcp@1.0"}
    new = {"type": "framework", "name": "mcp", "purl": "pkg:npm/%40acme/mcp@2.0?x=y#z"}
    assert fields(between(cdx(old), cdx(new))).keys() == {"name", "purl", "type"}


def test_a_component_and_a_service_of_one_name_are_two_things() -> None:
    found = between(cdx(part("git")), cdx(services=[{"name": "git"}]))
    assert [(one.kind, one.name) for one in (*found.added, *found.removed)] == [
        ("service", "git"),
        ("component", "git"),
    ]


def test_files_within_a_model_are_compared_too() -> None:
    def whole(digest: str) -> dict[str, Any]:
        file = {"type": "file", "name": "w.bin", "hashes": [{"alg": "SHA-256", "content": digest}]}
        return {"type": "machine-learning-model", "name": "m", "components": [file]}

    found = between(cdx(whole("a" * 64)), cdx(whole("b" * 64)))
    assert fields(found) == {"hashes.SHA-256": ("a" * 64, "b" * 64)}
    assert found.changed[0].new.name == "w.bin"


# --- what changed ----------------------------------------------------------------------------


def test_licences_properties_and_endpoints_are_told_one_by_one() -> None:
    old = part(
        "a",
        licenses=[{"license": {"id": "MIT"}}],
        properties=[{"name": "x:y", "value": "1"}, {"name": "driftseal:evidence", "value": "a:1"}],
        endpoints=["https://a"],
        modelCard={"modelParameters": {"task": "a"}},
    )
    new = part(
        "a",
        licenses=[{"expression": "Apache-2.0"}],
        properties=[{"name": "driftseal:evidence", "value": "b:2"}, {"name": "x:z", "value": "1"}],
        endpoints=["https://b"],
        modelCard={"modelParameters": {"task": "b"}},
    )
    assert fields(between(cdx(old), cdx(new))) == {
        "licenses": ("MIT", "Apache-2.0"),
        "properties.x:y": ("1", ""),
        "properties.x:z": ("", "1"),
        "endpoints": ("https://a", "https://b"),
        "modelCard.modelParameters.task": ("a", "b"),
    }


@pytest.mark.parametrize("kind", [CycloneDx, Spdx])
def test_a_document_of_ours_does_not_differ_from_itself_at_another_time(kind: Any) -> None:
    whole = build(application(), root_name="demo")
    first = kind(kind.versions[0]).render(whole).encode()
    later = application()
    second = kind(kind.versions[0]).render(build(report(*later.snapshots), root_name="other")).encode()
    assert first != second
    assert between(first, second).is_empty
    assert len(read(first).listed) == len([*whole.everything(), *whole.services])


@pytest.mark.parametrize("kind", [CycloneDx, Spdx])
def test_what_is_new_in_a_document_of_ours_is_told(kind: Any) -> None:
    few = application().snapshots[:1]
    old = kind(kind.versions[0]).render(build(report(*few), root_name="demo")).encode()
    new = kind(kind.versions[0]).render(build(application(), root_name="demo")).encode()
    found = between(old, new)
    assert not found.removed
    assert {one.name for one in found.added if one.kind == "service"} == {"git"}
    assert {"pdf", "AGENTS.md", "reviewer", "GITHUB_TOKEN"} <= {one.name for one in found.added}


def test_a_licence_in_spdx_is_told_by_its_expression() -> None:
    text = Spdx("3.0.1").render(build(application(), root_name="demo"))
    found = between(text.encode(), text.replace('"Apache-2.0"', '"MIT"').encode())
    assert fields(found) == {"licenses": ("Apache-2.0", "MIT")}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"endpoints": ["a, b"]}, {"endpoints": ["a", "b"]}),
        ({"hashes": [1]}, {"hashes": [2]}),
        ({"licenses": [{"license": {"text": "a"}}]}, {"licenses": [{"license": {"text": "b"}}]}),
        ({"modelCard": {"evidence": "a"}}, {"modelCard": {"evidence": "b"}}),
        ({"properties": [{"name": "a", "value": "1"}] * 2}, {"properties": [{"name": "a", "value": "1"}]}),
    ],
)
def test_no_shape_hides_a_change(old: Any, new: Any) -> None:
    assert not between(cdx(part("a", **old)), cdx(part("a", **new))).is_empty


def test_a_further_licence_in_spdx_hides_none() -> None:
    def licensed(*names: str) -> dict[str, Any]:
        graph = [{"type": "software_Package", "spdxId": "a:p", "name": "p"}]
        link = {"relationshipType": "hasDeclaredLicense", "from": "a:p"}
        return {"@context": "https://spdx.org/x", "@graph": [*graph, *({**link, "to": [name]} for name in names)]}

    assert fields(between(licensed("a:x", "a:y"), licensed("a:z", "a:y"))) == {
        "licenses": ('["a:x", "a:y"]', '["a:y", "a:z"]')
    }


# --- bad input -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"{}", "is no bill of materials that can be read"),
        (b"[]", "is no bill of materials that can be read"),
        (b"<bom/>", "not valid JSON"),
        (b'{"bomFormat": "CycloneDX", "components": {}}', "are lists"),
        (b'{"bomFormat": "CycloneDX", "components": [1]}', "no object"),
        (b'{"bomFormat": "CycloneDX", "components": [{"type": "file"}]}', "without a name"),
        (b'{"bomFormat": "CycloneDX", "components": [], "components": []}', "'components' twice"),
        (b'{"@context": "https://spdx.org/x", "@graph": [[]]}', "no object"),
        (b'{"@context": "https://spdx.org/x", "@graph": [{"type": "software_File"}]}', "without a name"),
    ],
)
def test_what_cannot_be_read_says_why(data: bytes, reason: str) -> None:
    with pytest.raises(FormatError, match=reason):
        read(data)


@pytest.mark.parametrize("value", [None, 1, "x", [], {}, [1], [[]], [{}], [None], [{"alg": 1}], [{"license": 1}]])
@pytest.mark.parametrize(
    "member", ["hashes", "licenses", "properties", "version", "purl", "bom-ref", "group", "type", "evidence", "tags"]
)
def test_members_of_any_shape_are_compared_as_they_are(member: str, value: Any) -> None:
    odd = {"name": "a", member: value}
    assert between(cdx(odd), cdx(odd)).is_empty
    assert not between(cdx(odd), cdx()).is_empty


@pytest.mark.parametrize("value", [None, 1, "x", [], {}, [1], [[]], [{}]])
@pytest.mark.parametrize("member", ["spdxId", "extension", "verifiedUsing", "type", "rootElement", "statement", "to"])
def test_elements_of_any_shape_are_no_crash(member: str, value: Any) -> None:
    graph = [
        {"type": "SpdxDocument", "spdxId": "a#b"},
        {"type": "software_Sbom", "rootElement": ["a#root"]},
        {"type": "software_File", "name": "f", "spdxId": "a#f", member: value},
        {"type": "Annotation", "contentType": "application/json", "subject": "a#f", "statement": "{}"},
        {"type": "Relationship", "relationshipType": "hasDeclaredLicense", "from": "a#f", "to": [], member: value},
    ]
    document = {"@context": "https://spdx.org/x", "@graph": graph}
    assert between(document, document).is_empty


def test_more_than_the_limit_is_not_read() -> None:
    with pytest.raises(LimitExceeded, match="more than 2 components"):
        read(cdx(part("a"), part("b"), part("c")), Limits(bom_parts=2))
    with pytest.raises(LimitExceeded, match="deeper than"):
        read(b'{"a":' * 100 + b"1" + b"}" * 100)


def test_many_of_one_name_take_linear_time() -> None:
    def run(size: int) -> None:
        between(cdx(*({"name": "a", "version": str(n)} for n in range(size))), cdx(*({"name": "a"},) * size))

    assert grows_linearly(run, 1000)


def test_many_remarks_on_one_element_take_linear_time() -> None:
    def run(size: int) -> None:
        remark = {"type": "Annotation", "contentType": "application/json", "subject": "a#f"}
        long = json.dumps({str(number): 1 for number in range(20 * size)})
        graph = [{**remark, "statement": statement} for statement in (long, *["{}"] * size)]
        read({"@context": "https://spdx.org/x", "@graph": graph})

    assert grows_linearly(run, 500)


def test_the_sample_report_is_read_whole_in_both_formats() -> None:
    whole = build(sample_report(), root_name="demo")
    refs = {one.ref for one in whole.everything()} | {one.ref for one in whole.services}
    assert {one.ref for one in read(CycloneDx("1.7").render(whole).encode()).listed} == refs
    assert len(read(Spdx("3.0.1").render(whole).encode()).listed) == len(refs)
