# SPDX-License-Identifier: LGPL-3.0-or-later
"""The web application: notes each request, fails where asked to, else answers; and the tests' way in."""
import json
import secrets
from dataclasses import asdict

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from . import failures, github, gitlab, oauth
from .answers import Refusal, reply
from .world import KINDS

#: what never belongs into an address
SECRETS = ("access_token", "token", "private_token", "refresh_token", "client_secret", "code_verifier")
REPO, PROJECT = "/repos/<owner>/<name>", "/api/v4/projects/<path:project>"


def _rule(path, endpoint, *methods):
    return Rule(path, endpoint=endpoint, methods=methods or ("GET",))


#: of the OAuth server: (function, kind whose paths these are)
OAUTH = [
    *(_rule(KINDS[kind].authorize, (oauth.authorize, kind), "GET", "POST") for kind in ("oauth_app", "gitlab", "plain")),
    _rule(KINDS["oauth_app"].token, (oauth.github_token, "oauth_app"), "POST"),
    _rule(KINDS["gitlab"].token, (oauth.gitlab_token, "gitlab"), "POST"),
    _rule(KINDS["plain"].token, (oauth.plain_token, "plain"), "POST"),
    _rule("/oauth/revoke", (oauth.gitlab_revoke, "gitlab"), "POST"),
    _rule("/oauth2/revoke", (oauth.plain_revoke, "plain"), "POST"),
    _rule("/oauth2/introspect", (oauth.introspect, "plain"), "POST"),
    _rule("/oauth2/userinfo", (oauth.userinfo, "plain")),
]
#: asked by an app itself
GITHUB_APPLICATION = [
    _rule("/applications/<client_id>/token", github.application_token, "POST", "DELETE"),
    _rule("/applications/<client_id>/grant", github.application_grant, "DELETE"),
]
GITHUB_API = [
    _rule("/user", github.user),
    _rule("/user/repos", github.user_repos),
    _rule(REPO, github.repo),
    _rule(f"{REPO}/hooks", github.hooks, "GET", "POST"),
    _rule(f"{REPO}/hooks/<int:number>", github.hook, "GET", "DELETE"),
    _rule(f"{REPO}/hooks/<int:number>/pings", github.pings, "POST"),
    _rule(f"{REPO}/keys", github.keys, "GET", "POST"),
    _rule(f"{REPO}/keys/<int:number>", github.key, "GET", "DELETE"),
]
GITLAB_API = [
    _rule("/oauth/token/info", gitlab.token_info),
    _rule("/api/v4/user", gitlab.user),
    _rule("/api/v4/projects", gitlab.projects),
    _rule(PROJECT, gitlab.project),
    _rule(f"{PROJECT}/hooks", gitlab.hooks, "GET", "POST"),
    _rule(f"{PROJECT}/hooks/<int:number>", gitlab.hook, "GET", "DELETE"),
    _rule(f"{PROJECT}/hooks/<int:number>/test/<trigger>", gitlab.test_hook, "POST"),
    _rule(f"{PROJECT}/deploy_keys", gitlab.keys, "GET", "POST"),
    _rule(f"{PROJECT}/deploy_keys/<int:number>", gitlab.key, "GET", "DELETE"),
]
APIS = {rule.endpoint: api for api, rules in ((github, GITHUB_API), (gitlab, GITLAB_API)) for rule in rules}
ROUTES = Map([*OAUTH, *GITHUB_APPLICATION, *GITHUB_API, *GITLAB_API])


def describe(request):
    """A request as tests see it; names of headers in small letters."""
    return {
        "method": request.method, "path": request.path, "query": request.args.to_dict(),
        "headers": {name.lower(): value for name, value in request.headers.items()},
        "body": request.get_data(as_text=True, cache=True), "status": None,
    }


class Site:
    """The host.

    :param str key: opens the tests' way in
    :param int stray: port of the listener that is not the host
    """

    def __init__(self, world, key, stray):
        self.world = world
        self.key = key
        self.stray = stray
        self.servers = {kind: oauth.Server(world, rules.authorize) for kind, rules in KINDS.items()}

    def __call__(self, environ, start_response):
        request = Request(environ)
        if request.path.startswith("/_control/"):
            response = self._control(request)
        else:
            response = self._answer(request)
        return response(environ, start_response)

    def _answer(self, request):
        call = describe(request)
        with self.world.lock:
            self.world.calls.append(call)
            failure = failures.take(self.world.failures, request.method, request.path)
            if not failure or failure.mode.startswith("after:"):
                response = self._serve(request)
        if failure:
            call["failure"] = failure.mode
            response = failures.answer(failure, request, self.stray)
        call["status"] = response.status_code
        return response

    def _serve(self, request):
        if set(request.args) & set(SECRETS):
            return github.problem("Must specify access token via Authorization header", 400)
        try:
            endpoint, arguments = ROUTES.bind_to_environ(request.environ).match()
            if isinstance(endpoint, tuple):
                function, kind = endpoint
                return function(self.servers[kind], request, KINDS[kind])
            api = APIS.get(endpoint)
            if not api:
                return endpoint(self.world, request, **arguments)
            token = api.token_of(self.world, request)
            response = endpoint(self.world, request, token, **arguments)
            response.headers.extend(api.headers_of(self.world, token))
            return response
        except Refusal as refusal:
            return refusal.response
        except HTTPException as error:
            return github.problem("Not Found" if error.code == 404 else error.name, error.code)

    def _control(self, request):
        if not secrets.compare_digest(request.headers.get("X-Control-Key", ""), self.key):
            return Response("No.", 403)
        with self.world.lock:
            try:
                return reply(getattr(self, f"_do_{request.path.rpartition('/')[2]}")(**request.get_json()))
            except (LookupError, ValueError) as error:
                return Response(str(error), 422)

    def _do_register(self, **values):
        app = self.world.register(**values)
        return {**asdict(app), "authorize_path": app.rules.authorize, "token_path": app.rules.token}

    def _do_fail(self, **values):
        self.world.failures.append(failures.Failure(**values))

    def _do_forget_failures(self):
        self.world.failures.clear()

    def _do_calls(self):
        return self.world.calls

    def _do_stray_calls(self):
        return self.world.stray_calls

    def _do_tokens(self):
        return [{
            **{name: getattr(token, name) for name in (
                "user", "scopes", "access_token", "refresh_token", "active", "revoked", "refresh_active", "expires_at")},
            "client_id": token.app.client_id, "kind": token.app.kind,
        } for token in self.world.tokens]

    def _do_hooks(self, repo):
        return [asdict(hook) for hook in self.world.repos[repo].hooks.values()]

    def _do_keys(self, repo):
        return [{
            "id": key.id, "title": key.title, "key": key.key, "read_only": key.read_only,
            "access_token": key.token.access_token,
        } for key in self.world.repos[repo].keys.values()]

    def _do_pass_time(self, seconds):
        self.world.shift += seconds

    def _do_reset(self):
        self.world.clear()


class Stray:
    """The listener that is not the host: it only notes who came and with what."""

    def __init__(self, world):
        self.world = world

    def __call__(self, environ, start_response):
        request = Request(environ)
        with self.world.lock:
            self.world.stray_calls.append({**describe(request), "authorization": "Authorization" in request.headers})
        return Response(json.dumps({"id": 1}), mimetype="application/json")(environ, start_response)
