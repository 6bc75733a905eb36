# SPDX-License-Identifier: LGPL-3.0-or-later
"""Whether a recording replays as the page was: a session at work, the same marks looked at in the player, and the comparison."""
