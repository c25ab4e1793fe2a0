"""The scanners that ``benchmarks/bom.py`` compares: how each is installed, asked, and what it costs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bom_cases import Case

PATIENCE = 300
"""Seconds after which a run is given up."""
NPM, PYPI = "npm", "pypi"


@dataclass(frozen=True, slots=True)
class Run:
    """What a scanner wrote about one case, and what that cost."""

    documents: tuple[dict[str, Any], ...]
    seconds: float
    cpu: float
    memory: float
    """MiB, of its largest process."""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Scanner:
    """One scanner."""

    name: str
    ecosystem: str
    package: str
    version: str
    words: tuple[str, ...]
    """What its users type for a bill of materials in CycloneDX, offline; OUTPUT and HOME stand for places."""
    every_package: bool = False
    """It lists every dependency, so that one which is not of AI is no mistake."""

    def executable(self, folder: Path | None) -> Path | None:
        """None where it is not installed."""
        if not self.ecosystem:
            return Path(sys.executable).with_name(self.name)
        inside = "node_modules/.bin" if self.ecosystem == NPM else "bin"
        place = folder / self.name / inside / self.name if folder else None
        return place.absolute() if place is not None and place.exists() else None

    def install(self, folder: Path) -> str:
        """Put it into an environment of its own; returns what went wrong, in a line."""
        home = folder / self.name
        if self.ecosystem == NPM:
            home.mkdir(parents=True, exist_ok=True)
            command = [
                "npm",
                "install",
                "--silent",
                "--no-audit",
                "--no-fund",
                "--ignore-scripts",
                "--prefix",
                str(home),
            ]
            command.append(f"{self.package}@{self.version}")
        else:
            if not home.exists():
                subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
            command = [str(home / "bin" / "pip"), "install", "--quiet", f"{self.package}=={self.version}"]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        return "" if done.returncode == 0 else (done.stderr.strip().splitlines() or ["it failed"])[-1]

    def list(self, executable: Path, case: Case, home: Path) -> Run:
        """One case. A scanner that cannot be told to look at a user's home is run over that folder too."""
        places = [case.folder]
        words = [*self.words]
        if case.home is not None and not self.ecosystem:
            words.append("machine")
        elif case.home is not None:
            places.append(case.home)
        runs = [self._run(executable, words, place, case.home or home, home) for place in places]
        documents = tuple(document for run in runs for document in run.documents)
        problem = next((run.problem for run in runs if run.problem), "")
        cost = sum(run.seconds for run in runs), sum(run.cpu for run in runs), max(run.memory for run in runs)
        return Run(documents, *cost, problem)

    def _run(self, executable: Path, words: Sequence[str], place: Path, user: Path, home: Path) -> Run:
        output = home / f"{self.name}.json"
        output.unlink(missing_ok=True)
        command = [str(executable), *(word.replace("OUTPUT", str(output)) for word in words)]
        environment = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(user)} | _QUIET
        told = home / f"{self.name}.cost"
        told.unlink(missing_ok=True)
        with (home / f"{self.name}.log").open("wb") as log:
            quiet: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log}
            watched = [sys.executable, "-I", "-S", "-c", _WATCH, str(told), str(PATIENCE), *command]
            subprocess.run(watched, cwd=place, env=environment, check=True, **quiet)
        code, seconds, cpu, memory = json.loads(told.read_text(encoding="utf-8"))
        documents, problem = _read(output, code, late=seconds >= PATIENCE)
        return Run(documents, seconds, cpu, memory, problem)


# Between us and the scanner, since memory of the process that starts another is counted as the other's.
_WATCH = """
import json, os, resource, signal, subprocess, sys, time
began = time.perf_counter()
process = subprocess.Popen(sys.argv[3:], start_new_session=True)
try:
    process.wait(float(sys.argv[2]))
except subprocess.TimeoutExpired:
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
seconds = time.perf_counter() - began
used = resource.getrusage(resource.RUSAGE_CHILDREN)
memory = used.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)
with open(sys.argv[1], "w") as file:
    json.dump([process.returncode, seconds, used.ru_utime + used.ru_stime, memory], file)
"""


def _read(output: Path, code: int, *, late: bool) -> tuple[tuple[dict[str, Any], ...], str]:
    if late:
        return (), f"given up after {PATIENCE} s"
    try:
        return (json.loads(output.read_text(encoding="utf-8")),), ""
    except (OSError, ValueError) as problem:
        return (), f"exit {code}, no document: {type(problem).__name__}"


_QUIET = {"AI_BOM_TELEMETRY": "0", "NO_COLOR": "1", "CDXGEN_NO_BANNER": "1", "PYTHONWARNINGS": "ignore"}
DRIFTSEAL = Scanner("driftseal", "", "driftseal", "", ("bom", "--allow-gaps", "--output", "OUTPUT", "."))
_CDXGEN_TYPES = ("ai", "mcp", "ai-skill", "js", "python", "go", "cargo")
PEERS = (
    Scanner(
        "cdxgen",
        NPM,
        "@cyclonedx/cdxgen",
        "12.8.4",
        (*(word for kind in _CDXGEN_TYPES for word in ("-t", kind)), "--no-install-deps", "-o", "OUTPUT", "."),
        every_package=True,
    ),
    Scanner("ai-bom", PYPI, "ai-bom", "3.6.0", ("scan", ".", "--format", "cyclonedx", "--quiet", "--output", "OUTPUT")),
    Scanner(
        "airom",
        PYPI,
        "airom",
        "0.5.0",
        ("scan", ".", "--offline", "--no-progress", "--cdx-version", "1.7", "-o", "cyclonedx=OUTPUT"),
    ),
    Scanner(
        "agent-bom",
        PYPI,
        "agent-bom",
        "0.109.0",
        ("scan", ".", "--offline", "--no-scan", "--quiet", "--exit-zero", "-f", "cyclonedx", "-o", "OUTPUT"),
        every_package=True,
    ),
)
