"""The page of a bill of materials, in a real browser: what it shows, and that nobody's text becomes part of it."""

from __future__ import annotations

import base64
import hashlib
import html.parser
import os
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bom.application import MODELS, application, inventory, report, seen
from bom.hostile_bom import hostile_bom
from commands import driftseal
from driftseal import resources
from driftseal.bom.base import View
from driftseal.bom.html import Html
from driftseal.canonical import show
from driftseal.limits import Limits
from driftseal.model.bom import Bom
from driftseal.model.item import ItemKind
from driftseal.pipeline.bom import build
from report.sample import sample_report

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Dialog, Page

pytestmark = pytest.mark.xdist_group("browser")  # one browser, however many workers there are
HOSTILE = (
    "</script><script>alert(1)</script>",
    "<!--<script>alert(1)//",
    "]]><img src=https://evil.example/a.png onerror=alert(1)>",
    "\"'><svg onload=alert(1)><iframe srcdoc='<script>parent.alert(1)</script>'></iframe>",
    "javascript:alert(1)",
    "https://evil.example/beacon?x=1",
    "@script@@policy@@bom@",
    "__proto__",
    "constructor",
    "\u2028alert(1)\u2029\\u003cscript\\u003e\\",
    "url(https://evil.example/font) expression(alert(1)) </style><style>*{background:url(https://evil.example)}",
    "\x1b[2J\x00\u202egnp.exe\ud800",
    "",
)
MANY = 5000
PATIENCE = 300_000
"""Milliseconds for what a browser does at once where nothing else runs."""


def page_of(bom: Bom, **view: Any) -> str:
    return Html("", View(**view)).render(bom)


@dataclass
class Tab:
    """A page in a browser, with everything that it did beside showing itself."""

    page: Page
    url: str
    requests: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    def answer(self, dialog: Dialog) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def details(self) -> str:
        return self.page.locator("#details").inner_text()

    def shows(self, number: int | str) -> None:
        """Wait until so many parts are left; the policy of the page lets no test evaluate conditions in it."""
        from playwright.sync_api import expect

        expect(self.page.get_by_role("status")).to_have_text(re.compile(f"^{number} of "), timeout=PATIENCE)

    def until(self, holds: Callable[[], bool]) -> None:
        """Wait for what the page shows or says a moment later."""
        for _ in range(PATIENCE // 100):
            if holds():
                return
            self.page.wait_for_timeout(100)
        pytest.fail("it never came")

    def names(self) -> list[str]:
        return self.page.locator("#table tbody td.name").all_inner_texts()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    found = next(
        (path for name in ("chromium", "google-chrome", "chromium-browser") if (path := shutil.which(name))), ""
    )
    if not found:
        pytest.skip("no chromium is installed")
    with playwright.sync_playwright() as driver:
        # Chromium refuses its sandbox to root, which is who tests run as in containers.
        rights = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        started = driver.chromium.launch(executable_path=found, args=rights, timeout=PATIENCE)
        yield started
        started.close()


@pytest.fixture
def open_page(browser: Browser, tmp_path: Path) -> Iterator[Any]:
    contexts: list[BrowserContext] = []

    def opened(bom: Bom, *, prepare: str = "", **context: Any) -> Tab:
        path = tmp_path / "bom.html"
        path.write_text(page_of(bom), encoding="utf-8")
        contexts.append(browser.new_context(viewport={"width": 1300, "height": 900}, **context))
        contexts[-1].set_default_timeout(PATIENCE)
        page = contexts[-1].new_page()
        tab = Tab(page, path.as_uri())
        page.on("request", lambda request: tab.requests.append(request.url))
        page.on("console", lambda message: tab.said.append(message.text))
        page.on("pageerror", lambda error: tab.said.append(str(error)))
        page.on("dialog", tab.answer)
        if prepare:
            page.add_init_script(prepare)
        page.goto(tab.url)
        page.wait_for_selector("html[data-ready]", timeout=PATIENCE)
        return tab

    yield opened
    for context in contexts:
        context.close()


def shop() -> Bom:
    """An application, and servers that were asked, with findings and drift."""
    ours, servers = application(), sample_report()
    both = replace(servers, snapshots=(*ours.snapshots, *servers.snapshots), gaps=(*ours.gaps, *servers.gaps))
    return build(both, root_name="shop")


# --- the file --------------------------------------------------------------------------------


class Elements(html.parser.HTMLParser):
    """Every element with its attributes, as a parser of HTML sees them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_adds_an_element_to_the_file(text: str) -> None:
    assert Elements(page_of(hostile_bom(text))).found == Elements(page_of(hostile_bom("plain"))).found


def test_the_policy_forbids_every_request_and_every_script_but_ours() -> None:
    text = page_of(shop())
    (policy,) = (of["content"] for tag, of in Elements(text).found if of.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    told = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    inline = re.findall(r"<(?:script|style)(?: id=\"_[^\"]*\")?>(.*?)</(?:script|style)>", text, re.DOTALL)
    hashes = [f"'sha256-{base64.b64encode(hashlib.sha256(one.encode()).digest()).decode()}'" for one in inline]
    assert told == {
        "default-src": "'none'",
        "style-src": hashes[0],
        "script-src": " ".join(hashes[1:]),
        "base-uri": "'none'",
        "form-action": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }


def test_the_page_names_nothing_outside_itself() -> None:
    told = [(tag, name, value) for tag, of in Elements(page_of(shop())).found for name, value in of.items()]
    assert [one for one in told if one[1] in {"src", "href", "action", "srcset", "data", "poster"}] == [
        ("a", "href", "#table")
    ]


def test_no_file_of_ours_ends_the_element_that_it_stands_in() -> None:
    for path in (*resources.folder("sbom").glob("page/*.?s"), *resources.folder("sbom").glob("vendor/*/*.js")):
        assert not re.search(r"</(?:script|style)|<!--|\r", path.read_text(encoding="utf-8"), re.IGNORECASE), path


def test_the_library_is_the_one_that_we_say() -> None:
    folder = resources.folder("sbom")
    readme = (folder / "README.md").read_text(encoding="utf-8")
    (library,) = folder.glob("vendor/cytoscape-*/cytoscape.min.js")
    assert hashlib.sha256(library.read_bytes()).hexdigest() in readme
    assert "Permission is hereby granted, free of charge" in (library.parent / "LICENSE").read_text(encoding="utf-8")
    assert f"Cytoscape.js {library.parent.name.removeprefix('cytoscape-')} " in page_of(shop())


def test_the_same_bill_gives_the_same_page() -> None:
    assert page_of(shop()) == page_of(shop())


@pytest.mark.parametrize("form", [("-f", "html"), ("-f", "text"), ("--profile", "annex-xi")])
def test_what_people_read_is_the_same_from_every_folder(tmp_path: Path, form: tuple[str, ...]) -> None:
    project = tmp_path / "shop"
    project.mkdir()
    (project / "app.py").write_text("from openai import OpenAI\nOpenAI().responses.create(model='gpt-4o')\n")
    env = {"SOURCE_DATE_EPOCH": "1767323045", "HOME": str(tmp_path / "home")}
    here = driftseal("bom", *form, cwd=project, env=env).stdout
    there = driftseal("bom", "shop", *form, cwd=tmp_path, env=env).stdout
    assert here == there
    assert "gpt-4o" in here or "of 1 model" in here
    assert str(tmp_path) not in here


def test_what_a_page_cannot_hold_is_counted() -> None:
    bom = build(report(inventory(*MODELS)), root_name="shop")
    total = len([*bom.everything()]) + len(bom.services)
    assert total > 3
    assert f'"leftOut":{total - 3}' in page_of(bom, limits=replace(Limits(), page_parts=3))


def test_the_command_writes_the_page(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("from openai import OpenAI\nOpenAI().responses.create(model='gpt-4o')\n")
    done = driftseal("bom", "-f", "html", "-o", "bom.html", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    assert '"name":"gpt-4o"' in (tmp_path / "bom.html").read_text(encoding="utf-8")


# --- in a browser ----------------------------------------------------------------------------


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_runs_asks_or_shows_anything_but_itself(open_page: Any, text: str) -> None:
    tab = open_page(hostile_bom(text))
    elements = tab.page.evaluate("document.querySelectorAll('script, style, img, svg, iframe, link, object, a').length")
    buttons = tab.page.locator("#table tbody button")
    for number in range(buttons.count()):
        buttons.nth(number).click()
        assert show(text)[:20] in tab.details()
    tab.page.get_by_label("Search").fill(text.replace("\x00", "").replace("\ud800", ""))
    tab.page.select_option("#layout", "kinds")
    tab.page.wait_for_timeout(300)
    assert tab.requests == [tab.url]
    assert tab.said == []
    assert tab.dialogs == []
    # JSON, library, script, style and the link that skips: what the file itself has.
    assert elements == 5
    assert (
        tab.page.evaluate("document.querySelectorAll('script, style, img, svg, iframe, link, object, a').length") == 5
    )
    assert tab.page.evaluate("Object.keys(Object.prototype).length") == 0


def test_the_policy_holds_in_a_browser(open_page: Any) -> None:
    tab = open_page(shop())
    tab.page.evaluate("fetch('https://evil.example/').catch(() => 0)")
    tab.page.evaluate("document.body.append(Object.assign(new Image(), { src: 'https://evil.example/x.png' }))")
    assert tab.page.evaluate(
        "(() => { try { document.body.innerHTML = 'x'; return 'set'; } catch { return 'refused'; } })()"
    ) == ("refused")
    tab.until(lambda: len([line for line in tab.said if "Content Security Policy" in line]) >= 2)


def test_everything_stands_in_the_table(open_page: Any) -> None:
    bom = shop()
    tab = open_page(bom)
    named = {part.name for part in bom.everything()} | {service.name for service in bom.services}
    assert len(tab.names()) == len(bom.services) + len([*bom.everything()])
    assert [name for name in named if not any(name in told for told in tab.names())] == []
    assert tab.page.get_by_role("status").inner_text() == "43 of 43 parts shown."
    assert "src/odd.py: not UTF-8" in tab.page.locator("#gaps").inner_text()


def test_words_kinds_and_marks_narrow_what_is_shown(open_page: Any) -> None:
    tab = open_page(shop())
    tab.page.get_by_label("Search").fill("QWEN f2826a00ceef")
    tab.shows(1)
    assert tab.names() == ["Qwen/Qwen2-7B"]
    tab.page.get_by_label("Search").fill("")
    tab.shows(43)
    tab.page.get_by_label("with findings").check()
    tab.shows(4)
    assert sorted(tab.names()) == ["forecast", "history", "send_mail", "weather"]
    tab.page.get_by_label("Tools 4").uncheck()
    tab.shows(1)
    assert tab.names() == ["weather"]


def test_a_chosen_part_tells_all_that_is_known_of_it(open_page: Any) -> None:
    tab = open_page(shop())
    tab.page.get_by_role("row", name="Qwen/Qwen2-7B").get_by_role("button").click()
    told = tab.details()
    for text in ("Qwen/Qwen2-7B", "model", "f2826a00ceef68f0f2b946d945ecc0477ce4450c", "src/app.py:14 (load)",
                 "config.yaml:3", "pkg:huggingface/Qwen/Qwen2-7B@f2826a00", "driftseal:model:provider"):  # fmt: skip
        assert text in told
    tab.page.get_by_role("row", name="send_mail").get_by_role("button").click()
    assert "shadowing" in tab.details()
    tab.page.locator("#details").get_by_role("button", name="weather", exact=True).click()
    assert "launch-unpinned" in tab.details()
    assert "Name an exact version." in tab.details()


def test_keys_alone_lead_to_the_details_and_back_through_links(open_page: Any) -> None:
    tab = open_page(shop())
    tab.page.get_by_role("row", name="git MCP server").get_by_role("button").focus()
    tab.page.keyboard.press("Enter")
    assert tab.page.evaluate("document.activeElement.id") == "details-heading"
    tab.page.keyboard.press("Tab")
    assert tab.page.evaluate("document.activeElement.textContent") == "GITHUB_TOKEN"
    tab.page.keyboard.press("Enter")
    assert tab.details().startswith("GITHUB_TOKEN")
    tab.page.locator("#graph").focus()
    before = tab.page.locator("#graph").screenshot()
    tab.page.keyboard.press("+")
    tab.page.keyboard.press("ArrowLeft")
    tab.until(lambda: tab.page.locator("#graph").screenshot() != before)


def test_a_click_on_a_node_chooses_it(open_page: Any) -> None:
    tab = open_page(build(report(), root_name="alone"))
    box = tab.page.locator("#graph").bounding_box()
    tab.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2 - 6)
    tab.page.locator("#details-heading").get_by_text("alone", exact=True).wait_for()
    assert tab.details().startswith("alone")


def test_a_heading_sorts_and_says_so(open_page: Any) -> None:
    tab = open_page(shop())
    heading = tab.page.get_by_role("columnheader", name="Name")
    heading.get_by_role("button").click()
    assert heading.get_attribute("aria-sort") == "ascending"
    assert tab.names() == sorted(tab.names(), key=str.lower)
    heading.get_by_role("button").click()
    assert heading.get_attribute("aria-sort") == "descending"


@pytest.mark.parametrize(("scheme", "ground"), [("light", "rgb(255, 255, 255)"), ("dark", "rgb(18, 21, 27)")])
def test_the_page_is_light_or_dark_as_people_want_it(open_page: Any, scheme: str, ground: str) -> None:
    tab = open_page(shop(), color_scheme=scheme)
    assert tab.page.evaluate("getComputedStyle(document.body).backgroundColor") == ground


@pytest.mark.parametrize("width", [400, 900, 1300])
def test_no_name_makes_the_page_wider_than_its_window(open_page: Any, width: int) -> None:
    tab = open_page(hostile_bom("W" * 300))
    tab.page.set_viewport_size({"width": width, "height": 900})
    tab.page.locator("#table tbody button").first.click()
    assert tab.page.evaluate("document.documentElement.scrollWidth") <= width
    panel = tab.page.locator("#details")
    assert panel.evaluate("panel => panel.scrollWidth <= panel.clientWidth")


def test_thousands_of_parts_are_drawn_listed_and_found(open_page: Any) -> None:
    many = [seen(ItemKind.MODEL, f"openai:m{number:04}", {"provider": "openai", "id": f"m{number:04}", "hosted": True})
            for number in range(MANY)]  # fmt: skip
    tab = open_page(build(report(inventory(*many)), root_name="many"))
    assert tab.page.get_by_role("status").inner_text() == "5,001 of 5,001 parts shown; the graph draws the first 5,000."
    assert len(tab.names()) == 200
    tab.page.get_by_role("button", name="Show more").click()
    assert len(tab.names()) == 400
    tab.page.get_by_label("Search").fill("m4999")
    tab.shows(1)
    assert tab.names() == ["m4999"]
    assert tab.said == []
    tab.page.get_by_role("row", name="m4999").get_by_role("button").click()
    assert tab.details().startswith("m4999")
    for how in ("kinds", "links"):
        tab.page.select_option("#layout", how)
    tab.page.get_by_label("Search").fill("")
    tab.shows("5,001")
    assert tab.said == []


def test_without_a_canvas_the_table_is_the_page(open_page: Any) -> None:
    tab = open_page(shop(), prepare="HTMLCanvasElement.prototype.getContext = () => null")
    assert "cannot draw the graph" in tab.page.locator("#graph").inner_text()
    tab.page.get_by_role("row", name="Qwen/Qwen2-7B").get_by_role("button").click()
    assert tab.details().startswith("Qwen/Qwen2-7B")
