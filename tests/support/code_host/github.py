# SPDX-License-Identifier: LGPL-3.0-or-later
"""An API in GitHub's manner: what setting a project up needs, with GitHub's refusals."""
import hashlib
from urllib.parse import urlsplit

from . import deliver
from .answers import Refusal, fields_of, moment, page, public_key, reply
from .world import INCLUDED, Hook, Key

DOCS = "https://docs.github.com/rest"
#: what is done → scopes one of which an OAuth App needs; ``public_repo`` counts for public repositories alone
SCOPES = {
    "see": ("repo",),
    "read hooks": ("read:repo_hook", "public_repo"),
    "write hooks": ("write:repo_hook", "public_repo"),
    "delete hooks": ("admin:repo_hook", "public_repo"),
    "read keys": ("repo", "public_repo"),
    "write keys": ("repo", "public_repo"),
}
#: what is done → permission a GitHub App needs
PERMISSIONS = {
    "see": ("metadata", "read"),
    "read hooks": ("repository_hooks", "read"),
    "write hooks": ("repository_hooks", "write"),
    "delete hooks": ("repository_hooks", "write"),
    "read keys": ("administration", "read"),
    "write keys": ("administration", "write"),
}
#: hooks of one repository that listen to one event, at most
MOST_HOOKS = 20


def problem(message, status, errors=None, headers=()):
    """An error as GitHub tells it."""
    body = {"message": message, **({"errors": errors} if errors else {}), "documentation_url": DOCS, "status": str(status)}
    return reply(body, status, headers)


def _invalid(resource, message, **more):
    error = {"resource": resource, "code": "custom", **more, "message": message}
    return Refusal(problem("Validation Failed", 422, [error]))


def token_of(world, request):
    """The token a request brings in its header.

    :raise Refusal: 401 without one that is in force; 403 without ``User-Agent``
    """
    if not request.headers.get("User-Agent"):
        raise Refusal(problem("Request forbidden by administrative rules. A User-Agent header is needed.", 403))
    scheme, _space, text = request.headers.get("Authorization", "").partition(" ")
    if not text:
        raise Refusal(problem("Requires authentication", 401))
    token = world.token(text) if scheme.lower() in ("bearer", "token") else None
    if not token or not token.active or token.app.kind not in ("oauth_app", "github_app"):
        raise Refusal(problem("Bad credentials", 401))
    return token


def headers_of(world, token, needed=()):
    """Headers of each answer to a token: its scopes and how many requests are left."""
    headers = {
        "X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": str(5000 - len(world.calls) % 5000),
        "X-RateLimit-Reset": str(int(world.now()) + 3600), "X-GitHub-Media-Type": "github.v3; format=json",
    }
    if token.app.kind == "oauth_app":
        headers |= {"X-OAuth-Scopes": ", ".join(token.scopes), "X-Accepted-OAuth-Scopes": ", ".join(needed),
                    "X-OAuth-Client-Id": token.app.client_id}
    return headers


def _scopes_hold(token, repo, what):
    held = set(token.scopes).union(*(INCLUDED.get(scope, ()) for scope in token.scopes))
    if repo.private:
        held.discard("public_repo")
    return what == "see" and not repo.private or bool(held & set(SCOPES[what]))


def _permission_holds(token, what):
    name, level = PERMISSIONS[what]
    return token.app.permissions.get(name) in (level, "write")


def repo_for(world, token, owner, name, what):
    """The repository, if person and token may do this to it.

    :raise Refusal: 404 for whoever may not know of it, as GitHub does; 403 if a GitHub App lacks the permission
    """
    repo = world.repos.get(f"{owner}/{name}".lower())
    allowed = repo and (token.user in repo.admins or what == "see" and (token.user in repo.members or not repo.private))
    if allowed and token.app.kind == "github_app" and not _permission_holds(token, what):
        raise Refusal(problem("Resource not accessible by integration", 403))
    if not allowed or token.app.kind == "oauth_app" and not _scopes_hold(token, repo, what):
        raise Refusal(problem("Not Found", 404, headers=headers_of(world, token, SCOPES[what])))
    return repo


def user(world, request, token):
    person = world.users[token.user]
    return reply({**person, "type": "User", "url": f"{request.host_url}users/{token.user}"})


def _describe_repo(request, token):
    def describe(repo):
        owner, name = repo.path.split("/")
        admin = token.user in repo.admins
        return {
            "id": repo.id, "name": name, "full_name": repo.path, "private": repo.private, "owner": {"login": owner},
            "url": f"{request.host_url}repos/{repo.path}", "default_branch": "main",
            "html_url": f"{request.host_url}{repo.path}", "ssh_url": f"git@{request.host.split(':')[0]}:{repo.path}.git",
            "permissions": {"admin": admin, "push": admin, "pull": True},
        }
    return describe


def user_repos(world, request, token):
    """Repositories the person works in and the token reaches, by name."""
    def reached(repo):
        holds = _permission_holds(token, "see") if token.app.kind == "github_app" else _scopes_hold(token, repo, "see")
        return holds and token.user in (*repo.admins, *repo.members)
    repos = sorted(filter(reached, world.repos.values()), key=lambda repo: repo.path)
    return page(request, repos, 30, _describe_repo(request, token))


def repo(world, request, token, owner, name):
    return reply(_describe_repo(request, token)(repo_for(world, token, owner, name, "see")))


def _describe_hook(request):
    def describe(hook):
        last = hook.deliveries[-1] if hook.deliveries else None
        url = f"{request.host_url.rstrip('/')}{'/'.join(request.path.split('/')[:4])}/hooks/{hook.id}"
        secret = {"secret": "********"} if hook.secret else {}
        return {
            "type": "Repository", "id": hook.id, "name": "web", "active": hook.active, "events": hook.events,
            "config": {"content_type": hook.content_type, "insecure_ssl": hook.insecure_ssl, "url": hook.url, **secret},
            "created_at": moment(hook.created_at), "updated_at": moment(hook.created_at), "url": url,
            "ping_url": f"{url}/pings", "test_url": f"{url}/test", "deliveries_url": f"{url}/deliveries",
            "last_response": {
                "code": last and last["status"], "status": "active" if last else "unused", "message": last and last["error"]},
        }
    return describe


def hooks(world, request, token, owner, name):
    if request.method == "GET":
        repo = repo_for(world, token, owner, name, "read hooks")
        return page(request, list(repo.hooks.values()), 30, _describe_hook(request))
    repo = repo_for(world, token, owner, name, "write hooks")
    hook = _new_hook(world, repo, fields_of(request))
    repo.hooks[hook.id] = hook
    _ping(hook, repo, token)  # GitHub does so unasked
    described = _describe_hook(request)(hook)
    return reply(described, 201, {"Location": described["url"]})


def _new_hook(world, repo, values):
    config = values.get("config") if isinstance(values.get("config"), dict) else {}
    url, events = config.get("url"), values.get("events", ["push"])
    if values.get("name", "web") != "web":
        raise Refusal(problem("Validation Failed", 422, [{"resource": "Hook", "code": "invalid", "field": "name"}]))
    if not url:
        raise _invalid("Hook", "Config must contain URL for webhooks")
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise _invalid("Hook", "url is missing a scheme")
    if not events or not isinstance(events, list):
        raise _invalid("Hook", "Events can't be blank")
    if any(hook.url == url and set(hook.events) & set(events) for hook in repo.hooks.values()):
        raise _invalid("Hook", "Hook already exists on this repository")
    if len(repo.hooks) >= MOST_HOOKS:
        raise _invalid("Hook", f'The "{events[0]}" event cannot have more than {MOST_HOOKS} hooks')
    return Hook(
        next(world.numbers), url, config.get("secret", ""), events, values.get("active", True),
        config.get("content_type", "form"), str(config.get("insecure_ssl", "0")), world.now())


def _found(items, number):
    if number not in items:
        raise Refusal(problem("Not Found", 404))
    return items[number]


def hook(world, request, token, owner, name, number):
    repo = repo_for(world, token, owner, name, "read hooks" if request.method == "GET" else "delete hooks")
    found = _found(repo.hooks, number)
    if request.method == "GET":
        return reply(_describe_hook(request)(found))
    del repo.hooks[number]
    return reply(None, 204)


def pings(world, request, token, owner, name, number):
    repo = repo_for(world, token, owner, name, "read hooks")
    _ping(_found(repo.hooks, number), repo, token)
    return reply(None, 204)


def _ping(hook, repo, token):
    deliver.github(hook, "ping", {
        "zen": "Keep it logically awesome.", "hook_id": hook.id,
        "hook": {"type": "Repository", "id": hook.id, "events": hook.events, "active": hook.active},
        "repository": {"id": repo.id, "full_name": repo.path}, "sender": {"login": token.user},
    })


def _describe_key(request):
    def describe(key):
        return {
            "id": key.id, "key": key.key, "title": key.title, "read_only": key.read_only, "verified": True, "enabled": True,
            "created_at": moment(key.created_at), "added_by": key.token.user, "last_used": None,
            "url": f"{request.host_url.rstrip('/')}{'/'.join(request.path.split('/')[:4])}/keys/{key.id}",
        }
    return describe


def keys(world, request, token, owner, name):
    if request.method == "GET":
        repo = repo_for(world, token, owner, name, "read keys")
        return page(request, list(repo.keys.values()), 30, _describe_key(request))
    repo = repo_for(world, token, owner, name, "write keys")
    values = fields_of(request)
    text = public_key(values.get("key"))
    if not text:
        raise _invalid(
            "PublicKey", "key is invalid. You must supply a key in OpenSSH public key format", field="key")
    if any(key.key == text for other in world.repos.values() for key in other.keys.values()):
        raise _invalid("PublicKey", "key is already in use", field="key")
    key = Key(
        next(world.numbers), values.get("title") or text[:20], text, bool(values.get("read_only", False)), token, world.now())
    repo.keys[key.id] = key
    described = _describe_key(request)(key)
    return reply(described, 201, {"Location": described["url"]})


def key(world, request, token, owner, name, number):
    repo = repo_for(world, token, owner, name, "read keys" if request.method == "GET" else "write keys")
    found = _found(repo.keys, number)
    if request.method == "GET":
        return reply(_describe_key(request)(found))
    del repo.keys[number]
    return reply(None, 204)


def _token_of_app(world, request, client_id):
    """The token in the body, which the app itself asks about by Basic authentication.

    :raise Refusal: 401 for wrong credentials, 422 without a token, 404 for one that is not this app's or is over
    """
    given, app = request.authorization, world.apps.get(client_id)
    known = given and given.type == "basic" and app and given.username == client_id
    if not known or not app.check_client_secret(given.password or ""):
        raise Refusal(problem("Bad credentials", 401))
    text = fields_of(request).get("access_token")
    if not isinstance(text, str) or not text:
        missing = {"resource": "OauthAccess", "code": "missing_field", "field": "access_token"}
        raise Refusal(problem("Validation Failed", 422, [missing]))
    token = world.token(text)
    if not token or token.app is not app or not token.active:
        raise Refusal(problem("Not Found", 404))
    return token


def application_token(world, request, client_id):
    """POST checks a token, DELETE ends it."""
    token = _token_of_app(world, request, client_id)
    if request.method == "DELETE":
        world.revoke(token)
        return reply(None, 204)
    return reply({
        "id": world.tokens.index(token) + 1, "url": f"{request.host_url}authorizations/{world.tokens.index(token) + 1}",
        "app": {"client_id": client_id, "name": client_id, "url": request.host_url}, "token": token.access_token,
        "token_last_eight": token.access_token[-8:], "hashed_token": hashlib.sha256(token.access_token.encode()).hexdigest(),
        "scopes": token.scopes, "user": world.users[token.user], "created_at": moment(token.issued_at),
        "expires_at": token.expires_at and moment(token.expires_at),
    })


def application_grant(world, request, client_id):
    """End all that the token's person agreed to with this app."""
    token = _token_of_app(world, request, client_id)
    world.revoke_where(lambda other: other.app is token.app and other.user == token.user)
    return reply(None, 204)
