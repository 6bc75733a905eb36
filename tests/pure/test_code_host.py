# SPDX-License-Identifier: LGPL-3.0-or-later
"""The code host that other tests run against is a strict OAuth 2 server."""
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
import requests

from code_host_app import CALLBACK, VERIFIER, address, ask, challenge, code_of, exchange

KINDS = ("oauth_app", "github_app", "gitlab", "plain")
SCOPES = {"oauth_app": "repo", "github_app": None, "gitlab": "api", "plain": "hooks"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_code_becomes_a_token(host, kind):
    app = host.apps[kind]
    back = host.authorize(address(app, scope=SCOPES[kind]))
    assert back.startswith(f"{CALLBACK}&") and dict(parse_qsl(urlsplit(back).query))["state"] == "a b&c"
    answer = exchange(app, parse_qs(urlsplit(back).query)["code"][0])
    assert answer.status_code == 200
    (token,) = host.tokens()
    assert token["access_token"] == answer.json()["access_token"] and token["active"] and token["user"] == "octo"
    assert token["scopes"] == ([SCOPES[kind]] if SCOPES[kind] else [])


def refused(answer):
    """The error of a token request: GitHub's come with HTTP 200."""
    assert "access_token" not in answer.text
    return answer.json()["error"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("verifier", [None, "", VERIFIER[:-1], VERIFIER + "a", challenge(), "short"])
def test_a_wrong_verifier_gets_no_token(host, kind, verifier):
    app = host.apps[kind]
    error = refused(exchange(app, code_of(host, app, scope=SCOPES[kind]), code_verifier=verifier))
    assert error in ("bad_verification_code", "invalid_grant", "invalid_request")
    assert host.tokens() == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("changes", [
    {"code_challenge": None}, {"code_challenge_method": None}, {"code_challenge": None, "code_challenge_method": None},
    {"code_challenge": VERIFIER, "code_challenge_method": "plain"}, {"code_challenge": "short"},
])
def test_no_code_without_s256(host, kind, changes):
    back = host.authorize(address(host.apps[kind], scope=SCOPES[kind], **changes))
    answer = dict(parse_qsl(urlsplit(back).query))
    assert answer["error"] == "invalid_request" and answer["state"] == "a b&c" and "code" not in answer


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("uri", [CALLBACK + "/", CALLBACK.upper(), CALLBACK.partition("?")[0], "http://127.0.0.1:9/"])
def test_another_redirect_address_is_shown_an_error_and_not_gone_to(host, kind, uri):
    with pytest.raises(RuntimeError, match="^400"):
        host.authorize(address(host.apps[kind], scope=SCOPES[kind], redirect_uri=uri))


def test_the_token_request_names_the_same_redirect_address(host):
    app = host.apps["oauth_app"]
    assert refused(exchange(app, code_of(host, app), redirect_uri=CALLBACK + "/")) == "redirect_uri_mismatch"


@pytest.mark.parametrize("kind", KINDS)
def test_a_second_use_of_a_code_ends_its_tokens(host, kind):
    app = host.apps[kind]
    code = code_of(host, app, scope=SCOPES[kind])
    assert exchange(app, code).ok
    assert refused(exchange(app, code)) in ("bad_verification_code", "invalid_grant")
    assert [token["active"] for token in host.tokens()] == [False]


def test_a_code_is_of_one_app_and_of_short_life(host):
    app, other = host.apps["oauth_app"], host.register("oauth_app")
    code = code_of(host, app)
    assert refused(exchange(other, code)) == "bad_verification_code"
    host.pass_time(601)
    assert refused(exchange(app, code)) == "bad_verification_code"


def test_a_wrong_secret_gets_no_token(host):
    for kind, error in (("oauth_app", "incorrect_client_credentials"), ("plain", "invalid_client")):
        app = host.apps[kind]
        assert refused(exchange(app, code_of(host, app), client_secret="wrong")) == error
        assert refused(exchange(app, code_of(host, app), client_secret=None)) == error


def test_an_app_is_known_at_its_own_provider_only(host):
    elsewhere = address(host.apps["plain"]).replace("/oauth2/authorize", "/oauth/authorize")
    with pytest.raises(RuntimeError, match="invalid_client"):
        host.authorize(elsewhere)


def test_a_person_may_refuse_or_agree_to_less(host):
    app = host.apps["oauth_app"]
    back = host.authorize(address(app, scope="repo user"), agree=False)
    assert dict(parse_qsl(urlsplit(back).query)) | {"error_description": ""} == {
        "of": "app", "error": "access_denied", "error_description": "", "state": "a b&c"}
    answer = exchange(app, code_of(host, app, scope="admin:repo_hook user", scopes=["user"])).json()
    assert answer["scope"] == "user"


def test_github_answers_form_encoded_unless_json_is_asked_for(host):
    app = host.apps["oauth_app"]
    values = {"client_id": app.client_id, "client_secret": app.client_secret, "code_verifier": VERIFIER,
              "redirect_uri": CALLBACK, "code": code_of(host, app, scope="user admin:repo_hook")}
    answer = requests.post(app.token_url, values, timeout=10)
    assert answer.headers["Content-Type"].startswith("application/x-www-form-urlencoded")
    fields = dict(parse_qsl(answer.text))
    assert fields["token_type"] == "bearer" and fields["scope"] == "user,admin:repo_hook"
    assert fields["access_token"].startswith("gho_")


def test_unknown_scopes_are_left_out_by_github_and_refused_by_others(host):
    app = host.apps["oauth_app"]
    assert exchange(app, code_of(host, app, scope="repo admin:repo_hook nonsense")).json()["scope"] == "repo"
    back = host.authorize(address(host.apps["gitlab"], scope="nonsense"))
    assert parse_qs(urlsplit(back).query)["error"] == ["invalid_scope"]


@pytest.mark.parametrize("kind", ["github_app", "gitlab", "plain"])
def test_a_refresh_token_works_once(host, kind):
    app = host.apps[kind]
    first = exchange(app, code_of(host, app, scope=SCOPES[kind])).json()

    def refresh():
        return exchange(app, None, grant_type="refresh_token", refresh_token=first["refresh_token"])
    second = refresh().json()
    assert second["access_token"] != first["access_token"] and second["refresh_token"] != first["refresh_token"]
    assert refused(refresh()) in ("bad_refresh_token", "invalid_grant")
    assert [token["active"] for token in host.tokens()] == [False, True]


def test_a_github_app_s_token_ends_after_eight_hours(host):
    app = host.apps["github_app"]
    answer = exchange(app, code_of(host, app)).json()
    assert answer["expires_in"] == 28800 and answer["refresh_token"].startswith("ghr_")
    token = answer["access_token"]
    assert token.startswith("ghu_") and ask(host, token, "GET", "/user").ok
    host.pass_time(28801)
    assert ask(host, token, "GET", "/user").status_code == 401
    assert host.tokens()[0]["refresh_active"]


def test_an_oauth_app_has_no_refresh_token(host):
    app = host.apps["oauth_app"]
    assert "refresh_token" not in exchange(app, code_of(host, app)).json()
    assert refused(exchange(app, None, grant_type="refresh_token", refresh_token="x")) == "unauthorized_client"


def test_a_browser_gets_a_token_at_once_where_it_may(host):
    """As Odoo's own sign-in asks for it: in the fragment, for the person who agrees; not of GitHub or GitLab."""
    changes = {"response_type": "token", "code_challenge": None, "code_challenge_method": None, "scope": "profile"}
    back = urlsplit(host.authorize(address(host.apps["plain"], **changes), "guest"))
    token = parse_qs(back.fragment)["access_token"][0]
    assert not parse_qs(back.query).get("access_token")
    answer = requests.get(f"{host.url}/oauth2/userinfo", headers={"Authorization": f"Bearer {token}"}, timeout=10)
    assert answer.json() == {"sub": "2", "name": "Guest", "email": "guest@host.example"}
    answer = requests.get(f"{host.url}/oauth2/userinfo", headers={"Authorization": "Bearer x"}, timeout=10)
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, 'Bearer error="invalid_token"')
    for kind in ("oauth_app", "gitlab"):
        assert "access_token" not in host.authorize(address(host.apps[kind], **{**changes, "scope": None}))
