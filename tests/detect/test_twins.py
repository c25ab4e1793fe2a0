"""Twins: small servers with one flaw, each beside itself repaired. The flaw is told, and the repair is seen."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from driftseal import rulebook, snapshot
from driftseal.collect import _program
from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.rule import Confidence, Severity
from driftseal.model.snapshot import Origin, Session
from driftseal.model.target import Target
from driftseal.observe import program
from driftseal.observe.observations import Observations
from driftseal.pipeline import findings

TWINS = sorted((Path(__file__).parents[1] / "data" / "twins").glob("*.txt"))
MISSED = {
    "py-log-injection": "servers log what they are given everywhere; the rule would tell more than it helps",
    "py-redirects": "clients follow redirects by default, so that the flaw is in what is not written",
}
"""Pairs that are not told apart, and why. A pair leaves this list when it is."""


def sides(text: str) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """The files of the vulnerable and of the fixed server; both have those that name no side."""
    vulnerable: dict[str, str] = {}
    fixed: dict[str, str] = {}
    places = []
    for line in text.splitlines(keepends=True):
        if line.startswith("--- "):
            side, _, name = line[4:].strip().partition("/")
            places = {"vulnerable": [(vulnerable, name)], "fixed": [(fixed, name)]}.get(
                side, [(vulnerable, line[4:].strip()), (fixed, line[4:].strip())]
            )
        for files, name in places if not line.startswith("--- ") else ():
            files[name] = files.get(name, "") + line
    return vulnerable, fixed


def told(files: Mapping[str, str]) -> list[str]:
    """The rules that fire as flaws: medium or worse, with at least medium confidence."""
    read = program.read(((name, text.encode()) for name, text in sorted(files.items())), DEFAULT_LIMITS)
    assert read.declared, "the server has tools"
    target = Target("source", "twin", "twin", "twin")
    taken = snapshot.take(
        target, _program.things(read, "twin"), origin=Origin.STATIC, collected_at="2026-01-01T00:00:00Z"
    )
    session = Session("twin", (taken,))
    book = rulebook.load()
    rules = {rule.id: rule for rule in book.rules}
    seen = Observations([session], DEFAULT_LIMITS, {"twin": read})
    found = findings.matches([session], seen, book)
    return sorted(
        match.rule_id
        for match in found
        if rules[match.rule_id].severity >= Severity.MEDIUM
        and (rules[match.rule_id].confidence if match.confidence is None else match.confidence) >= Confidence.MEDIUM
    )


@pytest.mark.parametrize("pair", TWINS, ids=lambda path: path.stem)
def test_a_flaw_is_told_and_its_repair_is_seen(pair: Path) -> None:
    vulnerable, fixed = sides(pair.read_text(encoding="utf-8"))
    apart = bool(told(vulnerable)) and not told(fixed)
    assert apart == (pair.stem not in MISSED), MISSED.get(pair.stem, "not told apart")


def test_there_are_many_pairs_in_both_languages_and_few_are_missed() -> None:
    assert len(TWINS) >= 40
    assert MISSED.keys() <= {path.stem for path in TWINS}
    assert len(MISSED) <= len(TWINS) // 10
    assert sum(path.stem.startswith("py-") for path in TWINS) >= 20
    assert all(path.read_text(encoding="utf-8").startswith("# Vulnerable: ") for path in TWINS)
