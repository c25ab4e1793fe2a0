"""The scanners that ``benchmarks/code.py`` compares: how each is installed, started on a folder, and understood.

What a scanner found counts when the scanner itself calls it medium or worse and is, where it says so, at least
moderately sure. Each is run as its users run it, offline, with an environment that holds a path and a home.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RULES = Path(__file__).parents[1] / "rules" / "semgrep"
SECONDS = 300
"""A run that takes longer counts as one that found nothing, and is told."""
COUNTED = frozenset({"medium", "high", "critical"})
PYTHON, JAVASCRIPT = "python", "javascript"


@dataclass(frozen=True, slots=True)
class Run:
    """What one scanner said of one folder."""

    rules: tuple[str, ...]
    """Of findings that count, one entry a finding."""
    seconds: float
    memory: float
    """MiB, of the largest process."""
    trouble: str = ""
    """Why there is no answer."""


def severe(row: dict[str, Any]) -> bool:
    return str(row.get("severity", "")).lower() in COUNTED


def of_driftseal(said: Any) -> Iterator[str]:
    if said["errors"]:
        raise ValueError(said["errors"][0]["message"])
    for found in said["findings"]:
        if severe(found) and found["confidence"] in COUNTED and not found["suppressed"]:
            yield found["rule_id"]


def of_bandit(said: Any) -> Iterator[str]:
    for found in said["results"]:
        if {found["issue_severity"].lower(), found["issue_confidence"].lower()} <= COUNTED:
            yield found["test_id"]


def of_semgrep(said: Any) -> Iterator[str]:
    for found in said["results"]:
        told = found["extra"]
        if told["severity"] != "INFO" and told["metadata"].get("confidence", "MEDIUM").lower() in COUNTED:
            yield found["check_id"].rpartition(".")[2]


def of_guarddog(said: Any) -> Iterator[str]:
    """Its risks, where a capability meets a threat; what it calls issues fires on most programs."""
    for found in said["risks"]:
        if severe(found):
            yield found["name"]


def of_agent_audit(said: Any) -> Iterator[str]:
    """What it shows without being asked for more: the tiers that it blocks or warns for."""
    for found in said["findings"]:
        if severe(found) and found["tier"] in {"BLOCK", "WARN"}:
            yield found["rule_id"]


@dataclass(frozen=True, slots=True)
class Scanner:
    """One scanner."""

    name: str
    words: Callable[[Path, str], Sequence[str]]
    """Arguments for a folder in a language."""
    understood: Callable[[Any], Iterator[str]]
    """Rules of the findings that count, from its JSON."""
    languages: frozenset[str] = frozenset({PYTHON, JAVASCRIPT})

    def executable(self, folder: Path | None) -> str | None:
        """The command, from its own environment below the folder, else beside this Python, else from the path."""
        places = [folder / self.name / "bin"] if folder else []
        path = os.pathsep.join([*map(str, places), str(Path(sys.executable).parent), os.environ.get("PATH", "")])
        return shutil.which(self.name, path=path)

    def install(self, folder: Path) -> None:
        """Into an environment of its own; a failure leaves the scanner out of the comparison."""
        home = folder / self.name
        if not (home / "bin" / self.name).exists():
            subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
            subprocess.run([str(home / "bin" / "pip"), "install", "--quiet", self.name], check=False)

    def run(self, executable: str, place: Path, language: str) -> Run:
        """Let it look at a folder."""
        if language not in self.languages:
            return Run((), 0.0, 0.0)
        with tempfile.TemporaryDirectory() as home, (Path(home) / "said.json").open("w+b") as output:
            seconds, memory = _measured([executable, *self.words(place.resolve(), language)], Path(home), output)
            output.seek(0)
            try:
                return Run(tuple(sorted(self.understood(json.load(output)))), seconds, memory)
            except (ValueError, KeyError, TypeError) as problem:
                return Run((), seconds, memory, f"{type(problem).__name__}: {problem}"[:100])


def _measured(command: Sequence[str], home: Path, output: Any) -> tuple[float, float]:
    """Wall seconds and MiB of the largest process."""
    environment = {"PATH": f"{Path(command[0]).parent}{os.pathsep}{os.defpath}", "HOME": str(home)}
    environment["SEMGREP_SEND_METRICS"] = "off"
    started = time.perf_counter()
    with subprocess.Popen(
        command, cwd=home, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.DEVNULL
    ) as process:
        watch = threading.Timer(SECONDS, process.kill)
        watch.start()
        _, status, usage = os.wait4(process.pid, 0)
        watch.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
    return time.perf_counter() - started, usage.ru_maxrss / 1024


def _semgrep(place: Path, _: str) -> Sequence[str]:
    quiet = ("--metrics=off", "--disable-version-check", "--quiet")
    # Ignore files and comments of what is scanned would let it steer the scan; published packages live in dist/.
    whole = ("--disable-nosem", "--no-git-ignore", "--x-ignore-semgrepignore-files", "--experimental")
    return ["scan", "--json", *quiet, *whole, "--config", str(RULES), str(place)]


DRIFTSEAL = Scanner(
    "driftseal", lambda place, _: ["scan", str(place), "--format", "json", "--allow-gaps"], of_driftseal
)
PEERS = (
    # Its own rules come from a registry on the network, so it runs ours; a figure for the engine, not for its rules.
    Scanner("semgrep", _semgrep, of_semgrep),
    Scanner(
        "bandit", lambda place, _: ["-q", "-r", "-f", "json", str(place)], of_bandit, languages=frozenset({PYTHON})
    ),
    Scanner(
        "guarddog",
        lambda place, language: [
            "pypi" if language == PYTHON else "npm", "scan", str(place), "--output-format", "json",
        ],
        of_guarddog,
    ),
    Scanner("agent-audit", lambda place, _: ["scan", "--format", "json", str(place)], of_agent_audit),
)  # fmt: skip
