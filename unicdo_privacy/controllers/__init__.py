# SPDX-License-Identifier: LGPL-3.0-or-later
from . import data
from . import ledger
from . import oauth
from . import policy
from . import portal
from . import project
from . import provider
from . import recheck
from . import sign_in
from . import signup
