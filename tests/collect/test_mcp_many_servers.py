from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import replace

import pytest

from asking import PATIENT, SERVERS, STUBBORN, asked, context, gaps, keys
from driftseal import snapshot
from driftseal.collect.base import Consent
from driftseal.collect.mcp.ask import Asked, ask
from driftseal.collect.mcp.spec import HttpSpec
from driftseal.limits import MIB
from driftseal.model.item import Gap, ItemKind
from driftseal.model.snapshot import Origin
from driftseal.model.target import Target
from servers import http_hostile
from servers.http_serving import serving

SIXTY = """
import os, re, resource, sys
import asking
servers = [asking.asked("good_stdio.py", "dual") for _ in range(60)]
from driftseal.collect.mcp.ask import ask
taken = list(ask(servers, asking.context()))
assert all(len(each.items) == 9 and not each.gaps for each in taken), [each.gaps for each in taken]
if sys.platform == "linux":
    # On Linux a child's ru_maxrss begins with what its parent took; the high-water mark of its memory is its own.
    with open("/proc/self/status") as status:
        print(int(re.search(r"VmHWM:\\s+([0-9]+) kB", status.read())[1]) * 1024)
else:
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(most * (1 if sys.platform == "darwin" else 1024))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no getrusage")
def test_sixty_servers_at_once_take_less_than_100_mb() -> None:
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(SERVERS.parent), *sys.path])}
    done = subprocess.run([sys.executable, "-c", SIXTY], env=env, capture_output=True, check=False, text=True)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 100 * MIB


def test_a_server_that_hangs_does_not_hold_up_the_others() -> None:
    servers = [*(asked("hostile_stdio.py", "hang") for _ in range(20)), asked("good_stdio.py")]
    # They would hang for minutes; how many are started at once hangs on the machine, and for how long on the probe.
    snapshots = ask(servers, context(limits=replace(STUBBORN, probe_seconds=0.5)))
    assert "tool:add" in keys(next(snapshots))
    snapshots.close()  # type: ignore[attr-defined]  # a generator


def test_what_a_configuration_says_stays_when_the_live_look_fails() -> None:
    launch = snapshot.make_item(ItemKind.LAUNCH, "", {"command": "x"})
    known = Gap("r", "env", "not expanded")
    server = replace(asked("hostile_stdio.py", "crash"), also=(launch, known))
    (taken,) = ask([server], context())
    assert taken.items == (launch,)
    assert taken.origin is Origin.STATIC
    assert known in taken.gaps
    assert "exit code 7" in gaps(taken)


def test_progress_is_told_for_each_server() -> None:
    told: list[str] = []
    list(ask([asked("good_stdio.py"), asked("hostile_stdio.py", "crash")], context(progress=told.append)))
    first, *others = told
    assert re.fullmatch(r"asking 2 servers: \S+good_stdio.py, \S+hostile_stdio.py-crash", first)
    assert [line.partition(":")[0] for line in others] == ["asked 1 of 2 servers", "asked 2 of 2 servers"]


def test_asking_nobody_starts_nothing() -> None:
    assert list(ask([], context(limits=PATIENT))) == []


def test_an_empty_list_of_a_url_without_its_header_is_a_gap() -> None:
    with serving(http_hostile.app_of(http_hostile.good)) as base:
        target = Target("mcp_http", f"{base}/mcp", "empty", f"{base}/mcp")
        spec = HttpSpec(f"{base}/mcp", {"Authorization": "Bearer ${TOKEN}"})
        (taken,) = ask([Asked(target, spec)], context(Consent(allow_private=("127.0.0.1",))))
    assert "it probably needs a real value for Authorization (--header-env HEADER=NAME gives it one)" in gaps(taken)
