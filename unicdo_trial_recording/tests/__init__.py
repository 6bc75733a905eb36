# SPDX-License-Identifier: LGPL-3.0-or-later
from . import test_ask
from . import test_canary
from . import test_collector
from . import test_destruction
from . import test_facts
from . import test_ingest
from . import test_insight
from . import test_portal
from . import test_request
from . import test_settings
from . import test_undertaking
from . import test_watch
from . import test_watch_access
