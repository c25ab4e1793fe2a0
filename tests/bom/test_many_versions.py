"""Thousands of pinned versions of one package cost no more than their number."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from packageurl import PackageURL

from driftseal.bom._indented import indented
from driftseal.model.item import Json
from driftseal.pipeline import _bom_packages


@contextmanager
def parsed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The package URLs that are parsed inside."""
    told: list[str] = []
    whole = PackageURL.from_string

    def from_string(given: str) -> PackageURL:
        told.append(given)
        return whole(given)

    with monkeypatch.context() as patch:
        patch.setattr(PackageURL, "from_string", staticmethod(from_string))
        yield told


def test_a_package_is_parsed_once_whatever_number_of_its_versions_is_pinned(monkeypatch: pytest.MonkeyPatch) -> None:
    with parsed(monkeypatch) as told:
        urls = [_bom_packages.of_registry("npm", "@acme/many-versions", f"1.{number}.0-rc.1") for number in range(500)]
        without = {_bom_packages.without_version(url) for url in urls}
    assert urls[7] == "pkg:npm/%40acme/many-versions@1.7.0-rc.1"
    assert without == {"pkg:npm/%40acme/many-versions"}
    assert 0 < len(told) < 5


@pytest.mark.parametrize("version", ["", "1.0", "2.0.0-rc_1", "1.0+cu121", "v1~2", "1@2", "a b", "1%2e0", "?", "ä"])
@pytest.mark.parametrize(
    ("kind", "name"),
    [("npm", "@acme/x"), ("pypi", "Py_Tool"), ("maven", "org.a:b"), ("golang", "github.com/A/b/v2"), ("docker", "a/b")],
)
def test_a_package_url_with_a_version_is_the_one_that_the_library_makes(kind: str, name: str, version: str) -> None:
    namespace, _, short = name.rpartition(":" if kind == "maven" else "/")
    made = _bom_packages.of_registry(kind, name, version)
    assert made == PackageURL(kind, namespace or None, short, version or None).to_string()
    assert PackageURL.from_string(_bom_packages.without_version(made)).version is None


def test_a_package_url_that_is_too_long_with_its_version_is_none() -> None:
    assert _bom_packages.of_registry("npm", "x" * 700, "1.0")
    assert _bom_packages.of_registry("npm", "x" * 700, "1" * 99) == ""


DOCUMENTS: tuple[Json, ...] = (
    {},
    [],
    {"a": [], "b": {}, "": [[], [{}]]},
    {"text": 'quote " back \\ slash / line \n umlaut ä \ud800 \U0001f600'},
    [0, -1, 1.5, 1e300, True, False, None, "x"],
    {"deep": {"deep": {"deep": [{"deep": [1, 2, {"x": None}]}]}}},
)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_what_is_indented_here_is_what_the_standard_library_writes(document: Json) -> None:
    assert indented(document) == json.dumps(document, indent=2, ensure_ascii=True)
