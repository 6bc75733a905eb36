# SPDX-License-Identifier: LGPL-3.0-or-later
"""The code host's APIs, revocation and failures do what they are for."""
import contextlib
import hashlib
import hmac
import http.server
import json
import subprocess
import sys
import threading
import time

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from code_host_app import ask, code_of, exchange, sign_in
from conftest import REPO, load

SHOP = "/repos/octo/shop"
PROJECT = "/api/v4/projects/octo%2Fshop"


def new_key():
    """A fresh public key as OpenSSH writes it, without a comment."""
    public = Ed25519PrivateKey.generate().public_key()
    return public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def hook_values(url="http://127.0.0.1:9/hook", **more):
    return {"config": {"url": url, "content_type": "json", "secret": "s3cret"}, "events": ["push"], **more}


def basic(app, method, path, token):
    """A request by the app itself about a token."""
    address = f"{app.token_url.removesuffix('/login/oauth/access_token')}/applications/{app.client_id}/{path}"
    return requests.request(
        method, address, json={"access_token": token}, auth=(app.client_id, app.client_secret), timeout=10)


@contextlib.contextmanager
def receiver():
    """A hook's address, and what comes there: (headers, body)."""
    came = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):  # noqa: N802 - the library's name
            came.append((self.headers, self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *arguments):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/hook", came
        server.shutdown()


def until(condition, seconds=10):
    limit = time.monotonic() + seconds
    while not condition() and time.monotonic() < limit:
        time.sleep(0.05)
    assert condition()


# revocation


def test_an_oauth_app_s_revoked_token_takes_its_deploy_keys_along(host):
    app, token = host.apps["oauth_app"], sign_in(host)
    mine = ask(host, token, "POST", f"{SHOP}/keys", json={"title": "a", "key": new_key(), "read_only": True})
    other = sign_in(host)
    kept = ask(host, other, "POST", f"{SHOP}/keys", json={"title": "b", "key": new_key()})
    assert (mine.status_code, kept.status_code) == (201, 201)
    ask(host, token, "POST", f"{SHOP}/hooks", json=hook_values())
    assert basic(app, "DELETE", "token", token).status_code == 204
    assert ask(host, token, "GET", "/user").status_code == 401
    assert [key["id"] for key in host.keys("octo/shop")] == [kept.json()["id"]]
    assert len(host.hooks("octo/shop")) == 1
    assert basic(app, "DELETE", "token", token).status_code == 404
    assert basic(app, "DELETE", "grant", other).status_code == 204
    assert not any(one["active"] for one in host.tokens()) and host.keys("octo/shop") == []


def test_a_github_app_s_revoked_token_leaves_its_deploy_keys(host):
    app, token = host.apps["github_app"], sign_in(host, "github_app")
    assert ask(host, token, "POST", f"{SHOP}/keys", json={"title": "a", "key": new_key()}).status_code == 201
    assert basic(app, "DELETE", "token", token).status_code == 204
    assert len(host.keys("octo/shop")) == 1 and not host.tokens()[0]["refresh_active"]


def test_an_app_asks_about_its_own_tokens_only(host):
    app, other, token = host.apps["oauth_app"], host.register("oauth_app"), sign_in(host)
    answer = basic(app, "POST", "token", token)
    assert answer.status_code == 200 and answer.json()["user"]["login"] == "octo" and answer.json()["scopes"] == ["repo"]
    assert basic(other, "POST", "token", token).status_code == 404
    assert basic(other, "DELETE", "token", token).status_code == 404
    assert basic(app, "DELETE", "token", "").status_code == 422
    url = f"{host.url}/applications/{app.client_id}/token"
    assert requests.delete(url, json={"access_token": token}, auth=(app.client_id, "wrong"), timeout=10).status_code == 401
    assert host.tokens()[0]["active"]


@pytest.mark.parametrize(("kind", "scope", "path"), [("gitlab", "api", "/oauth/revoke"), ("plain", "keys", "/oauth2/revoke")])
def test_revocation_by_rfc_7009(host, kind, scope, path):
    app, other, token = host.apps[kind], host.register(kind), sign_in(host, kind, scope)

    def revoke(who, text):
        values = {"client_id": who.client_id, "client_secret": who.client_secret, "token": text}
        return requests.post(host.url + path, values, timeout=10)
    assert revoke(other, token).status_code == (403 if kind == "gitlab" else 400)
    assert host.tokens()[0]["active"]
    assert revoke(app, token).status_code == 200 and revoke(app, "unknown").status_code == 200
    assert host.tokens()[0]["revoked"] and not host.tokens()[0]["refresh_active"]


def test_introspection_by_rfc_7662(host):
    app, token = host.apps["plain"], sign_in(host, "plain", "hooks keys")

    def look(who=app):
        answer = requests.post(
            f"{host.url}/oauth2/introspect", {"token": token}, auth=(who.client_id, who.client_secret), timeout=10)
        return answer.json()
    assert look()["active"] and look()["scope"] == "hooks keys" and look()["username"] == "octo"
    assert look(host.register("plain")) == {"active": False}
    host.pass_time(3600)
    assert look() == {"active": False}


# GitHub's API


def test_repositories_come_in_pages(host):
    token = sign_in(host)
    names, url = [], f"{host.url}/user/repos?per_page=20"
    while url:
        answer = requests.get(url, headers={"Authorization": f"token {token}"}, timeout=10)
        names += [repo["full_name"] for repo in answer.json()]
        url = answer.links.get("next", {}).get("url")
    assert len(names) == 42 == len(set(names)) and "octo/shop" in names
    assert answer.headers["X-OAuth-Scopes"] == "repo"
    guest = sign_in(host, user="guest")
    (only,) = ask(host, guest, "GET", "/user/repos").json()
    assert only["full_name"] == "octo/shop" and not only["permissions"]["admin"]


@pytest.mark.parametrize(("scope", "hook", "key", "repo"), [
    ("repo", 201, 201, 200),
    ("admin:repo_hook", 201, 404, 404),
    ("write:repo_hook", 201, 404, 404),
    ("read:repo_hook", 404, 404, 404),
    ("public_repo", 404, 404, 404),
    ("user", 404, 404, 404),
])
def test_scopes_limit_what_a_token_does_in_a_private_repository(host, scope, hook, key, repo):
    token = sign_in(host, scope=scope)
    assert ask(host, token, "POST", f"{SHOP}/hooks", json=hook_values()).status_code == hook
    assert ask(host, token, "POST", f"{SHOP}/keys", json={"title": "a", "key": new_key()}).status_code == key
    assert ask(host, token, "GET", SHOP).status_code == repo
    assert ask(host, token, "GET", "/repos/octo/site").status_code == 200


def test_a_github_app_needs_the_permission(host):
    app = host.register("github_app", permissions={"metadata": "read", "repository_hooks": "read"})
    token = exchange(app, code_of(host, app)).json()["access_token"]
    assert ask(host, token, "GET", f"{SHOP}/hooks").status_code == 200
    assert ask(host, token, "POST", f"{SHOP}/hooks", json=hook_values()).status_code == 403
    assert ask(host, token, "GET", f"{SHOP}/keys").status_code == 403


def test_a_member_without_rights_to_settings_is_told_nothing(host):
    token = sign_in(host, user="guest")
    assert ask(host, token, "GET", SHOP).status_code == 200
    assert ask(host, token, "GET", f"{SHOP}/hooks").status_code == 404
    assert ask(host, sign_in(host, user="stranger"), "GET", SHOP).status_code == 404


def test_a_hook_is_made_pinged_with_a_signature_and_removed(host):
    token = sign_in(host)
    with receiver() as (url, came):
        hook = ask(host, token, "POST", f"{SHOP}/hooks", json=hook_values(url)).json()
        assert hook["config"]["secret"] == "********" and hook["events"] == ["push"]
        until(lambda: len(came) == 1)
        assert ask(host, token, "POST", f"{SHOP}/hooks/{hook['id']}/pings").status_code == 204
        until(lambda: len(came) == 2)
        until(lambda: len(host.hooks("octo/shop")[0]["deliveries"]) == 2)
    headers, body = came[1]
    assert headers["X-GitHub-Event"] == "ping" and json.loads(body)["hook_id"] == hook["id"]
    assert headers["X-Hub-Signature-256"] == f"sha256={hmac.new(b's3cret', body, hashlib.sha256).hexdigest()}"
    path = f"{SHOP}/hooks/{hook['id']}"
    assert ask(host, token, "GET", path).json()["last_response"]["code"] == 200
    assert [one["id"] for one in ask(host, token, "GET", f"{SHOP}/hooks").json()] == [hook["id"]]
    assert ask(host, token, "DELETE", path).status_code == 204
    assert ask(host, token, "GET", path).status_code == 404 == ask(host, token, "DELETE", path).status_code


def errors(answer):
    assert answer.status_code == 422 and answer.json()["message"] == "Validation Failed"
    return [error.get("message") for error in answer.json()["errors"]]


def test_a_hook_that_cannot_be_is_refused(host):
    token = sign_in(host)

    def make(values):
        return ask(host, token, "POST", f"{SHOP}/hooks", json=values)
    assert make(hook_values()).status_code == 201
    assert errors(make(hook_values())) == ["Hook already exists on this repository"]
    assert errors(make({"config": {}})) == ["Config must contain URL for webhooks"]
    assert errors(make(hook_values("nowhere"))) == ["url is missing a scheme"]
    assert errors(make(hook_values(name="other"))) == [None]
    assert len(host.hooks("octo/shop")) == 1


def test_a_deploy_key_is_made_once_and_removed(host):
    token, text = sign_in(host), new_key()

    def make(value, repo=SHOP):
        return ask(host, token, "POST", f"{repo}/keys", json={"title": "mine", "key": value, "read_only": True})
    key = make(f"{text} somebody@somewhere").json()
    assert key["key"] == text and key["read_only"]
    assert errors(make(text, "/repos/octo/site")) == ["key is already in use"]
    assert errors(make("ssh-ed25519 nonsense"))[0].startswith("key is invalid")
    path = f"{SHOP}/keys/{key['id']}"
    assert ask(host, token, "GET", path).json()["title"] == "mine"
    assert ask(host, token, "DELETE", path).status_code == 204
    assert ask(host, token, "GET", path).status_code == 404 and host.keys("octo/shop") == []


def test_a_token_in_an_address_is_refused_and_noted(host):
    token = sign_in(host)
    assert requests.get(f"{host.url}/user", {"access_token": token}, timeout=10).status_code == 400
    call = host.calls[-1]
    assert (call.method, call.path, call.query, call.status) == ("GET", "/user", {"access_token": token}, 400)


def test_each_request_is_noted_with_its_headers_and_body(host):
    token = sign_in(host)
    ask(host, token, "POST", f"{SHOP}/hooks", json=hook_values())
    assert [call.path for call in host.calls] == [
        "/login/oauth/authorize", "/login/oauth/authorize", "/login/oauth/access_token", f"{SHOP}/hooks"]
    call = host.calls[-1]
    assert call.headers["authorization"] == f"Bearer {token}" and json.loads(call.body) == hook_values()
    assert (call.status, call.failure) == (201, None)


@pytest.mark.parametrize("header", ["", "Bearer x", "Basic x", "Bearer"])
def test_no_token_no_answer(host, header):
    answer = requests.get(f"{host.url}/user", headers={"Authorization": header} if header else {}, timeout=10)
    assert answer.status_code == 401


def test_a_token_is_of_one_provider(host):
    assert ask(host, sign_in(host, "gitlab", "api"), "GET", "/user").status_code == 401
    assert ask(host, sign_in(host), "GET", "/api/v4/user").status_code == 401


# GitLab's API


def test_gitlab_project_hooks_and_keys(host):
    token = sign_in(host, "gitlab", "api")
    assert ask(host, token, "GET", "/oauth/token/info").json()["scope"] == ["api"]
    first = ask(host, token, "GET", "/api/v4/projects?min_access_level=40&per_page=5")
    assert len(first.json()) == 5 and "next" in first.links
    with receiver() as (url, came):
        hook = ask(host, token, "POST", f"{PROJECT}/hooks", json={"url": url, "token": "s3cret", "push_events": True}).json()
        assert "token" not in hook and hook["push_events"]
        tried = ask(host, token, "POST", f"{PROJECT}/hooks/{hook['id']}/test/push_events")
    assert tried.status_code == 201 and came[0][0]["X-Gitlab-Token"] == "s3cret"
    assert ask(host, token, "POST", f"{PROJECT}/hooks/{hook['id']}/test/push_events").status_code == 422
    values = {"title": "mine", "key": new_key(), "can_push": False}
    key = ask(host, token, "POST", f"{PROJECT}/deploy_keys", json=values).json()
    assert key["key"] == values["key"] and not key["can_push"]
    assert ask(host, token, "POST", f"{PROJECT}/deploy_keys", json=values).status_code == 400
    for path in (f"{PROJECT}/hooks/{hook['id']}", f"{PROJECT}/deploy_keys/{key['id']}"):
        assert ask(host, token, "GET", path).status_code == 200
        assert ask(host, token, "DELETE", path).status_code == 204
        assert ask(host, token, "GET", path).status_code == 404


def test_gitlab_s_scope_and_rank_limit_a_token(host):
    reader = sign_in(host, "gitlab", "read_api")
    assert ask(host, reader, "GET", f"{PROJECT}/hooks").status_code == 200
    answer = ask(host, reader, "POST", f"{PROJECT}/hooks", json={"url": "http://127.0.0.1:9/"})
    assert answer.status_code == 403 and answer.json()["error"] == "insufficient_scope"
    guest = sign_in(host, "gitlab", "api", user="guest")
    assert ask(host, guest, "GET", f"{PROJECT}/hooks").status_code == 403
    assert ask(host, sign_in(host, "gitlab", "api", user="stranger"), "GET", PROJECT).status_code == 404


# failures


@pytest.mark.parametrize("status", [204, 400, 401, 403, 404, 422, 429, 500, 503])
def test_a_status_as_asked_for_and_so_often(host, status):
    token = sign_in(host)
    host.fail("GET /repos/*", status, times=2)
    answers = [ask(host, token, "GET", SHOP) for _number in range(3)]
    assert [answer.status_code for answer in answers] == [status, status, 200]
    assert answers[0].headers.get("X-RateLimit-Remaining") == ("0" if status in (403, 429) else None)
    assert host.calls[-2].failure == str(status) and host.calls[-1].failure is None


@pytest.mark.parametrize(("mode", "error"), [
    ("timeout", requests.ReadTimeout), ("drop", requests.ConnectionError), ("cut", requests.exceptions.ChunkedEncodingError),
])
def test_a_connection_that_fails(host, mode, error):
    host.fail("/user", mode)
    with pytest.raises(error):
        requests.get(f"{host.url}/user", timeout=1)
    assert requests.get(f"{host.url}/user", timeout=10).status_code == 401


def test_a_body_that_drips(host):
    host.fail("/user", "slow")
    start = time.monotonic()
    with requests.get(f"{host.url}/user", timeout=1, stream=True) as answer:  # each byte comes within the time-out
        pieces = answer.iter_content(1)
        assert b"".join(next(pieces) for _number in range(8)) == b" " * 8
    assert time.monotonic() - start > 1.2


def test_a_body_that_is_huge(host):
    host.fail("/user", "huge")
    size = 0
    with requests.get(f"{host.url}/user", timeout=10, stream=True) as answer:
        assert "Content-Length" not in answer.headers
        for piece in answer.iter_content(1 << 20):
            size += len(piece)
            if size > 32 << 20:
                break
    assert size > 32 << 20


def test_a_body_of_another_kind(host):
    for mode in ("invalid_json", "wrong_type"):
        host.fail("/user", mode)
        with pytest.raises(requests.JSONDecodeError):
            requests.get(f"{host.url}/user", timeout=10).json()
    host.fail("/user", "wrong_json")
    assert requests.get(f"{host.url}/user", timeout=10).json() == [None, 1]


@pytest.mark.parametrize("mode", ["redirect_port", "redirect_name"])
def test_a_redirect_elsewhere_shows_who_brings_the_token_along(host, mode):
    token = sign_in(host)
    host.fail("/user", mode, times=2)
    ask(host, token, "GET", "/user?a=1")
    there = ask(host, token, "GET", "/user", allow_redirects=False).headers["Location"]
    requests.get(there, headers={"Authorization": f"Bearer {token}"}, timeout=10)
    assert [call.authorization for call in host.stray_calls] == [False, True]
    assert host.stray_calls[0].query == {"a": "1"}


def test_a_redirect_to_the_host_itself(host):
    token = sign_in(host)
    host.fail("/user", "redirect_same")
    assert ask(host, token, "GET", "/user").json()["login"] == "octo"


@pytest.mark.parametrize("mode", ["after:500", "after:drop", "after:cut"])
def test_what_is_done_but_not_told(host, mode):
    token = sign_in(host)
    host.fail("POST /repos/*/hooks", mode)
    with contextlib.suppress(requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
        assert ask(host, token, "POST", f"{SHOP}/hooks", json=hook_values()).status_code == 500
    assert len(host.hooks("octo/shop")) == 1
    told = {"after:500": 500, "after:drop": None, "after:cut": 200}
    assert (host.calls[-1].status, host.calls[-1].failure) == (told[mode], mode)


def test_a_token_that_is_issued_but_not_told(host):
    app = host.apps["oauth_app"]
    host.fail("/login/oauth/access_token", "after:drop")
    with pytest.raises(requests.ConnectionError):
        exchange(app, code_of(host, app))
    assert [token["active"] for token in host.tokens()] == [True]


def test_failures_end(host):
    host.fail("/user", 500, times=None)
    assert [requests.get(f"{host.url}/user", timeout=10).status_code for _number in range(3)] == [500] * 3
    host.heal()
    assert requests.get(f"{host.url}/user", timeout=10).status_code == 401
    with pytest.raises(ValueError, match="There is no mode"):
        host.fail("/user", "nonsense")


def test_the_tests_way_in_is_closed_to_others(host):
    assert requests.post(f"{host.url}/_control/tokens", json={}, timeout=10).status_code == 403


def test_the_process_ends_with_its_owner():
    with load("tests/support/code_host/__init__.py").CodeHost() as host:
        url = host.url
        assert requests.get(f"{url}/user", timeout=10).status_code == 401
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=10)


def test_the_process_ends_when_its_owner_is_killed():
    code = "import time; from tests.support.code_host import CodeHost as Host; host = Host().__enter__(); "
    code += "print(host.url, flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code], cwd=REPO, stdout=subprocess.PIPE, text=True) as owner:
        url = owner.stdout.readline().strip()
        assert requests.get(f"{url}/user", timeout=10).status_code == 401
        owner.kill()

    def gone():
        try:
            requests.get(f"{url}/user", timeout=10)
        except requests.ConnectionError:
            return True
        return False
    until(gone)
