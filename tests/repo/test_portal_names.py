# SPDX-License-Identifier: LGPL-3.0-or-later
"""Odoo makes one class of all controllers that extend the portal: two that name a helper alike replace one another's, unseen
by the tests of a module alone."""
import ast
from collections import defaultdict
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
ROOT = "PrivacyPortal"


def _classes():
    """Name of a portal class of ours → names of its bases, and its methods."""
    found = {}
    for file in sorted(REPO.glob("unicdo_*/controllers/*.py")):
        for node in ast.parse(file.read_text()).body:
            if isinstance(node, ast.ClassDef):
                bases = {base.id for base in node.bases if isinstance(base, ast.Name)}
                found[node.name] = bases, [item for item in node.body if isinstance(item, ast.FunctionDef)]
    return found


def _extends_portal(name, classes):
    return name == ROOT or any(_extends_portal(base, classes) for base in classes.get(name, ((), ()))[0])


def _calls_super(method):
    return any(isinstance(node, ast.Name) and node.id == "super" for node in ast.walk(method))


def test_no_two_portal_controllers_name_a_method_alike():
    classes, owners = _classes(), defaultdict(list)
    for name, (_bases, methods) in classes.items():
        if _extends_portal(name, classes):
            for method in methods:
                if not _calls_super(method):
                    owners[method.name].append(name)
    assert len(owners) > 20
    assert {method: names for method, names in owners.items() if len(names) > 1} == {}
