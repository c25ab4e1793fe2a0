"""What every signer does."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from driftseal.model.trust import Statement


class Signer(ABC):
    """One kind of key or identity that can approve a statement."""

    name: ClassVar[str]
    """The file's stem."""

    @abstractmethod
    def sign(self, statement: Statement) -> bytes:
        """A Sigstore bundle v0.3 (JSON) over exactly the statement's bytes.

        Raises:
            TrustError: the key cannot be used.
        """
