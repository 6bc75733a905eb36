# SPDX-License-Identifier: LGPL-3.0-or-later
"""A code host for tests: a real OAuth 2 server (Authlib) and APIs in GitHub's and GitLab's manner, as a process of its own.

    with CodeHost(redirect_uri) as host:
        app = host.apps["oauth_app"]
        back = host.authorize(f"{app.authorize_url}?{urlencode(…)}", user="octo")

This file needs the standard library alone; the process needs Authlib. Odoo's tests, which cannot import it, load it:

    path = Path(get_module_path("unicdo_privacy")).parent / "tests/support/code_host/__init__.py"
    spec = importlib.util.spec_from_file_location("code_host", path)
    code_host = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(code_host)
    cls.host = cls.enterClassContext(code_host.CodeHost(f"{cls.base_url()}/path"))

A hook's deliveries reach an ``HttpCase`` inside ``allow_requests(all_requests=True)``; time-outs of ``requests`` under ten
seconds are ten in Odoo's tests.

People: ``octo``, who owns ``octo/shop`` (private), ``octo/site`` (public) and forty more; ``guest``, a member of
``octo/shop`` without rights to its settings; ``stranger``.
"""
import http.client
import json
import os
import re
import secrets
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit


@dataclass(frozen=True)
class App:
    """A registered app and its addresses."""

    kind: str
    client_id: str
    client_secret: str
    redirect_uri: str
    permissions: dict
    authorize_url: str
    token_url: str


@dataclass(frozen=True)
class Call:
    """A request that came; names of headers in small letters.

    :param status: HTTP status of the answer; None if there was none yet, or none at all
    :param failure: the mode asked for, if one held
    :param authorization: of a stray call: whether it brought that header
    """

    method: str
    path: str
    query: dict
    headers: dict
    body: str
    status: int = None
    failure: str = None
    authorization: bool = None


class CodeHost:
    """The host's process, as a context manager.

    :param str redirect_uri: where apps send people back to, compared whole; of others by ``register``
    :param int code_seconds: how long an authorisation code may be used
    """

    def __init__(self, redirect_uri="http://127.0.0.1/callback", code_seconds=600):
        self.redirect_uri = redirect_uri
        self._options = {"code_seconds": code_seconds, "key": secrets.token_hex(16)}

    def __enter__(self):
        folder = Path(__file__).resolve().parent
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        self._process = subprocess.Popen(
            [sys.executable, "-m", folder.name], cwd=folder.parent, env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            self._process.stdin.write(json.dumps(self._options) + "\n")
            self._process.stdin.flush()
            ports = json.loads(self._process.stdout.readline() or "{}")
            if not ports:
                raise RuntimeError("The code host did not start.")
            self.url = f"http://127.0.0.1:{ports['port']}"
            self.stray_url = f"http://127.0.0.1:{ports['stray_port']}"
            self.apps = {kind: self.register(kind) for kind in ("oauth_app", "github_app", "gitlab", "plain")}
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *exc_info):
        self.close()

    def close(self):
        """End the process."""
        self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()

    def register(self, kind, redirect_uri=None, permissions=None):
        """A new app.

        :param str kind: ``oauth_app``, ``github_app``, ``gitlab`` or ``plain``
        :param dict permissions: of a GitHub App; by default all that setting a project up needs
        """
        values = self._control(
            "register", kind=kind, redirect_uri=redirect_uri or self.redirect_uri, permissions=permissions)
        paths = {f"{name}_url": self.url + values.pop(f"{name}_path") for name in ("authorize", "token")}
        return App(**values, **paths)

    @property
    def calls(self):
        """What came to the host, in order; its own control excepted."""
        return [Call(**call) for call in self._control("calls")]

    @property
    def stray_calls(self):
        """What came to the listener that is not the host, to which two modes of failure redirect."""
        return [Call(**call) for call in self._control("stray_calls")]

    def fail(self, pattern, mode, times=1):
        """Let requests fail; of several failures that fit, the first made counts.

        :param str pattern: ``POST /repos/*/hooks``, or a path alone for all methods; ``*`` takes slashes too
        :param str mode: a status (204, 400, 401, 403, 404, 422, 429, 500, 503), ``timeout``, ``drop`` (no answer), ``cut``
            (half of one), ``slow``, ``huge``, ``invalid_json``, ``wrong_json``, ``wrong_type``, ``redirect_same``,
            ``redirect_port``, ``redirect_name``; ``after:`` before it: the work is done first
        :param times: how often; None: always
        """
        self._control("fail", pattern=pattern, mode=str(mode), times=times)

    def heal(self):
        """Take all failures back."""
        self._control("forget_failures")

    def tokens(self):
        """Tokens ever issued, oldest first, as dicts: ``access_token``, ``refresh_token``, ``active``, ``revoked``,
        ``refresh_active``, ``scopes``, ``expires_at`` (seconds since 1970, None: never), ``user``, ``client_id``, ``kind``."""
        return self._control("tokens")

    def hooks(self, repo):
        """Hooks of a repository as dicts, with ``secret`` and ``deliveries`` (``event``, ``status``, ``error``)."""
        return self._control("hooks", repo=repo)

    def keys(self, repo):
        """Deploy keys of a repository as dicts, with the token that made them."""
        return self._control("keys", repo=repo)

    def pass_time(self, seconds):
        """Put the host's clock forward, for codes and tokens."""
        self._control("pass_time", seconds=seconds)

    def pause(self):
        """Stand still: requests are taken, and answered after ``go_on``."""
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self):
        self._process.send_signal(signal.SIGCONT)

    def reset(self):
        """Forget calls, failures, codes, tokens, hooks and keys; apps stay."""
        self._control("reset")

    def authorize(self, url, user="octo", agree=True, scopes=None):
        """Open an app's authorise address as a person, and decide; where that leads back to, not followed.

        :param list scopes: agree to these alone
        :raise RuntimeError: if the host shows an error instead of leading back
        """
        if not url.startswith(f"{self.url}/"):
            raise ValueError("That is not an address of this host.")
        path = url.removeprefix(self.url)
        answer, page = self._request("GET", path)
        if answer.status == 200:
            fields = {
                "consent": re.search(r'name="consent" value="(\w+)"', page)[1], "user": user,
                "decision": "agree" if agree else "deny", **({} if scopes is None else {"scopes": " ".join(scopes)}),
            }
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            answer, page = self._request("POST", path, urlencode(fields), headers)
        if answer.status != 302:
            raise RuntimeError(f"{answer.status}: {page}")
        return answer.headers["Location"]

    def _control(self, what, **values):
        headers = {"X-Control-Key": self._options["key"], "Content-Type": "application/json"}
        answer, text = self._request("POST", f"/_control/{what}", json.dumps(values), headers)
        if answer.status != 200:
            raise ValueError(text)
        return json.loads(text or "null")

    def _request(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=30)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer, answer.read().decode()
        finally:
            connection.close()
