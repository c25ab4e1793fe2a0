"""Packages are fetched from registries that speak the real wire formats, over loopback."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

import tools
from driftseal.collect._package_fetch import Fetched, fetch
from driftseal.errors import AccessRefused, LimitExceeded, TargetError
from driftseal.formats.archive import Problem
from driftseal.limits import DEFAULT_LIMITS, Limits

FAST = replace(DEFAULT_LIMITS, retry_seconds=0.01, request_seconds=300.0, download_seconds=300.0)
HTML = "text/html; charset=utf-8"
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


def handler(site: Site) -> type[BaseHTTPRequestHandler]:
    """What speaks HTTP for a site."""

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

    return Handler


@pytest.fixture
def sites() -> Iterator[Callable[[], Site]]:
    servers: list[ThreadingHTTPServer] = []

    def start() -> Site:
        site = Site()
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler(site))
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


def test_the_strongest_hash_counts_whatever_weaker_ones_say(site: Site, tmp_path: Path) -> None:
    npm_site(site, integrity=f"sha1-{base64.b64encode(b'x').decode()} {sri(b'other')} {sri(TARBALL)}?x", shasum="00")
    assert get("npm:server", tmp_path, npm_config_registry=site.url).problems == ()


@pytest.mark.parametrize(
    ("dist", "why"),
    [
        ({"shasum": hashlib.sha1(TARBALL, usedforsecurity=False).hexdigest()}, "only a sha1 hash of the archive"),
        ({"other": "x"}, "tells no hash of the archive"),
    ],
)
def test_a_weak_or_missing_hash_is_told(site: Site, tmp_path: Path, dist: dict[str, str], why: str) -> None:
    npm_site(site, **dist)
    (problem,) = get("npm:server", tmp_path, npm_config_registry=site.url).problems
    assert why in problem.why


@pytest.mark.parametrize("hashed", ["integrity", "shasum"])
def test_a_hash_that_cannot_be_read_fits_nothing(site: Site, tmp_path: Path, hashed: str) -> None:
    npm_site(site, **{hashed: "sha512-????"})
    with pytest.raises(TargetError, match="is not the one that the registry promises"):
        get("npm:server", tmp_path, npm_config_registry=site.url)


def test_a_manifest_that_differs_from_the_registrys_is_told(site: Site, tmp_path: Path) -> None:
    npm_site(site)
    found = get("pkg:npm/server@2.0.0-beta", tmp_path, NPM_CONFIG_REGISTRY=site.url)
    assert found.version == "2.0.0-beta"
    assert found.problems == (Problem("package.json", "says another version than the registry: 1.2.0"),)


def test_a_tag_names_a_version(site: Site, tmp_path: Path) -> None:
    npm_site(site)
    assert get("npm:server@latest", tmp_path, npm_config_registry=site.url).version == "1.2.0"


def test_a_scope_is_asked_at_its_own_registry_with_the_token_that_belongs_there(
    sites: Callable[[], Site], tmp_path: Path
) -> None:
    scoped, elsewhere = sites(), sites()
    dist = {"tarball": f"{elsewhere.url}/t.tgz", "integrity": sri(TARBALL)}
    scoped.put("/npm/@corp%2Fserver", packument("@corp/server", {"latest": "1.2.0"}, **{"1.2.0": dist}))
    elsewhere.put("/t.tgz", TARBALL)
    (tmp_path / ".npmrc").write_text(
        f"registry={elsewhere.url}\n@corp:registry={scoped.url}/npm\n//{scoped.url[7:]}/:_authToken=${{WORD}}\n",
        encoding="utf-8",
    )
    found = get("pkg:npm/%40corp/server", tmp_path, WORD="s3cret-token")
    assert (found.name, found.purl) == ("@corp/server", "pkg:npm/%40corp/server")
    assert [headers.get("authorization") for _, headers in scoped.asked] == ["Bearer s3cret-token"]
    assert [headers.get("authorization") for _, headers in elsewhere.asked] == [None]


def test_a_mirror_also_serves_the_archives_that_lie_at_npmjs(site: Site, tmp_path: Path) -> None:
    dist = {"tarball": "https://registry.npmjs.org/server/-/server-1.2.0.tgz", "integrity": sri(TARBALL)}
    site.put("/mirror/npm/server", packument("server", {"latest": "1.2.0"}, **{"1.2.0": dist}))
    site.put("/mirror/npm/server/-/server-1.2.0.tgz", TARBALL)
    assert get("npm:server", tmp_path, npm_config_registry=f"{site.url}/mirror/npm").version == "1.2.0"


@pytest.mark.parametrize(
    ("reference", "message", "hint"),
    [
        ("npm:absent", "npm:absent: is not known at http://127.0.0.1:PORT/absent (404)", "npm_config_registry"),
        ("npm:server@9.9.9", "npm:server: has no version 9.9.9", "its newest is 1.2.0"),
        ("npm:server@old", "npm:server: has no version old", "its newest is 1.2.0"),
        ("npm:server@^1", "npm:server@^1: names no package", "ranges are not resolved"),
        ("npm:../../etc", "npm:../../etc: names no package", "npm:NAME@VERSION"),
        ("pypi:absent", "pypi:absent: is not known at http://127.0.0.1:PORT/simple/absent/ (404)", "PIP_INDEX_URL"),
        ("pypi:a-server==3", "pypi:a-server: has no version 3", "its newest is 1.10"),
        ("pypi:a-server==x.y", "pypi:a-server: has no version x.y", "its newest is 1.10"),
        ("pypi:a-server>=1", "pypi:a-server>=1: names no package", "ranges are not resolved"),
        ("pkg:gem/rails", "pkg:gem/rails: is of no registry that is asked", "pkg:npm/NAME@VERSION"),
        ("pkg:npm/", "pkg:npm/: is no package URL", "pkg:npm/NAME@VERSION"),
        ("pkg:npm/a?repository_url=evil.test", "names a registry of its own", "leave repository_url out"),
    ],
)  # fmt: skip
def test_what_cannot_be_had_is_told_with_what_to_do(
    site: Site, tmp_path: Path, reference: str, message: str, hint: str
) -> None:
    pypi_site(npm_site(site), entry("a_server-1.10-py3-none-any.whl"))
    with pytest.raises(TargetError) as raised:
        get(reference, tmp_path, npm_config_registry=site.url, PIP_INDEX_URL=f"{site.url}/simple")
    assert message.replace("PORT", site.url.rpartition(":")[2]) in str(raised.value)
    assert hint in raised.value.hint


def page(*anchors: str) -> str:
    head = '<!DOCTYPE html><html><head><meta name="pypi:repository-version" content="1.0"><base href="/files/"></head>'
    return f"{head}<body><h1>Links</h1>{'<br/>'.join(anchors)}</body></html>"


def test_an_index_of_html_is_read_as_one_of_json(site: Site, tmp_path: Path) -> None:
    digest = hashlib.sha256(WHEEL).hexdigest()
    name = "a_server-1.10-py3-none-any.whl"
    site.put("/simple/a-server/", page(
        f'<a href="{name}#sha256={digest}" data-requires-python="&gt;=3.10">{name}</a>',
        '<A HREF="a_server-1.11-py3-none-any.whl#sha256=00" data-yanked="broken">a</A >',
        '<a href="a_server-0.9.exe">other</a>', '<a href="b-3.0.tar.gz">another</a>', '<a href="http://[">none</a>',
    ), HTML)  # fmt: skip
    site.put(f"/files/{name}", WHEEL)
    found = pypi("pypi:a_server[cli]", site, tmp_path)
    assert (found.version, found.problems) == ("1.10", ())


def test_a_yanked_version_is_read_only_where_it_is_pinned_and_told(site: Site, tmp_path: Path) -> None:
    yanked = '<a href="a_server-1.10-py3-none-any.whl" data-yanked="no &amp; no">x</a>'
    site.put("/simple/a-server/", page(yanked), HTML)
    site.put("/files/a_server-1.10-py3-none-any.whl", WHEEL)
    with pytest.raises(TargetError, match="has no version that can be read"):
        pypi("pypi:a-server", site, tmp_path)
    found = pypi("pypi:a-server==1.10.0", site, tmp_path)
    assert [problem.why for problem in found.problems] == [
        "was yanked: no & no",
        "the registry tells no hash of the archive, so it was compared with none",
    ]


def test_where_there_are_only_pre_releases_the_newest_is_read(site: Site, tmp_path: Path) -> None:
    pypi_site(site, entry("a_server-1.10b1-py3-none-any.whl"), entry("a_server-1.10b2-py3-none-any.whl"))
    found = pypi("pypi:a-server", site, tmp_path)
    assert found.version == "1.10b2"
    assert [problem.why for problem in found.problems] == ["says another version than the index: 1.10"]


def test_another_packages_metadata_in_a_wheel_is_not_taken_for_its_own(site: Site, tmp_path: Path) -> None:
    data = wheel(("other-1.10.dist-info/METADATA", METADATA), ("a_server-1.10.dist-info/entry_points.txt", "[x"))
    site.put("/simple/a-server/", json.dumps({"files": [entry("a_server-1.10-py3-none-any.whl", data)]}), JSON)
    site.put("/files/a_server-1.10-py3-none-any.whl", data)
    assert pypi("pypi:a-server", site, tmp_path).problems == (
        Problem("a_server-1.10.dist-info/entry_points.txt", "is no list of entry points"),
        Problem("METADATA", "is not in the package"),
    )


@pytest.mark.parametrize("hostile", ["<a " * 100_000, "<!--" * 100_000, "<a b='" * 100_000])
def test_a_page_of_unclosed_tags_does_not_hold_us_up(site: Site, tmp_path: Path, hostile: str) -> None:
    site.put("/simple/a-server/", hostile, HTML)
    with pytest.raises(LimitExceeded, match="pypi:a-server: the index's page is no list of links"):
        pypi("pypi:a-server", site, tmp_path)


@pytest.mark.parametrize(
    ("kind", "body", "why"),
    [
        ("text/plain", "x", "what the index answers is no list of files"),
        (JSON, '{"meta": {"api-version": "2.0"}}', "speaks version '2.0' of its protocol"),
        (JSON, "[1", "not valid JSON"),
    ],
)
def test_an_index_of_another_form_is_refused(site: Site, tmp_path: Path, kind: str, body: str, why: str) -> None:
    site.put("/simple/a-server/", body, kind)
    with pytest.raises(TargetError) as raised:
        pypi("pypi:a-server", site, tmp_path)
    assert why in str(raised.value)


def test_settings_of_pip_are_read_and_their_password_goes_to_the_index_alone(
    sites: Callable[[], Site], tmp_path: Path
) -> None:
    index, files = sites(), sites()
    one = entry("a_server-1.10-py3-none-any.whl") | {"url": f"{files.url}/w.whl"}
    index.put("/simple/a-server/", json.dumps({"files": [one]}), JSON)
    files.put("/moved.whl", WHEEL)
    files.put("/w.whl", status=302, headers={"Location": "/moved.whl#x", "Content-Length": "9999999999"})
    conf = tmp_path / ".config" / "pip" / "pip.conf"
    conf.parent.mkdir(parents=True)
    conf.write_text(f"[global]\nindex_url = http://us%40er:pa%3Ass@{index.url[7:]}/simple\n", encoding="utf-8")
    assert get("pypi:a-server", tmp_path).version == "1.10"
    sent = "Basic " + base64.b64encode(b"us@er:pa:ss").decode()
    assert [headers.get("authorization") for _, headers in index.asked] == [sent]
    assert [(path, headers.get("authorization")) for path, headers in files.asked] == [
        ("/w.whl", None),
        ("/moved.whl", None),
    ]


@pytest.mark.parametrize(
    ("location", "why"),
    [
        ("http://mirror.invalid/x", "is offered at http://mirror.invalid/x, and only https is asked"),
        ("file:///etc/passwd", "is offered at file:///etc/passwd, and only https is asked"),
        ("http://[", "is offered at no address, and only https is asked"),
        ("/server", "more than 5 redirects, the last to"),
    ],
)
def test_a_redirect_leads_nowhere_else(site: Site, tmp_path: Path, location: str, why: str) -> None:
    site.put("/server", status=301, headers={"Location": location})
    with pytest.raises(TargetError) as raised:
        get("npm:server", tmp_path, npm_config_registry=site.url)
    assert why in str(raised.value)


def test_a_busy_registry_and_a_broken_connection_are_asked_again(site: Site, tmp_path: Path) -> None:
    site.put("/server", status=429, headers={"Retry-After": "0"})
    site.put("/server", b"{", headers={"Content-Length": "100"})
    npm_site(site)
    assert get("npm:server", tmp_path, npm_config_registry=site.url).version == "1.2.0"
    assert site.paths()[:3] == ["/server"] * 3


def test_a_registry_that_stays_busy_or_asks_for_too_much_time_is_given_up(site: Site, tmp_path: Path) -> None:
    site.put("/server", status=503)
    site.put("/later", status=503, headers={"Retry-After": "3600"})
    for name, tries in (("server", 3), ("later", 1)):
        site.asked.clear()
        with pytest.raises(TargetError, match=f"npm:{name}: .* cannot be reached: it answers 503"):
            get(f"npm:{name}", tmp_path, npm_config_registry=site.url)
        assert len(site.asked) == tries


def test_an_archive_larger_than_allowed_is_not_read_to_its_end(site: Site, tmp_path: Path) -> None:
    npm_site(site)
    with pytest.raises(LimitExceeded, match=r"npm:server 1\.2\.0: more than 10 bytes were sent"):
        get("npm:server", tmp_path, replace(FAST, package_bytes=10), npm_config_registry=site.url)


def test_a_registry_that_drips_is_left_when_its_time_is_up(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        done = Event()

        def drip() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
                while not done.wait(0.05):
                    with suppress(OSError):
                        connection.sendall(b"x")

        thread = Thread(target=drip)
        thread.start()
        try:
            with pytest.raises(LimitExceeded, match=r"npm:server: not there after 5 s"):
                get(
                    "npm:server",
                    tmp_path,
                    replace(FAST, download_seconds=5.0),
                    npm_config_registry=f"http://127.0.0.1:{listening.getsockname()[1]}",
                )
        finally:
            done.set()
            thread.join()


def everything_of(error: BaseException | None) -> str:
    """What an error and those behind it say."""
    return f"{error!r} {getattr(error, 'hint', '')} {everything_of(error.__context__)}" if error else ""


@contextmanager
def unheard() -> Iterator[int]:
    """A port that nobody listens on, and nobody else can be given meanwhile."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        yield silent.getsockname()[1]


def test_without_a_network_one_error_says_so_and_holds_no_password(tmp_path: Path) -> None:
    with unheard() as port, pytest.raises(TargetError) as raised:
        get("pypi:a-server", tmp_path, PIP_INDEX_URL=f"http://user:s3cret@127.0.0.1:{port}/simple")
    assert str(raised.value) == (
        f"pypi:a-server: http://127.0.0.1:{port}/simple/a-server/ cannot be reached: no connection"
    )
    assert "PIP_INDEX_URL" in raised.value.hint
    assert "s3cret" not in everything_of(raised.value)


def test_refused_credentials_are_not_shown(site: Site, tmp_path: Path) -> None:
    site.put("/server", status=401)
    with pytest.raises(AccessRefused) as raised:
        get("npm:server", tmp_path, npm_config_registry=f"http://user:s3cret@{site.url[7:]}")
    assert str(raised.value) == f"npm:server: {site.url}/server refuses access (401)"
    assert "s3cret" not in everything_of(raised.value)


@pytest.mark.parametrize("address", ["/opt/simple", "http://user:s3cret@[", "http://u:s3cret@mirror.test/simple"])
def test_an_index_address_that_is_none_or_not_safe_is_refused_without_showing_its_password(
    tmp_path: Path, address: str
) -> None:
    with pytest.raises(TargetError, match=r"PIP_INDEX_URL|only https is asked") as raised:
        get("pypi:a-server", tmp_path, PIP_INDEX_URL=address)
    assert "s3cret" not in str(raised.value) + raised.value.hint


@pytest.mark.parametrize("setting", ["PIP_CERT", "SSL_CERT_FILE"])
def test_a_file_of_certificates_that_is_not_there_is_told(site: Site, tmp_path: Path, setting: str) -> None:
    address = f"https://{site.url[7:]}/simple"
    with pytest.raises(TargetError, match="cannot be asked") as raised:
        fetch("pypi:a-server", FAST, environment={"PIP_INDEX_URL": address, setting: "~/absent.pem"}, home=tmp_path)
    assert "file of certificates" in raised.value.hint


@pytest.mark.parametrize("form", ["PIP_CERT", "pip.conf", "REQUESTS_CA_BUNDLE"])
def test_a_mirror_with_a_certificate_of_its_own_is_trusted_where_the_user_says_so(
    site: Site, tmp_path: Path, form: str
) -> None:
    certificate = tmp_path / "own.pem"
    certificate.write_bytes(own_certificate())
    pypi_site(site, entry("a_server-1.10-py3-none-any.whl"))
    environment = {"PIP_CONFIG_FILE": str(tmp_path / "pip.conf")}
    with secured(site, certificate) as address:
        with pytest.raises(TargetError, match="its certificate is not trusted") as raised:
            get("pypi:a-server", tmp_path, PIP_INDEX_URL=f"{address}/simple")
        assert "PIP_CERT" in raised.value.hint
        if form == "pip.conf":
            (tmp_path / "pip.conf").write_text(f"[install]\ncert = {certificate}\n", encoding="utf-8")
        else:
            environment[form] = str(certificate)
        environment["PIP_INDEX_URL"] = f"{address}/simple"
        assert fetch("pypi:a-server", FAST, environment=environment, home=tmp_path).version == "1.10"


def test_a_relative_path_to_settings_does_not_lead_into_the_folder_that_is_scanned(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scanned, home = tmp_path / "scanned", tmp_path / "home"
    for folder, address in ((scanned, "https://evil.invalid"), (home, site.url)):
        folder.mkdir()
        (folder / "npm.rc").write_text(f"registry={address}\n", encoding="utf-8")
    monkeypatch.chdir(scanned)
    npm_site(site)
    assert get("npm:server", home, npm_config_userconfig="npm.rc").version == "1.2.0"


def test_npm_s_file_of_certificates_counts_too(site: Site, tmp_path: Path) -> None:
    certificate = tmp_path / "own.pem"
    certificate.write_bytes(own_certificate())
    npm_site(site, tarball="https://registry.npmjs.org/server/-/server-1.2.0.tgz", integrity=sri(TARBALL))
    with secured(site, certificate) as address:
        (tmp_path / ".npmrc").write_text(
            f'registry="{address}"\n; a note\ncafile=${{HERE}}/own.pem\n', encoding="utf-8"
        )
        assert get("npm:server", tmp_path, HERE=str(tmp_path)).version == "1.2.0"


def own_certificate() -> bytes:
    """A key, and a certificate for loopback that it signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mirror")])
    now = datetime.now(UTC)
    alone = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(1))
    signed = made.add_extension(alone, critical=False).sign(key, hashes.SHA256())
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return signed.public_bytes(serialization.Encoding.PEM) + key.private_bytes(serialization.Encoding.PEM, *form)


@contextmanager
def secured(site: Site, certificate: Path) -> Iterator[str]:
    """The site over HTTPS; gives its address."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(site))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    # A client that does not trust us hangs up, which the server need not tell.
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"https://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def test_a_proxy_s_password_is_not_shown(site: Site, tmp_path: Path) -> None:
    why = "cannot be reached: the proxy does not let us through"
    with unheard() as port:
        environment = {"http_proxy": f"http://user:s3cret@127.0.0.1:{port}", "npm_config_registry": site.url}
        with pytest.raises(TargetError, match=why) as raised:
            fetch("npm:server", FAST, environment=environment, home=tmp_path)
        assert "s3cret" not in everything_of(raised.value)
        assert site.asked == []
        npm_site(site)
        assert fetch("npm:server", FAST, environment=environment | {"NO_PROXY": "127.0.0.1"}, home=tmp_path).version


# --- real packages -----------------------------------------------------------------------------
# Their installers download them; what is tested is that we read from an index the very bytes that they do.


def prepared(command: list[str], folder: Path) -> str:
    """What an installer prints; the test is skipped where none may or can download."""
    if not (os.environ.get("DRIFTSEAL_TEST_TOOLS") or os.environ.get("DRIFTSEAL_TEST_INSTALL") == "1"):
        pytest.skip("real packages: set DRIFTSEAL_TEST_INSTALL=1 to let npm and pip download them")
    if shutil.which(command[0]) is None:
        pytest.skip(f"real packages: {command[0]} is not installed")
    for _ in range(tools.TRIES):
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600, check=False)
        if not done.returncode:
            return done.stdout
    pytest.skip(f"real packages: {command[0]} cannot download: {done.stderr[-300:]}")


def test_a_real_package_of_npm_is_read(site: Site, tmp_path: Path) -> None:
    name, version = "@modelcontextprotocol/server-memory", "2026.8.31"
    (told,) = json.loads(prepared(["npm", "pack", "--json", "--ignore-scripts", f"{name}@{version}"], tmp_path))
    dist = {"tarball": "https://registry.npmjs.org/m.tgz", "integrity": told["integrity"]}
    site.put("/@modelcontextprotocol%2Fserver-memory", packument(name, {"latest": version}, **{version: dist}))
    (tarball,) = tmp_path.glob("*.tgz")
    site.put("/m.tgz", tarball.read_bytes())
    found = get(f"npm:{name}", tmp_path / "home", npm_config_registry=site.url)
    assert found.problems == ()
    assert {path for path, _ in found.members} == {file["path"] for file in told["files"]}
    manifest = found.metadata["package.json"]
    assert isinstance(manifest, dict)
    assert manifest["bin"] == {"mcp-server-memory": "dist/index.js"}


def test_a_real_package_of_pypi_is_read(site: Site, tmp_path: Path) -> None:
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    prepared([*pip, "download", "--no-deps", "--only-binary=:all:", "--dest", ".", "mcp==1.30.0"], tmp_path)
    (file,) = tmp_path.glob("*.whl")
    site.put("/simple/mcp/", json.dumps({"files": [entry(file.name, file.read_bytes(), url="/real.whl")]}), JSON)
    site.put("/real.whl", file.read_bytes())
    found = get("pypi:mcp==1.30.0", tmp_path / "home", PIP_INDEX_URL=f"{site.url}/simple/")
    assert found.problems == ()
    assert "mcp/server/lowlevel/server.py" in dict(found.members)
    assert found.metadata["entry_points.txt"] == {"console_scripts": {"mcp": "mcp.cli:app [cli]"}}
