"""What every package registry is asked for, and what it answers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from driftseal.canonical import show
from driftseal.errors import TargetError
from driftseal.formats.archive import Contents, Problem
from driftseal.limits import Limits
from driftseal.model.item import Json

if TYPE_CHECKING:
    from driftseal.collect.registries._client import Client


@dataclass(frozen=True, slots=True)
class Wanted:
    """A package as a person or a package URL names it."""

    name: str
    """As the registry writes it, checked."""
    version: str = ""
    """Exact version, for npm also a tag; empty for the newest."""


@dataclass(frozen=True, slots=True)
class Index:
    """Where a registry is asked, as the user has set it."""

    url: str
    """Ends with a slash; without user and password."""
    setting: str
    """What tells it, or would; for messages."""
    authorization: str = field(default="", repr=False)
    """Header that goes to this index's own origin alone."""
    certificates: str = ""
    """File of certificates to trust instead of the usual ones."""


@dataclass(frozen=True, slots=True)
class Release:
    """One version of a package, and the archive of it that is read."""

    name: str
    version: str
    filename: str
    url: str
    hashes: tuple[tuple[str, bytes], ...]
    """Algorithm and value, as the registry tells them."""
    strip: int = 0
    """Folders around everything in the archive."""
    problems: tuple[Problem, ...] = ()
    others: tuple[str, ...] = ()
    """Archives of this version that are not read, such as wheels for other platforms."""


class Registry(ABC):
    """One package registry."""

    name: ClassVar[str]
    """The file's stem, the prefix of a reference and the type of a package URL."""

    def __init__(self, environment: Mapping[str, str], home: Path, limits: Limits) -> None:
        self.environment = environment
        self.home = home
        self.limits = limits

    @abstractmethod
    def wanted(self, text: str) -> Wanted:
        """What stands behind ``npm:`` or ``pypi:``.

        Raises:
            TargetError: it names no package.
        """

    @abstractmethod
    def index(self, wanted: Wanted) -> Index:
        """Where this package is asked for: the user's own settings count, nothing of what is scanned."""

    @abstractmethod
    def release(self, wanted: Wanted, client: Client) -> Release:
        """The wanted version.

        Raises:
            TargetError: there is none, or the registry cannot be asked.
        """

    @abstractmethod
    def metadata(self, release: Release, contents: Contents) -> tuple[dict[str, Json], list[Problem]]:
        """What the archive says of itself, by the name of the file that says so."""

    def refused(self, text: str, form: str) -> TargetError:
        """That a reference names no package of this registry."""
        return TargetError(
            f"{self.name}:{show(text[: self.limits.name_chars])}: names no package", hint=f"write {form}"
        )
