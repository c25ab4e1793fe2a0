"""An MCP server behind OAuth and its authorization server, as real ones behave; who authorizes is let in at once."""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urljoin

from aiohttp import web

SCOPES = ["read", "write"]


@dataclass
class Office:
    """What both servers remember."""

    scopes: list[str] = field(default_factory=lambda: list(SCOPES))
    tokens: set[str] = field(default_factory=set)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    presented: list[tuple[str, str]] = field(default_factory=list)
    """Path and Authorization header of every request."""
    asked_for: list[str] = field(default_factory=list)
    """Scopes of every authorization request."""
    registers: bool = True
    metadata_url: str = ""
    """Told instead of the real place of the metadata."""
    authorization_servers: list[str] = field(default_factory=list)
    """Told instead of this very server."""
    token_answer: dict[str, Any] = field(default_factory=dict)
    """Told instead of what belongs into a token."""
    denies: bool = False
    """Whoever logs in is sent back with an error."""
    authorize_url: str = ""
    """Told instead of the real login page."""


def base_of(request: web.Request) -> str:
    return f"http://{request.host}"


class Counter:
    """The requests of server and authorization server, which share one origin."""

    def __init__(self, office: Office) -> None:
        self.office = office

    def remember(self, request: web.Request) -> None:
        self.office.presented.append((request.path, request.headers.get("Authorization", "")))

    async def mcp(self, request: web.Request) -> web.Response:
        self.remember(request)
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in self.office.tokens:
            base = base_of(request)
            place = f"{base}/.well-known/oauth-protected-resource/mcp"
            if self.office.metadata_url:
                place = urljoin(base, self.office.metadata_url)
            challenge = f'Bearer realm="mcp", error="invalid_token", resource_metadata="{place}"'
            return web.Response(status=401, headers={"WWW-Authenticate": challenge})
        message = await request.json()
        if "id" not in message:
            return web.Response(status=202)
        return web.json_response({"jsonrpc": "2.0", "id": message["id"], "result": RESULTS.get(message["method"], {})})

    async def resource(self, request: web.Request) -> web.Response:
        self.remember(request)
        base = base_of(request)
        servers = self.office.authorization_servers or [base]
        return web.json_response(
            {"resource": f"{base}/mcp", "authorization_servers": servers, "scopes_supported": self.office.scopes}
        )

    async def metadata(self, request: web.Request) -> web.Response:
        self.remember(request)
        base = base_of(request)
        return web.json_response(
            {
                "issuer": base,
                "authorization_endpoint": self.office.authorize_url or f"{base}/authorize",
                "token_endpoint": f"{base}/token",
                "registration_endpoint": f"{base}/register",
                "response_types_supported": ["code"],
                "grant_types_supported": ["authorization_code"],
                "code_challenge_methods_supported": ["S256"],
                "token_endpoint_auth_methods_supported": ["none"],
            }
        )

    async def moved(self, request: web.Request) -> web.Response:
        self.remember(request)
        raise web.HTTPFound("http://169.254.169.254/latest")

    async def register(self, request: web.Request) -> web.Response:
        self.remember(request)
        if not self.office.registers:
            return web.json_response({"error": "access_denied", "secret": "canary-of-the-office"}, status=403)
        return web.json_response({**await request.json(), "client_id": "client-1"}, status=201)

    async def authorize(self, request: web.Request) -> web.Response:
        code = secrets.token_urlsafe(16)
        self.office.codes[code] = dict(request.query)
        self.office.asked_for.append(request.query.get("scope", ""))
        answer = {"error": "access_denied"} if self.office.denies else {"code": code}
        back = urlencode({**answer, "state": request.query["state"]})
        raise web.HTTPFound(f"{request.query['redirect_uri']}?{back}")

    async def token(self, request: web.Request) -> web.Response:
        self.remember(request)
        form: Any = await request.post()
        begun = self.office.codes.pop(str(form["code"]))
        verifier = hashlib.sha256(str(form["code_verifier"]).encode()).digest()
        assert base64.urlsafe_b64encode(verifier).decode().rstrip("=") == begun["code_challenge"]
        assert form["redirect_uri"] == begun["redirect_uri"]
        issued = f"canary-token-{secrets.token_urlsafe(16)}"
        self.office.tokens.add(issued)
        usual = {"access_token": issued, "token_type": "Bearer", "expires_in": 3600}
        return web.json_response(usual | self.office.token_answer)


def protected(office: Office) -> web.Application:
    """Server and authorization server of one origin."""
    counter = Counter(office)
    app = web.Application()
    app.router.add_post("/mcp", counter.mcp)
    app.router.add_get("/.well-known/oauth-protected-resource/mcp", counter.resource)
    app.router.add_get("/.well-known/oauth-authorization-server", counter.metadata)
    app.router.add_get("/moved", counter.moved)
    app.router.add_post("/register", counter.register)
    app.router.add_get("/authorize", counter.authorize)
    app.router.add_post("/token", counter.token)
    return app


RESULTS: dict[str, Any] = {
    "server/discover": {
        "supportedVersions": ["2026-07-28"],
        "capabilities": {"tools": {}},
        "_meta": {"io.modelcontextprotocol/serverInfo": {"name": "guarded", "version": "1"}},
    },
    "tools/list": {"tools": [{"name": "look", "description": "Look.", "inputSchema": {"type": "object"}}]},
    "prompts/list": {"prompts": []},
    "resources/list": {"resources": []},
    "resources/templates/list": {"resourceTemplates": []},
}
