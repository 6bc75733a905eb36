# SPDX-License-Identifier: LGPL-3.0-or-later
import base64
import contextlib
import io
import json
import zipfile
from pathlib import Path
from unittest.mock import patch

from odoo.tests.common import TEST_CURSOR_COOKIE_NAME

from odoo.addons.http_routing.tests.common import MockRequest
from odoo.addons.unicdo_privacy.tests.common import PrivacyCase, PrivacyHttpCase
from odoo.addons.unicdo_privacy.tests.vault_common import VaultMixin
from odoo.addons.unicdo_privacy.tools.guard import opening

#: stands in records that are nobody's but somebody else's: it must be in no package of Ann's
STRANGER = "stranger-secret"


@contextlib.contextmanager
def memory_grown():
    """Measure by how much this process grows at most while the block runs, as the kernel counts it.

    :return: list that holds the number of bytes after the block
    """

    def kilobytes(name):
        return int(Path("/proc/self/status").read_text().split(f"{name}:")[1].split()[0])

    grown = []
    Path("/proc/self/clear_refs").write_text("5")  # forgets the peak until now
    before = kilobytes("VmRSS")
    yield grown
    grown.append((kilobytes("VmHWM") - before) << 10)


class DsarMixin(VaultMixin):
    """Ann, who asks for her data, and the people she must not be taken for."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # other work of this database is not ours
        cls.env["unicdo.work"].search([("state", "=", "todo")]).state = "cancelled"
        cls.mails = []
        mailer = patch.object(
            type(cls.env["ir.mail_server"]),
            "send_email",
            lambda _self, message, *args, **kwargs: cls.mails.append(message) or "id",
        )
        mailer.start()
        cls.addClassCleanup(mailer.stop)
        employer = cls.env["res.partner"].create({"name": "Works", "is_company": True, "email": "office@works.example"})
        cls.user = cls._user_with_role(cls, "portal", "ann@x.example", name="Ann Lee")
        cls.ann = cls.user.partner_id
        cls.ann.write({"parent_id": employer.id, "phone": "+32 2 555 00 11", "tz": "Europe/Brussels"})
        cls.joann, cls.namesake, cls.colleague = cls.env["res.partner"].create(
            [
                {"name": "Joann Lee", "email": "joann@x.example"},
                {"name": "Ann Lee", "email": "ann@y.example"},
                {"name": "Carl", "email": "carl@works.example", "parent_id": employer.id},
            ]
        )
        cls.staff = cls._user_with_role(cls, "internal", "staff@corp.example", name="Steve Staff")
        cls.staff.partner_id.function = "Consultant"

    def setUp(self):
        super().setUp()
        self.mails.clear()
        for other in (self.joann, self.namesake, self.colleague):
            self._say(other, f"{STRANGER} message", author=other)
            self._attach(other, f"{STRANGER}.txt", STRANGER)
            other.comment = STRANGER

    def _say(self, record, body, author=None, note=False, **kwargs):
        """Post a message or an internal note on a record."""
        return record.message_post(
            body=body,
            author_id=(author or self.staff.partner_id).id,
            message_type="comment",
            subtype_xmlid="mail.mt_note" if note else "mail.mt_comment",
            **kwargs,
        )

    def _attach(self, record, name, content, user=None):
        return (
            self.env["ir.attachment"]
            .with_user(user or self.env.user)
            .sudo()
            .create(
                {
                    "name": name,
                    "res_model": record._name,
                    "res_id": record.id,
                    "raw": content if isinstance(content, bytes) else content.encode(),
                }
            )
        )

    def _ask(self, kind="access", partner=None):
        return self.env["unicdo.request"]._ask(partner or self.ann, kind, channel="portal", identity_checked="session")

    def _run_jobs(self):
        with self.enter_registry_test_mode():
            self.env.ref("unicdo_privacy.unicdo_work_cron_1").method_direct_trigger()
        self.env.invalidate_all()

    def _answer(self, kind="access", partner=None):
        """Ask, and let the jobs prepare the first part."""
        request = self._ask(kind, partner)
        self._run_jobs()
        return request

    @contextlib.contextmanager
    def _reading(self, request):
        """In the browser session of a privacy user who has just confirmed who they are for the review of ``request``.

        :return: context manager that gives the review's lines as that user sees them
        """
        reader = self._user_with_role("user", "reader@example.com")
        cookies = {TEST_CURSOR_COOKIE_NAME: self.http_request_key}
        with MockRequest(self.env(user=reader.id), cookies=cookies) as mocked, self.enter_registry_test_mode():
            mocked.is_frontend = False
            mocked.session.update({"uid": reader.id, "sid": "s" * 84})
            recheck = self.env["unicdo.recheck"].with_user(reader)
            recheck._verify(request._review_action(), {"password": reader.login})
            yield request.review_ids.with_user(reader)

    def _bytes(self, package):
        with opening():
            return b"".join(package._span_reader()(0, int(package.size)))

    def _zip(self, package):
        """The package as the person gets it."""
        self.assertEqual(package.state, "ready")
        file = zipfile.ZipFile(io.BytesIO(self._bytes(package)))
        self.assertIsNone(file.testzip())
        return file

    def _records(self, file, name):
        return json.loads(file.read(f"data/{name}.json"))["records"]

    def _text(self, file):
        """All that stands in a package, to look for what must not be there."""
        return "\n".join(f"{name}\n{file.read(name).decode(errors='replace')}" for name in file.namelist())

    def _token(self):
        """The secret in the last mail."""
        body = self.mails[-1].get_body(("html",)).get_content()
        return body.split("/my/privacy/package/")[1].split('"')[0]


class DsarCase(DsarMixin, PrivacyCase):
    """Requests without the web."""


class DsarHttpCase(DsarMixin, PrivacyHttpCase):
    """Requests through the pages."""

    def _run_jobs(self):
        # the registry is in test mode already
        self.env.ref("unicdo_privacy.unicdo_work_cron_1").method_direct_trigger()
        self.env.invalidate_all()


#: a picture of one pixel
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
