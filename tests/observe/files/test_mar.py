"""TorchServe: a manifest says which code would handle requests."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftseal.formats.blob import Bytes
from driftseal.limits import DEFAULT_LIMITS
from driftseal.observe.files.base import Blank, Budget, Fact, Property, Seen
from driftseal.observe.files.mar import Mar


def read(data: bytes) -> list[Seen]:
    limits = DEFAULT_LIMITS
    budget = Budget(limits, limits.unpacked_bytes, limits.archive_members, limits.file_steps)
    return list(Mar().read(Bytes(data), "MANIFEST.json", budget))


def manifest(**model: str) -> bytes:
    return json.dumps(
        {"createdOn": "01/01/2026", "model": {"modelName": "m"} | model, "archiverVersion": "0.9"}
    ).encode()


@pytest.mark.parametrize(
    ("data", "facts"),
    [
        (manifest(handler="image_classifier", serializedFile="m.pt"), []),
        (manifest(handler="mine.py:serve"), [("mar-handler", "mine.py:serve")]),
        (manifest(serializedFile="../../x.pt"), [("mar-path-escapes", "../../x.pt")]),
        (manifest(extraFiles="a.json, /etc/passwd"), [("mar-path-escapes", "/etc/passwd")]),
        (manifest(requirementsFile="requirements.txt"), [("mar-installs", "requirements.txt")]),
    ],
)
def test_what_serving_the_model_would_run_is_told(data: bytes, facts: list[tuple[str, str]]) -> None:
    assert Mar().claims(data, Bytes(data))
    seen = read(data)
    assert [(one.name, one.subject) for one in seen if isinstance(one, Fact)] == facts
    assert any(isinstance(one, Property) and one.name == "served" for one in seen)


def test_what_is_no_json_is_not_clean() -> None:
    assert any(isinstance(one, Blank) for one in read(b'{"model": '))


@pytest.mark.parametrize("data", [b"", b"{}", b'{"model": {}}', b'"model" "handler"'])
def test_other_files_are_not_claimed(data: bytes) -> None:
    assert not Mar().claims(data, Bytes(data))


@given(st.binary(max_size=100))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    Mar().claims(data, Bytes(data))
    assert isinstance(read(data), list)
