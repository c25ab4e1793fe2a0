"""The scanners that ``benchmarks/models.py`` compares: how each is installed and asked, each in its own environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from model_judges import ERROR, HANGS

JUDGES = Path(__file__).with_name("model_judges.py")
PATIENCE = 60
"""Seconds of silence after which a scanner hangs, where it does not even hear its alarm clock."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a scanner says of one path."""

    level: str
    seconds: float
    crash: str = ""


@dataclass(frozen=True, slots=True)
class Scanner:
    """One scanner."""

    name: str
    packages: tuple[str, ...]
    """With versions, since figures are of these; empty for what lies here."""

    def python(self, folder: Path | None) -> Path | None:
        """The interpreter to run it with; None where it is not installed."""
        if not self.packages:
            return Path(sys.executable)
        place = folder / self.name / "bin" / "python" if folder else None
        return place if place is not None and place.exists() else None

    def install(self, folder: Path) -> str:
        """Put it into an environment of its own; returns what went wrong, in a line."""
        home = folder / self.name
        if not home.exists():
            subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
        command = [str(home / "bin" / "pip"), "install", "--quiet", *self.packages]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        return "" if done.returncode == 0 else (done.stderr.strip().splitlines() or ["pip failed"])[-1]

    def version(self, python: Path) -> str:
        """Of what is installed."""
        ask = f"import importlib.metadata; print(importlib.metadata.version({self.name!r}))"
        return subprocess.run([str(python), "-c", ask], check=True, capture_output=True, text=True).stdout.strip()

    def judge(self, python: Path, paths: Sequence[Path], home: Path) -> dict[Path, Verdict]:
        """Every path, in order. One that kills the scanner is a crash, and the rest goes on without it."""
        left = list(paths)
        verdicts: dict[Path, Verdict] = {}
        while left:
            verdicts |= dict(self._some(python, left, home))
            if rest := [path for path in left if path not in verdicts]:
                verdicts[rest[0]] = Verdict(HANGS, PATIENCE, "did not answer")
            left = [path for path in rest if path not in verdicts]
        return verdicts

    def _some(self, python: Path, paths: Sequence[Path], home: Path) -> Iterator[tuple[Path, Verdict]]:
        """Those that it answers for before it dies."""
        environment = {"PATH": f"{python.parent}{os.pathsep}{os.defpath}", "HOME": str(home)} | _QUIET
        listed = home / f"{self.name}.paths"
        listed.write_text("".join(f"{path}\n" for path in paths), encoding="utf-8")
        told = home / f"{self.name}.verdicts"
        with listed.open() as given, told.open("w+") as answers:
            quiet = {"stdin": given, "stdout": answers, "stderr": subprocess.DEVNULL}
            with subprocess.Popen([str(python), str(JUDGES), self.name], cwd=home, env=environment, **quiet) as process:  # type: ignore[call-overload]
                _watch(process, told)
        for line in told.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            yield Path(row["path"]), Verdict(row["level"], row["seconds"], row["crash"])


def _watch(process: subprocess.Popen[bytes], told: Path) -> None:
    """Wait until it ends; one that says nothing for long is ended."""
    size = -1
    while True:
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            if told.stat().st_size == size:
                process.kill()
                return
            size = told.stat().st_size
        else:
            return


_QUIET = {
    "PROMPTFOO_DISABLE_TELEMETRY": "1",
    "NO_ANALYTICS": "1",
    "HF_HUB_OFFLINE": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
}
FAILED = frozenset({ERROR, HANGS})
DRIFTSEAL = Scanner("driftseal", ())
PEERS = (
    Scanner("picklescan", ("picklescan==1.0.5",)),
    # Its readers of HDF5 and numpy need these; TensorFlow, for the rest, is larger than all others together.
    Scanner("modelscan", ("modelscan==0.8.8", "numpy<2", "h5py")),
    Scanner("fickling", ("fickling==0.1.12", "typing_extensions")),
    Scanner("modelaudit", ("modelaudit==0.2.54", "h5py", "onnx", "py7zr")),
    Scanner("hayward", ("hayward==1.4.1",)),
)
