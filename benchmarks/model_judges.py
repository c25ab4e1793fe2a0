"""Runs one scanner over paths, inside its own environment: ``python model_judges.py NAME < paths``.

One line of JSON a path: how bad the scanner calls it, and how long that took. What a scanner calls dangerous or
critical counts as dangerous, what it calls suspicious or a warning as worth a review. Nothing else of the benchmark is
imported here, since each scanner brings a Python of its own.
"""

from __future__ import annotations

import contextlib
import io
import json
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

DANGEROUS, REVIEW, CLEAN, ERROR, HANGS = "dangerous", "review", "clean", "error", "hangs"
SECONDS = 45
"""For one path."""
Judge = Callable[[Path], str]


def worst(severities: Iterable[str], dangerous: frozenset[str], review: frozenset[str]) -> str:
    found = {severity.lower() for severity in severities}
    return DANGEROUS if found & dangerous else REVIEW if found & review else CLEAN


def files(path: Path) -> Iterator[Path]:
    yield from sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path]


def driftseal() -> Judge:
    """The command as its users type it; a report with gaps and without findings is no detection."""
    from driftseal.cli import _dispatch

    def judge(path: Path) -> str:
        output = io.StringIO()
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(io.StringIO()):
            _dispatch.main(["scan", str(path), "--format", "json", "--allow-gaps"])
        said = json.loads(output.getvalue())
        found = (row["severity"] for row in said["findings"] if not row["suppressed"])
        level = worst(found, frozenset({"high", "critical"}), frozenset({"medium"}))
        return ERROR if level == CLEAN and said["errors"] else level

    return judge


def picklescan() -> Judge:
    from picklescan import scanner

    def judge(path: Path) -> str:
        found = scanner.scan_directory_path(path) if path.is_dir() else scanner.scan_file_path(path)
        levels = (one.safety.value for one in found.globals)
        level = worst(levels, frozenset({"dangerous"}), frozenset({"suspicious"}))
        return ERROR if level == CLEAN and found.scan_err else level

    return judge


def modelscan() -> Judge:
    from modelscan.modelscan import ModelScan

    def judge(path: Path) -> str:
        found = ModelScan().scan(path)
        levels = (row["severity"] for row in found["issues"])
        level = worst(levels, frozenset({"critical", "high"}), frozenset({"medium"}))
        return ERROR if level == CLEAN and found["errors"] else level

    return judge


def fickling() -> Judge:
    from fickling.loader import scan_file

    unsafe = frozenset({"likely_unsafe", "likely_overtly_malicious", "overtly_malicious"})

    def judge(path: Path) -> str:
        found = [scan_file(str(one), graceful=True) for one in files(path)]
        level = worst((one.severity.name for one in found), unsafe, frozenset({"possibly_unsafe", "suspicious"}))
        # It calls whatever it cannot read suspicious; that is no detection.
        return ERROR if level != DANGEROUS and any(one.errors and not one.results for one in found) else level

    return judge


def hayward() -> Judge:
    import hayward as package

    scanner = package.ModelFileScanner()

    def judge(path: Path) -> str:
        found = [row for one in files(path) for row in scanner.scan_file(one)]
        told = [row for row in found if not package.is_coverage_gap(row)]
        level = worst((row.severity.value for row in told), frozenset({"critical", "high"}), frozenset({"medium"}))
        return ERROR if level == CLEAN and len(told) < len(found) else level

    return judge


def modelaudit() -> Judge:
    from modelaudit import core

    def judge(path: Path) -> str:
        found = core.scan_model_directory_or_file(str(path))
        levels = (str(getattr(row.severity, "value", row.severity)) for row in found.issues)
        level = worst(levels, frozenset({"critical"}), frozenset({"warning"}))
        return ERROR if level == CLEAN and found.has_errors else level

    return judge


class _TooLongError(Exception):
    pass


def _ring(*_: Any) -> None:
    raise _TooLongError


def main() -> int:
    """Judge each path on standard input; what a scanner prints goes nowhere."""
    output = sys.stdout
    sys.stdout = io.StringIO()
    judge = {one.__name__: one for one in (driftseal, picklescan, modelscan, fickling, hayward, modelaudit)}[
        sys.argv[1]
    ]()
    signal.signal(signal.SIGALRM, _ring)
    for line in sys.stdin:
        started = time.perf_counter()
        signal.alarm(SECONDS)
        why = ""
        try:
            level = judge(Path(line.rstrip("\n")))
        except _TooLongError:
            level = HANGS
        except Exception as problem:  # noqa: BLE001 - that a scanner breaks down is a result
            level, why = ERROR, f"{type(problem).__name__}: {problem}"[:100]
        finally:
            signal.alarm(0)
        said = {"path": line.rstrip("\n"), "level": level, "seconds": time.perf_counter() - started, "crash": why}
        output.write(json.dumps(said) + "\n")
        output.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
