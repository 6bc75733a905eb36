# SPDX-License-Identifier: LGPL-3.0-or-later
import contextlib
import os

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools import key_store, sealing, warm_secret
from ..tools.separately import fresh_cursor
from .unicdo_vault import KEYS, OWNER_FILE, VAULT_ID, folder_of, key_ring, key_source, one_look


def data_key(key):
    """The key itself, for this model's own methods. A function, so that code typed into the database never reaches it.

    :param key: one ``unicdo.vault.key`` record
    :raises SealError: destroyed, or not to be unwrapped with the configured keys
    """
    key_sudo = key.sudo()
    key_sudo.ensure_one()
    return unwrapped(key.env, key_sudo.name, key_sudo._belongs_to(), bool(key_sudo.destroyed_at))


def unwrapped(env, name, belongs_to, is_destroyed):
    """:func:`data_key` for who has read the row already.

    :param str name: in the key store
    :param belongs_to: model, record id and purpose
    """
    vault = env["unicdo.vault"]
    vault._require()
    blob = None if is_destroyed else vault._store().get(name)
    if blob is None:
        raise sealing.SealError("The key of this content was destroyed")
    return key_ring(env).unwrap(blob, sealing.context(vault._vault_id(), *belongs_to))


def derived(env, row, parameters, info):
    """What :func:`~..tools.sealing.derive` makes of a key, for who has read the rows already: from this process's memory
    while nothing has changed on which the vault and this key hang.

    :param tuple row: of the key: the arguments of :func:`unwrapped` after ``env``
    :param tuple parameters: values of the system parameters ``PARAMETERS``
    :param bytes info: names the use
    :raises SealError: as :func:`data_key`
    :raises UserError: the vault is not ready
    """
    def find():
        with fresh_cursor(env) as cr, one_look():
            return sealing.derive(unwrapped(env(cr=cr, su=True), *row), info)

    name, _belongs_to, is_destroyed = row
    vault_id, is_neutralized, _uuid = parameters
    if is_destroyed or is_neutralized or not VAULT_ID.fullmatch(vault_id or ""):
        return find()
    text, path = key_source()
    root = folder_of(vault_id)
    files = [f"{root}/{OWNER_FILE}", key_store.file_of(f"{root}/{KEYS}", name), *([path] if path else [])]
    about = (env.cr.dbname, row, parameters, text, os.access(root, os.W_OK | os.X_OK))
    return warm_secret.warm((name, info), about, files, find)


class UnicdoVaultKey(models.Model):
    """One data key: for one record and one purpose. The row is only its name; the wrapped key is a file outside.

    Sealing needs no permission. Opening does: :func:`~..tools.guard.opening` around jobs, and
    :func:`~..controllers.hand_out.hand_out` for handing out to a person.
    """

    _name = "unicdo.vault.key"
    _description = "Vault Key"
    _rec_name = "purpose"
    _order = "id desc"

    res_model = fields.Char("Model", required=True, readonly=True)
    res_id = fields.Many2oneReference("Record", model_field="res_model", readonly=True)
    purpose = fields.Char(required=True, readonly=True)
    name = fields.Char("Name in the key store", required=True, readonly=True, copy=False)
    kek = fields.Char("Wrapped by", readonly=True, help="Public name of the key-encryption key.")
    destroyed_at = fields.Datetime("Destroyed on", readonly=True, copy=False)

    _name_uniq = models.UniqueIndex("(name)")
    _record_idx = models.Index("(res_model, res_id)")
    _kek_idx = models.Index("(kek) WHERE destroyed_at IS NULL")

    @api.ondelete(at_uninstall=False)
    def _unlink_only_destroyed(self):
        if self.filtered(lambda key: not key.destroyed_at):
            raise UserError(self.env._("A key that is in use cannot be deleted. Destroy it first."))

    @api.model
    def _new(self, model, res_id, purpose):
        """Make a data key.

        :param str model: model of the record whose content it seals
        :param int res_id: id of that record; 0 for none
        :param str purpose: one word; content sealed for one purpose does not open for another
        :return: one record, in sudo: no role writes here
        :raises UserError: the vault is not ready
        """
        vault = self.env["unicdo.vault"]
        vault._require()
        ring = key_ring(self.env)
        name = key_store.new_name()
        key_sudo = self.sudo().create({
            "res_model": model, "res_id": res_id, "purpose": purpose, "name": name, "kek": ring.current,
        })
        # flush first, so that an error in the row leaves no file
        key_sudo.flush_recordset()
        vault._store().put(name, ring.wrap(sealing.new_key(), key_sudo._context()))
        return key_sudo

    def _context(self):
        """What this key belongs to, for authentication."""
        return sealing.context(self.env["unicdo.vault"]._vault_id(), *self._belongs_to())

    def _belongs_to(self):
        self.ensure_one()
        return self.res_model, self.res_id, self.purpose

    def _seal(self, data):
        """Seal bytes.

        :raises UserError: the vault is not ready
        """
        with one_look():
            return sealing.seal(data_key(self), data, self.sudo()._context())

    def _open(self, data):
        """Open what :meth:`_seal` returned.

        :raises AccessError: not called by code that may open, see ``tools/guard.py``
        :raises SealError: changed, swapped, or the key was destroyed
        """
        self.env["unicdo.vault"]._check_opening()
        with one_look():
            return sealing.unseal(data_key(self), data, self.sudo()._context())

    def _bytes_opener(self):
        """A function of bytes that opens as :meth:`_open` does, for content in many pieces: the key is unwrapped once.

        :raises AccessError: not called by code that may open, see ``tools/guard.py``
        """
        self.env["unicdo.vault"]._check_opening()
        secret, about = data_key(self), self.sudo()._context()
        return lambda data: sealing.unseal(secret, data, about)

    def _derive(self, info):
        """A 32-byte secret that comes and goes with this key, such as the seed of a signing key.

        :param bytes info: names the use
        """
        self.env["unicdo.vault"]._check_opening()
        return sealing.derive(data_key(self), info)

    @contextlib.contextmanager
    def _writer(self, path):
        """Seal a file: a context manager that gives a binary file object with ``write``, in constant memory.

        The file appears whole when the block ends well, and not at all after an error.
        """
        secret, about = data_key(self), self.sudo()._context()
        with key_store.replacing(path) as target:
            writer = sealing.SealWriter(target, secret, about)
            yield writer
            writer.finish()

    @contextlib.contextmanager
    def _reader(self, path):
        """Open a sealed file: a context manager that gives a :class:`~..tools.sealing.SealReader`.

        It holds plain keys and no cursor, so it may be read after the request's transaction.

        :raises AccessError: not called by code that may open, see ``tools/guard.py``
        :raises SealError: changed, cut, missing, or the key was destroyed
        """
        with self._file_opener()(path) as reader:
            yield reader

    def _file_opener(self):
        """A function of a path that opens as :meth:`_reader` does, for content that stands in many files.

        The key is unwrapped once; the function holds it and no cursor, and opens each file only when asked to.

        :raises AccessError: not called by code that may open, see ``tools/guard.py``
        """
        self.env["unicdo.vault"]._check_opening()
        secret, about = data_key(self), self.sudo()._context()

        @contextlib.contextmanager
        def open_file(path):
            try:
                source = open(path, "rb")
            except FileNotFoundError:
                raise sealing.SealError("The sealed file is missing") from None
            with source:
                yield sealing.SealReader(source, secret, about)

        return open_file

    def _destroy(self):
        """Destroy the keys: what they sealed cannot be opened from now on, not from backups either, even if the
        transaction fails afterwards. Nothing happens to those destroyed already."""
        keys_sudo = self.sudo().filtered(lambda key: not key.destroyed_at)
        if not keys_sudo:
            return
        self.env["unicdo.vault"]._require_store()
        # waits for a rewrapping of the same key, which would otherwise write its file again
        self.env.cr.execute(SQL("SELECT id FROM unicdo_vault_key WHERE id IN %s FOR UPDATE", keys_sudo._ids))
        store = self.env["unicdo.vault"]._store()
        for key_sudo in keys_sudo:
            store.remove(key_sudo.name)
        keys_sudo._mark_destroyed()

    def _mark_destroyed(self):
        self.filtered(lambda key: not key.destroyed_at).destroyed_at = fields.Datetime.now()

    def _do_work_rewrap(self, work):
        """Wrap a batch of data keys with the first key-encryption key; idempotent."""
        vault = self.env["unicdo.vault"]
        vault._require()
        ring, store = key_ring(self.env), vault._store()
        # the lock keeps a key from being destroyed between reading and writing its file
        for key_sudo in self.sudo().browse(work.payload["ids"]).try_lock_for_update():
            blob = None if key_sudo.destroyed_at else store.get(key_sudo.name)
            if blob is not None:
                about = key_sudo._context()
                store.put(key_sudo.name, ring.wrap(ring.unwrap(blob, about), about))
                key_sudo.kek = ring.current
