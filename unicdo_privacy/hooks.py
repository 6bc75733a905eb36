# SPDX-License-Identifier: LGPL-3.0-or-later
from .tools import append_only


def uninstall_hook(env):
    """Remove from the database what dropping our tables leaves behind."""
    append_only.drop_function(env.cr)
