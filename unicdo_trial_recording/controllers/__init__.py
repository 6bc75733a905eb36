# SPDX-License-Identifier: LGPL-3.0-or-later
from . import choice
from . import collector
from . import ingest
from . import portal
from . import public
from . import watch
