# SPDX-License-Identifier: LGPL-3.0-or-later
from .tools.inside import inside


def uninstall_hook(env):
    """Destroy all recordings, for good and with certificates, before their tables go."""
    with inside(past=True):
        env["unicdo.recording"].sudo().search([])._destroy("uninstalled")
