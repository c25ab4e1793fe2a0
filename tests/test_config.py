"""The user's own settings, and whose settings count."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from driftseal import config
from driftseal.errors import ConfigError
from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.rule import Severity


def write(folder: Path, text: str, name: str = "driftseal.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_settings_are_read(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        'fail-on = "high"\nrules = ["own"]\ntrust = "../trust.toml"\n[limits]\nitems = 10000\n'
        '[[suppress]]\nrule = "r"\nreason = "because"\nuntil = 2027-01-31\n',
    )
    read = config.load(path)
    assert read.threshold.severity is Severity.HIGH
    assert read.limits.items == 10_000
    assert read.rules == (tmp_path / "own",)
    assert read.trust == tmp_path / "../trust.toml"
    assert read.suppressions[0].until == "2027-01-31"


def test_everything_that_is_weaker_than_our_default_is_told(tmp_path: Path) -> None:
    read = config.load(write(tmp_path, 'fail-on = "critical"\n[limits]\nitems = 9000\npages = 5\n'))
    assert read.loosened == (
        "fail-on is critical instead of medium (driftseal.toml)",
        f"limits.items is 9000 instead of {DEFAULT_LIMITS.items} (driftseal.toml)",
    )


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ('fail_on = "high"', "unknown key 'fail_on'", "did you mean 'fail-on'?"),
        ("[limits]\nitem = 3", "unknown key 'item'", "did you mean 'items'?"),
        ("[limits]\nitems = -1", "limits.items must be a number above 0", ""),
        ("[limits]\nitems = 1.5", "limits.items must be a whole number", ""),
        ('fail-on = "severe"', "'severe' is none of", ""),
        ('[[suppress]]\nrule = "r"\nuntil = 2027-01-01', "a suppression needs 'reason'", ""),
        ('[[suppress]]\nrule = "r"\nreason = "x"', "a suppression needs 'until'", ""),
        ("[limits", "not valid TOML", "mend the syntax there"),
    ],
)
def test_a_mistake_is_named_with_its_mend(tmp_path: Path, text: str, message: str, hint: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        config.load(path)
    assert str(path) in str(caught.value)
    assert message in str(caught.value)
    assert caught.value.hint == hint


def test_a_suppression_ends_with_its_last_day(tmp_path: Path) -> None:
    read = config.load(write(tmp_path, '[[suppress]]\nrule = "r"\nreason = "x"\nuntil = 2027-01-31\n'))
    assert config.in_force(read.suppressions, "2027-01-31") == read.suppressions
    assert config.in_force(read.suppressions, "2027-02-01") == ()


def test_the_nearest_file_counts_and_the_search_ends_at_the_git_root(tmp_path: Path) -> None:
    write(tmp_path, 'fail-on = "info"')
    root = tmp_path / "repo"
    inner = root / "a" / "b"
    inner.mkdir(parents=True)
    (root / ".git").mkdir()
    assert config.find(inner) is None
    near = write(root / "a", '[tool.driftseal]\nfail-on = "low"', "pyproject.toml")
    assert config.find(inner) == near
    assert config.load(near).threshold.severity is Severity.LOW


def test_outside_a_checkout_only_the_folder_itself_is_asked(tmp_path: Path) -> None:
    write(tmp_path, 'fail-on = "info"')
    (tmp_path / "a").mkdir()
    assert config.find(tmp_path / "a") is None


def test_another_projects_pyproject_is_none_of_our_business(tmp_path: Path) -> None:
    write(tmp_path, "[project\nbroken", "pyproject.toml")
    assert config.find(tmp_path) is None


def test_a_file_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, 'fail-on = "critical"')
    if os.getuid() == 0:
        os.chown(path, 12345, -1)
    else:
        # Only root can give a file away; anybody can be looked at as somebody else.
        monkeypatch.setattr(os, "getuid", lambda: path.stat().st_uid + 1)
    with pytest.raises(ConfigError, match="belongs to another user"):
        config.find(tmp_path)
