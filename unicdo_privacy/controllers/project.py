# SPDX-License-Identifier: LGPL-3.0-or-later
from urllib.parse import urlencode

from odoo.exceptions import UserError
from odoo.http import request, route

from ..models import unicdo_project_steps as steps
from ..models.unicdo_oauth_end import end_tokens
from ..models.unicdo_oauth_flow import begin
from ..models.unicdo_project_setup import HOOK, HOOK_NAME, MOST_BEGUN, STANDING, hook_secret
from ..tools import session_bond
from ..tools.code_host import HOSTS
from ..tools.sealing import SealError
from .oauth import as_id, own_tokens
from .portal import PrivacyPortal

PAGE = "/my/privacy/projects"
#: bytes of a delivery, GitHub's own limit
MOST = 25 * 1024 * 1024
#: set-ups shown, the newest first
SHOWN = 50
#: signs of a name or an address that somebody enters
LONGEST = 500


class ProjectController(PrivacyPortal):
    """Setting up a project: choosing a repository, making a webhook and a deploy key, and removing both (POLICY TOK-1)."""

    def _prepare_privacy_cards(self):
        cards = super()._prepare_privacy_cards()
        if not self._own_setups() and not self._hosts():
            return cards
        return cards + [{
            "key": "projects", "sequence": 72, "icon": "code-fork", "url": PAGE,
            "title": request.env._("Projects"),
            "text": request.env._("Let your hosting read a repository of yours, and end that again."),
        }]

    # ------------------------------------------------------------------ what belongs to whom

    def _own_setups(self, *conditions):
        """The signed-in person's own, in sudo."""
        domain = [("user_id", "=", request.env.uid), *conditions]
        return request.env["unicdo.project.setup"].sudo().search(domain, limit=SHOWN)

    def _own_setup(self, number):
        setup_sudo = self._own_setups(("id", "=", as_id(number)))
        if not setup_sudo:
            raise request.not_found()
        return setup_sudo

    def _hosts(self):
        """Code hosts that can be connected, in sudo for their names only."""
        return request.env["unicdo.oauth.provider"].sudo().search([("kind", "in", list(HOSTS))])

    def _token(self, setup):
        """A connection to its code host that this session may use, or none."""
        return own_tokens(request.env, setup.provider_id, live=True)[:1]

    # ------------------------------------------------------------------ pages

    @route(PAGE, type="http", auth="user", website=True, methods=["GET"], sitemap=False, readonly=True)
    def projects(self, **kwargs):
        """Show the person's projects; changes nothing."""
        return self._projects_page()

    def _projects_page(self, problem=""):
        values = self._prepare_privacy_values("privacy_projects", request.env._("Projects"))
        databases = request.env["unicdo.lifecycle"].sudo()._hosted_databases(request.env.user.partner_id)
        return self._private("unicdo_privacy.portal_projects", values | {
            "setups": self._own_setups(), "hosts": self._hosts(), "databases": databases, "shown": SHOWN, "problem": problem,
        })

    @route(f"{PAGE}/<int:number>", type="http", auth="user", website=True, methods=["GET"], sitemap=False, readonly=True)
    def project(self, number, search="", page="1", **kwargs):
        """Show one project; changes nothing.

        :param str search: part of a repository's name, or its address
        :param str page: of the code host's list of repositories, from which on they are shown
        """
        return self._project_page(self._own_setup(number), search=search, page=page)

    def _project_page(self, setup, problem="", search="", page="1"):
        token = self._token(setup)
        search = search.strip()[:LONGEST] if isinstance(search, str) else ""
        page, found = max(as_id(page), 1), None
        if token and setup.state == "draft" and not problem:
            found, problem, is_refused = self._project_repositories(setup, token, search, page)
            # who has to connect again is asked to; the refused one ends when another takes its place
            token = token.browse() if is_refused else token
        names, following = found or ([], None)
        values = self._prepare_privacy_values("privacy_project", setup.display_name)
        return self._private("unicdo_privacy.portal_project", values | {
            "setup": setup, "token": token, "problem": problem or self._standing_problem(setup, token),
            "search": search, "names": names,
            "first_url": f"?{urlencode({'search': search})}" if page > 1 else "",
            "more_url": f"?{urlencode({'search': search, 'page': following})}" if following else "",
            "hook_url": setup._hook_url(), "stands": setup.state in STANDING,
            "is_free": setup.state in ("draft", "chosen", "failed") and not (setup.hook_ref or setup.key_ref),
        })

    def _standing_problem(self, setup, token):
        """What went wrong last, as long as it says something of what is now: why the project failed, or what this very
        connection met. Whoever connects anew has done something about it."""
        is_new = token and token.created_at >= setup.write_date
        met_here = token and setup.state != "draft"
        return setup.problem if not is_new and (met_here or setup.state == "failed") else ""

    def _project_repositories(self, setup, token, search, page):
        """Ask for repositories to be shown, and change nothing.

        :return: ``(what steps.repositories gives, or None; problem in words; whether the connection is refused)``
        """
        try:
            return steps.repositories(steps.Worker(setup, token), search, page), "", False
        except UserError as error:
            return None, str(error), False
        except (steps.TryLater, steps.TokenRefused, steps.StepRefused) as error:
            return None, self._project_problem(setup, error), isinstance(error, steps.TokenRefused)

    # ------------------------------------------------------------------ steps

    @route(f"{PAGE}/new", type="http", auth="user", website=True, methods=["POST"], sitemap=False)
    def project_new(self, provider="", database="", **kwargs):
        """Begin with a project, or go on with one that was begun in the same way.

        :param str provider: the code host's id
        :param str database: one of the person's hosted databases, or "" for none
        """
        host = self._hosts().filtered(lambda one: str(one.id) == provider)
        databases = request.env["unicdo.lifecycle"].sudo()._hosted_databases(request.env.user.partner_id)
        if not host or (database and database not in databases):
            raise request.not_found()
        begun_sudo = self._own_setups(
            ("state", "=", "draft"), ("provider_id", "=", host.id), ("database", "in", [database or False]),
        )
        if not begun_sudo and begun_sudo._has_begun_most(request.env.user):
            return self._projects_page(request.env._(
                "%s projects are begun and not set up yet. Please set one of them up, or discard it, before you begin another.",
                MOST_BEGUN,
            ))
        setup_sudo = begun_sudo[:1] or begun_sudo.create({
            "user_id": request.env.uid, "provider_id": host.id, "database": database,
        })
        return request.redirect(f"{PAGE}/{setup_sudo.id}", code=303)

    @route(f"{PAGE}/<int:number>/connect", type="http", auth="user", website=True, methods=["POST"], sitemap=False)
    def project_connect(self, number, **kwargs):
        """Send the person to the code host, and back here."""
        setup = self._own_setup(number)
        status = request.env["unicdo.vault"].sudo()._status()
        if status != "ready":
            return self._project_page(setup, request.env["unicdo.vault"]._status_text(status))
        url = begin(setup.provider_id.with_user(request.env.user), f"{PAGE}/{setup.id}")
        return request.redirect(url, code=303, local=False)

    @route(f"{PAGE}/<int:number>/choose", type="http", auth="user", website=True, methods=["POST"], sitemap=False)
    def project_choose(self, number, repository=None, **kwargs):
        """Choose a repository; none: the choice is taken back. One that a project is about already leads to that project.

        :param str repository: its name or address
        """
        setup = self._own_setup(number)
        if setup.state not in ("draft", "chosen", "failed") or setup.hook_ref or setup.key_ref:
            return request.redirect(f"{PAGE}/{setup.id}", code=303)
        if repository is None:
            setup.write({"state": "draft", "repository": False, "problem": False})
            return request.redirect(f"{PAGE}/{setup.id}", code=303)
        try:
            name = steps.named(setup, repository[:LONGEST] if isinstance(repository, str) else "")
        except UserError as error:
            return self._project_page(setup, str(error))
        twin = setup._twin(name)
        if twin:
            return request.redirect(f"{PAGE}/{twin.id}", code=303)
        return self._step(setup, lambda worker: steps.choose(worker, name))

    @route(f"{PAGE}/<int:number>/run", type="http", auth="user", website=True, methods=["POST"], sitemap=False)
    def project_run(self, number, **kwargs):
        """Set up, or go on with it."""
        setup = self._own_setup(number)
        if setup.state not in ("chosen", "working", "verifying", "failed") or not setup.repository:
            return request.redirect(f"{PAGE}/{setup.id}", code=303)
        return self._step(setup, self._run)

    def _run(self, worker):
        steps.carry_on(worker)
        self._finish(worker)

    @route(f"{PAGE}/<int:number>/verify", type="http", auth="user", website=True, methods=["POST"], sitemap=False)
    def project_verify(self, number, **kwargs):
        """Look whether the first delivery has come; then the connection is dropped at once (POLICY TOK-2)."""
        setup = self._own_setup(number)
        if setup.state == "verifying" and not self._token(setup) and setup.hook_verified_at and setup.key_verified_at:
            setup.write({"state": "done", "problem": False})
        if setup.state != "verifying":
            return request.redirect(f"{PAGE}/{setup.id}", code=303)
        return self._step(setup, self._finish)

    def _finish(self, worker):
        if steps.is_working(worker):
            end_tokens(worker.token, "used", session_bond.past())

    @route(f"{PAGE}/<int:number>/remove", type="http", auth="user", website=True, methods=["POST"], sitemap=False)
    def project_remove(self, number, **kwargs):
        """End a project: its secrets go at once; webhook and key too, if this session is connected."""
        setup = self._own_setup(number)
        if setup.state == "removed":
            return request.redirect(f"{PAGE}/{setup.id}", code=303)
        if setup.state in ("draft", "chosen") and not setup.public_key:
            # nothing was made: there is nothing to tell of
            setup.unlink()
            return request.redirect(PAGE, code=303)
        with steps.fresh(setup) as now:
            # the secrets go, whatever the code host says
            now._start_removal()
            state = now.state
        if state == "removed" or not self._token(setup):
            return request.redirect(f"{PAGE}/{setup.id}", code=303)
        return self._step(setup, self._remove)

    def _remove(self, worker):
        if not steps.undo(worker):
            raise steps.TryLater
        worker.remember(state="removed", problem=False)
        end_tokens(worker.token, "used", session_bond.past())

    @route(f"{PAGE}/<int:number>/removed", type="http", auth="user", website=True, methods=["POST"], sitemap=False)
    def project_removed(self, number, **kwargs):
        """The person says that they removed webhook and key at the code host themselves."""
        setup = self._own_setup(number)
        if setup.state == "removing":
            setup.write({"state": "removed", "hook_ref": False, "key_ref": False, "problem": False})
        return request.redirect(f"{PAGE}/{setup.id}", code=303)

    @route([f"{PAGE}/new", f"{PAGE}/<int:number>/<string:step>"], type="http", auth="user", website=True, methods=["GET"],
           sitemap=False, readonly=True)
    def project_signed_in_again(self, number=0, **kwargs):
        """Signing in leads back to the button at which the session had ended: show its page, and do nothing."""
        return request.redirect(f"{PAGE}/{self._own_setup(number).id}" if number else PAGE, code=303)

    def _step(self, setup, act):
        """Do something with the person's connection and go back to the project's page."""
        token = self._token(setup)
        if not token:
            return self._project_page(setup, request.env._("Please connect first: there is no connection to be used here."))
        if not steps.is_free(setup):
            return self._project_page(setup, request.env._("This project is being set up just now. Please wait a moment."))
        _result, problem = self._work(setup, token, act)
        if problem:
            return self._project_page(setup.browse(setup.id), problem)
        return request.redirect(f"{PAGE}/{setup.id}", code=303)

    def _work(self, setup, token, act):
        """Let a worker act.

        :return: ``(what it gave, problem in words)``
        """
        try:
            return act(steps.Worker(setup, token)), ""
        except (steps.TryLater, steps.TokenRefused, steps.StepRefused) as error:
            if isinstance(error, steps.TokenRefused):
                end_tokens(token, "refused", session_bond.past())
            problem = self._project_problem(setup, error)
            return None, self._keep_problem(setup, problem, refused=isinstance(error, steps.StepRefused))
        except UserError as error:
            return None, str(error)

    def _project_problem(self, setup, error):
        """Why a step did not succeed, in words."""
        _, name = request.env._, setup.provider_id.name
        if isinstance(error, steps.StepRefused):
            return self._project_refusal(setup, error.status)
        if isinstance(error, steps.TokenRefused):
            return _("%s does not take the connection any more. Please connect again.", name)
        return _("%s does not answer, or is busy. What was made so far is kept: please try again in a moment.", name)

    def _project_refusal(self, setup, status):
        _, name = request.env._, setup.provider_id.name
        if status in (403, 404):
            why = _(
                "%s does not let us: the repository does not exist, you do not administer it, or you did not agree to give "
                "access to it.", name,
            )
        elif 300 <= status <= 399:
            why = _("At %s this repository has another name or owner now. Please use the one it has today.", name)
        else:
            why = _(
                "%(name)s refuses (HTTP %(status)s). Perhaps the repository has too many webhooks, or forbids deploy keys.",
                name=name, status=status,
            )
        with steps.fresh(setup) as now:
            if now.state not in ("working", "removing"):
                return why
            if now.hook_ref or now.key_ref:
                return f"{why} {_('Not all that had been made could be removed. End this project to try it again.')}"
        return f"{why} {_('What had been made was removed again.')}"

    def _keep_problem(self, setup, problem, refused=False):
        with steps.fresh(setup) as now:
            undone = refused and now.state == "working" and not (now.hook_ref or now.key_ref)
            now.write({"problem": problem, "state": "failed" if undone else now.state})
        return problem

    # ------------------------------------------------------------------ deliveries

    @route(f"{HOOK}<string:name>", type="http", auth="public", methods=["POST"], csrf=False, save_session=False,
           max_content_length=MOST, sitemap=False)
    def delivery(self, name, **kwargs):
        """A code host tells of a change. Its content is not kept; who does not know the secret is refused."""
        if not HOOK_NAME.fullmatch(name):
            return request.make_response("", status=404)
        setup_sudo = request.env["unicdo.project.setup"].sudo().search([("hook_name", "=", name)], limit=1)
        try:
            secret = setup_sudo and hook_secret(setup_sudo)
            host = secret and setup_sudo._host()
        except (UserError, SealError):
            # the vault is away, or its provider is no code host now: code hosts deliver again later
            return request.make_response("", status=503)
        if not secret:
            return request.make_response("", status=410 if setup_sudo else 404)
        headers, body = request.httprequest.headers, request.httprequest.get_data()
        if not host.is_signed(headers, body, secret):
            return request.make_response("", status=401)
        setup_sudo._received(headers.get("X-GitHub-Event") or headers.get("X-Gitlab-Event") or "")
        return request.make_response("", status=204)
