"""Models that code loads from somewhere or asks over a network."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.code import ir
from driftseal.code.constants import Spot, last_name
from driftseal.collect.discovery.base import Code, CodeFinder, Sighting
from driftseal.collect.discovery.code import _names, _tables
from driftseal.collect.discovery.code._asking import Asking
from driftseal.collect.discovery.code._tables import Bundle, Loader
from driftseal.collect.discovery.sites import Site
from driftseal.collect.discovery.values import Value
from driftseal.model.item import ItemKind, Json

_REMOTE_CODE: Final = "trust_remote_code"
_ARN: Final = "arn:aws"
"""Of Amazon's: the account before the name is nobody's business."""
_COMMIT: Final = ("revision", "commit_hash")


class ModelFinder(CodeFinder):
    """See the module."""

    name: ClassVar[str] = "models"
    words: ClassVar[frozenset[bytes]] = frozenset(
        {
            b"transformers",
            b"huggingface",
            b"from_pretrained",
            b"sentence_transformers",
            b"torch.hub",
            b"torchaudio",
            b"whisper",
        }
        | {
            b"diffusers",
            b"hf_hub",
            b"vllm",
            b"sglang",
            b"openai",
            b"anthropic",
            b"claude",
            b"gemini",
            b"genai",
            b"vertexai",
        }
        | {
            b"mistral",
            b"cohere",
            b"groq",
            b"bedrock",
            b"ollama",
            b"litellm",
            b"langchain",
            b"llama_index",
            b"llamaindex",
        }
        | {
            b"haystack",
            b"init_chat_model",
            b"init_embeddings",
            b"ai-sdk",
            b"gpt-",
            b"replicate",
            b"together",
            b"fireworks",
        }
        | {
            b"deepseek",
            b"pydantic_ai",
            b"crewai",
            b"autogen",
            b"smolagents",
            b"dspy",
            b"semantic_kernel",
            b"google.adk",
            b"agno",
        }
        | {
            b"strands",
            b"mastra",
            b"mlx_lm",
            b"mlx_vlm",
            b"ultralytics",
            b"spacy",
            b"timm",
            b"open_clip",
            b"speechbrain",
            b"easyocr",
        }
        | {b"fastembed", b"peft", b"gliner", b"mlflow", b"kagglehub", b"modelscope", b"tensorflow_hub", b"torchvision"}
        | {
            b"keras",
            b"gpt4all",
            b"kokoro",
            b"semantickernel",
            b"snapshot_download",
            b"repo_id",
            b"flagembedding",
            b"funasr",
        }
        | {
            b"llama_cpp",
            b"ctranslate2",
            b"openrouter",
            b"voyage",
            b"watsonx",
            b"nemo",
            b"langgraph",
            b"rig::",
            b"langchain4j",
        }
    )

    def look(self, code: Code, path: str) -> Iterator[Sighting]:
        """See `CodeFinder.look`."""
        asking = Asking(code, path)
        for site in code.index.of(path).calls:
            for loader, sure in asking.loaders(site):
                found = list(_of_call(code, asking, site, loader, sure))
                yield from found
                if found:
                    break
        yield from _bundles(code, asking)


def named_by(code: Code, asking: Asking, spot: Spot) -> str:
    """The model that an argument names, or that the object that it is speaks to; empty for what nobody can say."""
    led = code.constants.follow(spot)
    if isinstance(led.expr, ir.Call):
        asking = asking if led.path == asking.path else Asking(code, led.path)
        site = Site(led.expr, led.path, led.scope)
        for loader, sure in asking.loaders(site):
            for sighting in _of_call(code, asking, site, loader, sure):
                return sighting.name
        return ""
    for value in code.values.of(spot):
        found = _names.prefixed(value.text, sure=False) or _names.family(value.text)
        if found is not None:
            return f"{found.provider}:{found.name}"
    return ""


def _of_call(code: Code, asking: Asking, site: Site, loader: Loader, sure: float) -> Iterator[Sighting]:
    if any(code.constants.text(spot) in {"dataset", "space"} for spot in asking.arguments(site, ("repo_type",))):
        return
    values = [value for spot in asking.arguments(site, loader.places) for value in code.values.of(spot)]
    extra = _extra(code, asking, site, loader)
    named: dict[str, tuple[_names.Id, Value]] = {}
    for value in values:
        text, _, version = value.text.partition(loader.pin) if loader.pin else (value.text, "", "")
        found = _id(code, asking, site, loader, text, direct=value.sure == 1)
        if found is not None:
            named.setdefault(f"{found.provider}:{found.name}", (found, value))
            extra |= {"revision": version} if version else {}
    for name, (found, value) in named.items():
        content: dict[str, Json] = {"provider": found.provider, "id": found.name, **extra}
        # One revision is that of one model; where a loader takes many, nobody says whose it is.
        if len(named) > 1:
            content.pop("revision", None)
        if loader.hosted:
            content["hosted"] = True
        yield Sighting(
            ItemKind.MODEL,
            name,
            content,
            line=value.line or site.call.line,
            symbol=value.name or code.index.symbol(site.path, site.scope),
            confidence=round(sure * value.sure * asking.weight(value.spot.path), 2),
            path=value.spot.path,
        )


def _id(  # noqa: PLR0911  # one shape a line; what is asked, of what, and how it is said
    code: Code, asking: Asking, site: Site, loader: Loader, text: str, *, direct: bool
) -> _names.Id | None:
    text = loader.aliases.get(text, text)
    text = text.rpartition("/")[2] if text.startswith(_ARN) else text
    if loader.shape == "hub":
        return _names.hub(text, namespace=loader.namespace)
    if loader.shape == "file":
        name = text.rpartition("/")[2]
        return _names.Id(loader.provider, name) if text == name and _names.is_weights(name) else None
    if loader.doubtful:
        told = _names.prefixed(text, sure=False) or _names.family(text)
        answering = asking.answering(site) if _names.hosted(text) else None
        # At an address of its own, a provider may have any name for a model.
        return _names.Id(answering.key, text) if answering is not None else told
    if not _names.hosted(text):
        return None
    if loader.provider in _tables.TOLD:
        return _told(code, asking, site, loader, text, direct=direct)
    if loader.provider == "azure" and not direct:
        # A default that goes to Azure as well as elsewhere says nothing of a deployment of this name.
        return _names.family(text) or _names.Id(loader.provider, text)
    if loader.provider == "google":
        return _names.family(text) or _names.Id(loader.provider, text)
    within = [value.text for spot in asking.arguments(site, loader.within) for value in code.values.of(spot)]
    prefix = f"{within[0]}/" if len(within) == 1 and _names.hosted(within[0]) else ""
    return _names.Id(loader.provider, prefix + text)


def _told(code: Code, asking: Asking, site: Site, loader: Loader, text: str, *, direct: bool) -> _names.Id | None:
    """Whom an argument, the package, the class or the id itself names as the provider."""
    given = [value.text for spot in asking.arguments(site, loader.by) for value in code.values.of(spot)]
    if given:
        return _names.Id(_names.provider(given[0]), text)
    told = _names.prefixed(text, sure=True) or _names.family(text) or _names.alike(text)
    # A default that goes to several clients says nothing of one of them, unless it is no other's name either.
    answering = asking.answering(site) if direct or told is None else None
    if answering is not None and answering.key == "huggingface":
        return _names.hub(text) or _names.Id(answering.key, text)
    if answering is not None:
        return _names.Id(answering.key, text)
    provider = loader.fallback or asking.provider(site, loader)
    if told is None or (loader.provider != "family" and provider):
        return _names.Id(provider, text) if provider else None
    return told


def _extra(code: Code, asking: Asking, site: Site, loader: Loader) -> dict[str, Json]:
    extra: dict[str, Json] = {}
    if loader.shape == "hub":
        revisions = [value.text for spot in asking.arguments(site, _COMMIT) for value in code.values.of(spot)]
        if len(revisions) == 1 and revisions[0]:
            extra["revision"] = revisions[0]
        for spot in asking.arguments(site, (_REMOTE_CODE,)):
            if code.constants.fold(spot) is True:
                extra["remote_code"] = True
    if isinstance(loader.task, int):
        for spot in asking.arguments(site, (loader.task, "task")):
            told = code.constants.text(spot)
            if told:
                extra["task"] = told
    elif loader.task:
        extra["task"] = loader.task
    return extra


def _bundles(code: Code, asking: Asking) -> Iterator[Sighting]:
    """``torchaudio.pipelines.HUBERT_BASE``, and those that are looked up by name: ``pipelines.__dict__[name]``."""
    for bundle in _tables.models().bundles:
        top = bundle.of.partition(".")[0]
        if any(name.partition(".")[0] == top for name in asking.imported):
            for value in _members(code, asking.path, bundle):
                known = bundle.aliases.get(value.text, "") if bundle.aliases else value.text
                if known:
                    yield _bundle(asking, bundle.provider, value._replace(text=known, name=value.name or value.text))


def _members(code: Code, path: str, bundle: Bundle) -> Iterator[Value]:
    sites = code.index.of(path)
    if bundle.called:
        for site in sites.calls:
            callee = site.call.callee
            if isinstance(callee, ir.Attr) and _is(code, site.spot(callee.value), bundle.of):
                yield Value(callee.name, site.spot(site.call), "", 1.0)
    else:
        for attr, scope in sites.attributes:
            if (attr.name in bundle.aliases or (attr.name.isupper() and not bundle.aliases)) and _is(
                code, Spot(path, scope, attr.value), bundle.of
            ):
                yield Value(attr.name, Spot(path, scope, attr), "", 1.0)
    for named in sites.named:
        if isinstance(named.value, ir.Index) and _is(code, named.spot.at(named.value.value), f"{bundle.of}.__dict__"):
            values = code.values.of(named.spot.at(named.value.key))
            yield from (value for value in values if value.text.isupper() or bundle.called)


def _is(code: Code, spot: Spot, origin: str) -> bool:
    return last_name(spot.expr) == origin.rpartition(".")[2] and code.origins.of(spot) == origin


def _bundle(asking: Asking, provider: str, value: Value) -> Sighting:
    return Sighting(
        ItemKind.MODEL,
        f"{provider}:{value.text}",
        {"provider": provider, "id": value.text},
        line=value.line,
        symbol=value.name,
        confidence=round(0.9 * value.sure * asking.weight(value.spot.path), 2),
        path=value.spot.path,
    )
