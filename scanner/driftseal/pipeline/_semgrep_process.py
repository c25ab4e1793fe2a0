"""Running semgrep: a bound on its time and on what it writes, nothing of ours in its environment."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from driftseal import canonical
from driftseal.collect.mcp import family
from driftseal.errors import LimitExceeded, RuleError, TargetError, UsageError
from driftseal.limits import Limits
from driftseal.pipeline import _semgrep_output

_KEPT: Final = ("PATH", "SYSTEMROOT", "LANG", "LC_ALL", "TMPDIR", "TEMP", "TMP")
"""Variables that a program needs to run at all; credentials are none of them."""
_POLL: Final = 0.02
_BAD_RULES: Final = frozenset({2, 4, 5, 7, 8})
"""Exit codes of semgrep that mean its own options or rules are wrong."""
_TAIL: Final = 8192


def run(command: Sequence[str], limits: Limits, environment: Mapping[str, str]) -> bytes:
    """What it wrote on standard output.

    Raises:
        LimitExceeded: it took too long, or wrote too much.
        UsageError: it cannot be started, or refuses a rule.
        TargetError: it failed otherwise.
    """
    with (
        # Neither in what is scanned nor at home: semgrep takes settings and rules from both.
        tempfile.TemporaryDirectory(prefix="driftseal-semgrep-", ignore_cleanup_errors=True) as home,
        tempfile.TemporaryFile() as output,
        tempfile.TemporaryFile() as errors,
        _started(command, Path(home), environment, output, errors) as process,
    ):
        _wait(process, (output, errors), limits)
        output.seek(0)
        written = output.read(limits.semgrep_bytes)
        if process.returncode:
            raise _failure(process.returncode, written, _tail(errors), limits)
        return written


@contextmanager
def _started(
    command: Sequence[str], home: Path, environment: Mapping[str, str], output: IO[bytes], errors: IO[bytes]
) -> Iterator[subprocess.Popen[bytes]]:
    kept = {name: environment[name] for name in _KEPT if name in environment}
    settings = {"HOME": str(home), "XDG_CONFIG_HOME": str(home), "USERPROFILE": str(home)}
    silent = {"SEMGREP_SEND_METRICS": "off", "SEMGREP_ENABLE_VERSION_CHECK": "0", "NO_COLOR": "1"}
    try:
        process = subprocess.Popen(  # noqa: S603  # a list of arguments, found on the user's PATH, asked for by name
            command,
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            env={**kept, **settings, **silent},
            start_new_session=sys.platform != "win32",
        )
    except OSError as cause:
        raise UsageError(f"--semgrep: {command[0]} cannot be started: {cause.strerror}") from cause
    try:
        yield process
    finally:
        if process.poll() is None:
            family.end(process.pid, forced=True)
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], written: Sequence[IO[bytes]], limits: Limits) -> None:
    until = time.monotonic() + limits.semgrep_seconds
    while process.poll() is None:
        if time.monotonic() > until:
            raise LimitExceeded(
                f"semgrep took longer than {limits.semgrep_seconds:g} s",
                hint="raise limits.semgrep_seconds, or scan a part of the tree",
            )
        _check_size(written, limits)
        time.sleep(_POLL)
    _check_size(written, limits)


def _check_size(written: Sequence[IO[bytes]], limits: Limits) -> None:
    if any(os.fstat(file.fileno()).st_size > limits.semgrep_bytes for file in written):
        raise LimitExceeded(
            f"semgrep wrote more than {limits.semgrep_bytes} bytes",
            hint="raise limits.semgrep_bytes, or scan a part of the tree",
        )


def _tail(file: IO[bytes]) -> str:
    file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL))
    return file.read(_TAIL).decode("utf-8", "replace")


def _failure(code: int, written: bytes, errors: str, limits: Limits) -> UsageError | TargetError:
    last = next(filter(None, map(str.strip, reversed(errors.splitlines()))), "")
    why = canonical.show((_semgrep_output.complaint(written, limits) or last)[: limits.evidence_chars])
    if code in _BAD_RULES:
        return RuleError(f"semgrep refuses its rules: {why}", hint=_semgrep_output.VALIDATE)
    return TargetError(f"semgrep ended with exit code {code}: {why}")
