# SPDX-License-Identifier: LGPL-3.0-or-later
import base64
import binascii
import json
import time
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.unicdo_privacy.models.unicdo_work import NotYet

from ..const import COLLECTOR, PURPOSE
from ..tools import signed
from ..tools.upload_token import DIGEST, ID
from .unicdo_recording_trial import own_seed

#: seconds to wait for the collector; for one recording as a page, which takes it half a minute at most
PATIENCE, PAGE_PATIENCE = 10, 90
#: bytes of an answer that is taken; one recording as a page is the longest
LONGEST_ANSWER = 4 * 1024 * 1024
LONGEST_PAGE = 64 * 1024 * 1024
#: seconds between two tries to tell a server of a withdrawal: the first, and the longest
RETRY_SECONDS = (60, 3600)
#: columns that a registration code brings
REGISTERED = ("name", "url", "uuid", "public_key")


def ask_collector(env, action, address, **data):
    """Ask a server that keeps recordings of this database to do something, signed. A function, so that no typed code
    reaches it.

    :param str action: "list", "remove", "page", "remove_all" or "destruction", see ``controllers/collector.py``
    :param str address: of the server
    :return: dict, at most :data:`LONGEST_ANSWER` bytes as JSON
    :raises UserError: it cannot be reached, refuses, or answers something else
    """
    trial = env["unicdo.recording.trial"]._own()
    longest, patience = (LONGEST_PAGE, PAGE_PATIENCE) if action == "page" else (LONGEST_ANSWER, PATIENCE)
    try:
        said = {"database": trial.uuid, "at": int(time.time()), "action": action, "data": data}
        message = signed.sign(said, own_seed(trial))
        with requests.post(
            f"{address}/recording/collector", data=message, timeout=patience, allow_redirects=False, stream=True,
            headers={"Content-Type": "text/plain", "Accept-Encoding": "identity"},
        ) as answer:
            answer.raise_for_status()
            return _read_answer(answer, longest)
    except (requests.RequestException, HTTPError, ValueError):
        raise UserError(env._("The server that keeps the recordings does not answer. Please try again later.")) from None


def _read_answer(answer, longest):
    """The dict that a server answered.

    :param int longest: bytes
    :raises ValueError: it is none, or longer
    """
    text = answer.raw.read(longest + 1)
    said = json.loads(text) if answer.status_code == 200 and len(text) <= longest else None
    if not isinstance(said, dict):
        raise ValueError("This is no answer")
    return said


def ask_collectors(env, action, **data):
    """Ask all servers that may keep recordings of this database, see :func:`ask_collector`.

    :return: list of dicts, that of the server which takes new ones first
    :raises UserError: one of them cannot be reached, or refuses
    """
    return [ask_collector(env, action, server.address, **data) for server in env["unicdo.recording.collector"]._known()]


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
        """Have a collector destroy what it has of a person who withdrew; tried again until it answers, and given up only
        when what it has is past its date."""
        data = dict(work.payload)
        address = data.pop("collector", None) or self._collector()
        if address not in self.env["unicdo.recording.collector"]._known().mapped("address"):
            return
        try:
            ask_collector(self.env, "remove", address, **data)
        except UserError:
            first, longest = RETRY_SECONDS
            age = (fields.Datetime.now() - work.create_date).total_seconds()
            raise NotYet(min(longest, max(first, int(age / 2)))) from None

    @api.model
    def _plan_removal(self, person, consent_event):
        """Have all collectors destroy a person's recordings, in the background and for as long as it takes.

        :param str person: keyed digest
        :param int consent_event: consents up to this one are withdrawn
        """
        self.env["unicdo.recording.collector"]._follow_setting()
        trial_sudo = self._own()
        self.env["unicdo.work"]._enqueue([{
            "res_model": self._name, "res_id": trial_sudo.id, "kind": "withdraw", "priority": 5,
            "key": f"{person}/{server.id}/{time.time_ns()}",
            "payload": {"person": person, "consent": consent_event, "collector": server.address},
        } for server in self.env["unicdo.recording.collector"]._known()])
