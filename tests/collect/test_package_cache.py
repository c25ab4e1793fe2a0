"""What a package, or the folder that is scanned, tries while servers are installed."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import sys
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from driftseal.collect.base import Consent, Context
from driftseal.collect.mcp import package_cache, packages
from driftseal.collect.mcp.package_cache import cache_folder, installed
from driftseal.collect.mcp.spec import StdioSpec
from driftseal.errors import TargetError
from driftseal.limits import DEFAULT_LIMITS

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="rights and scripts are others there")

NPM = """\
import json, pathlib, sys, time
log, fails = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[1] + ".fails")
words = sys.argv[2:]
place = pathlib.Path(words[words.index("--prefix") + 1])
links = place / "node_modules" / ".bin"
links.mkdir(parents=True)
with log.open("a") as file:
    file.write(json.dumps([words, str(pathlib.Path.cwd())]) + "\\n")
if fails.exists():
    sys.exit("npm error 404 Not Found")
time.sleep(0.3)
package = place / "node_modules" / "server"
package.mkdir()
(package / "package.json").write_text('{"bin": {"server": "run.js"}}')
(package / "run.js").write_text("")
(links / "server").symlink_to("../server/run.js")
"""


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    """A home of its own, the scanned folder to stand in, and an npm that writes down what it is told."""
    scanned, home, tools = tmp_path / "scanned", tmp_path / "home", tmp_path / "tools"
    for folder in (scanned, home, tools):
        folder.mkdir()
    (tools / "npm.py").write_text(NPM, encoding="utf-8")
    line = shlex.join([sys.executable, str(tools / "npm.py"), str(tmp_path / "npm.log")])
    (tools / "npm").write_text(f'#!/bin/sh\nexec {line} "$@"\n', encoding="utf-8")
    (tools / "npm").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.chdir(scanned)
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tools)}
    return Context(
        consent=Consent(start=True),
        limits=DEFAULT_LIMITS,
        now="2026-06-01T00:00:00Z",
        root=scanned,
        home=home,
        environment=environment,
        platform="linux",
    )


def start(context: Context, *words: str) -> Path:
    """The program that would be started for a runner's command line."""
    return Path(packages.prepare(StdioSpec(words[0], tuple(words[1:])), context).command)


def runs(context: Context) -> list[tuple[list[str], str]]:
    """What npm was told, and where it stood."""
    log = context.home.parent / "npm.log"
    return [tuple(json.loads(line)) for line in log.read_text(encoding="utf-8").splitlines()] if log.exists() else []


def wheel(context: Context, version: str, extra: dict[str, str] | None = None) -> None:
    """A wheel with one program, for pip to find without a network."""
    about = f"evil-{version}.dist-info"
    files = {
        "evil.py": "def main():\n    pass\n",
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: evil\nVersion: {version}\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{about}/entry_points.txt": "[console_scripts]\nevil = evil:main\n",
        **(extra or {}),
    }
    path = context.home.parent / "tools" / f"evil-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
        record = "".join(f"{name},,\n" for name in (*files, f"{about}/RECORD"))
        archive.writestr(f"{about}/RECORD", record)


def outdate(context: Context) -> Path:
    """Let time pass since the last installation; returns the folder of its package."""
    (current,) = cache_folder(context.environment, context.home, context.platform).rglob("current")
    os.utime(current, (0, 0))
    return current.parent


def test_a_pinned_package_is_installed_once_and_an_unpinned_one_when_it_has_aged(context: Context) -> None:
    first = start(context, "npx", "-y", "server@1.0.0")
    assert first.is_file()
    assert start(context, "npx", "-y", "server@1.0.0") == first
    assert len(runs(context)) == 1
    loose = start(context, "npx", "-y", "server")
    assert start(context, "npx", "-y", "server") == loose
    assert len(runs(context)) == 2


def test_what_is_scanned_is_not_where_installers_stand(context: Context) -> None:
    start(context, "npx", "-y", "server")
    ((words, place),) = runs(context)
    assert not Path(place).is_relative_to(context.root)
    assert "--ignore-scripts" in words
    assert words[-2:] == ["--", "server"]


def test_modules_in_what_is_scanned_are_not_run_by_the_installers_python(context: Context) -> None:
    marker = context.home.parent / "ran"
    for name in ("venv", "pip", "ensurepip", "runpy"):
        (context.root / f"{name}.py").write_text(f"open({str(marker)!r}, 'w')\n", encoding="utf-8")
    wheel(context, "1.0")
    environment = {**context.environment, "PYTHONPATH": str(context.root)}
    assert start(replace(context, environment=environment), "uvx", "evil==1.0").is_file()
    assert not marker.exists()


def test_a_package_that_was_installed_before_runs_nothing_while_the_next_one_is_installed(context: Context) -> None:
    marker = context.home.parent / "ran"
    wheel(
        context,
        "1.0",
        {
            "evil.pth": f"import pathlib; pathlib.Path({str(marker)!r}).touch()\n",
            "evil-1.0.data/data/pip.py": f"open({str(marker)!r}, 'w')\n",
        },
    )
    first = start(context, "uvx", "evil")
    wheel(context, "1.1")
    outdate(context)
    second = start(context, "uvx", "evil")
    assert second != first
    assert second.is_file()
    assert not marker.exists()


def test_a_half_installed_package_is_never_started(context: Context) -> None:
    start(context, "npx", "-y", "server@1.0.0")
    folder = outdate(context)
    # As a killed installer leaves it: a folder with something in it, which nothing names.
    (folder / "current").unlink()
    half = folder / ("installed-" + "0" * 16)
    half.mkdir()
    program = start(context, "npx", "-y", "server@1.0.0")
    assert program.is_relative_to(folder)
    assert not program.is_relative_to(half)
    assert not half.exists()
    assert len(runs(context)) == 2


def test_the_last_one_serves_as_it_was_where_a_new_one_cannot_be_had(context: Context) -> None:
    told: list[str] = []
    first = start(context, "npx", "-y", "server")
    outdate(context)
    (context.home.parent / "npm.log.fails").touch()
    assert start(replace(context, notice=told.append), "npx", "-y", "server") == first
    assert "404 Not Found" in told[0]
    with pytest.raises(TargetError, match="404 Not Found"):
        start(context, "npx", "-y", "server@2.0.0")
    left = {path.name for path in outdate(context).iterdir()}
    assert left == {"current", first.relative_to(outdate(context)).parts[0]}


def test_many_who_want_one_package_install_it_once(context: Context) -> None:
    with ThreadPoolExecutor(6) as pool:
        found = set(pool.map(lambda _: start(context, "npx", "-y", "server"), range(6)))
    assert len(found) == 1
    assert len(runs(context)) == 1


def _shared(folder: Path) -> None:
    folder.chmod(0o777)


def _linked(folder: Path) -> None:
    folder.rename(folder.with_name("elsewhere"))
    folder.symlink_to("elsewhere")


@pytest.mark.parametrize("spoil", [_shared, _linked])
@pytest.mark.parametrize("depth", range(4))
def test_a_cache_that_others_may_have_filled_is_not_started_from(
    context: Context, spoil: Callable[[Path], None], depth: int
) -> None:
    start(context, "npx", "-y", "server@1.0.0")
    folder = outdate(context)
    spoil((folder, *folder.parents)[depth])
    with pytest.raises(TargetError, match=r"others can write there|is a link"):
        start(context, "npx", "-y", "server@1.0.0")


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root gives files away")
def test_a_cache_of_another_owner_is_not_started_from(context: Context) -> None:
    start(context, "npx", "-y", "server@1.0.0")
    os.chown(outdate(context), 12345, 12345)
    with pytest.raises(TargetError, match="others can write there"):
        start(context, "npx", "-y", "server@1.0.0")


@pytest.mark.parametrize("name", ["../../../evil", "installed-0", "", "installed-" + "0" * 16])
def test_a_damaged_cache_is_installed_anew(context: Context, name: str) -> None:
    start(context, "npx", "-y", "server@1.0.0")
    folder = outdate(context)
    (folder / "current").write_text(name, encoding="utf-8")
    assert start(context, "npx", "-y", "server@1.0.0").is_relative_to(folder)
    assert len(runs(context)) == 2


def test_a_relative_cache_folder_would_lie_in_what_is_scanned_and_does_not_count(tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert cache_folder({"XDG_CACHE_HOME": "cache"}, home, "linux") == home / ".cache" / "driftseal" / "packages"
    assert cache_folder({"LOCALAPPDATA": "."}, home, "win32").is_relative_to(home)


def test_an_installer_in_what_is_scanned_is_not_run(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(context.home.parent / "tools" / "npm", context.root / "npm")
    monkeypatch.setenv("PATH", ".")
    with pytest.raises(TargetError, match="npm is needed"):
        start(context, "npx", "-y", "server")
    assert runs(context) == []


def test_a_program_that_is_a_link_out_of_its_package_is_not_started(context: Context) -> None:
    program = start(context, "npx", "-y", "server@1.0.0")
    program.unlink()
    program.symlink_to(sys.executable)
    with pytest.raises(TargetError, match="holds no program"):
        start(context, "npx", "-y", "server@1.0.0")


@pytest.mark.parametrize("text", ["[" * 100_000, "{", "[]", '{"bin": 1}', '{"bin": {}}'])
def test_an_odd_manifest_of_a_package_is_an_error_of_that_target_at_most(context: Context, text: str) -> None:
    program = start(context, "npx", "-y", "server@1.0.0")
    (program.resolve().parent / "package.json").write_text(text, encoding="utf-8")
    if text in {"[]", '{"bin": 1}'}:
        assert start(context, "npx", "-y", "server@1.0.0") == program
    else:
        with pytest.raises(TargetError, match=r"package\.json cannot be read|holds no program"):
            start(context, "npx", "-y", "server@1.0.0")


def test_two_requirements_never_share_a_folder(context: Context) -> None:
    names = {
        installed(package_cache.Wanted("npm", "server", version, f"server{spec}", "", ()), context).parent.name
        for version, spec in (("1.0.0", "@1.0.0"), ("", "@1-0-0"), ("", "@1_0_0"))
    }
    assert len(names) == 3
