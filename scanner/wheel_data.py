"""What the wheel carries beside the package: our YAML as JSON, which takes a tenth of the time to read.

Hatchling runs this when it builds a wheel; ``driftseal.resources`` says what becomes of it.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class WheelData(BuildHookInterface[Any]):
    """See the module."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the folder to a wheel; a checkout that is installed as it lies reads its YAML."""
        if version == "editable":
            return
        sys.path.insert(0, str(Path(self.root) / "scanner"))
        from driftseal import resources, rulebook

        rules = resources.folder("rules")
        every_rule: dict[str, Any] = {}
        made = {"rules": every_rule}
        for path in rulebook.rule_files(rules):
            every_rule |= self._of(path)
        for group in sorted(rulebook.DATA_FOLDERS):
            for path in sorted((rules / group).glob("*.yaml")):
                made[f"{group}/{path.stem}"] = self._of(path)
        self._folder = tempfile.TemporaryDirectory()
        for name, documents in made.items():
            path = Path(self._folder.name) / f"{name}.json"
            path.parent.mkdir(exist_ok=True)
            path.write_text(json.dumps(documents, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
        build_data["force_include"][self._folder.name] = f"driftseal/_data/{resources.PARSED}"

    @staticmethod
    def _of(path: Path) -> dict[str, Any]:
        import hashlib

        from driftseal import resources

        data = path.read_bytes()
        return {hashlib.sha256(data).hexdigest(): resources.first_document(data, path.name, {})}
