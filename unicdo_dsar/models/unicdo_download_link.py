# SPDX-License-Identifier: LGPL-3.0-or-later
import hashlib
import secrets
from datetime import timedelta

from odoo import api, fields, models

from ..const import OPENINGS, PACKAGE_DAYS, TICKET_HOURS


class UnicdoDownloadLink(models.Model):
    """A secret that leads one person to one package: hashed here, expiring, counted.

    Opening it hands a ticket to the session; with the ticket the package may be read in ranges, as often as a slow
    connection needs, for a day.
    """

    _name = "unicdo.download.link"
    _description = "Download Link"
    _order = "id desc"
    _rec_name = "create_date"

    package_id = fields.Many2one("unicdo.package", required=True, readonly=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="package_id.company_id")
    token_hash = fields.Char(required=True, readonly=True, groups=fields.NO_ACCESS)
    expires_at = fields.Datetime(required=True, readonly=True)
    opened_count = fields.Integer("Opened", readonly=True)
    opened_last = fields.Datetime("Last opened", readonly=True)
    session_digest = fields.Char(readonly=True, groups=fields.NO_ACCESS)
    ticket_until = fields.Datetime(readonly=True, groups=fields.NO_ACCESS)

    _token_idx = models.UniqueIndex("(token_hash)")

    @api.model
    def _issue(self, package):
        """Make a link and say its secret, which is kept nowhere.

        :return: ``(link, token)``
        """
        token = secrets.token_urlsafe(32)
        package._extend()
        link = self.sudo().create(
            {
                "package_id": package.id,
                "token_hash": self._hash(token),
                "expires_at": fields.Datetime.now() + timedelta(days=PACKAGE_DAYS),
            }
        )
        package.request_id._log("dsar.link", package)
        return link, token

    @api.model
    def _hash(self, token):
        return hashlib.sha256(token.encode(errors="replace")).hexdigest()

    @api.model
    def _for_token(self, token, partner):
        """The link of a token, if it is this person's.

        Somebody else's token and one that never existed give the same answer by the same steps.

        :return: one record in sudo, or none
        """
        link_sudo = self.sudo().search([("token_hash", "=", self._hash(token))], limit=1)
        return link_sudo.filtered(lambda link: link.package_id.request_id._is_for(partner))

    def _problem(self):
        """Why it opens nothing: "" (it does), "expired", "used" or "gone"."""
        self.ensure_one()
        if self.expires_at <= fields.Datetime.now():
            return "expired"
        if not self.package_id._is_open():
            return "gone"
        return "used" if self.opened_count >= OPENINGS else ""

    def _open(self, session_digest):
        """Count one opening and give the session its ticket; the session that holds one already is not counted again.

        :param str session_digest: stands for the session
        :return: "" or the reason why not, see :meth:`_problem`
        """
        self.ensure_one()
        if self._ticket(self.package_id, session_digest):
            return ""
        self.lock_for_update()
        self.invalidate_recordset()
        problem = self._problem()
        if not problem:
            now = fields.Datetime.now()
            self.write(
                {
                    "opened_count": self.opened_count + 1,
                    "opened_last": now,
                    "session_digest": session_digest,
                    "ticket_until": min(now + timedelta(hours=TICKET_HOURS), self.package_id.expires_at),
                }
            )
            self.package_id.request_id._opened(self.package_id)
        return problem

    @api.model
    def _ticket(self, package, session_digest):
        """Whether this session may read the package now.

        :rtype: bool
        """
        tickets = self.sudo().search_count(
            [
                ("package_id", "=", package.id),
                ("session_digest", "=", session_digest or "-"),
                ("ticket_until", ">", fields.Datetime.now()),
            ],
            limit=1,
        )
        return bool(tickets) and package._is_open()
