# SPDX-License-Identifier: LGPL-3.0-or-later
"""Where Odoo's own applications keep personal data: one file per application, plain data without Odoo imports."""

from . import (
    account, base, contract, crm, event, fleet, gamification, hr, hr_recruitment, lunch, mail, maintenance, mass_mailing, mrp,
    point_of_sale, project, purchase, repair, sale, stock, survey, unicdo, website, website_slides,
)

#: In the order in which people see them.
_APPS = (
    base, mail, sale, contract, account, point_of_sale, purchase, stock, repair, crm, project, event, website_slides, survey,
    website, mass_mailing, hr, hr_recruitment, fleet, maintenance, mrp, lunch, gamification, unicdo,
)

#: All sources; those whose model is absent are left out when a registry loads.
SOURCES = tuple(found for app in _APPS for found in app.SOURCES)
#: Models with a link that holds nobody's data, with the reason.
EXEMPT = {model: reason for app in _APPS for model, reason in app.EXEMPT.items()}
