from __future__ import annotations

import pytest

from driftseal.errors import FormatError, LimitExceeded
from driftseal.formats import intellij, xml
from driftseal.formats.xml import Element
from driftseal.limits import DEFAULT_LIMITS, Limits
from growth import grows_linearly


def parse(text: str) -> Element:
    return xml.parse(text.encode(), "a.xml", DEFAULT_LIMITS)


def test_elements_attributes_and_lines_are_read_and_text_is_not() -> None:
    root = parse(
        '<?xml version="1.0" encoding="UTF-8"?>\n<!-- a > b -->\n'
        '<a x="1" y=\'"\'>\n t <b/><![CDATA[<c/>]]>\n<b z=""/></a>\n'
    )
    assert (root.tag, dict(root.attributes), root.line) == ("a", {"x": "1", "y": '"'}, 3)
    assert [(child.tag, child.line, dict(child.attributes)) for child in root.children] == [
        ("b", 4, {}),
        ("b", 5, {"z": ""}),
    ]


def test_the_five_entities_and_numbers_stand_for_their_characters() -> None:
    assert parse('<a x="&lt;&gt;&amp;&quot;&apos;&#65;&#x1F600;&amp;lt;"/>').attributes["x"] == "<>&\"'A\U0001f600&lt;"


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE a [<!ENTITY x "lol">]><a y="&x;"/>',
        '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        '<?xml version="1.0"?><!DOCTYPE a><a/>',
        "<a><!ENTITY x 'y'></a>",
        '<a y="&x;"/>',
        '<a y="&"/>',
        '<a y="&#0;"/>',
        '<a y="&#xD800;"/>',
        '<a y="&#9999999;"/>',
        '<?xml version="1.0" encoding="UTF-16"?><a/>',
        "<a><?php x ?></a>",
        '<?xml-stylesheet href="x"?><a/>',
        "<a><b></a></b>",
        "<a>",
        "</a>",
        "<a/><b/>",
        "x<a/>",
        "<a/>x",
        '<a x="1" x="2"/>',
        '<a x="<"/>',
        "<a x=1/>",
        "<a",
        "<!-- a -- b --><a/>",
        "<![CDATA[x<a/>",
        "",
    ],
)  # fmt: skip
def test_what_can_expand_and_what_is_broken_is_refused_without_its_text(text: str) -> None:
    with pytest.raises(FormatError, match=r"a\.xml:1: not XML as settings are written in: ") as told:
        parse(text)
    assert "lol" not in str(told.value)
    assert "passwd" not in str(told.value)


def test_the_line_of_what_is_refused_is_told() -> None:
    with pytest.raises(FormatError, match=r"^a\.xml:3: .* an element is closed that is not open"):
        parse("<a>\n<b>\n</a>")


def test_size_and_depth_are_bounded() -> None:
    with pytest.raises(LimitExceeded, match="larger than 10 bytes"):
        xml.parse(b"<a>       </a>", "a.xml", Limits(slow_text_bytes=10))
    deep = DEFAULT_LIMITS.json_depth
    assert parse("<a>" * (deep - 1) + "</a>" * (deep - 1)).tag == "a"
    with pytest.raises(LimitExceeded, match="nested deeper"):
        parse("<a>" * (deep + 1))


def test_other_encodings_are_refused() -> None:
    with pytest.raises(FormatError, match="not UTF-8 at byte 0"):
        xml.parse("<a/>".encode("utf-16"), "a.xml", DEFAULT_LIMITS)


@pytest.mark.parametrize(
    "unit",
    ["<", "<a ", "<a/>", "<!--", "-", "<![CDATA[", "]", 'x="y" ', "<a x='", "&", "&#1", " ", "<?xml ", "</a", "\n"],
)
def test_time_grows_no_faster_than_the_text(unit: str) -> None:
    def look(size: int) -> None:
        for lead in ("", "<a ", "<a>", '<a x="', "<!--", "<![CDATA["):
            with pytest.raises((FormatError, LimitExceeded)):
                parse(lead + unit * (size // len(unit)))

    assert grows_linearly(look, 40_000)


def test_components_of_an_ide_become_plain_values() -> None:
    text = """<application>
      <component name="C">
        <option name="enabled" value="false" /><option name="other" value="false" /><option name="none" />
        <option name="l"><list><option value="a" /><option value="b" /></list></option>
        <option name="m"><map><entry key="k" value="v" /></map></option>
        <X><envs><env name="N" value="v" /></envs></X>
        <X><option name="enabled" value="perhaps" /></X>
      </component>
      <component name="D"><option name="n" value="1" /><option name="n" value="2" /></component>
      <component><option name="ignored" value="1" /></component>
      <other name="C"/>
    </application>"""
    found = intellij.parse(text.encode(), "a.xml", DEFAULT_LIMITS)
    assert found.value == {
        "C": {
            "enabled": False, "other": "false", "none": None, "l": ["a", "b"], "m": {"k": "v"},
            "X": [{"envs": {"N": "v"}}, {"enabled": "perhaps"}],
        },
        "D": {"n": "1", "n#2": "2"},
    }  # fmt: skip
    assert found.duplicate_keys == ("n",)
    places = {"/C": 2, "/C/enabled": 3, "/C/l/1": 4, "/C/m/k": 5, "/C/X/0/envs/N": 6, "/C/X/1": 7, "/D/n#2": 9, "/E": 0}
    assert {pointer: found.line(pointer) for pointer in places} == places


def test_settings_of_one_name_that_comes_very_often_take_no_quadratic_time() -> None:
    def read(count: int) -> None:
        options = '<option name="a"/>' * count
        text = f"<p><component name='C'>{options}</component></p>"
        assert len(intellij.parse(text.encode(), "a.xml", DEFAULT_LIMITS).duplicate_keys) == 1

    assert grows_linearly(read, 2000)


def test_many_settings_below_long_names_are_refused() -> None:
    inside = "".join(f"<option name='{number}' value='x'/>" for number in range(5))
    text = f"<p><component name='C'><option name='{'k' * 1000}'><a>{inside}</a></option></component></p>".encode()
    intellij.parse(text, "a.xml", Limits(pointer_chars=10_000))
    with pytest.raises(LimitExceeded, match=r"a\.xml: too many values below too long names"):
        intellij.parse(text, "a.xml", Limits(pointer_chars=5000))
