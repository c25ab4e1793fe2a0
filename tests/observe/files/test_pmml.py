"""PMML: what XML parsers expand or fetch, and scripts in extensions, are told without a parser of XML."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftseal.formats.blob import Bytes
from driftseal.limits import DEFAULT_LIMITS
from driftseal.observe.files.base import Budget, Fact, Property, Seen
from driftseal.observe.files.pmml import Pmml
from growth import grows_linearly

HONEST = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4">
  <!-- <!DOCTYPE x> in a comment -->
  <Header><Application name="SkLearn2PMML" version="0.9"/></Header>
  <Extension name="note" value="made by a function of ours"/>
  <RegressionModel functionName="regression"><Apply function="x-trim"><Constant>java.lang.Math</Constant></Apply>
  </RegressionModel>
</PMML>
"""


def pmml(inside: str, before: str = "") -> str:
    return f'<?xml version="1.0"?>{before}<PMML version="4.4">{inside}</PMML>'


def read(data: bytes) -> list[Seen]:
    limits = DEFAULT_LIMITS
    budget = Budget(limits, limits.unpacked_bytes, limits.archive_members, limits.file_steps)
    return list(Pmml().read(Bytes(data), "model.pmml", budget))


def facts(data: bytes) -> list[tuple[str, str]]:
    assert Pmml().claims(data[:4096], Bytes(data))
    return [(seen.name, seen.subject) for seen in read(data) if isinstance(seen, Fact)]


def test_an_honest_model_says_what_it_is() -> None:
    assert facts(HONEST.encode()) == []
    assert read(HONEST.encode()) == [
        Property("application", "SkLearn2PMML 0.9"),
        Property("models", {"RegressionModel": 1}),
    ]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        (
            pmml("&x;", '<!DOCTYPE PMML [<!ENTITY x SYSTEM "file:///etc/passwd">]>'),
            [("pmml-document-type", ""), ("pmml-entity", "file:///etc/passwd")],
        ),
        (pmml("", '<!DOCTYPE PMML SYSTEM "http://evil/x.dtd">'), [("pmml-document-type", "http://evil/x.dtd")]),
        (pmml("", '<?xml-stylesheet href="http://evil/x.xsl"?>'), [("pmml-instruction", "xml-stylesheet")]),
        (pmml('<xi:include href="file:///etc/passwd"/>'), [("pmml-include", "file:///etc/passwd")]),
        (pmml('<Extension value="import os; os.system(1)"/>'), [("pmml-script", "Extension")]),
        (pmml("<Extension>java.lang.Runtime.getRuntime()</Extension>"), [("pmml-script", "Extension")]),
        (pmml("<Extension><![CDATA[eval(x)]]></Extension>"), [("pmml-script", "Extension")]),
        (pmml("<script>x</script>"), [("pmml-script", "script")]),
        (pmml('<Apply function="com.evil.Run"/>'), [("pmml-foreign-function", "com.evil.Run")]),
    ],
)
def test_what_a_parser_or_evaluator_would_act_on_is_told(source: str, found: list[tuple[str, str]]) -> None:
    assert facts(source.encode()) == found


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_other_encodings_hide_nothing(encoding: str) -> None:
    source = pmml("", '<!DOCTYPE PMML SYSTEM "x">')
    assert [name for name, _ in facts(source.encode(encoding))] == ["pmml-odd-encoding", "pmml-document-type"]


def test_long_documents_take_linear_time() -> None:
    def look(size: int) -> None:
        for part in ("a", "<", "<!--", "<a b='", "<![CDATA[", "<!A", "<?a ?", "<a ", "]]", "&x;", '<a b="c" '):
            read(part.encode() * (size // len(part)))
            read(f"<PMML {part * (size // len(part))}></PMML>".encode())

    assert grows_linearly(look, 50_000)


@pytest.mark.parametrize("data", [b"", b"<html></html>", b"{}", b"PMML", b"<?xml version='1.0'?><plist/>"])
def test_other_files_are_not_claimed(data: bytes) -> None:
    assert not Pmml().claims(data, Bytes(data))


@given(st.text(alphabet="<>!?-[]\"'= aPMLCDATxk&;/", max_size=80))
def test_no_text_breaks_the_reader(text: str) -> None:
    Pmml().claims(text.encode(), Bytes(text.encode()))
    assert isinstance(read(text.encode()), list)
