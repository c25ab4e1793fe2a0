"""Digests that stand beside files: in lists of checksums, and in the names under which caches keep what they fetched.

Fact ``digest-differs``: a file's bytes are not those that its digest was told of (subject: the digest that is told).
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Iterator
from typing import Final

from driftseal.limits import Limits
from driftseal.observe.files.base import Fact
from driftseal.observe.loading.base import File, Files, Told

_LIST: Final = re.compile(r"(?:sha256(?:sums?)?|checksums?)(?:[._-]sha256)?(?:\.txt)?", re.IGNORECASE)
_LINE: Final = re.compile(r"([0-9a-fA-F]{64})(?:[ \t]{1,4}\*?(\S[^\r\n]{0,400}))?")
_TAGGED: Final = re.compile(r"SHA256 \(([^\r\n()]{1,400})\) = ([0-9a-fA-F]{64})")
"""As BSD's tools write it."""
_ENDING: Final = ".sha256"
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_SHA1: Final = re.compile(r"[0-9a-f]{40}")
_LINES: Final = 5000


def find(files: Files, limits: Limits) -> Iterator[Told]:
    """``digest-differs``."""
    del limits
    for file in files.values():
        for name, digest in _listed(file):
            there = files.get(posixpath.normpath(posixpath.join(posixpath.dirname(file.name), name)))
            if there is not None and there.sha256 != digest:
                yield _told(there, digest, file.name)
        if file.kept_as and not _is_kept(file):
            yield _told(file, file.kept_as, "the cache that keeps it")


def _told(file: File, digest: str, where: str) -> Told:
    shown = f"{where} tells {digest}, and its bytes have {file.sha256}"
    return Told(file.name, Fact("digest-differs", shown, subject=digest))


def _listed(file: File) -> Iterator[tuple[str, str]]:
    """Names and digests that a list of checksums holds."""
    base = posixpath.basename(file.name)
    alone = base.removesuffix(_ENDING) if base.lower().endswith(_ENDING) else ""
    if not file.text or not (alone or _LIST.fullmatch(base)):
        return
    for line in file.text.decode("utf-8", "replace").splitlines()[:_LINES]:
        plain, tagged = _LINE.fullmatch(line.strip()), _TAGGED.fullmatch(line.strip())
        if tagged is not None:
            yield tagged[1], tagged[2].lower()
        elif plain is not None and (plain[2] or alone):
            # A list beside one file may name it by the path that it had where the list was made.
            yield (alone or plain[2]), plain[1].lower()


def _is_kept(file: File) -> bool:
    """Whether a file's bytes are those after which the cache named it; true of names of any other form."""
    if _SHA256.fullmatch(file.kept_as):
        return file.kept_as == file.sha256
    if _SHA1.fullmatch(file.kept_as) and not file.is_cut:
        named = hashlib.sha1(b"blob %d\0" % len(file.text) + file.text, usedforsecurity=False).hexdigest()
        return file.kept_as == named
    return True
