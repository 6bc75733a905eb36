# SPDX-License-Identifier: LGPL-3.0-or-later
"""No log shows what looks like a provider's token (POLICY TOK-2)."""

import io
import json
import logging
import time
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import load

token_mask = load("unicdo_privacy/tools/token_mask.py")
RANDOM = "Zx9Kq2Lm4Np6Rs8Tv0Wy1Ab3Cd5Ef7Gh"
TOKENS = [
    f"gho_{RANDOM}", f"ghu_{RANDOM}", f"ghr_{RANDOM}", f"ghp_{RANDOM}", f"ghs_{RANDOM}", f"github_pat_{RANDOM}",
    f"glpat-{RANDOM}", f"gloas-{RANDOM}", f"ya29.{RANDOM}", f"1//{RANDOM}", f"eyJ{RANDOM}.eyJ{RANDOM}.{RANDOM}",
]


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize("frame", [
    "{}", "GET /x?y={} HTTP/1.1", '{{"a": "{}"}}', "said ({}).", "{{'token': '{}'}}", "https://user:{}@host.example/",
])
def test_a_token_is_masked_wherever_it_stands(token, frame):
    """TOK-2."""
    text = token_mask.mask(frame.format(token))
    assert RANDOM not in text
    assert token_mask.MASK in text


@pytest.mark.parametrize("text", [
    f"GET /auth_oauth/signin?access_token={RANDOM}&state=%7B%22d%22%7D&token_type=Bearer HTTP/1.1",
    f"/unicdo/oauth/return?code={RANDOM}&state={RANDOM}.{RANDOM}",
    f"Authorization: Bearer {RANDOM}", f"'Authorization': 'token {RANDOM}'", f"Authorization: Basic {RANDOM}==",
    f'{{"access_token": "{RANDOM}", "refresh_token":"{RANDOM}"}}', f"{{'client_secret': '{RANDOM}'}}",
    quote(f"https://x.example/?access_token={RANDOM}", safe=""), f"client_secret={RANDOM}&code_verifier={RANDOM}",
])
def test_what_is_named_as_a_secret_is_masked(text):
    """TOK-2: the token as it comes, whatever it looks like."""
    assert RANDOM not in token_mask.mask(text)


@pytest.mark.parametrize("text", [
    "", "Job 'Privacy: background work' done", "Loading module unicdo_privacy (token tests)", "HTTP status code 200",
    "GET /web/login?redirect=%2Fodoo HTTP/1.1 200", "tokens wait to be removed", "bearer of news", "error code: 7",
    "SELECT state, code FROM res_country_state WHERE code = 'BE'", "invalid token given", "the basic idea of it",
])
def test_other_texts_are_left_alone(text):
    assert token_mask.mask(text) == text


@given(st.text())
def test_any_text_is_taken(text):
    token_mask.mask(text)


@pytest.fixture
def forgetful():
    """Nothing is known before and after."""
    token_mask._known.clear()
    yield
    token_mask._known.clear()


@pytest.mark.parametrize("secret", ["8d0a" * 16, f"{RANDOM}.{RANDOM[::-1]}", f"{RANDOM}+/{RANDOM}"])
@pytest.mark.parametrize("frame", ["{}", "KeyError: '{}'", "a={};b", "said {}.", '{{"x":"{}"}}', "{}\n{}"])
def test_a_secret_that_was_seen_is_masked_though_it_looks_like_none(forgetful, secret, frame):
    """TOK-2: such as GitLab's tokens, which are hexadecimal; and what the process keeps of it is a digest."""
    text = frame.format(secret, secret)
    assert token_mask.mask(text) == text
    assert token_mask.remember(secret) == secret
    masked = token_mask.mask(text)
    assert secret not in masked
    assert RANDOM not in masked
    assert secret.encode() not in b"".join(token_mask._known)


def test_only_so_many_secrets_are_known(forgetful):
    """TOK-2: a process that runs for months does not grow."""
    for number in range(token_mask.MOST + 5):
        token_mask.remember(f"secret-number-{number:06}")
    assert len(token_mask._known) == token_mask.MOST
    assert token_mask.mask(f"secret-number-{token_mask.MOST:06}") == token_mask.MASK
    assert token_mask.mask("secret-number-000001") == "secret-number-000001"


@pytest.mark.parametrize("piece", [
    "-eyJ", "_eyJaaaaaaaa", "-eyJ-eyJ-eyJ.", "eyJaaaaaaaa.-", "_gho_", "-glpat-", "token ", "access_token=", "Bearer\t", "code=",
    "1//", "state = ", "'", "a",
])
def test_no_text_takes_long(piece):
    """TOK-2: strangers choose what stands in an address that is logged; a megabyte of it is read once."""
    began = time.process_time()
    token_mask.mask(piece * (1_000_000 // len(piece)))
    token_mask.mask(piece + " " * 1_000_000)
    assert time.process_time() - began < 5


@pytest.fixture
def log():
    """What a handler writes that came before the masks."""
    before, stream = logging.getLogRecordFactory(), io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(message)s"))
    logger = logging.getLogger("unicdo.test.mask")
    logger.addHandler(handler)
    logger.propagate = False
    token_mask.install()
    token_mask.install()
    yield logger, stream
    logging.setLogRecordFactory(before)
    logger.removeHandler(handler)


def test_every_record_is_masked_its_arguments_too(log):
    """TOK-2."""
    logger, stream = log
    token = f"gho_{RANDOM}"
    logger.error("got %s for %d", token, 7)
    logger.error("got %(a)s", {"a": json.dumps({"access_token": RANDOM})})
    logger.error("nothing to hide in %s", "this")
    assert stream.getvalue().splitlines() == [
        f"got {token_mask.MASK} for 7", f'got {{"access_token": "{token_mask.MASK}"}}', "nothing to hide in this",
    ]


def test_tracebacks_are_masked(log):
    """TOK-2."""
    logger, stream = log
    try:
        raise ValueError(f"https://x.example/?access_token={RANDOM}")
    except ValueError:
        logger.exception("it failed")
    text = stream.getvalue()
    assert "ValueError" in text
    assert RANDOM not in text


def test_wrong_arguments_are_left_to_who_prints_them(log):
    record = logging.getLogRecordFactory()("x", logging.ERROR, "x", 1, "%d", ("no number",), None)
    assert (record.msg, record.args) == ("%d", ("no number",))
