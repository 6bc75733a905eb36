# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.fields import Command
from odoo.tests import tagged

from .common import STRANGER, DsarCase


@tagged("post_install", "-at_install")
class TestCustomModel(DsarCase):
    """A model that an administrator made in this database, and gave no name field."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.addClassCleanup(cls.registry.reset_changes)
        cls.env["ir.model"].create(
            {
                "name": "Gym visit",
                "model": "x_gym_visit",
                "field_id": [
                    Command.create({"name": "x_weight", "ttype": "integer", "field_description": "Weight lifted"}),
                    Command.create({"name": "x_remark", "ttype": "char", "field_description": "Remark"}),
                    Command.create(
                        {
                            "name": "x_visitor_id",
                            "ttype": "many2one",
                            "relation": "res.partner",
                            "field_description": "Visitor",
                        }
                    ),
                ],
            }
        )

    def test_it_is_decided_in_the_list_found_and_handed_out_under_a_heading_of_its_own(self):
        """DSR-1, GOV-1: from the list of open links to the second part of the copy."""
        visit, _other = self.env["x_gym_visit"].create(
            [
                {"x_weight": 90, "x_remark": "Strong today", "x_visitor_id": self.ann.id},
                {"x_weight": 20, "x_remark": STRANGER, "x_visitor_id": self.joann.id},
            ]
        )
        self.assertNotIn("x_name", visit._fields)
        self._decide()
        request = self._answer()
        line = request.review_ids.filtered(lambda line: line.source_key == "x_gym_visit")
        self.assertEqual((line.res_id, line.label, line.title), (visit.id, "Gym visit", f"#{visit.id}"))
        request.review_ids.decision = "include"
        request.action_release()
        self._run_jobs()
        file = self._zip(request.package_ids.filtered(lambda package: package.part == "second"))
        (record,) = self._records(file, "x-gym-visit-reviewed")
        self.assertEqual((record["id"], record["x_weight"], record["x_remark"]), (visit.id, 90, "Strong today"))
        self.assertEqual(record["x_visitor_id"], {"id": self.ann.id, "name": self.ann.display_name})
        page = file.read("data/x-gym-visit-reviewed.html").decode()
        self.assertIn(f"<h2>Gym visit {visit.id}</h2>", page)
        self.assertIn("<dt>Remark</dt><dd>Strong today</dd>", page)
        self.assertIn("Gym visit", file.read("index.html").decode())
        self.assertIn("Remark,", file.read("data/x-gym-visit-reviewed.csv").decode())
        text = self._text(file)
        self.assertNotIn("x_gym_visit,", text)
        self.assertNotIn(STRANGER, text)

    def _decide(self):
        """An officer opens the list of links, which shows the new one as undecided, and takes what it proposes."""
        links = self.env["unicdo.source.decision"].with_user(self._user_with_role("officer"))
        self.assertEqual(links._open()["context"], {"search_default_undecided": 1})
        link = links.search([("state", "=", "undecided"), ("model", "=", "x_gym_visit")])
        self.assertEqual((link.model_label, link.link, link.proposal), ("Gym visit", "x_visitor_id", "about"))
        self.assertNotIn("x_gym_visit", self.env["unicdo.data.map"]._find(self.ann))
        link.action_accept_proposal()
