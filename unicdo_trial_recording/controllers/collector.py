# SPDX-License-Identifier: LGPL-3.0-or-later
import time

from odoo import SUPERUSER_ID, fields
from odoo.fields import Domain
from odoo.http import Controller, Response, request, route

from ..tools import signed
from ..tools.inside import inside

#: seconds that a message may be under way, either clock being wrong
LATE = 300
LONGEST = 4 * 1024 * 1024


class RecordingCollector(Controller):
    """What databases that upload here ask for their people, signed with their key (POLICY REC-3).

    A database speaks for its own people only: whatever it asks is searched among the recordings it made.
    """

    @route("/recording/collector", type="http", auth="none", methods=["POST"], csrf=False, save_session=False,
           readonly=False, max_content_length=LONGEST)
    def ask(self, **kwargs):
        """One question: a signed message with ``database``, ``at``, ``action`` and ``data``.

        :return: JSON; 401 not signed, changed or old; 403 unknown database; 400 unknown action
        """
        message = request.httprequest.get_data(cache=False)
        env = request.env(user=SUPERUSER_ID, su=True)
        try:
            said = signed.read(message)
            trial = self._trial(env, said.get("database"))
            if not trial:
                return Response(status=403)
            signed.check(message, trial.public_key or "")
        except signed.BadSignature:
            return Response(status=401)
        at, data = said.get("at"), said.get("data")
        if type(at) is not int or abs(time.time() - at) > LATE:
            return Response(status=401)
        answer = {"list": self._list, "remove": self._remove}.get(said.get("action"))
        person = data.get("person") if isinstance(data, dict) else None
        if not answer or not isinstance(person, str) or len(person) != 64:
            return Response(status=400)
        with inside():
            return request.make_json_response(answer(trial, person, data))

    @staticmethod
    def _trial(env, uuid):
        if not isinstance(uuid, str):
            return None
        return env["unicdo.recording.trial"].search([("uuid", "=", uuid), ("is_own", "=", False)], limit=1)

    @staticmethod
    def _own(trial, person, uuid=""):
        domain = Domain("trial_id", "=", trial.id) & Domain("person", "=", person)
        return trial.env["unicdo.recording"].search(domain & Domain("uuid", "=", uuid) if uuid else domain)

    def _list(self, trial, person, _data):
        """Their recordings: when, how long, until when, watched when and by which role."""
        return {"recordings": [
            {
                "uuid": recording.uuid, "started_at": fields.Datetime.to_string(recording.started_at),
                "destroy_at": fields.Datetime.to_string(recording.destroy_at), "duration": recording.duration,
                "lang": recording.lang, "surface": recording.surface,
                "views": [
                    {"viewed_at": fields.Datetime.to_string(view.viewed_at), "role": view.role}
                    for view in recording.view_ids
                ],
            }
            for recording in self._own(trial, person).filtered_domain(trial.env["unicdo.recording"]._alive())
        ]}

    def _remove(self, trial, person, data):
        """Destroy one or all of them; with ``consent``, those to come under that consent too."""
        consent, uuid = data.get("consent"), data.get("recording")
        if type(consent) is int and consent > 0:
            trial.env["unicdo.recording.gone"]._note_person(trial, person, consent)
        found = self._own(trial, person, uuid if isinstance(uuid, str) else "")
        found._destroy("withdrawn" if consent else "requested")
        return {"removed": len(found)}
