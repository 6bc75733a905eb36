# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models
from odoo.exceptions import ValidationError


class UnicdoHostingProvider(models.Model):
    """How access to a hosted service is ended, a last backup is asked for, and data goes (POLICY CAN-6).

    A further kind is a selection value and a method ``_call_<kind>(call)``, see :meth:`_call`.
    """

    _name = "unicdo.hosting.provider"
    _description = "Hosting Provider Hook"
    _order = "name"

    name = fields.Char(required=True)
    kind = fields.Selection(
        [("manual", "A person does it"), ("users", "Users of this Odoo"), ("webhook", "Signed webhook")],
        required=True,
        default="manual",
    )
    active = fields.Boolean(default=True)
    user_id = fields.Many2one(
        "res.users",
        "Responsible",
        ondelete="restrict",
        domain=[("share", "=", False)],
        help="Does it by hand, or is told when the provider does not answer. Empty: somebody of accounting.",
    )

    @api.constrains("user_id")
    def _check_user_id(self):
        for provider in self:
            requests = self.env["unicdo.cancellation"].with_user(provider.user_id)
            if provider.user_id and not requests.has_access("read"):
                raise ValidationError(self.env._(
                    "%s cannot see cancellations, so tasks about them would not open. Choose somebody of helpdesk or "
                    "accounting.", provider.user_id.name,
                ))

    def _call(self, call):
        """Let the provider do what a call says. Called in background work, in a savepoint, again and again with growing
        pauses until it is done; each kind has its ``_call_<kind>(call)`` with the same contract. It may happen that a call
        was done and the process died before that was noted: implementations do a call of the same ``key`` only once.

        :param call: one ``unicdo.hosting.call`` in sudo
        :return: True: it is done; False: a person does it, has been asked, and will confirm it by a button
        :raises NoAnswer: not done, try again; so does every other error
        """
        self.ensure_one()
        return getattr(self, f"_call_{self.kind}")(call)

    def _call_manual(self, call):
        """Ask a person, once."""
        texts = {
            "hosting.backup_offered": self.env._("Make a last backup of %s and offer it to the customer"),
            "hosting.ended": self.env._("End access to %s, then confirm it"),
            "hosting.data_deleted": self.env._("Delete the data of %s, then confirm it"),
        }
        subscription = call.cancellation_id.subscription_id
        call._ask_person(texts[call.event] % (subscription.database_name or subscription.name))
        return False
