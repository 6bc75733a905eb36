# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models


class UnicdoHealth(models.AbstractModel):
    """What the data map wants to be seen to."""

    _inherit = "unicdo.health"

    @api.model
    def _checks(self):
        return super()._checks() + [self._check_data_map(), self._check_data_map_indexes()]

    @api.model
    def _check_data_map(self):
        name = self.env._("Data map")
        undecided = sum(len(row["undecided"]) for row in self.env["unicdo.data.map"]._coverage())
        if not undecided:
            text = self.env._("Every installed model that points at people is in the data map.")
            return self._result("data_map", name, "ok", text)
        return self._result(
            "data_map", name, "warning",
            self.env._("Fields that point at people, and nobody has decided what they mean: %s. Copies miss them.", undecided),
            self._for_officer("unicdo_privacy.unicdo_source_decision_action_open"),
        )

    @api.model
    def _check_data_map_indexes(self):
        name = self.env._("Indexes of the data map")
        missing = len(self.env["unicdo.data.map"]._missing_indexes())
        if not missing:
            return self._result("data_map_indexes", name, "ok", self.env._("Searches for a person's data are fast."))
        text = self.env._("Being built in the background: %s. Until then searches take longer.", missing)
        return self._result("data_map_indexes", name, "warning", text)
