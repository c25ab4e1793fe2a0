"""What speaks as an MLflow server of 3.17 does, and lies, sends on or breaks off when it is told to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

ROOT = "0/run/artifacts/model"
_PROXY = "/api/2.0/mlflow-artifacts/artifacts"


@dataclass
class Asked:
    """One request, as it came."""

    path: str
    headers: dict[str, str]


@dataclass
class Registry:
    """One version of one model, how the server misbehaves, and what it was asked."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    said: dict[str, Any] = field(default_factory=dict)
    """Laid over what is true of the version."""
    uri: str = f"mlflow-artifacts:/{ROOT}"
    listed: list[dict[str, Any]] = field(default_factory=list)
    """Told in every folder, beside what is true."""
    next_page: str = ""
    """Told with every list."""
    authorization: str = ""
    """Wanted from everybody, where it is set."""
    sends_on: str = ""
    """Another origin that everything is redirected to."""
    refusals: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    """Answers to the next requests instead of the true ones; a status of 0 is the true one."""
    ranges: bool = True
    breaks_at: int = 0
    """Byte of a file after which the connection is closed, once."""
    asked: list[Asked] = field(default_factory=list)

    def of(self, part: str) -> list[Asked]:
        """Requests with this in their path."""
        return [one for one in self.asked if part in unquote(one.path)]

    def version(self) -> dict[str, Any]:
        """What the registry says."""
        told = {"name": "tiny", "version": "1", "current_stage": "None", "source": self.uri, "run_id": "run"}
        return {**told, "status": "READY", **self.said}

    def folder(self, path: str) -> list[dict[str, Any]]:
        """What lies there."""
        below = [name.removeprefix(path) for name in self.files if name.startswith(path)]
        names = dict.fromkeys(name.partition("/")[0] for name in below)
        found: list[dict[str, Any]] = []
        for name in names:
            data = self.files.get(path + name)
            found.append({"path": name, "is_dir": data is None} | ({"file_size": len(data)} if data else {}))
        return found + self.listed


class _Server(ThreadingHTTPServer):
    registry: Registry

    def handle_error(self, *_: object) -> None:
        """Quiet: whoever hears enough hangs up."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        registry = self.server.registry
        headers = {name.lower(): value for name, value in self.headers.items()}
        registry.asked.append(Asked(self.path, headers))
        if registry.refusals:
            status, more, body = registry.refusals.pop(0)
            if status:
                return self.answer(status, body, more)
        if registry.sends_on:
            return self.answer(302, b"", {"Location": f"{registry.sends_on}{self.path}"})
        if registry.authorization and headers.get("authorization") != registry.authorization:
            return self.answer(401, b"You are not authenticated.")
        return self.told(registry, headers.get("range", ""))

    def told(self, registry: Registry, part: str) -> None:
        parts = urlsplit(self.path)
        path, query = unquote(parts.path), parse_qs(parts.query)
        asked = query.get("path", [""])[0].removeprefix(ROOT).strip("/")
        if path == _PROXY:
            found = {"files": registry.folder(f"{asked}/" if asked else "")}
            return self.json(found | ({"next_page_token": registry.next_page} if registry.next_page else {}))
        if path.startswith(f"{_PROXY}/{ROOT}/"):
            return self.file(registry.files.get(path.removeprefix(f"{_PROXY}/{ROOT}/")), part)
        if path == "/api/2.0/mlflow/model-versions/get-download-uri":
            return self.json({"artifact_uri": registry.uri})
        if path.startswith(("/api/2.0/mlflow/model-versions/get", "/api/2.0/mlflow/registered-models/alias")):
            return self.json({"model_version": registry.version()})
        return self.absent()

    def file(self, data: bytes | None, part: str) -> None:
        if data is None:
            return self.absent()
        first, last = 0, len(data) - 1
        if part and self.server.registry.ranges:
            start, _, end = part.removeprefix("bytes=").partition("-")
            first, last = int(start), min(int(end or last), last)
        sent = data[first : last + 1]
        more = {"ETag": '"one"'}
        if part and self.server.registry.ranges:
            more["Content-Range"] = f"bytes {first}-{last}/{len(data)}"
        stop, self.server.registry.breaks_at = self.server.registry.breaks_at, 0
        return self.answer(206 if "Content-Range" in more else 200, sent, more, stop)

    def absent(self) -> None:
        self.answer(404, json.dumps({"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "not found"}).encode())

    def json(self, value: object) -> None:
        self.answer(200, json.dumps(value).encode())

    def answer(self, status: int, body: bytes, more: dict[str, str] | None = None, stop: int = 0) -> None:
        self.send_response(status)
        for key, value in ({"Content-Type": "application/json"} | (more or {})).items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body[:stop] if stop else body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        self.close_connection |= bool(stop)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@contextmanager
def serving() -> Iterator[Registry]:
    """One that answers until the end of the block."""
    registry = Registry()
    server = _Server(("127.0.0.1", 0), _Handler)
    server.registry = registry
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    registry.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield registry
    finally:
        server.shutdown()
        server.server_close()
