"""Patterns for origins: what they let in beside what they name."""

from __future__ import annotations

import pytest

from driftseal.observe.taint.patterns import lets_other_origins


@pytest.mark.parametrize(
    "pattern",
    [
        r"/acme\.dev$/",  # https://evilacme.dev
        r"/^https:\/\/acme\.dev/",  # https://acme.dev.evil.net
        r"/^https:\/\/.*acme\.dev$/",
        r"/^https:\/\/app.acme\.dev$/",  # https://appxacme.dev
    ],
)
def test_a_pattern_with_a_hole_lets_other_origins_in(pattern: str) -> None:
    assert lets_other_origins(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        r"/^https:\/\/([a-z]+\.)?acme\.dev$/",
        r"/^https:\/\/.+\.acme\.dev$/",
        r"/^https:\/\/[\w.-]+\.acme\.dev(:\d+)?$/",
        r"/https:\/\/acme\.dev$/",
        r"/^https:\/\/acme\.dev$|^https:\/\/acme\.org$/",
    ],
)
def test_a_pattern_that_names_its_domain_lets_no_other_in(pattern: str) -> None:
    assert not lets_other_origins(pattern)


def test_whoever_tries_a_pattern_on_the_whole_needs_no_ends() -> None:
    assert not lets_other_origins(r"https://(\w+\.)?acme\.dev", whole=True)
    assert lets_other_origins(r"https://.*acme\.dev", whole=True)
