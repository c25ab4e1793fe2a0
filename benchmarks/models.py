"""Measures what scanners find in model files, and what that costs: ``benchmarks/model_files`` and other corpora.

    python benchmarks/models.py                                # driftseal alone
    python benchmarks/models.py --peers FOLDER --install       # and others, each in its own environment below FOLDER
    python benchmarks/models.py --libraries PYTHON             # and honest files that the libraries there really write

Every scanner judges every file in one run. A finding of high or critical severity counts as dangerous, one of medium
severity as worth a review; that something could not be read is no detection. ``--cases`` names what goes wrong,
``--classes`` counts by class, ``--speed`` also hashes and scans files of a gigabyte beside plain SHA-256.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import model_speed
from model_files import HONEST, HOSTILE, OTHER, PICKLE, Case, cases
from model_judges import CLEAN, DANGEROUS, HANGS, REVIEW
from model_scanners import DRIFTSEAL, FAILED, PEERS, Scanner, Verdict

LIBRARIES = Path(__file__).with_name("model_libraries.py")
Verdicts = Mapping[Path, Verdict]
Corpus = Mapping[Path, Case]


def share(part: Iterable[bool]) -> str:
    of = list(part)
    return f"{sum(of) / len(of):6.1%} ({sum(of)}/{len(of)})" if of else "-"


def of(corpus: Corpus, verdicts: Verdicts, label: str, family: str | None = None) -> list[Verdict]:
    """The verdicts on all cases of a label."""
    chosen = (path for path, case in corpus.items() if case.label == label and family in {None, case.family})
    return [verdicts[path] for path in chosen]


def figures(corpus: Corpus, verdicts: Verdicts) -> Iterator[tuple[str, str]]:
    """What the comparison is made by."""
    for family, title in ((PICKLE, "pickle family"), (OTHER, "other formats")):
        found = of(corpus, verdicts, HOSTILE, family)
        yield f"recall, {title}, dangerous or review", share(one.level in {DANGEROUS, REVIEW} for one in found)
        yield f"recall, {title}, dangerous", share(one.level == DANGEROUS for one in found)
    good = of(corpus, verdicts, HONEST)
    yield "benign flagged dangerous", share(one.level == DANGEROUS for one in good)
    yield "benign flagged review", share(one.level == REVIEW for one in good)
    yield "benign clean", share(one.level == CLEAN for one in good)
    times = sorted(one.seconds for one in verdicts.values())
    yield "milliseconds a file, median and 95 %", f"{_at(times, 0.5) * 1000:.1f} {_at(times, 0.95) * 1000:.1f}"
    yield "crashes", str(sum(bool(one.crash) and one.level != HANGS for one in verdicts.values()))
    yield "hangs", str(sum(one.level == HANGS for one in verdicts.values()))
    yield "not read", str(sum(one.level in FAILED for one in verdicts.values()))


def _at(times: Sequence[float], part: float) -> float:
    return times[min(int(len(times) * part), len(times) - 1)]


def by_class(corpus: Corpus, verdicts: Verdicts) -> Iterator[str]:
    """Of each class: how many of its files are flagged."""
    flagged: dict[tuple[str, str, str], list[bool]] = defaultdict(list)
    for path, case in corpus.items():
        flagged[case.label, case.family, case.kind].append(verdicts[path].level in {DANGEROUS, REVIEW})
    for (label, family, kind), hits in sorted(flagged.items()):
        yield f"    {label:8} {family:7} {kind:32} {sum(hits)}/{len(hits)}"


def wrong(corpus: Corpus, verdicts: Verdicts) -> Iterator[str]:
    """Hostile files that pass, and honest ones that do not."""
    for path, case in corpus.items():
        verdict = verdicts[path]
        if (case.label == HOSTILE) != (verdict.level in {DANGEROUS, REVIEW}):
            yield f"    {case.label} {case.kind}: {path.name} {verdict.level} {verdict.crash}"


def written(home: Path, libraries: Path | None) -> dict[Path, Case]:
    """Every case, by where it lies."""
    corpus = {case.write(home): case for case in cases()}
    if libraries is None:
        return corpus
    folder = home / HONEST / "libraries"
    done = subprocess.run([str(libraries), str(LIBRARIES), str(folder)], check=True, capture_output=True, text=True)
    print(done.stdout, end="")
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            family = path.relative_to(folder).parts[0]
            corpus[path] = Case(f"written by {path.parent.name}", path.name, HONEST, family, {})
    return corpus


def counted(corpus: Corpus) -> str:
    counts = Counter((case.label, case.family) for case in corpus.values())
    return ", ".join(f"{count} {label} {family}" for (label, family), count in sorted(counts.items()))


def chosen_scanners(given: argparse.Namespace) -> Iterator[tuple[Scanner, Path]]:
    """Those that are there, each with its interpreter; those that are not are said."""
    for scanner in (DRIFTSEAL, *(PEERS if given.peers else ())):
        if given.only and scanner.name not in given.only:
            continue
        if given.install and scanner is not DRIFTSEAL and (problem := scanner.install(given.peers)):
            print(f"{scanner.name} does not install: {problem}")
        python = scanner.python(given.peers)
        if python is None:
            print(f"{scanner.name} is not installed")
        else:
            yield scanner, python


def compare(corpus: Corpus, given: argparse.Namespace, home: Path) -> None:
    """Every scanner over the corpus."""
    for scanner, python in chosen_scanners(given):
        verdicts = scanner.judge(python, list(corpus), home)
        print(f"\n{scanner.name} {scanner.version(python)}, {len(corpus)} files or folders")
        for what, value in figures(corpus, verdicts):
            print(f"  {what:42} {value}")
        print(*(by_class(corpus, verdicts) if given.classes else ()), sep="\n", end="")
        print(*(wrong(corpus, verdicts) if given.cases else ()), sep="\n")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--peers", type=Path, metavar="FOLDER", help="of their environments")
    parser.add_argument("--install", action="store_true", help="install the peers there")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="these scanners alone")
    parser.add_argument("--libraries", type=Path, metavar="PYTHON", help="where torch, scikit-learn and others are")
    parser.add_argument("--classes", action="store_true", help="figures by class, too")
    parser.add_argument("--cases", action="store_true", help="name what goes wrong")
    parser.add_argument("--speed", action="store_true", help="measure files of a gigabyte, too")
    parser.add_argument("--gigabytes", type=float, default=1.0, metavar="N", help="size of these")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        corpus = written(home / "corpus", given.libraries)
        print(counted(corpus))
        compare(corpus, given, home)
        if given.speed:
            model_speed.measure(home, int(given.gigabytes * (1 << 30)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
