# SPDX-License-Identifier: LGPL-3.0-or-later
import base64
import binascii
import json
import time
from urllib.parse import urlsplit

import requests

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..const import COLLECTOR, PURPOSE
from ..tools import signed
from ..tools.upload_token import DIGEST, ID
from .unicdo_recording_trial import own_seed

#: seconds to wait for the collector
PATIENCE = 10
#: columns that a registration code brings
REGISTERED = ("name", "url", "uuid", "public_key")


def ask_collector(env, action, **data):
    """Ask the collector of this database to do something, signed. A function, so that no typed code reaches it.

    :param str action: "list", "remove", "page" or "sheet", see ``controllers/collector.py``
    :raises UserError: it cannot be reached, or refuses
    """
    trial = env["unicdo.recording.trial"]._own()
    message = signed.sign({"database": trial.uuid, "at": int(time.time()), "action": action, "data": data}, own_seed(trial))
    try:
        answer = requests.post(
            f"{trial._collector()}/recording/collector", data=message, timeout=PATIENCE, allow_redirects=False,
            headers={"Content-Type": "text/plain"},
        )
        answer.raise_for_status()
        if answer.status_code != 200:
            raise ValueError
        return answer.json()
    except (requests.RequestException, ValueError):
        raise UserError(env._("The server that keeps the recordings does not answer. Please try again later.")) from None


class UnicdoRecordingTrial(models.Model):
    """Recordings that another server keeps: the collector, and the databases registered there."""

    _inherit = "unicdo.recording.trial"

    registration_code = fields.Char(
        "Registration code", compute="_compute_registration_code", readonly=False,
        help="From the settings of the database that is to be registered.",
    )
    admin_email = fields.Char("Administrator's address", help="Who may have all its recordings removed, after a code sent there.")

    @api.depends("name", "url", "uuid", "public_key")
    def _compute_registration_code(self):
        for trial in self:
            known = trial.public_key and {name: trial[name] for name in REGISTERED}
            trial.registration_code = known and base64.urlsafe_b64encode(json.dumps(known).encode()).decode()

    @api.onchange("registration_code")
    def _onchange_registration_code(self):
        for trial in self.filtered("registration_code"):
            trial.update(trial._registered(trial.registration_code))

    @api.model
    def _registered(self, code):
        """What a registration code says: dict of ``REGISTERED``.

        :raises UserError: it is none
        """
        try:
            known = json.loads(base64.urlsafe_b64decode(code.strip()))
            return {name: str(known[name]) for name in REGISTERED}
        except (ValueError, KeyError, TypeError, binascii.Error):
            raise UserError(self.env._(
                "This is no registration code. Copy it whole from Settings, Recordings of trial sessions, of the other "
                "database."
            )) from None

    @api.model_create_multi
    def create(self, vals_list):
        """Take what a registration code says."""
        for vals in vals_list:
            if code := vals.pop("registration_code", None):
                vals.update(self._registered(code))
        return super().create(vals_list)

    @api.constrains("url", "uuid", "public_key")
    def _check_registered(self):
        for trial in self.filtered(lambda trial: not trial.is_own):
            address = urlsplit(trial.url or "")
            if address.scheme not in ("http", "https") or not address.netloc or address.path not in ("", "/"):
                raise ValidationError(self.env._("The address begins with https:// and has no path."))
            if not DIGEST.fullmatch(trial.public_key or "") or not ID.fullmatch(trial.uuid or ""):
                raise ValidationError(self.env._(
                    "A public key has 64 hexadecimal characters, an id has 32. Use the registration code."
                ))

    def write(self, vals):
        """This database's own row follows from what it is; of others, the id is what their recordings hang on."""
        fixed = {"uuid", "is_own"} | (set(REGISTERED) if any(trial.is_own for trial in self) else set())
        if not self.env.su and fixed & vals.keys():
            raise UserError(self.env._("This cannot be changed. Register the database anew with its registration code."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_own(self):
        if any(trial.is_own for trial in self):
            raise UserError(self.env._("This database itself stays in the list. Switch recordings off in the settings."))

    @api.model
    def _collector(self):
        """Address of the server that keeps this database's recordings; "" where it keeps them itself."""
        return (self.env["ir.config_parameter"].sudo().get_param(COLLECTOR) or "").strip().rstrip("/")

    @api.model
    def _collector_need(self, address):
        """What is asked of whoever keeps recordings elsewhere, see ``unicdo.provider._needed``; None: they stay here, and no
        party outside takes part (POLICY REC-5).

        :param str address: of the collector, or ""
        """
        if not address:
            return None
        return {
            "key": "recording_collector", "name": self.env._("Keeping the recordings of trial sessions"),
            "host": address.partition("://")[2].partition("/")[0], "purpose": PURPOSE, "confidential": True,
        }

    @api.model
    def _kept_by(self, address):
        """Who keeps the recordings, for the administrator, as a sentence.

        :param str address: of the collector, or ""
        :return: whether recordings may go there, and the words
        """
        need = self._collector_need(address)
        if not need:
            return True, self.env._("Recordings stay in this database. No party outside takes part.")
        provider_sudo = self.env["unicdo.provider"]._used_for(need)
        if not provider_sudo:
            return False, self.env["unicdo.provider"]._need_problem(need)
        return True, self.env._("Recordings are kept by the service provider %s, under confidentiality.", provider_sudo.name)

    @api.model
    def _problem(self):
        """Also: the collector is not in use in the register of service providers. Nothing goes there then."""
        return super()._problem() or ("" if self._kept_by(self._collector())[0] else "provider")

    @api.model
    def _problem_text(self, problem):
        if problem == "provider":
            return self.env._("Nobody is asked or recorded: %s", self._kept_by(self._collector())[1])
        return super()._problem_text(problem)

    def _do_work_withdraw(self, work):
        """Have the collector destroy what it has of a person who withdrew; tried again until it answers."""
        ask_collector(self.env, "remove", **work.payload)

    @api.model
    def _plan_removal(self, person, consent_event=0, uuid=""):
        """Have the collector destroy a person's recordings, in the background and for as long as it takes.

        :param str person: keyed digest
        :param int consent_event: consents up to this one are withdrawn; 0: none is
        :param str uuid: one recording only
        """
        trial_sudo = self._own()
        self.env["unicdo.work"]._enqueue([{
            "res_model": self._name, "res_id": trial_sudo.id, "kind": "withdraw", "key": f"{person}/{uuid}/{time.time_ns()}",
            "payload": {"person": person, "consent": consent_event, "recording": uuid}, "priority": 5,
        }])
