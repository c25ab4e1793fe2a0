"""That a registry does not have what it is asked for."""

from __future__ import annotations

from driftseal.errors import TargetError


class Absent(TargetError):
    """See the module."""
