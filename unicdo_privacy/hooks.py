# SPDX-License-Identifier: LGPL-3.0-or-later
from .tools import append_only


def post_init_hook(env):
    """Write the vault id, so that every dump from now on carries it."""
    env["unicdo.vault"]._vault_id()


def uninstall_hook(env):
    """Give other apps their tokens back, and remove from the database what dropping our tables leaves behind."""
    env["unicdo.token.switch"]._release()
    append_only.drop_function(env.cr)
    env["unicdo.data.map"]._drop_indexes()
