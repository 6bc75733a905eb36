# SPDX-License-Identifier: LGPL-3.0-or-later
from contextvars import ContextVar
from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command, Domain
from odoo.http import request

from ..apps import auth_passkey
from ..tools import guard

GROUP = "unicdo_privacy.unicdo_privacy_group_%s"
#: a role takes effect so long after it was granted, so that a wrong grant can still be seen and taken back
DELAY = timedelta(days=1)
#: when no officer can act any more, an administrator names one; longer, because no second person agreed
RECOVERY_DELAY = timedelta(days=7)
#: the ids and values that a step of ours writes just now; nothing that comes by RPC or from the database can set it
_stepping = ContextVar("unicdo_role_step", default=None)
OPEN_STATES = ("requested", "waiting", "effective")


def take_step(grants, kind, detail=None, **vals):
    """Write, and note it in the ledger. A function and no method, so that code typed into the database (server actions,
    templates) never reaches it; the methods that call it ask who does it.

    :param grants: ``unicdo.role.grant`` records
    :param str kind: of the event
    :param dict detail: of the event
    """
    token = _stepping.set((grants._ids, vals))
    try:
        grants.sudo().write(vals)
    finally:
        _stepping.reset(token)
    for grant in grants:
        grant._log(kind, detail)


class UnicdoRoleGrant(models.Model):
    """Who holds which privacy role, and who gave it (DESIGN 7). Membership in our groups follows these rows only.

    requested → waiting (granted by an officer other than the member) → effective, a day later → ended. Suspended in
    between while somebody else has changed how the member signs in, until an officer confirms that it is still them.
    Nobody writes a row directly; each step is a method that asks who does it.
    """

    _name = "unicdo.role.grant"
    _description = "Privacy Role"
    _order = "id desc"
    _rec_name = "group_id"

    user_id = fields.Many2one(
        "res.users", string="Member", ondelete="set null", index="btree_not_null", domain=[("share", "=", False)],
        help="Stays empty once the user is deleted; the row is kept as proof that the role was held.",
    )
    group_id = fields.Many2one(
        "res.groups", string="Role", required=True, ondelete="cascade",
        domain=lambda self: [("id", "in", self._protected_groups().ids)],
    )
    reason = fields.Char(required=True, help="Why this person needs the role.")
    state = fields.Selection(
        [
            ("requested", "Requested"),
            ("waiting", "Granted, waiting"),
            ("effective", "In effect"),
            ("ended", "Ended"),
        ],
        default="requested", required=True, readonly=True, index=True,
    )
    requested_by_id = fields.Many2one("res.users", string="Requested by", ondelete="set null", readonly=True)
    granted_by_id = fields.Many2one("res.users", string="Granted by", ondelete="set null", readonly=True)
    granted_at = fields.Datetime(string="Granted on", readonly=True)
    named_by_admin = fields.Boolean(
        "Named by an administrator", readonly=True, help="No officer could grant it: nobody held the role, or could act."
    )
    effective_at = fields.Datetime(string="Takes effect", readonly=True)
    suspended_at = fields.Datetime(string="Suspended on", readonly=True)
    suspended_by_id = fields.Many2one("res.users", string="After a change by", ondelete="set null", readonly=True)
    ended_at = fields.Datetime(string="Ended on", readonly=True)
    ended_by_id = fields.Many2one("res.users", string="Ended by", ondelete="set null", readonly=True)

    _open_uniq = models.UniqueIndex(
        "(user_id, group_id) WHERE state IN ('requested', 'waiting', 'effective')",
        "This person has that role already, or it was requested before.",
    )

    @api.constrains("user_id", "group_id")
    def _check_member(self):
        for grant in self:
            if not grant.user_id or grant.user_id.share:
                raise ValidationError(self.env._("Privacy roles are for internal users only."))
            if grant.group_id not in self._protected_groups():
                raise ValidationError(self.env._("%s is not a privacy role.", grant.group_id.display_name))

    @api.model
    def _protected_groups(self):
        """The groups whose membership follows grants only. Modules with roles of their own widen it with ``super() |``.

        :return: ``res.groups`` records in sudo
        """
        groups_sudo = self.env["res.groups"].sudo()
        for role in ("helpdesk", "auditor", "user", "officer"):
            groups_sudo |= self.env.ref(GROUP % role, raise_if_not_found=False) or groups_sudo
        return groups_sudo

    @api.model_create_multi
    def create(self, vals_list):
        """A new row is a request, whoever makes it: all the rest comes by granting."""
        asked = [
            {**{key: vals[key] for key in ("user_id", "group_id", "reason") if key in vals}, "requested_by_id": self.env.uid}
            for vals in vals_list
        ]
        grants = super().create(asked)
        for grant in grants:
            grant._log("role.requested")
        return grants

    def write(self, vals):
        """Refused, also under sudo, except from the steps below."""
        if _stepping.get() != (self._ids, vals):
            raise AccessError(self.env._("A privacy role is not edited. End it and request another one."))
        return super().write(vals)

    def unlink(self):
        """Refused, whatever the context says: ``api.ondelete`` is passed over by one that anybody may send."""
        # pylint: disable-next=no-raise-unlink
        raise UserError(self.env._("Privacy roles are ended, not deleted, so that it stays known who held them."))

    def action_grant(self):
        """Agree to a request, as a second person; takes effect a day later."""
        self._require_officer()
        now = fields.Datetime.now()
        for grant in self:
            if grant.state != "requested":
                raise UserError(self.env._("Only a requested role can be granted."))
            take_step(
                grant, "role.granted",
                state="waiting", granted_by_id=self.env.uid, granted_at=now, effective_at=now + DELAY,
            )
        self._wake(now + DELAY)

    def action_end(self):
        """Refuse a request or take a role back, at once."""
        self._require_officer(also_oneself=True)
        working = self._working_officers()
        for grant in self.filtered(lambda grant: grant.state != "ended"):
            if grant in working and not working - self:
                raise UserError(self.env._(
                    "This is the last officer who can act. Grant the role to somebody else first and wait until it is in effect."
                ))
            take_step(grant, "role.ended", state="ended", ended_by_id=self.env.uid, ended_at=fields.Datetime.now())
        self._follow(self.user_id)

    def action_confirm(self):
        """Say, as an officer, that a suspended member is still the same person; the role is back at once."""
        self._require_officer()
        for grant in self.filtered("suspended_at"):
            if grant.suspended_by_id == self.env.user:
                raise UserError(self.env._("You changed how this person signs in. Another officer has to confirm them."))
            take_step(grant, "role.confirmed", suspended_at=False, suspended_by_id=False)
        self._follow(self.user_id)

    def _require_officer(self, also_oneself=False):
        officer = self.env.user
        self._require_in_person()
        if not officer._unicdo_has_role("officer"):
            raise AccessError(self.env._("Only a privacy officer decides on privacy roles."))
        if not also_oneself and officer in self.user_id:
            raise UserError(self.env._("Nobody decides on their own role. Please ask another officer."))

    @api.model
    def _require_in_person(self):
        """Refuse unless the live request's own session is the current user's: no job, script or API key decides, and no
        code that acts in somebody else's name."""
        if guard.in_action_code() or not request or request.session.uid != self.env.uid:
            raise AccessError(self.env._(
                "Privacy roles are decided by a person who is signed in, not by an automated action or a program."
            ))

    @api.model
    def _name_officer(self, user):
        """Make somebody officer where no officer can do it. For Settings administrators.

        The very first officer is in office at once. Later, when none of the officers can act, the new one is after
        seven days: all that time the naming can be seen by everybody who holds a privacy role.

        :param user: ``res.users`` record, internal and active
        :return: the grant
        """
        if self.env.registry.ready:  # demo data names one while modules are loaded
            self._require_in_person()
        if not self.env.user._is_system():
            raise AccessError(self.env._("Only a Settings administrator names the first privacy officer."))
        if self._working_officers():
            raise UserError(self.env._("There is a privacy officer. Only officers grant privacy roles."))
        officer_group = self.env.ref(GROUP % "officer")
        grants_sudo = self.sudo()
        held = grants_sudo.search([("group_id", "=", officer_group.id), ("granted_at", "!=", False)])
        if held.filtered(lambda grant: grant.state == "waiting" and not grant.suspended_at):
            raise UserError(self.env._("An officer is named already and will be in office soon."))
        now = fields.Datetime.now()
        own = held.filtered(lambda grant: grant.user_id == user and grant.state in OPEN_STATES)
        if own:
            take_step(own, "role.ended", state="ended", ended_by_id=self.env.uid, ended_at=now)
        grant = grants_sudo.create({
            "user_id": user.id,
            "group_id": officer_group.id,
            "reason": self.env._("Named by an administrator: no officer can act") if held else self.env._("First officer"),
        })
        start = now + RECOVERY_DELAY if held else now
        take_step(
            grant, "role.named", state="waiting" if held else "effective",
            granted_by_id=self.env.uid, granted_at=now, effective_at=start, named_by_admin=True,
        )
        self._follow(user)
        self._wake(start)
        self._tell_of_naming(user, start)
        return grant

    @api.model
    def _tell_of_naming(self, user, start):
        self._tell_officers(
            user,
            self.env._("Privacy officer named by an administrator"),
            self.env._("In office from %s (UTC), because no officer could act.", fields.Datetime.to_string(start)),
        )

    @api.model
    def _working_officers(self):
        """Officers' grants by which somebody can act now."""
        return self.sudo().search(
            self._in_effect() & Domain("group_id", "=", self.env.ref(GROUP % "officer").id)
        )

    @api.model
    def _in_effect(self):
        return (
            Domain("state", "=", "effective")
            & Domain("suspended_at", "=", False)
            & Domain("user_id", "!=", False)
            & Domain("user_id.active", "=", True)
        )

    @api.model
    def _groups_of(self, user):
        """The protected groups a user holds by roles in effect, those implied included.

        :return: ``res.groups`` in sudo
        """
        grants_sudo = self.sudo().search(self._in_effect() & Domain("user_id", "=", user.id))
        return grants_sudo.group_id.all_implied_ids & self._protected_groups()

    @api.model
    def _check_members(self, users):
        """Refuse membership in our groups without a role in effect. Called after every change of groups, also in sudo.

        :raise ValidationError: names the first who has no right to it
        """
        protected = self._protected_groups()
        reaching_ids = set(protected.all_implied_by_ids.ids)
        for user in users.sudo().filtered(lambda user: reaching_ids.intersection(user.group_ids.ids)):
            extra = (user.all_group_ids & protected) - self._groups_of(user)
            if extra:
                error = ValidationError(self.env._(
                    "%(role)s cannot be given to %(user)s here. Privacy roles are requested under Privacy, Configuration, "
                    "Roles; a privacy officer grants them, and they take effect a day later.",
                    role=extra[0].display_name, user=user.name,
                ))
                self.env.registry.clear_cache("groups")  # it may be filled with what is refused here
                raise error

    @api.model
    def _follow(self, users):
        """Bring the membership of some users in line with their roles."""
        protected = self._protected_groups()
        for user_sudo in users.sudo():
            due = self.sudo().search(self._in_effect() & Domain("user_id", "=", user_sudo.id)).group_id
            held = user_sudo.with_context(active_test=False).group_ids & protected
            commands = [Command.link(group.id) for group in due - held]
            commands += [Command.unlink(group.id) for group in held - due]
            if commands:
                user_sudo.write({"group_ids": commands})

    @api.model
    def _run(self):
        """Put what is due into effect and take back any membership that no role stands for. Called by the cron."""
        due_sudo = self.sudo().search([
            ("state", "=", "waiting"),
            ("suspended_at", "=", False),
            ("effective_at", "<=", fields.Datetime.now()),
            ("user_id.active", "=", True),
        ])
        for grant in due_sudo:
            take_step(grant, "role.effective", state="effective")
        members_sudo = self.sudo().search([("state", "=", "effective")]).user_id
        self._follow(members_sudo | self._protected_groups().with_context(active_test=False).user_ids)

    @api.model
    def _wake(self, at):
        cron_sudo = self.env.ref("unicdo_privacy.unicdo_role_grant_cron", raise_if_not_found=False)
        if cron_sudo:
            cron_sudo.sudo()._trigger(at)

    @api.model
    def _suspend(self, users, what):
        """Suspend the roles of users whose way to sign in somebody else is changing, see ``unicdo.sign.in.change``.

        :param users: ``res.users`` records
        :param str what: "password", "login", "email", "second_factor", "api_key" …, for the ledger
        """
        grants_sudo = self.sudo().search([("user_id", "in", users.ids), ("state", "in", ("waiting", "effective"))])
        if not grants_sudo:
            return
        for grant in grants_sudo.filtered(lambda grant: not grant.suspended_at):
            take_step(
                grant, "role.suspended", {"what": what},
                suspended_at=fields.Datetime.now(), suspended_by_id=(request and request.session.uid) or self.env.uid,
            )
        self._follow(grants_sudo.user_id)
        self._tell_officers(
            grants_sudo.user_id,
            self.env._("Privacy role suspended"),
            self.env._("Somebody else has changed how this member signs in. Ask the member, then confirm or end the role."),
        )

    @api.model
    def _tell_officers(self, members, subject, text):
        """Mail the officers about members of whom they should know something."""
        officers = self.sudo().search([
            ("group_id", "=", self.env.ref(GROUP % "officer").id), ("state", "=", "effective"),
        ]).user_id
        link = f"{self.get_base_url()}/odoo/privacy-roles"
        for member in members:
            self.env["mail.mail"].sudo().create([{
                "subject": subject,
                "email_to": officer.email_formatted,
                "body_html": Markup("<p>%s: %s</p><p><a href='%s'>%s</a></p>") % (member.name, text, link, link),
                "auto_delete": True,
            } for officer in officers - member if officer.email])

    def _log(self, kind, detail=None):
        self.env["unicdo.ledger.event"]._record(
            kind, subject=self.user_id.partner_id, model=self._name, res_ids=self.ids,
            detail={"group": self.sudo().group_id.get_external_id().get(self.group_id.id), **(detail or {})},
        )

    def _register_hook(self):
        super()._register_hook()
        auth_passkey.patch(self.env)
