# SPDX-License-Identifier: LGPL-3.0-or-later
"""Odoo makes one class of all controllers that extend one another: methods of one name replace each other unseen."""

import ast
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def controllers():
    """(class, bases, {method: its source}) of all controllers of the modules."""
    for path in ROOT.glob("unicdo_*/controllers/*.py"):
        for item in ast.parse(path.read_text()).body:
            if isinstance(item, ast.ClassDef):
                bases = {base.id if isinstance(base, ast.Name) else getattr(base, "attr", "") for base in item.bases}
                methods = {part.name: ast.unparse(part) for part in item.body if isinstance(part, ast.FunctionDef)}
                yield item.name, bases, methods


def test_controllers_of_the_portal_share_no_method_by_chance():
    found, family = list(controllers()), {"PrivacyPortal"}
    for _depth in found:
        family |= {name for name, bases, _methods in found if bases & family}
    owners = defaultdict(list)
    for name, _bases, methods in found:
        for method, source in methods.items():
            if name in family and "super()" not in source:
                owners[method].append(name)
    assert family > {"PrivacyPortal"}
    assert not {method: names for method, names in owners.items() if len(names) > 1}
