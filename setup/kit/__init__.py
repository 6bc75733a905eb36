# SPDX-License-Identifier: LGPL-3.0-or-later
"""What run, test and wheel share: Odoo's source, Python, PostgreSQL, browser files, databases. No product logic."""
