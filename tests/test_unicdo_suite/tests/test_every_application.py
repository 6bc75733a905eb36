# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.tests import TransactionCase, tagged


@tagged("post_install", "-at_install")
class TestEveryApplication(TransactionCase):
    """GOV-1: the data map covers every application of Odoo Community, all installed together."""

    def test_every_application_is_installed(self):
        absent = self.env["ir.module.module"].search([
            ("application", "=", True), ("to_buy", "=", False), ("state", "not in", ("installed", "uninstallable")),
        ])
        self.assertFalse(absent.mapped("name"))

    def test_every_module_of_the_suite_is_installed(self):
        absent = self.env["ir.module.module"].search([("name", "=like", "unicdo\\_%"), ("state", "!=", "installed")])
        self.assertFalse(absent.mapped("name"))

    def test_nothing_about_people_is_undecided(self):
        undecided = {row["model"]: row["undecided"] for row in self.env["unicdo.data.map"]._coverage() if row["undecided"]}
        self.assertFalse(undecided)

    def test_each_catalogue_is_of_an_application_that_is_here(self):
        absent = {found.model for found in self.env["unicdo.data.map"]._catalogue() if found.model not in self.env}
        self.assertFalse(absent)

    def test_each_purpose_serves_an_application_that_is_here(self):
        """CON-1: people are told of every default purpose once its applications are installed."""
        absent = self.env["unicdo.purpose"].search([]).filtered(lambda purpose: not purpose.is_served)
        self.assertEqual(set(absent.mapped("serves")), {"event.sponsor"})  # of a module that is no application
