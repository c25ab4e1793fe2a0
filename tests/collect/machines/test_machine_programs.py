"""Programs that run models or agents, whatever way they were installed in."""

from __future__ import annotations

import plistlib
from pathlib import Path

from configured import write
from driftseal.model.item import ItemKind
from machines import content, look, named, places, put


def test_on_linux_menus_folders_snaps_and_flatpaks_tell_programs(tmp_path: Path) -> None:
    system = tmp_path / "system"
    entry = "[Desktop Entry]\nName=Cursor\nExec=/home/alice/cursor --token=sk-canary\nX-AppImage-Version=1.7.4\n"
    write(system, "usr/share/applications/cursor.desktop", entry)
    write(system, "usr/share/applications/org.gnome.Calculator.desktop", "[Desktop Entry]\nName=Calculator\n")
    write(system, "snap/ollama/105/meta/snap.yaml", "name: ollama\nversion: 0.12.3\n")
    (system / "snap/ollama/current").symlink_to("105")
    (system / "var/lib/flatpak/app/com.jeffser.Alpaca").mkdir(parents=True)
    put(tmp_path / "home", ".local/share/claude/versions/2.0.14", {})
    write(tmp_path / "home", ".config/goose/config.yaml", "GOOSE_PROVIDER: x\n")
    taken = look(tmp_path)
    assert not taken.gaps
    found = named(taken, ItemKind.APPLICATION)
    told = {name: (content(item).get("version"), content(item).get("installed_by")) for name, item in found.items()}
    assert told == {
        "Alpaca": (None, "flatpak"),
        "Claude Code": ("2.0.14", "folder"),
        "Cursor": ("1.7.4", "desktop entry"),
        "Goose": (None, None),
        "Ollama": ("0.12.3", "snap"),
    }
    assert places(found["Cursor"]) == [".../usr/share/applications/cursor.desktop"]
    assert places(found["Ollama"]) == [".../snap/ollama"]
    assert found["Goose"].evidence[0].confidence == 0.6
    assert content(found["Ollama"])["role"] == "runner"


def test_on_macos_bundles_and_homebrew_tell_programs(tmp_path: Path) -> None:
    system = tmp_path / "system"
    bundles = {
        "Claude": {"CFBundleIdentifier": "com.anthropic.claudefordesktop", "CFBundleShortVersionString": "0.14.4"},
        "LM Studio": {"CFBundleIdentifier": "ai.elementlabs.lmstudio", "CFBundleShortVersionString": "0.3.30"},
        "AnythingLLM": {"CFBundleIdentifier": "anything", "CFBundleShortVersionString": "1.8"},
        "Cursor": {"CFBundleIdentifier": "com.acme.mouse-cursor", "CFBundleShortVersionString": "1.0"},
        "Safari": {"CFBundleIdentifier": "com.apple.Safari", "CFBundleShortVersionString": "26"},
    }
    for name, about in bundles.items():
        write(system, f"Applications/{name}.app/Contents/Info.plist", plistlib.dumps(about, fmt=plistlib.FMT_BINARY))
    (system / "opt/homebrew/Cellar/llama.cpp/6692").mkdir(parents=True)
    taken = look(tmp_path, "darwin")
    assert not taken.gaps
    found = named(taken, ItemKind.APPLICATION)
    assert {name: content(item)["version"] for name, item in found.items()} == {
        "AnythingLLM": "1.8",
        "Claude Desktop": "0.14.4",
        "LM Studio": "0.3.30",
        "llama.cpp": "6692",
    }
    assert places(found["Claude Desktop"]) == [".../Applications/Claude.app/Contents/Info.plist"]


def test_on_windows_program_folders_tell_programs_and_their_newest_release(tmp_path: Path) -> None:
    home = tmp_path / "home"
    local = "AppData/Local"
    for release in ("app-0.9.0", "app-0.14.4"):
        (home / local / "AnthropicClaude" / release).mkdir(parents=True)
    put(home, f"{local}/Programs/cursor/resources/app/package.json", {"version": "1.7.4"})
    (home / local / "Programs/Ollama").mkdir(parents=True)
    (home / local / "Programs/Python").mkdir(parents=True)
    (home / local / "Packages/OpenAI.ChatGPT-Desktop_2p2nqsd0c76g0").mkdir(parents=True)
    taken = look(tmp_path, "win32")
    found = named(taken, ItemKind.APPLICATION)
    assert {name: content(item).get("version") for name, item in found.items()} == {
        "ChatGPT": None,
        "Claude Desktop": "0.14.4",
        "Cursor": "1.7.4",
        "Ollama": None,
    }
    assert places(found["Cursor"]) == ["~/AppData/Local/Programs/cursor"]


def test_on_windows_folders_that_variables_name_are_told_by_the_variable(tmp_path: Path) -> None:
    put(tmp_path / "disk/Programs", "cursor/resources/app/package.json", {"version": "1.7.4"})
    (tmp_path / "home/Elsewhere/Programs/Ollama").mkdir(parents=True)
    environment = {"PROGRAMFILES": str(tmp_path / "disk/Programs"), "LOCALAPPDATA": str(tmp_path / "home/Elsewhere")}
    found = named(look(tmp_path, "win32", environment=environment), ItemKind.APPLICATION)
    assert {name: places(item) for name, item in found.items()} == {
        "Cursor": ["$ProgramFiles/cursor"],
        "Ollama": ["~/Elsewhere/Programs/Ollama"],
    }


def test_command_lines_are_told_with_the_package_that_they_came_in(tmp_path: Path) -> None:
    home = tmp_path / "home"
    modules = ".nvm/versions/node/v22.1.0/lib/node_modules"
    put(
        home,
        f"{modules}/@anthropic-ai/claude-code/package.json",
        {"name": "@anthropic-ai/claude-code", "version": "2.0.14"},
    )
    put(home, f"{modules}/prettier/package.json", {"name": "prettier", "version": "3.0.0"})
    # A folder of that name that holds another package is another package.
    put(home, f"{modules}/cline/package.json", {"name": "something-else", "version": "1.0.0"})
    (home / ".local/share/pipx/venvs/aider-chat/lib/python3.12/site-packages/aider_chat-0.86.1.dist-info").mkdir(
        parents=True
    )
    (home / ".local/share/uv/tools/open-webui/lib/python3.11/site-packages/open_webui-0.6.33.dist-info").mkdir(
        parents=True
    )
    (home / ".local/share/uv/tools/ruff/lib/python3.11/site-packages/ruff-0.14.0.dist-info").mkdir(parents=True)
    crates = '[v1]\n"aichat 0.30.0 (registry+https://github.com/rust-lang/crates.io-index)" = ["aichat"]\n'
    crates += '"codex-cli 0.1.0 (path+file:///home/alice/codex)" = ["codex"]\n"ripgrep 14.0.0 (x)" = ["rg"]\n'
    write(home, ".cargo/.crates.toml", crates)
    taken = look(tmp_path)
    assert not taken.gaps
    found = named(taken, ItemKind.APPLICATION)
    assert {name: (content(item).get("package"), content(item)["installed_by"]) for name, item in found.items()} == {
        "AIChat": ("pkg:cargo/aichat@0.30.0", "cargo"),
        "Aider": ("pkg:pypi/aider-chat@0.86.1", "pipx"),
        "Claude Code": ("pkg:npm/%40anthropic-ai/claude-code@2.0.14", "npm"),
        "Codex": (None, "cargo"),
        "Open WebUI": ("pkg:pypi/open-webui@0.6.33", "uv"),
    }


def test_two_versions_of_one_program_are_two_items_and_what_tells_none_counts_for_the_newest(tmp_path: Path) -> None:
    home = tmp_path / "home"
    for node, version in (("v20.0.0", "1.9.0"), ("v22.0.0", "1.10.0")):
        modules = f".nvm/versions/node/{node}/lib/node_modules"
        put(home, f"{modules}/@openai/codex/package.json", {"name": "@openai/codex", "version": version})
    write(home, ".codex/config.toml", "")
    found = named(look(tmp_path), ItemKind.APPLICATION)
    assert {name: len(item.evidence) for name, item in found.items()} == {"Codex@1.10.0": 2, "Codex@1.9.0": 1}
