# SPDX-License-Identifier: LGPL-3.0-or-later
"""Lets tests import the scripts of setup/."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "setup"))
