# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models

from ..models.unicdo_vault import key_ring


class UnicdoVaultPanel(models.TransientModel):
    """What the privacy officer sees of the vault and decides about it; never a key."""

    _name = "unicdo.vault.panel"
    _description = "Vault"
    _rec_name = "status"

    status = fields.Selection(
        [
            ("ready", "Ready"),
            ("neutralized", "Neutralized copy"),
            ("no_key", "No key"),
            ("no_store", "No folder"),
            ("foreign", "Belongs to another database"),
        ],
        compute="_compute_status",
    )
    status_text = fields.Text("What this means", compute="_compute_status")
    vault_id = fields.Char("Vault id", compute="_compute_status")
    key_count = fields.Integer("Data keys in use", compute="_compute_status")
    stale_count = fields.Integer("Wrapped by an older key", compute="_compute_status")

    @api.depends_context("uid")
    def _compute_status(self):
        vault = self.env["unicdo.vault"]
        status = vault._status()
        keys_sudo = self.env["unicdo.vault.key"].sudo()
        alive = [("destroyed_at", "=", False)]
        current = key_ring(self.env).current if status == "ready" else False
        for panel in self:
            panel.status = status
            panel.status_text = vault._status_text(status)
            panel.vault_id = False if status == "neutralized" else vault._vault_id()
            panel.key_count = keys_sudo.search_count(alive)
            panel.stale_count = current and keys_sudo.search_count([*alive, ("kek", "!=", current)])

    def action_rewrap(self):
        """Wrap all data keys with the first key-encryption key, in the background."""
        self.check_access("write")
        count = self.env["unicdo.vault"]._plan_rewrap()
        return self._notify(self.env._("Keys that are being wrapped anew in the background: %s.", count))

    def action_check(self):
        """Prove that every stored data key opens with the configured keys."""
        self.check_access("write")
        vault = self.env["unicdo.vault"]
        vault._require()
        found = vault._check_recoverable()
        bad = len(found["missing"]) + len(found["closed"])
        message = self.env._("Keys that open: %(good)s. Keys that do not: %(bad)s.", good=found["good"], bad=bad)
        return self._notify(message, "danger" if bad else "success")

    def action_take_over(self):
        """This database continues the vault, after a rename or a move."""
        self.check_access("write")
        self.env["unicdo.vault"]._take_over()
        return self._reopen()

    def action_renew(self):
        """This database is a copy made on purpose and gets a vault of its own."""
        self.check_access("write")
        self.env["unicdo.vault"]._renew()
        return self._reopen()

    def _reopen(self):
        return self.env["ir.actions.act_window"]._for_xml_id("unicdo_privacy.unicdo_vault_panel_action")

    def _notify(self, message, kind="success"):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"message": message, "type": kind, "next": {"type": "ir.actions.act_window_close"}},
        }
