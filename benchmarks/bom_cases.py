"""The repositories that ``benchmarks/bom.py`` has scanners list, each with what is really in it.

``bom/*.yaml`` hold files written by hand, or name published packages that are fetched, and the truth: kind, name and
file of each part, other names it goes by, and whether listing it is a matter of taste (``optional``: neither missed nor
false).
"""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from string import Template
from typing import Any

import yaml

HERE = Path(__file__).with_name("bom")
CONFIGURATIONS = Path(__file__).parents[1] / "tests" / "data" / "collect" / "forty-two-servers.yaml"
BESIDE = ("package", "model", "agent", "credential", "instructions")
"""What configurations of servers name too, and their case does not count."""
SEED = 6


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that is there."""

    kind: str
    name: str
    file: str
    also: tuple[str, ...] = ()
    """Other names by which it counts as found."""
    optional: bool = False

    @classmethod
    def read(cls, row: Mapping[str, Any]) -> Part:
        """As it stands in a file of ``bom/``."""
        return cls(row["kind"], row["name"], row["file"], tuple(row.get("also", ())), bool(row.get("optional")))


@dataclass(frozen=True, slots=True)
class Case:
    """One repository on disk."""

    name: str
    folder: Path
    truth: tuple[Part, ...]
    home: Path | None = None
    """A user's home that belongs to it."""


def configurations(home: Path) -> Case:
    """A project and a user's home, with a server for each of 42 formats of configurations."""
    given = yaml.safe_load(CONFIGURATIONS.read_text("utf-8"))
    project, user = home / "configurations" / "project", home / "configurations" / "home"
    truth = []
    for folder, rows in ((project, given["project"]), (project, given["neither"]), (user, given["user"])):
        for row in rows:
            _write(folder / row["path"], row["text"])
            truth += [Part("server", row["server"], row["path"])] if "server" in row else []
    truth += [Part(kind, "*", "", optional=True) for kind in BESIDE]
    truth += [Part("service", name, "compose.yaml", optional=True) for name in ("openai", "gateway")]
    return Case("configurations", project, tuple(truth), user)


def by_hand(name: str, home: Path, downloads: Path) -> Case:
    """The case of one file in ``bom/``."""
    given = yaml.safe_load((HERE / f"{name}.yaml").read_text("utf-8"))
    folder = home / name
    folder.mkdir(parents=True)
    for package in given.get("packages", ()):
        _unpack(_fetched(package, downloads), folder / package["folder"])
    for path, text in given.get("files", {}).items():
        _write(folder / path, text)
    return Case(name, folder, tuple(Part.read(row) for row in given["truth"]))


def _fetched(package: Mapping[str, str], downloads: Path) -> Path:
    """The source archive of a published package, from the index that pip or npm are set up with."""
    place = downloads / package["ecosystem"] / package["name"].strip("@").replace("/", "-")
    if not place.exists():
        whole = f"{package['name']}{'@' if package['ecosystem'] == 'npm' else '=='}{package['version']}"
        with tempfile.TemporaryDirectory() as folder:
            # Of a source archive pip also asks its build backend for the name and version in it.
            pip = [
                sys.executable,
                "-m",
                "pip",
                "download",
                "--quiet",
                "--no-deps",
                "--no-binary",
                ":all:",
                "-d",
                folder,
            ]
            npm = ["npm", "pack", "--silent", "--pack-destination", folder]
            command = [*(npm if package["ecosystem"] == "npm" else pip), whole]
            subprocess.run(command, check=True, capture_output=True, cwd=folder)
            (archive,) = Path(folder).iterdir()
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(archive, place)
    return place


def _unpack(archive: Path, folder: Path) -> None:
    """Without the one folder that these archives hold."""
    with tempfile.TemporaryDirectory(dir=archive.parent) as inner, tarfile.open(archive) as tar:
        tar.extractall(inner, filter="data")
        (top,) = Path(inner).iterdir()
        shutil.copytree(top, folder, dirs_exist_ok=True)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


# --- many files ------------------------------------------------------------------------------


def monorepo(home: Path, files: int) -> Case:
    """The same tree every time: packages of Python, TypeScript and Go, of which few files speak of AI."""
    given = yaml.safe_load((HERE / "monorepo.yaml").read_text("utf-8"))
    folder = home / "monorepo"
    truth: list[Part] = []
    chance = random.Random(SEED)  # noqa: S311 - the same tree every time, no secret
    for turn in range(max(files // given["files_of_a_package"], 1)):
        language = given["languages"][turn % len(given["languages"])]
        number, inside = f"{turn:03}", f"packages/{language[:2]}{turn:03}"
        for name, text in _package(given, given[language], number, chance):
            _write(folder / inside / name, text)
        for row in given[language]["truth"]:
            part = Part.read(row | {"file": f"{inside}/{row['file']}"})
            truth.append(replace(part, name=_filled(part.name, number=number)))
    return Case("monorepo", folder, tuple(truth))


def _package(given: Any, own: Any, number: str, chance: random.Random) -> Iterator[tuple[str, str]]:
    """The files that speak of AI, a document, settings, and ordinary code for the rest."""
    words = given["words"].split()

    def some(count: int) -> str:
        return " ".join(chance.choices(words, k=count))

    yield from ((name, _filled(text, number=number)) for name, text in own["own"].items())
    yield "README.md", f"# Package {number}\n\n{some(200)}\n"
    yield "config/settings.yaml", "".join(f"{word}: {chance.randrange(1000)}\n" for word in sorted({*some(40).split()}))
    for turn in range(given["files_of_a_package"] - len(own["own"]) - 2):
        parts = (
            _filled(own["code"], turn=part, words=some(3), more=some(8), limit=chance.randrange(99), **names)
            for part in range(chance.randrange(6, 16))
            for names in ({"left": chance.choice(words), "right": chance.choice(words)},)
        )
        # Go names the package in each file.
        head = f"package part{turn % 9}\n\n" if own["ending"] == "go" else ""
        yield f"src/part{turn % 9}/file{turn:02}.{own['ending']}", head + "".join(parts)


def _filled(text: str, **values: object) -> str:
    return Template(text).substitute(values)
