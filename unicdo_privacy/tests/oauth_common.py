# SPDX-License-Identifier: LGPL-3.0-or-later
import importlib.util
from pathlib import Path
from urllib.parse import urlsplit

from odoo.modules import get_module_path

from odoo.addons.unicdo_privacy.models.unicdo_oauth_provider import ALLOW_PRIVATE, RETURN
from odoo.addons.unicdo_privacy.tests.common import PrivacyHttpCase
from odoo.addons.unicdo_privacy.tests.vault_common import VaultMixin

CONNECTIONS = "/my/privacy/connections"
#: our kinds → those of the code host
KINDS = {"github_app": "github_app", "github_oauth": "oauth_app", "gitlab": "gitlab", "oauth2": "plain"}
SCOPES = {"github_app": False, "github_oauth": "repo", "gitlab": "api", "oauth2": "hooks keys"}


def load_code_host():
    """The code host that tests of this project share; it stands beside the modules, not in one."""
    path = Path(get_module_path("unicdo_privacy")).parent / "tests/support/code_host/__init__.py"
    spec = importlib.util.spec_from_file_location("code_host", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class OAuthCase(VaultMixin, PrivacyHttpCase):
    """A code host with a real OAuth 2 server, providers that lead to it, and a portal user."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.host = cls.enterClassContext(load_code_host().CodeHost(f"{cls.base_url()}{RETURN}"))
        parameters = cls.env["ir.config_parameter"].sudo()
        parameters.set_param(ALLOW_PRIVATE, "True")
        parameters.set_param("web.base.url", cls.base_url())

    def setUp(self):
        super().setUp()
        self.host.reset()
        self.person = self._user_with_role("portal", "ann@example.com")
        self.tokens = self.env["unicdo.oauth.token"]

    def _provider(self, kind="github_app", **vals):
        """A provider of that kind at the code host."""
        app = self.host.apps[KINDS[kind]]
        addresses = {
            "gitlab": {"revoke_url": f"{self.host.url}/oauth/revoke", "api_url": f"{self.host.url}/api/v4"},
            "oauth2": {
                "revoke_url": f"{self.host.url}/oauth2/revoke", "introspect_url": f"{self.host.url}/oauth2/introspect",
            },
        }.get(kind, {"api_url": self.host.url})
        return self.env["unicdo.oauth.provider"].sudo().create({
            "name": f"Host {kind}", "kind": kind, "authorize_url": app.authorize_url, "token_url": app.token_url,
            "client_id": app.client_id, "new_secret": app.client_secret, "scope": SCOPES[kind], **addresses, **vals,
        })

    def _begin(self, provider, next_path=CONNECTIONS):
        """Press the button that connects.

        :return: where the browser is sent
        """
        page = self.url_open(CONNECTIONS)
        data = {"csrf_token": self._csrf(page), "provider": provider.id, "next": next_path}
        answer = self.url_open("/unicdo/oauth/connect", data=data, allow_redirects=False)
        self.assertEqual(answer.status_code, 303)
        return answer.headers["Location"]

    def _return(self, address):
        """Come back from the provider."""
        parts = urlsplit(address)
        return self.url_open(f"{parts.path}?{parts.query}", allow_redirects=False)

    def _connect(self, provider, **agreement):
        """Connect as the signed-in person.

        :return: the new connection
        """
        answer = self._return(self.host.authorize(self._begin(provider), **agreement))
        self.assertEqual(answer.status_code, 303, answer.text)
        self.env.invalidate_all()
        return self.tokens.search([], limit=1)
