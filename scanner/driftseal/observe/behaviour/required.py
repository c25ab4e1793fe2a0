"""What is installed along with a server: names that imitate others, archives of some host, indexes that are mixed."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import islice
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from driftseal.model.item import Json
from driftseal.narrow import object_or_empty, text_or_empty
from driftseal.observe import lookalike, words
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.whole import Code
from driftseal.observe.lookalike import Likeness
from driftseal.regexes import regex

_NAME: Final = regex(r"\s*([A-Za-z0-9][A-Za-z0-9._-]{0,80})\s*(?:\[[^\]]{0,200}\])?\s*(?:@\s*(\S+))?")
_OPTION: Final = regex(r"\s*(--?[a-z-]+)[\s=]+(\S+)")
_ARCHIVE: Final = regex(r"(?i)https?://.*\.(?:tgz|tar\.gz|tar\.bz2|zip|whl)(?:[#?].*)?")
_TELLING: Final = frozenset({Likeness.DRAWN, Likeness.TYPO})
_LISTS: Final = ("requirements.txt", "requirements.in")
_INDEXES: Final = frozenset({"--index-url", "--extra-index-url", "--find-links", "-i", "-f"})
_FEWEST: Final = 5
_MANY: Final = 9
"""Letters of a short name; of a longer one a single letter is looked for by its own means."""
_BEGUN: Final = 2
"""The first letter is not mistaken: ``lmflow`` is another package than ``mlflow``."""
_NPM_SETTING: Final = regex(r"\s*(?:@[\w.-]+:)?registry\s*=\s*(\S+)")
_LINES: Final = 500
"""Requirements of one file that are looked at."""
_LINE: Final = 1_000
_FILE: Final = 256 * 1024
"""Bytes of a list of requirements that is read."""
_FILES: Final = 16
"""Folders of one project whose requirements are looked at."""


class _Wanted(NamedTuple):
    """One package that is asked for."""

    name: str
    address: str
    """Where it is fetched, if not by its name."""


def find(code: Code) -> Iterator[Fact]:
    """``dependency-imitates``, ``dependency-from-address`` and ``dependency-index-mixed``."""
    folders = dict.fromkeys(["", *(posixpath.dirname(path) for path in code.metadata)])
    for path, held in list(code.metadata.items())[:_FILES]:
        about = object_or_empty(held)
        python = posixpath.basename(path) == "pyproject.toml"
        for each in islice(_of_python(about) if python else _of_node(about), _LINES):
            yield from _judged(code, path, each, "pypi" if python else "npm")
        mixed = _mixed(about) if python else ""
        if mixed:
            yield Fact("dependency-index-mixed", path, _line(code, path, mixed), mixed)
    for folder in [*folders][:_FILES] if code.project.texts is not None else ():
        for name in _LISTS:
            yield from _of_list(code, posixpath.join(folder, name))
        yield from _of_settings(code, posixpath.join(folder, ".npmrc"))


def _judged(code: Code, path: str, wanted: _Wanted, registry: str) -> Iterator[Fact]:
    if wanted.address and from_stranger(wanted.address):
        line = _line(code, path, wanted.address)
        yield Fact("dependency-from-address", path, line, f"{wanted.name} from {wanted.address[:120]}")
    known = _imitated(wanted.name, registry)
    if known:
        yield Fact("dependency-imitates", path, _line(code, path, wanted.name), f"{wanted.name}, like {known}")


def _of_python(about: Mapping[str, Json]) -> Iterator[_Wanted]:
    project, tools = object_or_empty(about.get("project")), object_or_empty(about.get("tool"))
    lists = [project.get("dependencies"), object_or_empty(about.get("build-system")).get("requires")]
    lists += [*object_or_empty(project.get("optional-dependencies")).values()]
    for each in lists:
        for line in each[:_LINES] if isinstance(each, list) else ():
            yield from _of_line(text_or_empty(line)[:_LINE])
    poetry, uv = object_or_empty(tools.get("poetry")), object_or_empty(tools.get("uv"))
    for table in (poetry.get("dependencies"), uv.get("sources")):
        for name, told in list(object_or_empty(table).items())[:_LINES]:
            yield _Wanted(name, text_or_empty(object_or_empty(told).get("url")))


def _of_node(about: Mapping[str, Json]) -> Iterator[_Wanted]:
    for key in ("dependencies", "optionalDependencies"):
        for name, version in list(object_or_empty(about.get(key)).items())[:_LINES]:
            address = text_or_empty(version)
            yield _Wanted(name, address if "://" in address else "")


def _of_list(code: Code, path: str) -> Iterator[Fact]:
    """A list as pip reads it: requirements, and options that say where these are looked for."""
    data = code.project.texts(path) if code.project.texts is not None else None
    if data is None or len(data) > _FILE:
        return
    index, believed = "", ""
    for line in data.decode("utf-8", "replace").splitlines()[:_LINES]:
        option = _OPTION.match(line[:_LINE])
        if option is not None:
            index = option[2] if option[1] in _INDEXES and is_foreign(option[2]) else index
            believed = option[2] if option[1] == "--trusted-host" else believed
            continue
        for each in _of_line(line[:_LINE]):
            yield from _judged(code, path, each, "pypi")
    if index and (believed or index.startswith("http://")):
        yield Fact("dependency-index-mixed", path, _line(code, path, index), f"{index}, believed without a certificate")


def _of_settings(code: Code, path: str) -> Iterator[Fact]:
    """Settings of npm by which packages come from somebody's own registry, of which no certificate is asked."""
    data = code.project.texts(path) if code.project.texts is not None else None
    if data is None or len(data) > _FILE:
        return
    lines = data.decode("utf-8", "replace").splitlines()[:_LINES]
    believed = any(line.replace(" ", "").lower() == "strict-ssl=false" for line in lines)
    for line in lines:
        named = _NPM_SETTING.match(line[:_LINE])
        if named is not None and is_foreign(named[1]) and (believed or named[1].startswith("http://")):
            yield Fact(
                "dependency-index-mixed", path, _line(code, path, named[1]), f"{named[1]}, without a certificate"
            )
            return


def _of_line(line: str) -> Iterator[_Wanted]:
    found = _NAME.match(line)
    if found is not None:
        yield _Wanted(found[1], found[2] or "")


def _mixed(about: Mapping[str, Json]) -> str:
    """The address of an index of somebody's own, where the highest version of either index wins."""
    uv = object_or_empty(object_or_empty(about.get("tool")).get("uv"))
    given = uv.get("index")
    found = [text_or_empty(object_or_empty(one).get("url")) for one in (given if isinstance(given, list) else ())]
    more = uv.get("extra-index-url")
    found += [text_or_empty(one) for one in (more if isinstance(more, list) else [more])]
    foreign = next((one for one in found[:_LINES] if one and is_foreign(one)), "")
    unsafe = text_or_empty(uv.get("index-strategy")) == "unsafe-best-match"
    return foreign if foreign and (unsafe or foreign.startswith("http://")) else ""


def from_stranger(address: str) -> bool:
    """Whether an address is an archive of neither a registry nor a host of repositories."""
    if _ARCHIVE.match(address) is None:
        return False
    repositories = words.vocabulary("model-packages", "repositories") | words.vocabulary("common-packages", "archives")
    return is_foreign(address) and _host(address) not in repositories


def is_foreign(address: str) -> bool:
    """Whether an index is neither public nor within one's own walls."""
    host = _host(address)
    public = any(host == one or host.endswith(f".{one}") for one in words.vocabulary("model-packages", "indexes"))
    return bool(host) and not public and not says("official-sources", address) and not says("own-machine", address)


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def _imitated(name: str, registry: str) -> str:
    """The package that a name is drawn like, or one letter off; empty for any other name."""
    name = re.sub(r"[-_.]+", "-", name).lower() if registry == "pypi" else name
    names, keys = _known(registry)
    if name in names:
        return ""
    slipped = _slips(registry).get(name.lower(), "")
    if slipped:
        return slipped
    near = [keys[key] for key in (lookalike.drawn(name), *lookalike.typo_keys(name)) if key in keys]
    telling = (one for one in near if lookalike.likeness(name, one) in _TELLING and not lookalike.is_plural(name, one))
    return next(telling, "")


@cache
def _slips(registry: str) -> Mapping[str, str]:
    """What a slip of the finger makes of short names that many install: letters changed over, or twice and once."""
    names, _ = _known(registry)
    found: dict[str, str] = {}
    for name in sorted(names):
        plain = _FEWEST <= len(name) < _MANY and name.isalpha()
        for at in range(_BEGUN, len(name)) if plain else ():
            swapped = name[: at - 1] + name[at] + name[at - 1] + name[at + 1 :]
            doubled = name[: at + 1] + name[at:]
            # In the index of Python such a name is another package as often as not: ``pyaml``.
            once = name[:at] + name[at + 1 :] if name[at] == name[at - 1] and registry == "npm" else name
            found |= {one: name for one in (swapped, doubled, once) if one not in names}
    return found


@cache
def _known(registry: str) -> tuple[frozenset[str], Mapping[str, str]]:
    """Names that many install, and by what is left of each what it is."""
    names = words.vocabulary("common-packages", registry)
    names |= words.vocabulary("model-packages", "names") if registry == "pypi" else frozenset()
    keys = {key: name for name in sorted(names) for key in (lookalike.drawn(name), *lookalike.typo_keys(name))}
    return names, keys


def _line(code: Code, path: str, text: str) -> int:
    """Where a file names something; its first line where that cannot be told."""
    data = code.project.texts(path) if code.project.texts is not None else None
    at = data.find(text.encode()) if data is not None else -1
    return data.count(b"\n", 0, at) + 1 if data is not None and at >= 0 else 1
