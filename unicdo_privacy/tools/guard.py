# SPDX-License-Identifier: LGPL-3.0-or-later
"""Who may open sealed content just now.

Nobody, unless Python code of an addon says so around the very call. Neither code typed into the database (server
actions, automation rules, templates) nor a method reached by RPC can say it:
both see records only, never these functions.

Code typed into the database is known in two ways. :func:`action_code` marks where it runs. And all that Odoo evaluates, by
``safe_eval`` or in a QWeb template, has builtins of its own, so the stack tells of it wherever it stands (pages, reports, mails,
record rules, conditions of automations, contexts of actions) and whenever it runs, such as a function that it leaves behind to
be called at the end of the transaction. That costs nothing but where somebody asks.
"""

import contextlib
import sys
from contextvars import ContextVar

from odoo.tools.safe_eval import _BUILTINS

#: what stands for ``__import__`` among the builtins of all that Odoo evaluates, and nowhere else
EVALUATED = _BUILTINS["__import__"]

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


def in_action_code(pages=True):
    """Whether code typed into the database is running, or has set off what is.

    :param bool pages: whether QWeb counts; only what core's own layouts ask for while they are rendered says no
    """
    return bool(_action_code.get()) or _is_evaluated(pages)


def _is_evaluated(pages):
    frame = sys._getframe()
    while frame:
        builtins = frame.f_builtins
        # QWeb's code has its globals for builtins
        if builtins.get("__import__") is EVALUATED and (pages or builtins is not frame.f_globals):
            return True
        frame = frame.f_back
    return False


def action_depth():
    """How many pieces of code typed into the database have set one another off just now.

    Scheduled jobs are such code too: they call a method of ours, which may then do what it does. What it allows holds as
    long as this number stays the same.
    """
    return _action_code.get()
