# SPDX-License-Identifier: LGPL-3.0-or-later
{
    "name": "Privacy: tests across the modules",
    "version": "19.0.1.0.0",
    "summary": "What no single module can test, on a database with every application",
    "category": "Hidden/Tests",
    "author": "Unicdo",
    "website": "https://unicdo.example",
    "license": "LGPL-3",
    "depends": [
        "unicdo_hosting_cancel", "contract", "l10n_de", "l10n_fr_account", "l10n_be", "l10n_nl",
        # apps that keep tokens, or run code typed into the database, and are no applications
        "auth_oauth", "google_calendar", "microsoft_calendar", "base_automation",
    ],
}
