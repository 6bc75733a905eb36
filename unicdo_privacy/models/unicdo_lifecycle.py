# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models


class UnicdoLifecycle(models.AbstractModel):
    """What happens around the end of a service or an account: hooks that modules call and widen, knowing nothing of one
    another."""

    _name = "unicdo.lifecycle"
    _description = "Ends of Services and Accounts"

    @api.model
    def _closure_blockers(self, partner):
        """What keeps a person's account from being closed now (POLICY DSR-6). Called in sudo before an account is closed
        and for the page that lists it; modules return ``super() + […]``. Changes nothing.

        :param partner: one ``res.partner``
        :return: list of dicts ``kind`` (a word for the program), ``name`` (what it is, such as the name of a service),
            ``text`` (why it blocks, one plain sentence), ``url`` (the portal's page where the person can change that);
            an empty list: nothing does
        """
        return []

    @api.model
    def _hosting_ended(self, partner, database, data_until):
        """A customer's hosting subscription has ended (POLICY TOK-3). Called once for each subscription, in sudo, as
        background work of its own right after access ended; if it raises, it is tried again. Modules start here what goes
        at once, such as hooks and keys of the customer's repositories, and note from when on the rest goes: project
        content can be fetched until ``data_until`` and falls to its retention rule the day after. Here the customer's
        project set-ups are over.

        :param partner: ``res.partner``, the customer
        :param str database: name of the database that was hosted, or ""
        :param datetime.date data_until: last day on which the data can be fetched
        """
        self.env["unicdo.project.setup"]._of_hosting(partner, database)._start_removal(data_until)

    @api.model
    def _hosted_databases(self, partner):
        """Names of the databases that are hosted for a customer now. Called in sudo; modules return ``super() + […]``.

        :param partner: ``res.partner``, the customer or somebody of theirs
        :return: list of str
        """
        return []
