"""What a server reaches: folders, hosts, secrets written down, commands for headers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from driftseal import canonical
from driftseal.detect import _places
from driftseal.detect._spot import Spot
from driftseal.detect.launches import command
from driftseal.model.item import Json
from driftseal.observe import words
from driftseal.observe.text import confusables
from driftseal.regexes import regex

_TEMPORARY: Final = regex(
    r"(?:/private)?/(?:tmp|var/tmp|dev/shm)/|.*/appdata/local/temp/|%te?mp%/|\$\{?tmpdir\}?/|(?:~|/home/[^/]+|/users/[^/]+|"
    r"c:/users/[^/]+|\$home|%userprofile%)/downloads/|c:/(?:windows/)?temp/|c:/users/public/"
)
_PROGRAM: Final = regex(r"\.(?:m?[jt]s|cjs|py|sh|rb|pl|php|jar|exe|bat|ps1|lua)\Z")


def temporary(launch: Mapping[str, Json]) -> Iterator[Spot]:
    """A program in a folder that everyone may write to, or that browsers fill."""
    for index, word in enumerate(command.line(launch)):
        plain = word.text[: _places.LONGEST].replace("\\", "/").lower()
        # An argument counts when it is a program: folders under /tmp are a good place for data.
        if _TEMPORARY.match(plain) and (index == 0 or _PROGRAM.search(plain)):
            yield Spot(word.pointer, word.text, f"the program {word.text!r} lies where others can put one")


def relative(launch: Mapping[str, Json]) -> Iterator[Spot]:
    """A program of the scanned project itself: whoever changes the project changes what starts."""
    given = command.line(launch)
    for index, word in enumerate(given[:3]):
        plain = word.text.replace("\\", "/")
        if plain.startswith(("./", "../")) and (index == 0 or _PROGRAM.search(plain.lower())):
            yield Spot(word.pointer, word.text, f"the program {word.text!r} is found relative to the working folder")
            return


def broad_folder(launch: Mapping[str, Json]) -> Iterator[Spot]:
    """All of the machine, or all of a person's files, handed to one server."""
    given = command.line(launch)
    if command.container(given) is not None:
        return
    for word in given[1:]:
        value = word.text.rpartition("=")[2]
        if _places.is_whole(value) or _places.is_home(value):
            yield Spot(word.pointer, word.text, f"the server is given all of {value!r}")


def sensitive_folder(launch: Mapping[str, Json]) -> Iterator[Spot]:
    """A file or folder of keys handed to a server."""
    given = command.line(launch)
    if command.container(given) is not None:
        return
    for word in given[1:]:
        value = word.text.rpartition("=")[2]
        if len(value) > 1 and ("/" in value or "\\" in value) and _places.sensitive_path(value):
            yield Spot(word.pointer, word.text, f"the server is given {value!r}, which holds keys")


def inline_secret(launch: Mapping[str, Json]) -> Iterator[Spot]:
    """A secret written into the configuration. Its value was taken out when it was read."""
    listed = launch.get("inline_secrets")
    for secret in listed if isinstance(listed, list) else ():
        if isinstance(secret, str):
            yield Spot(_inside(launch, secret), secret, f"a secret is written down in {secret}")


def _inside(launch: Mapping[str, Json], place: str) -> str:
    """Where ``args/2`` or ``env/TOKEN`` stands in the item; names of variables and headers are a list there."""
    head, _, name = place.strip("/").partition("/")
    names = launch.get(head)
    if isinstance(names, list) and name in names:
        return f"/{head}/{names.index(name)}"
    return f"/{head}/{name}" if isinstance(names, list) and name.isdigit() else f"/{head}" if head in launch else ""


def plain_http(launch: Mapping[str, Json]) -> Iterator[Spot]:
    """A server reached without encryption."""
    for pointer, url in _urls(launch):
        if _places.is_plain_http(url):
            yield Spot(pointer, url, f"{_places.host(url)!r} is reached over plain http")


def metadata_service(launch: Mapping[str, Json]) -> Iterator[Spot]:
    """A server URL that is a cloud's metadata service."""
    for pointer, url in _urls(launch):
        if _places.is_metadata(url):
            yield Spot(pointer, url, f"{_places.host(url)!r} hands out this machine's cloud credentials")


def passing_host(launch: Mapping[str, Json]) -> Iterator[Spot]:
    """A server behind a tunnel or on a host that anyone may get for an hour."""
    for pointer, url in _urls(launch):
        host = _places.host(url)
        for domain in sorted(words.vocabulary("sensitive-places", "passing_hosts")):
            if host == domain or host.endswith(f".{domain}"):
                yield Spot(pointer, url, f"{host!r} is an address of {domain}, which belongs to another one tomorrow")


def disguised_host(launch: Mapping[str, Json]) -> Iterator[Spot]:
    """A host written with letters of another script that look like Latin ones."""
    for pointer, url in _urls(launch):
        host = _decoded(_places.host(url))
        if any(True for label in host.split(".") for _ in confusables.mixed_words(label)) or (
            not host.isascii() and confusables.fold(host).isascii()
        ):
            yield Spot(pointer, url, f"the host {host!r} only looks like {confusables.fold(host)!r}")


def headers_helper(launch: Mapping[str, Json]) -> Iterator[Spot]:
    """A command that the client runs for the headers of each connection."""
    helper = launch.get("headersHelper")
    if helper:
        yield Spot("/headersHelper", canonical.compact(helper), "connecting runs a command of the configuration")


def _urls(launch: Mapping[str, Json]) -> Iterator[tuple[str, str]]:
    url = launch.get("url")
    if isinstance(url, str):
        yield "/url", url
    # Bridges such as mcp-remote take the URL as an argument.
    for word in command.line(launch)[1:]:
        found = _URL.search(word.text[: _places.LONGEST])
        if found is not None:
            yield word.pointer, found[0]


_LONGEST_HOST: Final = 253
"""RFC 1035, section 2.3.4."""
_URL: Final = regex(r"(?:https?|wss?)://[^\s'\"<>|;]+", re.IGNORECASE)


def _decoded(host: str) -> str:
    if "xn--" not in host or len(host) > _LONGEST_HOST:
        return host
    try:
        return host.encode("ascii").decode("idna")
    except UnicodeError:
        return host
