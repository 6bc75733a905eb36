# SPDX-License-Identifier: LGPL-3.0-or-later
"""Who may open sealed content just now.

Nobody, unless Python code of an addon says so around the very call. Neither code typed into the database (server
actions, automation rules, templates) nor a method reached by RPC can say it:
both see records only, never these functions.
"""

import contextlib
from contextvars import ContextVar

_opening = ContextVar("unicdo_opening", default=False)
_action_code = ContextVar("unicdo_action_code", default=0)
#: called before code typed into the database runs
_before_action_code = []


@contextlib.contextmanager
def opening():
    """Allow opening inside this block: for a job that packages, cleans or destroys and hands nothing back.

    Keep the block inside one function; never ``yield`` to a caller from it, and never render or write in it:
    templates and automations hold code typed into the database, which could then open too.
    """
    token = _opening.set(True)
    try:
        yield
    finally:
        _opening.reset(token)


def before_action_code(act):
    """Have a function without arguments called each time before code typed into the database runs: to forget what is in
    memory, and would be read there without asking."""
    _before_action_code.append(act)


@contextlib.contextmanager
def action_code():
    """Mark what runs inside this block as code typed into the database: nothing is handed out to it."""
    for act in _before_action_code:
        act()
    token, token_opening = _action_code.set(_action_code.get() + 1), _opening.set(False)
    try:
        yield
    finally:
        _opening.reset(token_opening)
        _action_code.reset(token)


def may_open():
    """Whether the running code is inside :func:`opening`."""
    return _opening.get()


def in_action_code():
    """Whether code typed into the database is running."""
    return bool(_action_code.get())


def action_depth():
    """How many pieces of code typed into the database have set one another off just now.

    Scheduled jobs are such code too: they call a method of ours, which may then do what it does. What it allows holds as
    long as this number stays the same.
    """
    return _action_code.get()
