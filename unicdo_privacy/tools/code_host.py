# SPDX-License-Identifier: LGPL-3.0-or-later
"""What GitHub and GitLab are asked for a project's set-up, and how their answers are read. No network here.

Each request is a tuple ``(method, path, content)``: the path below the API's address, ``content`` a JSON object or None.
A repository is named as people see it, ``owner/name``, on GitLab with as many groups as there are.
"""

import hashlib
import hmac
import re
from urllib.parse import quote

REPOSITORY = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}(?:/[A-Za-z0-9_.-]{1,100}){1,9}")
#: what our webhook is told of; names by GitHub
EVENTS = ("push", "pull_request")
PER_PAGE = 100
#: a repository's address, as browsers show it and git takes it; also without the scheme
ADDRESS = re.compile(
    r"(?:[a-z+]+://)?(?![a-z+]*://)(?:[^/@\s]*@)?([^/:@\s]+)(?::\d+(?=/))?[/:]([^\s?#]+)(?:[?#]\S*)?", re.IGNORECASE
)
#: GitLab finds shorter words only where they are the whole name
SHORTEST_WORD = 3


def is_repository(name):
    """Whether a text names a repository and nothing else: no step up, no query."""
    if not isinstance(name, str) or not REPOSITORY.fullmatch(name):
        return False
    return all(part.strip(".") for part in name.split("/"))


def address_parts(text, web):
    """Take the address of a repository apart.

    :param str text: as a person entered or pasted it
    :param str web: name of the code host's web server, in small letters
    :return: ``(name of the server in small letters, path)``; None if it is no address, but perhaps a name
    """
    found = ADDRESS.fullmatch(text)
    if not found:
        return None
    server = found[1].lower().removeprefix("www.")
    is_address = "://" in text or "@" in text.partition("/")[0] or server == web
    return (server, found[2].strip("/")) if is_address else None


def _number(item):
    """What the host calls something of ours; None if that is no number."""
    number = item.get("id") if isinstance(item, dict) else None
    return str(number) if type(number) is int and 0 < number < 2**63 else None


def _dict(value):
    return value if isinstance(value, dict) else {}


def _text(value):
    """A short text without what a database does not take; None for everything else."""
    return value if isinstance(value, str) and len(value) < 2000 and value.isprintable() else None


def _items(content):
    return [item for item in content if isinstance(item, dict)] if isinstance(content, list) else []


class GitHub:
    """REST API, version 2022-11-28."""

    headers = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}

    @staticmethod
    def _path(repository, *more):
        return "/".join(["/repos", quote(repository, safe="/"), *map(str, more)])

    #: whether its list of repositories can be searched
    can_search = False

    @staticmethod
    def name_at(path):
        """The name of the repository at the path of a web address, which may lead to one of its files."""
        return "/".join(path.split("/")[:2]).removesuffix(".git")

    def repositories(self, page, words=()):
        """Those in which this person may set up something, the newest first.

        :param int page: from 1
        :param words: what is searched for, where the host can search: a narrower list, which may hold others too
        """
        return "GET", f"/user/repos?per_page={PER_PAGE}&sort=pushed&page={page}", None

    def read_repositories(self, content):
        """Names of those that the person administers."""
        return [
            item["full_name"] for item in _items(content)
            if is_repository(item.get("full_name")) and _dict(item.get("permissions")).get("admin") is True
        ]

    def repository(self, name):
        return "GET", self._path(name), None

    def hooks(self, name):
        return "GET", f"{self._path(name, 'hooks')}?per_page={PER_PAGE}", None

    def new_hook(self, name, url, secret):
        config = {"url": url, "content_type": "json", "secret": secret, "insecure_ssl": "0"}
        return "POST", self._path(name, "hooks"), {"name": "web", "active": True, "events": list(EVENTS), "config": config}

    def ping(self, name, hook):
        """Have the host send a delivery now, for a try."""
        return "POST", self._path(name, "hooks", hook, "pings"), None

    def remove_hook(self, name, hook):
        return "DELETE", self._path(name, "hooks", hook), None

    def read_hook(self, item):
        """``(id, url)``; None if it is none of ours."""
        number, url = _number(item), _text(_dict(_dict(item).get("config")).get("url"))
        return (number, url) if number and url else None

    def keys(self, name):
        return "GET", f"{self._path(name, 'keys')}?per_page={PER_PAGE}", None

    def new_key(self, name, title, public):
        return "POST", self._path(name, "keys"), {"title": title, "key": public, "read_only": True}

    def key(self, name, key):
        return "GET", self._path(name, "keys", key), None

    def remove_key(self, name, key):
        return "DELETE", self._path(name, "keys", key), None

    def read_key(self, item):
        """``(id, public line, whether it can only read)``; None if there is none."""
        number, key = _number(item), _text(_dict(item).get("key"))
        return (number, key, item.get("read_only") is True) if number and key else None

    @staticmethod
    def is_signed(headers, body, secret):
        """Whether a delivery was sent by who knows the secret.

        :param headers: mapping of the delivery's headers
        :param bytes body: as it came
        """
        expected = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        return hmac.compare_digest(expected.encode(), headers.get("X-Hub-Signature-256", "").encode())

    def revocation(self, client_id, token):
        """Have a token revoked; the client says by Basic authentication who it is."""
        return "DELETE", f"/applications/{quote(client_id, safe='')}/token", {"access_token": token}

    def check(self, client_id, token):
        """Ask whether a token was made for this client: 200 if so."""
        return "POST", f"/applications/{quote(client_id, safe='')}/token", {"access_token": token}


class GitLab:
    """REST API, version 4."""

    headers = {"Accept": "application/json"}

    @staticmethod
    def _path(repository, *more):
        return "/".join(["/projects", quote(repository, safe=""), *map(str, more)])

    can_search = True

    @staticmethod
    def name_at(path):
        """As GitHub's; groups may stand in groups."""
        return path.partition("/-/")[0].removesuffix(".git")

    def repositories(self, page, words=()):
        """Those of which this person is maintainer (access level 40) or owner."""
        query = f"membership=true&min_access_level=40&order_by=last_activity_at&simple=true&per_page={PER_PAGE}&page={page}"
        searched = " ".join(word for word in words if len(word) >= SHORTEST_WORD)
        if searched:
            query += f"&search_namespaces=true&search={quote(searched, safe='')}"
        return "GET", f"/projects?{query}", None

    def read_repositories(self, content):
        names = [item.get("path_with_namespace") for item in _items(content)]
        return [name for name in names if is_repository(name)]

    def repository(self, name):
        return "GET", self._path(name), None

    def hooks(self, name):
        return "GET", f"{self._path(name, 'hooks')}?per_page={PER_PAGE}", None

    def new_hook(self, name, url, secret):
        return "POST", self._path(name, "hooks"), {
            "url": url, "token": secret, "push_events": True, "merge_requests_events": True, "enable_ssl_verification": True,
        }

    def ping(self, name, hook):
        return "POST", self._path(name, "hooks", hook, "test", "push_events"), None

    def remove_hook(self, name, hook):
        return "DELETE", self._path(name, "hooks", hook), None

    def read_hook(self, item):
        number, url = _number(item), _text(_dict(item).get("url"))
        return (number, url) if number and url else None

    def keys(self, name):
        return "GET", f"{self._path(name, 'deploy_keys')}?per_page={PER_PAGE}", None

    def new_key(self, name, title, public):
        return "POST", self._path(name, "deploy_keys"), {"title": title, "key": public, "can_push": False}

    def key(self, name, key):
        return "GET", self._path(name, "deploy_keys", key), None

    def remove_key(self, name, key):
        return "DELETE", self._path(name, "deploy_keys", key), None

    def read_key(self, item):
        number, key = _number(item), _text(_dict(item).get("key"))
        return (number, key, item.get("can_push") is False) if number and key else None

    @staticmethod
    def is_signed(headers, body, secret):
        """GitLab sends the secret itself."""
        return hmac.compare_digest(secret.encode(), headers.get("X-Gitlab-Token", "").encode())


HOSTS = {"github_app": GitHub(), "github_oauth": GitHub(), "gitlab": GitLab()}
