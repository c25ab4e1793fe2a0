"""A Hugging Face Hub on loopback, built from its documented wire format, and honest unless it is told otherwise."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import unquote, urlsplit

LAST = {"title": "Upload folder", "message": "", "authors": [{"user": "ann"}], "date": "2026-01-02T03:04:05.000Z"}
"""Who made every commit, and when."""
LFS_FROM = 100_000
"""Bytes from which on a file is held by Git LFS."""
_API = re.compile(r"/api/models/([^/]+/[^/]+)(?:/revision/([^/]+))?")
_TREE = re.compile(r"/api/models/(.+)/tree/([0-9a-f]{40})")
_REFS = re.compile(r"/api/models/(.+)/refs")
_COMMITS = re.compile(r"/api/models/(.+)/commits/([0-9a-f]{40})")
_RESOLVE = re.compile(r"/(.+)/resolve/([0-9a-f]{40})/(.+)")


@dataclass
class Asked:
    """One request, as it came."""

    path: str
    headers: dict[str, str]


@dataclass
class Hub:
    """What it holds, how it misbehaves, and what it was asked."""

    url: str = ""
    repositories: dict[str, dict[str, dict[str, bytes]]] = field(default_factory=dict)
    """Files by path, by commit, by name."""
    refs: dict[tuple[str, str], str] = field(default_factory=dict)
    """Commit of a branch or tag of a repository; ``tags/`` stands before the name of a tag."""
    young: bool = True
    """Whether it knows the questions that older mirrors of the Hub do not."""
    said: dict[str, Any] = field(default_factory=dict)
    """What the API says beside files; laid over what is true."""
    claims: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What the API says of one file; laid over what is true."""
    refusals: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    """Answers to the next requests instead of the true ones; the last one stays."""
    token: str = ""
    """Wanted from everybody, where it is set."""
    ranges: bool = True
    """Whether parts of files are served."""
    content_range: str = ""
    """Told instead of the true one."""
    breaks: list[int] = field(default_factory=list)
    """After so many bytes of a file the connection breaks off, one number for each answer."""
    versions: list[str] = field(default_factory=list)
    """Tags that the next files are sent with, instead of their own."""
    lost: int = 0
    """Bytes at the end of each part that are told and not sent."""
    storage: str = ""
    """Another origin that large files are redirected to."""
    asked: list[Asked] = field(default_factory=list)
    sent: int = 0
    """Bytes of files."""

    def put(self, name: str, files: dict[str, bytes], *, ref: str = "main") -> str:
        """A commit with these files, which the branch or tag (``tags/v1``) is moved to."""
        whole = json.dumps({path: hashlib.sha256(data).hexdigest() for path, data in files.items()})
        commit = hashlib.sha1(whole.encode(), usedforsecurity=False).hexdigest()
        self.repositories.setdefault(name, {})[commit] = files
        self.refs[name, ref] = commit
        return commit

    def of(self, part: str) -> list[Asked]:
        """Requests with this in their path."""
        return [one for one in self.asked if part in one.path]


def git_oid(data: bytes) -> str:
    """Name of a file's object in Git."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def _etag(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest() if len(data) >= LFS_FROM else git_oid(data)


def _sibling(hub: Hub, path: str, data: bytes) -> dict[str, Any]:
    entry: dict[str, Any] = {"rfilename": path, "size": len(data), "blobId": git_oid(data)}
    if len(data) >= LFS_FROM:
        digest = hashlib.sha256(data).hexdigest()
        # Git itself holds a pointer, and its name is told.
        pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize {len(data)}\n".encode()
        entry["blobId"] = git_oid(pointer)
        entry["lfs"] = {"sha256": digest, "size": len(data), "pointerSize": len(pointer)}
    return entry | hub.claims.get(path, {})


def _entry(sibling: dict[str, Any]) -> dict[str, Any]:
    """The same, as trees are listed."""
    entry: dict[str, Any] = {"type": "file", "path": sibling["rfilename"], "size": sibling["size"]}
    entry["oid"] = sibling["blobId"]
    if "lfs" in sibling:
        entry["lfs"] = {"oid": sibling["lfs"]["sha256"], "size": sibling["size"], "pointerSize": 134}
    return entry


class _Server(ThreadingHTTPServer):
    hub: Hub

    def handle_error(self, *_: object) -> None:
        """Quiet: whoever hears enough hangs up."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.hub.asked.append(Asked(self.path, headers))
        if self.server.hub.refusals:
            status, more = (
                self.server.hub.refusals.pop(0) if len(self.server.hub.refusals) > 1 else self.server.hub.refusals[0]
            )
            if status:
                return self.answer(status, b"{}", more)
        if self.server.hub.token and headers.get("authorization") != f"Bearer {self.server.hub.token}":
            return self.answer(401, b"{}", {"X-Error-Code": "RepoNotFound"})
        path = urlsplit(self.path).path
        if found := _TREE.fullmatch(path):
            files = self.server.hub.repositories.get(unquote(found[1]), {}).get(found[2], {})
            told = [_entry(_sibling(self.server.hub, name, data)) for name, data in files.items()]
            self.answer(200, json.dumps(told).encode())
        elif (found := _REFS.fullmatch(path)) and self.server.hub.young:
            self.refs(unquote(found[1]))
        elif (found := _COMMITS.fullmatch(path)) and self.server.hub.young:
            self.answer(200, json.dumps([{"id": found[2], **LAST}]).encode())
        elif found := _API.fullmatch(path):
            self.model(unquote(found[1]), unquote(found[2] or "main"))
        elif found := _RESOLVE.fullmatch(path):
            self.file(unquote(found[1]), found[2], unquote(found[3]), headers.get("range", ""))
        else:
            self.answer(404, b"{}")
        return None

    def do_HEAD(self) -> None:
        self.do_GET()

    def refs(self, name: str) -> None:
        told: dict[str, Any] = {"branches": [], "tags": [], "converts": []}
        for (repository, ref), commit in self.server.hub.refs.items():
            if repository == name:
                kind, short = ("tags", ref.removeprefix("tags/")) if ref.startswith("tags/") else ("branches", ref)
                place = f"refs/{'tags' if kind == 'tags' else 'heads'}/{short}"
                told[kind].append({"name": short, "ref": place, "targetCommit": commit})
        return self.answer(200, json.dumps(told).encode())

    def model(self, name: str, revision: str) -> None:
        commits = self.server.hub.repositories.get(name)
        if commits is None:
            return self.answer(401, b"{}", {"X-Error-Code": "RepoNotFound"})
        refs = self.server.hub.refs
        commit = refs.get((name, revision)) or refs.get((name, f"tags/{revision}")) or revision
        if commit not in commits:
            return self.answer(404, b"{}", {"X-Error-Code": "RevisionNotFound"})
        said: dict[str, Any] = {"id": name, "sha": commit, "private": False, "gated": False, "disabled": False}
        said["downloads"] = 7
        said["siblings"] = [_sibling(self.server.hub, path, data) for path, data in commits[commit].items()]
        said["securityRepoStatus"] = {"scansDone": True, "filesWithIssues": []}
        return self.answer(200, json.dumps(said | self.server.hub.said).encode())

    def file(self, name: str, commit: str, path: str, asked: str) -> None:
        data = self.server.hub.repositories.get(name, {}).get(commit, {}).get(path)
        if data is None:
            return self.answer(404, b"{}", {"X-Error-Code": "EntryNotFound"})
        hub = self.server.hub
        told = {"X-Repo-Commit": commit, "ETag": f'"{hub.versions.pop(0) if hub.versions else _etag(data)}"'}
        if hub.storage and len(data) >= LFS_FROM:
            where = f"{hub.storage}{self.path}?X-Amz-Signature=signed"
            linked = {"X-Linked-Size": str(len(data)), "X-Linked-ETag": f'"{_etag(data)}"'}
            return self.answer(302, b"", {"X-Repo-Commit": commit, "Location": where} | linked)
        if not asked or not hub.ranges or self.headers.get("If-Range", told["ETag"]) != told["ETag"]:
            return self.answer(200, data, told, cut=hub.breaks.pop(0) if hub.breaks else None)
        first, last = (int(number) if number else len(data) - 1 for number in asked.removeprefix("bytes=").split("-"))
        part = data[first : last + 1]
        if not part:
            return self.answer(416, b"", {"Content-Range": f"bytes */{len(data)}"})
        place = hub.content_range or f"bytes {first}-{first + len(part) - 1}/{len(data)}"
        cut = hub.breaks.pop(0) if hub.breaks else None
        return self.answer(206, part[: len(part) - hub.lost], told | {"Content-Range": place}, cut=cut)

    def answer(self, status: int, body: bytes, more: dict[str, str] | None = None, *, cut: int | None = None) -> None:
        """With ``cut`` the connection breaks off after so many bytes of the body."""
        self.send_response(status)
        for key, value in ({"Content-Type": "application/json"} | (more or {})).items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "HEAD":
            return
        if "ETag" in (more or {}):
            self.server.hub.sent += len(body[:cut])
        try:
            self.wfile.write(body[:cut])
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        self.close_connection |= cut is not None

    def log_message(self, *_: object) -> None:
        """Quiet."""


@contextmanager
def serving() -> Iterator[Hub]:
    """One that answers until the end of the block."""
    hub = Hub()
    server = _Server(("127.0.0.1", 0), _Handler)
    server.hub = hub
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
