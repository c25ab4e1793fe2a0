"""The deep option: semgrep run over real trees, and everything that it may say taken with care."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from commands import driftseal, write
from driftseal import resources, rulebook
from driftseal.errors import FormatError, LimitExceeded, RuleError, TargetError, UsageError
from driftseal.limits import DEFAULT_LIMITS, Limits
from driftseal.model.item import Json
from driftseal.model.rule import Confidence, Severity
from driftseal.model.target import Target
from driftseal.pipeline import _semgrep_output, semgrep
from processes import assert_gone

SAMPLES: Final = Path(__file__).parents[1] / "data" / "semgrep"
SUFFIXES: Final = {"mcp-python": (".py",), "mcp-javascript": (".js", ".ts")}
TARGET: Final = Target("source", ".", "samples", "source/.")
MARK: Final = re.compile(r"(?:#|//) (ruleid|ok): (\S+)")
real = pytest.mark.skipif(shutil.which("semgrep") is None, reason="the command semgrep is not on PATH")
posix = pytest.mark.skipif(sys.platform == "win32", reason="stands in for semgrep with a shell script")


def samples(folder: Path) -> Path:
    """A published package of our samples: all of it below ``dist``, in a repository that ignores it."""
    (folder / "dist").mkdir(parents=True)
    (folder / ".gitignore").write_text("dist/\n", encoding="utf-8")
    (folder / ".semgrepignore").write_text("*\n", encoding="utf-8")
    for stem, suffixes in SUFFIXES.items():
        for suffix in suffixes:
            shutil.copyfile(SAMPLES / f"{stem}.sample", folder / "dist" / f"{stem}{suffix}")
    return folder


def marked(folder: Path, mark: str) -> set[tuple[str, int, str]]:
    """File, line and rule of every line that the samples mark so."""
    return {
        (path.relative_to(folder).as_posix(), number + 1, f"semgrep:{found[2]}")
        for path in (folder / "dist").iterdir()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if (found := MARK.search(line)) and found[1] == mark
    }


def result(path: Path, **extra: Json) -> dict[str, Json]:
    """A result of semgrep's about the first line of a file."""
    about: dict[str, Json] = {"message": "eval of x", "severity": "ERROR", "metadata": {}, **extra}
    place: dict[str, Json] = {"start": {"line": 1, "col": 1}, "end": {"line": 1, "col": 8}}
    return {"check_id": "no-eval", "path": str(path), "extra": about, **place}


def report(*results: Json, **parts: Json) -> dict[str, Json]:
    return {"version": "1.182.0", "results": list(results), "errors": [], "paths": {"scanned": []}, **parts}


def stand_in(folder: Path, script: str) -> dict[str, str]:
    """An environment whose semgrep is this shell script."""
    folder.mkdir()
    program = folder / "semgrep"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)
    return {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}


@real
def test_each_rule_of_ours_finds_what_its_samples_mark_and_nothing_else(tmp_path: Path) -> None:
    root = samples(tmp_path / "package")
    seen = semgrep.look(semgrep.Tree(root, TARGET, ""), semgrep.folders(()), DEFAULT_LIMITS, dict(os.environ))
    told = {
        (found.match.location.uri, found.match.location.region.start_line, found.rule.id) for found in seen.findings
    }
    assert told == marked(root, "ruleid")
    assert not told & marked(root, "ok")
    assert seen.gaps == ()


@real
def test_every_rule_of_ours_has_a_line_to_find_and_a_line_to_leave(tmp_path: Path) -> None:
    root = samples(tmp_path / "package")
    text = "".join(path.read_text(encoding="utf-8") for path in (resources.folder("rules") / "semgrep").glob("*.yaml"))
    ours = {f"semgrep:{name}" for name in re.findall(r"^  - id: (\S+)$", text, re.MULTILINE)}
    assert len(ours) >= 12
    assert {rule for _, _, rule in marked(root, "ruleid")} == {rule for _, _, rule in marked(root, "ok")} == ours


@real
def test_the_command_tells_findings_with_place_severity_weakness_and_advice(tmp_path: Path) -> None:
    project = tmp_path / "project"
    (project / "dist").mkdir(parents=True)
    code = "@mcp.tool()\ndef ping(host):\n    import os\n    os.system('ping ' + host)  # nosemgrep\n"
    (project / "dist" / "server.min.py").write_text(code, encoding="utf-8")
    done = driftseal("scan", "--semgrep", "--format", "json", "project", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (1, "")
    told = json.loads(done.stdout)
    assert [target["reference"] for target in told["targets"]] == ["project#source"]
    (found,) = (one for one in told["findings"] if one["rule_id"].startswith("semgrep:"))
    assert (found["rule_id"], found["severity"], found["confidence"]) == (
        "semgrep:mcp-python-tool-input-in-shell",
        "high",
        "high",
    )
    assert (found["location"]["path"], found["location"]["start_line"]) == ("project/dist/server.min.py", 4)
    assert found["evidence"] == "os.system('ping ' + host)  # nosemgrep"
    assert found["taxonomies"] == {"cwe": ["CWE-78"]}
    assert "list of arguments" in found["remediation"]


@real
@pytest.mark.parametrize("form", ["text", "sarif"])
def test_every_format_takes_them(tmp_path: Path, form: str) -> None:
    samples(tmp_path / "package")
    done = driftseal("scan", "--semgrep", "--format", form, "package", cwd=tmp_path)
    assert done.returncode == 1
    assert "semgrep:mcp-javascript-hidden-recipient" in done.stdout
    assert "dist/mcp-javascript.ts" in done.stdout


@real
def test_rules_of_the_user_run_beside_ours_and_can_be_ignored(tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    rules.mkdir()
    rule = {"id": "no-print", "languages": ["python"], "severity": "WARNING", "message": "$X!", "pattern": "print($X)"}
    write(rules, "own.yaml", {"rules": [rule]})
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "a.py").write_text("print(1)\n", encoding="utf-8")
    done = driftseal("scan", "--semgrep-rules", "rules", "--format", "json", "project", cwd=tmp_path)
    told = json.loads(done.stdout)["findings"]
    assert [(one["rule_id"], one["message"], one["severity"]) for one in told] == [("semgrep:no-print", "1!", "medium")]
    ignored = ("scan", "--semgrep-rules", "rules", "--ignore", "semgrep:no-print", "project")
    assert driftseal(*ignored, cwd=tmp_path).returncode == 0


@real
def test_a_malformed_rule_ends_the_run_even_beside_good_ones(tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    rules.mkdir()
    rule = {"id": "bad", "languages": ["python"], "severity": "ERROR", "message": "m", "pattern": "def ("}
    write(rules, "bad.yaml", {"rules": [rule]})
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "a.py").write_text("eval(x)\n", encoding="utf-8")
    done = driftseal("scan", "--semgrep-rules", "rules", "project", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "error: semgrep refuses" in done.stderr
    assert "Rule parse error in rule bad: Invalid pattern for Python" in done.stderr


@real
def test_what_semgrep_cannot_read_or_leaves_out_is_a_gap(tmp_path: Path) -> None:
    root = tmp_path / "tree"
    root.mkdir()
    (root / "broken.py").write_text("@mcp.tool()\ndef f(a):\n  eval(a)\n  x = (((\n", encoding="utf-8")
    (root / "large.py").write_text("x = 1\n" * 2000, encoding="utf-8")
    limits = Limits(code_file_bytes=10_000)
    seen = semgrep.look(semgrep.Tree(root, TARGET, ""), semgrep.folders(()), limits, dict(os.environ))
    assert sorted(gap.what for gap in seen.gaps) == ["broken.py", "large.py"]
    assert [gap.why for gap in seen.gaps if gap.what == "large.py"] == [
        "semgrep: too big: target file size exceeds 10000 bytes at 12000 bytes"
    ]


def test_a_missing_semgrep_is_one_hint_and_ends_the_run(tmp_path: Path) -> None:
    (tmp_path / "a.py").touch()
    empty = tmp_path / "bin"
    empty.mkdir()
    with pytest.raises(UsageError, match="the command semgrep is not on PATH") as raised:
        semgrep.program({"PATH": str(empty)}, beside=empty)
    assert "pipx install semgrep" in raised.value.hint


def test_a_semgrep_of_the_scanned_folder_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path / "bin", "exit 0")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="not on PATH"):
        semgrep.program({"PATH": "bin"}, beside=tmp_path)


@posix
def test_semgrep_gets_no_credential_no_home_and_no_network_switch(tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    environment = stand_in(tmp_path / "bin", f"(env; echo \"$@\"; pwd) > {seen}; echo '{json.dumps(report())}'")
    environment |= {"GITHUB_TOKEN": "s3cret-value", "SEMGREP_APP_TOKEN": "s3cret-value", "HOME": str(tmp_path)}
    semgrep.look(semgrep.Tree(tmp_path, TARGET, ""), semgrep.folders(()), DEFAULT_LIMITS, environment)
    told = seen.read_text(encoding="utf-8")
    assert "s3cret-value" not in told
    assert f"HOME={tmp_path}\n" not in told
    for switch in ("--metrics=off", "--disable-version-check", "--disable-nosem", "--x-ignore-semgrepignore-files"):
        assert switch in told
    assert "SEMGREP_SEND_METRICS=off" in told
    assert str(tmp_path) not in told.splitlines()[-1]


@posix
def test_a_semgrep_that_does_not_end_is_killed_with_its_children(tmp_path: Path) -> None:
    child = tmp_path / "child"
    environment = stand_in(tmp_path / "bin", f"sleep 3600 & echo $! > {child}; sleep 3600")
    with pytest.raises(LimitExceeded, match="semgrep took longer than 5 s"):
        semgrep.look(semgrep.Tree(tmp_path, TARGET, ""), (), Limits(semgrep_seconds=5.0), environment)
    assert_gone(child)


@posix
def test_a_semgrep_that_writes_without_end_is_stopped(tmp_path: Path) -> None:
    environment = stand_in(tmp_path / "bin", "while :; do echo 'more and more and more of this'; done")
    with pytest.raises(LimitExceeded, match="semgrep wrote more than 100000 bytes"):
        semgrep.look(semgrep.Tree(tmp_path, TARGET, ""), (), Limits(semgrep_bytes=100_000), environment)


@posix
def test_a_failing_semgrep_is_told_with_its_last_words(tmp_path: Path) -> None:
    environment = stand_in(tmp_path / "bin", "echo first >&2; printf 'no memory \\033[31m\\n' >&2; exit 3")
    with pytest.raises(TargetError, match=r"semgrep ended with exit code 3: no memory \\u\{1b\}\[31m") as raised:
        semgrep.look(semgrep.Tree(tmp_path, TARGET, ""), (), DEFAULT_LIMITS, environment)
    assert "\x1b" not in str(raised.value)


@posix
def test_an_answer_that_is_no_report_is_a_failure(tmp_path: Path) -> None:
    environment = stand_in(tmp_path / "bin", "echo '[]'")
    with pytest.raises(FormatError, match="no report of its own"):
        semgrep.look(semgrep.Tree(tmp_path, TARGET, ""), (), DEFAULT_LIMITS, environment)


def test_severity_confidence_and_weaknesses_are_taken_over(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("eval(x)\n", encoding="utf-8")
    about: Json = {"cwe": ["CWE-95: Eval", "CWE-78"], "confidence": "LOW", "references": ["https://a.io", "file:///x"]}
    given = report(result(tmp_path / "a.py", severity="WARNING", metadata=about))
    ((found,), gaps) = _semgrep_output.read(given, tmp_path, TARGET, DEFAULT_LIMITS)
    assert (found.rule.id, found.severity, found.confidence) == ("semgrep:no-eval", Severity.MEDIUM, Confidence.LOW)
    assert (found.rule.taxonomies, found.rule.references) == ({"cwe": ("CWE-95", "CWE-78")}, ("https://a.io",))
    assert (found.match.evidence, found.match.location.item) == ("eval(x)", "source-file:a.py")
    assert gaps == ()


def test_a_credential_on_the_line_is_masked(tmp_path: Path) -> None:
    token = "gh" + "p_" + "aB3dE6gH9jK2mN5pQ8rS1tU4vW7xY0zA3bC6"
    (tmp_path / "a.py").write_text(f"eval('{token}')\n", encoding="utf-8")
    given = report(result(tmp_path / "a.py", message=f"eval of {token}"))
    ((found,), _) = _semgrep_output.read(given, tmp_path, TARGET, DEFAULT_LIMITS)
    assert (found.match.evidence, found.message) == ("eval('ghp_aB3d…')", "eval of ghp_aB3d…")


@pytest.mark.parametrize("path", ["/etc/passwd", "../a.py", "dist/../../a.py", "", "a\0b"])
def test_a_place_outside_of_the_tree_is_not_read_but_told(tmp_path: Path, path: str) -> None:
    place = path if path.startswith("/") or not path else f"{tmp_path}/{path}"
    given = report({**result(tmp_path), "path": place})
    found, (gap,) = _semgrep_output.read(given, tmp_path, TARGET, DEFAULT_LIMITS)
    assert found == ()
    assert gap.why == "1 results lie outside of what was scanned"


def test_more_matches_of_one_rule_in_one_file_than_are_told_are_a_gap(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("eval(x)\n", encoding="utf-8")
    given = report(*(result(tmp_path / "a.py") for _ in range(7)))
    found, (gap,) = _semgrep_output.read(given, tmp_path, TARGET, Limits(matches=3))
    assert len(found) == 3
    assert (gap.what, gap.why) == ("a.py", "semgrep:no-eval matches 7 times, of which 3 are told (limits.matches)")


ODD: Final[dict[str, Any]] = {
    "no path": {"check_id": "x"},
    "no extra": {"check_id": "x", "path": "a.py", "extra": 5},
    "odd lines": {"check_id": "x", "path": "a.py", "start": {"line": -1}, "end": {"line": 10**30}, "extra": {}},
    "odd id": {"check_id": "\u202e../\x1b[31m", "path": "a.py", "extra": {"message": ["m"], "severity": 3}},
    "no object": 7,
}


@pytest.mark.parametrize("name", ODD)
def test_odd_results_do_not_break_the_reader(tmp_path: Path, name: str) -> None:
    given = ODD[name]
    if isinstance(given, dict) and given.get("path"):
        given = {**given, "path": str(tmp_path / "a.py")}
    found, _ = _semgrep_output.read(report(given), tmp_path, TARGET, DEFAULT_LIMITS)
    assert all(re.fullmatch(r"semgrep:[\w.-]+", one.rule.id) for one in found)


def test_semgrep_rules_are_none_of_our_own() -> None:
    assert not [rule.id for rule in rulebook.load().rules if "semgrep" in rule.source]


def test_semgrep_without_a_path_is_a_mistake(tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"]} if shutil.which("semgrep") else stand_in(tmp_path / "bin", "exit 0")
    done = driftseal("scan", "--semgrep", "machine", cwd=tmp_path, env=environment)
    assert done.returncode == 2
    assert "--semgrep reads files, and no reference is a path" in done.stderr


def test_a_folder_of_rules_that_is_not_there_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such folder"):
        semgrep.folders([tmp_path / "none"])


def test_the_extra_names_semgrep_and_no_plain_dependency_does() -> None:
    text = (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    assert 'semgrep = ["semgrep' in text


def test_a_rule_error_is_no_gap(tmp_path: Path) -> None:
    error: Json = {"level": "error", "type": "Rule parse error", "message": "Invalid\n pattern"}
    with pytest.raises(RuleError, match="semgrep refuses a rule: Invalid pattern"):
        _semgrep_output.read(report(errors=[error]), tmp_path, TARGET, DEFAULT_LIMITS)
