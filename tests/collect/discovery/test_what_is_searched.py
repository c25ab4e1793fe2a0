"""Which files are looked at, whatever the finders want."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from discovered import found
from driftseal.model.item import ItemKind

_SETTINGS = {"llm": {"provider": "openai", "model": "gpt-4o-mini", "api_key_env": "OPENAI_API_KEY"}}


@pytest.mark.parametrize("mark", [{"bomFormat": "CycloneDX"}, {"spdxVersion": "SPDX-2.3"}])
def test_what_a_bill_of_materials_lists_was_found_elsewhere(tmp_path: Path, mark: dict[str, str]) -> None:
    files = {"settings.json": json.dumps(_SETTINGS)}
    assert found(tmp_path / "plain", files, ItemKind.MODEL).keys() == {"openai:gpt-4o-mini"}
    bill = {"settings.json": json.dumps(mark | _SETTINGS)}
    assert found(tmp_path / "bill", bill, ItemKind.MODEL) == {}
