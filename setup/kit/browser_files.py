# SPDX-License-Identifier: LGPL-3.0-or-later
"""Browser-side files and the JavaScript linter from npm, pinned by the lock file."""

import json
import os
import shutil

from . import cached
from .places import REPO, SETUP, STATE
from .say import call, step
from .system import ensure

#: third-party files that a module serves from ``static/lib``, which git ignores: folder → name there → file in node_modules
SERVED = {
    "unicdo_trial_recording/static/lib/rrweb": {
        "record.min.js": "@rrweb/record/umd/record.min.js",
        "player.min.js": "rrweb-player/umd/rrweb-player.min.js",
        "player.min.css": "rrweb-player/dist/style.min.css",
    },
}
#: who holds the rights in what is served; the packages carry no licence file
HOLDERS = {
    "@rrweb/record": "Copyright (c) 2018 the contributors of rrweb and SmartX Inc.",
    "rrweb-player": "Copyright (c) 2018 the contributors of rrweb and SmartX Inc.",
}


def node_modules():
    """The ``node_modules`` folder of the pinned packages, downloaded once."""
    files = [SETUP / "package.json", SETUP / "package-lock.json"]

    def build(folder):
        ensure("npm")
        for file in files:
            shutil.copy(file, folder)
        with step("Bringing browser files from npm"):
            command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            call(command, STATE / "logs/npm.log", "npm", cwd=folder)

    return cached.folder("npm", [file.read_text() for file in files], build) / "node_modules"


def serve():
    """Put the third-party files, with their licence beside them, where our modules serve them from; those there stay."""
    for folder, files in SERVED.items():
        source = node_modules()
        content = {name: (source / path).read_bytes() for name, path in files.items()}
        content["LICENSE"] = _licence(source).encode()
        target = REPO / folder
        target.mkdir(parents=True, exist_ok=True)
        for name, data in content.items():
            if not (target / name).exists() or (target / name).read_bytes() != data:
                draft = target / f".{name}.new"
                draft.write_bytes(data)
                os.replace(draft, target / name)


def _licence(source):
    """The notice that the licence of the served packages asks for."""
    heads = []
    for package, holder in HOLDERS.items():
        about = json.loads((source / package / "package.json").read_text())
        heads.append(f"{package} {about['version']}, {about['license']} licence\n{holder}\n")
    return "\n".join([*heads, (SETUP / "MIT.txt").read_text()])
