"""What Terraform, Bicep, CloudFormation and workflows in prose say of models and agents."""

from __future__ import annotations

from pathlib import Path

import pytest

from discovered import found, places
from driftseal.collect.discovery.files import _blocks
from driftseal.model.item import ItemKind
from growth import grows_linearly

TERRAFORM = """\
# foundation_model = "amazon.titan-text-lite-v1"
resource "aws_bedrockagent_agent" "support" {
  agent_name       = "support-agent" // of customers
  foundation_model = "amazon.nova-micro-v1:0"
  instruction      = <<-EOT
    foundation_model = "amazon.nova-premier-v1:0"
  EOT
}

resource "aws_bedrockagent_agent" "other" {
  agent_name = "${var.prefix}-other"
}

variable "model_id" {
  description = "Was amazon.titan-text-express-v1"
  default     = "us.anthropic.claude-sonnet-4-20250514-v1:0"
}

variable "region" { default = "us-east-1" }

data "aws_iam_policy_document" "ask" {
  statement {
    resources = [
      "arn:aws:bedrock:*::foundation-model/amazon.nova-pro-v1:0",
      "arn:aws:bedrock:*::foundation-model/*",
      "arn:aws:bedrock:us-east-1:123456789012:guardrail/abc",
    ]
  }
}

locals { vector = { embedding_model_arn = "arn:aws:bedrock:us-east-1::foundation-model/amazon.titan-embed-text-v2:0" } }

resource "azurerm_cognitive_deployment" "gpt" {
  name = "chat"
  model {
    name    = "gpt-4o"
    version = "2024-08-06"
  }
}

resource "acme_phone" "p" {
  phone {
    name = "gpt-phone"
  }
}
"""


def test_terraform_tells_models_by_their_blocks_and_names_of_amazon(tmp_path: Path) -> None:
    models = found(tmp_path, {"main.tf": TERRAFORM}, ItemKind.MODEL)
    assert {name: (line, item.evidence[0].confidence) for name, item in models.items() for _, line in places(item)} == {
        "aws-bedrock:amazon.nova-micro-v1:0": (4, 0.9),
        "aws-bedrock:us.anthropic.claude-sonnet-4-20250514-v1:0": (16, 0.9),
        # A permission to ask it is less than asking it.
        "aws-bedrock:amazon.nova-pro-v1:0": (24, 0.65),
        "openai:gpt-4o": (36, 0.9),
    }


def test_agents_are_called_as_they_are_deployed(tmp_path: Path) -> None:
    agents = found(tmp_path, {"main.tf": TERRAFORM}, ItemKind.AGENT)
    assert {name: (places(item), item.content) for name, item in agents.items()} == {
        "support-agent": ([("main.tf", 2)], {"framework": "bedrock", "model": "aws-bedrock:amazon.nova-micro-v1:0"}),
        "other": ([("main.tf", 10)], {"framework": "bedrock"}),
    }


@pytest.mark.parametrize("suffix", [".yaml", ".template", ".json"])
def test_agents_of_cloudformation_are_agents_too(tmp_path: Path, suffix: str) -> None:
    text = (
        '{"Resources": {"Triage": {"Type": "AWS::Bedrock::Agent", "Properties":\n'
        ' {"AgentName": "triage", "FoundationModel": "amazon.nova-micro-v1:0"}},\n'
        ' "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "triage-data"}}}}\n'
    )
    agents = found(tmp_path, {f"stack{suffix}": text}, ItemKind.AGENT)
    assert {name: (places(item), item.content) for name, item in agents.items()} == {
        "triage": ([(f"stack{suffix}", 1)], {"framework": "bedrock", "model": "aws-bedrock:amazon.nova-micro-v1:0"})
    }


def test_a_template_with_tags_of_its_own_is_read(tmp_path: Path) -> None:
    text = "Resources:\n  A:\n    Type: AWS::Bedrock::Agent\n    Properties:\n      AgentName: !Sub '${Stage}-a'\n"
    assert list(found(tmp_path, {"stack.yml": text}, ItemKind.AGENT)) == ["A"]


def test_a_workflow_in_prose_is_a_step_that_runs_its_engine(tmp_path: Path) -> None:
    engine = "engine:\n  id: claude\n  model: claude-sonnet-4-5\n"
    text = f"---\non:\n  schedule: daily\n{engine}permissions: read-all\n---\nWrite.\n"
    files = {
        ".github/workflows/daily.md": text,
        ".github/workflows/plain.md": "---\non: issues\n---\nSort them.\n",
        ".github/workflows/README.md": "# How these work\n",
        "docs/daily.md": text,
    }
    steps = found(tmp_path, files, ItemKind.CI_STEP)
    assert {name: (places(item), item.content) for name, item in steps.items()} == {
        "daily.md": ([(".github/workflows/daily.md", 2)], {"runs": ["claude"], "permissions": ["read-all"]}),
        "plain.md": ([(".github/workflows/plain.md", 2)], {"runs": ["copilot"]}),
    }
    models = found(tmp_path, {}, ItemKind.MODEL)
    assert [places(item) for item in models.values()] == [[(".github/workflows/daily.md", 6)]]


def test_a_flag_that_means_a_model_or_a_data_set_tells_it_whatever_the_command(tmp_path: Path) -> None:
    files = {
        "fit.sh": "accelerate launch sft.py --model_name_or_path Qwen/Qwen2.5-0.5B --dataset_name trl-lib/Capybara\n"
        "build --base-image acme/builder-1 --dataset local\n"
    }
    assert {name: places(item) for name, item in found(tmp_path, files, ItemKind.MODEL).items()} == {
        "huggingface:Qwen/Qwen2.5-0.5B": [("fit.sh", 1)]
    }
    assert set(found(tmp_path, {}, ItemKind.DATASET)) == {"huggingface:trl-lib/Capybara"}


def test_the_variable_that_a_key_is_taken_from_is_a_credential_whatever_its_name(tmp_path: Path) -> None:
    text = (
        'model = "gpt-5"\n[model_providers.a]\nenv_key = "GATEWAY_KEY"\nenv_file = "LOCAL"\n'
        '[mcp_servers.b]\nbearer_token_env_var = "DOCS_PAT"\n'
    )
    keys = found(tmp_path, {".codex/config.toml": text}, ItemKind.CREDENTIAL)
    assert {name: places(item) for name, item in keys.items()} == {
        "GATEWAY_KEY": [(".codex/config.toml", 3)],
        "DOCS_PAT": [(".codex/config.toml", 6)],
    }


BLOCKS = """\
a = 1 # x = 2
b {
  c = "d } # e" // f = 3
  list = [
    "one",
    "two",
  ]
  inner "label" 'other' {
    g = { h = 1 }
    i: 'j'
  }
  k = 4
}
l = 5
"""


def test_pairs_are_told_with_the_blocks_around_them() -> None:
    told = [(pair.key, pair.value, pair.line, pair.block and pair.block.kind) for pair in _blocks.pairs(BLOCKS)]
    assert told == [
        ("a", "1", 1, None),
        ("c", '"d } # e"', 3, "b"),
        ("list", "[", 4, "b"),
        ("list", '"one"', 5, "b"),
        ("list", '"two"', 6, "b"),
        ("g", "{ h = 1 }", 9, "inner"),
        ("i", "'j'", 10, "inner"),
        ("k", "4", 12, "b"),
        ("l", "5", 14, None),
    ]


@pytest.mark.parametrize(
    "part", ["a {\n", "}\n", "{{{{", '"', "a = <<E\n", "a \"b\" 'c' ", "a=", "\\", "# ", "[({", " \t"]
)
def test_blocks_of_any_text_are_read_in_linear_time(part: str) -> None:
    assert grows_linearly(lambda count: list(_blocks.pairs(part * count)), 2000)
