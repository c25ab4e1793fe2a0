"""YAML that names what its loader makes is judged by those names; other YAML is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftseal.formats.blob import Bytes
from driftseal.limits import DEFAULT_LIMITS
from driftseal.observe.files.base import Blank, Budget, Embedded, Fact, Property, Seen
from driftseal.observe.files.yaml_config import YamlConfig

HONEST = b"""\
model:
  _target_: nemo.collections.asr.models.EncDecCTCModel
  optim:
    _target_: torch.optim.AdamW
    lr: 0.1
"""


def budget() -> Budget:
    limits = DEFAULT_LIMITS
    return Budget(limits, limits.unpacked_bytes, limits.archive_members, limits.file_steps)


def read(data: bytes) -> list[Seen]:
    return list(YamlConfig().read(Bytes(data), "model_config.yaml", budget()))


def facts(data: bytes) -> list[tuple[str, str, int]]:
    assert YamlConfig().claims(data[:4096], Bytes(data))
    return [(seen.name, seen.subject, seen.offset) for seen in read(data) if isinstance(seen, Fact)]


def test_an_honest_configuration_lists_what_it_makes() -> None:
    assert facts(HONEST) == []
    assert read(HONEST) == [Property("targets", ["nemo.collections.asr.models.EncDecCTCModel", "torch.optim.AdamW"])]


@pytest.mark.parametrize(
    ("source", "fact"),
    [
        ("a: {_target_: os.system, command: id}", ("yaml-dangerous-target", "os.system")),
        ('- "_target_": subprocess.Popen', ("yaml-dangerous-target", "subprocess.Popen")),
        ("_target_: builtins.eval", ("yaml-dangerous-target", "builtins.eval")),
        ("_target_: nemo.utils.exec", ("yaml-dangerous-target", "nemo.utils.exec")),
        ("class_path: mine.Model", ("yaml-foreign-target", "mine.Model")),
        ("_target_: ${oc.env:X}", ("yaml-computed-target", "${oc.env:X}")),
        ("x: !!python/object/apply:os.system [id]", ("yaml-python-tag", "object/apply:os.system")),
        ("x: !<tag:yaml.org,2002:python/name:os.system> a", ("yaml-python-tag", "name:os.system")),
        ("%TAG !p! tag:yaml.org,2002:python/\n---\nx: !p!name:os.system a", ("yaml-python-tag", "name:os.system")),
    ],
)
def test_what_a_loader_would_make_is_told(source: str, fact: tuple[str, str]) -> None:
    assert [one[:2] for one in facts(source.encode())] == [fact]


@pytest.mark.parametrize("data", [b"", b"a: 1\n", b'{"_target_": "x"}', b"target_: x\n", b"\x80\x04_target_:"])
def test_other_files_are_not_claimed(data: bytes) -> None:
    assert not YamlConfig().claims(data, Bytes(data))


@pytest.mark.parametrize("data", [b"_target_: [", b"_target_: " + b"[" * 100_000])
def test_what_is_no_yaml_is_not_clean(data: bytes) -> None:
    seen = read(data)
    assert [one.name for one in seen if isinstance(one, Fact)] == ["yaml-unparsable"]
    assert any(isinstance(one, Blank) for one in seen)


def test_a_text_that_speaks_of_such_files_is_left_alone() -> None:
    data = b"Write `_target_: os.system`: [and\nthen"
    assert list(YamlConfig().read(Bytes(data), "README.md", budget())) == []


@given(st.text(alphabet="_target:!python/ -[]{}&*\n'\"%|>os.", max_size=60))
def test_no_text_breaks_the_reader(text: str) -> None:
    YamlConfig().claims(text.encode(), Bytes(text.encode()))
    assert isinstance(read(text.encode()), list)


@pytest.mark.parametrize("written", ["chat_template: '{}'", 'm:\n  chat_template: "{}"', "chat_template: |\n  {}"])
def test_a_chat_template_is_handed_on_as_one(written: str) -> None:
    data = written.format("{{ messages }}").encode()
    assert YamlConfig().claims(data, Bytes(data))
    (found,) = (one for one in read(data) if isinstance(one, Embedded))
    assert (found.path, found.hint, found.blob.read_at(0, 99).strip()) == ("chat_template", "jinja", b"{{ messages }}")
