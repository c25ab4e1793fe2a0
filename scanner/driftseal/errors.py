"""What can go wrong, and the exit code that each kind of failure ends with."""

from __future__ import annotations

from enum import IntEnum
from typing import ClassVar


class ExitCode(IntEnum):
    """What a run says to the shell; when several apply, the highest wins."""

    CLEAN = 0
    FINDINGS = 1
    """Findings or drift at or above ``--fail-on``."""
    USAGE = 2
    """Our own command line, configuration or rules are wrong."""
    INCOMPLETE = 3
    """Something that was asked for could not be looked at."""
    TRUST = 4
    """A baseline is missing where required, unsigned, wrongly signed, expired or rolled back."""
    BUG = 70


class DriftsealError(Exception):
    """Anything that ends a command with one clear message.

    ``hint`` says what to do about it, in the imperative; it is empty where nothing can be done.
    """

    exit_code: ClassVar[ExitCode] = ExitCode.BUG

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class UsageError(DriftsealError):
    """The command line asks for something that does not exist or does not fit together."""

    exit_code = ExitCode.USAGE


class ConfigError(UsageError):
    """A configuration or trust policy of the user's own cannot be read."""


class RuleError(UsageError):
    """A rule, a list or another data file of ours is missing or malformed."""


class TargetError(DriftsealError):
    """A target, or a part of it, could not be looked at; it becomes a ``Gap``, never a clean result."""

    exit_code = ExitCode.INCOMPLETE


class FormatError(TargetError):
    """Bytes from outside are not what their name or their magic says.

    ``line`` counts from 1 and is 0 where no line can be told.
    """

    def __init__(self, message: str, *, hint: str = "", line: int = 0) -> None:
        super().__init__(message, hint=hint)
        self.line = line


class LimitExceeded(TargetError):
    """Something from outside is larger, deeper, longer or slower than ``Limits`` allow."""


class ProtocolError(TargetError):
    """A server answered in a way that its protocol does not allow, or not at all."""


class AddressRefused(TargetError):
    """A URL leads to an address that nobody allowed us to contact."""


class AccessRefused(TargetError):
    """A server wants credentials that it was not given."""


class TrustError(DriftsealError):
    """A signature, a policy or a baseline does not hold; nothing signed by it may be used."""

    exit_code = ExitCode.TRUST
