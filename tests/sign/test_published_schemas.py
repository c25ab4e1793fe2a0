"""The schemas that we publish describe what we write."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema_rs
import pytest

from driftseal import snapshot
from driftseal.model.item import ItemKind
from driftseal.sign import statement
from signing import baseline

SCHEMAS = Path(__file__).parents[2] / "baselines" / "schema"


def validator(name: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(json.loads((SCHEMAS / f"{name}.schema.json").read_bytes()))


def test_a_snapshot_file_follows_its_schema() -> None:
    document = json.loads(snapshot.dump(baseline().snapshot))
    validator("snapshot").validate(document)
    document["items"][0]["digest"] = "md5:0"
    with pytest.raises(jsonschema_rs.ValidationError):
        validator("snapshot").validate(document)


def test_a_predicate_follows_its_schema() -> None:
    document = json.loads(statement.make(baseline(), b"file").payload)
    validator("predicate").validate(document["predicate"])
    del document["predicate"]["expiresAt"]
    with pytest.raises(jsonschema_rs.ValidationError):
        validator("predicate").validate(document["predicate"])


def test_the_schema_knows_every_kind_of_item() -> None:
    schema = json.loads((SCHEMAS / "snapshot.schema.json").read_bytes())
    assert schema["properties"]["items"]["items"]["properties"]["kind"]["enum"] == [str(kind) for kind in ItemKind]
