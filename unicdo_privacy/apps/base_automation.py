# SPDX-License-Identifier: LGPL-3.0-or-later
"""What we add to automations where that app is installed: their conditions are code typed into the database (DESIGN 7), and
run while the record of somebody else's request is written."""

from ..tools import guard

MODEL = "base.automation"
STEPS = ("_filter_pre", "_filter_post_export_domain")


def patch(env):
    """Mark the evaluation of conditions in this registry; does nothing without the app, or where it was done."""
    model_class = env.registry.get(MODEL)
    for name in STEPS if model_class else ():
        step = getattr(model_class, name)
        if not hasattr(step, "unicdo_marked"):
            step = guard.action_code()(step)
            step.unicdo_marked = True
            setattr(model_class, name, step)
