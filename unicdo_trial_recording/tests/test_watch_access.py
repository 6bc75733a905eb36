# SPDX-License-Identifier: LGPL-3.0-or-later
import json

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..tools.inside import inside
from .common import MODULE
from .test_watch import WatchCase

#: model → a field that tells something
FIELDS = {
    "unicdo.recording": "uuid", "unicdo.recording.chunk": "seq", "unicdo.recording.visit": "route",
    "unicdo.recording.click": "x", "unicdo.recording.view": "viewed_at", "unicdo.recording.note": "position",
    "unicdo.recording.aggregate": "key",
}
MODELS = tuple(FIELDS)
OTHERS = ("admin", "officer", "user", "auditor", "internal", "portal")


@tagged("post_install", "-at_install")
class TestWatchAccess(WatchCase):
    """REC-2: only the usability team, by every path a running Odoo offers; the Settings administrator tries each."""

    def setUp(self):
        super().setUp()
        with inside():
            self.env["unicdo.recording.note"].sudo().create({
                "recording_id": self.recording.id, "position": 0, "author_uid": self.watcher.id,
            })

    def _call(self, model, method, *args, **kwargs):
        return self._rpc("/web/dataset/call_kw", model=model, method=method, args=list(args), kwargs=kwargs)

    def _calls(self, model):
        """What people do to get at rows by RPC."""
        yield "search", [[]], {}
        yield "search_count", [[]], {}
        yield "search_read", [[]], {}
        yield "web_search_read", [], {"domain": [], "specification": {"id": {}}}
        yield "read", [[self.recording.id], [FIELDS[model]]], {}
        yield "export_data", [[self.recording.id], [FIELDS[model]]], {}
        yield "name_search", [], {"name": ""}
        yield "formatted_read_group", [], {"domain": [], "groupby": [], "aggregates": ["__count"]}
        yield "web_read_group", [], {"domain": [], "groupby": ["id"], "aggregates": ["__count"]}
        yield "copy", [[self.recording.id]], {}
        yield "write", [[self.recording.id], {}], {}
        yield "unlink", [[self.recording.id]], {}

    @mute_logger("odoo.http")
    def test_nobody_else_gets_rows_by_rpc(self):
        for role in OTHERS:
            user = self._user_with_role(role, login=f"rpc_{role}@example.com")
            self.authenticate(user.login, user.login)
            for model in MODELS:
                for method, args, kwargs in self._calls(model):
                    with self.assertRaises(Exception, msg=f"{role}: {model}.{method}"):
                        self._call(model, method, *args, **kwargs)
            for method, args in (("get_overview", []), ("get_heat", ["sale.order", "list"])):
                with self.assertRaises(Exception, msg=f"{role}: {method}"):
                    self._call("unicdo.recording.insight", method, *args)

    def test_the_team_gets_rows_and_changes_none(self):
        self.authenticate(self.watcher.login, self.watcher.login)
        self.assertEqual(self._call("unicdo.recording", "search", []), self.recording.ids)
        self.assertTrue(self._call("unicdo.recording.insight", "get_overview")["recordings"])
        row = self._call("unicdo.recording", "read", [self.recording.id])[0]
        self.assertFalse({"person", "session", "sheets"} & row.keys(), "digests are nobody's to read")
        for method, args in (("write", [{"url": "x"}]), ("unlink", []), ("copy", [])):
            with self.assertRaises(Exception), mute_logger("odoo.http"):
                self._call("unicdo.recording", method, self.recording.ids, *args)

    @mute_logger("odoo.http")
    def test_past_its_date_the_team_finds_nothing_either(self):
        """REC-4: by RPC, read, read_group and name_search, from that second on."""
        self.authenticate(self.watcher.login, self.watcher.login)
        self.env.cr.execute("UPDATE unicdo_recording SET destroy_at = now() AT TIME ZONE 'UTC'")
        for model in MODELS[:-1]:
            self.assertEqual(self._call(model, "search", []), [], model)
            self.assertEqual(self._call(model, "name_search", ""), [], model)
            groups = self._call(model, "formatted_read_group", [], [], ["__count"])
            self.assertEqual([group["__count"] for group in groups], [0], model)
        with self.assertRaises(Exception):
            self._call("unicdo.recording", "read", [self.recording.id], ["url"])
        self.assertEqual(self._call("unicdo.recording.insight", "get_overview")["recordings"], 0)

    # ---------------------------------------------------------------- what a Settings administrator can build

    def _as_admin(self):
        admin = self._user_with_role("admin", login="builder@example.com")
        self.authenticate(admin.login, admin.login)
        return admin

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_actions")
    def test_server_actions_see_nothing(self):
        """REC-2: not with all rights, not as the member, and not in the member's own request."""
        ways = (
            "env['unicdo.recording'].sudo().search([])",
            "env['unicdo.recording'].with_user({watcher}).search([])",
            "env['unicdo.recording'].sudo().browse({id}).read(['uuid'])",
            "env['unicdo.recording'].sudo().browse({id}).mapped('uuid')",
            "env['unicdo.recording.insight'].sudo().get_overview()",
            "env['unicdo.recording'].sudo().browse({id})._destroy('x')",
            "env['unicdo.recording.note'].sudo().search([])._sealed_bodies()",
            "env['unicdo.vault.key'].sudo().search([('res_model', '=', 'unicdo.recording')])[0]._open(b'')",
        )
        for user in (self._user_with_role("admin", login="builder@example.com"), self.watcher):
            for way in ways:
                code = way.format(watcher=self.watcher.id, id=self.recording.id)
                action = self.env["ir.actions.server"].create({
                    "name": "x", "state": "code", "model_id": self.env.ref("base.model_res_partner").id,
                    "code": f"log(str({code}))",
                })
                self.authenticate(user.login, user.login)
                with self.assertRaises(Exception, msg=code):
                    self._rpc("/web/action/run", action_id=action.id)
        self.assertTrue(self._recording(self.grant))

    def test_no_field_is_added_to_recordings_or_leads_to_them(self):
        model = self.env["ir.model"]._get("res.partner")
        for values in (
            {"name": "x_a", "ttype": "char", "model_id": self.env["ir.model"]._get("unicdo.recording").id},
            {"name": "x_b", "ttype": "many2one", "relation": "unicdo.recording", "model_id": model.id},
            {"name": "x_c", "ttype": "many2many", "relation": "unicdo.recording.visit", "model_id": model.id},
        ):
            with self.assertRaises(ValidationError):
                self.env["ir.model.fields"].create(values | {"field_description": "x", "state": "manual"})

    @mute_logger("odoo.http")
    def test_a_computed_field_sees_nothing(self):
        """REC-2: an administrator's computed field runs in whoever's request, the member's too."""
        self.env["ir.model.fields"].create({
            "name": "x_spy", "ttype": "char", "model_id": self.env["ir.model"]._get("res.partner").id, "state": "manual",
            "field_description": "x", "store": False, "readonly": True, "depends": "name",
            "compute": "for r in self: r['x_spy'] = str(self.env['unicdo.recording'].sudo().search([]).mapped('uuid'))",
        })
        partner = self.watcher.partner_id
        for user in (self._user_with_role("admin", login="builder@example.com"), self.watcher):
            self.authenticate(user.login, user.login)
            with self.assertRaises(Exception):
                self._call("res.partner", "read", partner.ids, ["x_spy"])

    def test_what_our_own_code_sets_off_sees_nothing(self):
        """REC-2: code typed into the database that runs while our own functions read finds neither rows nor their memory."""
        model = self.env["ir.model"]._get("res.partner")
        action = self.env["ir.actions.server"].create({
            "name": "x", "state": "code", "model_id": model.id,
            "code": f"env['unicdo.recording'].sudo().browse({self.recording.id}).uuid",
        })
        with inside():
            self.assertEqual(self.recording.uuid, self.grant["recording"])
            with self.assertRaises(AccessError):
                action.run()
            self.assertEqual(self.recording.uuid, self.grant["recording"])
        with self.assertRaises(AccessError):
            self.env["unicdo.recording"].sudo().browse(self.recording.id).uuid  # noqa: B018 - reading is what is tried

    @mute_logger("odoo.http")
    def test_access_rights_that_the_administrator_edits_open_nothing(self):
        self.env["ir.model.access"].create([
            {"name": model, "model_id": self.env["ir.model"]._get(model).id, "perm_read": True, "perm_write": True,
             "perm_create": True, "perm_unlink": True} for model in MODELS
        ])
        self._as_admin()
        for model in MODELS:
            for method, args, kwargs in self._calls(model):
                with self.assertRaises(Exception, msg=f"{model}.{method}"):
                    self._call(model, method, *args, **kwargs)

    def test_the_administrator_gives_the_role_to_nobody(self):
        """REC-2: neither to oneself, nor by a group that includes it."""
        admin = self._user_with_role("admin", login="builder@example.com")
        role = self.env.ref(f"{MODULE}.{MODULE}_group_usability")
        for act in (
            lambda: admin.with_user(admin).write({"group_ids": [Command.link(role.id)]}),
            lambda: role.with_user(admin).write({"user_ids": [Command.link(admin.id)]}),
            lambda: self.env["res.groups"].with_user(admin).create({"name": "x", "implied_ids": [Command.link(role.id)]}),
            lambda: self.env.ref("base.group_user").with_user(admin).write({"implied_ids": [Command.link(role.id)]}),
        ):
            with self.assertRaises(UserError):
                act()
        self.assertFalse(admin._unicdo_has_role(role.get_external_id()[role.id]))

    @mute_logger("odoo.http")
    @mute_logger("odoo.addons.web.controllers.export", "odoo.addons.web.controllers.report")
    def test_exports_and_reports_hold_nothing(self):
        """REC-2: /web/export, a report and an attachment's address."""
        self._as_admin()
        page = self.url_open("/odoo")
        token = page.text.split('csrf_token: "')[1].split('"')[0]
        data = {
            "model": "unicdo.recording", "fields": [{"name": "uuid", "label": "Id", "type": "char"}], "ids": False,
            "domain": [], "import_compat": False, "context": {}, "groupby": [],
        }
        answer = self.url_open("/web/export/csv", data={"csrf_token": token, "data": json.dumps(data)})
        self.assertNotEqual(answer.status_code, 200)
        self.assertNotIn(self.grant["recording"], answer.text)
        view = self.env["ir.ui.view"].create({
            "name": "x", "type": "qweb", "key": "unicdo_trial_recording.spy_report",
            "arch": "<t t-name='unicdo_trial_recording.spy_report'><p t-foreach='docs' t-as='doc' t-out='doc.uuid'/></t>",
        })
        self.env["ir.actions.report"].create({
            "name": "x", "model": "unicdo.recording", "report_type": "qweb-html", "report_name": view.key,
        })
        answer = self.url_open(f"/report/html/{view.key}/{self.recording.id}")
        self.assertNotEqual(answer.status_code, 200)
        self.assertNotIn(self.grant["recording"], answer.text)
        attachment = self.env["ir.attachment"].create({
            "name": "x", "raw": b"x", "res_model": "unicdo.recording", "res_id": self.recording.id,
        })
        self.assertNotEqual(self.url_open(f"/web/content/{attachment.id}").status_code, 200)
