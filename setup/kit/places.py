# SPDX-License-Identifier: LGPL-3.0-or-later
"""Where things stand."""

import os
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
SETUP = REPO / "setup"
#: of this clone: databases, logs, keys
STATE = REPO / ".state"
#: of this user, shared by clones: downloads, environments, database templates
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache").resolve() / "unicdo"


def suite_modules():
    """Names of the suite's modules in this clone, sorted."""
    return sorted(path.parent.name for path in REPO.glob("unicdo_*/__manifest__.py"))
