"""Whole documents, compared with files that a person reads in review.

``DRIFTSEAL_GOLDEN=write pytest tests/report tests/bom`` makes them anew; look at the difference before committing it.
"""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "golden"


def check(path: Path, text: str) -> None:
    """The file holds exactly this text."""
    if os.environ.get("DRIFTSEAL_GOLDEN") == "write":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8"))
    assert path.read_bytes().decode("utf-8") == text
