# SPDX-License-Identifier: LGPL-3.0-or-later
"""The mail catcher of ./setup/run."""

import os
import signal
import smtplib
import subprocess
import sys
import time
from email.message import EmailMessage

import pytest

from kit import mail, mail_catcher
from kit.places import SETUP

TEXT = "Grüße, hier ist der Link: https://example.com/" + "x" * 200


def letter(subject="Ihre Kopie ist fertig", **content):
    message = EmailMessage()
    message["Subject"] = subject
    message["From"] = "office@example.com"
    message["To"] = "Ann <ann@example.com>"
    message.set_content(TEXT, **content)
    return message


def send(port, *messages):
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as connection:
        for message in messages:
            connection.send_message(message)


@pytest.fixture
def catcher(tmp_path):
    caught = mail.Catcher(sys.executable, tmp_path / "mail", tmp_path / "mail.log")
    yield caught
    caught.stop()


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable"])
def test_a_mail_becomes_a_file_that_shows_its_text(catcher, encoding):
    message = letter(cte=encoding)
    message.add_attachment(b"\x00\xff", maintype="application", subtype="zip", filename="copy.zip")
    send(catcher.port, message)
    [path] = catcher.folder.glob("[0-9]*.eml")
    assert path.name.endswith("_ann@example.com_Ihre-Kopie-ist-fertig.eml")
    assert TEXT in path.read_text()
    assert "AP8=" in path.read_text()


def test_the_newest_mail_is_easy_to_find(catcher):
    send(catcher.port, letter("first"), letter("second"))
    assert "Subject: second" in (catcher.folder / "newest.eml").read_text()
    assert ["first" in path.name for path in sorted(catcher.folder.glob("[0-9]*.eml"))] == [True, False]


@pytest.mark.parametrize("subject", ["../../etc/passwd", "", "a\tb", "é" * 300, "."])
def test_no_subject_leads_out_of_the_folder(catcher, subject):
    send(catcher.port, letter(subject))
    assert (catcher.folder / "newest.eml").resolve().parent == catcher.folder.resolve()


def test_a_mail_that_is_not_in_order_is_kept_as_it_came(catcher):
    raw = b"Subject: odd\r\nContent-Type: text/plain; charset=nowhere\r\n\r\n\xff\xfe odd\r\n"
    with smtplib.SMTP("127.0.0.1", catcher.port, timeout=10) as connection:
        connection.sendmail("a@example.com", ["b@example.com"], raw)
    assert (catcher.folder / "newest.eml").read_bytes() == raw


def test_old_mails_go(tmp_path, monkeypatch):
    monkeypatch.setattr(mail_catcher, "KEPT", 3)
    keeper = mail_catcher.Keeper(tmp_path)
    for number in range(5):
        keeper._keep(letter(f"number {number}").as_bytes(), "ann@example.com")
    kept = sorted(path.name for path in tmp_path.glob("[0-9]*.eml"))
    assert [name[-5] for name in kept] == ["2", "3", "4"]


def answers(port):
    try:
        send(port)
    except OSError:
        return False
    return True


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_the_catcher_ends_with_the_program_that_started_it(tmp_path, how):
    program = (
        "import sys, time; from pathlib import Path; from kit import mail\n"
        "print(mail.Catcher(sys.executable, Path(sys.argv[1]), Path(sys.argv[2])).port, flush=True); time.sleep(60)"
    )
    starter = subprocess.Popen(
        [sys.executable, "-c", program, tmp_path / "mail", tmp_path / "log"], stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(SETUP)},
    )
    port = int(starter.stdout.readline())
    assert answers(port)
    starter.send_signal(how)
    starter.wait()
    limit = time.monotonic() + 10
    while answers(port):
        assert time.monotonic() < limit
        time.sleep(0.05)
    starter.stdout.close()
