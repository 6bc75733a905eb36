# SPDX-License-Identifier: LGPL-3.0-or-later
from . import unicdo_consent_event
from . import unicdo_fault_mark
from . import unicdo_fault_probe
from . import unicdo_ledger_event
from . import unicdo_package
from . import unicdo_recording
from . import unicdo_request
from . import unicdo_work
