"""Rules are read once source was found, and before anything is started or contacted."""

from __future__ import annotations

from pathlib import Path

import pytest

from configured import context
from driftseal.errors import RuleError
from driftseal.observe.program import Program
from driftseal.pipeline import gather


def _nothing(done: list[str]) -> tuple[tuple[()], tuple[()]]:
    done.append("found")
    return (), ()


def test_a_rule_that_is_wrong_ends_a_run_before_anything_is_collected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    monkeypatch.setattr(gather, "find", lambda *_: _nothing(done))
    monkeypatch.setattr(gather, "collect", lambda *_: done.append("collected"))
    monkeypatch.setattr(Program, "leave", lambda _self: done.append("left"))
    surroundings = context(tmp_path)
    surroundings.programs["source/here"] = object.__new__(Program)

    def wrong() -> None:
        done.append("asked")
        raise RuleError("a rule is wrong")

    with pytest.raises(RuleError, match="a rule is wrong"):
        gather.gather(["here"], surroundings, ready=wrong)

    assert done == ["found", "asked", "left"]
