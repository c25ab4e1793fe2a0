"""Logs in to a guarded server with whichever major version of the package is importable; prints what came of it.

Usage: http_login.py. A stand-in for the browser follows the login page's redirects.
"""

from __future__ import annotations

import importlib.metadata
import json
import sys
import threading
import urllib.error
import urllib.request
from typing import Any

from driftseal.collect.mcp import permissions
from driftseal.collect.mcp.spec import HttpSpec
from driftseal.model.item import Gap
from servers.http_oauth import Office, protected
from servers.http_serving import serving
from servers.http_talk import Talk, a_context, talk


class Browser:
    """Visits the login page that progress tells of, and remembers the URLs."""

    def __init__(self) -> None:
        self.urls: list[str] = []

    def __call__(self, line: str) -> None:
        if line.startswith("log in to "):
            self.urls.append(line.partition(": ")[2])
            threading.Thread(target=self._visit, args=[self.urls[-1]], daemon=True).start()

    def _visit(self, url: str) -> None:
        try:
            with urllib.request.urlopen(url) as page:  # noqa: S310 - the login page of this test
                page.read()
        except urllib.error.URLError:
            pass


def log_in(office: Office, **consent: Any) -> dict[str, Any]:
    """Everything that a person and a server saw of one login and one list."""
    browser = Browser()
    with serving(protected(office)) as base:
        context = a_context(oauth=True, progress=browser, environment={}, **consent)
        spec = HttpSpec(f"{base}/mcp", named=True)
        (found,) = permissions.find([("REF", spec)], context)

        async def list_tools(conversation: Talk) -> Any:
            return await conversation.ask("tools/list")

        tools = talk(spec.url, list_tools, context=context)["result"]["tools"] if context.logins else []
        return {
            "version": importlib.metadata.version("mcp"),
            "items": [thing.name for thing in found if not isinstance(thing, Gap)],
            "gaps": [(gap.target, gap.what, gap.why.replace(base, "BASE")) for gap in found if isinstance(gap, Gap)],
            "tools": [tool["name"] for tool in tools],
            "presented": [path for path, authorization in office.presented if authorization],
            "scopes": office.asked_for,
            "urls": [url.replace(base, "BASE") for url in browser.urls],
            "context": repr(context),
        }


if __name__ == "__main__":
    json.dump(log_in(Office()), sys.stdout)
