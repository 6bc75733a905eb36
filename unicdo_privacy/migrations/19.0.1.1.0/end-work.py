# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Say of each row of background work whose record it serves. At the end, when every module's models are loaded."""
    work = api.Environment(cr, SUPERUSER_ID, {})["unicdo.work"]
    rows = work.search([("company_id", "=", False)])
    companies = work._companies_served([{"res_model": row.res_model, "res_id": row.res_id} for row in rows])
    for company_id, served in rows.grouped(lambda row: companies.get((row.res_model, row.res_id))).items():
        served.company_id = company_id
