"""What ``docker login`` left for a registry, as far as it lies in the file itself; no helper program is ever run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from driftseal import canonical
from driftseal.collect.clients import paths
from driftseal.errors import TargetError
from driftseal.limits import Limits
from driftseal.narrow import object_or_empty

_PLACE: Final = Path(".docker")
_HUB: Final = {"registry-1.docker.io": "https://index.docker.io/v1/"}
"""Under what docker keeps the login of its own registry."""
_AUTH: Final = re.compile(r"[A-Za-z0-9+/]{1,8192}={0,2}")


def basic(host: str, environment: Mapping[str, str], home: Path, limits: Limits) -> str:
    """The value of ``Authorization`` for this host; empty where the user has not logged in.

    Raises:
        TargetError: the file cannot be read, or is no JSON. The message does not quote it, since it holds passwords.
    """
    place = home / (environment.get("DOCKER_CONFIG") or _PLACE) / "config.json"
    if not paths.is_file(place):
        return ""
    data = paths.read(place, "the settings of docker", limits)
    try:
        value = object_or_empty(canonical.parse_json(data, "config.json", limits).value)
    except TargetError:
        raise TargetError("the settings of docker are no JSON", hint="mend ~/.docker/config.json") from None
    auths = object_or_empty(value.get("auths"))
    key = next((one for one in (host, f"https://{host}", _HUB.get(host, "")) if one in auths), "")
    told = object_or_empty(auths.get(key)).get("auth")
    return f"Basic {told}" if isinstance(told, str) and _AUTH.fullmatch(told) else ""
