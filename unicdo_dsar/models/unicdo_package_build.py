# SPDX-License-Identifier: LGPL-3.0-or-later
import contextlib
import json
import mimetypes
from datetime import timedelta

import psycopg2
from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import SQL, file_open, get_lang

from odoo.addons.unicdo_privacy.tools.guard import opening

from ..const import (
    BYTES_PER_ROW,
    FILES_PER_ROW,
    PACKAGE_DAYS,
    READ_CHUNK,
    RECORDS_PER_ROW,
)
from ..tools.names import safe_name, slug
from ..tools.redact import black_out_value
from ..tools.schema import package_schema, table_schema
from ..tools.tables import CsvTable, HtmlTable, JsonTable
from ..tools.zip_segments import level_for
from .discretion import Discretion
from .unicdo_copy import NUMBERS

#: places in the zip: the page that people open first comes first
TOP, TABLES, FILES = 0, 1000, 1_000_000
KINDS = ("html", "json", "csv")
#: columns that tell people nothing: left out of the pages, kept in the tables
MACHINE_NAMES = ("id", "model", "res_model", "res_id", "document_model")


class UnicdoPackageBuild(models.Model):
    """How a package comes to be, in rows of work: find, then write tables and files side by side, then close.

    Every step may be killed and done again: a segment is replaced as a whole, rows are planned once.
    """

    _inherit = "unicdo.package"

    @api.model
    def _start(self, request, part):
        """Plan a package. Needs the vault to be ready.

        :param request: ``unicdo.request``
        :param str part: "first" or "second"
        """
        self.env["unicdo.vault"]._require()
        package = self.sudo().create({"request_id": request.id, "part": part})
        package.key_id = self.env["unicdo.vault.key"].sudo()._new(self._name, package.id, "package")
        package._enqueue("find", 0)
        return package

    def _enqueue(self, kind, stage, key="", payload=None, size=1):
        self.env["unicdo.work"]._enqueue(
            [
                {
                    "res_model": self._name,
                    "res_id": self.id,
                    "kind": kind,
                    "stage": stage,
                    "key": key,
                    "payload": payload,
                    "size": size,
                }
            ]
        )

    def _for_person(self):
        """This package in sudo (the copy is made on the person's behalf, not the job's), in the person's language."""
        partner = self.request_id.sudo().partner_id
        lang = get_lang(self.env, partner.lang).code
        zone = partner.tz or self.request_id.sudo().company_id._unicdo_zone()
        return self.sudo().with_context(lang=lang, tz=zone, active_test=False)

    def _discretion(self):
        identity = self.env["unicdo.data.map"]._identity(self.request_id.partner_id)
        return Discretion(self.env, identity)

    # ---------------------------------------------------------------- work: find and plan

    def _do_work_find(self, work):
        """Find everything and cut it into rows of work."""
        package = self._for_person()
        tables = package.request_id._select(package)
        files = package._plan_files(tables)
        package.file_ids = files
        for number, (group, size) in enumerate(self._group_tables(tables)):
            package._enqueue("rows", 1, str(number), {"tables": group, "number": number}, size)
        for number, (group, size) in enumerate(package._group_files(files)):
            package._enqueue("files", 1, str(number), {"ids": group, "number": number}, size)
        package._enqueue("assemble", 2)
        package._enqueue("announce", 3)

    @staticmethod
    def _group_tables(tables):
        """Cut tables into groups of at most ``RECORDS_PER_ROW`` records; a larger table goes into several files.

        :param tables: list of dicts ``source``, ``mode``, ``ids``
        :return: iterator of ``(list of dicts as above with "name", number of records)``
        """
        group, count = [], 0
        for table in tables:
            ids = table["ids"]
            stem = slug(table["source"]) + ("" if table["mode"] == "about" else f"-{table['mode']}")
            several = len(ids) > RECORDS_PER_ROW
            for number, start in enumerate(range(0, len(ids), RECORDS_PER_ROW), 1):
                piece = ids[start : start + RECORDS_PER_ROW]
                if group and count + len(piece) > RECORDS_PER_ROW:
                    yield group, count
                    group, count = [], 0
                group.append({**table, "ids": piece, "name": f"{stem}-{number:03}" if several else stem})
                count += len(piece)
        if group:
            yield group, count

    def _plan_files(self, tables):
        """Ids of attachments whose content goes along: files found as such, binary fields of records shown."""
        found = set()
        sources = self.env["unicdo.data.map"]._sources()
        for table in tables:
            source = sources[table["source"]]
            if source.model == "ir.attachment" and table["mode"] != "acted":
                found.update(table["ids"])
            names = [
                column["name"] for column in self._table_columns(source, table["mode"]) if column["type"] == "file"
            ]
            if names and table["ids"]:
                self.env.cr.execute(
                    SQL(
                        "SELECT id FROM ir_attachment"
                        " WHERE res_model = %s AND res_field = ANY(%s) AND res_id = ANY(%s)",
                        source.model,
                        names,
                        table["ids"],
                    )
                )
                found.update(row[0] for row in self.env.cr.fetchall())
        return sorted(found)

    def _group_files(self, ids):
        """Cut files into groups that take seconds each; one large file is a group of its own."""
        self.env.cr.execute(
            SQL(
                "SELECT id, COALESCE(file_size, 0) FROM ir_attachment WHERE id = ANY(%s) ORDER BY id",
                ids,
            )
        )
        group, size = [], 0
        for attachment_id, file_size in self.env.cr.fetchall():
            if group and (len(group) >= FILES_PER_ROW or size + file_size > BYTES_PER_ROW):
                yield group, len(group) + size // 10_000
                group, size = [], 0
            group.append(attachment_id)
            size += file_size
        if group:
            yield group, len(group) + size // 10_000

    def _table_columns(self, source, mode):
        """What a table shows: everything the person may see at once, what they provided, or what was reviewed."""
        copy = self.env["unicdo.copy"]
        if mode == "acted":
            names = [name for name in ("create_date",) if name in self.env[source.model]._fields]
            return copy._columns(source, names)
        if self.request_id.kind == "portability":
            return copy._columns(source, source.provided)
        whole = source.review in ((), ("*",))
        if mode == "reviewed" and not whole:
            return copy._columns(source, source.review)
        if mode == "about" and not whole:
            return copy._columns(source, [name for name in source.fields if name not in source.review])
        return copy._columns(source)

    # ---------------------------------------------------------------- work: tables

    def _do_work_rows(self, work):
        """Write a group of tables, each as a page, as JSON and as CSV."""
        package = self._for_person()
        number, tables = work.payload["number"], work.payload["tables"]
        meta = {"tables": []}
        with contextlib.ExitStack() as stack:
            writers = {
                kind: stack.enter_context(
                    package._segment(
                        f"rows-{number}.{kind}", TABLES + 3 * number + place, meta if kind == "html" else None
                    )
                )
                for place, kind in enumerate(KINDS)
            }
            for table in tables:
                count = package._write_table(table, writers)
                meta["tables"].append({key: table[key] for key in ("source", "mode", "name")} | {"count": count})

    def _write_table(self, table, writers):
        source = self.env["unicdo.data.map"]._sources()[table["source"]]
        copy = self.env["unicdo.copy"]
        columns = self._table_columns(source, table["mode"])
        files = self._files_of(source, table["ids"])
        if files and table["mode"] != "acted":
            columns.append({"name": "_files", "label": self.env._("Files"), "type": "file"})
        file_names = [column["name"] for column in columns if column["type"] == "file"]
        cell_of = [(column["name"], copy._cell(column)) for column in columns]
        phrases = self.request_id._phrases(table)
        count = 0
        with contextlib.ExitStack() as stack:
            add = self._open_table(stack, source, table, columns, writers)
            for record_id, heading, row in self._rows_or_left_out(source, table["ids"], columns):
                own = files.get(record_id, ())
                for name in file_names:
                    row[name] = [path for field, path, _title in own if field == name.removeprefix("_files")]
                if phrases:
                    heading, row = black_out_value([heading, row], phrases.get(record_id, ()))
                cells = [cell(row[name]) for name, cell in cell_of]
                add(heading, row, cells, [(path, title) for _name, path, title in own])
                count += 1
        return count

    def _open_table(self, stack, source, table, columns, writers):
        """Open the three files of one table.

        :return: function ``(heading, row, cells, files)`` that adds a record to each
        """
        entries = {kind: stack.enter_context(writers[kind].entry(f"data/{table['name']}.{kind}")) for kind in KINDS}
        title = self._table_title(source, table["mode"])
        portable = self.request_id.kind == "portability"
        head = {"source": source.key, "title": title, "model": source.model}
        as_json = JsonTable(entries["json"].write, head, columns)
        as_csv = CsvTable(entries["csv"].write, [column["name" if portable else "label"] for column in columns])
        as_html = HtmlTable(entries["html"].write, title, self._style(), self._words())
        numbers = {place for place, column in enumerate(columns) if column["type"] in NUMBERS}
        stack.callback(as_json.close)
        stack.callback(as_html.close)
        shown = [
            (place, column["label"])
            for place, column in enumerate(columns)
            if column["type"] != "file" and column["name"] not in MACHINE_NAMES
        ]

        def add(heading, row, cells, files):
            as_json.add(row)
            as_csv.add(cells, numbers)
            pairs = [(label, cells[place]) for place, label in shown if row[columns[place]["name"]] is not False]
            as_html.add(heading, pairs, files)

        return add

    def _rows_or_left_out(self, source, ids, columns):
        """Rows of a table; should a record of a broken model not be readable, it is named as left out, never lost."""
        copy, discretion = self.env["unicdo.copy"], self._discretion()
        done = set()
        try:
            for item in copy._rows(source, ids, columns, discretion):
                done.add(item[0])
                yield item
            return
        except (psycopg2.Error, GeneratorExit):
            raise
        except Exception:  # noqa: BLE001 - one record that cannot be read must not keep the person from all others
            self.env.invalidate_all()
        for record_id in ids:
            if record_id not in done:
                try:
                    yield from copy._rows(source, [record_id], columns, discretion)
                except psycopg2.Error:
                    raise
                except Exception as error:  # noqa: BLE001 - see above
                    self._leave_out(source.key, "unreadable", record_id, note=type(error).__name__)

    def _table_title(self, source, mode):
        suffix = {
            "acted": self.env._("where you acted"),
            "reviewed": self.env._("after review"),
            "doubtful": self.env._("checked for you"),
        }.get(mode)
        label = self.env["unicdo.data.map"]._label(source)
        return f"{label} ({suffix})" if suffix else label

    @api.model
    def _style(self):
        with file_open("unicdo_dsar/static/src/package/package.css") as file:
            return file.read()

    def _words(self):
        lang = self.env["res.lang"]._get_data(code=self.env.context["lang"])
        return {
            "back": self.env._("All your data"),
            "files": self.env._("Files"),
            "lang": (lang.code or "en").replace("_", "-").partition("@")[0],
            "dir": lang.direction or "ltr",
        }

    # ---------------------------------------------------------------- work: files

    def _files_of(self, source, ids):
        """Files that go along and belong to records of one table.

        :return: dict of record id to list of ``(field name or "", path, title)``
        """
        table = SQL("ir_attachment a")
        key = SQL("a.res_id")
        condition = SQL("a.res_model = %s AND a.res_id = ANY(%s)", source.model, ids)
        if source.model == "ir.attachment":
            key, condition = SQL("a.id"), SQL("a.id = ANY(%s)", ids)
        elif source.model == "mail.message":
            table = SQL("message_attachment_rel r JOIN ir_attachment a ON a.id = r.attachment_id")
            key, condition = SQL("r.message_id"), SQL("r.message_id = ANY(%s)", ids)
        self.env.cr.execute(
            SQL(
                "SELECT %s, a.id, a.res_field, a.res_model, a.res_id, a.name, a.mimetype FROM %s"
                " WHERE %s AND a.id = ANY(%s) ORDER BY a.id",
                key,
                table,
                condition,
                self.file_ids or [],
            )
        )
        found = {}
        for record_id, attachment_id, field, *place in self.env.cr.fetchall():
            path, title = self._file_path(attachment_id, field, *place)
            found.setdefault(record_id, []).append((field or "", path, title))
        return found

    @staticmethod
    def _file_path(attachment_id, field, res_model, res_id, name, mimetype):
        """Where a file stands in the package, and what it is called."""
        title = safe_name(name)
        if field:
            title = f"{field}{mimetypes.guess_extension(mimetype or '') or ''}"
        folder = f"files/{slug(res_model)}/{res_id or 0}" if res_model else "files/other"
        return f"{folder}/{attachment_id}-{title}", title

    def _do_work_files(self, work):
        """Write a group of files, byte for byte."""
        package = self._for_person()
        number, ids = work.payload["number"], work.payload["ids"]
        with package._segment(f"files-{number}", FILES + number) as writer:
            for attachment in self.env["ir.attachment"].sudo().browse(ids).exists():
                package._write_file(attachment, writer)

    def _write_file(self, attachment, writer):
        """Copy one attachment in chunks; what is not here is named as left out."""
        path, _title = self._file_path(
            attachment.id,
            attachment.res_field,
            attachment.res_model,
            attachment.res_id,
            attachment.name,
            attachment.mimetype,
        )
        source = next((item.key for item in self._sources_of("ir.attachment")), "ir.attachment")
        if attachment.type != "binary":
            self._leave_out(source, "elsewhere", attachment.id)
            return
        try:
            with self._attachment_chunks(attachment) as chunks:
                first = next(chunks, b"")
                with writer.entry(path, attachment.file_size, level_for(first)) as entry:
                    entry.write(first)
                    for chunk in chunks:
                        entry.write(chunk)
        except FileNotFoundError:
            self._leave_out(source, "missing", attachment.id)

    @contextlib.contextmanager
    def _attachment_chunks(self, attachment):
        """Context manager that gives an iterator of the file's bytes."""
        if not attachment.store_fname:
            yield iter([attachment.raw or b""])
            return
        with open(attachment._full_path(attachment.store_fname), "rb") as file:
            yield iter(lambda: file.read(READ_CHUNK), b"")

    def _sources_of(self, model_name):
        return [source for source in self.env["unicdo.data.map"]._sources().values() if source.model == model_name]

    def _leave_out(self, source_key, reason, res_id=0, **values):
        self.env["unicdo.request.left.out"]._note(self, source_key, reason, res_id, **values)

    # ---------------------------------------------------------------- work: close and announce

    def _do_work_assemble(self, work):
        """Write the first page, what belongs to it and the central directory; the package is ready."""
        package = self._for_person()
        # One call and no more: the first page is a template, and expressions typed into it could open any package here.
        with opening():
            open_segment = package._segment_opener()
        package._write_top(open_segment)
        package._close_zip(open_segment)
        now = fields.Datetime.now()
        package.write({"state": "ready", "ready_at": now, "expires_at": now + timedelta(days=PACKAGE_DAYS)})
        package.request_id._package_ready(package)

    def _do_work_announce(self, work):
        """Mail the person that the package is there."""
        self._for_person().request_id._announce(self)

    def _work_failed(self, work):
        """Called by the background work when a row gave up."""
        if work.kind == "announce":
            self.request_id._not_announced()
        else:
            self.request_id._package_failed()

    def _tables_written(self):
        """Tables of this package as they were written.

        :return: list of dicts ``source``, ``mode``, ``name``, ``count``
        """
        segments = self.segment_ids.sorted()
        return [table for segment in segments for table in (segment.meta or {}).get("tables", ())]

    def _write_top(self, open_segment):
        tables = self._tables_written()
        with self._segment("top", TOP) as writer:
            with writer.entry("index.html") as entry:
                values = self.request_id._package_page_values(self, tables)
                page = self.env["ir.qweb"]._render(
                    "unicdo_dsar.package_index",
                    values
                    | {
                        "style": Markup(self._style()),  # noqa: S704 - our own file
                        "words": self._words(),
                    },
                )
                entry.write(f"<!DOCTYPE html>\n{str(page).strip()}\n".encode())
            if self.request_id.kind == "portability":
                with writer.entry("schema.json") as entry:
                    entry.write(json.dumps(self._schema(tables), ensure_ascii=False, indent=1).encode())
        with self._segment("manifest", TOP + 1) as writer, writer.entry("manifest.json") as entry:
            self._write_manifest(entry, open_segment)

    def _schema(self, tables):
        sources = self.env["unicdo.data.map"]._sources()
        return package_schema(
            {
                f"data/{table['name']}.json": table_schema(
                    self._table_title(sources[table["source"]], table["mode"]),
                    [
                        *self._table_columns(sources[table["source"]], table["mode"]),
                        {"name": "_files", "label": self.env._("Files"), "type": "file"},
                    ],
                )
                for table in tables
            }
        )

    def _write_manifest(self, entry, open_segment):
        """``manifest.json``: every other file with its size and SHA-256, so that anybody can check them."""
        head = {
            "request": self.request_id.name,
            "kind": self.request_id.kind,
            "part": self.part,
            "made_at": f"{fields.Datetime.now().isoformat()}Z",
        }
        segments = self.segment_ids.filtered(lambda segment: segment.name not in ("manifest", "directory")).sorted()
        entry.write(f'{json.dumps(head, indent=1)[:-2]},\n "files": ['.encode())
        comma = ""
        for _start, line in self._entries(segments, open_segment):
            item = {"path": line["name"], "bytes": line["size"], "sha256": line["sha256"]}
            entry.write(f"{comma}\n{json.dumps(item, ensure_ascii=False)}".encode())
            comma = ","
        entry.write(b"\n]}\n")
