# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models
from odoo.fields import Domain

from ..tools.contract_name import fold, host_of, names_in


class UnicdoHostingSubscriptionLookup(models.Model):
    """Which subscription a text means that somebody wrote in a form or a mail."""

    _inherit = "unicdo.hosting.subscription"  # pylint: disable=consider-merging-classes-inherited

    database_key = fields.Char(compute="_compute_lookup", store=True, index="btree_not_null")
    host_key = fields.Char(compute="_compute_lookup", store=True, index="btree_not_null")

    @api.depends("database_name", "database_url")
    def _compute_lookup(self):
        for subscription in self:
            subscription.database_key = fold(subscription.database_name) or False
            subscription.host_key = host_of(subscription.database_url) or False

    @api.model
    def _meant_by(self, text, address):
        """The running subscription that a text means: exactly one, or none, never one that merely looks like it.

        A database's name or address is enough, because what follows goes to the deciders' own addresses. Numbers can be
        guessed, so they count together with the mail address of somebody who may decide.

        :param str text: as the sender wrote it
        :param str address: the sender's mail address, normalised; may be empty
        :return: one record in sudo, or none
        """
        names = list(names_in(text))
        running = Domain("state", "!=", "ended")
        found_sudo = self.sudo().search(
            running & (Domain("database_key", "in", names) | Domain("host_key", "in", names)), limit=2
        )
        if not found_sudo and address:
            numbers = names + [name.upper() for name in names]
            domain = Domain.OR([
                [(field, "in", numbers)] for field in ("name", "origin", "period_ids.move_id.name")
            ])
            found_sudo = self.sudo().search(running & domain).filtered(
                lambda subscription: address in subscription._deciders().mapped("email_normalized")
            )
        return found_sudo if len(found_sudo) == 1 else found_sudo.browse()
