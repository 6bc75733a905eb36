# SPDX-License-Identifier: LGPL-3.0-or-later
from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import load

local_path = load("unicdo_privacy/tools/local_path.py").local_path
SITE = "https://site.example/some/page"


@pytest.mark.parametrize("good", ["/", "/my", "/my/privacy?kind=access&confirmed=1", "/odoo/requests/3#tab", "/a%20b"])
def test_local_paths_stay_as_they_are(good):
    assert local_path(good) == good


@pytest.mark.parametrize("bad", [
    None, 5, b"/my", "", "my", "https://evil.example/", "//evil.example", "///evil.example", "/\\evil.example",
    "\\/evil.example", "/\t/evil.example", "/\n/evil.example", " /my", "/my page", "javascript:alert(1)", "/my\r\nX: 1",
    "/\u00a0/evil.example", "//[evil", "/" + "a" * 2000,
])
def test_everything_else_leads_home(bad):
    assert local_path(bad) == "/my"


@given(st.text(alphabet="/\\.:@?#[]% \t\r\nabhtps", max_size=12) | st.text(max_size=20))
def test_no_text_leaves_the_site(text):
    target = urlsplit(urljoin(SITE, local_path(text)))
    assert (target.scheme, target.netloc) == ("https", "site.example")
