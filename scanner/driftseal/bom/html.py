"""The bill of materials as one page: a graph to look around in, a table of everything beside it, no network.

Every text in it is an attacker's. It stands in the page as JSON alone, in which no ``<`` is left, our script shows it
as text and never as markup, and the page's own policy forbids every script but ours and every request.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from functools import cache
from pathlib import Path
from typing import Final

from driftseal import resources
from driftseal.bom._page_data import page_data
from driftseal.bom.base import BomFormat
from driftseal.canonical import show
from driftseal.model.bom import Bom
from driftseal.model.item import Json

_SCRIPTS: Final = (
    "page/parts.js",
    "page/details.js",
    "page/table.js",
    "page/layout.js",
    "page/graph.js",
    "page/page.js",
)
_VENDORED: Final = "vendor/cytoscape-3.34.4"
_PLACE: Final = re.compile("@([a-z]+)@")
_ESCAPES: Final = {ord("<"): r"\u003c", ord(">"): r"\u003e", ord("&"): r"\u0026"}


class Html(BomFormat):
    """See `BomFormat`. Files of ours lie in ``sbom/page``, the library that draws in ``sbom/vendor``."""

    name = "html"
    versions = ("",)

    def render(self, bom: Bom) -> str:
        """See `BomFormat.render`."""
        style, library = _file("page/page.css"), _file(f"{_VENDORED}/cytoscape.min.js")
        script = "".join(_file(name) for name in _SCRIPTS)
        policy = (
            "default-src 'none'; "
            f"script-src {_hash(library)} {_hash(script)}; style-src {_hash(style)}; "
            "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
        )
        filled = {
            "policy": policy,
            "title": html.escape(f"{show(bom.root.name)}: AI bill of materials"),
            "style": style,
            "licence": html.escape(_file(f"{_VENDORED}/LICENSE")),
            "library": library,
            "script": script,
            "bom": _json(page_data(bom, self.view.limits)),
        }
        # In one pass, so that nothing that was filled in is looked at for places again.
        return _PLACE.sub(lambda place: filled[place[1]], _file("page/page.html"))


def _json(value: Json) -> str:
    """JSON that ends no element and begins no comment, whatever it holds."""
    return json.dumps(value, ensure_ascii=True, separators=(",", ":")).translate(_ESCAPES)


def _hash(content: str) -> str:
    """What a content security policy calls exactly this script or style (CSP 3, section 2.3.1)."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


@cache
def _file(name: str) -> str:
    path: Path = resources.folder("sbom") / name
    return path.read_text(encoding="utf-8")
