"""Writes real servers as surfaces to learn from: what their published source declares, a line a server.

    python benchmarks/live.py benchmarks/poisoning/live.txt > CORPUS/live.jsonl

LIST names packages (``pypi:NAME==VERSION``, ``npm:NAME@VERSION``) or folders, one a line. Packages come from the
indexes; nothing of them is installed or run. A server of which no tool can be read is left out.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

DRIFTSEAL = str(Path(sys.executable).with_name("driftseal"))
KINDS = frozenset({"tool", "prompt", "resource", "instructions"})
SECONDS = 300
WORKERS = 2


def surface(reference: str) -> dict[str, Any] | None:
    """One line of a corpus, as ``corpora.py`` describes it; None for a server without a tool."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "snapshot.json")
        command = [DRIFTSEAL, "snapshot", reference, "--allow-gaps", "--output", str(out)]
        subprocess.run(command, check=False, capture_output=True, timeout=SECONDS)
        items = json.loads(out.read_text(encoding="utf-8"))["items"] if out.exists() else []
    parts = [{"type": one["kind"], "name": one["name"], **one["content"]} for one in items if one["kind"] in KINDS]
    if not any(part["type"] == "tool" for part in parts):
        return None
    return {"id": reference, "label": "benign", "class": "real", "lang": "en", "items": parts}


def references(path: Path) -> Iterator[str]:
    """What a list names, without comments."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            yield line.strip()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("list", type=Path)
    given = parser.parse_args()
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        for made in pool.map(surface, references(given.list)):
            if made is not None:
                print(json.dumps(made, ensure_ascii=False, sort_keys=True))
    return 0


if __name__ == "__main__":
    sys.exit(main())
