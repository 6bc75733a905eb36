# SPDX-License-Identifier: LGPL-3.0-or-later
from email.utils import parseaddr
from functools import cached_property

from odoo.addons.unicdo_privacy.tools.matching import addresses

from ..const import NAMED_CATEGORIES
from ..tools.redact import BLACK


class Discretion:
    """Who may be named in one person's copy: themselves, companies, and our staff by function (GDPR Art. 15(4)).

    Stands beside the models and not in ``tools``, as it asks the database. Lives for one piece of work; what it looks up
    is kept, and holds numbers only.

    :param env: in sudo, with the person's language
    :param identity: ``Identity`` of the person
    """

    def __init__(self, env, identity):
        self.env = env
        self.identity = identity
        self._own = {"res.partner": set(identity.partner_ids), "res.users": set(identity.user_ids)}

    @cached_property
    def _sources(self):
        return self.env["unicdo.data.map"]._sources()

    @cached_property
    def _people_models(self):
        """Models in which a record's name is always somebody's name, account or number."""
        return {"res.partner", "res.users"} | {
            source.model for source in self._sources.values() if source.category in NAMED_CATEGORIES
        }

    def names_people(self, model_name):
        """Whether a record's name of that model is somebody's."""
        return model_name in self._people_models

    def own(self, model_name):
        """Ids of the records of such a model that are the person, their account, their employee card …"""
        if model_name not in self._own:
            data_map = self.env["unicdo.data.map"]
            keys = [key for key, source in self._sources.items() if source.model == model_name]
            partner = self.env["res.partner"].browse(self.identity.partner_ids[:1])
            found = data_map._find(partner, keys) if self.names_people(model_name) else {}
            self._own[model_name] = {record_id for match in found.values() for record_id in match.ids}
        return self._own[model_name]

    def stand_in(self, record):
        """What stands where another person's name would."""
        partner = record
        if record._name != "res.partner":
            partner = record.partner_id if "partner_id" in record._fields else self.env["res.partner"]
        if record._name == "res.company" or partner._name == "res.partner" and partner.is_company:
            return record.display_name
        if record._name.startswith("hr.employee") or any(not user.share for user in partner.user_ids):
            role = partner.function
            return self.env._("our staff (%s)", role) if role else self.env._("our staff")
        return self.env._("another person")

    def own_addresses(self, value):
        """Of a text that names several people by address, the person's own addresses, and a bar for the others."""
        found = addresses(value)
        own = [address for address in found if address in self.identity.emails]
        return ", ".join(own + [BLACK] * (len(own) < len(found) or not found))

    def sender(self, value):
        """Who a message came from: the person's own address in full, of others the name."""
        if any(address in self.identity.emails for address in addresses(value)):
            return value
        name, address = parseaddr(value)
        return name if name and name != address else self.env._("another person")

    def properties(self, items):
        """Values of a properties field by their label."""
        shown = []
        for item in items or []:
            value = item.get("value")
            if item.get("type") in ("many2one", "many2many") and self.names_people(item.get("comodel") or ""):
                ids = value if isinstance(value, list) else [value]
                ids = [pair[0] if isinstance(pair, (list, tuple)) else pair for pair in ids if pair]
                value = [
                    self.env._("you") if i in self.own(item["comodel"]) else self.env._("another person") for i in ids
                ]
            shown.append({"label": item.get("string") or "", "value": value})
        return shown or None
