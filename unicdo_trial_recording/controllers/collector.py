# SPDX-License-Identifier: LGPL-3.0-or-later
import time
from base64 import b64encode

from odoo import SUPERUSER_ID
from odoo.fields import Domain
from odoo.http import Controller, Response, request, route

from ..tools import signed
from ..tools.inside import inside
from ..tools.upload_token import DIGEST, ID
from . import person

#: seconds that a message may be under way, either clock being wrong
LATE = 300
LONGEST = 4 * 1024 * 1024
#: questions that are about the whole database
ABOUT_NOBODY = ("remove_all", "destruction")


class RecordingCollector(Controller):
    """What databases that upload here ask for their people and about the end of recordings, signed with their key (POLICY
    REC-3, REC-4).

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
        if not self._is_question(said.get("action"), data):
            return Response(status=400)
        answer = getattr(self, f"_{said['action']}")
        with inside(past=answer in (self._remove, self._remove_all)):
            return request.make_json_response(answer(trial, data.get("person", ""), data))

    @staticmethod
    def _is_question(action, data):
        """Whether there is such a question, about a person and, at will, one recording; two are about none."""
        if action not in ("list", "remove", "page", *ABOUT_NOBODY) or not isinstance(data, dict):
            return False
        person_, uuid = data.get("person", ""), data.get("recording", "")
        if not isinstance(person_, str) or not isinstance(uuid, str) or (uuid and not ID.fullmatch(uuid)):
            return False
        return action in ABOUT_NOBODY or bool(DIGEST.fullmatch(person_))

    @staticmethod
    def _trial(env, uuid):
        if not isinstance(uuid, str) or not ID.fullmatch(uuid):
            return None
        return env["unicdo.recording.trial"].search([("uuid", "=", uuid), ("is_own", "=", False)], limit=1)

    @staticmethod
    def _own(trial, key, uuid=""):
        domain = Domain("trial_id", "=", trial.id) & Domain("person", "=", key)
        return trial.env["unicdo.recording"].search(domain & Domain("uuid", "=", uuid) if uuid else domain)

    def _list(self, trial, key, _data):
        """Their recordings: when, how long, until when, watched when and by which role."""
        return {"recordings": [
            person.of_recording(recording) for recording in self._own(trial, key)
        ]}

    def _page(self, trial, key, data):
        """One of their recordings, to replay anywhere; nothing past its date."""
        uuid = data.get("recording")
        found = self._own(trial, key, uuid) if uuid else None
        page = found and person.offline_page_of(found, key)
        return {"page": b64encode(page).decode() if page else ""}

    def _remove_all(self, trial, _key, _data):
        """Destroy all recordings of the database that asks."""
        trial.env["unicdo.recording"].search([("trial_id", "=", trial.id)])._destroy("removed")
        return {}

    def _destruction(self, trial, _key, _data):
        """Whether its recordings are destroyed in time (POLICY REC-4); not how many there are, which would tell who agreed."""
        return {"state": trial.env["unicdo.recording.collector"]._state_for(trial)}

    def _remove(self, trial, key, data):
        """Destroy one or all of them; with ``consent``, those to come under that consent too."""
        consent = data.get("consent")
        if type(consent) is int and consent > 0:
            trial.env["unicdo.recording.gone"]._note_person(trial, key, consent)
        found = self._own(trial, key, data.get("recording", ""))
        return {"certificates": found._destroy("withdrawn" if consent else "requested")}
