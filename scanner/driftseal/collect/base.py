"""What every target kind does, and what it has been allowed to do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from driftseal.limits import Limits
from driftseal.model.digest import Digest
from driftseal.model.item import ItemKind
from driftseal.model.signature import FoundSignature
from driftseal.model.snapshot import Snapshot
from driftseal.model.target import Target
from driftseal.records import dataclass

if TYPE_CHECKING:
    from driftseal.collect.manifest import Manifest
    from driftseal.collect.models.hashing import Hashed
    from driftseal.observe.files.base import Reading
    from driftseal.observe.program import Program


class Probe(StrEnum):
    """How hard to look for servers that show different faces."""

    QUICK = "quick"
    STANDARD = "standard"
    DEEP = "deep"


@dataclass(frozen=True, slots=True)
class Consent:
    """What the user has allowed. By default nothing is started and nothing is contacted."""

    start: bool = False
    """Configured stdio servers may be started."""
    connect: bool = False
    """Configured URLs may be asked."""
    env: tuple[str, ...] = ()
    """Variables whose real value a started server is given."""
    header_env: tuple[tuple[str, str], ...] = ()
    """Headers and the variables that hold their values."""
    oauth: bool = False
    allow_private: tuple[str, ...] = ()
    """Hosts that may resolve to private addresses."""
    read_resources: bool = False
    download: bool = False
    """Remote models are fetched whole, not as far as their analysers ask; nothing of them stays."""
    unattended: bool = False
    """Nobody is watching: configured values of variables that load code are not passed on."""
    probe: Probe = Probe.QUICK


@dataclass(frozen=True, slots=True)
class Login:
    """What logging in to one server gave."""

    token: str = field(repr=False)
    """Bearer token, sent to that server alone."""


@dataclass(frozen=True, slots=True)
class Discovery:
    """Everything that a folder or a machine holds is listed, not only what a scan judges."""

    least: float = 0.5
    """What is less sure than this is left out; see ``Evidence.confidence``."""
    digest_of: Callable[[Path], Digest] | None = None
    """Knows digests of files from earlier runs. Never set where anything is judged, signed or compared."""


@dataclass(frozen=True, slots=True)
class Context:
    """Everything that a collector is given from outside."""

    consent: Consent
    limits: Limits
    now: str
    """RFC 3339, UTC."""
    root: Path
    """The working directory: references and evidence are told relative to it."""
    home: Path
    """The user's home, for ``machine``."""
    environment: dict[str, str] = field(repr=False)
    """The process environment; values go to servers only by ``Consent.env`` and ``header_env``."""
    stdin: bytes | None = field(default=None, repr=False)
    """What came on standard input, when a reference is ``-``."""
    read_as: ItemKind | None = None
    """What every reference is a text of, where a person says so; it is then read as nothing else."""
    discover: Discovery | None = None
    platform: str = "linux"
    """``linux``, ``darwin`` or ``win32``."""
    progress: Callable[[str], None] = field(default=lambda _: None, repr=False)
    """Told a short line about long work as it goes on."""
    notice: Callable[[str], None] | None = field(default=None, repr=False)
    """Told what a person has to read and act on, in a line that stays whole: the page of a login."""
    programs: dict[str, Program] = field(default_factory=dict, repr=False)
    """Source that was read, by the identity of its target, for those who follow what it does."""
    readings: dict[str, Mapping[str, Reading]] = field(default_factory=dict, repr=False)
    """What files of models show, by the identity of their target and the key of their item."""
    signatures: dict[str, tuple[FoundSignature, ...]] = field(default_factory=dict, repr=False)
    """Signatures that others made of models, by the identity of their target; nobody has checked them."""
    hashing: dict[Path, Hashed] = field(default_factory=dict, repr=False)
    """Large files that are hashed while the rest of the program loads; see ``collect.models.hashing``."""
    manifests: dict[str, tuple[Manifest, ...] | None] = field(default_factory=dict, repr=False)
    """What folders hold of which it was asked whether they hold manifests alone, so that each is read once."""
    logins: dict[str, Login] = field(default_factory=dict, repr=False)
    """This run's OAuth logins by the server's URL, so that a server asked several times asks once; never stored."""


class Collector(ABC):
    """One target kind. Remembers between ``targets`` and ``collect`` what must not enter a target."""

    name: ClassVar[str]
    """The file's stem."""
    form: ClassVar[str]
    """How such a reference is written, for error messages."""
    asks: ClassVar[bool] = False
    """Collecting starts or contacts the target whatever was allowed, since a person named it on the command line."""

    def __init__(self, context: Context) -> None:
        self.context = context

    @abstractmethod
    def claims(self, reference: str) -> bool:
        """Whether this reference is of this kind. Cheap; several kinds may claim one folder."""

    @abstractmethod
    def targets(self, reference: str) -> Iterator[Target]:
        """The targets that a reference names.

        Raises:
            TargetError: the reference is of this kind and cannot be used at all.
        """

    def followed(self, snapshot: Snapshot) -> Snapshot:
        """One of this collector's snapshots with the gaps of what takes longest: to follow what code does.

        Asked for each, once everything is collected.
        """
        return snapshot

    def source(self, target: Target) -> Digest | None:
        """Digest of the raw bytes that this target would be read from, where they are at hand before it is read.

        The same bytes as those of a baseline hold the same items, and need not be canonicalised to tell so.
        """
        del target
        return None

    @abstractmethod
    def collect(self, targets: Sequence[Target]) -> Iterator[Snapshot]:
        """A snapshot for each target that ``targets`` gave, in any order; one failing look is a gap in it."""
