# SPDX-License-Identifier: LGPL-3.0-or-later
from . import test_append_only
from . import test_consent
from . import test_consent_access
from . import test_data_map
from . import test_data_map_apps
from . import test_data_map_coverage
from . import test_hand_out
from . import test_ledger
from . import test_neutralize
from . import test_policy
from . import test_portal_data
from . import test_portal_privacy
from . import test_recheck
from . import test_signup
from . import test_source_decision
from . import test_vault
from . import test_work
