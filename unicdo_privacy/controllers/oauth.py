# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.exceptions import UserError
from odoo.http import request, route

from ..models.unicdo_oauth_end import end_tokens
from ..models.unicdo_oauth_exchange import exchange, revoke
from ..models.unicdo_oauth_flow import begin, finish
from ..models.unicdo_oauth_provider import RETURN
from ..models.unicdo_oauth_token import keep
from ..tools import session_bond
from ..tools.http_call import NoAnswer
from ..tools.local_path import local_path
from ..tools.oauth import OAuthError
from .portal import PrivacyPortal

PAGE = "/my/privacy/connections"
#: connections shown, the newest first
SHOWN = 50


def own_tokens(env, provider=None, live=False, number=None):
    """The signed-in person's connections, newest first, in sudo: what they see of their own.

    :param provider: only with this one
    :param bool live: only those that this session may use
    :param str number: only the one with this id, as a form brought it
    """
    domain = [("user_id", "=", env.uid)]
    if provider:
        domain.append(("provider_id", "=", provider.id))
    if number is not None:
        domain.append(("id", "=", as_id(number)))
    if live:
        domain += [("state", "=", "alive"), ("session", "=", session_bond.digest(request.session.sid))]
    # whoever makes many hides none that is alive behind them
    tokens_sudo = env["unicdo.oauth.token"].sudo().search(domain, limit=None if live else SHOWN)
    known = session_bond.halves(request.session) if live else ()
    return tokens_sudo.filtered(lambda token: str(token.id) in known) if live else tokens_sudo


def as_id(text):
    """A record's id as a form or an address brought it; 0 for everything else."""
    text = str(text)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


class OAuthController(PrivacyPortal):
    """Connecting a person's account at a provider, and ending it (POLICY TOK-1, TOK-2)."""

    def _prepare_privacy_cards(self):
        cards = super()._prepare_privacy_cards()
        tokens_sudo = own_tokens(request.env)
        if not tokens_sudo and not self._providers():
            return cards
        alive = len(tokens_sudo.filtered(lambda token: token.state == "alive"))
        return cards + [{
            "key": "connections", "sequence": 62, "icon": "plug", "url": PAGE,
            "title": request.env._("Connections"),
            "text": request.env._("See which services you connected, what was done with it, and proof of its end."),
            "badge": request.env._("%s connected", alive) if alive else None,
        }]

    def _providers(self):
        """Those a person can connect, in sudo for their names only."""
        return request.env["unicdo.oauth.provider"].sudo().search([])

    @route(PAGE, type="http", auth="user", website=True, methods=["GET"], sitemap=False, readonly=True)
    def connections(self, **kwargs):
        """Show the connections and what became of them; changes nothing."""
        return self._connections_page()

    def _connections_page(self, problem="", back=PAGE):
        values = self._prepare_privacy_values("privacy_connections", request.env._("Connections"))
        tokens_sudo = own_tokens(request.env)
        return self._private("unicdo_privacy.portal_connections", values | {
            "tokens": tokens_sudo, "here": own_tokens(request.env, live=True), "providers": self._providers(),
            "problem": problem, "shown": SHOWN, "back": back if back != PAGE else "",
        })

    @route("/unicdo/oauth/connect", type="http", auth="user", website=True, methods=["POST"], sitemap=False)
    def connect(self, provider="", next="", **kwargs):  # noqa: A002 - the parameter's public name
        """Send a person to a provider to be asked.

        :param str provider: its id
        :param str next: local path to go on with
        """
        record = self._providers().filtered(lambda one: one.id == as_id(provider))
        if not record:
            raise request.not_found()
        status = request.env["unicdo.vault"].sudo()._status()
        if status != "ready":
            # asked first: a token that cannot be sealed must not come
            return self._connections_page(request.env["unicdo.vault"]._status_text(status))
        url = begin(record.with_user(request.env.user), local_path(next, PAGE))
        return request.redirect(url, code=303, local=False)

    @route(RETURN, type="http", auth="user", website=True, methods=["GET"], sitemap=False, readonly=False)
    def come_back(self, state="", code="", iss="", **kwargs):
        """Where providers send people back to. The one GET that changes something: ``state`` guards it."""
        if request.httprequest.method != "GET":
            # HEAD and OPTIONS come here too; who only looks ahead uses nothing up
            return request.make_response("")
        found = finish(request.env, state)
        if not found:
            return self._connections_page(request.env._(
                "This answer belongs to no connection that you began here within ten minutes, or it was used already. "
                "Nothing was kept. Please begin again."
            ))
        provider, code_verifier, next_path = found
        problem = self._take(provider, code, code_verifier, iss)
        return self._connections_page(problem, next_path) if problem else request.redirect(next_path, code=303)

    def _take(self, provider, code, code_verifier, iss):
        """Get and seal the token.

        :return: what went wrong, in words for the person; "" if nothing
        """
        _, name = request.env._, provider.sudo().name
        issuer = provider.sudo().issuer
        if not isinstance(code, str) or not code:
            return _("%s says that you did not agree. Nothing was kept.", name)
        if issuer and iss != issuer:
            return _("The answer does not come from %s. Nothing was kept.", name)
        try:
            granted = exchange(provider, code, code_verifier)
        except NoAnswer:
            return _("%s does not answer. Nothing was kept. Please try again later.", name)
        except OAuthError as error:
            return _(
                "%(name)s gave no connection that can be used (%(what)s). Nothing was kept. Please try again, and agree to "
                "all that is asked for.", name=name, what=error.what,
            )
        earlier = own_tokens(request.env, provider, live=True)
        try:
            keep(provider, granted)
        except (session_bond.NotThisSession, UserError):
            revoke(provider, granted["token"])
            return _("The connection could not be sealed, so it was given up. Please sign in again and begin anew.")
        end_tokens(earlier, "replaced", session_bond.past())
        return ""

    @route(f"{PAGE}/end", type="http", auth="user", website=True, methods=["POST"], sitemap=False)
    def connection_end(self, token="", **kwargs):
        """End one of one's own connections, in this session or another."""
        tokens_sudo = own_tokens(request.env, number=token)
        if not tokens_sudo:
            raise request.not_found()
        end_tokens(tokens_sudo, "person")
        return request.redirect(f"{PAGE}#connection_{tokens_sudo.id}", code=303)

    @route([f"{PAGE}/end", "/unicdo/oauth/connect"], type="http", auth="user", website=True, methods=["GET"], sitemap=False,
           readonly=True)
    def connections_signed_in_again(self, **kwargs):
        """Signing in leads back to the button at which the session had ended: show its page, and do nothing."""
        return request.redirect(PAGE, code=303)
