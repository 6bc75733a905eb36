# SPDX-License-Identifier: LGPL-3.0-or-later
import logging

from odoo.exceptions import UserError

from odoo.addons.unicdo_privacy.tools.sealing import SealError

from .models.unicdo_recording_trial_remote import ask_collector
from .tools.inside import inside

_logger = logging.getLogger(__name__)


def uninstall_hook(env):
    """Destroy all recordings, for good and with certificates, before their tables go, those that other servers keep too; and
    the keys of this database, without which nobody's digest can be made again. A copy, whose vault is another database's or
    closed, destroys nothing of that: it only loses its rows."""
    try:
        env["unicdo.vault"]._require_store()
    except UserError:
        return
    with inside(past=True):
        env["unicdo.recording"].sudo().search([])._destroy("uninstalled")
    for collector in env["unicdo.recording.collector"]._known():
        try:
            ask_collector(env, "remove_all", collector.address)
        except (UserError, SealError):
            _logger.warning(
                "%s did not answer, so recordings that it keeps of this database stay there until their date. Its "
                "administrator has them removed before: at /recording/request there.", collector.address,
            )
    env["unicdo.vault.key"].sudo().search([("res_model", "=", "unicdo.recording.trial")])._destroy()
