# SPDX-License-Identifier: LGPL-3.0-or-later
"""Which code may see and change rows about recordings.

Only the functions of this module that say so, around the very call. Code typed into the database and methods reached by
RPC see records, never these functions; nor does it help them to act with all rights.
"""

import contextlib
from contextvars import ContextVar

from odoo.addons.unicdo_privacy.tools.guard import action_depth

#: how deep in code typed into the database the block was entered; None outside of one
_inside = ContextVar("unicdo_recording_inside", default=None)


@contextlib.contextmanager
def inside():
    """Let the code of this block see and change the rows. Never render or hand out in it."""
    token = _inside.set(action_depth())
    try:
        yield
    finally:
        _inside.reset(token)


def is_inside():
    """Whether the running code is inside :func:`inside`; never code typed into the database that is set off there."""
    return _inside.get() == action_depth()
