# SPDX-License-Identifier: LGPL-3.0-or-later
"""Mails of ./setup/run end in files: the machine needs no mail server, and nothing leaves it."""

import socket

from . import processes
from .places import SETUP
from .python_env import clean_environment


class Catcher:
    """A mail server on a free port of this machine, for as long as this process lives."""

    HOST = "127.0.0.1"

    def __init__(self, python, folder, log):
        """
        :param python: of Odoo's environment
        :param Path folder: gets the mails
        :param Path log: gets what the server has to say
        """
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        log.parent.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        # the socket listens from here on, so that nobody has to wait for the server, and no port is lost to others
        with socket.create_server((self.HOST, 0)) as listener, log.open("wb") as output:
            self.port = listener.getsockname()[1]
            environment = {**clean_environment(), "PYTHONPATH": str(SETUP), "PYTHONDONTWRITEBYTECODE": "1"}
            self._process = processes.start(
                [python, "-m", "kit.mail_catcher", listener.fileno(), folder],
                env=environment, stdout=output, stderr=output, pass_fds=[listener.fileno()],
            )

    def options(self):
        """What makes Odoo send here, in ``odoo.conf``'s words."""
        return {"smtp_server": self.HOST, "smtp_port": self.port}

    def stop(self):
        """End the server; the mails stay."""
        processes.stop(self._process)
