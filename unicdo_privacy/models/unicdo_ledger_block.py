# SPDX-License-Identifier: LGPL-3.0-or-later
import json
import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools import append_only, guard, key_store, merkle
from ..tools.sealing import SealError

_logger = logging.getLogger(__name__)

BLOCK_SIZE = 5000
#: events stay for five years; then their block keeps its signed head only
KEEP_DAYS = 5 * 366
SIGN_PURPOSE = "ledger.sign"
HEAD_FILE = "ledger_head.json"
#: columns of an event that its hash covers; a column added later is covered where it is filled
EVENT_COLUMNS = ("id", "kind", "actor_uid", "subject", "res_model", "res_ids", "detail")
LOCK = 0x756E6963646F


class UnicdoLedgerBlock(models.Model):
    """A signed head over a batch of audit events and over the block before it."""

    _name = "unicdo.ledger.block"
    _inherit = ["unicdo.append.only"]
    _description = "Audit Block"
    _log_access = False
    _order = "number desc"
    _rec_name = "number"

    number = fields.Integer(required=True, readonly=True)
    previous = fields.Char("Previous block's hash", readonly=True)
    root = fields.Char("Merkle root", required=True, readonly=True)
    size = fields.Integer("Events", required=True, readonly=True)
    sealed_at = fields.Datetime("Sealed on", required=True, readonly=True)
    public_key = fields.Char("Public key", required=True, readonly=True)
    digest = fields.Char("Hash", required=True, readonly=True)
    signature = fields.Char(required=True, readonly=True)

    _number_uniq = models.UniqueIndex("(number)")

    # ---- sealing ---------------------------------------------------------------------------------------------------

    @api.model
    def _run(self):
        """Seal what waits, block by block, then drop what outlived its period. Called by a cron."""
        commit_progress = self.env["ir.cron"]._commit_progress
        while self._seal_pending():
            if commit_progress(1) <= 0:
                return
        self._drop_old()

    @api.model
    def _seal_pending(self):
        """Seal what stands in no block yet, at most ``BLOCK_SIZE`` events.

        Not a range of ids: a lower id may commit after a higher one. Writers of events are not locked out. Nothing
        happens while the vault is not ready: events wait.

        :return: the new block, or none
        """
        cr = self.env.cr
        cr.execute(SQL("SELECT pg_try_advisory_xact_lock(%s)", LOCK))
        if not cr.fetchone()[0] or self.env["unicdo.vault"]._status() != "ready":
            return self.browse()
        last = self.sudo().search([], limit=1)
        self._compare_anchor(last)
        events = self._pending_events()
        if not events:
            return self.browse()
        leaves = [merkle.leaf_hash(merkle.canonical(event)) for event in events]
        seed = self._signing_seed()
        head = {
            "number": last.number + 1,
            "previous": last.digest or "",
            "root": merkle.root_hash(leaves).hex(),
            "size": len(leaves),
            "sealed_at": fields.Datetime.to_string(fields.Datetime.now()),
            "public_key": merkle.public_key(seed),
        }
        digest = merkle.head_hash(head)
        block = self.sudo().create({**head, "digest": digest, "signature": merkle.sign(seed, digest)})
        rows = [
            (event["id"], block.number, place, leaf.hex()) for place, (event, leaf) in enumerate(zip(events, leaves))
        ]
        cr.execute_values("INSERT INTO unicdo_ledger_leaf (event_id, block, position, digest) VALUES %s", rows)
        self.env["unicdo.ledger.actor"]._keep({event["actor_uid"] for event in events if event["actor_uid"]})
        cr.postcommit.add(block._write_anchor)
        return block

    @api.model
    def _pending_events(self):
        return self._read_events(SQL(
            "WHERE NOT EXISTS (SELECT 1 FROM unicdo_ledger_leaf l WHERE l.event_id = e.id) ORDER BY e.id LIMIT %s",
            BLOCK_SIZE,
        ))

    @api.model
    def _read_events(self, where):
        """Events as the dicts that are hashed, read from the table itself and not from any cache."""
        self.env["unicdo.ledger.event"].flush_model()
        columns = SQL(", ").join(SQL.identifier("e", name) for name in EVENT_COLUMNS)
        self.env.cr.execute(SQL(
            "SELECT %s, to_char(e.happened_at, 'YYYY-MM-DD\"T\"HH24:MI:SS.US') AS happened_at"
            " FROM unicdo_ledger_event e %s",
            columns, where,
        ))
        return self.env.cr.dictfetchall()

    @api.model
    def _signing_key(self):
        keys_sudo = self.env["unicdo.vault.key"].sudo()
        key_sudo = keys_sudo.search([("purpose", "=", SIGN_PURPOSE), ("destroyed_at", "=", False)], limit=1)
        return key_sudo or keys_sudo._new(self._name, 0, SIGN_PURPOSE)

    @api.model
    def _signing_seed(self):
        with guard.opening():
            return self._signing_key()._derive(SIGN_PURPOSE.encode())

    # ---- the newest head, outside of the database ------------------------------------------------------------------

    def _head(self):
        """The newest block's head for publication; None without blocks."""
        last = self.sudo().search([], limit=1)
        return last and {**last._signed_values(), "hash": last.digest, "signature": last.signature} or None

    def _signed_values(self):
        self.ensure_one()
        return {
            "number": self.number,
            "previous": self.previous or "",
            "root": self.root,
            "size": self.size,
            "sealed_at": fields.Datetime.to_string(self.sealed_at),
            "public_key": self.public_key,
        }

    def _write_anchor(self):
        """Note the newest head beside the keys, where who only has the database cannot change it."""
        anchor = {"number": self.number, "hash": self.digest}
        with key_store.replacing(self.env["unicdo.vault"]._root() / HEAD_FILE) as target:
            target.write(json.dumps(anchor).encode())

    @api.model
    def _anchor(self):
        """The head noted outside of the database, or an empty dict."""
        try:
            return json.loads((self.env["unicdo.vault"]._root() / HEAD_FILE).read_text("utf-8"))
        except (OSError, ValueError):
            return {}

    @api.model
    def _anchor_problem(self):
        """Compare the blocks with the head noted outside of the database.

        :return: number of the block that should be there and is not, or is another; 0 when all is well
        """
        anchor = self._anchor()
        block = self.sudo().search([("number", "=", anchor.get("number", 0))])
        return 0 if not anchor or block.digest == anchor["hash"] else anchor["number"]

    @api.model
    def _compare_anchor(self, last):
        """Note it in the ledger for good when blocks have gone: the next head would hide it."""
        missing = self._anchor_problem()
        if missing:
            _logger.warning("The audit ledger ends at block %s, but block %s had been sealed.", last.number, missing)
            self.env["unicdo.ledger.event"]._record("ledger.cut", detail={"ends_at": last.number, "expected": missing})

    # ---- verification ----------------------------------------------------------------------------------------------

    @api.model
    def _verify(self):
        """Check signatures, chain and every event.

        :return: None, or a dict about the first bad place: ``block`` (number), ``event`` (id; None when the block as a
            whole is wrong), ``reason`` (text for people)
        """
        trusted = self._trusted_keys()
        stranger = None
        previous = self.browse()
        for block in self.sudo().search([], order="number"):
            problem = block._chain_problem(previous) or block._content_problem()
            if problem:
                event, reason = problem
                return {"block": block.number, "event": event, "reason": reason}
            if not stranger and trusted is not None and block.public_key not in trusted:
                stranger = block
            previous = block
        if stranger:
            reason = self.env._("It was signed with a key that this vault does not have.")
            return {"block": stranger.number, "event": None, "reason": reason}
        missing = self._anchor_problem()
        if missing:
            reason = self.env._("It had been sealed and is not here: removed, or an older dump was restored.")
            return {"block": missing, "event": None, "reason": reason}
        return None

    @api.model
    def _trusted_keys(self):
        """Public keys whose secret half the vault holds; None when it cannot be asked now."""
        if self.env["unicdo.vault"]._status() != "ready":
            return None
        trusted = set()
        keys_sudo = self.env["unicdo.vault.key"].sudo()
        for key_sudo in keys_sudo.search([("purpose", "=", SIGN_PURPOSE), ("destroyed_at", "=", False)]):
            try:
                with guard.opening():
                    trusted.add(merkle.public_key(key_sudo._derive(SIGN_PURPOSE.encode())))
            except SealError:
                continue
        return trusted

    def _chain_problem(self, previous):
        """What is wrong with this head, as (None, reason), or None."""
        if self.number != previous.number + 1:
            return None, self.env._("The block before it is missing.")
        if (self.previous or "") != (previous.digest or ""):
            return None, self.env._("It does not follow from the block before it.")
        if merkle.head_hash(self._signed_values()) != self.digest:
            return None, self.env._("Its head was changed.")
        if not merkle.is_signed(self.public_key, self.digest, self.signature):
            return None, self.env._("Its signature is wrong.")
        return None

    def _content_problem(self):
        """What is wrong with this block's events, as (id or None, reason), or None."""
        self.env.cr.execute(SQL(
            "SELECT event_id, digest FROM unicdo_ledger_leaf WHERE block = %s ORDER BY position", self.number
        ))
        leaves = self.env.cr.fetchall()
        if not leaves and self.sealed_at < self._limit():
            return None
        events = {event["id"]: event for event in self._read_events(SQL(
            "JOIN unicdo_ledger_leaf l ON l.event_id = e.id WHERE l.block = %s", self.number
        ))}
        for event_id, digest in leaves:
            if event_id not in events:
                return event_id, self.env._("The event is missing.")
            if merkle.leaf_hash(merkle.canonical(events[event_id])).hex() != digest:
                return event_id, self.env._("The event was changed.")
        if merkle.root_hash([bytes.fromhex(digest) for _event, digest in leaves]).hex() != self.root:
            return None, self.env._("Events were changed, added or removed together with their hashes.")
        return None

    @api.model
    def _pending(self):
        """What waits to be sealed.

        :return: dict ``count``, ``oldest`` (UTC datetime or None)
        """
        self.env.cr.execute(SQL(
            "SELECT count(*), min(happened_at) FROM unicdo_ledger_event e"
            " WHERE NOT EXISTS (SELECT 1 FROM unicdo_ledger_leaf l WHERE l.event_id = e.id)"
        ))
        count, oldest = self.env.cr.fetchone()
        return {"count": count, "oldest": oldest}

    def action_verify(self):
        """Check the ledger and say what came out."""
        self.check_access("read")
        found = self.sudo()._verify()
        if found and found["event"]:
            message = self.env._("Block %(block)s, event %(event)s: %(reason)s", **found)
        elif found:
            message = self.env._("Block %(block)s: %(reason)s", **found)
        else:
            count = self.sudo().search_count([])
            message = self.env._("The ledger is as it was sealed. Blocks checked: %s.", count)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"message": message, "type": "danger" if found else "success", "sticky": bool(found)},
        }

    # ---- the end ---------------------------------------------------------------------------------------------------

    @api.model
    def _limit(self):
        return fields.Datetime.now() - timedelta(days=KEEP_DAYS)

    @api.model
    def _drop_old(self):
        """Drop the events of blocks that outlived the ledger's period; their signed heads stay."""
        cr = self.env.cr
        limit = self._limit()
        cr.execute(SQL(
            "SELECT number FROM unicdo_ledger_block b WHERE sealed_at < %s"
            " AND EXISTS (SELECT 1 FROM unicdo_ledger_leaf l WHERE l.block = b.number)",
            limit,
        ))
        numbers = tuple(row[0] for row in cr.fetchall())
        if not numbers:
            return
        with append_only.lifted(cr, "unicdo_ledger_event", "ledger period over"):
            cr.execute(SQL(
                "DELETE FROM unicdo_ledger_event e USING unicdo_ledger_leaf l"
                " WHERE l.event_id = e.id AND l.block IN %s",
                numbers,
            ))
        with append_only.lifted(cr, "unicdo_ledger_leaf", "ledger period over"):
            cr.execute(SQL("DELETE FROM unicdo_ledger_leaf WHERE block IN %s", numbers))
        self.env["unicdo.ledger.actor"].sudo().search([("seen_at", "<", limit)]).unlink()
        self.env.invalidate_all()
