"""HDF5: configurations come out of attributes, other files are told. h5py wrote the samples."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftseal.formats.blob import Bytes
from driftseal.limits import DEFAULT_LIMITS
from driftseal.observe import reading
from driftseal.observe.files.base import Blank, Budget, Embedded, Fact, Property, Seen
from driftseal.observe.files.hdf5 import HDF5

FOLDER = Path(__file__).parents[2] / "data" / "hdf5"
SAMPLES = sorted(FOLDER.iterdir())


def read(data: bytes) -> list[Seen]:
    limits = DEFAULT_LIMITS
    budget = Budget(limits, limits.unpacked_bytes, limits.archive_members, 100_000)
    return list(HDF5().read(Bytes(data), "model.h5", budget))


def sample(name: str) -> bytes:
    return (FOLDER / name).read_bytes()


def test_an_honest_model_hands_its_configuration_on() -> None:
    seen = read(sample("keras.h5"))
    (config,) = [one for one in seen if isinstance(one, Embedded)]
    assert (config.path, config.hint) == ("model_config", "keras")
    assert config.blob.read_at(0, 27) == b'{"class_name": "Sequential"'
    assert Property("keras", "2.15.0") in seen
    assert Property("objects", 4) in seen
    assert not [one for one in seen if isinstance(one, (Fact, Blank))]


@pytest.mark.parametrize("name", ["keras-lambda-fixed.h5", "keras-lambda-latest.hdf5", "user-block.h5"])
def test_a_lambda_is_found_in_every_version_of_the_format(name: str) -> None:
    found = reading.read(Bytes(sample(name)), name, DEFAULT_LIMITS)
    assert [(fact.name, fact.subject, fact.path) for fact in found.facts] == [("keras-lambda", "l", "model_config")]
    assert found.format == "hdf5"


@pytest.mark.parametrize(
    ("name", "fact", "subject"),
    [
        ("external-link.h5", "hdf5-external-link", "/etc/passwd"),
        ("external-link-latest.h5", "hdf5-external-link", "../other.h5"),
        ("external-storage.h5", "hdf5-external-storage", "/etc/passwd"),
        ("virtual.h5", "hdf5-virtual-dataset", "../other.h5"),
    ],
)
def test_what_leads_to_another_file_is_told(name: str, fact: str, subject: str) -> None:
    assert [(one.name, one.subject) for one in read(sample(name)) if isinstance(one, Fact)] == [(fact, subject)]


@pytest.mark.parametrize("name", ["many-links.h5", "very-many-links.h5"])
def test_links_in_a_heap_are_found(name: str) -> None:
    seen = read(sample(name))
    assert [one.subject for one in seen if isinstance(one, Fact)][-1:] == ["other.h5"]
    assert not any(isinstance(one, Blank) for one in seen)


def test_links_that_are_not_found_leave_a_blank() -> None:
    data = bytearray(sample("many-links.h5"))
    block = data.index(b"FHDB")
    data[block + 60 : block + 200] = bytes(140)
    assert Blank("/: not all of its links were found") in read(bytes(data))


def test_a_pickle_in_an_attribute_is_handed_on_and_a_sentence_is_not() -> None:
    assert [one.path for one in read(sample("pickled-attribute.h5")) if isinstance(one, Embedded)] == ["info"]


def test_a_group_that_contains_itself_is_seen_once() -> None:
    data = bytearray(sample("keras.h5"))
    child = data.index(b"SNOD") + 8 + 8
    data[child : child + 8] = data[64:72]  # the root's own address
    assert Property("objects", 1) in read(bytes(data))


@pytest.mark.parametrize("length", [0, 8, 20, 60, 100, 400, 900])
def test_a_file_that_was_cut_is_not_clean(length: int) -> None:
    seen = read(sample("keras.h5")[:length])
    assert any(isinstance(one, Fact) and one.name == "hdf5-damaged" for one in seen)
    assert any(isinstance(one, Blank) for one in seen)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_every_sample_is_recognized(path: Path) -> None:
    data = path.read_bytes()
    assert HDF5().claims(data[:4096], Bytes(data))
    assert not HDF5().claims(data[1:4097], Bytes(data[1:]))


@given(st.sampled_from(SAMPLES), st.integers(0, 2000), st.binary(min_size=1, max_size=12))
def test_no_change_breaks_the_walk(path: Path, at: int, noise: bytes) -> None:
    data = bytearray(path.read_bytes())
    data[at : at + len(noise)] = noise
    assert isinstance(read(bytes(data)), list)


@given(st.binary(max_size=300))
def test_no_bytes_break_the_walk(noise: bytes) -> None:
    assert isinstance(read(sample("keras.h5")[:96] + noise), list)
    assert isinstance(read(noise), list)
