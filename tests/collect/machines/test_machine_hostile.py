"""Whatever lies on a machine, looking at it ends, follows nothing, and says what it could not look at."""

from __future__ import annotations

import errno
import os
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from configured import write
from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.item import Json
from driftseal.model.snapshot import Snapshot
from machines import CLAUDE, chromium, content, look, put

PROFILE = ".config/google-chrome/Default"
EXTENSION = f"{PROFILE}/Extensions/{CLAUDE}/1.0_0/manifest.json"
EDITOR = ".vscode/extensions/github.copilot-1.0.0/package.json"
LEADS_OUT = "a link that leads out of its folder; it is not followed"


def gaps(taken: Snapshot) -> list[tuple[str, str]]:
    return [(gap.what, gap.why) for gap in taken.gaps]


def test_a_manifest_of_a_hundred_megabytes_is_a_gap_and_is_not_read(tmp_path: Path) -> None:
    path = write(tmp_path / "home", EXTENSION, b"{")
    os.truncate(path, 100 * 1024 * 1024)
    assert gaps(look(tmp_path)) == [(f"~/{EXTENSION}", "larger than 8388608 bytes (limits.machine_file_bytes)")]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"[" * 100_000, "nested deeper than 64 levels"),
        (b'{"a":' * 70 + b"1" + b"}" * 70, "nested deeper than 64 levels"),
        (b"{", "not valid JSON: Expecting property name enclosed in double quotes"),
        (b"\xff\xfe{", "not UTF-8 at byte 0"),
        (b'{"a": 1e999}', "not valid JSON: number out of range: 1e999"),
    ],
)
@pytest.mark.parametrize("place", [EXTENSION, EDITOR])
def test_what_is_no_manifest_is_a_gap_with_its_reason(tmp_path: Path, place: str, data: bytes, why: str) -> None:
    write(tmp_path / "home", place, data)
    taken = look(tmp_path)
    assert taken.items == ()
    ((what, told),) = gaps(taken)
    assert (what, told.endswith(why)) == (f"~/{place}", True), told


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@pytest.mark.parametrize(
    "place",
    [
        EXTENSION,
        EDITOR,
        ".mozilla/firefox/x/extensions.json",
        ".local/share/zed/extensions/installed/x/extension.toml",
        ".local/share/JetBrains/PyCharm/x.jar",
        ".config/nvim/lazy-lock.json",
        ".local/share/applications/cursor.desktop",
        ".npm-global/lib/node_modules/@openai/codex/package.json",
        ".cargo/.crates.toml",
        ".ollama/models/manifests/registry.ollama.ai/library/llama3.2/1b",
        ".docker/models/models.json",
        ".cache/whisper/base.pt",
    ],
)
def test_a_pipe_is_never_waited_for(tmp_path: Path, place: str) -> None:
    path = tmp_path / "home" / place
    path.parent.mkdir(parents=True)
    os.mkfifo(path)
    taken = look(tmp_path)
    assert (f"~/{place}", "not a regular file") in gaps(taken)


@pytest.mark.parametrize(
    ("link", "target"),
    [
        (EXTENSION, "outside/manifest.json"),
        (EDITOR, "outside/package.json"),
        (".vscode/extensions", "outside"),
        (".mozilla/firefox/x/extensions.json", "outside/extensions.json"),
        (".cache/whisper/base.pt", "outside/base.pt"),
    ],
)
def test_a_link_that_leads_out_of_the_home_is_a_gap_and_is_not_followed(tmp_path: Path, link: str, target: str) -> None:
    write(tmp_path, "outside/manifest.json", '{"name": "ChatGPT canary"}')
    for name in ("outside/package.json", "outside/a.b-1/package.json"):
        write(tmp_path, name, '{"publisher": "a", "name": "b", "displayName": "ChatGPT canary"}')
    addon = '{"addons": [{"id": "a", "type": "extension", "defaultLocale": {"name": "ChatGPT canary"}}]}'
    write(tmp_path, "outside/extensions.json", addon)
    write(tmp_path, "outside/base.pt", "x")
    path = tmp_path / "home" / link
    path.parent.mkdir(parents=True)
    path.symlink_to(tmp_path / target)
    taken = look(tmp_path)
    assert taken.items == ()
    assert (f"~/{link}", LEADS_OUT) in gaps(taken)


def test_a_link_within_the_home_is_followed(tmp_path: Path) -> None:
    home = tmp_path / "home"
    put(home, "dotfiles/extensions/github.copilot-1.0.0/package.json", {"publisher": "github", "name": "copilot"})
    (home / ".vscode").mkdir()
    (home / ".vscode/extensions").symlink_to(home / "dotfiles/extensions")
    taken = look(tmp_path)
    assert [item.name for item in taken.items] == ["vscode-marketplace:github.copilot"]
    assert gaps(taken) == []


def test_a_file_of_the_hubs_cache_that_leads_out_of_its_model_is_a_gap(tmp_path: Path) -> None:
    home = tmp_path / "home"
    write(home, ".ssh/id_ed25519", "canary")
    snapshot = f".cache/huggingface/hub/models--org--name/snapshots/{'a' * 40}"
    (home / snapshot).mkdir(parents=True)
    (home / snapshot / "model.bin").symlink_to(home / ".ssh/id_ed25519")
    taken = look(tmp_path)
    assert gaps(taken) == [(f"~/{snapshot}/model.bin", LEADS_OUT)]
    assert "files" not in content(taken.items[0])


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    folder = tmp_path / "home/.vscode/extensions"
    folder.mkdir(parents=True)
    (folder / "a.b-1").symlink_to(folder / "a.b-1")
    (folder / "c.d-1").symlink_to(folder)
    assert look(tmp_path).items == ()


def test_a_folder_of_many_entries_is_looked_at_in_part_and_others_in_full(tmp_path: Path) -> None:
    home = tmp_path / "home"
    limits = replace(DEFAULT_LIMITS, machine_entries=50)
    for number in range(60):
        (home / PROFILE / f"Extensions/junk{number}").mkdir(parents=True)
    chromium(home, ".config/chromium/Default", CLAUDE, {"name": "Claude"})
    taken = look(tmp_path, limits=limits)
    assert gaps(taken) == [(f"~/{PROFILE}/Extensions", "more than 50 entries (limits.machine_entries)")]
    assert len(taken.items) == 1


def test_a_finder_whose_entries_or_time_are_used_up_is_a_gap_and_others_go_on(tmp_path: Path) -> None:
    home = tmp_path / "home"
    for number in range(60):
        (home / PROFILE / f"Extensions/junk{number}").mkdir(parents=True)
    put(home, EDITOR, {"publisher": "github", "name": "copilot"})
    taken = look(tmp_path, limits=replace(DEFAULT_LIMITS, files=50))
    assert gaps(taken) == [("extensions of Chromium browsers", "more than 50 folder entries (limits.files)")]
    assert [item.name for item in taken.items] == ["vscode-marketplace:github.copilot"]
    late = look(tmp_path, limits=replace(DEFAULT_LIMITS, machine_seconds=0.0))
    told = dict(gaps(late))
    assert told["extensions of editors"] == "no time was left after 0 s (limits.machine_seconds)"


def test_many_gaps_are_told_in_part_and_counted(tmp_path: Path) -> None:
    for number in range(30):
        write(tmp_path / "home", f".vscode/extensions/a.b{number}-1/package.json", "{")
    taken = look(tmp_path, limits=replace(DEFAULT_LIMITS, machine_gaps=10))
    assert len(taken.gaps) == 11
    assert ("machine", "20 further gaps of its kinds (limits.machine_gaps)") in gaps(taken)


def test_an_archive_that_swells_or_holds_no_xml_is_a_gap(tmp_path: Path) -> None:
    folder = tmp_path / "home/.local/share/JetBrains/PyCharm"
    folder.mkdir(parents=True)
    bomb = "<idea-plugin>" + " " * 50_000_000
    entities = '<!DOCTYPE a [<!ENTITY b "canary">]><idea-plugin><name>ChatGPT &b;</name></idea-plugin>'
    for name, descriptor in (("bomb.jar", bomb), ("entities.jar", entities)):
        with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("META-INF/plugin.xml", descriptor)
    write(folder, "noise.jar", b"PK\x03\x04" + b"\xff" * 5000)
    os.truncate(write(folder, "large.jar", b"PK\x03\x04"), DEFAULT_LIMITS.archive_bytes + 1)
    write(folder, "many.jar", (b"PK\x03\x04" + bytes(26)) * 100_000)
    taken = look(tmp_path)
    assert taken.items == ()
    told = dict(gaps(taken))
    assert set(told) == {f"~/.local/share/JetBrains/PyCharm/{name}.jar" for name in ("bomb", "entities", "large")}
    assert "larger than 2097152 bytes" in told["~/.local/share/JetBrains/PyCharm/bomb.jar"]


@pytest.mark.parametrize(
    "data",
    [
        b"bplist00" + b"\xff" * 64,
        b"bplist00" + bytes(6) + b"\x08\x08" + b"\xff" * 24,
        b"<?xml version='1.0'?><plist><dict><key>a</key></dict></plist>",
        b"<!DOCTYPE p [<!ENTITY a 'x'>]><plist><dict><key>a</key><string>&a;</string></dict></plist>",
        b"<plist>" + b"<array>" * 5000,
        b"",
    ],
)
def test_a_broken_property_list_is_a_gap(tmp_path: Path, data: bytes) -> None:
    write(tmp_path / "system", "Applications/Claude.app/Contents/Info.plist", data)
    taken = look(tmp_path, "darwin")
    assert taken.items == ()
    assert gaps(taken) == [(".../Applications/Claude.app/Contents/Info.plist", "no property list")]


def test_names_hold_no_control_characters_secrets_or_endless_text(tmp_path: Path) -> None:
    token = "ghp_" + "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hJ6"
    manifest: dict[str, Json] = {
        "name": f"ChatGPT\n{token} " + "x" * 10_000,
        "version": "1" * 10_000,
        "permissions": [f"p{number}" for number in range(1000)],
        "host_permissions": [f"https://user:{token}@api.openai.com/*", f"https://x.example/?key={token}"],
    }
    chromium(tmp_path / "home", PROFILE, "a" * 32, manifest)
    (item,) = look(tmp_path).items
    told = content(item)
    assert token not in str(told)
    assert "\n" not in str(told["title"])
    assert max(len(str(told[key])) for key in ("title", "version")) == DEFAULT_LIMITS.name_chars
    permissions = told["permissions"]
    assert isinstance(permissions, list)
    assert permissions[-1] == "… 800 further"
    assert len(permissions) == 201


@pytest.mark.parametrize(
    "value", [None, 1, "x", [], [1], {"name": 1}, {"name": "ChatGPT", "content_scripts": [1, {"matches": 1}]}]
)
@pytest.mark.parametrize(
    "place", [EXTENSION, EDITOR, ".mozilla/firefox/x/extensions.json", ".docker/models/models.json"]
)
def test_values_of_odd_types_break_nothing(tmp_path: Path, place: str, value: object) -> None:
    put(tmp_path / "home", place, value)  # type: ignore[arg-type]  # what no program writes
    taken = look(tmp_path)
    assert gaps(taken) == []


def test_a_folder_that_may_not_be_read_is_a_gap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "home" / PROFILE / "Extensions"
    folder.mkdir(parents=True)
    listed = os.scandir

    # Modes keep nothing from root, as whom tests may well run.
    def refused(path: str | os.PathLike[str] = ".") -> Iterator[os.DirEntry[str]]:
        if Path(path) == folder:
            raise PermissionError(errno.EACCES, "Permission denied")
        return listed(path)

    monkeypatch.setattr(os, "scandir", refused)
    assert gaps(look(tmp_path)) == [(f"~/{PROFILE}/Extensions", "cannot be listed: Permission denied")]


def test_nothing_lies_on_an_empty_machine(tmp_path: Path) -> None:
    for platform in ("linux", "darwin", "win32"):
        taken = look(tmp_path, platform)
        assert (taken.items, taken.gaps) == ((), ())
