"""Extensions of browsers and editors: those of AI are told with what they may do, and no others."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from configured import write
from driftseal.model.item import ItemKind, Json
from machines import CHROME_STORE, CLAUDE, EDGE_STORE, chromium, content, look, named, places, put

CHROME = {
    "linux": ".config/google-chrome",
    "darwin": "Library/Application Support/Google/Chrome",
    "win32": "AppData/Local/Google/Chrome/User Data",
}
FIREFOX = {
    "linux": ".mozilla/firefox/x.default",
    "darwin": "Library/Application Support/Firefox/Profiles/x.default",
    "win32": "AppData/Roaming/Mozilla/Firefox/Profiles/x.default",
}
JETBRAINS = {
    "linux": ".local/share/JetBrains/PyCharm2026.1",
    "darwin": "Library/Application Support/JetBrains/PyCharm2026.1/plugins",
    "win32": "AppData/Roaming/JetBrains/PyCharm2026.1/plugins",
}
ZED = {
    "linux": ".local/share/zed/extensions/installed",
    "darwin": "Library/Application Support/Zed/extensions/installed",
    "win32": "AppData/Local/Zed/extensions/installed",
}
HONEST: list[dict[str, Json]] = [
    {"name": "uBlock Origin", "description": "An efficient blocker.", "host_permissions": ["<all_urls>"]},
    {"name": "Dark Reader", "description": "Dark mode for every website.", "host_permissions": ["*://*/*"]},
    {"name": "Gemini Wallet", "description": "A crypto wallet of the exchange.", "host_permissions": ["https://*/*"]},
    {"name": "Vimium", "description": "The Hacker's Browser. Keyboard navigation."},
    {"name": "Adobe AI Viewer", "description": "Open .ai files of Illustrator, AI made easy."},
    {"name": "Sailing Copilot", "description": "Tides and winds for skippers."},
    {"name": "Google Docs Offline", "host_permissions": ["https://docs.google.com/*", "https://*.googleapis.com/*"]},
    {"name": "Siderite Theme", "description": "Brown colours."},
    {"name": "Merlin Bird Finder", "description": "Birds by their song."},
    {"name": "Gemini: star map", "description": "A generative drawing of the sky."},
    {"name": "Local preview", "host_permissions": ["http://localhost:3000/*"]},
    {"name": "Notes", "description": "Faster with AI."},
    {
        "name": "Shop Coupons",
        "host_permissions": ["https://you.com/*", *(f"https://shop{n}.example/*" for n in range(60))],
    },
]


def an_id(number: int) -> str:
    return "".join(chr(ord("a") + int(digit, 16)) for digit in f"{number:032x}")


@pytest.mark.parametrize("platform", CHROME)
def test_an_extension_is_told_once_with_its_permissions_and_every_profile_that_holds_it(
    tmp_path: Path, platform: str
) -> None:
    home = tmp_path / "home"
    manifest: dict[str, Json] = {
        "name": "Claude",
        "version": "1.0.36",
        "permissions": ["tabs", "debugger", "https://api.anthropic.com/*"],
        "host_permissions": ["<all_urls>"],
        "content_scripts": [{"matches": ["https://claude.ai/*"]}],
        "update_url": CHROME_STORE,
    }
    for profile in ("Default", "Profile 1"):
        chromium(home, f"{CHROME[platform]}/{profile}", CLAUDE, manifest, "1.0.36_0")
    taken = look(tmp_path, platform)
    assert not taken.gaps
    assert [item.key for item in taken.items] == [f"extension:chrome-web-store:{CLAUDE}"]
    assert content(taken.items[0]) == {
        "store": "chrome-web-store",
        "id": CLAUDE,
        "title": "Claude",
        "version": "1.0.36",
        "permissions": ["debugger", "tabs"],
        "hosts": ["<all_urls>", "https://api.anthropic.com/*", "https://claude.ai/*"],
        "role": "assistant",
    }
    assert places(taken.items[0]) == [
        f"~/{CHROME[platform]}/{profile}/Extensions/{CLAUDE}/1.0.36_0/manifest.json"
        for profile in ("Default", "Profile 1")
    ]
    assert taken.items[0].evidence[0].confidence == 0.95


def test_honest_extensions_that_are_not_of_ai_are_not_told(tmp_path: Path) -> None:
    for number, manifest in enumerate(HONEST):
        chromium(tmp_path / "home", f"{CHROME['linux']}/Default", an_id(number), {**manifest, "version": "1"})
    taken = look(tmp_path)
    assert not taken.gaps
    assert [content(item)["title"] for item in taken.items] == []


def test_what_only_sounds_like_ai_is_a_guess_for_who_asks_for_guesses(tmp_path: Path) -> None:
    for number, manifest in enumerate(HONEST):
        chromium(tmp_path / "home", f"{CHROME['linux']}/Default", an_id(number), {**manifest, "version": "1"})
    guesses = {content(item)["title"] for item in look(tmp_path, least=0.0).items}
    assert guesses == {
        "Gemini Wallet",
        "Gemini: star map",
        "Merlin Bird Finder",
        "Notes",
        "Sailing Copilot",
        "Shop Coupons",
    }


@pytest.mark.parametrize(
    ("manifest", "confidence"),
    [
        ({"name": "Pad", "host_permissions": ["https://api.openai.com/*"]}, 0.85),
        ({"name": "Pad", "permissions": ["*://*.claude.ai/*"]}, 0.85),
        ({"name": "Pad", "host_permissions": ["http://localhost:11434/*"]}, 0.85),
        ({"name": "Pad", "host_permissions": ["https://*.openai.azure.com/*"]}, 0.85),
        ({"name": "Pad", "content_scripts": [{"matches": ["https://chatgpt.com/*"]}]}, 0.6),
        ({"name": "Pad: AI assistant for mail"}, 0.7),
        ({"name": "Gemini for tabs", "description": "Asks a language model."}, 0.6),
        ({"name": "Sider: chat with GPT"}, 0.9),
    ],
)
def test_hosts_and_words_tell_an_extension_of_ai_with_how_sure_that_is(
    tmp_path: Path, manifest: dict[str, Json], confidence: float
) -> None:
    chromium(tmp_path / "home", f"{CHROME['linux']}/Default", an_id(7), {**manifest, "version": "1"})
    (item,) = look(tmp_path).items
    assert item.evidence[0].confidence == confidence


def test_names_that_stand_in_a_file_of_messages_are_resolved_whatever_their_case(tmp_path: Path) -> None:
    manifest: dict[str, Json] = {"name": "__MSG_extName__", "default_locale": "en_US", "update_url": EDGE_STORE}
    path = chromium(tmp_path / "home", f"{CHROME['linux']}/Default", an_id(1), manifest)
    put(path.parent, "_locales/en_US/messages.json", {"EXTNAME": {"message": "Chat with LLMs"}})
    (item,) = look(tmp_path).items
    assert content(item)["title"] == "Chat with LLMs"
    assert content(item)["store"] == "edge-addons"


def test_a_locale_that_leads_elsewhere_is_not_followed(tmp_path: Path) -> None:
    put(tmp_path / "home", "_locales/x/messages.json", {"a": {"message": "LLM"}})
    manifest: dict[str, Json] = {"name": "__MSG_a__", "default_locale": "../../../../../../../_locales/x"}
    path = chromium(tmp_path / "home", f"{CHROME['linux']}/Default", an_id(1), manifest)
    (path.parent / "_locales").mkdir()
    assert look(tmp_path).items == ()


def test_of_several_versions_that_lie_there_the_newest_counts(tmp_path: Path) -> None:
    for version in ("9.0.1", "10.0.0"):
        manifest: dict[str, Json] = {"name": "Claude", "version": version, "update_url": CHROME_STORE}
        chromium(tmp_path / "home", f"{CHROME['linux']}/Default", CLAUDE, manifest, f"{version}_0")
    (item,) = look(tmp_path).items
    assert content(item)["version"] == "10.0.0"


def test_two_profiles_with_two_versions_are_two_items(tmp_path: Path) -> None:
    for profile, version in (("Default", "1.0"), ("Profile 1", "2.0")):
        manifest: dict[str, Json] = {"name": "Claude", "version": version, "update_url": CHROME_STORE}
        chromium(tmp_path / "home", f"{CHROME['linux']}/{profile}", CLAUDE, manifest)
    assert [(item.name, len(item.evidence)) for item in look(tmp_path).items] == [
        (f"chrome-web-store:{CLAUDE}@1.0", 1),
        (f"chrome-web-store:{CLAUDE}@2.0", 1),
    ]


@pytest.mark.parametrize("platform", FIREFOX)
def test_add_ons_of_firefox_are_told_with_permissions_and_origins(tmp_path: Path, platform: str) -> None:
    addons: list[Json] = [
        {
            "id": "sider@example.org",
            "type": "extension",
            "version": "4.2",
            "defaultLocale": {"name": "Sider: ChatGPT sidebar", "description": "Chat."},
            "userPermissions": {"permissions": ["tabs"], "origins": ["<all_urls>"]},
        },
        {"id": "dark@x", "type": "theme", "version": "1", "defaultLocale": {"name": "ChatGPT theme"}},
        {"id": "ub@x", "type": "extension", "version": "1", "defaultLocale": {"name": "uBlock Origin"}},
        "odd",
    ]
    put(tmp_path / "home", f"{FIREFOX[platform]}/extensions.json", {"addons": addons})
    taken = look(tmp_path, platform)
    assert [item.name for item in taken.items] == ["firefox-addons:sider@example.org"]
    assert content(taken.items[0])["permissions"] == ["tabs"]
    assert content(taken.items[0])["hosts"] == ["<all_urls>"]
    assert places(taken.items[0]) == [f"~/{FIREFOX[platform]}/extensions.json"]


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_extensions_of_editors_are_told_by_store_and_what_they_contribute(tmp_path: Path, platform: str) -> None:
    home = tmp_path / "home"
    extensions: list[tuple[str, dict[str, Json]]] = [
        (".vscode", {"publisher": "GitHub", "name": "copilot", "version": "1.300.0", "displayName": "GitHub Copilot"}),
        (
            ".cursor",
            {
                "publisher": "acme",
                "name": "tools",
                "version": "2.0.0",
                "displayName": "%name%",
                "contributes": {"languageModelTools": [{"name": "x"}], "mcpServerDefinitionProviders": [{"id": "m"}]},
                "enabledApiProposals": ["chatProvider"],
            },
        ),
        (".vscode", {"publisher": "esbenp", "name": "prettier-vscode", "version": "1.0.0", "displayName": "Prettier"}),
        (".vscode", {"publisher": "m", "name": "gone", "version": "1.0.0", "displayName": "ChatGPT helper"}),
    ]
    for editor, manifest in extensions:
        folder = f"{editor}/extensions/{manifest['publisher']}.{manifest['name']}-{manifest['version']}"
        put(home, f"{folder}/package.json", manifest)
        put(home, f"{folder}/package.nls.json", {"name": "Acme Tools"})
    put(home, ".vscode/extensions/.obsolete", {"m.gone-1.0.0": True})
    put(home, ".vscode/extensions/extensions.json", [])
    taken = look(tmp_path, platform)
    assert not taken.gaps
    assert {name: content(item) for name, item in named(taken, ItemKind.EXTENSION).items()} == {
        "vscode-marketplace:github.copilot": {
            "store": "vscode-marketplace",
            "id": "github.copilot",
            "title": "GitHub Copilot",
            "version": "1.300.0",
            "role": "code",
        },
        "open-vsx:acme.tools": {
            "store": "open-vsx",
            "id": "acme.tools",
            "title": "Acme Tools",
            "version": "2.0.0",
            "permissions": ["chatProvider", "languageModelTools", "mcpServerDefinitionProviders"],
            "role": "tools",
        },
    }


def test_an_extension_that_the_editor_loads_from_elsewhere_is_told_by_its_id(tmp_path: Path) -> None:
    home = tmp_path / "home"
    listed: list[Json] = [
        {"identifier": {"id": id_}, "version": version, "relativeLocation": location}
        for id_, version, location in (
            ("OpenAI.chatgpt", "0.5.1", "../dev/chatgpt"),
            ("github.copilot", "2.0.0", "github.copilot-2.0.0"),
            ("acme.secret", "1.0.0", "../dev/secret"),
        )
    ]
    put(home, ".vscode/extensions/extensions.json", listed)
    manifest: dict[str, Json] = {"publisher": "github", "name": "copilot", "version": "2.0.0"}
    put(home, ".vscode/extensions/github.copilot-2.0.0/package.json", manifest)
    assert {item.name: places(item) for item in look(tmp_path).items} == {
        "vscode-marketplace:github.copilot": ["~/.vscode/extensions/github.copilot-2.0.0/package.json"],
        "vscode-marketplace:openai.chatgpt": ["~/.vscode/extensions/extensions.json"],
    }


def plugin(path: Path, descriptor: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("com/acme/A.class", b"\xca\xfe")
        archive.writestr("META-INF/plugin.xml", descriptor)


@pytest.mark.parametrize("platform", JETBRAINS)
def test_plug_ins_of_jetbrains_are_told_by_the_descriptor_in_their_archive(tmp_path: Path, platform: str) -> None:
    folder = tmp_path / "home" / JETBRAINS[platform]
    plugin(
        folder / "github-copilot-intellij/lib/core.jar",
        '<?xml version="1.0"?><!DOCTYPE idea-plugin PUBLIC "a" "b"><idea-plugin><id>com.github.copilot</id>'
        "<name>GitHub Copilot &amp; Chat</name><version>1.5.2</version></idea-plugin>",
    )
    write(folder, "github-copilot-intellij/lib/a-github-copilot-intellij.jar", b"PK\x05\x06" + bytes(18))
    plugin(
        folder / "rainbow/lib/rainbow.jar", "<idea-plugin><id>rainbow</id><name>Rainbow Brackets</name></idea-plugin>"
    )
    plugin(folder / "single.jar", "<idea-plugin><name>Ollama Commits</name></idea-plugin>")
    taken = look(tmp_path, platform)
    assert not taken.gaps
    assert {name: content(item).get("version") for name, item in named(taken, ItemKind.EXTENSION).items()} == {
        "jetbrains-marketplace:com.github.copilot": "1.5.2",
        "jetbrains-marketplace:Ollama Commits": None,
    }
    assert content(taken.items[-1])["title"] == "GitHub Copilot & Chat"


@pytest.mark.parametrize("platform", ZED)
def test_extensions_of_zed_that_serve_agents_are_told(tmp_path: Path, platform: str) -> None:
    folder = tmp_path / "home" / ZED[platform]
    server = 'id = "mcp-x"\nname = "X"\nversion = "0.1.0"\n[context_servers.x]\n'
    write(folder, "mcp-x/extension.toml", server)
    write(folder, "html/extension.toml", 'id = "html"\nname = "HTML"\nversion = "0.1.0"\n')
    taken = look(tmp_path, platform)
    assert [(item.name, content(item)["permissions"]) for item in taken.items] == [("zed:mcp-x", ["context_servers"])]


def test_plug_ins_of_neovim_and_sublime_are_told_by_name_and_locked_commit(tmp_path: Path) -> None:
    home = tmp_path / "home"
    put(
        home,
        ".config/nvim/lazy-lock.json",
        {"avante.nvim": {"commit": "a" * 40}, "telescope.nvim": {"commit": "b" * 40}},
    )
    for name in ("avante.nvim", "telescope.nvim"):
        (home / ".local/share/nvim/lazy" / name).mkdir(parents=True)
    write(home, ".config/sublime-text/Installed Packages/LSP-copilot.sublime-package", b"")
    taken = look(tmp_path)
    assert {item.name: content(item).get("version") for item in taken.items} == {
        "neovim:avante.nvim": "a" * 40,
        "sublime:lsp-copilot": None,
    }
