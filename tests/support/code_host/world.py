# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the code host knows: apps, people, repositories, codes and tokens. Everything is in memory."""
import contextlib
import itertools
import secrets
import threading
import time
from dataclasses import dataclass, field

from authlib.oauth2.rfc6749 import ClientMixin, TokenMixin

#: a scope → those it includes
INCLUDED = {
    "repo": {"public_repo", "admin:repo_hook", "write:repo_hook", "read:repo_hook"},
    "admin:repo_hook": {"write:repo_hook", "read:repo_hook"},
    "write:repo_hook": {"read:repo_hook"},
    "user": {"read:user", "user:email"},
}


@dataclass(frozen=True)
class Kind:
    """How a provider's apps behave.

    :param str authorize: path of the page where a person agrees
    :param str token: path where a code becomes a token
    :param int lifetime: of an access token, seconds; None: it never ends
    :param tuple scopes: those that exist; None: the app has permissions instead
    :param bool strict: an unknown scope is an error; else it is left out
    """

    authorize: str
    token: str
    lifetime: int = None
    refresh_lifetime: int = None
    scopes: tuple = None
    strict: bool = False
    id_prefix: str = ""
    secret_prefix: str = ""
    token_prefix: str = ""
    refresh_prefix: str = ""


GITHUB = {"authorize": "/login/oauth/authorize", "token": "/login/oauth/access_token"}
KINDS = {
    "oauth_app": Kind(
        **GITHUB, scopes=(*INCLUDED, "public_repo", "read:repo_hook", "read:user", "user:email", "read:org"),
        id_prefix="Ov23li", token_prefix="gho_"),
    "github_app": Kind(
        **GITHUB, lifetime=28800, refresh_lifetime=15897600,
        id_prefix="Iv23li", token_prefix="ghu_", refresh_prefix="ghr_"),
    "gitlab": Kind(
        "/oauth/authorize", "/oauth/token", 7200, 15897600, ("api", "read_api", "read_user", "read_repository"), True,
        secret_prefix="gloas-"),
    "plain": Kind("/oauth2/authorize", "/oauth2/token", 3600, 15897600, ("hooks", "keys", "profile"), True),
}


@dataclass(eq=False)
class App(ClientMixin):
    """A registered client; its redirect address is compared as text, whole."""

    kind: str
    redirect_uri: str
    permissions: dict
    client_id: str
    client_secret: str

    @property
    def rules(self):
        return KINDS[self.kind]

    def get_default_redirect_uri(self):
        return self.redirect_uri

    def get_allowed_scope(self, scope):
        """Of scopes asked for, those there are; those included in another are left out, as GitHub does. None: refused."""
        known = self.rules.scopes or ()
        asked = dict.fromkeys((scope or "").replace(",", " ").split())
        if self.rules.strict and set(asked) - set(known):
            return None
        included = set().union(*(INCLUDED.get(name, ()) for name in asked))
        return " ".join(name for name in asked if name in known and name not in included)

    def check_redirect_uri(self, redirect_uri):
        return redirect_uri == self.redirect_uri

    def check_client_secret(self, client_secret):
        return secrets.compare_digest(self.client_secret.encode(), client_secret.encode())

    def check_endpoint_auth_method(self, method, endpoint):
        return method in ("client_secret_basic", "client_secret_post", "none")

    def check_response_type(self, response_type):
        return response_type == "code" or response_type == "token" and self.kind == "plain"

    def check_grant_type(self, grant_type):
        return grant_type == "authorization_code" or bool(self.rules.refresh_lifetime) and grant_type == "refresh_token"


@dataclass(eq=False)
class Code:
    """An authorisation code, with what it was asked with."""

    app: App
    user: str
    scope: str
    redirect_uri: str
    code_challenge: str
    code_challenge_method: str
    expires_at: float
    used: bool = False

    def get_redirect_uri(self):
        return self.redirect_uri

    def get_scope(self):
        return self.scope


@dataclass(eq=False)
class Token(TokenMixin):
    """An access token and the refresh token issued with it."""

    world: object
    app: App
    user: str
    scope: str
    code: Code
    access_token: str
    refresh_token: str
    issued_at: float
    revoked: bool = False
    refresh_revoked: bool = False

    @property
    def scopes(self):
        return self.scope.split()

    @property
    def expires_at(self):
        return self.app.rules.lifetime and self.issued_at + self.app.rules.lifetime

    @property
    def active(self):
        return not self.revoked and not self.is_expired()

    @property
    def refresh_active(self):
        ends = self.issued_at + (self.app.rules.refresh_lifetime or 0)
        return bool(self.refresh_token) and not self.refresh_revoked and self.world.now() < ends

    def check_client(self, client):
        return self.app is client

    def get_scope(self):
        return self.scope

    def is_expired(self):
        return bool(self.expires_at) and self.world.now() >= self.expires_at

    def is_revoked(self):
        return self.revoked


@dataclass(eq=False)
class Repo:
    """A repository, for GitLab a project; ``admins`` may make hooks and keys, ``members`` see it."""

    id: int
    path: str
    private: bool
    admins: tuple
    members: tuple = ()
    hooks: dict = field(default_factory=dict)
    keys: dict = field(default_factory=dict)


@dataclass(eq=False)
class Hook:
    id: int
    url: str
    secret: str
    events: list
    active: bool
    content_type: str
    insecure_ssl: str
    created_at: float
    deliveries: list = field(default_factory=list)


@dataclass(eq=False)
class Key:
    id: int
    title: str
    key: str
    read_only: bool
    token: Token
    created_at: float


class World:
    """All that changes. Whoever reads or writes it holds ``lock``.

    :param int code_seconds: how long an authorisation code may be used
    """

    def __init__(self, code_seconds):
        self.lock = threading.RLock()
        self.code_seconds = code_seconds
        self.apps = {}
        self.clear()

    def clear(self):
        """Forget everything but the apps."""
        self.shift = 0
        self.numbers = itertools.count(1001)
        self.users = {login: {"id": number, "login": login, "name": login.capitalize()}
                      for number, login in enumerate(("octo", "guest", "stranger"), 1)}
        self.repos = {}
        self._add_repo("octo/shop", private=True, members=("guest",))
        self._add_repo("octo/site", private=False)
        for number in range(1, 41):  # more than one page
            self._add_repo(f"octo/part-{number:02}", private=True)
        self.codes = {}
        self.consents = {}
        self.tokens = []
        self.calls = []
        self.stray_calls = []
        self.failures = []

    def _add_repo(self, path, private, members=()):
        self.repos[path] = Repo(next(self.numbers), path, private, ("octo",), members)

    @contextlib.contextmanager
    def unlocked(self):
        """Let others in meanwhile; to be used with ``lock`` held once."""
        self.lock.release()
        try:
            yield
        finally:
            self.lock.acquire()

    def now(self):
        """Seconds since 1970, by the host's clock, which tests may put forward."""
        return time.time() + self.shift

    def register(self, kind, redirect_uri, permissions=None):
        """A new app.

        :param dict permissions: of a GitHub App: name → read or write; by default all that setting up needs
        """
        rules = KINDS[kind]
        app = App(
            kind, redirect_uri, permissions or {"metadata": "read", "repository_hooks": "write", "administration": "write"},
            f"{rules.id_prefix}{secrets.token_hex(7)}", f"{rules.secret_prefix}{secrets.token_hex(32)}")
        self.apps[app.client_id] = app
        return app

    def token(self, text):
        """The access token of that text; None if there never was one."""
        return next((token for token in self.tokens if secrets.compare_digest(
            token.access_token.encode(), text.encode())), None)

    def refresh_token(self, text):
        """The token issued with the refresh token of that text; None if there never was one."""
        return next((token for token in self.tokens if token.refresh_token and token.refresh_token == text), None)

    def revoke(self, token):
        """End a token for ever. Deploy keys made with an OAuth App's token go with it; a GitHub App's and GitLab's stay."""
        token.revoked = token.refresh_revoked = True
        if token.app.kind == "oauth_app":
            for repo in self.repos.values():
                repo.keys = {number: key for number, key in repo.keys.items() if key.token is not token}

    def revoke_where(self, condition):
        """End all tokens a condition holds for."""
        for token in filter(condition, self.tokens):
            self.revoke(token)
