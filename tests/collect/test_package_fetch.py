"""Packages are fetched from registries that speak the real wire formats, over loopback."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from driftseal.collect._package_fetch import Fetched, fetch
from driftseal.errors import TargetError
from driftseal.limits import DEFAULT_LIMITS, Limits

FAST = replace(DEFAULT_LIMITS, retry_seconds=0.01, download_seconds=20.0)
JSON = "application/vnd.pypi.simple.v1+json"


@dataclass
class Reply:
    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Site:
    """A web server on loopback: what it answers, and what it was asked."""

    url: str = ""
    pages: dict[str, list[Reply]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def put(self, path: str, body: bytes | str = b"", kind: str = "application/json", **more: Any) -> None:
        """Answer so; further calls for one path are answers to further requests, and the last one stays."""
        data = body.encode() if isinstance(body, str) else body
        headers = {"Content-Type": kind, "Content-Length": str(len(data))} | more.pop("headers", {})
        self.pages.setdefault(path, []).append(Reply(data, headers=headers, **more))

    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]

    def reply(self, path: str, headers: dict[str, str]) -> Reply:
        self.asked.append((path, headers))
        replies = self.pages.get(path)
        if not replies:
            return Reply(b"no", 404, {"Content-Length": "2"})
        return replies.pop(0) if len(replies) > 1 else replies[0]


@pytest.fixture
def sites() -> Iterator[Callable[[], Site]]:
    servers: list[ThreadingHTTPServer] = []

    def start() -> Site:
        site = Site()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                reply = site.reply(self.path, {name.lower(): value for name, value in self.headers.items()})
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(reply.body)

            def log_message(self, *_: object) -> None:
                """Quiet."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        site.url = f"http://127.0.0.1:{server.server_address[1]}"
        return site

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def site(sites: Callable[[], Site]) -> Site:
    return sites()


def tgz(top: str, *members: tuple[str, str]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as made:
        for path, text in members:
            info = tarfile.TarInfo(f"{top}/{path}")
            info.size = len(text.encode())
            made.addfile(info, io.BytesIO(text.encode()))
    return packed.getvalue()


def wheel(*members: tuple[str, str]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        for path, text in members:
            made.writestr(path, text)
    return packed.getvalue()


def sri(data: bytes) -> str:
    return "sha512-" + base64.b64encode(hashlib.sha512(data).digest()).decode()


def packument(name: str, tags: dict[str, str], **dists: dict[str, str]) -> str:
    versions = {version: {"name": name, "version": version, "dist": dist} for version, dist in dists.items()}
    return json.dumps({"name": name, "dist-tags": tags, "versions": versions})


MANIFEST = json.dumps({"name": "server", "version": "1.2.0", "scripts": {"postinstall": "node x.js"}})
TARBALL = tgz("package", ("package.json", MANIFEST), ("index.js", "run()"))


def npm_site(site: Site, *, tarball: str = "", **dist: str) -> Site:
    told = dist or {"integrity": sri(TARBALL)}
    address = tarball or f"{site.url}/server/-/server-1.2.0.tgz"
    site.put("/server", packument("server", {"latest": "1.2.0", "old": "1.0.0"}, **{
        "1.2.0": {"tarball": address, **told}, "2.0.0-beta": {"tarball": address, **told},
    }))  # fmt: skip
    site.put("/server/-/server-1.2.0.tgz", TARBALL, "application/octet-stream")
    return site


def get(reference: str, home: Path, limits: Limits = FAST, **environment: str) -> Fetched:
    return fetch(reference, limits, environment=environment, home=home)


def test_an_npm_package_is_its_newest_release_with_the_files_and_scripts_of_its_own(site: Site, tmp_path: Path) -> None:
    npm_site(site)
    found = get("npm:server", tmp_path, npm_config_registry=site.url)
    assert (found.kind, found.name, found.version, found.purl) == ("npm", "server", "1.2.0", "pkg:npm/server")
    assert found.members == (("package.json", MANIFEST.encode()), ("index.js", b"run()"))
    assert found.metadata["package.json"] == json.loads(MANIFEST)
    assert found.problems == ()
    assert site.paths() == ["/server", "/server/-/server-1.2.0.tgz"]


METADATA = "Metadata-Version: 2.4\nName: A.Server\nVersion: 1.10\nRequires-Dist: mcp>=1\n\nWords\n"
WHEEL = wheel(
    ("a_server/run.py", "print()"),
    ("a_server-1.10.dist-info/METADATA", METADATA),
    ("a_server-1.10.dist-info/entry_points.txt", "[console_scripts]\nA-Server = a_server.run:main\n"),
)
SDIST = tgz("a_server-1.10", ("PKG-INFO", METADATA), ("a_server/run.py", "print()"))


def entry(filename: str, data: bytes = WHEEL, **more: Any) -> dict[str, Any]:
    return {"filename": filename, "url": f"../../files/{filename}"} | {
        "hashes": {"sha256": hashlib.sha256(data).hexdigest()}, **more
    }  # fmt: skip


def pypi_site(site: Site, *entries: dict[str, Any]) -> Site:
    site.put("/simple/a-server/", json.dumps({"meta": {"api-version": "1.3"}, "files": entries}), JSON)
    for one in entries:
        data = SDIST if one["filename"].endswith(".tar.gz") else WHEEL
        site.put(f"/files/{one['filename']}", data, "application/octet-stream")
    return site


def pypi(reference: str, site: Site, home: Path) -> Fetched:
    return get(reference, home, PIP_INDEX_URL=f"{site.url}/simple/")


def test_a_python_package_is_the_wheel_of_its_newest_release(site: Site, tmp_path: Path) -> None:
    names = ("a_server-1.9-py3-none-any.whl", "a_server-1.10.tar.gz", "a_server-1.10-py3-none-any.whl")
    beta, yanked = entry("a_server-2.0b1-py3-none-any.whl"), entry("a_server-1.11-py3-none-any.whl", yanked="broken")
    pypi_site(site, *map(entry, names), beta, yanked)
    found = pypi("pypi:A.Server", site, tmp_path)
    assert (found.kind, found.name, found.version, found.purl) == ("pypi", "a-server", "1.10", "pkg:pypi/a-server")
    assert found.members[0][0] == "a_server/run.py"
    metadata = found.metadata["METADATA"]
    assert isinstance(metadata, dict)
    assert (metadata["name"], metadata["requires_dist"]) == ("A.Server", ["mcp>=1"])
    assert found.metadata["entry_points.txt"] == {"console_scripts": {"A-Server": "a_server.run:main"}}
    assert found.metadata["archive"] == {
        "filename": names[2],
        "digest": f"sha256:{hashlib.sha256(WHEEL).hexdigest()}",
        "others": [names[1]],
    }
    assert found.problems == ()


def test_a_source_archive_is_read_where_there_is_no_wheel(site: Site, tmp_path: Path) -> None:
    pypi_site(site, entry("a_server-1.10.tar.gz", SDIST))
    found = pypi("pkg:pypi/a-server@1.10", site, tmp_path)
    assert [path for path, _ in found.members] == ["PKG-INFO", "a_server/run.py"]
    assert found.problems == ()


def test_an_archive_other_than_promised_is_refused(site: Site, tmp_path: Path) -> None:
    npm_site(site, integrity=sri(b"another"))
    with pytest.raises(TargetError, match=r"npm:server 1\.2\.0: the archive is not the one .* \(sha512 differs\)"):
        get("npm:server", tmp_path, npm_config_registry=site.url)
