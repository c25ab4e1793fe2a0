"""Which files of a project are not its own work, or not what it runs."""

from __future__ import annotations

import posixpath
from typing import Final

from driftseal.regexes import regex

_OTHERS: Final = frozenset({"node_modules", "site-packages", "vendor", "third_party", "__pycache__", ".git"})
"""Folders whose code others wrote, or programs."""
_ASIDE: Final = _OTHERS | {
    *("test", "tests", "__tests__", "testing", "spec", "specs", "fixtures", "e2e", "benchmarks", "docs")
}
"""Folders whose code is not the server's own."""
_PAGES: Final = regex(r"(?:^|/)assets/[^/]+-[\w-]{8}\.m?js$")
"""What bundlers write for a page: ``assets/index-C4f7lf0x.js``, which a browser runs."""
_TEST_FILES: Final = (".test.", ".spec.", ".stories.", "_test.go")


def is_aside(path: str) -> bool:
    """Whether a file belongs to tests, documentation or dependencies; tools may well be about tests and documents."""
    if _PAGES.search(path):
        return True
    folders = posixpath.dirname(path).split("/")
    if not {"tools", "prompts", "resources"}.isdisjoint(folders) and "node_modules" not in folders:
        return any(mark in posixpath.basename(path) for mark in _TEST_FILES)
    return not _ASIDE.isdisjoint(folders) or _is_test(posixpath.basename(path))


def is_nobodys(path: str) -> bool:
    """Whether a file belongs to dependencies, or is a test itself and none of the examples beside it."""
    return not _OTHERS.isdisjoint(posixpath.dirname(path).split("/")) or _is_test(posixpath.basename(path))


def _is_test(name: str) -> bool:
    return any(mark in name for mark in _TEST_FILES) or name.startswith("test_")
