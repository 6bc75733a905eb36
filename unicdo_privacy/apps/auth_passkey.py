# SPDX-License-Identifier: LGPL-3.0-or-later
"""What we add to passkeys where that app is installed: a passkey removed by somebody else suspends privacy roles."""

MODEL = "auth.passkey.key"


def patch(env):
    """Add a step to the deletion of passkeys in this registry; does nothing without the app.

    A method of a name of our own, marked as ``api.ondelete`` marks: replacing ``unlink`` would be undone by
    ``base_automation``, which resets that name on every model whenever an automation changes.
    """
    if MODEL not in env:
        return

    def _unicdo_suspend_owner(keys):
        keys.env["unicdo.role.grant"]._suspend(keys.sudo().create_uid, "passkey")

    _unicdo_suspend_owner._ondelete = True
    model_class = env.registry[MODEL]
    model_class._unicdo_suspend_owner = _unicdo_suspend_owner
    if "_ondelete_methods" in vars(model_class):  # the list Odoo keeps after the first deletion
        del model_class._ondelete_methods
