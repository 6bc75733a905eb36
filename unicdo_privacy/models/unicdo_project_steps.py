# SPDX-License-Identifier: LGPL-3.0-or-later
"""What is done at a code host with a person's token, step by step (POLICY TOK-1).

Functions and no methods, so that code typed into the database never reaches them. What a step brought is committed at
once: a process that is killed leaves nothing that nobody knows of, and the next try finds by address and key what an
answer that was lost had made.
"""

import contextlib
import json
import time
from urllib.parse import urlsplit

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import SQL

from ..tools.code_host import address_parts, is_repository
from ..tools.deploy_key import same_key
from ..tools.http_call import NoAnswer, call
from ..tools.separately import fresh
from .unicdo_oauth_provider import prepared
from .unicdo_oauth_token import opened
from .unicdo_project_setup import hook_secret

#: number of our advisory locks: one set-up is worked at once
LOCK = 20_418
#: seconds that one request waits for the code host, per call
PATIENCE = 10
#: of the code host's list of repositories one request looks through so many pages, for so many seconds, or until it has found
#: so many
PAGES = 10
LOOK_SECONDS = 10
ENOUGH = 50


class StepRefused(Exception):
    """The code host refuses, and goes on doing so.

    :param int status: its HTTP status
    """

    def __init__(self, status):
        super().__init__(status)
        self.status = status


class TryLater(Exception):
    """The code host does not answer, or is busy."""


class TokenRefused(Exception):
    """The code host does not take the token any more."""


class Worker:
    """A set-up, and a token that is opened for the time of one request.

    :param setup: one ``unicdo.project.setup`` in sudo
    :param token: one ``unicdo.oauth.token`` of the same person
    :raises TokenClosed: it does not open here and now
    """

    def __init__(self, setup, token):
        self.setup = setup
        self.token = token
        self.host = setup._host()
        self._headers = {**self.host.headers, "Authorization": f"Bearer {opened(token)}"}

    def ask(self, request):
        """Ask the code host.

        :param tuple request: as ``tools/code_host.py`` makes them
        :return: JSON value, None for none
        :raises StepRefused, TryLater, TokenRefused:
        """
        return self._content(self._answer(request))

    def ask_page(self, request):
        """Ask for one page of a list.

        :return: ``(JSON value, whether there is a next page)``
        :raises StepRefused, TryLater, TokenRefused:
        """
        answer = self._answer(request)
        return self._content(answer), 'rel="next"' in answer.headers.get("Link", "")

    def _answer(self, request):
        method, path, content = request
        try:
            answer = call(
                **prepared(self.setup.provider_id, method, path, dict(self._headers), content), deadline=PATIENCE
            )
        except NoAnswer:
            raise TryLater from None
        status, limited = answer.status, answer.headers.get("X-RateLimit-Remaining") == "0"
        if status == 401:
            raise TokenRefused
        if status >= 500 or status == 429 or (status == 403 and limited):
            raise TryLater
        if not 200 <= status <= 299:
            raise StepRefused(status)
        return answer

    @staticmethod
    def _content(answer):
        try:
            return json.loads(answer.body) if answer.body else None
        except (ValueError, RecursionError):
            raise TryLater from None

    def remember(self, **vals):
        """Write down, for good, whatever becomes of this request."""
        with fresh(self.setup) as setup:
            setup.write(vals)

    def did(self, what):
        """Tell the person what was done with their token, whatever becomes of this request."""
        with fresh(self.token) as token:
            token._note_use(what)


def is_free(setup):
    """Take a set-up for the rest of the transaction; False if another request has it."""
    (free,), = setup.env.execute_query(SQL("SELECT pg_try_advisory_xact_lock(%s, %s)", LOCK, setup.id))
    return free


def named(setup, text):
    """What a person entered to name a repository, as its code host names it.

    :param setup: one ``unicdo.project.setup`` in sudo
    :param str text: a name, a part of one, or an address as browsers show it or git takes it
    :return: name, or part of one
    :raises UserError: it is an address somewhere else
    """
    web = (urlsplit(setup.provider_id.authorize_url).hostname or "").removeprefix("www.")
    address = address_parts(text.strip(), web)
    if not address:
        return text.strip().strip("/").removesuffix(".git")
    server, path = address
    if server != web:
        raise UserError(setup.env._(
            "This is an address at %(server)s, but this project is set up at %(host)s. Choose a repository there, or begin "
            "another project.", server=server, host=setup.provider_id.name,
        ))
    return setup._host().name_at(path)


def repositories(worker, search, page):
    """Look for repositories that can be chosen, the newest first, as far as one request goes.

    :param str search: words that stand in the name, or as :func:`named` takes it; "" for all
    :param int page: of the code host's list, from 1: where to begin
    :return: ``(names, page to go on with)``; None in its place if that was all
    :raises UserError: see :func:`named`
    """
    search = named(worker.setup, search)
    if page == 1 and not worker.host.can_search and (whole := _whole(worker, search)):
        return whole, None
    words, names, limit = search.lower().split(), [], time.monotonic() + LOOK_SECONDS
    for number in range(page, page + PAGES):
        content, goes_on = worker.ask_page(worker.host.repositories(number, words))
        known = worker.host.read_repositories(content)
        names += [name for name in known if all(word in name.lower() for word in words)]
        if not goes_on:
            return names, None
        if len(names) >= ENOUGH or time.monotonic() > limit:
            break
    return names, number + 1


def _whole(worker, name):
    """The repository of exactly this name, if it can be chosen: no need to look through all for it."""
    try:
        found = worker.ask(worker.host.repository(name)) if is_repository(name) else None
    except StepRefused:
        return []
    return worker.host.read_repositories([found])


def choose(worker, name):
    """Take a repository, if the token reaches it.

    :param str name: as :func:`named` gives it
    :raises StepRefused: it does not, or that is no name of one
    """
    if not is_repository(name):
        raise StepRefused(404)
    worker.ask(worker.host.repository(name))
    worker.remember(repository=name, state="chosen", problem=False)


def carry_on(worker):
    """Do what is still to do: webhook, deploy key, looking at the key, and having the host send a first delivery.

    :raises StepRefused: then what this set-up made is removed again
    :raises TryLater, TokenRefused: then what was made stays, and the next try goes on from there
    """
    worker.remember(state="working", problem=False, token_id=worker.token.id)
    _make_secrets(worker)
    try:
        _make_hook(worker)
        _make_key(worker)
        _look_at_key(worker)
        _have_delivered(worker)
    except StepRefused:
        undo(worker)
        raise
    worker.remember(state="verifying")


def _make_secrets(worker):
    with fresh(worker.setup) as setup:
        setup._make_secrets()


def _now(worker, *names):
    """What is committed of these fields now."""
    with fresh(worker.setup) as setup:
        return [setup[name] for name in names]


def _make_hook(worker):
    ref, = _now(worker, "hook_ref")
    if ref:
        return
    name, url = worker.setup.repository, worker.setup._hook_url()
    known = _known_hook(worker, name, url)
    if not known:
        with fresh(worker.setup) as setup:
            secret = hook_secret(setup)
        known = worker.host.read_hook(worker.ask(worker.host.new_hook(name, url, secret)) or {})
    if not known:
        raise TryLater
    worker.remember(hook_ref=known[0])
    worker.did(worker.setup.env._("Made a webhook in %s", name))


def _known_hook(worker, name, url):
    """Our webhook, if an answer that was lost has made it."""
    found = [worker.host.read_hook(item) for item in _dicts(worker.ask(worker.host.hooks(name)))]
    return next((hook for hook in found if hook and hook[1] == url), None)


def _make_key(worker):
    ref, public = _now(worker, "key_ref", "public_key")
    if ref:
        return
    name = worker.setup.repository
    found = [worker.host.read_key(item) for item in _dicts(worker.ask(worker.host.keys(name)))]
    known = next((key for key in found if key and same_key(key[1], public)), None)
    if not known:
        # before the call: revoking the token would remove the key, told of or not
        with fresh(worker.token) as token:
            token.made_key = True
        title = worker.setup.env._("Hosting at %s", worker.setup.get_base_url())
        known = worker.host.read_key(worker.ask(worker.host.new_key(name, title, public)) or {})
    if not known:
        raise TryLater
    worker.remember(key_ref=known[0])
    worker.did(worker.setup.env._("Made a deploy key that can only read in %s", name))


def _look_at_key(worker):
    ref, public, verified = _now(worker, "key_ref", "public_key", "key_verified_at")
    if verified:
        return
    found = worker.host.read_key(worker.ask(worker.host.key(worker.setup.repository, ref)) or {})
    if not found or not same_key(found[1], public) or not found[2]:
        raise StepRefused(422)
    worker.remember(key_verified_at=fields.Datetime.now())


def _have_delivered(worker):
    ref, verified = _now(worker, "hook_ref", "hook_verified_at")
    if not verified:
        # a host that cannot try now, as with an empty repository, delivers later
        with contextlib.suppress(StepRefused):
            worker.ask(worker.host.ping(worker.setup.repository, ref))


def is_working(worker):
    """Whether both work, as far as is known now; with it, the set-up is done."""
    if not all(_now(worker, "hook_verified_at", "key_verified_at")):
        return False
    worker.remember(state="done", problem=False)
    return True


def undo(worker):
    """Remove what was made, as far as the code host lets us.

    :return: whether nothing of ours is left there
    """
    name = worker.setup.repository
    for field, remove, what in (
        ("key_ref", worker.host.remove_key, worker.setup.env._("Removed the deploy key in %s", name)),
        ("hook_ref", worker.host.remove_hook, worker.setup.env._("Removed the webhook in %s", name)),
    ):
        ref, = _now(worker, field)
        if ref and _is_removed(worker, remove(name, ref)):
            worker.remember(**{field: False})
            worker.did(what)
    left = any(_now(worker, "hook_ref", "key_ref"))
    if not left:
        worker.remember(delivery_ids=[Command.clear()], key_verified_at=False)
    return not left


def _is_removed(worker, request):
    try:
        worker.ask(request)
    except StepRefused as refused:
        return refused.status in (404, 410)
    except (TryLater, TokenRefused):
        return False
    return True


def _dicts(content):
    return [item for item in content if isinstance(item, dict)] if isinstance(content, list) else []
