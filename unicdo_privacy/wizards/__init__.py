# SPDX-License-Identifier: LGPL-3.0-or-later
from . import unicdo_consent_recorder
from . import unicdo_name_officer
from . import unicdo_vault_panel
