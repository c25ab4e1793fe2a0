"""Models that addresses name: of requests that are made by hand, in whatever language."""

from __future__ import annotations

from pathlib import Path

import pytest

from discovered import found, places
from driftseal.model.item import ItemKind

ADDRESSES = {
    "https://api.replicate.com/v1/models/black-forest-labs/flux-schnell/predictions": (
        "replicate:black-forest-labs/flux-schnell"
    ),
    "https://api.replicate.com/v1/deployments/acme/upscaler/predictions": "replicate:acme/upscaler",
    "https://api-inference.huggingface.co/models/facebook/bart-large-mnli": "huggingface:facebook/bart-large-mnli",
    "https://router.huggingface.co/hf-inference/models/BAAI/bge-m3/pipeline/feature-extraction": (
        "huggingface:BAAI/bge-m3"
    ),
    "https://generativelanguage.googleapis.com/v1beta/models/gemini-2.0-flash:generateContent?key=canary": (
        "google:gemini-2.0-flash"
    ),
    "https://eu-aiplatform.googleapis.com/v1/projects/p/locations/l/publishers/google/models/gemini-2.5-pro:predict": (
        "google-vertex:gemini-2.5-pro"
    ),
    "https://acme.openai.azure.com/openai/deployments/team-gpt/chat/completions?api-version=1": "azure:team-gpt",
    "https://bedrock-runtime.eu-central-1.amazonaws.com/model/amazon.nova-lite-v1:0/converse": (
        "aws-bedrock:amazon.nova-lite-v1:0"
    ),
    "https://api.cloudflare.com/client/v4/accounts/a/ai/run/@cf/meta/llama-3-8b-instruct": (
        "cloudflare:@cf/meta/llama-3-8b-instruct"
    ),
    "https://queue.fal.run/fal-ai/flux/dev": "fal:fal-ai/flux/dev",
}


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("ask.ts", 'await fetch("ADDRESS", { method: "POST" });\n'),
        ("ask.py", 'import requests\nrequests.post("ADDRESS", json={})\n'),
        ("ask.go", 'package ask\n\nvar url = "ADDRESS"\n'),
        ("ask.rb", '# openai\nNet::HTTP.post(URI("ADDRESS"), body)\n'),
    ],
)
def test_an_address_at_which_one_model_is_asked_names_it(tmp_path: Path, address: str, path: str, text: str) -> None:
    models = found(tmp_path, {path: text.replace("ADDRESS", address)}, ItemKind.MODEL)
    assert list(models) == [ADDRESSES[address]]
    assert "canary" not in str(models)


@pytest.mark.parametrize(
    "address",
    [
        "https://api.replicate.com/v1/models",
        "https://api.replicate.com/v1/predictions/a/b",
        "https://replicate.com/black-forest-labs/flux-schnell",
        "https://example.com/v1/models/black-forest-labs/flux-schnell/predictions",
        "https://generativelanguage.googleapis.com/v1beta/models",
        "http://api.replicate.com.example.com/v1/models/a/b/predictions",
    ],
)
def test_an_address_of_many_or_of_somebody_else_names_none(tmp_path: Path, address: str) -> None:
    assert found(tmp_path, {"ask.ts": f'await fetch("{address}");\n'}, ItemKind.MODEL, least=0.0) == {}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("draw.py", 'import replicate\nreplicate.run("stability-ai/sdxl:39ed52f2a78e", input={})\n'),
        ("draw.ts", '\nconst r = new (require("replicate"))(); r.run("stability-ai/sdxl:39ed52f2a78e", {});\n'),
        (
            "draw.mts",
            'import Replicate from "replicate";\nnew Replicate().run("stability-ai/sdxl:39ed52f2a78e", {});\n',
        ),
    ],
)
def test_a_model_of_replicate_is_told_apart_from_its_version(tmp_path: Path, path: str, text: str) -> None:
    ((name, model),) = found(tmp_path, {path: text}, ItemKind.MODEL).items()
    assert (name, places(model)) == ("replicate:stability-ai/sdxl", [(path, 2)])
    assert isinstance(model.content, dict)
    assert model.content["revision"] == "39ed52f2a78e"
