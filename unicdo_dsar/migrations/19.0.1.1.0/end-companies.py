# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import SUPERUSER_ID, api
from odoo.tools import SQL, convert_file


def migrate(cr, version):
    """Say of each record of a review whose it is, and show it to that company's privacy users only.

    At the end, when the models of every application are loaded.
    """
    env = api.Environment(cr, SUPERUSER_ID, {})
    fill_companies(env)
    # the rules are not updated by themselves, and with their old meaning they would show too much
    convert_file(env, "unicdo_dsar", "security/unicdo_request_security.xml", {}, mode="init", noupdate=True)


def fill_companies(env):
    """Fill the new columns. By SQL, for a review that is over takes no change."""
    data_map = env["unicdo.data.map"]
    reviews = env["unicdo.request.review"].search([("company_id", "=", False)])
    for source_key, lines in reviews.grouped("source_key").items():
        source = data_map._sources().get(source_key)
        companies = data_map._companies(source.model, lines.mapped("res_id")) if source else {}
        for company_id, own in lines.grouped(lambda line, known=companies: known.get(line.res_id)).items():
            env.cr.execute(SQL(
                "UPDATE unicdo_request_review SET company_id = %s WHERE id = ANY(%s)", company_id or None, own.ids
            ))
    env.cr.execute("""
        UPDATE unicdo_request_left_out l SET company_id = r.company_id FROM unicdo_request_review r
         WHERE l.reason = 'review' AND l.company_id IS NULL
           AND r.request_id = l.request_id AND r.source_key = l.source_key AND r.res_id = l.res_id
    """)
    env.invalidate_all()
    requests = env["unicdo.request"].search([])
    env.add_to_compute(requests._fields["review_company_ids"], requests)
    requests.flush_recordset(["review_company_ids"])
