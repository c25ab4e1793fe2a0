"""What definitions point at: icons, resources, pages shown inside the client."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import unquote

from driftseal import canonical
from driftseal.detect import _places
from driftseal.detect._spot import Spot
from driftseal.model.item import Item, Json
from driftseal.regexes import regex

_SVG_SCRIPT: Final = regex(r"<script|\bon[a-z]{3,20}\s*=|javascript:|<foreignobject", re.IGNORECASE)
_HTML: Final = regex(r"data:\s*(?:text/html|application/xhtml)", re.IGNORECASE)
_SVG: Final = regex(r"data:image/svg\+xml([^,]*),(.*)", re.IGNORECASE | re.DOTALL)
_ANY_HOST: Final = regex(
    r"(?:(?:https?|wss?)://)?\*(?:[:/].*)?|(?:https?|wss?|data|blob):/*|'unsafe-(?:inline|eval)'", re.IGNORECASE
)
_PLAIN: Final = regex(r"(?:http|ws)://", re.IGNORECASE)
_POLICIES: Final = (("ui", "csp"), ("openai/widgetCSP",))
"""Where MCP Apps (``io.modelcontextprotocol/ui``) and the Apps SDK keep the domains that a page may reach."""


def icons_active(item: Item) -> Iterator[Spot]:
    """Icons that run script or read local files where they are drawn."""
    for pointer, source in _icons(item):
        scheme = _places.scheme(source)
        drawing = _SVG.match(source)
        if scheme == "file" or _places.runs(source) or _HTML.match(source):
            yield Spot(pointer, source, f"the icon is a {scheme}: address")
        elif drawing is not None and _SVG_SCRIPT.search(_drawing(drawing[1], drawing[2])):
            yield Spot(pointer, source, "the icon is a drawing that carries script")


def icons_plain(item: Item) -> Iterator[Spot]:
    """Icons fetched without encryption: whoever is on the way learns of each use and picks the picture."""
    for pointer, source in _icons(item):
        if _places.is_plain_http(source):
            yield Spot(pointer, source, "the icon is fetched over plain http")


def resource_runs(item: Item) -> Iterator[Spot]:
    """A resource whose URI runs something where it is opened."""
    if _places.runs(item.name) or _HTML.match(item.name):
        yield Spot("/uri", item.name, f"the resource is a {_places.scheme(item.name)}: address")


def resource_sensitive(item: Item) -> Iterator[Spot]:
    """A resource that is a file of keys or a cloud's metadata service."""
    found = ""
    if _places.scheme(item.name) == "file":
        found = _places.sensitive_path(_places.path(item.name))
    elif _places.is_metadata(item.name):
        found = "a cloud's metadata service"
    if found:
        yield Spot("/uri", item.name, f"the resource opens {found}")


def page_reaches_anywhere(item: Item) -> Iterator[Spot]:
    """A page for the client's window that may load from or send to any host, or over plain http."""
    for pointer, source in _policy(item):
        text = source.strip()
        if _ANY_HOST.fullmatch(text) or (_PLAIN.match(text) and _places.is_plain_http(text)):
            yield Spot(pointer, source, f"the page may reach {text!r}")


def page_asks_permissions(item: Item) -> Iterator[Spot]:
    """A page for the client's window that wants the camera, the microphone, the place or the clipboard."""
    wanted = _below(item, ("ui", "permissions"))
    names = wanted if isinstance(wanted, dict) else ()
    for name in names:
        yield Spot(f"/_meta/ui/permissions/{canonical.escape_pointer(name)}", name, f"the page asks for {name!r}")


def _icons(item: Item) -> Iterator[tuple[str, str]]:
    icons = item.content.get("icons") if isinstance(item.content, dict) else None
    for index, icon in enumerate(icons if isinstance(icons, list) else ()):
        source = icon.get("src") if isinstance(icon, dict) else None
        if isinstance(source, str):
            yield f"/icons/{index}/src", source


def _drawing(parameters: str, body: str) -> str:
    if "base64" not in parameters.lower():
        return unquote(body)
    try:
        return base64.b64decode(body + "==", validate=False).decode("utf-8", "replace")
    except binascii.Error:
        return body


def _below(item: Item, path: tuple[str, ...]) -> Json:
    node: Json = item.content.get("_meta") if isinstance(item.content, dict) else None
    for name in path:
        node = node.get(name) if isinstance(node, Mapping) else None
    return node


def _policy(item: Item) -> Iterator[tuple[str, str]]:
    if not isinstance(item.content, dict) or "_meta" not in item.content:
        return
    for path in _POLICIES:
        base = "/_meta" + "".join(f"/{canonical.escape_pointer(name)}" for name in path)
        for pointer, text, is_key in canonical.leaves(_below(item, path), base):
            if not is_key:
                yield pointer, text
