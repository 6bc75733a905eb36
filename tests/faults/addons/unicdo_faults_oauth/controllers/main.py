# SPDX-License-Identifier: LGPL-3.0-or-later
import hashlib
import time
from pathlib import Path

from odoo import SUPERUSER_ID
from odoo.exceptions import UserError
from odoo.http import Controller, request, route
from odoo.tools import config

#: seconds that a held request waits to be let go on
PATIENCE = 20


class FaultsOauth(Controller):
    """Opens tokens as a set-up does, in whatever session the request has, and never shows one."""

    @route("/unicdo_faults/open", type="http", auth="none", methods=["GET"], readonly=True)
    def open(self, tokens="", hold="", **kwargs):
        """Try to open tokens.

        :param str tokens: ids, divided by commas
        :param str hold: name of a file below the data directory: after the first try the request waits until the file is
            gone, tries again, and leaves its session to be written back
        """
        ids = [int(token) for token in tokens.split(",")]
        tried = [self._try(ids)]
        if hold:
            self._wait(Path(config["data_dir"]) / hold)
            request.session.touch()
            tried.append(self._try(ids))
        return request.make_json_response({"uid": request.session.uid, "tried": tried})

    def _try(self, ids):
        """What came of each: ["open", SHA-256 of the token], or the word and the text of the refusal."""
        return {str(token.id): self._open(token) for token in self._tokens(ids)}

    def _tokens(self, ids):
        return request.env(user=SUPERUSER_ID)["unicdo.oauth.token"].browse(ids)

    def _open(self, token):
        from odoo.addons.unicdo_privacy.models.unicdo_oauth_token import opened  # loaded with the database

        try:
            return ["open", hashlib.sha256(opened(token).encode()).hexdigest()]
        except UserError as error:
            return [getattr(error, "why", "refused"), str(error)]

    def _wait(self, path):
        path.touch()
        limit = time.monotonic() + PATIENCE
        while path.exists() and time.monotonic() < limit:
            time.sleep(0.02)

    @route("/unicdo_faults/crash", type="http", auth="user", methods=["GET"], readonly=True)
    def crash(self, token="", **kwargs):
        """Fail with a token in hand, as careless code does: in the message, in what it was raised from."""
        from odoo.addons.unicdo_privacy.models.unicdo_oauth_token import opened

        plain = opened(self._tokens([int(token)]))
        try:
            raise KeyError(plain)
        except KeyError as error:
            raise ValueError(f"Calling with {plain!r} failed") from error
