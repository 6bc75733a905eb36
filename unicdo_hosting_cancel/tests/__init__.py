# SPDX-License-Identifier: LGPL-3.0-or-later
from . import test_access
from . import test_actions
from . import test_binding
from . import test_credit
from . import test_credit_random
from . import test_end
from . import test_lifecycle
from . import test_mail
from . import test_portal
from . import test_provider
from . import test_public
from . import test_refund
from . import test_sale
from . import test_tour
