"""What the Hub's own library downloaded: a model at a commit, its files as links to blobs that carry their digests.

The folder of a model holds ``refs/<revision>`` with a commit in it, ``snapshots/<commit>/<path>`` with links, and
``blobs/<digest>``: SHA-256 of a file that Git LFS or Xet holds, else the name of its object in Git. Every byte is
hashed here and compared with that name. Nothing is followed out of the model's folder.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Final

from driftseal.canonical import show
from driftseal.collect.clients import paths
from driftseal.collect.models import hub, stream, tree
from driftseal.collect.models.hub_source import Fetched, Seen, git_oid
from driftseal.errors import TargetError
from driftseal.limits import Limits

_FOLDER: Final = "models--"
_BLOBS: Final = "blobs"
_COMMIT: Final = re.compile(r"[0-9a-f]{40}")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_POINTER: Final = "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize {}\n"
_MEND: Final = "unset HF_HUB_OFFLINE to ask the Hub, or download it first: hf download {}"


class Here:
    """One model of the cache, at one commit."""

    def __init__(self, root: Path, name: str, commit: str, limits: Limits) -> None:
        self.root = root
        self.name = name
        self.commit = commit
        self._limits = limits

    def members(self) -> Iterator[tree.Member]:
        """Every file of the commit that lies here."""
        return tree.members(self.root, self._limits)

    def seen(self, progress: Callable[[str], None]) -> Iterator[Seen]:
        """Every file, hashed whole."""
        for one in stream.measure(_told(self.members(), progress), self._limits):
            if isinstance(one, tree.Member):
                yield Seen(hub.Claimed(one.name, -1, "", ""), None, one.why)
                continue
            claimed = _claimed(one.member, one.size)
            data = one.text
            if not claimed.sha256 and (claimed.git_oid or one.member.name.endswith(".index.json")):
                try:
                    data = paths.read(one.member.path, one.member.name, self._limits)
                except TargetError as cause:
                    yield Seen(claimed, None, str(cause).removeprefix(f"{one.member.name}: "))
                    continue
            yield Seen(claimed, Fetched(one, data))


def find(wanted: hub.Wanted, cache: Path, limits: Limits) -> Here:
    """The commit that a revision was when it was last downloaded.

    Raises:
        TargetError: it does not lie here, or what lies there leads out of its folder.
    """
    about = f"hf:{wanted.name}@{wanted.revision}"
    folder = cache / (_FOLDER + wanted.name.replace("/", "--"))
    if not paths.is_folder(folder):
        raise TargetError(f"{about}: does not lie in the cache of the Hub", hint=_MEND.format(wanted.name))
    commit = _commit(wanted, folder, about, limits)
    root = folder / "snapshots" / commit
    if not paths.is_folder(root):
        raise TargetError(
            f"{about}: of the commit {commit} nothing lies in the cache of the Hub", hint=_MEND.format(wanted.name)
        )
    _inside(folder, cache, about)
    _inside(root, folder, about)
    return Here(root, wanted.name, commit, limits)


def _commit(wanted: hub.Wanted, folder: Path, about: str, limits: Limits) -> str:
    if _COMMIT.fullmatch(wanted.revision):
        return wanted.revision
    ref = folder / "refs" / wanted.revision
    if not paths.is_file(ref):
        here = _commits(folder, limits)
        hint = f"name one of the commits that do: {', '.join(here)}" if here else _MEND.format(wanted.name)
        raise TargetError(f"{about}: no such branch or tag lies in the cache of the Hub", hint=hint)
    _inside(ref, folder, about)
    commit = paths.read(ref, about, limits).decode("ascii", "replace").strip()
    if not _COMMIT.fullmatch(commit):
        shown = show(commit[: limits.name_chars])
        raise TargetError(f"{about}: the cache names no commit for it: {shown}", hint=_MEND.format(wanted.name))
    return commit


def _commits(folder: Path, limits: Limits) -> list[str]:
    found: list[str] = []
    with suppress(OSError):
        found = [one.name for one in islice((folder / "snapshots").iterdir(), limits.files)]
    return sorted(name for name in found if _COMMIT.fullmatch(name))[: limits.listed_places]


def _inside(path: Path, folder: Path, about: str) -> None:
    try:
        inside = path.resolve(strict=True).is_relative_to(folder.resolve(strict=True))
    except (OSError, RuntimeError):
        inside = False
    if not inside:
        raise TargetError(
            f"{about}: a link in the cache of the Hub leads out of it", hint="remove it there, and download it again"
        )


def _told(members: Iterator[tree.Member], progress: Callable[[str], None]) -> Iterator[tree.Member]:
    for member in members:
        progress(f"reads {member.name}")
        yield member


def _claimed(member: tree.Member, size: int) -> hub.Claimed:
    """What the name of the blob says that its bytes are."""
    digest = member.path.name if member.path.parent.name == _BLOBS else ""
    if _SHA256.fullmatch(digest):
        # The pointer that stands in Git for a file of Git LFS has one form, and its name there is told online too.
        return hub.Claimed(member.name, size, digest, git_oid(_POINTER.format(digest, size).encode()))
    return hub.Claimed(member.name, size, "", digest if _COMMIT.fullmatch(digest) else "")
