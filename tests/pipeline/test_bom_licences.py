"""Licences are SPDX expressions where SPDX knows them, and plain names where it does not."""

from __future__ import annotations

import pytest
from license_expression import get_spdx_licensing  # type: ignore[import-untyped]  # it comes without types

from driftseal.model.bom import Licence
from driftseal.pipeline import _bom_licences as licences

KNOWN = (
    "apache-2.0", "mit", "cc-by-nc-4.0", "cc-by-sa-4.0", "cc0-1.0", "bsd-3-clause", "bsl-1.0", "afl-3.0", "agpl-3.0",
    "gpl-3.0", "gpl-2.0", "lgpl-3.0", "mpl-2.0", "unlicense", "wtfpl", "isc", "eupl-1.2", "osl-3.0", "artistic-2.0",
    "GPL-3.0+", "MIT OR Apache-2.0", "mit and (apache-2.0 or bsd-2-clause)",
    "GPL-2.0-only WITH Classpath-exception-2.0",
)  # fmt: skip
"""As the Hugging Face Hub and packages write them."""
UNKNOWN = (
    "llama3.2", "gemma", "openrail", "creativeml-openrail-m", "bigscience-openrail-m", "other", "bsd", "gpl", "cc",
    "MIT OR llama2", "(MIT", "MIT)", "MIT MIT", "AND", "MIT WITH", "MIT WITH Nothing", "()", "", "see LICENSE file",
)  # fmt: skip


@pytest.mark.parametrize("text", KNOWN)
def test_what_spdx_knows_is_written_as_spdx_writes_it(text: str) -> None:
    expected = get_spdx_licensing().parse(text, validate=True).render()
    assert licences.canonical(text) == expected
    # What is canonical stays as it is.
    assert licences.canonical(expected) == expected


@pytest.mark.parametrize("text", UNKNOWN)
def test_what_spdx_does_not_know_is_no_expression(text: str) -> None:
    assert licences.canonical(text) == ""


def test_the_hub_s_own_word_for_an_spdx_licence_is_understood() -> None:
    assert licences.read("odc-by") == (Licence(expression="ODC-By-1.0"),)


def test_what_other_stands_for_is_told_by_its_name_and_page() -> None:
    found = licences.read("other", "acme-licence", "https://example.com/licence")
    assert found == (Licence(name="acme-licence", url="https://example.com/licence"),)


def test_several_licences_are_several_and_what_is_no_text_is_none() -> None:
    found = licences.read(["mit", "gemma", 7, "mit"])
    assert found == (Licence(expression="MIT"), Licence(name="gemma"))
    assert licences.read(None) == licences.read({"a": 1}) == ()


def test_a_hostile_expression_is_read_in_no_time() -> None:
    assert licences.canonical("(" * 100_000) == ""
    assert licences.canonical("MIT OR " * 50 + "MIT").count("MIT") == 51
