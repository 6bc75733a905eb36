# SPDX-License-Identifier: LGPL-3.0-or-later
import configparser
import contextlib
import json
import logging
import os
import pathlib
import re
import uuid
from contextvars import ContextVar
from functools import lru_cache

from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, config

from ..tools import guard, key_store, sealing

_logger = logging.getLogger(__name__)

ID_PARAMETER = "unicdo.vault_id"
NEUTRALIZED, DATABASE_UUID = "database.is_neutralized", "database.uuid"
PARAMETERS = (ID_PARAMETER, NEUTRALIZED, DATABASE_UUID)
OWNER_FILE = "owner.json"
#: the key store, within the vault's folder
KEYS = "keys"
VAULT_ID = re.compile(r"[0-9a-f]{32}")
#: seconds after which a key file without a row counts as left behind by a rolled back transaction
ORPHAN_AGE = 24 * 3600
#: so many key files or rows without their other half: a restored database or folder is likelier than an accident
TOO_MANY = 50
REWRAP_BATCH = 200


#: parameters read so far within :func:`one_look`; None outside of it
_look = ContextVar("unicdo_vault_look", default=None)


@contextlib.contextmanager
def one_look():
    """Read the parameters on which the vault hangs once, for one short step that asks for them several times."""
    token = _look.set({})
    try:
        yield
    finally:
        _look.reset(token)


def data_dir():
    """Path of Odoo's data folder, which all hosts of one installation share, as text."""
    return config["data_dir"]


def folder_of(vault_id):
    """Path of a vault's folder, as text."""
    return f"{data_dir()}/unicdo/{vault_id}"


def configured_keys():
    """Key-encryption keys from the environment, else from the file it names, else from the file that odoo.conf names.

    Read anew each time, so that a rotation needs no restart when the key stands in a file. A function and no method, as
    :func:`key_ring`: code typed into the database reaches methods, never these.
    """
    text, path = key_source()
    if path:
        text = pathlib.Path(path).read_text("utf-8")
    return sealing.parse_keys(text)


def key_source():
    """The text that holds the key-encryption keys, or the path of their file: one of both is empty."""
    text = os.environ.get("UNICDO_VAULT_KEY")
    if text:
        return text, ""
    return "", os.environ.get("UNICDO_VAULT_KEY_FILE") or _configured_key_file()


def _configured_key_file():
    try:
        stamp = os.stat(config["config"])
    except (OSError, TypeError):
        return ""
    return _key_file_in(config["config"], stamp.st_ino, stamp.st_mtime_ns, stamp.st_size)


@lru_cache(maxsize=1)
def _key_file_in(path, *_stamp):
    """What odoo.conf says, read again when it was changed: the vault asks several times in each request that opens."""
    # core reads only section [options] and warns about names it does not know there
    parser = configparser.RawConfigParser()
    parser.read(path)
    return parser.get("unicdo", "vault_key_file", fallback="")


def key_ring(env):
    """The key-encryption keys, ready for use.

    :raises UserError: none is configured, or one of them is wrong
    """
    try:
        return sealing.KeyRing(configured_keys())
    except (OSError, ValueError):
        raise UserError(env["unicdo.vault"]._status_text("no_key")) from None


class UnicdoVault(models.AbstractModel):
    """Where sealed content and its keys stand, and whether this database may use them.

    The vault id stands in the database and is kept by dump and restore. The vault's folder, ``data_dir/unicdo/<id>``,
    notes the database that owns it: its name and Odoo's ``database.uuid``. A dump restored in place of its original
    goes on. Every other database with the same id (a copy under another name, a duplicate) is a stranger there: neither
    its people nor its jobs read, write or remove anything. An officer ends that: :meth:`_take_over` after a rename or a
    move, :meth:`_renew` for a copy made on purpose.
    """

    _name = "unicdo.vault"
    _description = "Vault"

    @api.model
    def _status(self):
        """Whether sealed content can be made and opened now.

        :return: ``ready``; ``neutralized`` (a copy for tests); ``no_key`` (no key-encryption key, or a wrong one);
            ``no_store`` (the folder with the keys is missing or cannot be used); ``foreign`` (it belongs to another
            database)
        """
        if self._is_neutralized():
            return "neutralized"
        try:
            if not configured_keys():
                return "no_key"
        except (OSError, ValueError):
            return "no_key"
        try:
            return self._store_status()
        except OSError:
            return "no_store"

    @api.model
    def _require(self):
        """Raise unless the vault is ready; makes its folder at first need.

        :raises UserError: what is missing and what to do about it
        """
        status = self._status()
        if status == "ready" and not self._owner_path().exists():
            key_store.make_folder(self._root())
            key_store.write_once(self._owner_path(), json.dumps(self._owner_note()).encode())
            # a copy of this database may have come first
            status = self._status()
        if status != "ready":
            raise UserError(self._status_text(status))

    @api.model
    def _require_store(self):
        """Raise unless keys may be destroyed here: that needs no key-encryption key, but the folder must be ours.

        :raises UserError: what is missing and what to do about it
        """
        status = "neutralized" if self._is_neutralized() else self._store_status()
        if status != "ready":
            raise UserError(self._status_text(status))

    @api.model
    def _status_text(self, status):
        """What a status means and what to do, for people."""
        return {
            "ready": self.env._("The vault is ready."),
            "neutralized": self.env._("This is a neutralized copy of a database: it opens and seals nothing."),
            "no_key": self.env._(
                "The vault has no valid key, so nothing can be sealed or opened. Make a key with the command “odoo "
                "unicdo keygen”, keep a copy in a safe place, and put it into the environment variable "
                "UNICDO_VAULT_KEY, or its file into UNICDO_VAULT_KEY_FILE or “vault_key_file” in section [unicdo] of "
                "odoo.conf. Then restart Odoo."
            ),
            "no_store": self.env._(
                "The vault's folder below the data directory is missing or cannot be written. Content has been sealed "
                "with keys in it: bring it back, or start without it by “odoo unicdo adopt”. What was sealed then "
                "stays closed for ever."
            ),
            "foreign": self.env._(
                "The vault belongs to another database, of which this one is a copy or a renamed successor. A privacy "
                "officer decides under Privacy › Configuration › Vault which of the two this is."
            ),
        }[status]

    @api.model
    def _parameter(self, key):
        """A system parameter as it stands in the database: another process may have neutralized it just now, and Odoo's
        cache would not know."""
        seen = _look.get()
        if seen:
            return seen.get(key)
        self.env["ir.config_parameter"].flush_model()
        rows = self.env.execute_query(SQL("SELECT key, value FROM ir_config_parameter WHERE key IN %s", PARAMETERS))
        found = dict.fromkeys(PARAMETERS) | dict(rows)
        if seen is not None:
            seen.update(found)
        return found[key]

    @api.model
    def _is_neutralized(self):
        return bool(self._parameter(NEUTRALIZED))

    @api.model
    def _vault_id(self):
        """The vault id, made at first need: 32 hexadecimal characters."""
        vault_id = self._parameter(ID_PARAMETER)
        if not vault_id:
            vault_id = uuid.uuid4().hex
            self.env["ir.config_parameter"].sudo().set_param(ID_PARAMETER, vault_id)
            (_look.get() or {}).clear()
        if not VAULT_ID.fullmatch(vault_id):
            raise UserError(self.env._("The vault id in the system parameters was changed: “%s”.", ID_PARAMETER))
        return vault_id

    @api.model
    def _root(self):
        """The vault's folder, which may not exist yet."""
        return pathlib.Path(folder_of(self._vault_id()))

    @api.model
    def _folder(self, name):
        """A folder of ours beside the keys, for sealed files; made at first need.

        :param str name: one word
        :return: ``pathlib.Path``, readable by the server's user only
        """
        self._require()
        return key_store.make_folder(self._root() / name)

    @api.model
    def _store(self):
        """The key store of this vault. Call :meth:`_require` first."""
        return key_store.KeyStore(self._root() / KEYS)

    @api.model
    def _owner_path(self):
        return self._root() / OWNER_FILE

    @api.model
    def _owner_note(self):
        """What the folder says about the database it belongs to."""
        return {"database": self.env.cr.dbname, "uuid": self._parameter(DATABASE_UUID)}

    @api.model
    def _store_status(self):
        try:
            owner = json.loads(self._owner_path().read_text("utf-8"))
        except FileNotFoundError:
            lost = self.env["unicdo.vault.key"].sudo().search_count([("destroyed_at", "=", False)], limit=1)
            return "no_store" if lost or not self._can_make_root() else "ready"
        except ValueError:
            return "no_store"
        if owner != self._owner_note():
            return "foreign"
        return "ready" if os.access(self._root(), os.W_OK | os.X_OK) else "no_store"

    @api.model
    def _can_make_root(self):
        folder = self._root()
        while not folder.exists():
            folder = folder.parent
        return os.access(folder, os.W_OK | os.X_OK)

    @api.model
    def _take_over(self):
        """Make this database the owner of the vault's folder: after a rename, a move, or when the folder was lost.

        The database that owned it before, if it still exists, is a stranger there from now on.
        """
        if self._is_neutralized():
            raise UserError(self._status_text("neutralized"))
        key_store.make_folder(self._root())
        with key_store.replacing(self._owner_path()) as target:
            target.write(json.dumps(self._owner_note()).encode())
        self.env["unicdo.ledger.event"]._record("vault.taken_over")

    @api.model
    def _renew(self):
        """Give this copy a vault of its own. What the original sealed stays closed here; its files are not touched."""
        if self._is_neutralized():
            raise UserError(self._status_text("neutralized"))
        if self._owner_path().exists() and self._store_status() == "ready":
            raise UserError(self.env._("This database owns its vault: a new one would close everything sealed so far."))
        keys_sudo = self.env["unicdo.vault.key"].sudo()
        keys_sudo.search([("destroyed_at", "=", False)])._mark_destroyed()
        self.env["ir.config_parameter"].sudo().set_param(ID_PARAMETER, uuid.uuid4().hex)
        self.env["unicdo.ledger.event"]._record("vault.renewed")

    @api.model
    def _plan_rewrap(self):
        """Wrap all data keys with the first key-encryption key, in batches in the background.

        :return: number of keys to be wrapped anew
        """
        self._require()
        stale = self.env["unicdo.vault.key"].sudo().search(
            [("destroyed_at", "=", False), ("kek", "!=", key_ring(self.env).current)], order="id"
        )
        batches = [stale[start:start + REWRAP_BATCH] for start in range(0, len(stale), REWRAP_BATCH)]
        moment = str(self.env.cr.now())
        self.env["unicdo.work"]._enqueue([
            {"res_model": stale._name, "res_id": batch[0].id, "kind": "rewrap", "key": moment, "size": len(batch),
             "payload": {"ids": batch.ids}}
            for batch in batches
        ])
        return len(stale)

    @api.model
    def _upkeep(self):
        """Remove key files that no row names, close rows whose key file is gone, and wrap anew after a change of the
        key-encryption key. Called daily by a cron.

        Does nothing where the vault is not this database's own. Stops, and says so in the log, when so much is missing
        that a restored database or folder is the likelier reason: what is removed here never comes back.
        """
        if self._status() != "ready" or not self._owner_path().exists():
            return
        store = self._store()
        # files first: a row that commits between the two looks then finds its file listed as known, never as an orphan
        orphans = store.older_than(ORPHAN_AGE)
        names = store.names()
        self.env.cr.execute(SQL("SELECT name, id FROM unicdo_vault_key WHERE destroyed_at IS NULL"))
        rows = dict(self.env.cr.fetchall())
        orphans -= rows.keys()
        gone = self.env["unicdo.vault.key"].sudo().browse(
            row_id for name, row_id in rows.items() if name not in names and store.get(name) is None
        )
        store.drop_drafts(ORPHAN_AGE)
        for what in (orphans, gone):
            if len(what) > TOO_MANY and len(what) > len(rows) / 10:
                _logger.error(
                    "Vault upkeep stopped: %s keys without a file and %s files without a key. If an older database or "
                    "folder was restored, put the two halves of one time together again.", len(gone), len(orphans),
                )
                return
        for name in orphans:
            store.remove(name)
        gone._mark_destroyed()
        waiting = [("kind", "=", "rewrap"), ("state", "in", ("todo", "failed"))]
        if not self.env["unicdo.work"].sudo().search_count(waiting, limit=1):
            self._plan_rewrap()

    @api.model
    def _check_recoverable(self, ring=None):
        """Prove that the stored data keys open with the configured keys; opens no content.

        :param KeyRing ring: keys to try instead of the configured ones, for instance from the copy in the safe
        :return: dict ``good`` (number), ``missing`` and ``closed`` (ids of rows whose file is gone, or does not open),
            ``by_kek`` (key name → number)
        """
        ring = ring or key_ring(self.env)
        result = {"good": 0, "missing": [], "closed": [], "by_kek": {}}
        store = self._store()
        for key_sudo in self.env["unicdo.vault.key"].sudo().search([("destroyed_at", "=", False)]):
            blob = store.get(key_sudo.name)
            if blob is None:
                result["missing"].append(key_sudo.id)
                continue
            try:
                ring.unwrap(blob, key_sudo._context())
            except sealing.SealError:
                result["closed"].append(key_sudo.id)
                continue
            result["good"] += 1
            name = sealing.wrapped_by(blob)
            result["by_kek"][name] = result["by_kek"].get(name, 0) + 1
        return result

    @api.model
    def _check_opening(self):
        """Refuse to open sealed content unless Python code of a module has allowed it, see ``tools/guard.py``."""
        if not guard.may_open():
            raise AccessError(self.env._("Sealed content is opened only by the pages and jobs made for it."))
