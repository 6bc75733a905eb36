# SPDX-License-Identifier: LGPL-3.0-or-later
import re
from pathlib import Path

from odoo import fields
from odoo.fields import Command
from odoo.tests import HttpCase, TransactionCase
from odoo.tools import file_path

from odoo.addons.unicdo_privacy.models.unicdo_role_grant import take_step


class PrivacyMixin:
    """People in every role, for the tests of all privacy modules."""

    def _user_with_role(self, role, login=None, module="unicdo_privacy", **vals):
        """A new user whose role is in effect.

        :param str role: "officer", "user", "helpdesk", "auditor", or "internal", "portal", "admin" (Settings) for those
            who hold no privacy role
        :param str login: also the password; made from the role by default
        :param str module: whose group ``<module>_group_<role>`` is meant
        :param vals: further values of the user
        """
        login = login or f"test_{role}@example.com"
        basic = {"portal": "base.group_portal", "admin": "base.group_system"}.get(role, "base.group_user")
        user = self.env["res.users"].with_context(no_reset_password=True).create({
            "name": f"Test {role}",
            "login": login,
            "password": login,
            "email": login,
            "group_ids": [Command.set([self.env.ref(basic).id])],
            **vals,
        })
        self._settle(user)
        if role not in ("internal", "portal", "admin"):
            self._grant(user, f"{module}.{module}_group_{role}")
        return user

    @staticmethod
    def _settle(user):
        """Let it be long ago that somebody changed how a user signs in."""
        user.env["unicdo.sign.in.change"].sudo().search([("user_id", "=", user.id)]).unlink()

    def _grant(self, user, group_xmlid):
        """Put a role into effect without the day's wait.

        :return: the ``unicdo.role.grant``
        """
        now = fields.Datetime.now()
        grant = self.env["unicdo.role.grant"].sudo().create({
            "user_id": user.id, "group_id": self.env.ref(group_xmlid).id, "reason": "Test",
        })
        take_step(grant, "role.granted", state="effective", granted_at=now, effective_at=now)
        grant._follow(user)
        return grant


def recorded_kinds(module):
    """The kinds of audit events that a module's code writes out in full.

    :param str module: name of an addon
    :return: set of dotted words
    """
    call = re.compile(r"""(?:_(?:record|log|note)\(|take_step\(\s*\w+,)\s*"([a-z_]+(?:\.[a-z_]+)+)\"""")
    folder = Path(file_path(module))
    return {
        kind for path in folder.rglob("*.py") if "tests" not in path.parts for kind in call.findall(path.read_text())
    }


class PrivacyCase(PrivacyMixin, TransactionCase):
    """For tests without the web."""


class PrivacyHttpCase(PrivacyMixin, HttpCase):
    """For tests of pages."""

    def _confirm_identity(self, action, password, next_url="/my"):
        """Pass the page that asks again who it is, as the user signed in with ``authenticate`` would.

        :return: the answer of ``url_open``, redirects not followed
        """
        page = self.url_open(f"/my/privacy/confirm?action={action}&next={next_url}")
        return self.url_open(
            "/my/privacy/confirm",
            data={"csrf_token": self._csrf(page), "action": action, "next": next_url, "password": password},
            allow_redirects=False,
        )

    def _csrf(self, page):
        """The token against forged requests that a page's form carries."""
        return page.text.split('name="csrf_token" value="')[1].split('"')[0]
