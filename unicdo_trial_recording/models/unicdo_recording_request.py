# SPDX-License-Identifier: LGPL-3.0-or-later
import hashlib
import logging
import secrets
from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import SQL

from odoo.addons.unicdo_privacy.tools.separately import fetch_separately

from ..controllers import strangers

_logger = logging.getLogger(__name__)

MINUTES = 30
TRIES = 5


class UnicdoRecordingRequest(models.Model):
    """Somebody asked for recordings without an account, and whose address it is has to be proven by a mailed code.

    A row is made whatever was asked, whoever it was. It knows the browser by a digest, holds the code as a keyed one, and
    the address only until the mail is sent: who it is never stands here.
    """

    _name = "unicdo.recording.request"
    _description = "Request for Recordings"
    _log_access = False
    _rec_name = "expires_at"

    holder = fields.Char(required=True, readonly=True, groups=fields.NO_ACCESS)
    what = fields.Char(readonly=True)
    database = fields.Char(readonly=True, groups=fields.NO_ACCESS)
    address = fields.Char(readonly=True, groups=fields.NO_ACCESS)
    lang = fields.Char(readonly=True)
    code_hash = fields.Char(readonly=True, groups=fields.NO_ACCESS)
    tries = fields.Integer(readonly=True)
    expires_at = fields.Datetime(required=True, readonly=True, index=True)

    _holder_uniq = models.UniqueIndex("(holder)")

    @api.model
    def _hash(self, token):
        return hashlib.sha256(token.encode(errors="replace")).hexdigest()

    @api.model
    def _issue(self, what, database, address):
        """Note a request and have its mail sent in the background, so that the answer takes as long whatever exists.

        :param str what: one of ``strangers.WHATS``
        :param str database: as it was written
        :param str address: normalised
        :return: the secret that the browser keeps
        """
        token = secrets.token_urlsafe(32)
        nobody = self.env(user=SUPERUSER_ID)
        made = nobody[self._name].create({
            "holder": self._hash(token), "what": what, "database": database, "address": address, "lang": self.env.lang,
            "expires_at": fields.Datetime.now() + timedelta(minutes=MINUTES),
        })
        nobody["unicdo.work"]._enqueue([
            {"res_model": self._name, "res_id": made.id, "kind": "recording_code", "priority": 1}
        ])
        return token

    def _do_work_recording_code(self, work):
        """Mail a code to whose address it is, if it is on file; forget the address in any case."""
        request = {"what": self.what, "database": self.database, "address": self.address}
        is_ready = self.env["unicdo.vault"]._status() == "ready"
        if is_ready and self.address and self.expires_at > fields.Datetime.now():
            self.env["unicdo.recording.trial"]._own()._prepare_own()
            may = strangers.proven(self.env, **request)
            code = f"{secrets.randbelow(10**8):08}" if may and "is_shared" not in may else ""
            if may:
                self._mail(self.address, code)
            if code:
                self.code_hash = strangers.code_digest(self.env, self.holder, request, code)
        self.write({"address": False, "database": False})

    def _mail(self, address, code):
        """Send the code at once: it is written down nowhere. None where several accounts have the address."""
        translated = self.with_context(lang=self.lang)
        company_sudo = self.env.company.sudo()
        body = translated.env["ir.qweb"]._render("unicdo_trial_recording.request_code_mail", {
            "code": code and f"{code[:4]} {code[4:]}", "what": self.what, "minutes": MINUTES, "company": company_sudo,
        })
        server_sudo = self.env["ir.mail_server"].sudo()
        server_sudo.send_email(server_sudo._build_email__(
            email_from=company_sudo.email_formatted or server_sudo._get_default_from_address(),
            email_to=[address], subject=translated.env._("Your code for recordings"), body=str(body), subtype="html",
            headers={"Auto-Submitted": "auto-generated"},
        ))

    @api.model
    def _take_try(self, token):
        """Count one try of a browser's code, for good even if the request fails.

        :return: (holder, digest of the code, or None), or None where no try is left
        """
        return fetch_separately(self.env, SQL(
            """UPDATE unicdo_recording_request SET tries = COALESCE(tries, 0) + 1
                WHERE holder = %s AND expires_at > %s AND COALESCE(tries, 0) < %s
            RETURNING holder, code_hash""",
            self._hash(token), fields.Datetime.now(), TRIES,
        ))

    @api.model
    def _use_up(self, token):
        """Let the code of a browser be good no more.

        :return: bool, whether it was until now
        """
        return bool(fetch_separately(self.env, SQL(
            "DELETE FROM unicdo_recording_request WHERE holder = %s AND code_hash IS NOT NULL RETURNING id", self._hash(token)
        )))

    @api.autovacuum
    def _gc_expired(self):
        """Forget what is over."""
        self.sudo().search([("expires_at", "<", fields.Datetime.now())], limit=10000).unlink()
