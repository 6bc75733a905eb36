# SPDX-License-Identifier: LGPL-3.0-or-later
from . import ir_actions_server
from . import res_users
from . import unicdo_ledger_actor
from . import unicdo_ledger_block
from . import unicdo_ledger_event
from . import unicdo_ledger_leaf
from . import unicdo_purpose
from . import unicdo_recheck
from . import unicdo_recheck_tries
from . import unicdo_subject
from . import unicdo_vault
from . import unicdo_vault_key
from . import unicdo_work
from . import unicdo_data_map
