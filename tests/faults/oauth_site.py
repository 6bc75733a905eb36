# SPDX-License-Identifier: LGPL-3.0-or-later
"""People with several devices who connect accounts at a real code host, for fault tests of tokens (TOK-2)."""
import contextlib
import hashlib
import json
import re
import time
from urllib.parse import urlencode, urlsplit

import requests

from tests.faults.conftest import postpone_jobs
from tests.support.code_host import CodeHost
from tests.support.odoo_process import free_ports, rows, wait_until

CONNECTIONS = "/my/privacy/connections"
RETURN = "/unicdo/oauth/return"
KINDS = {"github_app": "github_app", "github_oauth": "oauth_app", "gitlab": "gitlab", "oauth2": "plain"}
#: makes people and providers, and a vault
PREPARE = """
from types import SimpleNamespace
from odoo.addons.unicdo_privacy.tests.common import PrivacyMixin
from odoo.addons.unicdo_privacy.tests.oauth_common import KINDS, OAuthCase
world = {world!r}
for key, value in world["parameters"].items():
    env["ir.config_parameter"].set_param(key, value)

env["unicdo.vault"]._require()
maker = PrivacyMixin()
maker.env = env
for role, login in world["people"]:
    maker._user_with_role(role, login)

apps = {{kind: SimpleNamespace(**app) for kind, app in world["apps"].items()}}
site = SimpleNamespace(env=env, host=SimpleNamespace(url=world["url"], apps=apps))
for kind in KINDS:
    print("PROVIDER", kind, OAuthCase._provider(site, kind).id)

env.cr.commit()
"""


class Site:
    """A database with people and providers, and the address of the server that serves it.

    :param bench: the workshop
    :param str label: names the database
    :param host: a started ``CodeHost``
    :param list people: pairs of a role and a sign-in name, which is the password too
    """

    def __init__(self, bench, label, host, port, people):
        self.bench, self.host, self.port = bench, host, port
        self.name = bench.copy(label)
        self.url = f"http://127.0.0.1:{port}"
        world = {
            "people": people, "url": host.url, "apps": {kind: vars(app) for kind, app in host.apps.items()},
            "parameters": {
                "unicdo.oauth.allow_private": "True", "web.base.url": self.url, "web.base.url.freeze": "True",
            },
        }
        printed = bench.shell(self.name, PREPARE.format(world=world))
        self.providers = {kind: int(number) for kind, number in re.findall(r"PROVIDER (\w+) (\d+)", printed)}
        postpone_jobs(self.name)

    def serve(self, label="server", *options, **environment):
        """Options and environment of a server of this site with the page that opens tokens; a context manager."""
        return self._serve(label, self.port, options, environment)

    @contextlib.contextmanager
    def _serve(self, label, port, options, environment):
        options = [f"--http-port={port}", "--max-cron-threads=0", "--load=base,web,rpc,unicdo_faults_oauth", *options]
        with self.bench.server(self.name, label, *options, **environment) as process:
            assert wait_until(lambda: is_up(f"http://127.0.0.1:{port}"), 90), self.bench.log(label)[-2000:]
            yield process

    @contextlib.contextmanager
    def second_server(self, label="second", *options):
        """Another process for the same database and files; its address."""
        (port,) = free_ports(1)
        with self._serve(label, port, options, {}):
            yield f"http://127.0.0.1:{port}"

    @contextlib.contextmanager
    def host_stands_still(self):
        """The code host answers nobody inside, and everybody afterwards."""
        self.host.pause()
        try:
            yield
        finally:
            self.host.go_on()

    def rows(self, query, parameters=None):
        return rows(self.name, query, parameters)

    def row(self, token, *columns):
        """Columns of a token's row."""
        (found,) = self.rows(f"SELECT {', '.join(columns)} FROM unicdo_oauth_token WHERE id = %s", [token])
        return found

    def seals(self, *tokens):
        """What is kept of tokens: pairs of id and use."""
        return self.rows("SELECT token_id, use FROM unicdo_oauth_seal WHERE token_id = ANY(%s)", [list(tokens)])

    def session_file(self, sid):
        return self.bench.data_dir / "sessions" / sid[:2] / sid

    def device(self, login, sign_in=True):
        device = Device(self, login)
        if sign_in:
            device.sign_in()
        return device


class Device:
    """One browser of one person."""

    def __init__(self, site, login):
        self.site, self.login = site, login
        self.http = requests.Session()
        self.http.trust_env = False
        self.url = site.url
        self.secrets = {}

    @property
    def sid(self):
        return self.http.cookies["session_id"]

    @sid.setter
    def sid(self, sid):
        self.http.cookies.clear()
        self.http.cookies.set("session_id", sid, domain="127.0.0.1", path="/")

    def get(self, path, method="GET", **options):
        """A request whose redirects are not followed; a server's error is none of the answers allowed."""
        answer = self.http.request(method, self.url + path, allow_redirects=False, timeout=60, **options)
        assert answer.status_code < 500, f"{path}: {answer.status_code}"
        return answer

    def post(self, path, **data):
        return self.get(path, "POST", data=data)

    def rpc(self, path, **params):
        """The result of a JSON-RPC call."""
        content = self.get(path, "POST", json={"jsonrpc": "2.0", "method": "call", "params": params}).json()
        if "error" in content:
            raise RuntimeError(json.dumps(content["error"]))
        return content.get("result")

    def call(self, model, method, *args, **kwargs):
        return self.rpc("/web/dataset/call_kw", model=model, method=method, args=list(args), kwargs=kwargs)

    def confirmed(self, model, method, *args, **kwargs):
        """Call what asks for the password first, and give it."""
        asked = self.call(model, method, *args, **kwargs)
        if not isinstance(asked, dict) or asked.get("res_model") != "res.users.identitycheck":
            return asked
        return self.call("res.users.identitycheck", "run_check", [asked["res_id"]], context={"password": self.login})

    def sign_in(self):
        self.http.cookies.clear()
        known = self.rpc("/web/session/authenticate", db=self.site.name, login=self.login, password=self.login)
        self.uid = known["uid"]

    def begin(self, kind="github_app"):
        """Press the button that connects; where the browser is sent."""
        csrf = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', self.get(CONNECTIONS).text)[1]
        answer = self.post("/unicdo/oauth/connect", csrf_token=csrf, provider=self.site.providers[kind])
        assert answer.status_code == 303, answer.text
        return answer.headers["Location"]

    def agreed(self, kind="github_app"):
        """Agree at the code host; the path that leads back."""
        parts = urlsplit(self.site.host.authorize(self.begin(kind)))
        return f"{parts.path}?{parts.query}"

    def connect(self, kind="github_app"):
        """Connect an account; the connection's id."""
        answer = self.get(self.agreed(kind))
        assert answer.status_code == 303, answer.text
        ((token,),) = self.site.rows("SELECT max(id) FROM unicdo_oauth_token WHERE user_id = %s", [self.uid])
        self.secrets[token] = self.site.host.tokens()[-1]["access_token"]
        return token

    def open(self, *tokens, sid=None, **more):
        """Try to open tokens in a request with this device's cookie, or another; what came of the last, or only, token.

        :return: the word: "open", or why not
        """
        return self.opening(*tokens, sid=sid, **more)[-1][str(tokens[-1])][0]

    def opening(self, *tokens, sid=None, **more):
        """All that came of it: of each try, by token, the word and the text, or the token's digest."""
        query = urlencode({"tokens": ",".join(map(str, tokens)), **more})
        if sid is None:
            answer = self.get(f"/unicdo_faults/open?{query}")
        else:
            answer = requests.get(f"{self.url}/unicdo_faults/open?{query}", cookies={"session_id": sid}, timeout=60)
        assert answer.status_code == 200, answer.text
        return answer.json()["tried"]

    def has(self, token):
        """Whether the token opens here, as the very one that the code host gave."""
        digest = hashlib.sha256(self.secrets[token].encode()).hexdigest()
        return self.opening(token)[-1][str(token)] == ["open", digest]

    def is_revoked(self, token):
        """Whether the code host was told that the token has ended."""
        return next(one["revoked"] for one in self.site.host.tokens() if one["access_token"] == self.secrets[token])

    def proof(self, token):
        """What the person is told of a connection's end, as their page shows it."""
        page = self.get(CONNECTIONS).text
        section = re.search(rf'<section[^>]*id="connection_{token}".*?</section>', page, re.DOTALL)[0]
        return " ".join(re.sub(r"<[^>]+>", " ", section).split())


def is_up(url):
    try:
        return requests.get(f"{url}/web/login", timeout=60).status_code == 200
    except requests.RequestException:
        return False


@contextlib.contextmanager
def code_host_and_port():
    """A code host that sends people back to a port on which a server will be."""
    (port,) = free_ports(1)
    with CodeHost(f"http://127.0.0.1:{port}{RETURN}") as host:
        yield host, port


def age(path, seconds):
    """Change a session's file as if it had been made and touched so long ago."""
    content = json.loads(path.read_text())
    content["create_time"] -= seconds
    path.write_text(json.dumps(content))
    return time.time() - seconds
