# SPDX-License-Identifier: LGPL-3.0-or-later
"""Runs inside a process of its own with Odoo loaded: does one piece of work once or several times, prints JSON.

Called by ``bench.py`` as ``measure.py <piece> <JSON of arguments> <Odoo's options …>``.
"""
import contextlib
import json
import os
import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path

from tests.bench.scale import HEAVY, LONGER, NAMESAKE, SUBJECT


class Memory:
    """Peak memory of this process above where it stood at the start, in MB."""

    def __enter__(self):
        Path("/proc/self/clear_refs").write_text("5")
        self.start = self._read("VmRSS")
        return self

    def __exit__(self, *exc_info):
        self.peak = self._read("VmHWM") - self.start

    @staticmethod
    def _read(name):
        status = Path("/proc/self/status").read_text().splitlines()
        return int(next(line for line in status if line.startswith(name)).split()[1]) / 1024


def timed(work, env):
    """Seconds of one call, from a cold cache of records; what it wrote is taken back."""
    env.invalidate_all()
    start = time.perf_counter()
    result = work()
    env.flush_all()
    seconds = time.perf_counter() - start
    env.cr.rollback()
    env.invalidate_all()
    return seconds, result


def person(env, who):
    return env["res.partner"].with_context(active_test=False).search([("email_normalized", "=", who["email"])])


# Find


def find(env, runs):
    """Everything about one person: the data map against core's privacy lookup."""
    partner = person(env, SUBJECT)
    data_map = env["unicdo.data.map"]

    def lookup():
        wizard = env["privacy.lookup.wizard"].create({"name": SUBJECT["name"], "email": SUBJECT["email"]})
        wizard.action_lookup()
        lines = wizard.line_ids
        return {(model, line.res_id) for line in lines for model in [line.res_model_id.model]}

    timed(lambda: data_map._find(partner), env)
    times = {"reference": [], "ours": []}
    for _run in range(runs):
        seconds, references = timed(lookup, env)
        times["reference"].append(seconds)
        seconds, found = timed(lambda: data_map._find(partner), env)
        times["ours"].append(seconds)
    return times | {"check": check_find(env, found, references)}


def truth(env, who):
    """What belongs to a person, asked of each table by plain SQL that shares nothing with the data map."""
    email, partner_id = who["email"], person(env, who).id
    written = f"%<{email}>%"
    queries = {
        "res.partner": ("SELECT id FROM res_partner WHERE id = %s", [partner_id]),
        "sale.order": ("SELECT id FROM sale_order WHERE partner_id = %s", [partner_id]),
        "sale.order.line": (
            "SELECT l.id FROM sale_order_line l JOIN sale_order o ON o.id = l.order_id WHERE o.partner_id = %s",
            [partner_id]),
        "crm.lead": (
            "SELECT id FROM crm_lead WHERE partner_id = %s OR email_normalized = %s", [partner_id, email]),
        "mail.message": (
            "SELECT id FROM mail_message WHERE author_id = %s OR author_id IS NULL AND lower(email_from) LIKE %s",
            [partner_id, written]),
    }
    result = {}
    for model, (query, parameters) in queries.items():
        env.cr.execute(query, parameters)
        result[model] = {row[0] for row in env.cr.fetchall()}
    return result


def check_find(env, found, references):
    """Count what the data map missed and what it took from others; the same for core's lookup, for comparison."""
    expected = truth(env, SUBJECT)
    sources = env["unicdo.data.map"]._sources()
    ours = {}
    for key, match in found.items():
        ours.setdefault(sources[key].model, set()).update(match.ids)
    core = {}
    for model, res_id in references:
        core.setdefault(model, set()).add(res_id)
    strangers = {}
    for who in (NAMESAKE, LONGER, HEAVY):
        for model, ids in truth(env, who).items():
            strangers.setdefault(model, set()).update(ids)
    return {
        "true": sum(map(len, expected.values())),
        "missed": {model: len(missing) for model, ids in expected.items() if (missing := ids - ours.get(model, set()))},
        "false": {model: len(wrong) for model, ids in expected.items() if (wrong := ours.get(model, set()) - ids)},
        "strangers": {model: len(wrong) for model, ids in strangers.items() if (wrong := ours.get(model, set()) & ids)},
        "core_missed": sum(len(ids - core.get(model, set())) for model, ids in expected.items()),
        "core_strangers": sum(len(ids & core.get(model, set())) for model, ids in strangers.items()),
    }


# Copy


def heavy_rows(env):
    """The rows of the heavy subject's copy: (model, ids, fields) per source, and the files."""
    data_map = env["unicdo.data.map"]
    sources = data_map._sources()
    rows = [
        (sources[key].model, match.ids, sources[key].fields)
        for key, match in data_map._find(person(env, HEAVY)).items()
        if match.ids and sources[key].fields
    ]
    files = [res_id for model, ids, _fields in rows if model == "ir.attachment" for res_id in ids]
    return rows, env["ir.attachment"].browse(files)


def copy_reference(env):
    """Odoo's ``read`` and ``json.dumps`` of the same rows, and a plain copy of the same files."""
    rows, files = heavy_rows(env)
    env.invalidate_all()
    target = Path(tempfile.mkdtemp(dir=os.environ["UNICDO_BENCH_FOLDER"]))
    start = time.perf_counter()
    for model, ids, fields in rows:
        with (target / f"{model}.json").open("w") as output:
            for position in range(0, len(ids), 1000):
                records = env[model].with_context(active_test=False).browse(ids[position : position + 1000])
                output.write(json.dumps(records.read(fields), default=str))
                env.invalidate_all()
    for attachment in files:
        if attachment.store_fname:
            shutil.copyfile(attachment._full_path(attachment.store_fname), target / str(attachment.id))
        env.invalidate_all()
    os.sync()
    seconds = time.perf_counter() - start
    size = sum(path.stat().st_size for path in target.iterdir())
    shutil.rmtree(target)
    return {"seconds": seconds, "records": sum(len(ids) for _model, ids, _fields in rows), "bytes": size}


def copy_package(env):
    """The package, from the request to the closed zip, in one process."""
    work = env["unicdo.work"]
    env.cr.execute("UPDATE unicdo_work SET state = 'cancelled' WHERE state = 'todo'")
    # a person's open request would be joined
    env.cr.execute("UPDATE unicdo_request SET state = 'closed'")
    env.cr.commit()
    with Memory() as memory:
        start = time.perf_counter()
        request = env["unicdo.request"]._ask(person(env, HEAVY), "access")
        env.cr.commit()
        work._run()
        os.sync()
        seconds = time.perf_counter() - start
    package = env["unicdo.package"].search([("request_id", "=", request.id)], limit=1)
    result = {
        "seconds": seconds, "peak": memory.peak, "state": package.state, "bytes": package.size,
        "files": package.entry_count, "rows": work._progress(package._name, package.id),
    }
    package._destroy()
    env.cr.commit()
    return result


# Consents


def consents(env, runs, count, known):
    """Choices of many people, against a bulk ``create`` of rows as wide in a model of ordinary fields.

    ``known``: whether these people have made a choice before, and so have a subject.
    """
    purpose_key = bench_purpose(env)
    partner_ids = first_partners(env, count)
    consent = env["unicdo.consent"]
    values = {
        "occurred_on": "2026-01-01 12:00:00", "what": "given", "purpose_key": purpose_key, "text_id": 1, "version_id": 1,
        "channel": "portal", "origin": "bench", "actor_id": env.uid, "source_event_id": 1}

    def record():
        return consent._record_choices(
            [{"purpose": purpose_key, "partner_id": partner_id, "what": "given"} for partner_id in partner_ids], "portal")

    def create():
        return env["unicdo.bench.row"].create([values | {"subject_id": partner_id} for partner_id in partner_ids])

    if known:
        env["unicdo.subject"]._for_partners(partner_ids)
    env.cr.commit()
    timed(record, env)
    timed(create, env)
    times = {"reference": [], "ours": []}
    for _run in range(runs):
        times["reference"].append(timed(create, env)[0])
        times["ours"].append(timed(record, env)[0])
    return times


def may(env, runs, count):
    """May we act on these people: the bulk question against one raw join, with half of them agreed."""
    purpose_key = bench_purpose(env)
    partner_ids = first_partners(env, count)
    consent = env["unicdo.consent"]
    for start in range(0, count, 10_000):
        consent._record_choices(
            [{"purpose": purpose_key, "partner_id": partner_id, "what": "given" if partner_id % 2 else "refused"}
             for partner_id in partner_ids[start : start + 10_000]], "portal")
    env.flush_all()
    env.cr.execute("ANALYZE unicdo_consent; ANALYZE unicdo_subject")
    purpose = env["unicdo.purpose"].search([("key", "=", purpose_key)])

    def join():
        env.cr.execute(
            "SELECT s.partner_id FROM unicdo_consent c JOIN unicdo_subject s ON s.id = c.subject_id"
            " WHERE c.purpose_id = %s AND c.state = 'given' AND s.partner_id = ANY(%s)", [purpose.id, partner_ids])
        return {row[0] for row in env.cr.fetchall()}

    def ask():
        return consent._may(purpose_key, partner_ids)

    assert join() == ask(), "the bulk question and the raw join disagree"
    times = {"reference": [], "ours": []}
    for _run in range(runs):
        for name, question in (("reference", join), ("ours", ask)):
            env.invalidate_all()
            start = time.perf_counter()
            question()
            times[name].append(time.perf_counter() - start)
    env.cr.rollback()
    return times


def bench_purpose(env):
    """A purpose that rests on consent and is enforced."""
    values = {"key": "bench", "name": "Bench", "what": "A measurement", "basis": "consent", "enforcement": "enforce"}
    purpose = env["unicdo.purpose"].search([("key", "=", "bench")]) or env["unicdo.purpose"].create(values)
    return purpose.key


def first_partners(env, count):
    env.cr.execute("SELECT id FROM res_partner ORDER BY id DESC LIMIT %s", [count])
    return [row[0] for row in env.cr.fetchall()]


# Refunds


def refunds(env, runs, count):
    """Credit notes over what is unused of prepaid years, one request after the other as the job does it, against Odoo's
    reversal wizard on the same invoices, one by one too; and once all of them in one wizard, for comparison."""
    requests = refund_requests(env, count)
    invoices = requests.subscription_id.period_ids.move_id
    env.cr.commit()

    def ours(number):
        return [request._credit() for request in requests[:number]]

    def one_by_one(number):
        return [reverse(invoice) for invoice in invoices[:number]]

    def measure(work, number=count):
        with plain_odoo(env, work == ours):
            seconds, _made = timed(lambda: check_refunds(env, work(number), number), env)
        return seconds

    measure(one_by_one, 20)
    measure(ours, 20)
    times = {"reference": [], "ours": [], "one_wizard": measure(lambda number: [reverse(invoices)])}
    for _run in range(runs):
        times["reference"].append(measure(one_by_one))
        times["ours"].append(measure(ours))
    return times | {"invoices": len(invoices), "lines": len(invoices.invoice_line_ids)}


def check_refunds(env, made, count):
    credits = env["account.move"].union(*made)
    assert len(credits) == count, f"{len(credits)} credit notes instead of {count}"
    assert set(credits.mapped("state")) == {"posted"}


def reverse(invoices):
    """What the buttons of the reversal wizard and of the credit notes do."""
    wizard = invoices.env["account.move.reversal"].create({
        "move_ids": invoices.ids, "journal_id": invoices.journal_id.id, "date": "2026-07-01", "reason": "bench"})
    wizard.refund_moves()
    return wizard.new_move_ids._post(soft=False)


@contextlib.contextmanager
def plain_odoo(env, ours):
    """Odoo without our checks of posting, unless our side is measured."""
    model_class, kept = env.registry["account.move"], {}
    if not ours:
        kept = {"_unicdo_check_credited": lambda self: None, "_unicdo_check_served": lambda self, bindings: None}
        for name, instead in kept.items():
            setattr(model_class, name, instead)
    yield
    for name in kept:
        delattr(model_class, name)


def refund_requests(env, count):
    """Requests that are due, each over an invoice of a year of hosting and an add-on; every second one is paid."""
    if not env.company.chart_template:
        env["account.chart.template"].try_loading("generic_coa", company=env.company, install_demo=False)
    products = env["product.product"].create([
        {"name": name, "type": "service", "unicdo_hosting": kind} for name, kind in (("Hosting", "plan"), ("Space", "extra"))])
    tax = env["account.tax"].create({"name": f"bench {products.ids}", "amount": 21, "type_tax_use": "sale"})
    partner_ids = first_partners(env, count)
    invoices = env["account.move"].create([
        {
            "move_type": "out_invoice", "partner_id": partner_id, "invoice_date": "2026-01-01",
            "invoice_line_ids": [
                (0, 0, {"product_id": product.id, "price_unit": price, "tax_ids": tax.ids})
                for product, price in zip(products, (1200, 120), strict=True)],
        }
        for partner_id in partner_ids])
    invoices._post(soft=False)
    paid = invoices[: count // 2]
    env["account.payment.register"].with_context(active_model="account.move", active_ids=paid.ids).create(
        {"group_payment": False})._create_payments()
    subscriptions = env["unicdo.hosting.period"].search([("move_id", "in", invoices.ids)]).subscription_id
    return env["unicdo.cancellation"].create([
        {
            "subscription_id": subscription.id, "channel": "letter", "received_at": "2026-05-01 10:00", "state": "terminated",
            "end_date": "2026-06-30", "is_refundable": True, "notice_kept": True,
        }
        for subscription in subscriptions])


# After the install


# Destroy


def recordings(env, count):
    """Make recordings of 1 MB each whose date has come; their folders and key files."""
    from odoo.addons.unicdo_trial_recording.tools.inside import inside  # noqa: PLC0415

    env.cr.execute("DELETE FROM unicdo_recording")
    trial = env["unicdo.recording.trial"]._own()._prepare_own()
    content, places = os.urandom(1 << 20), []
    with inside():
        for _number in range(count):
            made = env["unicdo.recording"]._begin(trial, "0" * 64, "bench", 1, {})
            folder = made._folder()
            folder.mkdir(parents=True)
            (folder / "0").write_bytes(content)
            places.append((folder, env["unicdo.vault"]._store()._path(made.key_id.name)))
    env.cr.execute("""
        INSERT INTO unicdo_recording_chunk (recording_id, seq, received_at, state, size)
             SELECT id, 0, started_at, 'clean', 1048576 FROM unicdo_recording""")
    env.cr.execute("UPDATE unicdo_recording SET destroy_at = started_at")
    env.cr.commit()
    env.invalidate_all()
    os.sync()
    return places


def destroy(env, count):
    """Destroy recordings as the job does, against removing as many rows, files and keys without keeping any promise."""
    seconds = {}
    for side in ("reference", "ours"):
        places = recordings(env, count)
        start = time.perf_counter()
        if side == "ours":
            env["unicdo.recording"]._run_destruction()
        else:
            for folder, key in places:
                shutil.rmtree(folder)
                key.unlink()
            env.cr.execute("DELETE FROM unicdo_recording")
            env.cr.commit()
        seconds[side] = time.perf_counter() - start
        env.invalidate_all()
    env.cr.execute("SELECT count(*) FROM unicdo_recording")
    left = {"rows": env.cr.fetchone()[0], "files": sum(folder.exists() for folder, _key in places),
            "keys": sum(key.exists() for _folder, key in places)}
    return {**seconds, "left": left}


# Tokens


def seals(env, runs):
    """Microseconds of sealing and of opening one token as ``unicdo_oauth_token`` does, each from the vault's key of its day;
    in a run the mean of a thousand."""
    from odoo.addons.unicdo_privacy.models.unicdo_oauth_token import _session_key  # noqa: PLC0415
    from odoo.addons.unicdo_privacy.tools import sealing  # noqa: PLC0415

    secret, half, bond, token = os.urandom(32), os.urandom(32), os.urandom(70), b"ghu_" + b"x" * 36
    about = sealing.context("0" * 32, "unicdo.oauth.token", 1, 2, 3, "2026-01-01 00:00:00", "2026-01-03 00:00:00", "open")
    sealed = sealing.seal(_session_key(secret, half, about, bond), token, about)
    work = {
        "sealing a token": lambda: sealing.seal(_session_key(secret, half, about, bond), token, about),
        "opening a token": lambda: sealing.unseal(_session_key(secret, half, about, bond), sealed, about),
    }
    result = {name: [] for name in work}
    for _run in range(runs):
        for name, act in work.items():
            start = time.perf_counter()
            for _number in range(1000):
                act()
            result[name].append((time.perf_counter() - start) * 1000)
    return result


def opens(env, runs):
    """Seconds of opening one kept token as a page does, with all that is checked; of its statements alone, in a transaction of
    their own; and without one, as it sends them. In a run the mean of two hundred, taken in turn."""
    from types import SimpleNamespace  # noqa: PLC0415

    from odoo.http import _request_stack, root  # noqa: PLC0415

    from odoo.addons.unicdo_privacy.models.unicdo_oauth_token import keep, opened  # noqa: PLC0415
    from odoo.addons.unicdo_privacy.tools import session_bond, warm_secret  # noqa: PLC0415
    from odoo.addons.unicdo_privacy.tools.separately import fresh_cursor, glance  # noqa: PLC0415

    session = root.session_store.new()
    session.uid = 2
    root.session_store.save(session)
    provider = env["unicdo.oauth.provider"].browse(provider_of(env)).with_user(2)
    _request_stack.push(SimpleNamespace(session=session))
    try:
        token = keep(provider, {"token": "ghu_" + "x" * 36, "seconds": 28800, "scopes": []})
    finally:
        _request_stack.pop()
    env.cr.commit()
    past, statements = session_bond.Past(session), []
    # the first token of a day makes a key, which is read anew each time until its file has settled
    time.sleep(warm_secret.SETTLES / 1e9 + 1)
    opened(token, past)
    thread = threading.current_thread()
    thread.query_hooks = [lambda cr, *_rest: statements.append(cr._obj.query)]
    opened(token, past)
    del thread.query_hooks

    def alone(cursor):
        with cursor(env) as cr:
            for statement in statements:
                cr.execute(statement)
                cr.fetchall()

    work = {"ours": lambda: opened(token, past), "reference": lambda: alone(fresh_cursor), "bare": lambda: alone(glance)}
    result = {name: [] for name in work}
    for _run in range(runs):
        seconds = dict.fromkeys(work, 0)
        for _number in range(200):
            for name, act in work.items():
                start = time.perf_counter()
                act()
                seconds[name] += time.perf_counter() - start
        for name, spent in seconds.items():
            result[name].append(spent / 200)
    return {**result, "statements": len(statements)}


def provider_of(env):
    """The id of a provider, made at first need."""
    env.cr.execute("SELECT id FROM unicdo_oauth_provider LIMIT 1")
    found = env.cr.fetchone() or env["unicdo.oauth.provider"].create({
        "name": "Bench", "kind": "oauth2", "client_id": "bench", "authorize_url": "https://host.example/authorize",
        "token_url": "https://host.example/token"}).ids
    return found[0]


def expired(env, count):
    """Sealed tokens of many people whose two days are over."""
    env.cr.execute("DELETE FROM unicdo_oauth_token")
    provider = provider_of(env)
    key = env["unicdo.vault.key"]._new("unicdo.oauth.token", 0, "bench")
    env.flush_all()
    env.cr.execute("""
        WITH token AS (
            INSERT INTO unicdo_oauth_token (user_id, provider_id, session, created_at, expires_at)
                 SELECT 2, %s, repeat('0', 64), now() - interval '3 days', now() - interval '1 day'
                   FROM generate_series(1, %s) RETURNING id, expires_at)
        INSERT INTO unicdo_oauth_seal (token_id, use, key_id, expires_at, sealed)
             SELECT id, 'open', %s, expires_at, decode(repeat('00', 92), 'hex') FROM token""", [provider, count, key.id])
    env.cr.execute("ANALYZE unicdo_oauth_seal")
    env.cr.commit()
    env.invalidate_all()


def sweep(env, runs, count):
    """Remove expired tokens as the job does, against one DELETE of as many such rows."""
    seconds = {"reference": [], "ours": []}
    for _run in range(runs):
        for side, times in seconds.items():
            expired(env, count)
            start = time.perf_counter()
            if side == "ours":
                env["unicdo.oauth.token"]._sweep()
            else:
                env.cr.execute("DELETE FROM unicdo_oauth_seal WHERE expires_at <= now() AT TIME ZONE 'UTC'")
            env.cr.commit()
            times.append(time.perf_counter() - start)
    env.cr.execute("SELECT count(*) FROM unicdo_oauth_seal")
    return {**seconds, "left": {"sealed": env.cr.fetchone()[0]}}


def settle(env):
    """Do the work that installing leaves to jobs: make the indexes of the data map."""
    from odoo.addons.unicdo_privacy.models.unicdo_data_map_index import build_indexes  # noqa: PLC0415

    missing = env["unicdo.data.map"]._missing_indexes()
    # building concurrently waits for every open snapshot, ours too
    env.cr.commit()
    start = time.perf_counter()
    build_indexes(env.cr.dbname, missing)
    seconds = time.perf_counter() - start
    env.cr.execute("UPDATE unicdo_work SET next_try = NULL WHERE state = 'todo'")
    env.cr.commit()
    env["unicdo.work"]._run()
    env.cr.execute("""
        SELECT count(*), pg_size_pretty(sum(pg_relation_size(indexrelid))), pg_size_pretty(pg_database_size(current_database()))
          FROM pg_stat_user_indexes WHERE indexrelname LIKE 'unicdo\\_idx\\_%'""")
    count, size, database_size = env.cr.fetchone()
    env.cr.execute("SELECT kind, state, error, count(*) FROM unicdo_work GROUP BY 1, 2, 3")
    return {"seconds": seconds, "indexes": count, "size": size, "database": database_size, "work": env.cr.fetchall()}


PIECES = {piece.__name__: piece for piece in (
    find, copy_reference, copy_package, consents, may, refunds, destroy, seals, opens, sweep, settle)}


def main():
    name, arguments, *options = sys.argv[1:]
    from odoo import SUPERUSER_ID, api  # noqa: PLC0415 - after the interpreter knows its arguments
    from odoo.modules.registry import Registry  # noqa: PLC0415
    from odoo.tools import config  # noqa: PLC0415

    config.parse_config([*options, "--log-level=warn"], setup_logging=True)
    with Registry(config["db_name"][0]).cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        result = PIECES[name](env, **json.loads(arguments))
    print(json.dumps(result, default=str))


if __name__ == "__main__":
    main()
