# SPDX-License-Identifier: LGPL-3.0-or-later
import base64
import time

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import NO_ACCESS
from odoo.tools import str2bool

from odoo.addons.unicdo_privacy.tools.guard import opening
from odoo.addons.unicdo_privacy.tools.http_call import NoAnswer, url_problem

from ..tools.hook_call import post, serialise, signature

#: "True": hooks may stand on this machine and in private networks, by plain HTTP too; for tests and intranets
ALLOW_PRIVATE = "unicdo.hosting.allow_private_hooks"
MIN_SECRET = 32


def signed(provider, timestamp, body):
    """The signature of a body by a provider's sealed secret. A function, so that code typed into the database never
    reaches it.

    :param provider: one ``unicdo.hosting.provider``
    :param int timestamp: seconds since 1970, UTC
    :param bytes body: as it is sent
    """
    provider_sudo = provider.sudo()  # the secret is nobody's to read
    with opening():
        secret = provider_sudo.vault_key_id._open(base64.b64decode(provider_sudo.sealed_secret))
    return signature(secret, timestamp, body)


class UnicdoHostingProviderWebhook(models.Model):
    """A provider that is told by a signed HTTPS POST. Only 2xx counts as an answer.

    Headers: ``Idempotency-Key`` (the same in every try), ``X-Unicdo-Event``, ``X-Unicdo-Timestamp`` (seconds since 1970),
    ``X-Unicdo-Signature`` (``v1=`` and HMAC-SHA256 over timestamp, dot, body, in hexadecimal digits).
    """

    _inherit = "unicdo.hosting.provider"  # pylint: disable=consider-merging-classes-inherited

    webhook_url = fields.Char("Address", groups="base.group_system", help="HTTPS, outside of private networks.")
    webhook_secret = fields.Char(
        "New secret", compute="_compute_webhook_secret", inverse="_inverse_webhook_secret", groups="base.group_system",
        help="Shared with the provider, 32 characters at least. It is sealed and never shown again.",
    )
    has_secret = fields.Boolean("Secret set", compute="_compute_has_secret", compute_sudo=True)
    sealed_secret = fields.Binary(attachment=False, groups=NO_ACCESS, copy=False)
    vault_key_id = fields.Many2one("unicdo.vault.key", groups=NO_ACCESS, copy=False, ondelete="restrict")

    def _compute_webhook_secret(self):
        self.webhook_secret = False

    def _inverse_webhook_secret(self):
        for provider_sudo in self.sudo():  # the key's and the secret's fields are open to nobody
            secret = provider_sudo.webhook_secret
            if not secret:
                continue
            if len(secret) < MIN_SECRET:
                raise ValidationError(self.env._("The secret has fewer than %s characters.", MIN_SECRET))
            if not provider_sudo.vault_key_id:
                provider_sudo.vault_key_id = self.env["unicdo.vault.key"]._new(self._name, provider_sudo.id, "webhook")
            sealed = provider_sudo.vault_key_id._seal(secret.encode())
            provider_sudo.sealed_secret = base64.b64encode(sealed)

    @api.depends("sealed_secret")
    def _compute_has_secret(self):
        for provider in self:
            provider.has_secret = bool(provider.sealed_secret)

    @api.constrains("kind", "webhook_url")
    def _check_webhook_url(self):
        for provider_sudo in self.sudo():
            problem = provider_sudo.kind == "webhook" and url_problem(provider_sudo.webhook_url, self._allows_private())
            if problem == "scheme":
                raise ValidationError(self.env._("The webhook's address has to begin with https://."))
            if problem:
                raise ValidationError(self.env._(
                    "The webhook's address is not complete: it names a host, and no user, password or fragment."
                ))

    def unlink(self):
        """The secret's key goes with it."""
        keys_sudo = self.sudo().vault_key_id
        result = super().unlink()
        keys_sudo._destroy()
        return result

    @api.model
    def _allows_private(self):
        return str2bool(self.env["ir.config_parameter"].sudo().get_param(ALLOW_PRIVATE), False)

    def _call_webhook(self, call):
        """Send a call. See :meth:`_call`."""
        if self.env["unicdo.vault"]._is_neutralized():
            raise NoAnswer("neutralized copy")
        if not self.sealed_secret:
            raise NoAnswer("no secret")
        body, timestamp = serialise(call._payload()), int(time.time())
        post(self.webhook_url, body, {
            "Idempotency-Key": call.key,
            "User-Agent": "Unicdo",
            "X-Unicdo-Event": call.event,
            "X-Unicdo-Timestamp": str(timestamp),
            "X-Unicdo-Signature": f"v1={signed(self, timestamp, body)}",
        }, self._allows_private())
        return True
