"""A registry of OCI on loopback that is good by default, and lies, demands tokens or breaks off when it is told to."""

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
from urllib.parse import parse_qs, urlsplit

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
TITLE = "org.opencontainers.image.title"


def digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def descriptor(data: bytes, kind: str, **more: Any) -> dict[str, Any]:
    return {"mediaType": kind, "digest": digest(data), "size": len(data), **more}


@dataclass
class Registry:
    """What it holds, what it was asked, and how it misbehaves."""

    host: str = ""
    blobs: dict[str, bytes] = field(default_factory=dict)
    manifests: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    referrers: dict[str, bytes] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    status: dict[str, int] = field(default_factory=dict)
    """Answers by path, instead of what is held."""
    token: str = ""
    """Wanted from everybody who asks for a manifest or a blob."""
    realm: str = ""
    """Where it says that tokens are given; empty for its own."""
    deaf: bool = False
    """No token is good enough."""
    told_digest: str = ""
    ranges: bool = True
    cut: bool = False
    """Every blob breaks off in the middle."""
    breaks: list[int] = field(default_factory=list)
    """After so many bytes of a blob the connection breaks off, one number for each answer."""
    fleeting: bool = False
    """With each of these the token ends too."""

    def blob(self, data: bytes, kind: str, **more: Any) -> dict[str, Any]:
        self.blobs[digest(data)] = data
        return descriptor(data, kind, **more)

    def file(self, name: str, data: bytes, kind: str = "application/octet-stream") -> dict[str, Any]:
        return self.blob(data, kind, annotations={TITLE: name})

    def push(self, tag: str, *layers: dict[str, Any], **more: Any) -> bytes:
        """A manifest of these layers, under a tag and its digest."""
        config = self.blob(b"{}", "application/vnd.oci.empty.v1+json")
        told = {"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": list(layers), **more}
        return self.put(tag, told, MANIFEST)

    def put(self, tag: str, told: dict[str, Any], kind: str) -> bytes:
        data = json.dumps(told, indent=1).encode()
        self.manifests[tag] = self.manifests[digest(data)] = (kind, data)
        return data


def handler(registry: Registry) -> type[BaseHTTPRequestHandler]:  # noqa: C901  # methods of one class, none of them long
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            registry.asked.append((self.path, headers))
            parts = urlsplit(self.path)
            if parts.path == "/token":
                granted = {"token": registry.token} if parse_qs(parts.query).get("scope") else {}
                self.answer(200, json.dumps(granted).encode())
                return
            if registry.token and (registry.deaf or headers.get("authorization") != f"Bearer {registry.token}"):
                realm = registry.realm or f"http://{registry.host}/token"
                told = f'Bearer realm="{realm}",service="here",scope="repository:anything:pull,push"'
                self.answer(401, b"{}", {"WWW-Authenticate": told})
                return
            self.held(parts.path, headers.get("range", ""))

        def held(self, path: str, wanted: str) -> None:
            found = re.fullmatch(r"/v2/.+/(manifests|blobs|referrers)/([^/]+)", path)
            kind, name = (found[1], found[2]) if found and path not in registry.status else ("", "")
            if kind == "referrers" and name in registry.referrers:
                self.answer(200, registry.referrers[name])
            elif kind == "manifests" and name in registry.manifests:
                media, data = registry.manifests[name]
                told = registry.told_digest or digest(data)
                self.answer(200, data, {"Content-Type": media, "Docker-Content-Digest": told})
            elif kind == "blobs" and name in registry.blobs:
                self.blob(registry.blobs[name], wanted)
            else:
                self.answer(registry.status.get(path, 404), b"{}")

        def blob(self, data: bytes, wanted: str) -> None:
            asked = re.fullmatch(r"bytes=(\d+)-(\d*)", wanted)
            told = {"ETag": f'"{digest(data)}"'}
            if asked is None or not registry.ranges:
                self.answer(200, data, told, cut=registry.cut)
                return
            first, last = int(asked[1]), min(int(asked[2] or len(data)), len(data) - 1)
            told |= {"Content-Range": f"bytes {first}-{last}/{len(data)}"}
            self.answer(206, data[first : last + 1], told)

        def answer(self, status: int, data: bytes, headers: dict[str, str] | None = None, *, cut: bool = False) -> None:
            if "ETag" in (headers or {}) and registry.breaks:
                self.broken(status, data, headers or {}, registry.breaks.pop(0))
                return
            self.send_response(status)
            for name, value in {"Content-Length": str(len(data)), **(headers or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data[: len(data) // 2] if cut else data)
            self.close_connection = self.close_connection or cut

        def broken(self, status: int, data: bytes, headers: dict[str, str], count: int) -> None:
            self.send_response(status)
            for name, value in {"Content-Length": str(len(data)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data[:count])
            self.close_connection = True
            if registry.fleeting:
                registry.token += "+"

        def log_message(self, *_: object) -> None:
            """Quiet."""

    return Handler


class Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """The client goes away whenever it has seen enough."""


@contextmanager
def running() -> Iterator[Registry]:
    """A registry that listens until the end."""
    registry = Registry()
    server = Server(("127.0.0.1", 0), handler(registry))
    registry.host = f"127.0.0.1:{server.server_address[1]}"
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield registry
    finally:
        server.shutdown()
        server.server_close()
