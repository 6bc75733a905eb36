# SPDX-License-Identifier: LGPL-3.0-or-later
from . import controllers
from . import models
from . import wizards
from .hooks import post_init_hook, uninstall_hook
from .tools import token_mask

# logging belongs to the whole process: other databases in it only get their tokens masked too
token_mask.install()
