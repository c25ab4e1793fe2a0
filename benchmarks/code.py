"""Measures what scanners find in the code of servers: ``benchmarks/code``, pairs of packages, well-regarded servers.

    python benchmarks/code.py --split dev                       # driftseal alone
    python benchmarks/code.py --peers FOLDER --install          # and others, each in its own environment below FOLDER
    python benchmarks/code.py --pairs PAIRS.tsv --good FOLDER   # and packages at two versions, and honest servers

Every scanner looks at every server in a process of its own, in one run. ``--cases`` names the cases that go wrong in
the ``dev`` split; those of ``test`` are only counted. PAIRS.tsv has a line a package: registry (npm or pypi), name,
vulnerable version, fixed version or ``-``, weakness. FOLDER of ``--good`` holds a folder a server.
"""

from __future__ import annotations

import argparse
import csv
import json
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from code_scanners import DRIFTSEAL, JAVASCRIPT, PEERS, PYTHON, Run, Scanner

CORPUS = Path(__file__).with_suffix("")
BAD = ("vulnerable", "malicious")


@dataclass(frozen=True, slots=True)
class Case:
    """One labelled server."""

    id: str
    label: str
    kind: str
    language: str
    split: str
    pair: str = ""

    @property
    def place(self) -> Path:
        """Its folder."""
        return CORPUS / "servers" / self.id


Runs = Mapping[Case, Run]


def cases(split: str) -> list[Case]:
    rows = map(json.loads, (CORPUS / "index.jsonl").read_text(encoding="utf-8").splitlines())
    every = [Case(kind=row.pop("class"), **row) for row in rows]
    return [case for case in every if split in {case.split, "all"}]


def twins(runs: Runs) -> list[tuple[Case, Run, Run]]:
    """The vulnerable case of each pair, with what was said of it and of its fixed twin."""
    fixed = {case.pair: run for case, run in runs.items() if case.label == "fixed"}
    return [(case, run, fixed[case.pair]) for case, run in runs.items() if case.label == "vulnerable"]


def share(part: Iterable[bool]) -> str:
    of = list(part)
    return f"{sum(of)}/{len(of)} = {sum(of) / len(of):.0%}" if of else "-"


def figures(runs: Runs) -> Iterator[tuple[str, str]]:
    """What the comparison is made by."""
    pairs = twins(runs)
    yield "twins told apart", share(bool(bad.rules) and not good.rules for _, bad, good in pairs)
    yield "twins: more found on the vulnerable side", share(fewer(bad, good) for _, bad, good in pairs)
    for label in ("vulnerable", "fixed", "malicious", "honest"):
        yield f"{label} flagged", share(bool(run.rules) for case, run in runs.items() if case.label == label)
    for language in (PYTHON, JAVASCRIPT):
        yield (
            f"  twins told apart, {language}",
            share(bool(bad.rules) and not good.rules for case, bad, good in pairs if case.language == language),
        )
        for label in ("malicious", "honest"):
            yield (
                f"  {label} flagged, {language}",
                share(
                    bool(run.rules) for case, run in runs.items() if (case.label, case.language) == (label, language)
                ),
            )
    yield from cost(runs.values())


def fewer(bad: Run, good: Run) -> bool:
    """Whether a rule fires more often on the vulnerable side and none on the fixed one."""
    one, other = Counter(bad.rules), Counter(good.rules)
    return bool(one - other) and not other - one


def cost(runs: Iterable[Run]) -> Iterator[tuple[str, str]]:
    done = [run for run in runs if run.seconds]
    if done:
        times = [run.seconds for run in done]
        yield "wall seconds, median and worst", f"{statistics.median(times):.2f} {max(times):.2f}"
        yield "MiB, largest process", f"{max(run.memory for run in done):.0f}"
        yield "runs without an answer", str(sum(bool(run.trouble) for run in done))


def by_class(runs: Runs) -> Iterator[str]:
    """Of each class: bad cases flagged or twins told apart, and honest cases flagged."""
    right: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for case, bad, good in twins(runs):
        right["twins told apart", family(case)].append(bool(bad.rules) and not good.rules)
    for case, run in runs.items():
        if case.label in {"malicious", "honest"}:
            right[f"{case.label} flagged", family(case)].append(bool(run.rules))
    for (what, kind), flags in sorted(right.items()):
        yield f"    {what:18} {kind:40} {sum(flags)}/{len(flags)}"


def family(case: Case) -> str:
    return case.kind.partition(":")[0]


def wrong(runs: Runs) -> Iterator[str]:
    """Cases of the ``dev`` split that go wrong, with what was found."""
    for case, bad, good in twins(runs):
        if case.split == "dev" and not (bad.rules and not good.rules):
            yield f"    {case.id} twin {case.kind} ({case.language}): vulnerable {told(bad)}, fixed {told(good)}"
    for case, run in runs.items():
        if case.split == "dev" and case.label in {"malicious", "honest"} and bool(run.rules) != (case.label in BAD):
            yield f"    {case.id} {case.label} {case.kind} ({case.language}): {told(run)}"


def told(run: Run) -> str:
    return run.trouble or ", ".join(f"{rule} {count}" for rule, count in Counter(run.rules).items()) or "nothing"


def fetch(registry: str, name: str, version: str, into: Path) -> Path | None:
    """The package unpacked, or None when the index has it not; wheels alone, since nothing of it may run."""
    into.mkdir(parents=True)
    if registry == "npm":
        command = ["npm", "pack", "--silent", "--ignore-scripts", f"{name}@{version}"]
    else:
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:"]
        command += [f"{name}=={version}"]
    subprocess.run(command, cwd=into, check=False, capture_output=True)
    for archive in sorted(into.iterdir()):
        if archive.suffix == ".whl":
            with zipfile.ZipFile(archive) as members:
                members.extractall(into / "package")  # noqa: S202 - zipfile drops roots and dots of names
        else:
            with tarfile.open(archive) as members:
                members.extractall(into, filter="data")
        archive.unlink()
        return into
    shutil.rmtree(into)
    return None


def packages(tables: Sequence[Path], home: Path) -> Iterator[tuple[str, str, str, Path, Path | None]]:
    """Language, name and weakness of each line, with the folders of its vulnerable and its fixed version."""
    for table in tables:
        rows = csv.reader(table.read_text(encoding="utf-8").splitlines(), delimiter="\t")
        for number, (registry, name, old, new, weakness) in enumerate(
            row for row in rows if not row[0].startswith("#")
        ):
            bad = fetch(registry, name, old, home / table.stem / f"{number}-old")
            good = fetch(registry, name, new, home / table.stem / f"{number}-new") if new != "-" else None
            if bad is None:
                print(f"  {name} {old} could not be fetched")
            else:
                yield JAVASCRIPT if registry == "npm" else PYTHON, f"{name} {old} {new}", weakness, bad, good


Scanners = Mapping[Scanner, str]


def over_corpus(scanners: Scanners, given: argparse.Namespace) -> None:
    """Every scanner over the labelled servers."""
    chosen = cases(given.split)
    for scanner, executable in scanners.items():
        runs = {case: scanner.run(executable, case.place, case.language) for case in chosen}
        print(f"\n{scanner.name}, {len(chosen)} servers, split {given.split}")
        for what, value in figures(runs):
            print(f"  {what:42} {value}")
        print(*(by_class(runs) if given.classes else ()), *(wrong(runs) if given.cases else ()), sep="\n")


def over_pairs(scanners: Scanners, given: argparse.Namespace) -> None:
    """Every scanner over packages at two versions."""
    with tempfile.TemporaryDirectory() as home:
        fetched = list(packages(given.pairs, Path(home)))
        for scanner, executable in scanners.items():
            print(f"\n{scanner.name}, {len(fetched)} pairs of packages")
            found = []
            for language, name, weakness, bad, good in fetched:
                old = scanner.run(executable, bad, language)
                new = scanner.run(executable, good, language) if good else None
                found.append((old, new))
                print(f"  {name}: {weakness}\n    vulnerable {told(old)}\n    fixed {told(new) if new else '-'}")
            both = [(old, new) for old, new in found if new]
            print(f"  vulnerable flagged {share(bool(old.rules) for old, _ in found)}")
            print(f"  told apart {share(bool(old.rules) and not new.rules for old, new in both)}")
            print(f"  more found on the vulnerable side {share(fewer(old, new) for old, new in both)}")
            for what, value in cost(run for pair in found for run in pair if run):
                print(f"  {what:42} {value}")


def over_good(scanners: Scanners, folder: Path) -> None:
    """Every scanner over servers of good repute, a folder each."""
    places = sorted(place for place in folder.iterdir() if place.is_dir())
    for scanner, executable in scanners.items():
        runs = {place: scanner.run(executable, place, language_of(place)) for place in places}
        print(f"\n{scanner.name}, {len(places)} well-regarded servers")
        print(f"  {'flagged':42} {share(bool(run.rules) for run in runs.values())}")
        rules = Counter(rule for run in runs.values() for rule in set(run.rules))
        print(f"  servers by rule: {', '.join(f'{rule} {count}' for rule, count in rules.most_common())}")
        for what, value in cost(runs.values()):
            print(f"  {what:42} {value}")


def language_of(place: Path) -> str:
    return PYTHON if any(place.rglob("*.py")) and not any(place.rglob("package.json")) else JAVASCRIPT


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--split", choices=("dev", "test", "all"), default="all")
    parser.add_argument("--classes", action="store_true", help="figures by class, too")
    parser.add_argument("--cases", action="store_true", help="name the cases of dev that go wrong")
    parser.add_argument("--peers", type=Path, metavar="FOLDER", help="of their environments; else what is on PATH")
    parser.add_argument("--install", action="store_true", help="install the peers there")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="these scanners alone")
    parser.add_argument("--pairs", type=Path, nargs="+", default=[], metavar="TSV")
    parser.add_argument("--good", type=Path, metavar="FOLDER")
    given = parser.parse_args()
    wanted = (DRIFTSEAL, *PEERS) if given.peers or given.only else (DRIFTSEAL,)
    scanners = {}
    for scanner in wanted:
        if given.only and scanner.name not in given.only:
            continue
        if given.install and given.peers and scanner is not DRIFTSEAL:
            scanner.install(given.peers)
        executable = scanner.executable(given.peers)
        if executable:
            scanners[scanner] = executable
        else:
            print(f"{scanner.name} is not installed")
    over_corpus(scanners, given)
    if given.pairs:
        over_pairs(scanners, given)
    if given.good:
        over_good(scanners, given.good)
    return 0


if __name__ == "__main__":
    sys.exit(main())
