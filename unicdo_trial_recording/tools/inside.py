# SPDX-License-Identifier: LGPL-3.0-or-later
"""Which code may see and change rows about recordings.

Only the functions of this module that say so, around the very call. Code typed into the database and methods reached by
RPC see records, never these functions; nor does it help them to act with all rights, or to be set off from within.
"""

import contextlib
from contextvars import ContextVar
from dataclasses import dataclass, field

from odoo.addons.unicdo_privacy.tools.guard import action_depth, before_action_code

_stay = ContextVar("unicdo_recording_inside", default=None)


@dataclass
class _Stay:
    past: bool
    #: a cron's own code calls us; what is typed elsewhere, and set off from within, comes on top
    depth: int
    leave: dict = field(default_factory=dict)


@contextlib.contextmanager
def inside(past=False):
    """Let the code of this block see and change the rows. Never render or hand out in it.

    :param bool past: those too whose date has come; for destroying and counting them only
    """
    outer = _stay.get() if is_inside() else None
    stay = _Stay(past, action_depth(), outer.leave if outer else {})
    token = _stay.set(stay)
    try:
        yield
    except BaseException:
        with contextlib.suppress(Exception):  # the transaction may be broken; what counts is the error itself
            _forget(stay, outer)
        raise
    else:
        _forget(stay, outer)
    finally:
        _stay.reset(token)


def _forget(stay, outer=None):
    if stay and not outer:
        for act in list(stay.leave.values()):
            act()


def on_leave(key, act):
    """Have a function called when the outermost block ends, and before code typed into the database runs in it; once for
    each key."""
    _stay.get().leave[key] = act


before_action_code(lambda: _forget(_stay.get()))


def is_inside():
    """Whether the running code is inside :func:`inside`; never code typed into the database that is set off there."""
    stay = _stay.get()
    return stay is not None and stay.depth == action_depth()


def sees_past():
    """Whether it may also see recordings whose date has come."""
    return is_inside() and _stay.get().past
