# SPDX-License-Identifier: LGPL-3.0-or-later
"""Tokens, codes, verifiers and secrets stand nowhere in clear: everything that Odoo leaves behind is searched (TOK-2)."""
import base64
import io
import itertools
import json
import re
import secrets
import shutil
import subprocess
import zipfile
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from tests.faults.oauth_site import CONNECTIONS, KINDS, Site, code_host_and_port

pytestmark = pytest.mark.quiet

PEOPLE = [("internal", "ann@example.com"), ("officer", "olga@example.com"), ("admin", "root@example.com")]
DEBUG = ("--log-level=debug", *(f"--log-handler={name}:DEBUG" for name in (
    "", "odoo.sql_db", "odoo.http.rpc.request", "odoo.http.rpc.response", "werkzeug", "urllib3", "requests")))
#: request by which each kind of provider is told that a token has ended
REVOCATIONS = {"github_app": "DELETE /applications/*", "github_oauth": "DELETE /applications/*",
               "gitlab": "POST /oauth/revoke", "oauth2": "POST /oauth2/revoke"}
#: what may come instead of a token
FAILURES = ("401", "500", "cut", "after:cut", "after:wrong_json", "invalid_json", "wrong_type", "drop", "redirect_port")
TOKEN_PATHS = ("/login/oauth/access_token", "/oauth/token", "/oauth2/token")


def forms(secret):
    """A secret as it may stand in a file: raw, hexadecimal, in an address, and inside of base64 at each of its three
    alignments."""
    data = secret.encode()
    found = {data, data.hex().encode(), data.hex().upper().encode(), quote(secret, safe="").encode()}
    for offset, encode in itertools.product(range(3), (base64.b64encode, base64.urlsafe_b64encode)):
        encoded = encode(bytes(offset) + data)
        # without the characters that the neighbours have a share in
        found.add(encoded[(offset * 8 + 5) // 6:(offset + len(data)) * 8 // 6])
    return found


def search(wanted, *places):
    """Search files and folders by grep, byte by byte.

    :param wanted: secrets
    :return: dict of each secret that was found → names of the files
    """
    needles = {form.decode(): secret for secret in wanted for form in forms(secret)}
    patterns = places[0].with_name("needles")
    patterns.write_text("\n".join(needles))
    done = subprocess.run(
        ["grep", "-raoFf", patterns, "--", *places], capture_output=True, check=False, env={"LC_ALL": "C"}, text=True)
    assert done.returncode in (0, 1), done.stderr
    patterns.unlink()
    found = {}
    for line in done.stdout.splitlines():
        path, _colon, needle = line.partition(":")
        found.setdefault(needles[needle], set()).add(Path(path).name)
    return found


class Story:
    """All that is done with tokens, at the most talkative level of the log, and what it leaves behind."""

    def __init__(self, site, process, folder):
        self.site, self.process, self.folder = site, process, folder
        self.control = secrets.token_urlsafe(30)
        self.secrets = set()

    def tell(self):
        """Connect, use, fail, log off while the providers are down and while they are up, connect again and stay."""
        boss = self.site.device("root@example.com")
        for kind, app in KINDS.items():
            boss.call("unicdo.oauth.provider", "web_save", [self.site.providers[kind]],
                      {"new_secret": self.site.host.apps[app].client_secret}, specification={"new_secret": {}})
        for is_down in (True, False):
            device = self.site.device("ann@example.com")
            tokens = [self.connect(device, kind) for kind in KINDS]
            if is_down:
                self.fail(device, tokens)
            for pattern in REVOCATIONS.values() if is_down else ():
                self.site.host.fail(pattern, "500")
            assert device.get("/web/session/logout").status_code == 303
            assert {self.site.row(token, "revocation") for token in tokens} == {("waiting" if is_down else "done",)}
        stays = self.site.device("ann@example.com")
        for kind in KINDS:
            self.connect(stays, kind)
        (self.folder / "page.html").write_text(stays.get(CONNECTIONS).text)
        self.note_secrets()

    def connect(self, device, kind):
        path = device.agreed(kind)
        self.note_return(path)
        assert device.get(path).status_code == 303
        ((token,),) = self.site.rows("SELECT max(id) FROM unicdo_oauth_token")
        assert device.open(token) == "open"
        return token

    def note_return(self, path):
        query = parse_qs(urlsplit(path).query)
        self.secrets |= {query["code"][0], *query["state"][0].split(".")}

    def fail(self, device, tokens):
        """Let errors of ours and of the providers come, with tokens in hand."""
        for token in tokens:
            answer = device.http.get(f"{device.url}/unicdo_faults/crash?token={token}", timeout=60)
            assert answer.status_code == 500
            (self.folder / f"error{token}.html").write_text(answer.text)
        for mode, path in zip(FAILURES, itertools.cycle(TOKEN_PATHS)):
            kind = {"/oauth/token": "gitlab", "/oauth2/token": "oauth2"}.get(path, "github_oauth")
            back = device.agreed(kind)
            self.note_return(back)
            self.site.host.fail(f"POST {path}", mode)
            page = device.get(back)
            assert "Nothing was kept" in page.text
            (self.folder / f"failed-{mode}.html").write_text(page.text)
        self.site.host.heal()

    def note_secrets(self):
        """What went to the code host and came from it."""
        for token in self.site.host.tokens():
            self.secrets |= {token["access_token"], token["refresh_token"]} - {None}
        self.secrets |= {app.client_secret for app in self.site.host.apps.values()}
        for call in self.site.host.calls:
            self.secrets |= set(parse_qs(call.body).get("code_verifier", ()))

    def leave(self):
        """Everything that Odoo can be made to hand out, as files."""
        self.read_all()
        self.export_all()
        with (self.folder / "dump.sql").open("wb") as file:
            subprocess.run(["pg_dump", self.site.name], stdout=file, check=True)
        for number in {self.process.pid, *children(self.process.pid)}:
            for name in ("cmdline", "environ"):
                (self.folder / f"{name}-{number}").write_bytes(Path(f"/proc/{number}/{name}").read_bytes())

    def read_all(self):
        """Read all our models by RPC, as officer and as administrator."""
        boss = self.site.device("root@example.com")
        models = [one["model"] for one in boss.call("ir.model", "search_read", [("model", "=like", "unicdo.%")], ["model"])]
        assert "unicdo.oauth.seal" in models
        for device in (boss, self.site.device("olga@example.com")):
            texts = []
            for model in [*models, "mail.mail", "mail.message", "ir.logging", "ir.config_parameter"]:
                for fields in ([], ["sealed", "sealed_secret", "session"]):
                    try:
                        texts.append(json.dumps(device.call(model, "search_read", [], fields)))
                    except RuntimeError as error:
                        texts.append(str(error))
            (self.folder / f"rpc-{device.login}").write_text("\n".join(texts))

    def export_all(self):
        """Export as an officer who may, in both formats."""
        boss, officer = self.site.device("root@example.com"), self.site.device("olga@example.com")
        ((group,),) = self.site.rows("SELECT res_id FROM ir_model_data WHERE name = 'group_allow_export'")
        boss.call("res.users", "write", [officer.uid], {"group_ids": [[4, group]]})
        for device, model in ((officer, "unicdo.oauth.token"), (officer, "unicdo.ledger.event"), (boss, "unicdo.oauth.provider")):
            names = [name for name, field in device.call(model, "fields_get").items() if field.get("exportable", True)]
            data = {"model": model, "domain": [], "ids": False, "import_compat": False,
                    "fields": [{"name": name, "label": name} for name in names]}
            sheet = device.get("/web/export/csv", params={"data": json.dumps(data)})
            assert sheet.status_code == 200
            (self.folder / f"{model}.csv").write_bytes(sheet.content)
            book = device.get("/web/export/xlsx", params={"data": json.dumps(data)})
            with zipfile.ZipFile(io.BytesIO(book.content)) as archive:
                archive.extractall(self.folder / f"{model}.xlsx")

    def plant(self):
        """Leave the control where a leak would stand: raw, hexadecimal, and encoded between others' characters."""
        inside = base64.b64encode(b"x" + self.control.encode() + b"yz").decode()
        self.site.rows("CREATE TABLE unicdo_control (content bytea)")
        self.site.rows("INSERT INTO unicdo_control VALUES (%s)", [self.control.encode()])
        (self.site.bench.data_dir / "control").write_text(f"before{inside}after")
        with (self.site.bench.folder / "server.log").open("a") as log:
            log.write(f"{quote(self.control)}\n")


def children(pid):
    return map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())


@pytest.fixture(scope="module")
def story(bench):
    folder = bench.folder / "left"
    folder.mkdir()
    with code_host_and_port() as (host, port):
        site = Site(bench, "oauth_nowhere", host, port, PEOPLE)
        with site.serve("server", *DEBUG) as process:
            told = Story(site, process, folder)
            told.tell()
            told.plant()
            told.leave()
            yield told


def test_the_grep_finds_nothing(story, bench):
    """TOK-2: in no dump, file, session, log, traceback, page, process list, export or answer; but each control is found."""
    found = search({*story.secrets, story.control}, story.folder, bench.data_dir, *bench.folder.glob("*.log"))
    assert found.pop(story.control) == {"dump.sql", "control", "server.log"}
    assert not found, {f"{secret[:8]}…": places for secret, places in found.items()}
    assert len(story.secrets) > 60


def test_the_log_was_as_talkative_as_it_can_be(story, bench):
    """TOK-2: it tells of each query, request and traceback, with marks where secrets would stand."""
    log = bench.log("server")
    assert re.search(r" DEBUG \S+ odoo\.sql_db: .*query: ", log)
    assert re.search(r" DEBUG \S+ odoo\.service\.model: call unicdo\.oauth\.provider.*'\[masked\]'", log)
    assert "return?code=[masked]&state=[masked]" in log
    assert len(re.findall("^ValueError: Calling with .*", log, re.MULTILINE)) >= 4


def test_every_form_of_a_secret_is_found(tmp_path):
    """TOK-2: what the search promises, with secrets of every length."""
    for length in range(20, 26):
        secret = secrets.token_urlsafe(length) + "/+~"
        for number, form in enumerate(sorted(forms(secret))):
            folder = tmp_path / f"{length}-{number}"
            folder.mkdir()
            (folder / "file").write_bytes(b"\0around" + form + b"it\xff")
            assert search({secret}, folder) == {secret: {"file"}}
            shutil.rmtree(folder)
