# SPDX-License-Identifier: LGPL-3.0-or-later
import html
import re

from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import DsarHttpCase


@tagged("post_install", "-at_install")
class TestDownload(DsarHttpCase):
    """DSR-1: a download that broke off goes on where it stopped, and the copy is read in the browser too."""

    def setUp(self):
        super().setUp()
        self._attach(self.ann, "big.bin", bytes(range(256)) * 2000, user=self.user)
        self._attach(self.ann, "evil.html", "<script>alert(1)</script>", user=self.user)
        self._attach(self.ann, "percent%20and 50%25#?&+;.txt", "odd", user=self.user)
        self.request = self._answer()
        self.package = self.request.package_ids
        self.content = self._bytes(self.package)
        self.authenticate("ann@x.example", "ann@x.example")
        page = self.url_open(f"/my/privacy/package/{self._token()}")
        self.url_open(
            f"/my/privacy/package/{self._token()}", data={"csrf_token": self._csrf(page)}, allow_redirects=False
        )
        self.url = f"/my/privacy/copy/{self.package.id}/my-data.zip"

    def _get(self, **headers):
        return self.url_open(self.url, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def test_ranges_add_up_to_the_whole(self):
        whole = self._get()
        self.assertEqual((whole.status_code, whole.content), (200, self.content))
        self.assertEqual(whole.headers["Accept-Ranges"], "bytes")
        middle = len(self.content) // 2
        first, second = self._get(Range=f"bytes=0-{middle - 1}"), self._get(Range=f"bytes={middle}-")
        self.assertEqual((first.status_code, second.status_code), (206, 206))
        self.assertEqual(first.content + second.content, self.content)
        self.assertEqual(second.headers["Content-Range"], f"bytes {middle}-{len(self.content) - 1}/{len(self.content)}")
        self.assertEqual(self.package.opened_count, 1)

    def test_resume_holds_for_the_same_content_only(self):
        etag = self._get().headers["ETag"]
        self.assertEqual(self._get(Range="bytes=10-", If_Range=etag).status_code, 206)
        self.assertEqual(self._get(Range="bytes=10-", If_Range='"other"').status_code, 200)

    def test_range_outside_is_416(self):
        answer = self._get(Range=f"bytes={len(self.content)}-")
        self.assertEqual(answer.status_code, 416)
        self.assertEqual(answer.headers["Content-Range"], f"bytes */{len(self.content)}")

    def test_head_gives_the_size_and_no_body(self):
        answer = self.url_open(self.url, method="HEAD")
        self.assertEqual(answer.headers["Content-Length"], str(len(self.content)))
        self.assertFalse(answer.content)

    def test_every_page_can_be_read_here_and_runs_nothing(self):
        base = f"/my/privacy/copy/{self.package.id}/read/"
        index = self.url_open(f"{base}index.html")
        policy = index.headers["Content-Security-Policy"]
        self.assertIn("default-src 'none'", policy)
        self.assertIn("sandbox", policy)
        self.assertNotIn("allow-scripts", policy)
        for link in re.findall(r'href="(data/[^"]+)"', index.text):
            self.assertEqual(self.url_open(base + link).status_code, 200, link)

    def test_files_are_handed_out_never_run(self):
        base = f"/my/privacy/copy/{self.package.id}/read/"
        names = [name for name in self._zip(self.package).namelist() if name.startswith("files/")]
        evil = next(name for name in names if name.endswith("evil.html"))
        answer = self.url_open(base + evil)
        self.assertIn("attachment", answer.headers["Content-Disposition"])
        self.assertIn("sandbox", answer.headers["Content-Security-Policy"])
        self.assertEqual(answer.headers["X-Content-Type-Options"], "nosniff")
        big = next(name for name in names if name.endswith("big.bin"))
        self.assertEqual(self.url_open(base + big).content, bytes(range(256)) * 2000)
        self.assertEqual(self.url_open(f"{base}files/../../etc/passwd").status_code, 404)

    def test_files_with_odd_names_are_read_too(self):
        """DSR-1: a link on a page leads to its file, whatever people call their files."""
        base = f"/my/privacy/copy/{self.package.id}/read/"
        links = set(re.findall(r'href="\.\./(files/[^"]+percent[^"]+)"', self._text(self._zip(self.package))))
        self.assertTrue(links)
        for link in links:
            answer = self.url_open(base + html.unescape(link), allow_redirects=False)
            self.assertEqual((answer.status_code, answer.content), (200, b"odd"), link)

    @mute_logger("odoo.addons.unicdo_dsar.controllers.package")
    def test_a_changed_package_is_closed_and_the_page_says_so(self):
        """GOV-9: a changed byte never gets out; a fresh link makes the copy anew."""
        path = self.package._folder() / "top"
        data = bytearray(path.read_bytes())
        data[-1] ^= 1
        path.write_bytes(data)
        answer = self.url_open(f"/my/privacy/copy/{self.package.id}/read/index.html")
        self.assertEqual(answer.status_code, 410)
        self.assertIn("Our copy was damaged", answer.text)
        self.env.invalidate_all()
        self.assertFalse(self.package._is_open())
        self.assertIn(f"/my/privacy/requests/{self.request.id}", answer.text)
