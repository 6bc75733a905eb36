# SPDX-License-Identifier: LGPL-3.0-or-later
from . import unicdo_purpose
from . import unicdo_recheck
from . import unicdo_recheck_tries
from . import unicdo_subject
from . import unicdo_work
from . import unicdo_data_map
