# SPDX-License-Identifier: LGPL-3.0-or-later
import os
import pathlib
import tempfile
from unittest.mock import patch

from ..models import unicdo_vault
from ..tools import sealing


class VaultMixin:
    """A vault with a fresh key and a folder that goes with the test class; put it before the case class."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = tempfile.TemporaryDirectory(prefix="unicdo_test_")
        cls.addClassCleanup(folder.cleanup)
        cls.vault_data_dir = pathlib.Path(folder.name)
        data_dir = patch.object(unicdo_vault, "data_dir", lambda: cls.vault_data_dir)
        data_dir.start()
        cls.addClassCleanup(data_dir.stop)
        cls.vault_key = sealing.format_key(sealing.new_key())
        environment = patch.dict(os.environ, {"UNICDO_VAULT_KEY": cls.vault_key})
        environment.start()
        cls.addClassCleanup(environment.stop)
        # the class may act as somebody without rights here
        parameters = cls.env["ir.config_parameter"].sudo()
        parameters.search([("key", "=", "database.is_neutralized")]).unlink()
        # a folder of its own even where the database holds keys of another one
        parameters.set_param(unicdo_vault.ID_PARAMETER, False)
        cls.env["unicdo.vault.key"].sudo().search([("destroyed_at", "=", False)])._mark_destroyed()
