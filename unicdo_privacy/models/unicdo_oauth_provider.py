# SPDX-License-Identifier: LGPL-3.0-or-later
import base64
import json
from urllib.parse import urlencode

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import NO_ACCESS
from odoo.tools import str2bool

from ..tools import oauth, token_mask
from ..tools.code_host import HOSTS
from ..tools.guard import opening
from ..tools.http_call import NoAnswer, url_problem

#: "True": providers may stand on this machine and in private networks; for tests and intranets
ALLOW_PRIVATE = "unicdo.oauth.allow_private"
RETURN = "/unicdo/oauth/return"
#: fields that say to whom tokens go
WHERE_TOKENS_GO = ("kind", "client_id", "authorize_url", "token_url", "revoke_url", "introspect_url", "api_url")
#: fields that say to whom the client's secret goes
WHERE_SECRETS_GO = ("token_url", "revoke_url", "introspect_url", "api_url")
#: bytes of an answer that are read
MOST = 2 * 1024 * 1024
#: where the public services are; least scopes for a webhook and a deploy key
DEFAULTS = {
    "github_app": {
        "authorize_url": "https://github.com/login/oauth/authorize",
        "token_url": "https://github.com/login/oauth/access_token",
        "api_url": "https://api.github.com",
        "scope": False,
    },
    "github_oauth": {
        "authorize_url": "https://github.com/login/oauth/authorize",
        "token_url": "https://github.com/login/oauth/access_token",
        "api_url": "https://api.github.com",
        "scope": "repo",
    },
    "gitlab": {
        "authorize_url": "https://gitlab.com/oauth/authorize",
        "token_url": "https://gitlab.com/oauth/token",
        "revoke_url": "https://gitlab.com/oauth/revoke",
        "api_url": "https://gitlab.com/api/v4",
        "scope": "api",
    },
}


def client_secret(provider):
    """The secret by which we say to a provider who we are; "" where there is none, or it was entered for other addresses. A
    function, so that code typed into the database never reaches it."""
    provider_sudo = provider.sudo()  # the secret is nobody's to read
    if not provider_sudo.sealed_secret:
        return ""
    with opening():
        opened = provider_sudo.vault_key_id._open(base64.b64decode(provider_sudo.sealed_secret)).decode()
    addresses, secret = json.loads(opened)
    return token_mask.remember(secret) if addresses == _addresses(provider_sudo) else ""


def _addresses(provider_sudo):
    return [provider_sudo[name] or "" for name in WHERE_SECRETS_GO]


def prepared(provider, method, url, headers, content=None, form=False):
    """A request to a provider, ready for :func:`~..tools.http_call.call`, which needs no database then. A function, so that
    code typed into the database sends no token anywhere.

    :param str url: one of the provider's addresses, or a path below that of its API
    :param dict headers: further ones
    :param dict content: sent as JSON, or as a form
    :return: dict of its arguments
    :raises NoAnswer: this is a neutralized copy, which calls nobody
    """
    provider_sudo = provider.sudo()  # who is connected need not read how
    if provider.env["unicdo.vault"]._is_neutralized():
        raise NoAnswer("neutralized copy")
    if url.startswith("/"):
        url = (provider_sudo.api_url or "").rstrip("/") + url
    headers = {"Accept": "application/json", "User-Agent": "Unicdo", **headers}
    body = None
    if content is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded" if form else "application/json"
        body = (urlencode(content) if form else json.dumps(content)).encode()
    return {
        "method": method, "url": url, "headers": headers, "body": body, "most": MOST,
        "allow_private": provider_sudo._allows_private(),
    }


class UnicdoOauthProvider(models.Model):
    """A service for which people give us a token of theirs, for a short time (POLICY TOK-1)."""

    _name = "unicdo.oauth.provider"
    _description = "OAuth Provider"
    _order = "sequence, id"

    name = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    kind = fields.Selection(
        [
            ("github_app", "GitHub App"), ("github_oauth", "GitHub OAuth App"), ("gitlab", "GitLab"),
            ("oauth2", "Other OAuth 2.0 provider"),
        ],
        required=True, default="github_app",
        help="A GitHub App asks for least, and its tokens can be revoked without harm. Choosing a kind fills in the addresses "
        "of the public service.",
    )
    authorize_url = fields.Char(
        "Authorisation address", required=True, groups="base.group_system",
        help="The page at the service where people are asked whether they agree.",
    )
    token_url = fields.Char(
        "Token address", required=True, groups="base.group_system",
        help="Where the service gives us the token once a person has agreed. Its documentation calls this the token endpoint.",
    )
    revoke_url = fields.Char(
        "Revocation address", groups="base.group_system",
        help="Where we tell the service that a token is over, so that nobody can use it any more. Its documentation calls this "
        "the revocation endpoint (RFC 7009). If it has none, tokens are only forgotten here.",
    )
    introspect_url = fields.Char(
        "Introspection address", groups="base.group_system",
        help="Where we ask the service whether a token was made for our app, and not for another one. Its documentation calls "
        "this the introspection endpoint (RFC 7662). If it has none, this is not asked.",
    )
    api_url = fields.Char(
        "API address", groups="base.group_system",
        help="Where we ask for repositories, webhooks and deploy keys: https://api.github.com, or for a GitLab of your own its "
        "address followed by /api/v4.",
    )
    issuer = fields.Char(
        groups="base.group_system",
        help="How the service names itself when people come back from it, usually its address (RFC 9207). Answers that name "
        "somebody else, or nobody, are then refused: leave it empty unless its documentation says that it does so.",
    )
    client_id = fields.Char(
        "Client ID", required=True, groups="base.group_system",
        help="The service shows it once your app is registered there; GitLab calls it application ID.",
    )
    new_secret = fields.Char(
        "New client secret", compute="_compute_new_secret", inverse="_inverse_new_secret", groups="base.group_system",
        help="The service makes it for your app, and shows it once. Here it is sealed and never shown again. Whoever changes an "
        "address enters it anew.",
    )
    has_secret = fields.Boolean("Secret set", compute="_compute_has_secret", compute_sudo=True)
    sealed_secret = fields.Binary(attachment=False, groups=NO_ACCESS, copy=False)
    vault_key_id = fields.Many2one("unicdo.vault.key", groups=NO_ACCESS, copy=False, ondelete="restrict")
    scope = fields.Char(
        groups="base.group_system",
        help="What people are asked to allow, in the service's own words, divided by spaces: as little as does. Setting up "
        "projects takes “repo” at GitHub and “api” at GitLab.",
    )
    return_url = fields.Char(
        "Our return address", compute="_compute_return_url",
        help="Copy it into your app's settings at the service, exactly as it is. GitHub calls it callback URL, GitLab redirect "
        "URI.",
    )
    revocation = fields.Char("At the end", compute="_compute_revocation", compute_sudo=True)

    @api.onchange("kind")
    def _onchange_kind(self):
        known = [name for defaults in DEFAULTS.values() for name in defaults]
        self.update(dict.fromkeys(known, False) | DEFAULTS.get(self.kind, {}))

    def _compute_new_secret(self):
        self.new_secret = False

    def _inverse_new_secret(self):
        for provider_sudo in self.sudo():  # the key's and the secret's fields are open to nobody
            if not provider_sudo.new_secret:
                continue
            if not provider_sudo.vault_key_id:
                provider_sudo.vault_key_id = self.env["unicdo.vault.key"]._new(self._name, provider_sudo.id, "client")
            content = json.dumps([_addresses(provider_sudo), provider_sudo.new_secret])
            sealed = provider_sudo.vault_key_id._seal(content.encode())
            provider_sudo.sealed_secret = base64.b64encode(sealed)

    @api.depends("sealed_secret")
    def _compute_has_secret(self):
        for provider in self:
            provider.has_secret = bool(provider.sealed_secret)

    def _compute_return_url(self):
        for provider in self:
            provider.return_url = provider.get_base_url() + RETURN

    @api.depends("kind", "revoke_url")
    @api.depends_context("lang")
    def _compute_revocation(self):
        _ = self.env._
        texts = {
            "github_app": _("The token is revoked at GitHub. The deploy key stays."),
            "github_oauth": _(
                "The token is revoked at GitHub, but not if it made a deploy key: revoking would remove that key too. "
                "Then it is forgotten. A GitHub App does not have this drawback."
            ),
            "gitlab": _("The token is revoked at GitLab. The deploy key stays."),
            "oauth2": _("The token is revoked there."),
        }
        for provider in self:
            revocable = provider.kind in ("github_app", "github_oauth") or provider.revoke_url
            provider.revocation = texts[provider.kind] if revocable else _("The token is forgotten: nobody is told.")

    @api.constrains("authorize_url", "token_url", "revoke_url", "introspect_url", "api_url")
    def _check_urls(self):
        for provider_sudo in self.sudo():
            for name in ("authorize_url", "token_url", "revoke_url", "introspect_url", "api_url"):
                if provider_sudo[name] and url_problem(provider_sudo[name], self._allows_private()):
                    raise ValidationError(self.env._(
                        "“%s”: enter a complete address that begins with https://, without user, password or fragment.",
                        self._fields[name]._description_string(self.env),
                    ))

    @api.constrains("kind", "api_url")
    def _check_api(self):
        if self.sudo().filtered(lambda provider: provider.kind in HOSTS and not provider.api_url):
            raise ValidationError(self.env._("Enter the address of the code host's API, such as https://api.github.com."))

    @api.model
    def _allows_private(self):
        return str2bool(self.env["ir.config_parameter"].sudo().get_param(ALLOW_PRIVATE), False)

    def write(self, vals):
        """Where tokens and the secret go is not changed behind people's backs: what there is ends first, and the secret is
        entered again."""
        if vals.keys() & set(WHERE_TOKENS_GO):
            self._require_unused()
        if "kind" in vals:
            self.filtered(lambda provider: provider.kind != vals["kind"])._require_no_projects()
        before = {provider_sudo: _addresses(provider_sudo) for provider_sudo in self.sudo()}
        result = super().write(vals)
        for provider_sudo, addresses in before.items():
            if not vals.get("new_secret") and provider_sudo.sealed_secret and addresses != _addresses(provider_sudo):
                provider_sudo.sealed_secret = False
        return result

    def _require_unused(self):
        seals = self.env["unicdo.oauth.seal"].sudo().search_count([("token_id.provider_id", "in", self.ids)], limit=1)
        if seals:
            raise UserError(self.env._(
                "Tokens of this provider are in use, two days at most. Archive it and add a new one, or wait until then."
            ))

    def _require_no_projects(self):
        setups_sudo = self.env["unicdo.project.setup"].sudo()  # people's own: an administrator reads none
        if setups_sudo.search_count([("provider_id", "in", self.ids), ("state", "!=", "removed")], limit=1):
            raise UserError(self.env._(
                "Projects were set up at this code host, or are about to be, so its kind stays: their webhooks and keys would "
                "not be understood any more. Archive it and add a new one."
            ))

    def unlink(self):
        """The secret's key goes with it."""
        keys_sudo = self.sudo().vault_key_id
        result = super().unlink()
        keys_sudo._destroy()
        return result

    def _authorize_url(self, state, code_verifier):
        """Where the browser goes to be asked."""
        provider_sudo = self.sudo()
        return oauth.authorize_url(
            provider_sudo.authorize_url, provider_sudo.client_id, self.return_url, provider_sudo.scope or "", state,
            code_verifier,
        )
