# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ..const import PREVIEW_CHARS, REVIEW_STATES
from ..tools.redact import black_out_value
from .discretion import Discretion

#: what reviewers write
JUDGED = {"decision", "phrases", "reason"}


class UnicdoRequestReview(models.Model):
    """One record that somebody reads before the person gets it: include, black out words, leave out with a reason.

    The search covers all companies of the database, for the person may ask any of them (GDPR Art. 26(3)); but each is a
    controller of its own, so what is noted in one company is read and decided on there.
    """

    _name = "unicdo.request.review"
    _description = "Record to Review"
    _order = "source_key, res_id"
    _rec_name = "label"

    request_id = fields.Many2one("unicdo.request", required=True, readonly=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(
        "res.company", readonly=True, help="Whose record it is: its privacy users decide. Empty: all companies share it."
    )
    source_key = fields.Char("Source", required=True, readonly=True)
    label = fields.Char("Where", compute="_compute_label")
    title = fields.Char("Record", compute="_compute_title", compute_sudo=True)
    res_id = fields.Integer("Record number", required=True, readonly=True)
    why = fields.Selection(
        [("note", "Internal"), ("personnel", "Personnel record"), ("doubtful", "Shared address or number: theirs?")],
        "Why reviewed",
        required=True,
        readonly=True,
    )
    decision = fields.Selection(
        [("todo", "To decide"), ("include", "Include"), ("redact", "Black out words"), ("leave_out", "Leave out")],
        required=True,
        default="todo",
    )
    phrases = fields.Text("Words to black out", help="One per line. Forgotten when the request is closed.")
    reason = fields.Char(help="Why it is left out; the person reads this.")
    preview = fields.Html("What it says", compute="_compute_preview", sanitize=False)
    is_confirmed = fields.Boolean("Reader has confirmed who they are", compute="_compute_is_confirmed")
    is_over = fields.Boolean("Review is over", compute="_compute_is_over")

    _once = models.UniqueIndex("(request_id, source_key, res_id)")
    _company_idx = models.Index("(company_id, request_id) WHERE company_id IS NOT NULL")

    @api.depends("source_key")
    @api.depends_context("lang")
    def _compute_label(self):
        data_map = self.env["unicdo.data.map"]
        for line in self:
            source = data_map._sources().get(line.source_key)
            line.label = data_map._label(source) if source else line.source_key

    @api.depends("source_key", "res_id")
    def _compute_title(self):
        """A name to tell records apart in a list; what they say is read, and logged, one by one."""
        for model_name, lines in self.grouped(lambda line: line._source_model()).items():
            records = self.env[model_name].browse(lines.mapped("res_id")).exists() if model_name else ()
            names = {record.id: record.display_name for record in records}
            for line in lines:
                name = names.get(line.res_id) or ""
                line.title = f"#{line.res_id}" if name in ("", f"{model_name},{line.res_id}") else name

    @api.depends("request_id.state")
    def _compute_is_over(self):
        for line in self:
            line.is_over = line.request_id.state not in REVIEW_STATES

    @api.depends("is_over")
    def _compute_is_confirmed(self):
        for request, lines in self.grouped("request_id").items():
            is_confirmed = request._origin._review_confirmed()
            for line in lines:
                line.is_confirmed = is_confirmed and not line.is_over

    @api.depends("phrases", "decision", "is_confirmed")
    def _compute_preview(self):
        """Empty by every way but the browser session in which the reader has just confirmed who they are (DESIGN 7)."""
        readable = self.filtered("is_confirmed")
        readable._log_read()  # before rendering: the transaction of its own may empty the cache
        for line in self:
            line.preview = line in readable and line._render_preview()

    @api.constrains("decision", "reason", "phrases")
    def _check_decision(self):
        for line in self:
            if line.decision == "leave_out" and not (line.reason or "").strip():
                raise ValidationError(self.env._("Please say why it is left out: the person has a right to know."))
            is_closed = line.request_id.state == "closed"
            if line.decision == "redact" and not (is_closed or (line.phrases or "").strip()):
                raise ValidationError(self.env._("Please write the words to black out, one per line."))
            if line.decision == "redact" and line._source_model() == "ir.attachment":
                raise ValidationError(self.env._("A file cannot be blacked out here. Include it, or leave it out."))

    def write(self, vals):
        if vals.keys() - JUDGED and not self.env.su:
            # by RPC also read-only fields are written, and the preview shows whatever the line names
            raise AccessError(self.env._("Which records are reviewed follows from the search. Only decide on them."))
        if self.filtered("is_over") and set(vals) != {"phrases"}:
            raise UserError(self.env._("The review of this request is over."))
        return super().write(vals)

    @api.model
    def _plan(self, request, source, ids, why):
        """List records for review; those listed already keep their decision.

        :param source: ``Source`` of the data map
        :param list ids: records
        :param str why: a value of ``why``
        """
        lines_sudo = self.sudo()
        known = set(
            lines_sudo.search([("request_id", "=", request.id), ("source_key", "=", source.key)]).mapped("res_id")
        )
        new = [res_id for res_id in ids if res_id not in known]
        companies = self.env["unicdo.data.map"]._companies(source.model, new)
        lines_sudo.create(
            [
                {
                    "request_id": request.id,
                    "company_id": companies.get(res_id),
                    "source_key": source.key,
                    "res_id": res_id,
                    "why": why,
                }
                for res_id in new
            ]
        )

    def _source_model(self):
        source = self.env["unicdo.data.map"]._sources().get(self.source_key)
        return source.model if source else ""

    def _render_preview(self):
        """The record as the person would get it, blacked out where asked; empty when it is gone."""
        self.ensure_one()
        source = self.env["unicdo.data.map"]._sources().get(self.source_key)
        request_sudo = self.request_id.sudo()
        if not source or not request_sudo.partner_id:
            return False
        copy = self.env["unicdo.copy"].sudo()  # reviewers read what they judge, whatever other rights they have
        names = source.review if source.review not in ((), ("*",)) and self.why != "doubtful" else None
        columns = copy._columns(source, names)
        identity = self.env["unicdo.data.map"]._identity(request_sudo.partner_id)
        phrases = (self.phrases or "").splitlines() if self.decision == "redact" else []
        for _id, heading, row in copy._reader(source, columns, Discretion(copy.env, identity))([self.res_id]):
            cells = [
                (column["label"], self._cut(copy._cell(column)(black_out_value(row[column["name"]], phrases))))
                for column in columns
                if row.get(column["name"]) is not False and column["name"] in row and column["name"] != "id"
            ]
            return self.env["ir.qweb"]._render(
                "unicdo_dsar.review_preview",
                {
                    "heading": black_out_value(heading, phrases),
                    "cells": [cell for cell in cells if cell[1]],
                },
            )
        return False

    def _cut(self, text):
        """A text short enough for a browser; says how much of it is not shown here."""
        hidden = len(text) - PREVIEW_CHARS
        if hidden <= 0:
            return text
        more = self.env._("… and %s more characters. Please read the rest in the record itself.", f"{hidden:,}")
        return f"{text[:PREVIEW_CHARS]}\n{more}"

    def _log_read(self):
        """Whoever reads a person's records before their release leaves a trace, even if nothing is saved."""
        for (request, model), lines in self.grouped(lambda line: (line.request_id, line._source_model())).items():
            self.env["unicdo.ledger.event"]._record(
                "dsar.review.read",
                subject=request.sudo().subject_id,
                model=model,
                res_ids=lines.mapped("res_id"),
                separate=True,
            )

    def action_include(self):
        """Release these records as they are."""
        self.check_access("write")
        self.write({"decision": "include"})

    def action_confirm(self):
        """Ask again who wants to read these records, and come back to this one."""
        self.ensure_one()
        return self.request_id._confirm_review(self)

    def action_open_record(self):
        """Open the record itself, with one's own rights."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._source_model(),
            "res_id": self.res_id,
            "view_mode": "form",
        }
