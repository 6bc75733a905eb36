# SPDX-License-Identifier: LGPL-3.0-or-later
from . import test_access
from . import test_answer
from . import test_companies
from . import test_custom_model
from . import test_download
from . import test_package
from . import test_portal
from . import test_request
from . import test_review
from . import test_tour
