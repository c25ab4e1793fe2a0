"""A path of weights that code loads is a guess at a file, told without the folders of a machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from discovered import found
from driftseal.model.item import ItemKind

KIND = ItemKind.MODEL_FILE


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('import torch\ntorch.load("weights/best.pt")\n', "weights/best.pt"),
        ('import torch\nimport os\ntorch.load(os.path.join(here, "assets", "vad.bin"))\n', "assets/vad.bin"),
        ('import torch\ntorch.load("/home/somebody/best.pt")\n', "best.pt"),
        ('import pickle\npickle.load(open("model.pkl", "rb"))\n', "model.pkl"),
        ('from llama_cpp import Llama\nLlama(model_path="./models/tiny.Q4.gguf")\n', "models/tiny.Q4.gguf"),
        ('import onnxruntime as ort\nPATH = "a.onnx"\nort.InferenceSession(PATH)\n', "a.onnx"),
    ],
)
def test_a_path_that_is_loaded(tmp_path: Path, text: str, name: str) -> None:
    assert found(tmp_path, {"a.py": text}, KIND) == {}
    assert set(found(tmp_path, {"a.py": text}, KIND, least=0.0)) == {name}


@pytest.mark.parametrize(
    "text",
    [
        "import torch\ndef f(path):\n    torch.load(path)\n",
        'import json\njson.load(open("model.pkl"))  # torch.load\n',
        'import pickle\npickle.load(open("notes.txt"))\n',
    ],
)
def test_what_is_no_path_of_weights(tmp_path: Path, text: str) -> None:
    assert found(tmp_path, {"a.py": text}, KIND, least=0.0) == {}
