# SPDX-License-Identifier: LGPL-3.0-or-later
"""The mail server of ./setup/run: takes every mail, sends none, keeps each as a file. Runs in Odoo's environment."""

import asyncio
import email
import email.policy
import re
import socket
import sys
from datetime import UTC, datetime
from pathlib import Path

from aiosmtpd.smtp import SMTP

#: mails kept; older ones go
KEPT = 500
#: link to the mail that came last
NEWEST = "newest.eml"


class Keeper:
    """Writes mails into a folder."""

    def __init__(self, folder):
        self.folder = folder

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - the library's name
        """Keep a mail; called by the library with a whole one."""
        self._keep(envelope.content, envelope.rcpt_tos[0])
        return "250 Kept as a file"

    def _keep(self, content, recipient):
        message = email.message_from_bytes(content, policy=email.policy.default)
        # the moment comes first, so that a list of names is in order
        parts = [datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f"), recipient, message["Subject"] or ""]
        path = self.folder / f"{'_'.join(map(_in_file_name, parts))}.eml"
        fresh = self.folder / "fresh"
        fresh.write_bytes(readable(message) or content)
        fresh.rename(path)
        fresh.symlink_to(path.name)
        fresh.rename(self.folder / NEWEST)
        for old in sorted(self.folder.glob("[0-9]*.eml"))[:-KEPT]:
            old.unlink()


def readable(message):
    """The mail as bytes, its texts not in base64 or cut into lines, so that any editor shows what they say; None if it
    is not in order."""
    try:
        for part in message.walk():
            if part.get_content_type() in ("text/plain", "text/html") and not part.is_attachment():
                part.set_content(part.get_content(), subtype=part.get_content_subtype(), cte="8bit")
        return message.as_bytes()
    except (LookupError, ValueError):
        return None


def _in_file_name(text):
    return re.sub(r"[^\w@.+-]+", "-", text)[:60].strip("-.")


async def serve(listener, folder):
    """Take mails on a socket until the process ends."""
    keeper = Keeper(folder)

    def connection():
        return SMTP(keeper, hostname="localhost", enable_SMTPUTF8=True)

    server = await asyncio.get_running_loop().create_server(connection, sock=listener)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(socket.socket(fileno=int(sys.argv[1])), Path(sys.argv[2])))
