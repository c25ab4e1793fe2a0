"""What ``driftseal init`` writes is read by driftseal, and what it tells to type works as it stands."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import yaml

from commands import CLEAN, driftseal, write
from driftseal import __version__, config


def test_the_settings_that_are_written_are_the_defaults(tmp_path: Path) -> None:
    done = driftseal("init", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.startswith("wrote driftseal.toml\n")
    written = config.load(tmp_path / "driftseal.toml")
    assert (written.threshold, written.limits, written.loosened) == (
        config.Config().threshold,
        config.Config().limits,
        (),
    )


def test_the_examples_in_the_settings_are_settings_too(tmp_path: Path) -> None:
    driftseal("init", cwd=tmp_path)
    path = tmp_path / "driftseal.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r"^# (?=\[|\w+ = )", "", text, flags=re.MULTILINE), encoding="utf-8")
    (tmp_path / "security" / "rules").mkdir(parents=True)
    assert [entry.rule for entry in config.load(path).suppressions] == ["unpinned-package"]
    done = driftseal("scan", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "the internal registry serves only reviewed versions" in " ".join(done.stdout.split())


@pytest.mark.parametrize(
    ("name", "text"), [("driftseal.toml", "# mine\n"), ("pyproject.toml", "[tool.driftseal]\nfail-on = 'high'\n")]
)
def test_settings_are_never_overwritten(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    done = driftseal("init", cwd=tmp_path)
    assert done.returncode == 2
    assert f"{name}: holds settings already" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text(encoding="utf-8") == text


def test_a_link_in_its_place_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "driftseal.toml").symlink_to(tmp_path / "elsewhere")
    done = driftseal("init", cwd=tmp_path)
    assert done.returncode == 2
    assert "driftseal.toml: is there already" in done.stderr
    assert not (tmp_path / "elsewhere").exists()


def test_a_folder_that_is_not_there_is_no_place(tmp_path: Path) -> None:
    done = driftseal("init", "nowhere", cwd=tmp_path)
    assert done.returncode == 2
    assert "nowhere: no such folder" in done.stderr


def test_the_next_steps_lead_from_here_to_a_drift_check(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    write(project, "tools.json", CLEAN)
    told = driftseal("init", "project", cwd=tmp_path).stderr
    env = {"HOME": str(tmp_path), "DRIFTSEAL_TRUST": str(tmp_path / "trust.toml")}
    assert "export DRIFTSEAL_TRUST=~/trust.toml" in told
    steps = re.findall(r"^  driftseal (.*?)(?: +#.*)?$", told, re.MULTILINE)
    assert [step.split()[0] for step in steps] == ["scan", "keygen", "trust", "baseline", "drift"]
    for step in steps:
        args = shlex.split(step.replace("~", str(tmp_path)))
        if args[0] in {"scan", "baseline"}:
            args.append("tools.json")  # a server that is configured, in a project without one
        done = driftseal(*args, *(["--yes"] if args[0] == "baseline" else []), cwd=project, env=env)
        assert done.returncode == 0, (step, done.stderr)


def test_the_snippet_names_a_hook_that_is_there(tmp_path: Path) -> None:
    told = driftseal("init", cwd=tmp_path).stderr
    (repository,) = yaml.safe_load(told.partition("in .pre-commit-config.yaml:\n")[2])["repos"]
    hooks = yaml.safe_load((Path(__file__).parents[2] / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert repository["rev"] == f"v{__version__}"
    assert {hook["id"] for hook in repository["hooks"]} <= {hook["id"] for hook in hooks}
