"""GGUF: honest files of every version are quiet; numbers that lead out of the file are told."""

from __future__ import annotations

import struct
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as some

from driftseal.formats.blob import Bytes
from driftseal.limits import DEFAULT_LIMITS
from driftseal.observe.files.base import Budget, Embedded, Fact, Property, Seen
from driftseal.observe.files.gguf import Gguf

TEXT, ARRAY, U32, F32 = 8, 9, 4, 6


class Writer:
    """Builds a file field by field."""

    def __init__(self, version: int = 3, sign: str = "<") -> None:
        self.version, self.sign = version, sign
        self.wide = "Q" if version > 1 else "I"

    def pack(self, form: str, *values: float) -> bytes:
        return struct.pack(self.sign + form, *values)

    def text(self, value: str, length: int | None = None) -> bytes:
        data = value.encode()
        return self.pack(self.wide, len(data) if length is None else length) + data

    def entry(self, key: str, kind: int, value: bytes) -> bytes:
        return self.text(key) + self.pack("I", kind) + value

    def array(self, kind: int, count: int, items: bytes) -> bytes:
        return self.pack("I", kind) + self.pack(self.wide, count) + items

    def tensor(
        self, name: str, shape: tuple[int, ...], kind: int = 0, offset: int = 0, dims: int | None = None
    ) -> bytes:
        told = len(shape) if dims is None else dims
        numbers = b"".join(self.pack(self.wide, one) for one in shape)
        return self.text(name) + self.pack("I", told) + numbers + self.pack("I", kind) + self.pack("Q", offset)

    def file(
        self, entries: list[bytes], tensors: list[bytes], body: bytes = b"", counts: tuple[int, int] | None = None
    ) -> bytes:
        many, few = counts or (len(tensors), len(entries))
        head = b"GGUF" + self.pack("I", self.version) + self.pack(self.wide * 2, many, few)
        head += b"".join(entries) + b"".join(tensors)
        return head + bytes(-len(head) % 32) + body if tensors else head + body


W: Final = Writer()
TEMPLATE: Final = "{{ messages[0]['content'] }}"


def seen(data: bytes) -> list[Seen]:
    return list(Gguf().read(Bytes(data), "x.gguf", Budget(DEFAULT_LIMITS, 1000, 1000, 1000)))


def facts(data: bytes) -> set[str]:
    return {one.name for one in seen(data) if isinstance(one, Fact)}


def honest(writer: Writer) -> bytes:
    entries = [
        writer.entry("general.architecture", TEXT, writer.text("llama")),
        writer.entry("tokenizer.chat_template", TEXT, writer.text(TEMPLATE)),
        writer.entry("tokenizer.chat_template.tool_use", TEXT, writer.text("{{ 1 }}")),
        writer.entry("tokens", ARRAY, writer.array(TEXT, 2, writer.text("<s>") + writer.text("</s>"))),
        writer.entry("scores", ARRAY, writer.array(F32, 100, bytes(400))),
        writer.entry("rope", F32, writer.pack("f", 0.5)),
    ]
    tensors = [writer.tensor("a", (4, 2)), writer.tensor("b", (32,), 8, 32)]
    return writer.file(entries, tensors, bytes(32) + bytes(34))


@pytest.mark.parametrize(("version", "sign"), [(1, "<"), (2, "<"), (3, "<"), (3, ">")])
def test_an_honest_file_states_what_it_holds(version: int, sign: str) -> None:
    data = honest(Writer(version, sign))
    assert Gguf().claims(data[:4096], Bytes(data))
    assert facts(data) == set()
    stated = [one for one in seen(data) if isinstance(one, Property)]
    assert stated[1:] == [
        Property("architecture", "llama"),
        Property("tensors", {"a": {"type": 0, "shape": [4, 2]}, "b": {"type": 8, "shape": [32]}}),
        Property("template", {"key": "tokenizer.chat_template", "text": TEMPLATE}),
        Property("template", {"key": "tokenizer.chat_template.tool_use", "text": "{{ 1 }}"}),
    ]
    metadata = stated[0].value
    assert isinstance(metadata, dict)
    assert metadata["tokens"] == ["<s>", "</s>"]
    scores = metadata["scores"]
    assert isinstance(scores, dict)
    assert scores["count"] == 100


def test_templates_are_files_of_their_own() -> None:
    inside = [one for one in seen(honest(W)) if isinstance(one, Embedded)]
    assert [(one.path, one.hint) for one in inside] == [
        ("tokenizer.chat_template", "jinja"),
        ("tokenizer.chat_template.tool_use", "jinja"),
    ]
    assert inside[0].blob.read_at(0, 1000) == TEMPLATE.encode()


def test_a_long_array_of_texts_differs_in_its_digest() -> None:
    def digest(last: str) -> object:
        items = b"".join(W.text(str(number)) for number in range(99)) + W.text(last)
        data = W.file([W.entry("tokens", ARRAY, W.array(TEXT, 100, items))], [])
        return next(one.value for one in seen(data) if isinstance(one, Property))

    assert digest("a") != digest("b")


def test_a_text_larger_than_what_is_read_at_once_is_passed_over() -> None:
    items = W.text("x" * 300_000) + b"".join(W.text(str(number)) for number in range(99))
    after = W.entry("tokenizer.chat_template", TEXT, W.text("{{ 1 }}"))
    data = W.file([W.entry("tokens", ARRAY, W.array(TEXT, 100, items)), after], [])
    assert facts(data) == set()
    assert [one.path for one in seen(data) if isinstance(one, Embedded)] == ["tokenizer.chat_template"]


HUGE: Final = (1 << 64) - 1


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (W.file([], [], counts=(HUGE, 0)), "gguf-overflow"),
        (W.file([], [], counts=(0, 1 << 60)), "gguf-overflow"),
        (W.file([W.entry("k", TEXT, W.text("v", HUGE))], []), "gguf-overflow"),
        (W.file([W.entry("k", ARRAY, W.array(U32, 1 << 62, b""))], []), "gguf-overflow"),
        (W.file([W.entry("k", ARRAY, W.array(U32, 9, b""))], []), "gguf-overflow"),
        (W.file([], [W.tensor("t", (1,), dims=9)]), "gguf-overflow"),
        (W.file([], [W.tensor("t", (1 << 40, 1 << 40))]), "gguf-overflow"),
        (W.file([], [W.tensor("t", (1,), offset=1 << 63)]), "gguf-beyond-end"),
        (W.file([], [W.tensor("t", (4,))], bytes(15)), "gguf-beyond-end"),
        (W.file([], [W.tensor("t", (4,)), W.tensor("u", (4,))], bytes(32)), "gguf-overlap"),
        (W.file([], [W.tensor("t", (1,)), W.tensor("t", (1,), offset=32)], bytes(64)), "gguf-duplicate-key"),
        (W.file([], [W.tensor("t", (1,), offset=7)], bytes(64)), "gguf-malformed"),
        (W.file([], [W.tensor("t", (1,), kind=200)], bytes(64)), "gguf-unknown-type"),
        (W.file([W.entry("k", 77, b"")], []), "gguf-malformed"),
        (W.file([W.entry("general.alignment", U32, W.pack("I", 3))], []), "gguf-malformed"),
        (W.file([W.entry("k", U32, bytes(4)), W.entry("k", U32, bytes(4))], []), "gguf-duplicate-key"),
        (W.file([W.entry("k", ARRAY, W.array(ARRAY, 1, bytes(0)) * 50)], []), "gguf-malformed"),
        (Writer(9).file([], []), "gguf-malformed"),
        (W.file([], [W.tensor("t", (1,))], bytes(32) + b"\x80\x02]."), "trailing-data"),
        (W.file([W.entry("k", ARRAY, W.array(TEXT, 100, W.text("v", HUGE) + bytes(900)))], []), "gguf-overflow"),
        (W.file([W.entry("", U32, bytes(4))] * 50_001, []), "gguf-unread"),
        (W.file([W.entry("k", ARRAY, W.array(ARRAY, 50_001, W.array(0, 0, b"") * 50_001))], []), "gguf-unread"),
        (b"GGUF\x03\0", "gguf-overflow"),
    ],
)
def test_what_leads_out_or_does_not_fit_is_told(data: bytes, expected: str) -> None:
    assert Gguf().claims(data[:4096], Bytes(data))
    assert expected in facts(data)


def test_what_stands_before_a_wrong_number_is_kept() -> None:
    data = W.file([W.entry("tokenizer.chat_template", TEXT, W.text(TEMPLATE)), W.entry("k", 77, b"")], [])
    assert [one.path for one in seen(data) if isinstance(one, Embedded)] == ["tokenizer.chat_template"]


def test_both_templates_under_one_key_are_read() -> None:
    entry = W.entry("tokenizer.chat_template", TEXT, W.text("one"))
    inside = [one for one in seen(W.file([entry, entry.replace(b"one", b"two")], [])) if isinstance(one, Embedded)]
    assert [one.blob.read_at(0, 9) for one in inside] == [b"one", b"two"]


@given(some.integers(0, 500), some.binary(min_size=1, max_size=9), some.integers(0, 500), some.integers(1, 3))
def test_no_change_of_bytes_breaks_the_reader(at: int, value: bytes, cut: int, version: int) -> None:
    base = honest(Writer(version))
    seen(base[:at] + value + base[at + len(value) :])
    seen(base[:cut])


def test_a_long_text_is_stated_by_its_digest_and_a_long_template_is_still_read() -> None:
    long = "x" * (DEFAULT_LIMITS.document_bytes + 1)
    entries = [W.entry(key, TEXT, W.text(long)) for key in ("note", "tokenizer.chat_template")]
    found = seen(W.file(entries, []))
    metadata = next(one.value for one in found if isinstance(one, Property))
    assert isinstance(metadata, dict)
    assert isinstance(metadata["note"], dict)
    assert [one.blob.size for one in found if isinstance(one, Embedded)] == [len(long)]


def test_arrays_within_arrays_are_kept_up_to_a_bound() -> None:
    inner = W.array(0, 64, bytes(64))
    middle = W.array(ARRAY, 64, inner * 64)
    outer = W.array(ARRAY, 64, middle * 64)
    found = seen(W.file([W.entry(str(number), ARRAY, outer) for number in range(20)], []))
    metadata = next(one.value for one in found if isinstance(one, Property))
    assert isinstance(metadata, dict)
    assert isinstance(metadata["0"], list)
    assert isinstance(metadata["19"], dict)
