# SPDX-License-Identifier: LGPL-3.0-or-later
"""All ways in which a session ends, with two devices of one person each: what is bound to it opens no more (TOK-2)."""
import base64
import contextlib
import hmac
import json
import os
import re
import shutil
import struct
import threading
import time

import pytest

from tests.faults.conftest import trouble_in
from tests.faults.oauth_site import RETURN, Site, age, code_host_and_port
from tests.support.odoo_process import wait_until

CASES = (
    "link", "destroy", "device", "running", "password", "own", "totp", "passkey", "sql", "archived", "collected", "idle",
    "lost", "rotated", "late", "race", "fixed", "again",
)
PEOPLE = [("internal", f"{case}@example.com") for case in CASES] + [("admin", "root@example.com")]
#: seconds after which core changes a session's id softly, and lets the old one rest
ROTATION, REST = 3 * 3600, 120


@pytest.fixture(scope="module")
def site(bench):
    with code_host_and_port() as (host, port):
        made = Site(bench, "oauth_sessions", host, port, PEOPLE)
        with made.serve():
            yield made
        assert not trouble_in(bench.log("server"))


@pytest.fixture(scope="module")
def boss(site):
    """The administrator's browser."""
    return site.device("root@example.com")


class Pair:
    """Two devices of a person, each with a connection, and copies of all that an attacker could bring back later."""

    def __init__(self, site, case, kind="github_app"):
        self.site = site
        self.a, self.b = (site.device(f"{case}@example.com") for _number in range(2))
        self.tokens = self.at_a, self.at_b = self.a.connect(kind), self.b.connect(kind)
        assert self.a.has(self.at_a)
        assert self.b.has(self.at_b)
        # neither opens the other's
        assert self.a.open(self.at_b) == self.b.open(self.at_a) == "half"
        self.files = {device.sid: site.session_file(device.sid).read_bytes() for device in (self.a, self.b)}
        self.kept = site.rows(
            "SELECT token_id, use, key_id, expires_at, sealed FROM unicdo_oauth_seal WHERE token_id = ANY(%s)",
            [list(self.tokens)])

    def bring_back(self, token, sid):
        """Restore session file and rows of the database from backups, as far as they are gone."""
        path = self.site.session_file(sid)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(self.files[sid])
        for row in self.kept:
            if row[0] == token:
                self.site.rows(
                    "INSERT INTO unicdo_oauth_seal (token_id, use, key_id, expires_at, sealed) VALUES (%s, %s, %s, %s, %s)"
                    " ON CONFLICT DO NOTHING", row)
        self.site.rows("UPDATE unicdo_oauth_token SET ended_at = NULL, ended_how = NULL WHERE id = %s", [token])

    def is_closed(self, device, token, sid=None):
        """Nothing brings a token back: not its session's cookie, nor that session's file, nor its rows too.

        :param str sid: of the session that ended; of the backups
        """
        sid = sid or next(iter(self.files)) if device is self.a else sid or list(self.files)[1]
        ended = self.site.row(token, "ended_at", "ended_how", "revocation", "revoked_at")
        words = [device.open(token), device.open(token, sid=sid)]
        path = self.site.session_file(sid)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(self.files[sid])
        words.append(device.open(token, sid=sid))
        self.bring_back(token, sid)
        words.append(device.open(token, sid=sid))
        self.site.rows("DELETE FROM unicdo_oauth_seal WHERE token_id = %s", [token])
        self.site.rows(
            "UPDATE unicdo_oauth_token SET (ended_at, ended_how, revocation, revoked_at) = (%s, %s, %s, %s) WHERE id = %s",
            [*ended, token])
        return "open" not in words

    def ended(self, token, how, revocation="done"):
        """Whether a token's row says how it ended, nothing of it is kept, and the code host knows as the row says."""
        device = self.a if token == self.at_a else self.b
        assert self.site.row(token, "ended_how", "revocation") == (how, revocation)
        assert not self.site.seals(token)
        assert device.is_revoked(token) == (revocation == "done")
        return True

    def proves(self, reader, token, *texts):
        """Whether the person's own page tells these of a token."""
        proof = reader.proof(token)
        assert not [text for text in texts if text not in proof], proof
        return True


@contextlib.contextmanager
def resting_sessions_end(boss, seconds):
    """Let core end sessions that rest for so long."""
    key = "sessions.max_inactivity_seconds"
    boss.call("ir.config_parameter", "set_param", key, str(seconds))
    try:
        yield
    finally:
        boss.call("ir.config_parameter", "set_param", key, "604800")


def run_job(boss, site, name):
    """Let a scheduled action run, as its button does."""
    ((job,),) = site.rows("SELECT res_id FROM ir_model_data WHERE model = 'ir.cron' AND name = %s", [name])
    boss.call("ir.cron", "method_direct_trigger", [job])


@pytest.mark.parametrize(("case", "kind"), [("link", "gitlab"), ("destroy", "oauth2")])
def test_log_off_ends_what_its_session_holds(site, case, kind):
    """TOK-2: by link and by call; it is revoked, nothing brings it back, and the other device goes on."""
    pair = Pair(site, case, kind)
    if case == "link":
        assert pair.a.get("/web/session/logout").status_code == 303
    else:
        pair.a.rpc("/web/session/destroy")
    assert pair.ended(pair.at_a, "logout")
    assert pair.is_closed(pair.a, pair.at_a)
    assert pair.b.has(pair.at_b)
    assert not pair.b.is_revoked(pair.at_b)
    assert pair.proves(pair.b, pair.at_a, "Log-off", "no copy is left", "Revoked at the provider")


def device_of(site, device):
    """Core's row of a device."""
    ((found,),) = site.rows(
        "SELECT id FROM res_device WHERE session_identifier = %s AND user_id = %s", [device.sid[:42], device.uid])
    return found


def test_a_device_signed_out_from_elsewhere(site):
    """TOK-2: its token is revoked with what stands in its session, and the one that signs it out goes on."""
    pair = Pair(site, "device")
    pair.b.confirmed("res.device", "revoke", [device_of(site, pair.a)])
    assert not site.session_file(pair.a.sid).exists()
    assert pair.ended(pair.at_a, "device")
    assert pair.is_closed(pair.a, pair.at_a)
    assert pair.b.has(pair.at_b)
    assert pair.proves(pair.b, pair.at_a, "Device signed out from elsewhere", "no copy is left", "Revoked at the provider")


def test_a_device_signed_out_during_a_request_of_its_own(site):
    """TOK-2: the running request opens no more, and the session file that it writes back opens nothing."""
    pair, answers = Pair(site, "running"), []
    held = site.bench.data_dir / "held"
    request = threading.Thread(target=lambda: answers.append(pair.a.opening(pair.at_a, hold="held")))
    request.start()
    try:
        assert wait_until(held.exists, 20, pause=0.01)
        pair.b.confirmed("res.device", "revoke", [device_of(site, pair.a)])
        assert not site.session_file(pair.a.sid).exists()
    finally:
        held.unlink(missing_ok=True)
        request.join(20)
    first, second = answers[0]
    assert (first[str(pair.at_a)][0], second[str(pair.at_a)][0]) == ("open", "ended")
    assert site.session_file(pair.a.sid).exists(), "core's trap is gone: then this test proves less"
    assert pair.ended(pair.at_a, "device")
    assert pair.is_closed(pair.a, pair.at_a)
    # the session that came back gets no new one either
    answer = pair.a.get(pair.a.agreed())
    assert "could not be sealed" in answer.text
    assert site.host.tokens()[-1]["revoked"]
    assert pair.b.has(pair.at_b)


def both_ended(pair, reader=None):
    """Both tokens ended with the way to sign in, and who is signed in yet is told so."""
    for token in pair.tokens:
        assert pair.ended(token, "sign_in")
        if reader:
            assert pair.proves(reader, token, "Sign-in changed or account archived", "no copy is left", "Revoked")


def both_closed(pair):
    """Nothing brings them back."""
    for device, token in ((pair.a, pair.at_a), (pair.b, pair.at_b)):
        assert pair.is_closed(device, token)


def test_a_password_changed_by_somebody_else(site, boss):
    """TOK-2: both devices."""
    pair = Pair(site, "password")
    boss.call("res.users", "write", [pair.a.uid], {"password": "another long word"})
    both_ended(pair)
    both_closed(pair)


def test_a_password_changed_by_oneself(site):
    """TOK-2: core lets that session live; its token ends all the same."""
    pair = Pair(site, "own")
    csrf = re.search(r'name="csrf_token" value="([^"]+)"', pair.a.get("/my/security").text)[1]
    pair.a.post("/my/security", csrf_token=csrf, op="password", old=pair.a.login, new1="own word", new2="own word")
    both_ended(pair, pair.a)
    # who is still signed in connects anew
    assert pair.a.has(pair.a.connect())
    both_closed(pair)


def totp(secret):
    """The code of now (RFC 6238)."""
    key = base64.b32decode(re.sub(r"\s", "", secret))
    mac = hmac.new(key, struct.pack(">Q", int(time.time()) // 30), "sha1").digest()
    offset = mac[-1] & 15
    return f"{(struct.unpack('>I', mac[offset:offset + 4])[0] & 0x7FFFFFFF) % 10**6:06}"


def test_a_second_factor_turned_on_and_off(site, boss):
    """TOK-2: by oneself, and off again by an administrator."""
    pair = Pair(site, "totp")
    wizard = pair.a.confirmed("res.users", "action_totp_enable_wizard", [pair.a.uid])["res_id"]
    (known,) = pair.a.call("auth_totp.wizard", "read", [wizard], ["secret"])
    pair.a.confirmed("auth_totp.wizard", "enable", [wizard], context={"code": totp(known["secret"])})
    assert site.rows("SELECT totp_secret IS NOT NULL FROM res_users WHERE id = %s", [pair.a.uid]) == [(True,)]
    both_ended(pair, pair.a)
    assert pair.is_closed(pair.b, pair.at_b)
    token = pair.a.connect()
    assert pair.a.has(token)
    boss.confirmed("res.users", "action_totp_disable", [pair.a.uid])
    assert site.row(token, "ended_how", "revocation") == ("sign_in", "done")
    assert pair.a.open(token) != "open"


def test_a_passkey_removed_by_an_administrator(site, boss):
    """TOK-2: core deletes it without writing on its user."""
    ((key,),) = site.rows("""
        INSERT INTO auth_passkey_key (name, credential_identifier, public_key, sign_count, create_uid)
        SELECT 'Key', 'fault', 'x', 0, id FROM res_users WHERE login = 'passkey@example.com' RETURNING id""")
    pair = Pair(site, "passkey")
    boss.call("auth.passkey.key", "unlink", [key])
    both_ended(pair)
    both_closed(pair)


def test_a_way_to_sign_in_changed_past_odoo(site):
    """TOK-2: by SQL, so that no hook runs and core's cache does not know."""
    pair = Pair(site, "sql")
    site.rows("UPDATE res_users SET password = 'x' WHERE id = %s", [pair.a.uid])
    assert pair.a.open(pair.at_a) == pair.b.open(pair.at_b) == "changed"
    site.rows("UPDATE res_users SET active = false WHERE id = %s", [pair.a.uid])
    assert pair.a.open(pair.at_a) != "open"
    assert pair.b.open(pair.at_b) != "open"


def test_who_may_not_change_it_ends_nothing(site):
    """TOK-2: a call that is refused leaves others' tokens alone, though their end stands in a transaction of its own."""
    pair = Pair(site, "archived")
    stranger = site.device("again@example.com")
    for vals in ({"password": "x"}, {"active": False}, {"login": "y"}):
        with pytest.raises(RuntimeError, match="AccessError"):
            stranger.call("res.users", "write", [pair.a.uid], vals)
    with pytest.raises(RuntimeError, match="AccessError"):
        stranger.confirmed("res.device", "revoke", [device_of(site, pair.a)])
    assert pair.a.has(pair.at_a)
    assert pair.b.has(pair.at_b)


def test_an_archived_user(site, boss):
    """TOK-2: both devices; made active again, nothing opens."""
    pair = Pair(site, "archived")
    boss.call("res.users", "action_archive", [pair.a.uid])
    both_ended(pair)
    both_closed(pair)
    boss.call("res.users", "action_unarchive", [pair.a.uid])
    both_closed(pair)


def rest(site, device, seconds):
    """Let a device's session have rested for so long."""
    path = site.session_file(device.sid)
    content = json.loads(path.read_text())
    for trace in content["_trace"]:
        trace["last_activity"] -= seconds
    path.write_text(json.dumps(content))
    os.utime(path, (time.time() - seconds,) * 2)


def test_a_session_file_that_core_collects(site, boss):
    """TOK-2: the job that follows notes the end, so that the file from a backup opens nothing."""
    pair = Pair(site, "collected")
    rest(site, pair.a, 2 * 3600)
    with resting_sessions_end(boss, 3600):
        run_job(boss, site, "autovacuum_job")
        assert not site.session_file(pair.a.sid).exists()
        assert site.session_file(pair.b.sid).exists()
        assert pair.a.open(pair.at_a, sid=pair.a.sid) == "half"
        run_job(boss, site, "unicdo_oauth_cron")
    assert pair.ended(pair.at_a, "session", "none")
    assert pair.is_closed(pair.a, pair.at_a)
    assert pair.b.has(pair.at_b)
    assert pair.proves(pair.b, pair.at_a, "End of the session", "no copy is left", "Not revoked at the provider, unreadable")


def test_a_session_that_rested_too_long(site, boss):
    """TOK-2: core takes it back as long as its collector has not come; its token is not taken back."""
    pair = Pair(site, "idle")
    rest(site, pair.a, 2 * 3600)
    with resting_sessions_end(boss, 3600):
        assert "Connections" in pair.a.get("/my/privacy/connections").text
        assert time.time() - site.session_file(pair.a.sid).stat().st_mtime < 60, "core does not write it back any more"
        assert pair.a.open(pair.at_a) != "open"
    assert pair.ended(pair.at_a, "session", "none")
    assert pair.is_closed(pair.a, pair.at_a)
    assert pair.b.has(pair.at_b)


def test_all_sessions_lost(site):
    """TOK-2: their folder is emptied; both are closed, and stay so when it comes back from a backup."""
    pair = Pair(site, "lost")
    for folder in (site.bench.data_dir / "sessions").iterdir():
        shutil.rmtree(folder)
    assert pair.a.open(pair.at_a, sid=pair.a.sid) == pair.b.open(pair.at_b, sid=pair.b.sid) == "half"
    run_job(site.device("root@example.com"), site, "unicdo_oauth_cron")
    for device, token in ((pair.a, pair.at_a), (pair.b, pair.at_b)):
        assert pair.ended(token, "session", "none")
        assert pair.is_closed(device, token)


def test_a_soft_change_of_the_session_id(site):
    """TOK-2: the token goes on with the new id; the old one opens nothing, neither while it rests nor afterwards."""
    pair = Pair(site, "rotated")
    old = pair.a.sid
    age(site.session_file(old), ROTATION + 1)
    pair.a.get("/my/privacy/connections")
    new = pair.a.sid
    assert new != old
    assert new[:42] == old[:42]
    assert pair.a.has(pair.at_a)
    assert pair.a.open(pair.at_a, sid=old) == "session"
    assert "could not be sealed" in requests_with(pair.a, old, pair.a.agreed())
    assert pair.a.has(pair.at_a)
    # the old one put on, as if core had not rotated it
    site.session_file(old).write_bytes(pair.files[old])
    assert pair.a.get("/web/session/logout").status_code == 303
    assert pair.ended(pair.at_a, "logout")
    pair.files[new] = pair.files[old]
    for sid in (old, new):
        assert pair.is_closed(pair.a, pair.at_a, sid)
    assert pair.b.has(pair.at_b)


def requests_with(device, sid, path):
    """A page asked for with another cookie."""
    other = device.site.device(device.login, sign_in=False)
    other.sid = sid
    return other.get(path).text


def test_an_old_session_id_kept_on_disk_too_long(site):
    """TOK-2: core logs off who shows it; it opens nothing."""
    pair = Pair(site, "late")
    old = pair.a.sid
    age(site.session_file(old), ROTATION + 1)
    pair.a.get("/my/privacy/connections")
    path = site.session_file(old)
    content = json.loads(path.read_text())
    content["deletion_time"] -= REST + 1
    path.write_text(json.dumps(content))
    assert pair.a.open(pair.at_a, sid=old) != "open"
    assert pair.b.has(pair.at_b)


def test_log_off_while_the_code_host_answers(site):
    """TOK-2: the token comes for a session that has ended meanwhile: it is given back, and nothing is told as a connection."""
    device, answers = site.device("race@example.com"), []
    path, sid = device.agreed(), device.sid
    with site.host_stands_still():
        coming = threading.Thread(target=lambda: answers.append(requests_with(device, sid, path)))
        coming.start()
        assert wait_until(lambda: not site.rows("SELECT 1 FROM unicdo_oauth_flow WHERE user_id = %s", [device.uid]), 10, 0.01)
        leaving = site.device("race@example.com", sign_in=False)
        requests_with(leaving, sid, "/web/session/logout")
    coming.join(30)
    assert "could not be sealed" in answers[0]
    assert site.host.tokens()[-1]["revoked"]
    assert not site.rows("SELECT 1 FROM unicdo_oauth_token WHERE user_id = %s", [device.uid])


def test_a_fixed_session_is_worth_nothing(site):
    """TOK-2: what an attacker began in a session that becomes another's is not finished there, nor does it open anything."""
    attacker = site.device("again@example.com")
    path = attacker.agreed()
    fixed, token = attacker.sid, attacker.connect()
    victim = site.device("fixed@example.com", sign_in=False)
    victim.sid = fixed
    victim.rpc("/web/session/authenticate", db=site.name, login=victim.login, password=victim.login)
    assert victim.sid != fixed
    assert "belongs to no connection" in victim.get(path).text
    assert victim.open(token) == "session"
    assert attacker.open(token, sid=fixed) == "half"


#: what an administrator types into the database, run in the best place there is: their own session, with a token of theirs
TYPED = """
token, said = env["unicdo.oauth.token"].browse(%d), []
key = env["unicdo.vault.key"].sudo().search([("purpose", "=like", "oauth_%%"), ("destroyed_at", "=", False)], limit=1)
sealed = env["unicdo.oauth.seal"]._get(token.id, "open")[0]
for attempt in (
    lambda: key._derive(b"unicdo oauth token"), lambda: key._open(sealed), lambda: key._bytes_opener()(sealed),
    lambda: token._do_work_revoke(env["unicdo.work"]), lambda: token.provider_id.sudo()._authorize_url("x", "y"),
    lambda: token.read(), lambda: token.sudo().read(), lambda: token.export_data(["id", "proof", "session"]),
    lambda: env["unicdo.oauth.provider"].sudo().search([]).read(),
):
    try:
        said.append("got " + str(attempt()))
    except Exception as error:
        said.append("refused " + str(error))
env["ir.config_parameter"].sudo().set_param("fault.said", "\\n".join(said))
"""
ELSEWHERE = """
env.cr.execute("UPDATE unicdo_oauth_provider SET revoke_url = '%s' WHERE kind = 'oauth2'")
"""


def typed_code(boss, code):
    """Run code as a server action, and as a scheduled action; what each noted."""
    ((model,),) = boss.site.rows("SELECT id FROM ir_model WHERE model = 'unicdo.oauth.token'")
    values = {"name": "Typed", "model_id": model, "state": "code", "code": code}
    action = boss.call("ir.actions.server", "create", values)
    job = boss.call("ir.cron", "create", values | {"interval_type": "days", "active": False})
    for name, record, method in (("ir.actions.server", action, "run"), ("ir.cron", job, "method_direct_trigger")):
        boss.call(name, method, [record])
        yield from boss.site.rows("DELETE FROM ir_config_parameter WHERE key = 'fault.said' RETURNING value")


def test_code_typed_into_the_database_gets_nothing(site):
    """TOK-2: DESIGN 7; and what it changes closes the token rather than handing it out."""
    boss = site.device("root@example.com")
    token = boss.connect("oauth2")
    found = [text for text, in typed_code(boss, TYPED % token)]
    assert len(found) == 2
    for said in found:
        assert boss.secrets[token] not in said
        assert site.host.apps["plain"].client_secret not in said
        assert all(line.startswith("refused ") for line in said.splitlines()[:3]), said
    assert boss.has(token)
    # another address, by SQL: nothing is carried there at log-off
    assert not list(typed_code(boss, ELSEWHERE % f"{site.host.stray_url}/x"))
    try:
        assert boss.open(token) == "changed"
        boss.get("/web/session/logout")
        assert site.row(token, "ended_how", "revocation") == ("logout", "none")
        assert not site.host.stray_calls
    finally:
        assert not list(typed_code(site.device("root@example.com"), ELSEWHERE % f"{site.host.url}/oauth2/revoke"))


def test_the_return_answers_get_only_and_once(site):
    """TOK-2: other methods change nothing; a state is used once, and never by another session."""
    one, other = (site.device("again@example.com") for _number in range(2))
    path = one.agreed()
    before = len(site.host.tokens())
    for method in ("POST", "PUT", "DELETE", "HEAD", "OPTIONS"):
        answer = one.get(path, method)
        assert len(site.host.tokens()) == before, (method, answer.status_code)
    other.get(path)
    assert len(site.host.tokens()) == before
    assert not site.rows("SELECT 1 FROM unicdo_oauth_token WHERE user_id = %s AND ended_at IS NULL AND session = ''", [one.uid])
    assert one.get(path).status_code == 303
    assert "used already" in one.get(path).text
    assert len(site.host.tokens()) == before + 1
    for damaged in (f"{RETURN}?state={'a' * 43}.{'b' * 43}&code=x", f"{RETURN}?state[]=x&code[]=y", f"{RETURN}?code=x"):
        assert "Nothing was kept" in one.get(damaged).text
