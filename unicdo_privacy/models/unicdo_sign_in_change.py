# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.http import request
from odoo.tools import single_email_re

#: for so long after a change a code mailed to the address before it is asked for
WAIT = timedelta(days=7)


class UnicdoSignInChange(models.Model):
    """Who can sign in as a person was changed, and not by somebody who had just proven to be that person (DESIGN 7).

    A Settings administrator can set anybody's password, address and second factor, and open, move and delete accounts.
    For a week the re-check therefore asks in addition for a code mailed to the address on file before the change, and
    refuses where there was none. Rows stand by contact, so that they outlive the account and follow joined contacts.
    """

    _name = "unicdo.sign.in.change"
    _description = "Recent Change of How a Person Signs in"
    _order = "id"
    _rec_name = "what"

    partner_id = fields.Many2one("res.partner", required=True, ondelete="cascade", index=True)
    user_id = fields.Many2one("res.users", ondelete="set null", index="btree_not_null")
    what = fields.Char(required=True)
    address = fields.Char("Address before")
    changed_at = fields.Datetime(required=True, default=fields.Datetime.now, index=True)
    answered = fields.Boolean(help="The person has proven since to be the one from before the change.")

    @api.model
    def _note(self, what, accounts):
        """Called just before it changes how people sign in: suspends privacy roles, holds the re-check, tells the people.

        What people change themselves does not count, that is in a request of their own session: a mailed reset link, a
        server action under another name or a script is not that. Their e-mail address counts in any case: it can be
        typed into a session that was found open, and reset links follow it.

        :param str what: a key of :meth:`_in_words`, or several with commas
        :param list accounts: pairs of a user, or none as long as there is none, and the contact they sign in for afterwards
        :return: the new records, in sudo
        """
        others = [pair for pair in accounts if not request or request.session.uid != pair[0].id]
        if what != "deleted":  # roles go with their member
            users = self.env["res.users"].union(*(user for user, _partner in others))
            self.env["unicdo.role.grant"]._suspend(users, what)
        changes_sudo = self.sudo().create([
            {"partner_id": partner.id, "user_id": user.id, "what": what, "address": self._address(partner, user)}
            for user, partner in (accounts if what == "email" else others)
        ])
        for change in changes_sudo:
            self.env["unicdo.ledger.event"]._record("sign_in.changed", subject=change.partner_id, detail={"what": what})
            change._tell_at_commit()
        return changes_sudo

    @api.model
    def _address(self, partner, user=None):
        """Where codes for a person go: the address on file before the first recent change, answered or not, since that
        does not vouch for a new address; else the sign-in name if it is one, since people cannot change it with an open
        session, as they can the contact's.

        :param partner: the contact that somebody signs in for
        :param user: whose own sign-in name counts, if this is their contact
        :return: str, "" if there is none
        """
        partner_sudo = partner.sudo().with_context(active_test=False)
        changed = self.sudo().search(self._recent() & Domain("partner_id", "=", partner.id), limit=1)
        if changed:
            return changed.address or ""
        users_sudo = partner_sudo.user_ids.sorted(lambda other: (other != user, not other.active, other.id))
        logins = [other.login for other in users_sudo if single_email_re.fullmatch(other.login or "")]
        return logins[0] if logins else partner_sudo.email_normalized or ""

    @api.model
    def _recent(self):
        return Domain("changed_at", ">", fields.Datetime.now() - WAIT)

    @api.model
    def _open(self, user):
        """The recent changes that a user has not answered yet, those of a deleted account of theirs included.

        :return: records in sudo
        """
        partner_ids = self.env["unicdo.data.map"]._identity(user.partner_id).partner_ids
        return self.sudo().search(
            self._recent()
            & Domain("answered", "=", False)
            & Domain("partner_id", "in", partner_ids)
            & Domain("user_id", "in", (user.id, False))
        )

    def _proof_address(self):
        """The one address from before all these changes; "" if there is none, or if they disagree."""
        addresses = set(self.mapped("address"))
        return (len(addresses) == 1 and addresses.pop()) or ""

    def _over_at(self):
        """When the last of these changes is a week old, UTC."""
        return max(self.mapped("changed_at")) + WAIT

    def _tell_at_commit(self):
        """Once it is known what came of it, tell the person, if they can no longer be reached as before."""
        people = self.env.cr.precommit.data.setdefault("unicdo.sign_in_changes", {})
        if not people:
            self.env.cr.precommit.add(self.browse()._tell_all)
        known = people.setdefault(self.partner_id.id, {**self._reach(self.partner_id), "what": set()})
        known["what"].update(self.what.split(", "))

    @api.model
    def _reach(self, partner_sudo):
        """How a person is reached and signs in: dict ``addresses`` (set of str), ``users`` (set of ids)."""
        users_sudo = partner_sudo.with_context(active_test=False).user_ids
        addresses = {address for address in [partner_sudo.email_normalized, *users_sudo.mapped("login")] if address}
        return {"addresses": set(filter(single_email_re.fullmatch, addresses)), "users": set(users_sudo.ids)}

    @api.model
    def _tell_all(self):
        people = self.env.cr.precommit.data.pop("unicdo.sign_in_changes", {})
        for partner_sudo in self.env["res.partner"].sudo().browse(people).exists():
            before = people[partner_sudo.id]
            partner_sudo.invalidate_recordset(["user_ids"])
            after = self._reach(partner_sudo)
            if before["addresses"] and (before["addresses"] != after["addresses"] or before["users"] - after["users"]):
                self._tell(partner_sudo, before["what"], before["addresses"] | after["addresses"])
        self.env.flush_all()  # this runs after the transaction's own flush

    @api.model
    def _tell(self, partner_sudo, what, addresses):
        """Mail a person, at every address from before and after."""
        company_sudo = (partner_sudo.user_ids.company_id[:1] or self.env.company).sudo()
        translated = self.with_context(lang=partner_sudo.lang)
        body = translated.env["ir.qweb"]._render("unicdo_privacy.sign_in_change_mail", {
            "person": partner_sudo.name,
            "company": company_sudo,
            "changes": translated._in_words(what),
            "days": WAIT.days,
        })
        self.env["mail.mail"].sudo().create([{
            "subject": translated.env._("Your account at %s was changed", company_sudo.name),
            "email_from": company_sudo.email_formatted,
            "email_to": address,
            "body_html": body,
            "auto_delete": True,
        } for address in sorted(addresses)])
        queue_sudo = self.env.ref("mail.ir_cron_mail_scheduler_action", raise_if_not_found=False)
        if queue_sudo:
            queue_sudo.sudo()._trigger()

    @api.model
    def _in_words(self, what):
        """What people read about changes.

        :param what: keys of kinds of changes
        :return: list of str
        """
        _ = self.env._
        labels = {
            "login": _("another sign-in name"),
            "password": _("another password"),
            "email": _("another e-mail address"),
            "contact": _("an account opened for you or moved to you"),
            "deleted": _("an account of yours was deleted"),
            "second_factor": _("another second factor"),
            "passkey": _("other passkeys"),
            "oauth": _("another provider to sign in with"),
            "api_key": _("a key for programs"),
        }
        return [label for key, label in labels.items() if key in what]

    def _all_in_words(self):
        """All these changes in words, in one line."""
        return ", ".join(self._in_words({key for change in self for key in change.what.split(", ")}))

    @api.autovacuum
    def _gc_old(self):
        """Forget what is over."""
        self.sudo().search([("changed_at", "<", fields.Datetime.now() - WAIT)], limit=10000).unlink()
