# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import is_html_empty

from ..tools.notice import text_hash

KINDS = [
    ("privacy", "Privacy"),
    ("cookies", "Cookies"),
    ("security", "Security"),
    ("cancellation", "Cancellation"),
    ("terms", "Terms of service"),
]
#: what people who work here undertake (Art. 28(3)(b), 29 and 32(4)): shown to them, and to nobody else on pages
STAFF_KINDS = [("confidentiality", "Confidentiality undertaking")]


class UnicdoPolicy(models.Model):
    """A policy as it is being written. Publishing copies the text into versions that never change."""

    _name = "unicdo.policy"
    _description = "Policy"
    _order = "kind, company_id, id"

    name = fields.Char("Title", required=True, translate=True)
    kind = fields.Selection(KINDS + STAFF_KINDS, required=True, default="privacy")
    company_id = fields.Many2one(
        "res.company", ondelete="restrict", index="btree_not_null", help="Empty: for all companies without their own."
    )
    active = fields.Boolean(default=True)
    body = fields.Html("Text", translate=True, sanitize_attributes=True)
    version_ids = fields.Many2many("unicdo.policy.version", string="Versions", compute="_compute_versions")
    version_number = fields.Integer("Version", compute="_compute_versions")
    last_updated = fields.Datetime("Last updated", compute="_compute_versions")
    state = fields.Selection(
        [("draft", "Never published"), ("changed", "Changes not published"), ("published", "Published")],
        compute="_compute_versions",
    )

    _kind_uniq = models.UniqueIndex(
        "(kind, COALESCE(company_id, 0)) WHERE active", "There is such a policy for this company already."
    )

    @api.depends("name", "body")
    def _compute_versions(self):
        versions = self.env["unicdo.policy.version"].search([("policy_id", "in", self.ids)])
        for policy in self:
            own = versions.filtered(lambda version, policy=policy: version.policy_id == policy.id)
            latest = own.filtered(lambda version, own=own: version.number == max(own.mapped("number")))
            policy.version_ids = own
            policy.version_number = latest[:1].number
            policy.last_updated = latest[:1].published_on
            changed = policy._hashes() - {(version.title, version.sha256) for version in latest}
            policy.state = "draft" if not own else "changed" if changed else "published"

    @api.model
    def _current(self, kind):
        """What applies now: the last version published for the current company, else for all companies.

        :param str kind: one of ``KINDS`` or ``STAFF_KINDS``
        :return: one ``unicdo.policy.version`` in the reader's language where there is one, else another; or empty
        """
        # drafts are nobody's business, published versions everybody's: only ids of policies are used here
        policies_sudo = self.sudo().search([("kind", "=", kind), ("company_id", "in", (self.env.company.id, False))])
        versions = self.env["unicdo.policy.version"]
        for policy_sudo in policies_sudo.sorted(lambda policy: not policy.company_id):
            last = versions.search([("policy_id", "=", policy_sudo.id)], order="number desc", limit=1)
            if last:
                return versions.search([("kind", "=", kind), ("number", "=", last.number)])._in_language()
        return versions

    @api.model
    def _is_for(self, kind, user):
        """Whether pages show policies of a kind to somebody: those for staff to internal users only.

        :param str kind: as it came in an address
        :param user: one ``res.users`` record
        """
        return kind in dict(KINDS) or (kind in dict(STAFF_KINDS) and user._is_internal())

    def _texts(self):
        """The policy's title and text per language that has a text of its own.

        Odoo keeps a text that was never translated under several languages; it counts once, for the reader's language
        where that is one of them.

        :return: dict of language code → (title, body)
        """
        self.ensure_one()
        if not self._origin:
            return {}  # still being typed for the first time
        stored = self._fields["body"]._get_stored_translations(self._origin) or {}
        installed = {code for code, _name in self.env["res.lang"].get_installed()}
        texts = {}
        for lang in sorted(stored.keys() & installed, key=lambda code: (code != self.env.lang, code != "en_US", code)):
            body = self.with_context(lang=lang).body
            if not is_html_empty(body) and body not in {known for _title, known in texts.values()}:
                texts[lang] = (self.with_context(lang=lang).name, body)
        return texts

    def _hashes(self):
        """What tells whether the draft says anything that its last version does not."""
        return {(title, text_hash(body)) for title, body in self._texts().values()}

    def action_publish(self):
        """Publish the text in every language it has, as a version that never changes."""
        self.check_access("write")
        for policy in self:
            policy._publish()

    def _publish(self):
        texts = self._texts()
        if not texts:
            raise UserError(self.env._("“%s” has no text yet. Write it, then publish it.", self.name))
        if self.state == "published":
            raise UserError(self.env._("“%s” has not changed since its last version.", self.name))
        versions_sudo = self.env["unicdo.policy.version"].sudo()  # nobody may write there but this method
        last = versions_sudo.search([("kind", "=", self.kind)], order="number desc", limit=1)
        now = fields.Datetime.now()
        versions_sudo.create([
            {
                "policy_id": self.id, "kind": self.kind, "number": last.number + 1, "lang": lang,
                "title": title, "body": body, "sha256": text_hash(body),
                "published_on": now, "published_by": self.env.uid,
            }
            for lang, (title, body) in texts.items()
        ])
        hashes = [text_hash(body) for _title, body in texts.values()]
        self.env["unicdo.ledger.event"]._record(
            "policy.published", model=self._name, res_ids=self.ids,
            detail={"kind": self.kind, "number": last.number + 1, "texts": hashes},
        )
        self.invalidate_recordset()

    def write(self, vals):
        """Refuse another kind for a policy that was published: its versions keep the old one."""
        if "kind" in vals and self.filtered(lambda policy: policy.version_ids and policy.kind != vals["kind"]):
            raise UserError(self.env._("A policy that was published keeps its kind. Create another policy instead."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_published(self):
        if self.filtered("version_ids"):
            raise UserError(self.env._("A policy that was published is kept: people agreed to it. Archive it instead."))

    def action_preview(self):
        """Open the public page of the current version."""
        self.ensure_one()
        return {"type": "ir.actions.act_url", "url": f"/privacy/policy/{self.kind}", "target": "new"}
