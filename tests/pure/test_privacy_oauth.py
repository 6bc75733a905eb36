# SPDX-License-Identifier: LGPL-3.0-or-later
"""OAuth 2.0 requests and answers as tables (POLICY TOK-1)."""

import base64
import hashlib
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import load

oauth = load("unicdo_privacy/tools/oauth.py")
KEY, OTHER = "k" * 43, "o" * 43


def test_the_challenge_is_that_of_the_standard():
    """TOK-1: RFC 7636, appendix B."""
    assert oauth.challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_a_verifier_fits_the_standard_and_is_stored_nowhere():
    """TOK-1: 43 unreserved characters, the same for the same session and flow, another for every other."""
    nonce = oauth.new_secret()
    verifier = oauth.verifier(KEY, nonce)
    assert len(verifier) == 43
    assert verifier == oauth.verifier(KEY, nonce)
    assert len({verifier, oauth.verifier(OTHER, nonce), oauth.verifier(KEY, oauth.new_secret()), nonce}) == 4


def test_a_state_is_known_by_the_session_that_signed_it_only():
    """TOK-1."""
    nonce = oauth.new_secret()
    state = oauth.sign_state(KEY, nonce)
    assert oauth.read_state(KEY, state) == nonce
    assert oauth.read_state(OTHER, state) is None
    assert oauth.read_state("", state) is None
    for place in range(len(state)):
        changed = state[:place] + ("A" if state[place] != "A" else "B") + state[place + 1:]
        assert oauth.read_state(KEY, changed) is None


@given(st.one_of(st.text(), st.none(), st.integers(), st.binary()))
def test_no_other_state_is_taken(value):
    assert oauth.read_state(KEY, value) is None


@pytest.mark.parametrize("endpoint", ["https://a.example/authorize", "https://a.example/authorize?tenant=1"])
@pytest.mark.parametrize("scope", ["", "a b"])
def test_the_address_asks_for_a_code_by_pkce(endpoint, scope):
    """TOK-1."""
    url = urlsplit(oauth.authorize_url(endpoint, "me", "https://x.example/back", scope, "s.t", "v" * 43))
    query = parse_qs(url.query)
    assert query.pop("tenant", ["1"]) == ["1"]
    digest = base64.urlsafe_b64encode(hashlib.sha256(b"v" * 43).digest()).rstrip(b"=").decode()
    assert query == {
        "response_type": ["code"], "client_id": ["me"], "redirect_uri": ["https://x.example/back"], "state": ["s.t"],
        "code_challenge": [digest], "code_challenge_method": ["S256"], **({"scope": [scope]} if scope else {}),
    }
    assert "v" * 43 not in url.query


@pytest.mark.parametrize("body, scopes, seconds", [
    (b'{"access_token":"gho_1234567890","token_type":"bearer","scope":"repo,user"}', ["repo", "user"], None),
    (b"access_token=gho_1234567890&scope=repo&token_type=bearer", ["repo"], None),
    (b'{"access_token":"gho_1234567890","token_type":"Bearer","expires_in":28800}', ["asked"], 28800),
    (b'{"access_token":"gho_1234567890","token_type":"Bearer","expires_in":"7200","scope":"a a b"}', ["a", "b"], 7200),
    (b'{"access_token":"gho_1234567890","token_type":"bearer","expires_in":-1,"scope":7}', [], None),
    (b'{"access_token":"gho_1234567890","token_type":"bearer","expires_in":1e999,"scope":null}', [], None),
])
def test_what_a_token_endpoint_gives_is_read(body, scopes, seconds):
    assert oauth.read_token(200, body, "asked") == {"token": "gho_1234567890", "scopes": scopes, "seconds": seconds}


@pytest.mark.parametrize("status, body, what", [
    (200, b'{"error":"bad_verification_code","error_description":"gho_secret"}', "bad_verification_code"),
    (400, b'{"error":"invalid_grant"}', "invalid_grant"),
    (400, b'{"error":"gho_1234567890"}', "unknown"),
    (200, b"error=access_denied", "access_denied"),
    (500, b'{"access_token":"gho_1234567890","token_type":"bearer"}', "unknown"),
    (200, b'{"access_token":"gho_1234567890","token_type":"mac"}', "unknown"),
    (200, b'{"access_token":"gho_1234567890"}', "unknown"),
    (200, b'{"access_token":"with space 1","token_type":"bearer"}', "unknown"),
    (200, b'{"access_token":"with\\nline123","token_type":"bearer"}', "unknown"),
    (200, b'{"access_token":["a"],"token_type":"bearer"}', "unknown"),
    (200, b"[]", "unknown"), (200, b"", "unknown"), (200, b"\xff\xfe", "unknown"), (200, b"<html>", "unknown"),
    (200, b"[" * 100000, "unknown"), (200, b"a=1&" * 100, "unknown"),
])
def test_everything_else_is_refused_without_repeating_it(status, body, what):
    with pytest.raises(oauth.OAuthError) as refused:
        oauth.read_token(status, body)
    assert (refused.value.what, str(refused.value)) == (what, what)


def test_scopes_are_what_a_database_takes():
    assert oauth.read_scopes("repo,read:org\x00 a\tb é \"x\\") == ["a", "b", "read:org", "repo", "x"]
    assert len(oauth.read_scopes("a " * 10**6)) == 1
    assert len("".join(oauth.read_scopes("a" * 10**6))) == oauth.MOST_SCOPES


@given(st.binary(max_size=300), st.integers(100, 599))
def test_no_answer_breaks_the_reader(body, status):
    try:
        oauth.read_token(status, body)
    except oauth.OAuthError as error:
        assert error.what in oauth.ERRORS | {"unknown"}
