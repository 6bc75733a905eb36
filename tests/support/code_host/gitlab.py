# SPDX-License-Identifier: LGPL-3.0-or-later
"""An API in GitLab's manner: what setting a project up needs, with GitLab's refusals."""
from urllib.parse import urlsplit

from . import deliver
from .answers import Refusal, fields_of, moment, page, public_key, reply
from .world import Hook, Key

#: GitLab's level of whoever may make hooks and keys
MAINTAINER, DEVELOPER = 40, 30
EVENTS = ("push_events", "tag_push_events", "merge_requests_events", "issues_events")


def token_of(world, request):
    """The token a request brings in its header.

    :raise Refusal: 401 without one that is in force
    """
    scheme, _space, text = request.headers.get("Authorization", "").partition(" ")
    token = world.token(text) if scheme.lower() == "bearer" else None
    if not token or token.app.kind != "gitlab" or token.revoked:
        raise Refusal(reply({"message": "401 Unauthorized"}, 401))
    if token.is_expired():
        raise Refusal(reply({
            "error": "invalid_token", "error_description": "Token is expired. You can either do re-authorization or refresh.",
        }, 401))
    return token


def headers_of(world, _token):
    return {"RateLimit-Limit": "2000", "RateLimit-Remaining": str(2000 - len(world.calls) % 2000)}


def token_info(world, request, token):
    left = int(token.expires_at - world.now())
    return reply({
        "resource_owner_id": world.users[token.user]["id"], "scope": token.scopes, "scopes": token.scopes,
        "expires_in": left, "expires_in_seconds": left, "application": {"uid": token.app.client_id},
        "created_at": int(token.issued_at),
    })


def _need(token, *scopes):
    if not set(token.scopes) & {"api", *scopes}:
        raise Refusal(reply({
            "error": "insufficient_scope", "scope": " ".join(("api", *scopes)),
            "error_description": "The request requires higher privileges than provided by the access token.",
        }, 403))


def _level(repo, login):
    return MAINTAINER if login in repo.admins else DEVELOPER if login in repo.members else 0


def project_for(world, request, token, project, admin=True):
    """The project of a number or a path, if person and token may do this to it.

    :raise Refusal: 403 for want of scope or rank, 404 for whoever may not know of it
    """
    _need(token, *(("read_api",) if request.method == "GET" else ()))
    repo = next((repo for repo in world.repos.values() if project in (str(repo.id), repo.path)), None)
    if not repo or repo.private and not _level(repo, token.user):
        raise Refusal(reply({"message": "404 Project Not Found"}, 404))
    if admin and _level(repo, token.user) < MAINTAINER:
        raise Refusal(reply({"message": "403 Forbidden"}, 403))
    return repo


def user(world, request, token):
    _need(token, "read_api", "read_user")
    person = world.users[token.user]
    return reply({"id": person["id"], "username": person["login"], "name": person["name"], "state": "active"})


def _describe(request, token):
    def describe(repo):
        return {
            "id": repo.id, "name": repo.path.split("/")[1], "path_with_namespace": repo.path, "default_branch": "main",
            "visibility": "private" if repo.private else "public", "web_url": f"{request.host_url}{repo.path}",
            "permissions": {"project_access": {"access_level": _level(repo, token.user)}, "group_access": None},
        }
    return describe


def projects(world, request, token):
    """Projects the person is a member of, with at least ``min_access_level``, and with all words of ``search`` in their name;
    words of one or two letters do not count."""
    _need(token, "read_api")
    least = max(request.args.get("min_access_level", 1, int), 1)
    words = [word for word in request.args.get("search", "").lower().split() if len(word) > 2]
    whole = request.args.get("search_namespaces") == "true"
    found = [
        repo for repo in world.repos.values() if _level(repo, token.user) >= least
        and all(word in (repo.path if whole else repo.path.split("/")[1]) for word in words)
    ]
    return page(request, sorted(found, key=lambda repo: repo.path), 20, _describe(request, token))


def project(world, request, token, project):
    return reply(_describe(request, token)(project_for(world, request, token, project, admin=False)))


def _describe_hook(repo):
    def describe(hook):
        return {
            "id": hook.id, "url": hook.url, "project_id": repo.id, "created_at": moment(hook.created_at),
            "enable_ssl_verification": hook.insecure_ssl == "0", "alert_status": "executable",
            **{event: event in hook.events for event in EVENTS},
        }
    return describe


def _true(value):
    return str(value).lower() in ("true", "1")


def hooks(world, request, token, project):
    repo = project_for(world, request, token, project)
    if request.method == "GET":
        return page(request, list(repo.hooks.values()), 20, _describe_hook(repo))
    values = fields_of(request)
    if "url" not in values:
        raise Refusal(reply({"error": "url is missing"}, 400))
    if urlsplit(values["url"]).scheme not in ("http", "https"):
        raise Refusal(reply({"error": "Invalid url given"}, 422))
    events = [event for event in EVENTS if _true(values.get(event, event == "push_events"))]
    insecure = "0" if _true(values.get("enable_ssl_verification", True)) else "1"
    hook = Hook(next(world.numbers), values["url"], values.get("token", ""), events, True, "json", insecure, world.now())
    repo.hooks[hook.id] = hook
    return reply(_describe_hook(repo)(hook), 201)


def _found(items, number):
    if number not in items:
        raise Refusal(reply({"message": "404 Not found"}, 404))
    return items[number]


def hook(world, request, token, project, number):
    repo = project_for(world, request, token, project)
    found = _found(repo.hooks, number)
    if request.method == "GET":
        return reply(_describe_hook(repo)(found))
    del repo.hooks[number]
    return reply(None, 204)


def test_hook(world, request, token, project, number, trigger):
    """Deliver an event of a kind, and wait for the answer."""
    repo = project_for(world, request, token, project)
    found = _found(repo.hooks, number)
    if trigger not in EVENTS:
        raise Refusal(reply({"error": "trigger does not have a valid value"}, 400))
    with world.unlocked():  # whoever gets it may ask back
        note = deliver.gitlab(found, "Push Hook", {"object_kind": "push", "project": {"id": repo.id}})
    if note["status"] and note["status"] < 300:
        return reply({"message": "201 Created"}, 201)
    return reply({"message": "Hook execution failed"}, 422)


def _describe_key(key):
    return {
        "id": key.id, "title": key.title, "key": key.key, "created_at": moment(key.created_at), "expires_at": None,
        "can_push": not key.read_only,
    }


def keys(world, request, token, project):
    repo = project_for(world, request, token, project)
    if request.method == "GET":
        return page(request, list(repo.keys.values()), 20, _describe_key)
    values = fields_of(request)
    missing = [f"{name} is missing" for name in ("title", "key") if name not in values]
    if missing:
        raise Refusal(reply({"error": ", ".join(missing)}, 400))
    text = public_key(values["key"])
    if not text:
        raise Refusal(reply({"message": {"deploy_key.key": ["is invalid"]}}, 400))
    if any(key.key == text for other in world.repos.values() for key in other.keys.values()):
        raise Refusal(reply({"message": {"deploy_key.fingerprint_sha256": ["has already been taken"]}}, 400))
    key = Key(
        next(world.numbers), values["title"], text, not _true(values.get("can_push", False)), token, world.now())
    repo.keys[key.id] = key
    return reply(_describe_key(key), 201)


def key(world, request, token, project, number):
    repo = project_for(world, request, token, project)
    found = _found(repo.keys, number)
    if request.method == "GET":
        return reply(_describe_key(found))
    del repo.keys[number]
    return reply(None, 204)
