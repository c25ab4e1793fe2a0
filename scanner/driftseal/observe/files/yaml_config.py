"""Model configurations in YAML that name what their loader makes: ``_target_`` of Hydra and NeMo, tags of PyYAML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Final

from driftseal.formats.blob import Blob, Bytes
from driftseal.observe.files import _graph
from driftseal.observe.files._pickle_names import Tier, tier
from driftseal.observe.files.base import Analyser, Blank, Budget, Embedded, Fact, Seen
from driftseal.observe.words import vocabulary

if TYPE_CHECKING:
    import yaml

_LOOKED: Final = 1 << 20
_MARK: Final = re.compile(
    rb"""\b(?:_target_|class_path|chat_template)["']?[ \t]*+:|!!python/|tag:yaml\.org,2002:python|![\w-]*!python"""
)
_TEMPLATE: Final = "chat_template"
_ENDINGS: Final = (".yaml", ".yml")
_TAG: Final = "tag:yaml.org,2002:python/"


class YamlConfig(Analyser):
    """Only files that name something to be made; other YAML is nobody's model.

    Facts:
        yaml-python-tag: a tag has unsafe loaders make or call something (subject: its name).
        yaml-dangerous-target: what is to be made runs commands or code (subject: its name).
        yaml-foreign-target: what is to be made is of a package that no known framework is (subject: its name).
        yaml-computed-target: what is to be made is put together when it is loaded (subject: the text).
        yaml-unparsable: it is no YAML.

    Property: ``targets`` (every name that is made). Chat templates are files within the file, read as ``jinja``.
    """

    name: ClassVar[str] = "yaml_config"

    def claims(self, head: bytes, blob: Blob) -> bool:
        """See ``Analyser.claims``."""
        if b"\0" in head or head[:1] in b"{<\x80":
            return False
        data = head if len(head) == blob.size else blob.read_at(0, _LOOKED)
        return _MARK.search(data) is not None

    def read(self, blob: Blob, name: str, budget: Budget) -> Iterator[Seen]:
        """See ``Analyser.read``."""
        if blob.size > budget.limits.slow_text_bytes:
            yield Blank("the configuration is too large to be parsed (limits.slow_text_bytes)")
            return
        import yaml

        text = blob.read_at(0, blob.size).decode("utf-8-sig", "replace")
        found = _Names(budget)
        try:
            for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
                yield from found.take(event)
                if found.stopped:
                    break
        except (yaml.YAMLError, RecursionError) as cause:
            found.stopped = str(cause).partition("\n")[0]
        if found.stopped and name.lower().endswith(_ENDINGS):
            # Under another name it is a text that speaks of such configurations.
            yield Fact("yaml-unparsable", found.stopped)
            yield Blank(f"the configuration was not read to its end: {found.stopped}")
        if found.targets:
            yield _graph.listed("targets", list(found.targets)[: _graph.LISTED])


class _Names:
    """What the events of a document name."""

    def __init__(self, budget: Budget) -> None:
        self.targets: dict[str, None] = {}
        self.stopped = ""
        """Why no more events are wanted."""
        self._budget = budget
        self._told: set[tuple[str, str]] = set()
        self._key = ""
        self._templates = False
        self._depth = 0

    def take(self, event: yaml.Event) -> Iterator[Seen]:
        """Facts of one event that are new, and the template that it is."""
        kind = type(event).__name__
        self._depth += kind.endswith("StartEvent")
        self._depth -= kind.endswith("EndEvent")
        if self._depth > self._budget.limits.json_depth or not self._budget.spend():
            self.stopped = "nested too deep (limits.json_depth) or too long (limits.file_steps)"
        at = event.start_mark.index if event.start_mark else 0
        found = [*_tagged(getattr(event, "tag", None) or "", at)]
        value = str(getattr(event, "value", ""))
        if self._key and value:
            self.targets[value] = None
            found += _target(value, at)
        if self._templates and value:
            yield Embedded(_TEMPLATE, Bytes(value.encode("utf-8", "replace")), "jinja")
        self._templates = value == _TEMPLATE
        self._key = value if value in vocabulary("targets", "members") else ""
        for fact in found:
            if (fact.name, fact.subject) not in self._told:
                self._told.add((fact.name, fact.subject))
                yield fact


def _tagged(tag: str, at: int) -> Iterator[Fact]:
    if tag.startswith(_TAG):
        name = tag.removeprefix(_TAG)
        yield Fact("yaml-python-tag", f"!!python/{name}", at, subject=name)


def _target(value: str, at: int) -> Iterator[Fact]:
    """How a dotted name that is made is judged."""
    module, _, name = value.rpartition(".")
    parts = value.lower().split(".")
    if "${" in value:
        yield Fact("yaml-computed-target", value, at, subject=value)
        return
    tiers = tier(module, name)
    dangerous = vocabulary("targets", "dangerous")
    if (
        (tiers not in {Tier.UNKNOWN, Tier.DOTTED} and not tiers.harmless)
        or parts[0] in dangerous
        or parts[-1] in dangerous
    ):
        yield Fact("yaml-dangerous-target", value, at, subject=value)
    elif parts[0] not in vocabulary("targets", "packages") and not tiers.harmless:
        yield Fact("yaml-foreign-target", value, at, subject=value)
