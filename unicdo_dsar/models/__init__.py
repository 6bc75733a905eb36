# SPDX-License-Identifier: LGPL-3.0-or-later
from . import unicdo_data_map
from . import unicdo_recheck
from . import unicdo_work
from . import unicdo_ledger_event
from . import unicdo_copy
from . import unicdo_request
from . import unicdo_request_select
from . import unicdo_request_answer
from . import unicdo_request_found
from . import unicdo_request_left_out
from . import unicdo_request_review
from . import unicdo_package
from . import unicdo_package_segment
from . import unicdo_package_build
from . import unicdo_download_link
