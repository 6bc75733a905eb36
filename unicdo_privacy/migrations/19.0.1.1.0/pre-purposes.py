# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.tools.sql import column_exists, create_column

#: which applications the purposes that come with the module serve; their data is not loaded again
SERVES = {
    "sales": "sale.order crm.lead",
    "invoicing": "account.move pos.order",
    "marketing_email": "mailing.mailing",
    "events": "event.registration",
    "event_sponsors": "event.sponsor",
    "website": "website",
    "recruitment": "hr.applicant",
    "personnel": "hr.employee fleet.vehicle lunch.order maintenance.request",
    "training": "slide.channel survey.survey gamification.challenge",
}


def migrate(cr, version):
    """Fill ``serves`` where the database is older than the field; what an administrator wrote there stays."""
    if column_exists(cr, "unicdo_purpose", "serves"):
        return
    create_column(cr, "unicdo_purpose", "serves", "varchar")
    cr.execute_values(
        "UPDATE unicdo_purpose p SET serves = v.serves FROM (VALUES %s) AS v(key, serves) WHERE p.key = v.key",
        list(SERVES.items()),
    )
