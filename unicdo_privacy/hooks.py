# SPDX-License-Identifier: LGPL-3.0-or-later
from .tools import append_only


def post_init_hook(env):
    """Write the vault id, so that every dump from now on carries it."""
    env["unicdo.vault"]._vault_id()


def uninstall_hook(env):
    """Remove from the database what dropping our tables leaves behind."""
    append_only.drop_function(env.cr)
    env["unicdo.data.map"]._drop_indexes()
