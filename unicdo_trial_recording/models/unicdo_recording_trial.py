# SPDX-License-Identifier: LGPL-3.0-or-later
import time
import uuid

from odoo import api, fields, models
from odoo.tools import file_path

from odoo.addons.unicdo_privacy.tools.guard import opening

from ..const import ALLOWED, IS_TRIAL, SAMPLING, TOKEN_SECONDS, TRIAL_END
from ..tools import signed, upload_token

SIGN_INFO = b"unicdo recording upload token"
LIBRARIES = ("record.min.js", "player.min.js", "player.min.css")


def own_seed(trial):
    """The secret by which this database signs its upload tokens. A function, so that no typed code reaches it.

    :raises UserError: the vault is not ready
    :raises SealError: its key was destroyed
    """
    with opening():
        return trial.sudo().sign_key_id._derive(SIGN_INFO)


def sign_grant(trial, **granted):
    """A fresh upload token of this database, see :class:`~..tools.upload_token.Grant`."""
    expires = int(time.time()) + TOKEN_SECONDS
    return upload_token.sign(upload_token.Grant(database=trial.uuid, expires=expires, **granted), own_seed(trial))


class UnicdoRecordingTrial(models.Model):
    """A database whose sessions may be recorded here: this one, and others that were registered with their public key."""

    _name = "unicdo.recording.trial"
    _description = "Trial Database"
    _order = "is_own desc, name"

    name = fields.Char("Database", required=True)
    url = fields.Char("Address", help="Where people sign in: scheme, host and port.")
    uuid = fields.Char("Id", required=True, copy=False, default=lambda self: uuid.uuid4().hex)
    is_own = fields.Boolean("This database", readonly=True, copy=False)
    active = fields.Boolean(default=True)
    public_key = fields.Char("Public key", copy=False, help="Checks the upload tokens it signs: 64 hexadecimal characters.")
    sign_key_id = fields.Many2one("unicdo.vault.key", readonly=True, copy=False, ondelete="restrict")
    person_key_id = fields.Many2one("unicdo.vault.key", readonly=True, copy=False, ondelete="restrict")

    _uuid_uniq = models.UniqueIndex("(uuid)")
    _own_uniq = models.UniqueIndex("(is_own) WHERE is_own")

    @api.model
    def _own(self):
        """The row of this database, in sudo."""
        return self.sudo().with_context(active_test=False).search([("is_own", "=", True)], limit=1)

    def _prepare_own(self):
        """Give this database its keys and its present name. Two requests at once collide here, and Odoo repeats one.

        :raises UserError: the vault is not ready
        """
        self.ensure_one()
        for name in ("sign_key_id", "person_key_id"):
            if not self[name] or self[name].destroyed_at:
                self[name] = self.env["unicdo.vault.key"]._new(self._name, self.id, name.removesuffix("_key_id"))
                if name == "sign_key_id":
                    self.flush_recordset()
                    self.public_key = signed.public_key(own_seed(self))
        url = (self.get_base_url() or "").rstrip("/")
        if (self.name, self.url) != (self.env.cr.dbname, url):
            self.write({"name": self.env.cr.dbname, "url": url})
        return self

    # ---------------------------------------------------------------- may anybody be asked here

    @api.model
    def _is_trial(self):
        """Whether this database is on trial now: by the administrator's setting, or as Odoo's own subscription says."""
        get_param = self.env["ir.config_parameter"].sudo().get_param
        end, ours = get_param(TRIAL_END), get_param(IS_TRIAL)
        if not ours and get_param("database.expiration_reason") == "trial":
            ours, end = True, (get_param("database.expiration_date") or "")[:10]
        try:
            return bool(ours) and (not end or fields.Date.to_date(end) >= fields.Date.today())
        except ValueError:
            return False

    @api.model
    def _problem(self):
        """Why nobody can be recorded although it was allowed: a word for :meth:`_problem_text`, or "" if all is there."""
        if self._missing_files():
            return "files"
        if self.env["unicdo.vault"]._status() != "ready":
            return "vault"
        return ""

    @api.model
    def _problem_text(self, problem):
        """What a problem means and what to do, for the administrator; "" for none."""
        if problem == "files":
            return self.env._(
                "Nobody is asked or recorded: browser files are missing (%s). Install the module from its wheel, or run "
                "the set-up that brings them.", ", ".join(self._missing_files()),
            )
        if problem == "vault":
            return self.env._(
                "Nobody is asked or recorded: %s", self.env["unicdo.vault"]._status_text(self.env["unicdo.vault"]._status())
            )
        return ""

    @api.model
    def _is_offered(self):
        """Whether people of this database can be asked and recorded now: on trial, switched on by the administrator, with
        all files and keys in place."""
        allowed = self.env["ir.config_parameter"].sudo().get_param(ALLOWED)
        return bool(allowed) and self._is_trial() and self._own().active and not self._problem()

    @api.model
    def _sampling(self):
        """Per cent of the sessions that are recorded: 100 where nothing was set, 0 where it is no share."""
        share = self.env["ir.config_parameter"].sudo().get_param(SAMPLING) or "100"
        return int(share) if share.isdecimal() and int(share) <= 100 else 0

    @api.model
    def _missing_files(self):
        """Third-party browser files that are not there."""
        missing = []
        for name in LIBRARIES:
            try:
                file_path(f"unicdo_trial_recording/static/lib/rrweb/{name}")
            except FileNotFoundError:
                missing.append(name)
        return missing
