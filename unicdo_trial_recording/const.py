# SPDX-License-Identifier: LGPL-3.0-or-later
"""Numbers and names that more than one file uses."""

PURPOSE = "trial_recording"
GROUP = "unicdo_trial_recording.unicdo_trial_recording_group_usability"
#: kind of policy that the role's members acknowledge before they watch
UNDERTAKING = "confidentiality"
#: system parameters that a Settings administrator owns: may people of this database be asked at all
ALLOWED = "unicdo_trial_recording.allowed"
IS_TRIAL = "unicdo_trial_recording.is_trial"
TRIAL_END = "unicdo_trial_recording.trial_end"
#: address of the server that keeps this database's recordings; empty: it keeps them itself
COLLECTOR = "unicdo_trial_recording.collector"
#: per cent of the sessions that are recorded
SAMPLING = "unicdo_trial_recording.sampling"

#: seconds an upload token is good for
TOKEN_SECONDS = 600
#: minutes without a chunk after which a recording is over; a reload or another page within them continues it
PAUSE_MINUTES = 15
#: sequence numbers of one page load
PART = 10_000
#: bytes of one chunk as it comes, compressed
CHUNK_BYTES = 512 * 1024
#: bytes of one chunk decompressed
CHUNK_PLAIN_BYTES = 8 * 1024 * 1024
CHUNK_EVENTS = 20_000
CHUNK_DEPTH = 256
#: bytes and minutes of a whole recording
SESSION_BYTES = 20 * 1024 * 1024
SESSION_MINUTES = 120
#: hours after its date by which a recording must be gone, or somebody is told
LATE_HOURS = 2

LIMITS = {
    "batch_seconds": 5,
    "batch_bytes": 256 * 1024,
    "idle_minutes": 5,
    "session_bytes": SESSION_BYTES,
    "session_minutes": SESSION_MINUTES,
}
