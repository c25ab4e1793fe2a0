"""The static manifest: what tools, prompts and resources a server's source declares, and what runs them."""

from __future__ import annotations

from driftseal.observe.tools.declared import Declared, Dynamic, Found
from driftseal.observe.tools.manifest import find

__all__ = ["Declared", "Dynamic", "Found", "find"]
