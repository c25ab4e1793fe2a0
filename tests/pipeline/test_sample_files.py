"""Examples of rules write files as bytes that a person can read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from detect.poison import rule
from driftseal.errors import RuleError
from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.item import Json
from driftseal.model.rule import Sample
from driftseal.pipeline import rules_test
from driftseal.pipeline._sample_files import assemble
from driftseal.pipeline._sample_signatures import made


@pytest.mark.parametrize(
    ("written", "data"),
    [
        ('80 02 "cposix\\nsystem\\n"   # GLOBAL', b"\x80\x02cposix\nsystem\n"),
        ('00*4 ff "a\\"b\\\\" 0A0b', b'\0\0\0\0\xffa"b\\\n\x0b'),
        ('"# no comment" # a comment\n01', b"# no comment\x01"),
        ("", b""),
    ],
)
def test_hexadecimal_texts_repetitions_and_comments_become_bytes(written: str, data: bytes) -> None:
    assert assemble(written, "x.yaml", DEFAULT_LIMITS) == data


@pytest.mark.parametrize("written", ["8", "zz", '"open', "80 0"])
def test_anything_else_is_an_error_that_shows_it(written: str) -> None:
    with pytest.raises(RuleError, match=r"x\.yaml: neither hexadecimal nor a quoted text"):
        assemble(written, "x.yaml", DEFAULT_LIMITS)


@pytest.mark.parametrize("written", ["00*99999999999", "00*33554433", "ff 00*33554432", "00*" + "9" * 5000])
def test_an_example_makes_no_more_than_one_file_may_hold(written: str) -> None:
    with pytest.raises(RuleError, match=r"x\.yaml: an example makes more than 33554432 bytes"):
        assemble(written, "x.yaml", DEFAULT_LIMITS)


@pytest.mark.parametrize("by", [[], {}, ["trusted"], 1, None])
def test_a_signature_by_somebody_who_is_no_name_is_an_error_of_the_rule(by: Json) -> None:
    with pytest.raises(RuleError, match="signs holds files by name, ignored, and by"):
        made(rule({}), {"files": {"a.bin": "a"}, "by": by})


@pytest.mark.parametrize("kind", ["nothing", None, ["duplicate-item"]])
def test_an_oddity_of_no_known_kind_is_an_error_of_the_rule(kind: Json) -> None:
    sample = Sample("odd", {"anomaly": {"kind": kind}})
    with pytest.raises(RuleError, match="no kind of anomaly"):
        list(rules_test.run((replace(rule({}, detector="protocol"), positives=(sample,)),), DEFAULT_LIMITS))
