"""A registry that Debian ships, on loopback."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from servers import ports
from servers.oci_registry import INDEX, Registry

_PATIENCE = 300.0


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """Its host, while it runs; what it holds lies below a folder."""
    program = shutil.which("docker-registry")
    if program is None:
        pytest.skip("docker-registry is not installed (apt-get install docker-registry)")
    host = f"127.0.0.1:{ports.unused()}"
    settings = f"version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {folder}/held}}}}\n"
    path = folder / "registry.yml"
    path.write_text(f"{settings}http: {{addr: {host}}}\n", encoding="utf-8")
    quiet = subprocess.DEVNULL
    with subprocess.Popen([program, "serve", str(path)], stdout=quiet, stderr=quiet, env={}) as process:
        deadline = time.monotonic() + _PATIENCE
        while process.poll() is None and time.monotonic() < deadline and not _answers(host):
            time.sleep(0.05)
        assert _answers(host)
        yield host
        process.terminate()


def _answers(host: str) -> bool:
    try:
        return requests.get(f"http://{host}/v2/", timeout=_PATIENCE).ok
    except requests.ConnectionError:
        return False


def upload(host: str, held: Registry) -> None:
    """Everything that a registry of ours holds, by the real protocol."""
    base = f"http://{host}/v2/org/m"
    for name, data in held.blobs.items():
        place = requests.post(f"{base}/blobs/uploads/", timeout=_PATIENCE).headers["Location"]
        joined = "&" if "?" in place else "?"
        requests.put(f"{place}{joined}digest={name}", data=data, timeout=_PATIENCE).raise_for_status()
    # An index is taken only once what it names is there.
    for tag, (kind, data) in sorted(held.manifests.items(), key=lambda one: one[1][0] == INDEX):
        headers = {"Content-Type": kind}
        requests.put(f"{base}/manifests/{tag}", data=data, headers=headers, timeout=_PATIENCE).raise_for_status()
