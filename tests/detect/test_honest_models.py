"""What well-known families of models ship, as it is written there: none of it asks a person to look."""

from __future__ import annotations

import json
from typing import Any

import pytest

from driftseal import rulebook
from driftseal.detect.model_files import ModelFiles
from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.item import Json
from driftseal.model.rule import Rule, Severity
from driftseal.observe.observations import Observations
from driftseal.pipeline import _sample_files

RULES = rulebook.load().of("model_files")
QUIET = {Severity.INFO, Severity.LOW}


def added(*tokens: str, special: bool = True) -> list[dict[str, Any]]:
    return [
        {"id": at, "content": token, "single_word": False, "lstrip": False, "special": special}
        for at, token in enumerate(tokens)
    ]


def decoder(*tokens: str) -> dict[str, Any]:
    return {str(at): {"content": token, "special": True} for at, token in enumerate(tokens)}


BPE = {"type": "BPE", "vocab": {"a": 0}, "merges": []}
METASPACE = [
    {"type": "Prepend", "prepend": "\u2581"},
    {"type": "Replace", "pattern": {"String": " "}, "content": "\u2581"},
]
STRIPPED = [
    {"type": "Replace", "pattern": {"String": "\u2581"}, "content": " "},
    {"type": "ByteFallback"},
    {"type": "Fuse"},
    {"type": "Strip", "content": " ", "start": 1, "stop": 0},
]
MARK = {"type": "TemplateProcessing", "special_tokens": {"<s>": {"id": "<s>", "ids": [1], "tokens": ["<s>"]}}}
LLAMA_TOKENS = ("<|begin_of_text|>", "<|end_of_text|>", "<|python_tag|>", "<|reserved_special_token_0|>")
QWEN = (
    "{%- if tools %}{{- '<|im_start|>system\\n' }}{%- if messages[0]['role'] == 'system' %}"
    "{{- messages[0]['content'] }}{%- else %}{{- 'You are Qwen, created by Alibaba. You are a helpful assistant.' }}"
    "{%- endif %}{{- '\\n\\n# Tools\\n\\nYou may call one or more functions to assist with the user query.' }}"
    "{%- for tool in tools %}{{- tool | tojson }}{%- endfor %}{%- endif %}"
    "{%- for message in messages %}{%- if message.role == 'user' or (message.role == 'assistant' and not "
    "message.tool_calls) %}{{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}{%- endif %}"
    "{%- endfor %}{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}"
)
FAMILIES: dict[str, dict[str, Any]] = {
    "llama": {
        "tokenizer.json": {"added_tokens": added(*LLAMA_TOKENS), "post_processor": MARK, "model": BPE},
        "tokenizer_config.json": {"added_tokens_decoder": decoder(*LLAMA_TOKENS), "eos_token": "<|end_of_text|>"},
        "generation_config.json": {"bos_token_id": 1, "eos_token_id": [2, 3], "transformers_version": "4.42.3"},
    },
    "llama 2": {
        "tokenizer.json": {
            "added_tokens": added("<unk>", "<s>", "</s>"),
            "normalizer": {"type": "Sequence", "normalizers": METASPACE},
            "decoder": {"type": "Sequence", "decoders": STRIPPED},
            "model": BPE,
        },
        "special_tokens_map.json": {"bos_token": {"content": "<s>"}, "eos_token": {"content": "</s>"}},
    },
    "qwen": {"tokenizer_config.json": {"tokenizer_class": "Qwen2Tokenizer", "chat_template": QWEN}},
    "deepseek": {
        "tokenizer.json": {
            "added_tokens": added(
                "<\uff5cbegin\u2581of\u2581sentence\uff5c>", "<\uff5cUser\uff5c>", "<|EOT|>", "<think>"
            ),
            "model": BPE,
        }
    },
    "gemma": {
        "tokenizer.json": {
            "added_tokens": added(
                "<pad>", "<start_of_turn>", "\n\n", "\u2581\u2581", "<table>", "[multimodal]", "<unused0>"
            ),
            "normalizer": {"type": "Replace", "pattern": {"String": " "}, "content": "\u2581"},
            "model": BPE,
        }
    },
    "albert": {
        "tokenizer.json": {
            "added_tokens": added("<pad>", "[CLS]"),
            "normalizer": {
                "type": "Sequence",
                "normalizers": [
                    {"type": "Replace", "pattern": {"String": "``"}, "content": '"'},
                    {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "},
                    {"type": "Precompiled", "precompiled_charsmap": "ALQCAACEAAA="},
                ],
            },
            "model": {"type": "Unigram", "vocab": [["<pad>", 0.0], ["\u2581sorry", -3.0]]},
        }
    },
    "nllb": {
        "tokenizer.json": {
            "added_tokens": added("<s>", "eng_Latn", "zho_Hans"),
            "post_processor": {
                "type": "TemplateProcessing",
                "special_tokens": {"eng_Latn": {"id": "eng_Latn", "ids": [9], "tokens": ["eng_Latn"]}},
            },
            "model": BPE,
        }
    },
    "persian": {
        "tokenizer.json": {
            "added_tokens": added("[CLS]", "\u200c", "\u0645\u06cc\u200c\u0634\u0648\u062f"),
            "model": BPE,
        }
    },
    "whisper": {
        "config.json": {
            "model_type": "whisper",
            "suppress_tokens": list(range(90)),
            "begin_suppress_tokens": [220, 50257],
        },
        "generation_config.json": {
            "forced_decoder_ids": [[1, 50259], [2, 50359], [3, 50363], [4, 50364]],
            "suppress_tokens": list(range(90)),
            "lang_to_id": {"<|en|>": 50259},
            "no_timestamps_token_id": 50363,
            "transformers_version": "4.31.0",
        },
        "tokenizer.json": {
            "added_tokens": added("<|en|>"),
            "model": {**BPE, "vocab": {"\u0120sorry": 2597, "\u0120unable": 11299}},
        },
    },
    "marian": {
        "generation_config.json": {"bad_words_ids": [[58100]], "forced_eos_token_id": 0, "transformers_version": "4"}
    },
    "stable diffusion": {
        "model_index.json": {
            "_class_name": "StableDiffusionPipeline",
            "_diffusers_version": "0.6.0",
            "feature_extractor": ["transformers", "CLIPImageProcessor"],
            "safety_checker": ["stable_diffusion", "StableDiffusionSafetyChecker"],
            "scheduler": ["diffusers", "PNDMScheduler"],
            "unet": ["diffusers", "UNet2DConditionModel"],
        }
    },
    "stable diffusion, trained further": {
        "model_index.json": {
            "_class_name": "StableDiffusionPipeline",
            "_diffusers_version": "0.21.4",
            "safety_checker": [None, None],
            "requires_safety_checker": False,
            "image_encoder": [None, None],
        }
    },
    "sentence transformers": {
        "modules.json": [
            {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
        ],
        "config_sentence_transformers.json": {
            "__version__": {"sentence_transformers": "3.0"},
            "prompts": {"query": "query: "},
        },
    },
    "with code of its own": {
        "config.json": {
            "model_type": "x",
            "auto_map": {"AutoModel": "modeling_x.X", "AutoConfig": "configuration_x.C"},
        },
        "modeling_x.py": "import torch\n\nfrom .configuration_x import C\n\n\nclass X(torch.nn.Module):\n"
        "    def load(self, path):\n        return torch.load(path)\n\n    def run(self):\n        self.eval()\n",
        "configuration_x.py": "from transformers import PretrainedConfig\n\n\nclass C(PretrainedConfig):\n    n = 4\n",
        "requirements.txt": "torch>=2.1\ntransformers==4.44.0\nflash-attn\ngit+https://github.com/huggingface/accelerate\n",
    },
    "adapter": {
        "adapter_config.json": {
            "auto_mapping": {
                "base_model_class": "LlamaModel",
                "parent_library": "transformers.models.llama.modeling_llama",
            },
            "base_model_name_or_path": "meta-llama/Llama-2-7b-hf",
            "megatron_config": None,
            "megatron_core": "megatron.core",
            "peft_type": "LORA",
        }
    },
    "endpoint": {
        "handler.py": "from transformers import pipeline\n\n\nclass EndpointHandler:\n"
        "    def __init__(self, path=''):\n"
        "        self.run = pipeline('text-generation', model=path)\n\n    def __call__(self, data):\n"
        "        return self.run(data.pop('inputs', data))\n",
        "convert.py": "import os\nimport sys\n\nos.system(f'python -m onnx {sys.argv[1]}')\n",
    },
}


@pytest.mark.parametrize("family", FAMILIES)
def test_an_honest_family_is_no_reason_to_look(family: str) -> None:
    given: list[Json] = [
        {"name": name, "text": value if isinstance(value, str) else json.dumps(value)}
        for name, value in FAMILIES[family].items()
    ]
    rule: Rule = RULES[0]
    session, readings = _sample_files.session(rule, given, DEFAULT_LIMITS)
    seen = Observations((session,), DEFAULT_LIMITS, {}, readings)
    severities = {rule.id: rule.severity for rule in RULES}
    found = {match.rule_id for match in ModelFiles().detect((session,), seen, RULES)}
    assert {one for one in found if severities[one] not in QUIET} == set()


def test_the_families_are_read_at_all() -> None:
    given: list[Json] = [
        {
            "name": "model_index.json",
            "text": json.dumps(FAMILIES["stable diffusion, trained further"]["model_index.json"]),
        }
    ]
    session, readings = _sample_files.session(RULES[0], given, DEFAULT_LIMITS)
    seen = Observations((session,), DEFAULT_LIMITS, {}, readings)
    assert {match.rule_id for match in ModelFiles().detect((session,), seen, RULES)} == {"pipeline-unchecked"}
