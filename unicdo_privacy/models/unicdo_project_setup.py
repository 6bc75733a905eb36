# SPDX-License-Identifier: LGPL-3.0-or-later
import base64
import re
import secrets
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import NO_ACCESS

from ..tools.code_host import HOSTS
from ..tools.deploy_key import new_pair
from ..tools.guard import opening
from .unicdo_oauth_end import end_tokens

HOOK = "/unicdo/project/hook/"
#: what the last part of that address looks like
HOOK_NAME = re.compile(r"[A-Za-z0-9_-]{32}")
STATES = [
    ("draft", "To be chosen"),
    ("chosen", "To be set up"),
    ("working", "Being set up"),
    ("verifying", "Waits for the first delivery"),
    ("done", "Works"),
    ("failed", "Could not be set up"),
    ("removing", "To be removed at the code host"),
    ("removed", "Removed"),
]
#: for so long the page looks by itself whether the first delivery has come
PAGE_LOOKS = timedelta(minutes=2)
#: states in which something of ours stands, or may stand, at the code host
STANDING = ("working", "verifying", "done", "failed", "removing")
#: projects of one person that are begun and not set up yet, at most
MOST_BEGUN = 20


def hook_secret(setup):
    """The secret that a project's deliveries prove to know; "" once it is destroyed. A function, so that code typed into
    the database never reaches it.

    :param setup: one ``unicdo.project.setup``
    """
    setup_sudo = setup.sudo()  # nobody's to read
    if not setup_sudo.sealed_secret:
        return ""
    with opening():
        return setup_sudo.vault_key_id._open(base64.b64decode(setup_sudo.sealed_secret)).decode()


class UnicdoProjectSetup(models.Model):
    """A repository that a hosted project reads: a webhook tells of changes, a deploy key fetches them (POLICY TOK-1).

    Both are made with the person's token, which is dropped as soon as they work. What the code host calls them is
    remembered, so that they can be removed again.
    """

    _name = "unicdo.project.setup"
    _inherit = ["unicdo.steered"]
    _description = "Project Set-up"
    _order = "id desc"
    _rec_name = "repository"

    user_id = fields.Many2one("res.users", "Person", required=True, readonly=True, ondelete="cascade", index=True)
    provider_id = fields.Many2one("unicdo.oauth.provider", "Code host", required=True, readonly=True, ondelete="restrict")
    repository = fields.Char(readonly=True)
    database = fields.Char("Hosted database", readonly=True, help="Whose hosting this project belongs to.")
    state = fields.Selection(STATES, required=True, default="draft", readonly=True, index=True)
    problem = fields.Char("What went wrong", readonly=True)
    token_id = fields.Many2one(
        "unicdo.oauth.token", "Connection used", readonly=True, ondelete="set null", index="btree_not_null",
    )
    hook_name = fields.Char(readonly=True, required=True, groups=NO_ACCESS, default=lambda self: secrets.token_urlsafe(24))
    hook_ref = fields.Char("Webhook's number there", readonly=True)
    delivery_ids = fields.One2many("unicdo.project.delivery", "setup_id", groups=NO_ACCESS)
    hook_verified_at = fields.Datetime("Webhook works since", compute="_compute_deliveries", compute_sudo=True)
    delivered_at = fields.Datetime("Last delivery", compute="_compute_deliveries", compute_sudo=True)
    key_ref = fields.Char("Deploy key's number there", readonly=True)
    key_verified_at = fields.Datetime("Deploy key stands since", readonly=True)
    public_key = fields.Char(readonly=True)
    vault_key_id = fields.Many2one("unicdo.vault.key", groups=NO_ACCESS, copy=False, ondelete="restrict")
    sealed_secret = fields.Binary(attachment=False, groups=NO_ACCESS, copy=False)
    sealed_private = fields.Binary(attachment=False, groups=NO_ACCESS, copy=False)
    content_until = fields.Date("Content can be fetched until", readonly=True)
    content_gone_at = fields.Datetime("Content removed on", readonly=True)

    _hook_name_uniq = models.UniqueIndex("(hook_name)")
    _content_idx = models.Index("(content_until) WHERE content_gone_at IS NULL")

    @api.depends("repository", "state")
    @api.depends_context("lang")
    def _compute_display_name(self):
        _ = self.env._
        for setup in self:
            nameless = _("New project") if setup.state == "draft" else _("Project %s", setup.id)
            setup.display_name = setup.repository or nameless

    @api.depends("delivery_ids.first_at", "delivery_ids.last_at")
    def _compute_deliveries(self):
        for setup in self:
            setup.hook_verified_at = setup.delivery_ids.first_at
            setup.delivered_at = setup.delivery_ids.last_at

    def _host(self):
        """How its code host is asked.

        :raises UserError: its provider is no code host, or not any more
        """
        self.ensure_one()
        provider_sudo = self.sudo().provider_id
        if provider_sudo.kind not in HOSTS:
            raise UserError(self.env._(
                "“%s” is not known as a code host here, so nothing is asked of it. Please tell an administrator.",
                provider_sudo.name,
            ))
        return HOSTS[provider_sudo.kind]

    @api.model
    def _has_begun_most(self, user):
        """Whether somebody has to finish or end a project before they begin another.

        :param user: ``res.users``
        """
        begun = [("user_id", "=", user.id), ("state", "in", ("draft", "chosen", "failed"))]
        return self.sudo().search_count(begun, limit=MOST_BEGUN) >= MOST_BEGUN

    def _twin(self, repository):
        """The project of the same person that is about a repository already, for the same hosted database; none if there is
        none, or it is over. In sudo.

        :param str repository: its name; code hosts do not distinguish capitals
        """
        self.ensure_one()
        others = self.search([
            ("user_id", "=", self.user_id.id), ("provider_id", "=", self.provider_id.id), ("id", "!=", self.id),
            ("database", "=", self.database), ("repository", "!=", False), ("state", "not in", ("removing", "removed")),
        ])
        return others.filtered(lambda other: other.repository.lower() == repository.lower())[:1]

    def _hook_url(self):
        """Where deliveries come; its last part names the project and is no secret."""
        return self.get_base_url() + HOOK + self.sudo().hook_name

    def _make_secrets(self):
        """Make the webhook's secret and the pair of keys, once, and seal what is secret of them."""
        self.ensure_one()
        if self.sealed_private:
            return
        key = self.vault_key_id or self.env["unicdo.vault.key"]._new(self._name, self.id, "project")
        private, public = new_pair("unicdo")
        self.write({
            "vault_key_id": key.id, "public_key": public,
            "sealed_secret": base64.b64encode(key._seal(secrets.token_urlsafe(32).encode())),
            "sealed_private": base64.b64encode(key._seal(private)),
        })

    def _destroy_secrets(self):
        """Let nobody read the repository with our key any more, and take no delivery: from now on, without anybody there."""
        keys = self.vault_key_id
        self.write({"vault_key_id": False, "sealed_secret": False, "sealed_private": False})
        keys._destroy()

    def _received(self, event):
        """A genuine delivery came. Called in sudo once its signature is checked; its content is not kept. Modules that build
        projects widen it.

        :param str event: the host's word, such as "push"
        """
        self.ensure_one()
        self.env["unicdo.project.delivery"]._note(self)

    @api.model
    def _finish_verified(self):
        """Finish what works but whose person left the page before it looked again: their connection is dropped. Called by
        the cron that removes tokens."""
        verified = self.sudo().search([
            ("state", "=", "verifying"), ("delivery_ids.first_at", "<", fields.Datetime.now() - PAGE_LOOKS),
            ("key_verified_at", "!=", False),
        ], limit=1000)
        end_tokens(verified.token_id, "used")
        verified.write({"state": "done", "problem": False})

    def _start_removal(self, content_until=None):
        """These projects are over: their secrets go at once, the rest as soon as their person connects again. In sudo.

        :param date content_until: last day on which the content can be fetched
        """
        for setup in self:
            setup._destroy_secrets()
            gone = setup.state in ("draft", "chosen", "removed") or not (setup.hook_ref or setup.key_ref)
            setup.write({"state": "removed" if gone else "removing", "content_until": content_until or setup.content_until})
            self.env["unicdo.ledger.event"]._record(
                "project.removal", subject=setup.user_id.partner_id, model=self._name, res_ids=setup.ids,
            )

    @api.model
    def _of_hosting(self, partner, database):
        """The set-ups that belong to a hosting which ended, in sudo: those of its database, unless another subscription goes
        on with it, and those of no named one if the customer has no other. Companies of their own below the customer are
        other customers.

        :param partner: ``res.partner``, the customer
        :param str database: or "" if it had no name
        """
        family = partner.commercial_partner_id
        setups = self.sudo().search([
            ("user_id.partner_id.commercial_partner_id", "=", family.id), ("content_until", "=", False),
        ])
        hosted = self.env["unicdo.lifecycle"].sudo()._hosted_databases(family)
        ended = {database} - set(hosted)
        return setups.filtered(lambda setup: setup.database in ended if setup.database and database else not hosted)

    @api.model
    def _drop_content(self):
        """Let go of projects whose retrieval period is over (POLICY TOK-3). Called daily by a cron; modules that keep more
        of a project widen :meth:`_forget_content`."""
        due = self.sudo().search([("content_until", "<", fields.Date.today()), ("content_gone_at", "=", False)], limit=1000)
        for setup in due:
            setup._forget_content()
            self.env["unicdo.ledger.event"]._record(
                "project.content_gone", subject=setup.user_id.partner_id, model=self._name, res_ids=setup.ids,
            )
        due.content_gone_at = fields.Datetime.now()

    def _forget_content(self):
        """Remove what is kept of a project: here its repository's name, numbers and public key."""
        self._destroy_secrets()
        self.write({"repository": False, "hook_ref": False, "key_ref": False, "public_key": False, "problem": False})

    @api.ondelete(at_uninstall=False)
    def _unlink_destroy_keys(self):
        self.sudo()._destroy_secrets()
