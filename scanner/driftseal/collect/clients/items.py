"""What a configured server's facts become: launch, package, credential and permission items."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from driftseal import snapshot
from driftseal.canonical import escape_pointer
from driftseal.collect.clients import redact
from driftseal.collect.clients.launch import Credential, Facts
from driftseal.collect.clients.packages import Package
from driftseal.model.item import Evidence, Item, ItemKind, Json

Line = Callable[[str], int]


def items(facts: Facts, *, uri: str, pointer: str, line: Line, name: str = "") -> Iterator[Item]:
    """Every item of one entry. ``name`` tells several launches of one target apart."""
    here = Evidence(uri, pointer, line(pointer))
    content = dict(facts.content)
    if facts.package is not None:
        content["package"] = _package(facts.package)
        yield package_item(facts.package, here)
    yield snapshot.make_item(ItemKind.LAUNCH, name, content, evidence=[here])
    for credential in facts.credentials.values():
        yield _credential(credential, uri, pointer, line)
    for permission, settings in facts.permissions.items():
        places = [f"{pointer}/{escape_pointer(key)}" for key in settings]
        evidence = [Evidence(uri, place, line(place)) for place in places]
        yield snapshot.make_item(ItemKind.PERMISSION, permission, dict(settings), evidence=evidence)


def _credential(credential: Credential, uri: str, pointer: str, line: Line) -> Item:
    content: dict[str, Json] = {
        "name": credential.name,
        "source": ",".join(sorted(credential.sources)),
        "used_in": list[Json](sorted({place.partition("/")[0] for place in credential.places})),
    }
    if credential.references:
        content["references"] = list[Json](sorted(credential.references))
    evidence = [_place(place, uri, pointer, line) for place in credential.places]
    return snapshot.make_item(ItemKind.CREDENTIAL, credential.name, content, evidence=evidence)


def _place(place: str, uri: str, pointer: str, line: Line) -> Evidence:
    head, _, name = place.partition("/")
    exact = f"{pointer}/{escape_pointer(head)}" + (f"/{escape_pointer(name)}" if name else "")
    # The entry itself where a client spells the key in another way than we tell it.
    return Evidence(uri, exact, line(exact)) if line(exact) else Evidence(uri, pointer, line(pointer))


def _package(package: Package) -> dict[str, Json]:
    return {
        "runner": package.runner,
        "type": package.type,
        "name": redact.redact(package.name),
        "version": redact.redact(package.version) if package.version else None,
        "pinned": package.pinned,
    }


def package_item(package: Package, evidence: Evidence) -> Item:
    """A package, called by its package URL without version; the version is content, so that it drifts."""
    content = _package(package)
    bare, full = purls(package)
    if full:
        content["purl"] = full
    return snapshot.make_item(ItemKind.PACKAGE, bare or str(content["name"]), content, evidence=[evidence])


def purls(package: Package) -> tuple[str, str]:
    """Package URL without and with its version; both empty for what is in no registry."""
    from packageurl import PackageURL

    if (
        package.type not in {"npm", "pypi", "docker", "nuget", "golang", "cargo", "generic"}
        or package.type == "generic"
    ):
        return "", ""
    namespace, _, name = redact.redact(package.name).rpartition("/")
    qualifiers: dict[str, str] = {}
    if package.type == "docker":
        registry, slash, path = namespace.partition("/")
        if "." in registry or ":" in registry or registry == "localhost":
            if registry != "docker.io":
                qualifiers["repository_url"] = registry
            namespace = path if slash else ""
    try:
        bare = PackageURL(package.type, namespace or None, name, None, qualifiers).to_string()
        if not package.version or (not package.pinned and package.type != "docker"):
            return bare, bare
        version = redact.redact(package.version)
        return bare, PackageURL(package.type, namespace or None, name, version, qualifiers).to_string()
    except ValueError:
        return "", ""
