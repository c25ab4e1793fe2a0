"""Hard-coded secrets. Each credential is drawn while the test runs: none was ever valid, none stands in this file."""

from __future__ import annotations

import base64
import random
import re
import string
import tracemalloc
from collections.abc import Callable
from itertools import pairwise
from typing import Final

import pytest

from driftseal.observe import secrets, written
from growth import fastest, grows_linearly

_DRAWN: Final = random.Random(20261121)  # noqa: S311 - made up and meant to be the same in every run
_LETTERS: Final = string.ascii_letters
_ALNUM: Final = string.ascii_letters + string.digits
_HEX: Final = "0123456789abcdef"
_CAPITALS: Final = string.ascii_uppercase + "234567"


def drawn(size: int, alphabet: str = _ALNUM) -> str:
    """A value such as a machine draws, holding a digit and both cases where the alphabet does."""
    least = 4 if size > 12 and any(letter.isdigit() for letter in alphabet) else 0
    while True:
        value = "".join(_DRAWN.choice(alphabet) for _ in range(size))
        turns = sum(one.isdigit() != other.isdigit() for one, other in pairwise(value))
        if turns >= least and not written.is_dummy(value, written.words("dummies")):
            return value


def web_token(payload: str) -> str:
    """A signed JSON web token of this payload."""
    parts = [base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in ('{"alg":"HS256"}', payload)]
    return ".".join((*parts, drawn(43)))


def uuid() -> str:
    """A UUID."""
    return "-".join("".join(_DRAWN.choice(_HEX) for _ in range(size)) for size in (8, 4, 4, 4, 12))


FORMED: Final = {
    "adafruit-key": "aio_" + drawn(28),
    "age-key": "AGE-SECRET-" + "KEY-1" + drawn(58, string.ascii_uppercase + string.digits),
    "airtable-token": "pat" + drawn(14) + "." + drawn(64, _HEX),
    "alibaba-key": "LTAI" + "5t" + drawn(18),
    "anthropic-key": "sk-" + "ant-api03-" + drawn(93) + "AA",
    "apify-token": "apify_" + "api_" + drawn(36),
    "artifactory-key": "AKC" + "p" + drawn(69),
    "atlassian-token": "ATATT" + "3" + drawn(180) + "=" + "1A2C9F04",
    "aws-access-key": "AK" + "IA" + drawn(16, _CAPITALS),
    "aws-bedrock-key": "AB" + "SK" + drawn(110),
    "azure-client-secret": drawn(3) + "8Q" + "~" + drawn(34),
    "azure-devops-token": drawn(76) + "AZ" + "DO" + "9kQ2",
    "bitbucket-token": "AT" + "BB" + drawn(32),
    "brave-key": "BS" + "A" + drawn(28),
    "buildkite-token": "bkua" + "_" + drawn(40, _HEX),
    "circleci-token": "CCIPAT" + "_" + drawn(22) + "_" + drawn(40, _HEX),
    "cloudflare-token": "cfut" + "_" + drawn(48),
    "cloudflare-origin-key": "v1.0" + "-" + drawn(24, _HEX) + "-" + drawn(146, _HEX),
    "contentful-token": "CFPAT" + "-" + drawn(43),
    "crates-token": "ci" + "o" + drawn(32),
    "databricks-token": "da" + "pi" + drawn(32, _HEX),
    "digitalocean-token": "dop_" + "v1_" + drawn(64, _HEX),
    "discord-token": "M" + drawn(25) + "." + drawn(6) + "." + drawn(38),
    "discord-webhook": "https://discord.com/api/" + "webhooks/" + "918273645546372819/" + drawn(68),
    "docker-token": "dckr_" + "pat_" + drawn(27),
    "doppler-token": "dp." + "pt." + drawn(43),
    "dropbox-token": "sl" + "." + drawn(140),
    "dynatrace-token": "dt0c" + "01." + drawn(24, _CAPITALS) + "." + drawn(64, _CAPITALS),
    "e2b-key": "e2b" + "_" + drawn(40, _HEX),
    "facebook-token": "EAA" + "C" + drawn(150),
    "figma-token": "fig" + "d_" + drawn(40),
    "firecrawl-key": "fc" + "-" + drawn(32, _HEX),
    "fly-token": "fm2" + "_" + drawn(200),
    "github-token": "gh" + "p_" + drawn(36),
    "github-fine-grained-token": "github_" + "pat_" + drawn(22) + "_" + drawn(59),
    "gitlab-token": "gl" + "pat-" + drawn(20),
    "google-api-key": "AI" + "za" + drawn(35),
    "google-oauth-secret": "GOC" + "SPX-" + drawn(28),
    "google-oauth-token": "ya" + "29." + drawn(120),
    "grafana-token": "gl" + "sa_" + drawn(32) + "_" + drawn(8, _HEX),
    "groq-key": "gs" + "k_" + drawn(52),
    "heroku-key": "HR" + "KU-" + drawn(60),
    "hubspot-token": "pat-" + "na1-" + uuid(),
    "hugging-face-token": "h" + "f_" + drawn(34, _LETTERS),
    "jina-key": "ji" + "na_" + drawn(32, _HEX) + drawn(28),
    "jwt": web_token('{"sub":"7f3k2m","aud":"billing","role":"service_role"}'),
    "langfuse-key": "sk-" + "lf-" + uuid(),
    "langsmith-key": "lsv2" + "_pt_" + drawn(32, _HEX) + "_" + drawn(10, _HEX),
    "linear-key": "lin_" + "api_" + drawn(40),
    "mailchimp-key": drawn(32, _HEX) + "-us" + "14",
    "mailgun-key": "key" + "-" + drawn(32, _HEX),
    "mapbox-token": "sk" + ".eyJ" + drawn(60) + "." + drawn(22),
    "model-key": "sk" + "-" + drawn(48),
    "netlify-token": "nf" + "p_" + drawn(36),
    "new-relic-key": "NR" + "AK-" + drawn(27, string.ascii_uppercase + string.digits),
    "notion-token": "nt" + "n_" + drawn(46),
    "npm-token": "np" + "m_" + drawn(36),
    "nuget-key": "oy" + "2" + drawn(43, string.ascii_lowercase + string.digits),
    "nvidia-key": "nv" + "api-" + drawn(64),
    "onepassword-token": "ops" + "_eyJ" + drawn(300),
    "openai-key": "sk-" + "proj-" + drawn(74) + "T3Blbk" + "FJ" + drawn(74),
    "openrouter-key": "sk-" + "or-v1-" + drawn(64, _HEX),
    "perplexity-key": "pp" + "lx-" + drawn(48),
    "pinecone-key": "pc" + "sk_" + drawn(6) + "_" + drawn(63),
    "planetscale-token": "pscale" + "_tkn_" + drawn(43),
    "posthog-key": "ph" + "x_" + drawn(43),
    "postman-key": "PM" + "AK-" + drawn(24, _HEX) + "-" + drawn(34, _HEX),
    "private-key": "-----BEGIN RSA " + "PRIVATE KEY-----\\n" + "MII" + drawn(61),
    "pulumi-token": "pu" + "l-" + drawn(40, _HEX),
    "pypi-token": "py" + "pi-AgEIcHlwaS5vcmc" + drawn(120),
    "render-key": "rn" + "d_" + drawn(28),
    "replicate-token": "r" + "8_" + drawn(37),
    "resend-key": "r" + "e_" + drawn(8) + "_" + drawn(24),
    "rubygems-key": "ruby" + "gems_" + drawn(48, _HEX),
    "sendgrid-key": "S" + "G." + drawn(22) + "." + drawn(43),
    "sentry-token": "sntry" + "u_" + drawn(64, _HEX),
    "shopify-token": "shp" + "at_" + drawn(32, _HEX),
    "slack-token": "xox" + "b-" + "74839201847-9283746519283-" + drawn(24),
    "slack-app-token": "xa" + "pp-1-A" + drawn(10, _CAPITALS) + "-7483920184756-" + drawn(64, _HEX),
    "slack-webhook": "/".join(
        ("https://hooks.slack.com", "services", "T" + drawn(9, _CAPITALS), "B" + drawn(9, _CAPITALS), drawn(24))
    ),
    "square-token": "sq0" + "csp-" + drawn(43),
    "stripe-key": "sk_" + "live_" + drawn(24),
    "stripe-webhook-secret": "wh" + "sec_" + drawn(32),
    "supabase-token": "sb" + "p_" + drawn(40, _HEX),
    "supabase-secret": "sb_" + "secret_" + drawn(22) + "_" + drawn(8),
    "tavily-key": "tv" + "ly-dev-" + drawn(32),
    "telegram-token": "7483920184" + ":AA" + drawn(33),
    "tencent-key": "AK" + "ID" + drawn(32),
    "terraform-token": drawn(14) + ".atlas" + "v1." + drawn(67),
    "twilio-key": "S" + "K" + drawn(32, _HEX),
    "typeform-token": "tf" + "p_" + drawn(44) + "_" + drawn(14),
    "vault-token": "hv" + "s." + drawn(95),
    "vercel-token": "vc" + "p_" + drawn(56),
    "xai-key": "xa" + "i-" + drawn(80),
    "grafana-cloud-token": "glc" + "_eyJ" + drawn(100),
}

K20: Final = drawn(20)
H32: Final = drawn(32, _HEX)
PASS: Final = "vT9#mQ2$" + drawn(6)

KEYED: Final = [
    (f'API_KEY = "{K20}"', "API_KEY", K20),
    (f"const stripeSecretKey: string = '{K20}';", "stripeSecretKey", K20),
    (f'os.environ.get("SERVICE_TOKEN", "{K20}")', "SERVICE_TOKEN", K20),
    (f"process.env.ADMIN_API_KEY || '{K20}'", "ADMIN_API_KEY", K20),
    (f"process.env['WEATHER_API_KEY'] ?? `{K20}`", "WEATHER_API_KEY", K20),
    (f'{{"client_secret": "{K20}"}}', "client_secret", K20),
    (f'headers = {{"X-Api-Key": "{H32}"}}', "X-Api-Key", H32),
    (f'secretKey := "{K20}"', "secretKey", K20),
    (f'private static final String AUTH_TOKEN = "{K20}";', "AUTH_TOKEN", K20),
    (f'client = Client(api_key="{K20}")', "api_key", K20),
    (f'db_password = "{PASS.replace("$", "!")}"', "db_password", PASS.replace("$", "!")),
    (f'aws_secret_access_key = "{drawn(18)}/{drawn(21)}"', "aws_secret_access_key", ""),
    (f'jwtSecret: "{drawn(40)}",', "jwtSecret", ""),
]


@pytest.fixture(autouse=True)
def _draw_the_same_in_any_order() -> None:
    _DRAWN.seed(20261121)


@pytest.mark.parametrize("kind", FORMED)
def test_a_credential_of_a_known_form_is_found_to_the_letter(kind: str) -> None:
    value = FORMED[kind]
    text = f'# the caf\u00e9 server\nVALUE = "{value}"\n'
    (found,) = secrets.find(text)
    assert (found.kind, text[found.start : found.end]) == (kind, value)


@pytest.mark.parametrize(("text", "name", "value"), KEYED, ids=[name for _, name, _ in KEYED])
def test_a_random_value_under_a_secrets_name_is_found(text: str, name: str, value: str) -> None:
    (found,) = secrets.find(text)
    assert (found.kind, found.name) == (secrets.KEYED, name)
    assert text[found.start : found.end].startswith(value)
    assert text[found.start - 1] == text[found.end]


def test_a_password_in_a_url_is_found_without_the_url() -> None:
    password = drawn(14)
    text = f'DSN = "postgres://billing:{password}@db7.acme.io:5432/app"'
    (found,) = secrets.find(text)
    assert (found.kind, text[found.start : found.end]) == (secrets.URL, password)


def test_an_azure_connection_string_gives_up_its_key_alone() -> None:
    key = drawn(86) + "=="
    text = f'"DefaultEndpointsProtocol=https;AccountName=acme;AccountKey={key};EndpointSuffix=core.windows.net"'
    (found,) = secrets.find(text)
    assert (found.kind, text[found.start : found.end]) == ("azure-storage-key", key)


def test_a_google_service_account_is_one_secret() -> None:
    text = (
        '{"type": "service_account", "private_key_id": "' + drawn(40, _HEX) + '", "private_key": "-----BEGIN '
        "PRIVATE KEY-----\\nMII" + drawn(61) + '\\n"}'
    )
    assert [found.kind for found in secrets.find(text)] == ["gcp-service-account"]


INNOCENT: Final = {
    "a blank to be filled in": 'api_key = "your-api-key"',
    "a blank in a template": 'API_KEY = "YOUR_API_KEY_1234567890"',
    "x in place of a key": 'api_key = "xxxxxxxxxxxxxxxxxxxx"',
    "the beginning of a key": 'api_key = "sk-..."',
    "the beginning of a token": 'token = "gh' + 'p_..."',
    "x after a prefix": 'token = "gh' + "p_" + "x" * 36 + '"',
    "a tag": 'token = "<token>"',
    "changeme": 'password = "changeme"',
    "change-me with digits": 'secret_key = "change-me-9d8f7a6b5c"',
    "an example": 'secret = "example-4f9a2c7e1b3d8f60"',
    "the example of a cloud": 'AWS_ACCESS_KEY_ID = "AKIA' + 'IOSFODNN7EXAMPLE"',
    "the other example of a cloud": 'aws_secret_access_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCY' + 'EXAMPLEKEY"',
    "a look into the environment": 'api_key = os.environ["API_KEY"]',
    "a look with an empty default": 'token = os.getenv("GITHUB_TOKEN", "")',
    "a reference": 'api_key: "${API_KEY}"',
    "a reference of a workflow": 'token: "${{ secrets.GITHUB_TOKEN }}"',
    "a reference to a store": 'password = "op://Private/GitHub/token7a9b2c4d"',
    "a format string": 'token = f"{prefix}_{user_id}_8f2a"',
    "a percent string": 'password = "%(password)s8f2a9c"',
    "a hash by its name": f'sha256 = "{drawn(64, _HEX)}"',
    "a hash of a token": f'token_hash = "{drawn(64, _HEX)}"',
    "a hash of a password": 'password_hash = "$2b$12$' + drawn(53) + '"',
    "a commit beside a token": f'token = "{drawn(40, _HEX)}"',
    "an integrity string": f'"integrity": "sha512-{drawn(86)}=="',
    "an integrity string of a key": f'"apiKey": "sha512-{drawn(86)}=="',
    "a UUID": f'client_secret = "{uuid()}"',
    "a UUID as token": f"token: '{uuid()}'",
    "a public key": 'PUBLIC_KEY = "ssh-rsa AAAAB3NzaC1yc2E' + drawn(60) + '"',
    "a public key under a key's name": 'api_key = "pk_' + "live_" + drawn(24) + '"',
    "a test key": 'stripe.api_key = "sk_' + "test_" + drawn(24) + '"',
    "a PEM certificate": "-----BEGIN CERTIFICATE-----\nMII" + drawn(61),
    "a PEM public key": "-----BEGIN PUBLIC KEY-----\nMII" + drawn(61),
    "the first line of a PEM file": 'if "-----BEGIN RSA ' + 'PRIVATE KEY-----" in text:',
    "a PEM file without a body": "-----BEGIN " + "PRIVATE KEY-----\\n...\\n-----END PRIVATE KEY-----",
    "a PEM file in a comment": "/**\n *  '-----BEGIN RSA " + "PRIVATE KEY-----\nMII" + drawn(61) + "'\n */",
    "a key that every page shows": 'POSTHOG_API_KEY = "phc_' + drawn(43) + '"',
    "a pattern for tokens": "re.compile(r'gh" + "p_[A-Za-z0-9]{36}')",
    "a URL of the own machine": '"postgres://app:hX9kLm2Qz7@localhost:5432/app"',
    "a URL of a neighbour": '"redis://app:hX9kLm2Qz7@redis:6379"',
    "a URL of an example": '"https://user:hX9kLm2Qz7@api.example.com/v1"',
    "a URL without thought": '"postgres://postgres:postgres@db.acme.io/app"',
    "a URL with blanks": '"mongodb://<user>:<password>@cluster0.acme.io"',
    "a URL with references": '"mongodb://${USER}:${PASSWORD}@cluster0.acme.io"',
    "a port and a mail address": '"https://acme.io:8443/users/ann@acme.io"',
    "a token that is a word": 'token = "access_token_for_session"',
    "a token in camel case": 'tokenName = "getUserTokenFromRequest2"',
    "a header's name": 'API_KEY_HEADER = "X-Weather-Api-Key-V2-Auth9"',
    "a URL of tokens": 'token_url = "https://login.acme.io/oauth2/v2.0/token"',
    "a path of a secret": 'secret = "/run/secrets/db_password_2024_01"',
    "an identifier of a key": f'key_id = "{drawn(20)}"',
    "a token of a page": f'next_page_token = "{drawn(32)}"',
    "a token against forgery": f'csrf_token = "{drawn(32)}"',
    "a symbol in minified code": f'tokenSymbol="{drawn(18)}"',
    "a count of tokens": 'max_tokens = "4096"',
    "the keys of a row": 'key = "abcdefghijklmnopqrstuvwxyz0123456789"',
    "the alphabet": 'secret = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"',
    "counting": 'api_key = "0123456789abcdef0123456789abcdef"',
    "the same again": 'api_key = "a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"',
    "a password in a lesson": 'password = "P@ssw0rd123"',
    "a password that says so": 'password = "MyPassword123!"',
    "a message": 'error = "invalid token: expected 32 characters"',
    "a dummy in a test": 'fake_token = "gh' + "p_" + drawn(36) + 'FAKE"',
    "a web token of a lesson": '"' + web_token('{"sub":"1234567890","name":"John Doe","iat":1516239022}') + '"',
    "a key for every browser": '"' + web_token('{"iss":"supabase","ref":"abc","role":"anon"}') + '"',
    "a web token of nobody": '"eyJhbGciOiJub25lIn0.eyJmb28iOiJiYXIifQ."',
    "bytes in base64": '"' + base64.b64encode(bytes(range(256))).decode() + "AKIA" + drawn(16, _CAPITALS) + 'QUJD"',
    "a part of a longer name": '"task-' + "x" * 4 + "npm_" + '_package_config_something_longer_than_36"',
    "the id of an account": '"AC' + drawn(32, _HEX) + '"',
    "a module": 'import "github.com/acme/secretkey/v2/internal9"',
    "a style": 'token: "--md-sys-color-2a-primary-3b"',
    "a token in the example of a comment": "/**\n * Asks.\n * @example\n * ask({\n *   token: '"
    f"gh{'p_'}{drawn(36)}"
    "' })\n */",
}


@pytest.mark.parametrize("what", INNOCENT)
def test_what_is_no_secret_is_left_alone(what: str) -> None:
    text = INNOCENT[what]
    assert [text[found.start : found.end] for found in secrets.find(text)] == []


def test_secrets_come_in_order_and_none_inside_another() -> None:
    one, two = "gh" + "p_" + drawn(36), drawn(20)
    text = f'token = "{one}"\nclient_secret = "{two}"\nurl = "https://bot:{one}@git.acme.io/x"'
    found = list(secrets.find(text))
    assert [(each.kind, text[each.start : each.end]) for each in found] == [
        ("github-token", one),
        (secrets.KEYED, two),
        ("github-token", one),
    ]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("gh" + "p_" + "aB3dE6" * 6, "gh" + "p_aB3d…"),
        ("sk-" + "proj-" + "aB3dE6" * 20, "sk-" + "proj-aB3d…"),
        ("aB3dE6gH9jK2", "aB3d…"),
        ("hX9kLm2Q", "hX…"),
        ("abc", "…"),
        ("", "…"),
    ],
)
def test_a_mask_shows_the_makers_mark_and_four_characters_at_most(value: str, shown: str) -> None:
    assert secrets.mask(value) == shown


def test_code_is_read_about_as_fast_as_its_words_are_told_apart() -> None:
    line = (
        'def handler(token: str, api_key="abc"):\n    return client.get(f"https://api.acme.io/{token}")  # caf\u00e9\n'
    )
    text = line * 20_000
    assert list(secrets.find(text)) == []
    # It takes half as long; each letter looked at by itself would take twenty times as long.
    assert fastest(lambda: list(secrets.find(text))) < 5 * fastest(lambda: re.findall(r"\w+", text))


@pytest.mark.parametrize(
    "hostile",
    [
        lambda count: "sk-" * 400 * count,
        lambda count: 'token="' + "a1B" * 400 * count,
        lambda count: "https://a:" * 120 * count + "b@c.io",
        lambda count: "-----BEGIN " + "PRIVATE KEY-----" + "\\n" * 300 * count,
        lambda count: "eyJ" + "a" * 600 * count + ".eyJ" * 50 * count,
        lambda count: "token" * 200 * count + '="q8Zk2Lm9Xw4Rt7Yb1Nc5"',
        lambda count: "\ud800token='q8Zk" * 60 * count,
    ],
    ids=["prefixes", "open quote", "nested urls", "endless key", "web token", "long name", "lone surrogates"],
)
def test_hostile_text_takes_linear_time(hostile: Callable[[int], str]) -> None:
    assert grows_linearly(lambda count: list(secrets.find(hostile(count))), 125)


@pytest.mark.parametrize("before", ["x", "é", "\U0001f600"])
@pytest.mark.parametrize("short", [-60, -41, -40, -20, -1, 0, 1, 40])
def test_a_credential_at_the_seam_of_two_pieces_of_a_file_is_found_once(before: str, short: int) -> None:
    token = f"gh{'p_'}{drawn(36)}"
    filler = f"{before}\n".encode()
    lines = ((1 << 20) + short) // len(filler)
    data = filler * lines + f'"{token}"\n'.encode() + filler * lines
    assert [(each.value, each.line) for each in secrets.in_file(data)] == [(token, lines + 1)]


def test_what_a_large_file_holds_is_never_text_all_at_once() -> None:
    data = ("\U0001f600" + "a = 1;\n" * (1 << 20)).encode()
    tracemalloc.start()
    try:
        assert list(secrets.in_file(data)) == []
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 2 * len(data)  # as one text, it takes four times as much


def test_bytes_that_are_no_text_are_looked_through() -> None:
    token = f"gh{'p_'}{drawn(36)}"
    data = b"\x80" * (1 << 20) + f" {token} ".encode() + b"\xff\x80" * 40
    assert [each.value for each in secrets.in_file(data)] == [token]
    assert list(secrets.in_file(b"")) == []
