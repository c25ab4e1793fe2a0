"""ZIP archives: torch files since 1.6, ``.npz``, ``.keras``, ``.mar``, ``.skops``, wheels and plain ones.

Facts, beside those of ``_archive`` (``path-escapes``, ``path-odd``, ``archive-link``, ``link-escapes``,
``extreme-ratio``, ``leading-data``, ``trailing-data``):

- ``zip-names-differ``, ``zip-headers-differ``: directory and member give another name, method, size, sum or encryption.
- ``zip-hidden-member``: lies in the file, and the directory does not name it.
- ``duplicate-member``: a name that stands twice; every copy is read, the further ones as ``NAME#2``.
- ``zip-named-twice``: two entries of the directory for one place; both are followed.
- ``zip-several-directories``, ``zip-ends-differ``, ``zip-directory-broken``, ``zip-no-directory``: the end of the
  archive leads readers to different lists.
- ``zip-encrypted-flag``: says that it is encrypted; its bytes are read as if it were not.
- ``zip-unknown-method``: a method that nothing unpacks; its bytes are tried as deflated and as they are.
- ``zip-size-differs``, ``zip-sum-differs``: not what the header tells. Sums of tensors are not computed.
- ``zip-member-broken``, ``zip-truncated``, ``zip-overlap``, ``zip-gap``: damaged, cut off, sharing bytes, unexplained.
- ``zip-folder-with-content``: a folder by its name, with bytes.
- ``torchscript``: holds code for PyTorch's interpreter, by the path of its first file.

Of a file that is read from afar, tensors that fit between their neighbours are taken from the directory alone.

Property ``torch``: ``version``, ``byteorder`` and the like of a torch file, and the number of its tensors.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.formats import zip as zip_format
from driftseal.formats.blob import Blob
from driftseal.formats.zip import Directory, Member
from driftseal.model.item import Json
from driftseal.observe.files._archive import Once, leading, trailing
from driftseal.observe.files._zip_member import contents, differences
from driftseal.observe.files.base import Analyser, Blank, Budget, Embedded, Fact, Property, Seen

_STATED: Final = frozenset({"version", "byteorder", ".format_version", ".storage_alignment", "archive_format"})
_STATED_BYTES: Final = 100


class Zip(Analyser):
    """See the module."""

    name: ClassVar[str] = "zip"
    suffixes: ClassVar[frozenset[str]] = frozenset(
        {".zip", ".pt", ".pth", ".ckpt", ".npz", ".keras", ".mar", ".skops", ".pt2", ".ptl", ".whl", ".jar"}
    )

    def claims(self, head: bytes, blob: Blob) -> bool:
        """See ``Analyser.claims``. Readers look for the end of an archive, so that any beginning will do."""
        return head.startswith((b"PK\x03\x04", b"PK\x05\x06")) or zip_format.ends_as_zip(blob)

    def read(self, blob: Blob, name: str, budget: Budget) -> Iterator[Seen]:
        """See ``Analyser.read``."""
        del name
        found = zip_format.read(blob, budget.limits)
        if not budget.spend(len(found.members)):
            return
        yield from leading(blob, found.start)
        for odd in found.oddities:
            yield Fact(odd.name, odd.evidence, odd.offset, subject=odd.subject)
            if odd.name == "zip-no-directory":
                # Cut off, as far as anybody can tell: what the missing part named is not known.
                yield Blank("the archive ends before its directory; download it again")
        for why in found.blanks:
            yield Blank(why)
        yield from _torch(blob, found)
        yield from _members(blob, found, budget)
        offset, length = found.comment
        if length:
            yield Embedded("#comment", blob.part(offset, length))
        yield from trailing(blob, found.end)


def _members(blob: Blob, found: Directory, budget: Budget) -> Iterator[Seen]:
    copies: dict[str, int] = {}
    once = Once(blob.size)
    for member in found.members:
        yield from differences(member)
        number = copies[member.name] = copies.get(member.name, 0) + 1
        if number > 1:
            yield Fact("duplicate-member", f"copy {number} of {member.name}", member.offset, subject=member.name)
        header = member.central or member.local
        if member.name.endswith("/"):
            if header is None or not header.packed:
                continue
            text = f"{member.name} is a folder with {header.packed} bytes"
            yield Fact("zip-folder-with-content", text, member.offset, subject=member.name)
        path = member.name if number == 1 else f"{member.name}#{number}"
        yield from contents(blob, member, path, budget, once)


def _torch(blob: Blob, found: Directory) -> Iterator[Seen]:
    names = [member.name for member in found.members]
    roots = {name.removesuffix("data.pkl") for name in names if name == "data.pkl" or name.endswith("/data.pkl")}
    if not roots:
        return
    root = min(roots, key=len)
    stated: dict[str, Json] = {}
    for member in found.members:
        if member.name.removeprefix(root) in _STATED and (text := _text(blob, member)):
            stated[member.name.removeprefix(root)] = text
    stated["tensors"] = sum(name.startswith(f"{root}data/") for name in names)
    code = [name for name in names if name.startswith(f"{root}code/") and name.endswith(".py")]
    if code:
        stated["code"] = len(code)
        yield Fact("torchscript", f"{len(code)} files of code, {code[0]} first", subject=code[0])
    yield Property("torch", stated)


def _text(blob: Blob, member: Member) -> str:
    header = member.central
    if header is None or header.method or header.packed > _STATED_BYTES:
        return ""
    return blob.read_at(member.start, header.packed).decode("ascii", "backslashreplace").strip()
