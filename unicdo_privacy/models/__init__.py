# SPDX-License-Identifier: LGPL-3.0-or-later
from . import unicdo_subject
from . import unicdo_work
