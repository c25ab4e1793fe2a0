"""Agents that Terraform and CloudFormation deploy, and models that are told by a name beside their deployment."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.canonical import escape_pointer
from driftseal.collect.discovery.base import FileFinder, Sighting, Source
from driftseal.collect.discovery.files import _blocks, _documents, _keys, _models
from driftseal.collect.discovery.files._packages import basename
from driftseal.formats.base import Document
from driftseal.limits import Limits
from driftseal.model.item import ItemKind, Json
from driftseal.narrow import text_or_empty
from driftseal.observe import aside

_TEMPLATES: Final = (".yaml", ".yml", ".json", ".template")
_AGENTS: Final = frozenset(
    {
        "aws_bedrockagent_agent",
        "awscc_bedrock_agent",
        "aws_bedrockagentcore_agent_runtime",
        "google_dialogflow_cx_agent",
    }
)
"""Resources of Terraform that are agents."""
_TYPES: Final = frozenset({"AWS::Bedrock::Agent", "AWS::BedrockAgentCore::Runtime"})
"""Those of CloudFormation."""
_NAMES: Final = ("agent_name", "agent_runtime_name", "display_name", "AgentName", "AgentRuntimeName")
_MODELS: Final = ("foundation_model", "FoundationModel")
_FRAMEWORKS: Final = {"dialogflow": "dialogflow"}
_BEDROCK: Final = "bedrock"
_CONFIDENCE: Final = 0.9


class Infrastructure(FileFinder):
    """See the module."""

    name: ClassVar[str] = "infrastructure"

    def wants(self, path: str) -> bool:
        """See ``FileFinder.wants``."""
        if not path.lower().endswith((*_blocks.ENDINGS, *_TEMPLATES)) or basename(path) in _keys.load().passed:
            return False
        return not aside.is_aside(path)

    def takes(self, size: int, limits: Limits) -> bool:
        """See ``FileFinder.takes``."""
        return size <= min(limits.discovery_file_bytes, limits.slow_text_bytes)

    def look(self, source: Source) -> Iterator[Sighting]:
        """See ``FileFinder.look``."""
        if source.path.lower().endswith(_blocks.ENDINGS):
            if any(name.encode() in source.data for name in _AGENTS):
                yield from _resources(source.text)
        elif any(name.encode() in source.data for name in _TYPES):
            document = source.document if source.path.lower().endswith(".json") else _documents.first(source)
            yield from _template(document)


def _resources(text: str) -> Iterator[Sighting]:
    told: dict[_blocks.Block, dict[str, str]] = {}
    for pair in _blocks.pairs(text):
        block = pair.block
        if block is not None and block.kind == "resource" and block.labels and block.labels[0] in _AGENTS:
            told.setdefault(block, {})[pair.key] = pair.value.strip().strip("\"'")
    for block, given in told.items():
        label = block.labels[-1]
        yield _agent(given, label, block.labels[0], block.line)


def _template(document: Document) -> Iterator[Sighting]:
    value = document.value if isinstance(document.value, dict) else {}
    resources = value.get("Resources")
    for label, about in resources.items() if isinstance(resources, dict) else ():
        kind = about.get("Type") if isinstance(about, dict) else None
        given = about.get("Properties") if isinstance(about, dict) else None
        if kind in _TYPES and isinstance(given, dict):
            texts = {key: text_or_empty(one) for key, one in given.items()}
            yield _agent(texts, label, str(kind), document.line(f"/Resources/{escape_pointer(label)}"))


def _agent(given: dict[str, str], label: str, kind: str, line: int) -> Sighting:
    """An agent by the name that it is given; one that is put together is called as its resource is."""
    name = next((given[key] for key in _NAMES if given.get(key)), "")
    framework = next((word for mark, word in _FRAMEWORKS.items() if mark in kind), _BEDROCK)
    content: dict[str, Json] = {"framework": framework}
    model = _models.named(next((given[key] for key in _MODELS if given.get(key)), ""))
    if model is not None:
        content["model"] = f"{model.provider}:{model.id}"
    plain = name if name and not any(mark in name for mark in "${}[]") and "." not in name else label
    return Sighting(ItemKind.AGENT, plain, content, line=line, symbol=label, confidence=_CONFIDENCE)
