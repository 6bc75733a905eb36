# SPDX-License-Identifier: LGPL-3.0-or-later
"""Where Odoo's own applications keep personal data: one file per application, plain data without Odoo imports."""

from . import account, base, crm, event, mail, mass_mailing, project, sale, unicdo, website

_APPS = (base, mail, account, sale, crm, project, event, website, mass_mailing, unicdo)

#: All sources; those whose model is absent are left out when a registry loads.
SOURCES = tuple(found for app in _APPS for found in app.SOURCES)
#: Models with a link that holds nobody's data, with the reason.
EXEMPT = {model: reason for app in _APPS for model, reason in app.EXEMPT.items()}
