# SPDX-License-Identifier: LGPL-3.0-or-later
import hashlib
import json
from functools import lru_cache
from pathlib import Path

from odoo import api, models, tools
from odoo.modules import Manifest

from ..tools import clean, terms

ALLOW_LIST = "unicdo_trial_recording/static/src/recorder/allow_list.json"


@lru_cache(maxsize=8)
def _read_terms(paths):
    return terms.interface_terms([Path(path) for path in paths])


class UnicdoRecordingTerms(models.AbstractModel):
    """The words of Odoo's own interface: the only texts that stay readable in a recording.

    They are read from the translation files of the installed modules that came with Odoo or on its addons path, never
    from the database, where anybody's words may stand.
    """

    _name = "unicdo.recording.terms"
    _description = "Words that Stay Readable in Recordings"

    @api.model
    @tools.ormcache("lang")
    def _paths(self, lang):
        """Translation files of the installed modules, for one language."""
        modules_sudo = self.env["ir.module.module"].sudo()
        paths = []
        for name in sorted(modules_sudo.search([("state", "=", "installed")]).mapped("name")):
            manifest = Manifest.for_addon(name, display_warning=False)
            folder = Path(manifest.path) / "i18n" if manifest else None
            if folder:
                short = lang.partition("_")[0]
                names = [f"{name}.pot"] if short == "en" else [f"{short}.po", f"{lang}.po"]
                paths += [str(folder / file) for file in names if (folder / file).is_file()]
        return tuple(paths)

    @api.model
    def _of(self, lang):
        """The terms of one language, as a frozenset."""
        return _read_terms(self._paths(lang or "en_US"))

    @api.model
    @tools.ormcache("lang")
    def _digest(self, lang):
        return hashlib.sha256(json.dumps(sorted(self._of(lang))).encode()).hexdigest()[:16]

    @api.model
    def _url(self, lang):
        """Where the recorder gets the terms; another address when they change."""
        return f"/recording/terms/{lang}/{self._digest(lang)}.json"

    @api.model
    def _allow_url(self):
        """Where the recorder gets the allow-list; another address when it changes."""
        digest = hashlib.sha256(json.dumps(clean.load_allow_list(), sort_keys=True).encode()).hexdigest()[:16]
        return f"/{ALLOW_LIST}?v={digest}"
