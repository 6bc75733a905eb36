# SPDX-License-Identifier: LGPL-3.0-or-later
# Finds a Python for the scripts of setup/, or installs one (root) or says how. Sourced; sets $python and $here.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
python=""
find_python() {
    for name in python3 python3.11 python3.12 python3.13; do
        if "$name" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; then
            python=$name
            return 0
        fi
    done
    return 1
}
if ! find_python; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "• Installing Python"
        { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends python3 python3-venv; } \
            >/dev/null
    fi
    if ! find_python; then
        echo "Python 3.11, 3.12 or 3.13 with its venv module is missing. Install it with:" >&2
        echo "    sudo apt-get install -y python3 python3-venv" >&2
        exit 1
    fi
fi
export PYTHONPATH="$here" PYTHONDONTWRITEBYTECODE=1
