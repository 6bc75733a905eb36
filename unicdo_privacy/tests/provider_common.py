# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta

from odoo import fields
from odoo.fields import Command


class ProviderMixin:
    """Service providers at any step, for the tests of all privacy modules."""

    def _purpose(self, key="test_hosting"):
        """The purpose of that key, made at first need."""
        purposes = self.env["unicdo.purpose"]
        return purposes.search([("key", "=", key)]) or purposes.create({
            "name": "Purpose of the test", "key": key, "what": "We serve you.", "basis": "contract",
        })

    def _provider(self, name="Tested Ltd", **vals):
        """A draft that lacks nothing, of a processor in Germany, about whom customers were told long ago."""
        today = fields.Date.today()
        return self.env["unicdo.provider"].create({
            "name": name, "country_id": self.env.ref("base.de").id, "what": "Keeps our servers.",
            "categories": "All data.", "purpose_ids": [Command.set(self._purpose().ids)],
            "evaluation": "Looked at its report.", "evaluation_result": "fit",
            "contract_on": today, "confidentiality_on": today,
            "told_on": today - timedelta(days=100), "told_how": "In the contract.", "used_from": today - timedelta(days=50),
            **vals,
        })

    def _used(self, name="Tested Ltd", **vals):
        """A provider that is in use."""
        provider = self._provider(name, **vals)
        provider.action_evaluate()
        provider.action_announce()
        provider.action_use()
        return provider
