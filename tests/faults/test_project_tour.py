# SPDX-License-Identifier: LGPL-3.0-or-later
"""A person connects a code host, sets up a project, logs off, and sees the proof: in a real Chromium, with a real server, a
real OAuth 2 server, and deliveries that really come (POLICY TOK-1, TOK-2)."""
import pytest

from tests.faults.conftest import postpone_jobs, trouble_in
from tests.faults.test_package_download import Browser, is_up
from tests.support.chromium import Chromium
from tests.support.code_host import CodeHost
from tests.support.odoo_process import free_ports, rows, wait_until

PREPARE = """
from odoo.fields import Command

parameters = env["ir.config_parameter"]
parameters.set_param("web.base.url", {url!r})
parameters.set_param("web.base.url.freeze", "True")
parameters.set_param("unicdo.oauth.allow_private", "True")
env["unicdo.oauth.provider"].create([{{
    "name": name, "kind": kind, "authorize_url": authorize, "token_url": token, "api_url": {host!r},
    "client_id": number, "new_secret": secret, "scope": scope,
}} for name, kind, authorize, token, number, secret, scope in {apps!r}])
env["res.users"].with_context(no_reset_password=True).create({{
    "name": "Ann Lee", "login": "ann", "password": "ann", "email": "ann@x.example",
    "group_ids": [Command.set([env.ref("base.group_portal").id])],
}})
env.cr.commit()
"""
REPOSITORY = "octo/shop"
PAGE = "/my/privacy/projects"


@pytest.fixture(scope="module")
def site(bench):
    """A database with two code hosts, a server before it, and the host: names, address, host."""
    name = bench.copy("tour")
    port, events = free_ports(2)
    url = f"http://127.0.0.1:{port}"
    with CodeHost(f"{url}/unicdo/oauth/return") as host:
        apps = [
            (label, kind, app.authorize_url, app.token_url, app.client_id, app.client_secret, scope)
            for label, kind, app, scope in (
                ("GitHub", "github_app", host.apps["github_app"], False),
                ("GitHub OAuth", "github_oauth", host.apps["oauth_app"], "repo"),
            )
        ]
        bench.shell(name, PREPARE.format(url=url, host=host.url, apps=apps))
        postpone_jobs(name)
        with bench.server(name, "tour", f"--http-port={port}", f"--gevent-port={events}", "--max-cron-threads=0"):
            assert wait_until(lambda: is_up(Browser(port)), 90)
            yield name, url, host


def at(browser, text):
    """Wait until the page shows a text."""
    browser.until(f"document.readyState === 'complete' && document.body.innerText.includes({text!r})")


def press(browser, label):
    """Click the button of a page of ours with this text, once its scripts are there: Odoo holds earlier clicks back."""
    browser.until("window.odoo?.loader?.modules.has('@unicdo_privacy/interactions/project_verify')")
    browser.run(f"""(() => {{
        const found = [...document.querySelectorAll("main button, main a, button[value]")];
        const button = found.find((item) => item.textContent.trim().startsWith({label!r}) || item.value === {label!r});
        button.setAttribute("data-pressed", "1");
    }})()""")
    browser.click("[data-pressed]")


def agree(browser, host):
    """Say yes on the code host's page."""
    browser.until(f"location.href.startsWith({host.url!r}) && document.readyState === 'complete'")
    browser.run("document.querySelector('[name=user]').value = 'octo'")
    browser.click("[name=decision][value=agree]")


def set_up(browser, url, host, provider):
    """Set up a project from the list of projects to the page that says that it works."""
    browser.open(f"{url}{PAGE}")
    browser.run(f"""(() => {{
        const select = document.querySelector("#project_provider");
        select.value = [...select.options].find((option) => option.text === {provider!r}).value;
    }})()""")
    press(browser, "Begin")
    at(browser, "To go on, connect")
    press(browser, "Connect")
    agree(browser, host)
    at(browser, "1. Choose a repository")
    press(browser, REPOSITORY)
    at(browser, "2. Set it up")
    press(browser, "Set up")
    at(browser, "Everything works")


def sign_in(browser, url):
    browser.open(f"{url}/web/login")
    browser.run("""(() => {
        const [login, password] = ["#login", "#password"].map((field) => document.querySelector(field));
        login.value = password.value = "ann";
        login.form.submit();
    })()""")
    browser.until("location.pathname.startsWith('/my') && document.readyState === 'complete'")


def test_connect_set_up_log_off_and_see_the_proof(bench, site):
    """TOK-1, TOK-2: the page looks by itself for the delivery; the token is gone as soon as hook and key work."""
    name, url, host = site
    with Chromium() as browser:
        sign_in(browser, url)
        set_up(browser, url, host, "GitHub")
        assert [hook["deliveries"][0]["status"] for hook in host.hooks(REPOSITORY)] == [204]
        assert len(host.keys(REPOSITORY)) == 1
        assert host.tokens()[0]["revoked"], "dropped at once, before anybody logs off"
        assert rows(name, "SELECT count(*) FROM unicdo_oauth_seal") == [(0,)]

        browser.open(f"{url}/my/privacy/connections")
        at(browser, "Its work was done")
        at(browser, "Revoked at the provider")
        press(browser, "Connect")
        agree(browser, host)
        at(browser, "End this connection now")
        browser.open(f"{url}/web/session/logout?redirect=/web/login")
        assert [token["revoked"] for token in host.tokens()] == [True, True]

        sign_in(browser, url)
        browser.open(f"{url}/my/privacy/connections")
        at(browser, "Log-off, ")
        at(browser, "no copy is left")
        browser.open(f"{url}{PAGE}")
        press(browser, REPOSITORY)
        at(browser, "Everything works")
        assert len(host.keys(REPOSITORY)) == 1, "the key stays"
    assert not trouble_in(bench.log("tour"))


def test_a_project_is_ended_where_revoking_would_remove_the_key(bench, site):
    """TOK-1, TOK-2: a GitHub OAuth App's token is forgotten, and the page says so; ending takes a new connection."""
    name, url, host = site
    host.reset()
    with Chromium(390, 844) as browser:
        sign_in(browser, url)
        set_up(browser, url, host, "GitHub OAuth")
        browser.open(f"{url}/my/privacy/connections")
        at(browser, "would have removed the deploy key")
        assert len(host.keys(REPOSITORY)) == 1
        browser.open(f"{url}{PAGE}")
        press(browser, REPOSITORY)
        at(browser, "Everything works")
        press(browser, "End this project")
        at(browser, "Connect to remove them")
        press(browser, "Connect to remove them")
        agree(browser, host)
        at(browser, "Remove webhook and key there")
        press(browser, "Remove webhook and key there")
        at(browser, "Removed")
        assert wait_until(lambda: not host.hooks(REPOSITORY) and not host.keys(REPOSITORY), 10)
    assert not trouble_in(bench.log("tour"))
