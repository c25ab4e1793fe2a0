"""What a text names, if it names a model: provider and id, told from its form alone."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from driftseal.collect.discovery._tables import providers
from driftseal.collect.discovery.code import _tables

_HUB: Final = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}\Z")
_SHORT: Final = re.compile(r"[A-Za-z0-9][\w.-]{1,95}\Z")
_HOSTED: Final = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9@~][\w.:/@+-]{1,150}\Z")
_PREFIXED: Final = re.compile(r"([A-Za-z][\w-]{1,30})([:/])(.+)\Z", re.DOTALL)
_FILES: Final = re.compile(
    r"\.(?:py|js|ts|tsx|jsx|json|jsonl|ya?ml|toml|txt|md|html?|css|csv|parquet|png|jpe?g|gif|svg|webp|wav|mp[34]|flac|pdf|xml|"
    r"sh|zip|gz|tar|tgz|whl|so|dll|exe|log|db|sqlite|lock|cfg|ini|env|ipynb|proto|sql|arrow|vue)\Z",
    re.IGNORECASE,
)
_WEIGHTS: Final = re.compile(
    r"\.(?:safetensors|gguf|ggml|bin|pt|pth|ckpt|pkl|pickle|joblib|onnx|h5|hdf5|keras|pb|tflite|mlmodel|engine|plan|"
    r"npz|nemo|pte|llamafile|task|torchscript|mar)\Z",
    re.IGNORECASE,
)
_LONGEST: Final = 255
"""Characters of a path that code writes down."""
_AT_HUB: Final = re.compile(
    r"https://(?:huggingface\.co|hf\.co)/(?!datasets/|spaces/)([\w.-]+/[\w.-]+)/(?:resolve|blob|raw)/"
)
_COLLECTION: Final = "models/"
"""Google's path of its models, which it takes with and without."""
_VERSION: Final = re.compile(r"(?:v?\d+(?:\.\d+)*|[a-f0-9]{40})\Z")
_TASKS: Final = frozenset({"tasks", "task", "api", "v1", "v2", "chat", "completions"})


class Id(NamedTuple):
    """A model as its provider calls it."""

    provider: str
    name: str


def hub(text: str, *, namespace: str = "") -> Id | None:
    """``ORG/NAME`` of the Hugging Face Hub; an id without an organisation where one is known for it."""
    table = _tables.models()
    text = text.removeprefix("https://huggingface.co/").removeprefix("hf://").rstrip("/")
    if _HUB.match(text):
        owner, _, name = text.partition("/")
        if owner.lower() in table.no_organisations or name.lower() in table.no_names or is_file(text):
            return None
        return None if _VERSION.match(owner) or name.lower() in _TASKS else Id("huggingface", text)
    if not _SHORT.match(text) or is_file(text):
        return None
    if table.plain.match(text):
        return Id("huggingface", text)
    if namespace and text.lower() not in table.no_names and any(mark in text for mark in "-_"):
        return Id("huggingface", f"{namespace}/{text}")
    return None


def at_address(text: str) -> Id | None:
    """The model that is asked at an address, or the repository of the Hub of whose files it is one."""
    found = _AT_HUB.match(text)
    if found is not None:
        return hub(found[1])
    scheme, _, rest = text.partition("://")
    asked = providers().by_url(rest.partition("?")[0].rstrip("/")) if scheme == "https" else None
    if asked is None or len(asked[1]) > _LONGEST:
        return None
    known, name = asked
    return hub(name) if known.key == "huggingface" else Id(known.key, name)


def is_file(text: str) -> bool:
    """Whether a text is the path of some file."""
    return bool(_FILES.search(text) or _WEIGHTS.search(text))


def is_weights(text: str) -> bool:
    """Whether a text is the path of a file of weights, and no pattern, ending or address of one."""
    is_path = bool(text.rpartition("/")[2].partition(".")[0]) and "*" not in text and "://" not in text
    return is_path and len(text) <= _LONGEST and bool(_WEIGHTS.search(text))


def hosted(text: str) -> bool:
    """Whether a provider could call a model so."""
    return (
        _HOSTED.match(text) is not None
        and text.lower() not in _tables.models().no_names
        and "://" not in text
        and not _VERSION.match(text)
        and not is_file(text)
        # The name of a provider alone is what a setting says beside the name of a model.
        and text.lower() not in providers().all
        and providers().by_prefix(text) is None
    )


def family(text: str) -> Id | None:
    """A name that one provider alone gives its models."""
    # Ids are in small letters; ``GPT-5`` is how people talk.
    found = providers().by_model(text) if text == text.lower() else None
    return Id(found.key, text.removeprefix(_COLLECTION)) if found is not None else None


def alike(text: str) -> Id | None:
    """A name that begins as its provider does, ``deepseek-v4``; or one of the Hub, whose models others serve too."""
    known = providers().by_prefix(text.partition("-")[0])
    if known is not None and "-" in text:
        return Id(known.key, text)
    owner, slash, _ = text.partition("/")
    # What stands before the slash is as likely the provider that is asked.
    return hub(text) if slash and providers().by_prefix(owner) is None else None


def prefixed(text: str, *, sure: bool) -> Id | None:
    """``openai:gpt-4o``, ``groq/llama-3.1-8b-instant``; where nobody is sure, only what nothing else looks like."""
    found = _PREFIXED.match(text)
    if found is None or not _HOSTED.match(text):
        return None
    prefix, mark, name = found.groups()
    if not hosted(name) or name[:1] in {"/", "."}:
        return None
    inner = any(map(family, (name, name.rpartition("/")[2], name.rpartition(":")[2])))
    if not (sure or inner):
        return None
    # A known name proves what a weak word before it means; with a slash the word may also be an account of a hub.
    provider = providers().by_prefix(prefix, weak=inner or mark == ":")
    return Id(provider.key, name.removeprefix(_COLLECTION)) if provider is not None else None


def provider(word: str) -> str:
    """The key of the provider that people write so."""
    found = providers().by_prefix(word, weak=True) or providers().all.get(word.lower())
    return found.key if found is not None else word.lower()
