# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.http import request, route

from .portal import PrivacyPortal


class DataPortal(PrivacyPortal):
    """What we hold about the person who looks (GOV-1)."""

    def _prepare_privacy_cards(self):
        return super()._prepare_privacy_cards() + [{
            "key": "data",
            "title": request.env._("What we hold"),
            "text": request.env._("See which kinds of data we keep about you, what for, and how long."),
            "url": "/my/privacy/data",
            "icon": "database",
            "sequence": 30,
        }]

    @route("/my/privacy/data", type="http", auth="user", website=True, readonly=True)
    def privacy_data(self):
        """Show the kinds of data kept about the signed-in person, with counts: no content, which needs a re-check."""
        values = self._prepare_privacy_values("privacy_data", request.env._("What we hold"))
        values["groups"] = self._prepare_held_data()
        values["total"] = sum(group["count"] for group in values["groups"])
        values["kept_apart"] = request.env["unicdo.data.map"]._kept_apart()
        return request.render("unicdo_privacy.portal_privacy_data", values)

    def _prepare_held_data(self):
        """What is held, by category and in the order of the catalogue.

        :return: list of dicts ``key``, ``title``, ``count``, ``sources``: dicts ``label``, ``count``, ``purpose`` and
            ``retention`` in words
        """
        data_map = request.env["unicdo.data.map"]
        purposes_sudo = request.env["unicdo.purpose"].sudo().with_context(active_test=False).search([])
        names = {purpose.key: purpose.name for purpose in purposes_sudo}
        groups = {}
        # Only the signed-in person's own rows are counted.
        for key, count in data_map._count(request.env.user.partner_id).items():
            found = data_map._sources()[key]
            groups.setdefault(found.category, []).append({
                "label": data_map._label(found),
                "count": count,
                "purpose": names.get(found.purpose, ""),
                "retention": data_map._retention_text(found),
            })
        return [
            {"key": key, "title": title, "sources": groups[key], "count": sum(row["count"] for row in groups[key])}
            for key, title in data_map._category_names().items() if key in groups
        ]
