# SPDX-License-Identifier: LGPL-3.0-or-later
import hashlib
from datetime import timedelta

from odoo import api, fields, models

from ..const import DECLARATION_DAYS


class UnicdoCancellationDeclaration(models.Model):
    """Declarations by the public button: received as they are, without asking who exists (BGB § 312k; POLICY CAN-1)."""

    _inherit = "unicdo.cancellation"  # pylint: disable=consider-merging-classes-inherited

    declaration_hash = fields.Char(readonly=True, copy=False, groups=fields.NO_ACCESS)

    _declaration_uniq = models.UniqueIndex("(declaration_hash)")

    @api.model
    def _declaration_key(self, token):
        return hashlib.sha256(token.encode(errors="replace")).hexdigest()

    @api.model
    def _declaration(self, token):
        """The declaration whose page a secret opens; empty if there is none, or no longer.

        :param str token: the secret
        :return: one record in sudo, or none
        """
        since = fields.Datetime.now() - timedelta(days=DECLARATION_DAYS)
        return self.sudo().search(
            [("declaration_hash", "=", self._declaration_key(token)), ("received_at", ">", since)], limit=1
        )

    @api.model
    def _reserve(self, token):
        """Called before a declaration is received: of several clicks at once only one goes on, the others are run again.

        :param str token: the secret of this declaration's page
        """
        key = self._declaration_key(token)
        self._one_at_a_time(f"declaration {key}", [("declaration_hash", "=", key)])

    @api.model
    def _declare(self, token, kind, **vals):
        """Receive a declaration; sent twice, it is the same one.

        :param str token: the secret of this declaration's page
        :param str kind: one of ``KINDS``
        :param vals: what was declared
        :return: one record in sudo
        """
        return self._declaration(token) or self._ask(
            self.env["unicdo.hosting.subscription"], kind, channel="public",
            declaration_hash=self._declaration_key(token), company_id=self.env.company.id, **vals,
        )
