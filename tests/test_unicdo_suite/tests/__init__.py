# SPDX-License-Identifier: LGPL-3.0-or-later
from . import test_auth_oauth
from . import test_automations
from . import test_calendars
from . import test_contract
from . import test_every_application
from . import test_localisations
