"""The command line as a person and a pipe meet it."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from commands import CLEAN, POISONED, driftseal, write
from driftseal import __version__, plugins
from driftseal.cli._dispatch import parsed, parser_for
from driftseal.cli.base import Command
from driftseal.errors import ExitCode

ROOT = Path(__file__).parents[2]


def test_the_version_is_told(tmp_path: Path) -> None:
    assert driftseal("--version", cwd=tmp_path).stdout == f"driftseal {__version__}\n"


def test_the_version_imports_nothing_of_weight() -> None:
    code = "import sys; sys.argv[1:] = ['--version']; from driftseal.__main__ import run; run(); print(*sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert not {"argparse", "json", "yaml", "re2", "rich", "asyncio", "aiohttp", "cryptography"} & set(out.split())


def test_help_imports_no_command() -> None:
    code = "import sys; sys.argv[1:] = ['--help']; from driftseal.__main__ import run; run(); print(*sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert not {f"driftseal.cli.{name}" for name in plugins.names("cli")} & set(out.split())


@pytest.mark.parametrize("args", [("help", "scan"), ("--help", "scan"), ("-h", "scan")])
def test_help_on_a_command_is_asked_for_either_way(tmp_path: Path, args: tuple[str, ...]) -> None:
    assert driftseal(*args, cwd=tmp_path).stdout == driftseal("scan", "--help", cwd=tmp_path).stdout


def test_without_a_command_the_overview_is_no_document(tmp_path: Path) -> None:
    done = driftseal(cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == driftseal("--help", cwd=tmp_path).stdout


def test_a_suppression_of_no_rule_is_an_error_that_offers_the_nearest(tmp_path: Path) -> None:
    entry = '[[suppress]]\nrule = "unpined-package"\nreason = "r"\nuntil = {until}\n'
    (tmp_path / "driftseal.toml").write_text(entry.format(until="2999-01-01"), encoding="utf-8")
    done = driftseal("scan", cwd=tmp_path)
    assert done.returncode == 2
    assert "driftseal.toml: no rule 'unpined-package'\n  hint: did you mean 'unpinned-package'?" in done.stderr
    (tmp_path / "driftseal.toml").write_text(entry.format(until="2020-01-01"), encoding="utf-8")
    assert driftseal("scan", cwd=tmp_path).returncode == 0


def test_help_names_every_command(tmp_path: Path) -> None:
    out = driftseal("--help", cwd=tmp_path).stdout
    for name in plugins.names("cli"):
        summary = plugins.load("cli", name, Command).summary  # type: ignore[type-abstract]  # its concrete subclass is asked
        assert re.search(rf"^  {name} +{re.escape(summary)}$", out, re.MULTILINE), name


@pytest.mark.parametrize("name", plugins.names("cli"))
def test_every_command_explains_itself(tmp_path: Path, name: str) -> None:
    done = driftseal(name, "--help", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout.startswith(f"usage: driftseal {name}")


@pytest.mark.parametrize(("name", "default"), [("scan", "quick"), ("audit", "standard")])
def test_help_tells_how_hard_a_command_looks_by_itself(tmp_path: Path, name: str, default: str) -> None:
    help_text = " ".join(driftseal(name, "--help", cwd=tmp_path).stdout.split())
    assert f"show different faces (default: {default})" in help_text
    parser, _ = parser_for(name)
    assert parser.parse_args(["x"]).probe == default


def test_a_clean_manifest_exits_0(tmp_path: Path) -> None:
    write(tmp_path, "tools.json", CLEAN)
    done = driftseal("scan", "tools.json", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_poisoned_manifest_exits_1_and_names_the_tool_and_the_text(tmp_path: Path) -> None:
    write(tmp_path, "tools.json", POISONED)
    done = driftseal("scan", "tools.json", cwd=tmp_path)
    assert done.returncode == 1
    assert "add" in done.stdout
    assert "id_rsa" in done.stdout


def test_the_json_report_names_the_target_of_each_finding(tmp_path: Path) -> None:
    write(tmp_path, "tools.json", POISONED)
    report = json.loads(driftseal("scan", "--format", "json", "tools.json", cwd=tmp_path).stdout)
    assert report["exit_code"] == 1
    assert [target["reference"] for target in report["targets"]] == ["tools.json"]
    assert {finding["target"] for finding in report["findings"]} == {"tools.json"}
    assert {finding["item"]["name"] for finding in report["findings"]} == {"add"}


def test_exit_zero_is_for_uploaders(tmp_path: Path) -> None:
    write(tmp_path, "tools.json", POISONED)
    done = driftseal("scan", "--exit-zero", "--format", "sarif", "tools.json", cwd=tmp_path)
    assert done.returncode == 0
    assert json.loads(done.stdout)["runs"][0]["results"]


def test_a_manifest_comes_on_standard_input_too(tmp_path: Path) -> None:
    done = driftseal("scan", "--format", "json", "-", cwd=tmp_path, stdin=json.dumps(POISONED))
    assert done.returncode == 1
    assert json.loads(done.stdout)["targets"][0]["reference"] == "-"


def test_an_ignored_rule_does_not_fail_but_stays_visible(tmp_path: Path) -> None:
    write(tmp_path, "tools.json", POISONED)
    first = json.loads(driftseal("scan", "-f", "json", "tools.json", cwd=tmp_path).stdout)
    rules = sorted({finding["rule_id"] for finding in first["findings"]})
    flags = [flag for rule in rules for flag in ("--ignore", rule)]
    done = driftseal("scan", "-f", "json", *flags, "tools.json", cwd=tmp_path)
    assert done.returncode == 0
    second = json.loads(done.stdout)
    assert sorted({finding["rule_id"] for finding in second["findings"]}) == rules
    assert all(finding["suppressed"] for finding in second["findings"])


@pytest.mark.parametrize(
    ("args", "message", "hint"),
    [
        (("scna",), "no command 'scna'", "did you mean 'scan'?"),
        (("scan", "--formt", "json"), "unrecognized arguments: --formt", "did you mean '--format'?"),
        (("scan", "--formt=json"), "unrecognized arguments: --formt", "did you mean '--format'?"),
        (("trust", "show", "--trst", "x"), "unrecognized arguments: --trst", "did you mean '--trust'?"),
        (("scan", "--zzz"), "unrecognized arguments: --zzz", "see: driftseal scan --help"),
        (("scan", "--ignore", "unpined-package"), "no rule 'unpined-package'", "did you mean 'unpinned-package'?"),
        (("drift", "--ignore", "nothing"), "--ignore: no rule 'nothing'", "driftseal rules list"),
        (("scan", "machne"), "machne: no such file or folder", "did you mean 'machine'?"),
        (("scan", ""), "a reference is empty", "write . for this folder"),
        (("scan", "nothere:x"), "cannot tell what 'nothere:x' refers to", "a reference is one of:"),
        (("scan", "missing.json"), "missing.json", ""),
        (("rules", "show", "drift-poison"), "no rule 'drift-poison'", "did you mean 'drift-poison-introduced'?"),
        (("explain", "bidi"), "no rule 'bidi'", "did you mean 'bidi-control'?"),
        (("scan", "--config", "missing.toml"), "missing.toml: cannot be read", ""),
        (("scan", "--env", "NOT_SET_AT_ALL"), "variable 'NOT_SET_AT_ALL' is not set", "export it first"),
        (("scan", "--"), "nothing follows --", "COMMAND"),
        (("drift", "a", "b", "c"), "at most two", "OLD NEW"),
        (("bom", "--spec-version", "9.9"), "'9.9' cannot be written", "1.7"),
        (("baseline", "approve", "--key", "missing.pem"), "missing.pem: cannot be read", "keygen"),
        (("trust", "show"), "no trust policy", "trust add"),
        (("trust", "revoke", "bob"), "no trust policy", "trust add"),
        (("trust", "add", "bob", "missing.pub"), "missing.pub: cannot be read", "keygen"),
        (("scan", "--fail-on", "hihg"), "invalid choice: 'hihg'", "did you mean 'high'?"),
        (("baseline", "aprove"), "invalid choice: 'aprove'", "did you mean 'approve'?"),
        (("scan", "--format", "zzz"), "invalid choice: 'zzz'", "see: driftseal scan --help"),
    ],
)  # fmt: skip
def test_a_mistake_gets_one_clear_error_with_its_mend(
    tmp_path: Path, args: tuple[str, ...], message: str, hint: str
) -> None:
    done = driftseal(*args, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert message in done.stderr
    assert hint in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("args", [("scan", "nothere:x"), ("scan", "--nosuch"), ("drift", "a", "b", "c")])
def test_json_is_json_even_when_things_go_wrong(tmp_path: Path, args: tuple[str, ...]) -> None:
    done = driftseal(*args, "--format", "json", cwd=tmp_path)
    report = json.loads(done.stdout)
    assert report["exit_code"] == done.returncode == 2
    assert report["errors"][0]["message"]


def test_hostile_names_reach_the_terminal_escaped(tmp_path: Path) -> None:
    evil = {"tools": [{"name": "a\x1b]0;owned\x07\u202eb", "description": "x\x1b[2Jy\r\nz", "inputSchema": {}}]}
    write(tmp_path, "tools.json", evil)
    for args in (("scan", "-v", "tools.json"), ("snapshot", "tools.json"), ("scan", "tools.json\x1b[2J")):
        done = driftseal(*args, cwd=tmp_path)
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", done.stdout + done.stderr), args


def test_a_closed_pipe_is_no_failure_of_ours(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "driftseal", "rules", "list"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert "Traceback" not in process.stderr.read()


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such pipes")
def test_a_pipe_that_is_named_as_the_output_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    write(tmp_path, "tools.json", CLEAN)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    command = [sys.executable, "-m", "driftseal", "scan", "-f", "json", "-o", "pipe", "tools.json"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE):
        assert json.loads(pipe.read_text(encoding="utf-8"))["exit_code"] == 0
    assert pipe.is_fifo()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pipe", "tools.json"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_full_disk_is_told_as_that(tmp_path: Path) -> None:
    for args in (("scan", "."), ("--help",)):
        with Path("/dev/full").open("w", encoding="utf-8") as full:
            command = [sys.executable, "-m", "driftseal", *args]
            done = subprocess.run(command, cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
        assert (done.returncode, done.stderr) == (
            2,
            "error: standard output: cannot be written: No space left on device\n",
        )


@pytest.mark.skipif(sys.platform == "win32", reason="needs a shell that closes streams")
def test_a_closed_output_changes_no_exit_code(tmp_path: Path) -> None:
    write(tmp_path, "tools.json", POISONED)
    command = ["sh", "-c", f"{sys.executable} -m driftseal scan tools.json >&- 2>&-"]
    assert subprocess.run(command, cwd=tmp_path, check=False).returncode == 1


def test_two_manifests_are_compared_without_a_baseline(tmp_path: Path) -> None:
    write(tmp_path, "old.json", CLEAN)
    write(tmp_path, "new.json", POISONED)
    done = driftseal("drift", "--format", "json", "old.json", "new.json", cwd=tmp_path)
    report = json.loads(done.stdout)
    assert done.returncode == 1
    (drift,) = report["drifts"]
    (change,) = drift["changes"]
    assert (change["item"]["name"], change["kind"], change["severity"]) == ("add", "modified", "critical")
    assert driftseal("drift", "old.json", "old.json", cwd=tmp_path).returncode == 0


README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_readme_shows_the_overview_as_it_is(tmp_path: Path) -> None:
    assert f"```text\n{driftseal('--help', cwd=tmp_path).stdout}```\n" in README


def readme_commands() -> list[str]:
    """Each line of the README that starts with our name, without its comment."""
    return re.findall(r"^driftseal (.+?)(?: +#.*)?$", README, re.MULTILINE)


@pytest.mark.parametrize("line", readme_commands())
def test_every_command_line_in_the_readme_is_understood(line: str) -> None:
    parsed(shlex.split(line))


def test_the_settings_in_the_readme_are_settings(tmp_path: Path) -> None:
    (example,) = re.findall(r"^```toml\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    (tmp_path / "driftseal.toml").write_text(example, encoding="utf-8")
    done = driftseal("scan", cwd=tmp_path, env={"SOURCE_DATE_EPOCH": "1767225600"})
    assert (done.returncode, done.stderr) == (0, "")
    assert "the internal registry serves only reviewed versions" in " ".join(done.stdout.split())


def test_the_exit_codes_in_the_readme_are_all_there_are() -> None:
    told = {int(code) for code in re.findall(r"^\| (\d+) \|", README, re.MULTILINE)}
    assert told == {*map(int, ExitCode), 130}


def test_a_suppression_that_has_ended_is_told_and_counts_no_more(tmp_path: Path) -> None:
    write(tmp_path, "tools.json", POISONED)
    entry = '[[suppress]]\nrule = "{}"\nreason = "because"\nuntil = {}\n'
    found = json.loads(driftseal("scan", "-f", "json", "tools.json", cwd=tmp_path).stdout)["findings"]
    rules = sorted({finding["rule_id"] for finding in found})
    for until, code in (("2099-01-01", 0), ("2020-01-01", 1)):
        text = "".join(entry.format(rule, until) for rule in rules)
        (tmp_path / "driftseal.toml").write_text(text, encoding="utf-8")
        done = driftseal("scan", "tools.json", cwd=tmp_path)
        assert done.returncode == code
        assert ("ended on 2020-01-01" in done.stderr) is (code == 1)
