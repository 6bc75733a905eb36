# SPDX-License-Identifier: LGPL-3.0-or-later
"""The scale database: Odoo's own applications with a million people, written by SQL in minutes.

Each table gets its rows from one model row that Odoo itself wrote, so that every column holds what Odoo would put there;
only the columns that tell rows apart are computed. Numbers come from the row's number, never from chance: two builds of
one scale are equal.
"""
import contextlib
import json
import os
import time

from tests.support.odoo_process import connect

APPS = ("contacts", "sale_management", "account", "crm")
PARTNERS, MESSAGES, LEADS, ORDERS = 1_000_000, 2_000_000, 500_000, 500_000
FIRST_NAMES = (
    "Ann Ben Carla David Eva Farid Greta Hugo Ines Jonas Kaja Liam Mona Nils Olga Paul Quinn Rosa Samir Tina Uwe Vera "
    "Wim Xenia Yara Zoe Anna Joann Leanne Anton Bianca Cem Dora Emil Fatma Gregor Hanna Igor Julia Karim Lea").split()
SURNAMES = "Berg Stein Wald Kamp Lind Holm Dahl Brand Falk Sand Roth Vogel Busch Horn Krug Linde Moor Nord".split()
SURNAME_ENDS = " er mann hof feld bach au ner ing sen son ström berg dal gaard land stad".split(" ")

#: the person the workload "find" looks for, and people who must never be mixed up with them
SUBJECT = {"name": "Ann Lindberg", "email": "ann.lindberg@subject.example", "phone": "+32470111222"}
NAMESAKE = {"name": "Ann Lindberg", "email": "a.lindberg@elsewhere.example", "phone": "+32470333444"}
LONGER = {"name": "Joann Lindberg", "email": "joann.lindberg@subject.example", "phone": "+324701112223"}
#: the person with much data, whose copy is made
HEAVY = {"name": "Hanna Heavy", "email": "hanna.heavy@archive.example", "phone": "+32470555666"}

MODEL_ROWS = """
import json
partner = env["res.partner"].create({"name": "Model", "email": "model@bench.example", "phone": "+32470000000"})
product = env["product.product"].create({"name": "Service", "type": "service", "list_price": 10})
lead = env["crm.lead"].create({"name": "Model", "partner_id": partner.id, "type": "lead"})
order = env["sale.order"].create({
    "partner_id": partner.id, "order_line": [(0, 0, {"product_id": product.id, "product_uom_qty": 2})]})
message = lead.message_post(
    body="Model", author_id=partner.id, email_from=partner.email_formatted, message_type="email",
    subtype_xmlid="mail.mt_comment")
follower = env["mail.followers"].create({"res_model": "crm.lead", "res_id": lead.id, "partner_id": partner.id})
attachment = env["ir.attachment"].create(
    {"name": "model.bin", "raw": b"model", "res_model": "sale.order", "res_id": order.id})
env.cr.commit()
print(json.dumps({record._table: record.id for record in (
    partner, lead, order, order.order_line, message, follower, attachment)}))
"""


def sql_array(words):
    return "ARRAY[" + ", ".join(f"'{word}'" for word in words) + "]"


def skewed(number, count, power=3, salt=0.0):
    """SQL for an index below ``count`` that favours low ones, as few customers place most orders."""
    return f"floor({count} * power(mod(({number} * 0.6180339887 + {salt})::numeric, 1), {power}))::int"


class Builder:
    """Writes the rows of one scale into a database that has the applications."""

    def __init__(self, cursor, model_rows, scale, say=print):
        self.cr = cursor
        self.model_rows = model_rows
        self.scale = scale
        self.say = say
        self.first_ids = {}

    def count(self, full):
        return max(int(full * self.scale), 10)

    def insert(self, table, count, computed, source=None):
        """Add ``count`` copies of the model row, with some columns computed from ``i`` (1 … count).

        :return: id of the first row; the others follow without a gap
        """
        self.cr.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = %s",
            [table])
        columns = [column for (column,) in self.cr.fetchall()]
        self.cr.execute(f"SELECT COALESCE(max(id), 0) FROM {table}")
        last_id = self.cr.fetchone()[0]
        values = {column: f"t.{column}" for column in columns} | {"id": f"{last_id} + i"} | computed
        source = source or f"generate_series(1, {count}) i"
        self.cr.execute(
            f"INSERT INTO {table} ({', '.join(values)}) SELECT {', '.join(values.values())} "
            f"FROM {source}, (SELECT * FROM {table} WHERE id = {self.model_rows[table]}) t")
        self.cr.execute(f"SELECT setval('{table}_id_seq', {last_id + count})")
        return last_id + 1

    @contextlib.contextmanager
    def bulk(self, *tables):
        """Load without indexes and foreign key checks; indexes are made again at the end."""
        self.cr.execute(
            "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
            " WHERE indrelid = ANY(%s::regclass[]) AND NOT indisprimary AND indexrelid NOT IN"
            " (SELECT conindid FROM pg_constraint)", [list(tables)])
        indexes = self.cr.fetchall()
        for name, _definition in indexes:
            self.cr.execute(f"DROP INDEX {name}")
        self.cr.execute("SET session_replication_role = replica; SET maintenance_work_mem = '512MB'; SET jit = off")
        yield
        self.cr.execute("SET session_replication_role = DEFAULT")
        for _name, definition in indexes:
            self.cr.execute(definition)

    def build(self):
        tables = ("res_partner", "crm_lead", "sale_order", "sale_order_line", "mail_message", "mail_followers")
        with self.bulk(*tables):
            for step in (self.partners, self.leads, self.orders, self.messages, self.people_looked_for):
                start = time.monotonic()
                step()
                self.say(f"  {step.__name__}: {time.monotonic() - start:.0f} s")
            start = time.monotonic()
        self.cr.execute("VACUUM ANALYZE")
        self.say(f"  indexes and statistics: {time.monotonic() - start:.0f} s")

    def partners(self):
        """Every tenth a company; one in twelve without an address, one in thirty behind a shared mailbox."""
        count = self.count(PARTNERS)
        first = f"({sql_array(FIRST_NAMES)})[1 + i % {len(FIRST_NAMES)}]"
        surname = (f"({sql_array(SURNAMES)})[1 + (i / 7) % {len(SURNAMES)}]"
                   f" || ({sql_array(SURNAME_ENDS)})[1 + (i / 131) % {len(SURNAME_ENDS)}]")
        name = f"CASE WHEN i % 10 = 0 THEN 'Company ' || i ELSE {first} || ' ' || {surname} END"
        email = (f"CASE WHEN i % 12 = 1 THEN NULL WHEN i % 30 = 3 THEN 'info@company' || i / 300 || '.example'"
                 f" ELSE lower({first}) || '.' || i || '@mail' || i % 50 || '.example' END")
        self.cr.execute("SELECT COALESCE(max(id), 0) FROM res_partner")
        base = self.cr.fetchone()[0]
        company = f"CASE WHEN i % 10 IN (1, 2, 3, 4) AND i > 10 THEN {base} + i / 10 * 10 END"
        self.first_ids["res_partner"] = self.insert("res_partner", count, {
            "name": name, "complete_name": name, "email": email, "email_normalized": email,
            "phone": "'+3247' || lpad((i * 7)::text, 7, '0')", "phone_sanitized": "'+3247' || lpad((i * 7)::text, 7, '0')",
            "is_company": "i % 10 = 0", "parent_id": company,
            "commercial_partner_id": f"COALESCE({company}, {base} + i)", "active": "i % 40 <> 7"})

    def leads(self):
        count = self.count(LEADS)
        partner = f"{self.first_ids['res_partner']} + {skewed('i', self.count(PARTNERS))}"
        email = "CASE WHEN i % 7 = 0 THEN NULL ELSE 'lead.' || i || '@mail' || i % 50 || '.example' END"
        self.first_ids["crm_lead"] = self.insert("crm_lead", count, {
            "name": "'Lead ' || i", "partner_id": f"CASE WHEN i % 5 < 2 THEN {partner} END",
            "email_from": email, "email_normalized": email, "email_domain_criterion": "NULL",
            "contact_name": f"({sql_array(FIRST_NAMES)})[1 + i % {len(FIRST_NAMES)}] || ' ' || i",
            "phone": "'+3248' || lpad(i::text, 7, '0')", "phone_sanitized": "'+3248' || lpad(i::text, 7, '0')"})

    def orders(self):
        count = self.count(ORDERS)
        partner = f"{self.first_ids['res_partner']} + {skewed('i', self.count(PARTNERS), salt=0.3)}"
        self.first_ids["sale_order"] = self.insert("sale_order", count, self.order_values(partner))
        self.order_lines(self.first_ids["sale_order"], count)

    def order_values(self, partner):
        return {"name": "'B' || lpad(i::text, 7, '0')", "partner_id": partner, "partner_invoice_id": partner,
                "partner_shipping_id": partner, "access_token": "md5(i::text)",
                "date_order": "now()::timestamp - i * interval '1 minute'"}

    def order_lines(self, first_order, count):
        return self.insert("sale_order_line", 2 * count, {
            "order_id": f"{first_order} + (i - 1) / 2", "name": "'Service number ' || i",
            "order_partner_id": f"(SELECT partner_id FROM sale_order WHERE id = {first_order} + (i - 1) / 2)"})

    def messages(self):
        """Four in ten on leads, three on orders, three on contacts; half from outside, a tenth without known author."""
        count = self.count(MESSAGES)
        author = f"{self.first_ids['res_partner']} + {skewed('i', self.count(PARTNERS), salt=0.7)}"
        model = "CASE WHEN i % 10 < 4 THEN 'crm.lead' WHEN i % 10 < 7 THEN 'sale.order' ELSE 'res.partner' END"
        record = " ".join(["CASE"] + [
            f"WHEN i % 10 < {limit} THEN {self.first_ids[table]} + i % {self.count(full)}"
            for limit, table, full in ((4, "crm_lead", LEADS), (7, "sale_order", ORDERS), (10, "res_partner", PARTNERS))
        ] + ["END"])
        self.insert("mail_message", count, self.message_values(
            f"CASE WHEN i % 10 = 9 THEN NULL ELSE {author} END", model, record,
            "'\"Person ' || i || '\" <person.' || i || '@mail' || i % 50 || '.example>'"))
        self.insert("mail_followers", self.count(LEADS), {
            "res_id": f"{self.first_ids['crm_lead']} + i - 1",
            "partner_id": f"{self.first_ids['res_partner']} + {skewed('i', self.count(PARTNERS), salt=0.1)}"})

    def message_values(self, author, model, record, email):
        return {"author_id": author, "model": model, "res_id": record, "email_from": email, "reply_to": email,
                "message_id": "'<' || md5(i::text || random()) || '@bench.example>'", "parent_id": "NULL",
                "date": "now()::timestamp - i * interval '10 seconds'",
                "body": "'<p>Message ' || i || repeat(' about delivery, prices and dates,', 6) || '</p>'"}

    def people_looked_for(self):
        for person in (NAMESAKE, LONGER):
            self.person(person, orders=5, leads=5, leads_by_address=5, messages=20, messages_by_address=5)
        self.person(SUBJECT, orders=40, leads=30, leads_by_address=20, messages=300, messages_by_address=15)
        self.person(HEAVY, orders=self.count(10_000), leads=self.count(10_000), leads_by_address=0,
                    messages=self.count(60_000), messages_by_address=0)

    def person(self, person, orders, leads, leads_by_address, messages, messages_by_address):
        """Somebody with everything that belongs to them: by link, and by address alone."""
        name, email, phone = (f"'{person[part]}'" for part in ("name", "email", "phone"))
        partner = self.insert("res_partner", 1, {
            "name": name, "complete_name": name, "email": email, "email_normalized": email, "phone": phone,
            "phone_sanitized": phone, "commercial_partner_id": "(SELECT max(id) + 1 FROM res_partner)"})
        first_order = self.insert("sale_order", orders, self.order_values(str(partner)))
        self.order_lines(first_order, orders)
        lead = {"name": "'Question ' || i", "email_domain_criterion": "NULL", "phone": "NULL", "phone_sanitized": "NULL"}
        first_lead = self.insert("crm_lead", leads, lead | {
            "partner_id": str(partner), "email_from": email, "email_normalized": email})
        written = f"'\"{person['name']}\" <{person['email'].title()}>'"
        if leads_by_address:
            self.insert("crm_lead", leads_by_address, lead | {
                "partner_id": "NULL", "email_from": written, "email_normalized": email})
        target = ("'crm.lead'", f"{first_lead} + i % {leads}")
        self.insert("mail_message", messages, self.message_values(str(partner), *target, written))
        if messages_by_address:
            self.insert("mail_message", messages_by_address, self.message_values("NULL", *target, written))


def give_files(workshop, cursor, name, builder, files, size):
    """Hang files of incompressible content on the heavy subject's orders, in Odoo's own file store."""
    cursor.execute("SELECT id FROM res_partner WHERE email_normalized = %s", [HEAVY["email"]])
    cursor.execute("SELECT min(id) FROM sale_order WHERE partner_id = %s", [cursor.fetchone()[0]])
    first_order = cursor.fetchone()[0]
    folder = workshop.filestore(name) / "be"
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(1, files + 1):
        (folder / f"be{number:038x}").write_bytes(os.urandom(size))
    builder.insert("ir_attachment", files, {
        "name": "'scan-' || i || '.bin'", "res_id": f"{first_order} + i % {builder.count(10_000)}",
        "file_size": str(size), "store_fname": "'be/be' || lpad(to_hex(i), 38, '0')",
        "checksum": "'be' || lpad(to_hex(i), 38, '0')", "access_token": "NULL"})


def ensure(workshop, scale, say=print):
    """Make the two databases the workloads are measured on, unless they are there.

    :return: names of the empty one and of the full one; both are templates: copy them, never change them
    """
    empty, full = "unicdo_bench_empty", f"unicdo_bench_scale_{scale:g}".replace(".", "_")
    if not workshop.exists(empty):
        say("Database with the applications only …")
        workshop.create(f"{empty}_new")
        workshop.install(f"{empty}_new", *APPS)
        workshop.rename(f"{empty}_new", empty)
    if not workshop.exists(full):
        say(f"Scale database ({scale:g} of full size) …")
        new = f"{full}_new"
        workshop.create(new, empty)
        model_rows = json.loads(workshop.shell(new, MODEL_ROWS).strip().splitlines()[-1])
        with contextlib.closing(connect(new)) as connection, connection.cursor() as cursor:
            builder = Builder(cursor, model_rows, scale, say)
            builder.build()
            give_files(workshop, cursor, new, builder, files=builder.count(1000), size=1_000_000)
            cursor.execute("VACUUM ANALYZE ir_attachment")
        workshop.rename(new, full)
    return empty, full
