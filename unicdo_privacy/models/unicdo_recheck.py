# SPDX-License-Identifier: LGPL-3.0-or-later
import hashlib
import json
import logging
import re
import secrets
from datetime import timedelta
from urllib.parse import urlencode

from odoo import api, fields, models
from odoo.exceptions import AccessDenied, UserError
from odoo.http import STORED_SESSION_BYTES, request
from odoo.tools import SQL

from ..tools import guard
from ..tools.local_path import local_path

_logger = logging.getLogger(__name__)

PAGE = "/my/privacy/confirm"
PASS_MINUTES = 5
CODE_MINUTES = 10
#: mailed codes per person within CODE_MINUTES, so that nobody fills a mailbox with them
CODES_AT_ONCE = 3


class UnicdoRecheck(models.Model):
    """Asks again who it is before a person's data is opened, exported or erased (DESIGN 7).

    A row is either a mailed code or a pass; both belong to one user, one session and one action. They stand in the
    database and not in the session, because a session file is saved by whoever finishes last: a slow request running
    side by side would bring a used pass back.
    """

    _name = "unicdo.recheck"
    _description = "Proof of Identity"
    _rec_name = "action"

    user_id = fields.Many2one("res.users", required=True, ondelete="cascade", index=True)
    kind = fields.Selection([("code", "Mailed code"), ("pass", "Pass")], required=True)
    action = fields.Char(required=True)
    session_digest = fields.Char(required=True)
    code_hash = fields.Char(groups=fields.NO_ACCESS)
    expires_at = fields.Datetime(required=True, index=True)

    @api.model
    def _actions(self):
        """Names what people confirm, shown on the page. Widen with ``super() | {key: text}``.

        :return: dict of action key → text that follows "You are about to", without a full stop; a key that is not here
            is shown without naming what it is. A key may go on with a colon and a record's number, see :meth:`_label`
        """
        return {}

    @api.model
    def _label(self, action):
        """What an action is called; one about a record, such as ``dsar.review:12``, as its kind."""
        return self._actions().get(action.partition(":")[0])

    @api.model
    def _minutes(self, action):
        """How long a pass for this action holds. Widen it for an action that takes longer than one click.

        :param str action: the key given to :meth:`_redirect`
        :return: int
        """
        return PASS_MINUTES

    @api.model
    def _page_url(self, action, next_url):
        """Path of the page that asks who it is.

        :param str action: key of what is to be confirmed; :meth:`_consume` takes the same
        :param str next_url: local path to go on to afterwards
        """
        return f"{PAGE}?{urlencode({'action': action, 'next': local_path(next_url)})}"

    @api.model
    def _redirect(self, action, next_url):
        """Lead to the page that asks who it is, see :meth:`_page_url`.

        :return: response, 303 See Other
        """
        return request.redirect(self._page_url(action, next_url), code=303)

    @api.model
    def _consume(self, action):
        """Use up the pass of the session's user for one action. True once, within :meth:`_minutes` of the check.

        :param str action: the key given to :meth:`_redirect`
        :return: bool; False without a request, and where the session belongs to somebody else
        """
        if not self._session_digest():
            return False
        self.flush_model()
        self.env.cr.execute(SQL(
            """DELETE FROM unicdo_recheck
                WHERE kind = 'pass' AND user_id = %s AND session_digest = %s AND action = %s AND expires_at > %s
            RETURNING id""",
            self.env.uid, self._session_digest(), action, fields.Datetime.now(),
        ))
        self.invalidate_model()
        return bool(self.env.cr.fetchall())

    @api.model
    def _is_confirmed(self, action):
        """Whether :meth:`_consume` would say yes now; changes nothing.

        For pages that say so, and for an action that goes on for a while, such as reading what one record after another
        says: it asks each time, and :meth:`_end` is called when it is done.

        :param str action: the key given to :meth:`_redirect`
        :return: bool
        """
        return bool(self._session_digest() and self._kept("pass", action))

    @api.model
    def _end(self, action):
        """An action that went on for a while is done: whoever had a pass for it has none any more."""
        self.sudo().search([("kind", "=", "pass"), ("action", "=", action)]).unlink()

    @api.model
    def _needs(self):
        """What the current user is asked for: never less than what signing in asks them.

        :return: dict of bools ``password``, ``app`` (the authenticator app's code), ``mail`` (a code that we mail; alone
            from those with neither password nor passkey), ``passkey`` (enough in place of these, as it is two factors in
            one), ``changed`` (how they sign in was changed by somebody else: a mailed code in any case)
        """
        user = self.env.user
        self.env.cr.execute(SQL("SELECT COALESCE(password, '') <> '' FROM res_users WHERE id = %s", user.id))
        password = self.env.cr.fetchone()[0]
        passkey = bool("auth_passkey_key_ids" in user._fields and user.auth_passkey_key_ids)
        second = user._mfa_type() if password else None
        changed = bool(self._changes())
        return {
            "password": password,
            "app": second == "totp",
            "mail": changed or second == "totp_mail" or not (password or passkey),
            "passkey": passkey,
            "changed": changed,
        }

    @api.model
    def _changes(self):
        """The recent changes of how the current user signs in that a re-check has to make up for."""
        return self.env["unicdo.sign.in.change"]._open(self.env.user)

    @api.model
    def _verify(self, action, answer):
        """Check an answer given on the page and, if it holds, hand out a pass for one action.

        :param str action: what is to be confirmed
        :param dict answer: ``password``, ``code``, ``webauthn_response`` as the form brought them
        :raise AccessDenied: wrong, or too many wrong answers; the text is for the person
        """
        tries = self.env["unicdo.recheck.tries"]
        if not tries._take():
            raise AccessDenied(self.env._("Too many wrong tries."))
        try:
            self._check(action, answer)
        except AccessDenied:
            self._log("recheck.refused", action, separate=True)
            raise
        tries._reset()
        self._changes().answered = True
        self._log("recheck.passed", action)
        self._keep("pass", action, self._minutes(action))

    @api.model
    def _keep(self, kind, action, minutes, **vals):
        """Keep a code or a pass for this session. Widen it for an action that nobody may know somebody took.

        :param str kind: "code" or "pass"
        :param vals: further columns: ``code_hash``
        """
        self.sudo().create({
            "user_id": self.env.uid,
            "kind": kind,
            "action": action,
            "session_digest": self._session_digest(),
            "expires_at": fields.Datetime.now() + timedelta(minutes=minutes),
            **vals,
        }).flush_recordset()

    @api.model
    def _kept(self, kind, action):
        """The codes or passes of this session that hold now, in sudo; see :meth:`_keep`, and widen both."""
        return self.sudo().search([
            ("user_id", "=", self.env.uid),
            ("kind", "=", kind),
            ("action", "=", action),
            ("session_digest", "=", self._session_digest()),
            ("expires_at", ">", fields.Datetime.now()),
        ])

    @api.model
    def _void(self, rows):
        """Let codes hold no longer."""
        rows.write({"expires_at": fields.Datetime.now()})

    @api.model
    def _send_code(self, action):
        """Mail a fresh six-digit code for one action to the address on file. Sent at once, written down nowhere in clear.

        :raise UserError: no address, too many codes, or the mail cannot be sent
        """
        address = self._address()
        if not address:
            raise UserError(self.env._("We have no e-mail address of yours to send a code to. Please contact us."))
        if self._codes_sent() >= CODES_AT_ONCE:
            raise UserError(self.env._(
                "We have sent you several codes already. Please look into your spam folder, or try again in %s minutes.",
                CODE_MINUTES,
            ))
        code = f"{secrets.randbelow(10**6):06}"
        self._void(self._own_codes(action))
        self._keep("code", action, CODE_MINUTES, code_hash=self.env.user._crypt_context().hash(code))
        self._mail_code(address, code, action)

    @api.model
    def _codes_sent(self):
        """How many codes went to the current user lately."""
        since = fields.Datetime.now() - timedelta(minutes=CODE_MINUTES)
        domain = [("user_id", "=", self.env.uid), ("kind", "=", "code"), ("create_date", ">", since)]
        return self.sudo().search_count(domain)

    @api.model
    def _address(self):
        """Where codes go: the address on file, after a recent change the one before it; "" if there is none."""
        changes = self._changes()
        user = self.env.user
        return changes._proof_address() if changes else changes._address(user.partner_id, user)

    @api.model
    def _address_hint(self, address):
        """An address, masked, so that people know which mailbox to open and an onlooker learns little."""
        name, at, domain = address.rpartition("@")
        return f"{name[:1]}•••{at}{domain}" if at else ""

    @api.model
    def _mail_code(self, address, code, action):
        user = self.env.user
        translated = self.with_context(lang=user.lang)
        body = translated.env["ir.qweb"]._render("unicdo_privacy.recheck_code_mail", {
            "user": user, "code": code, "minutes": CODE_MINUTES, "label": translated._label(action),
        })
        server_sudo = self.env["ir.mail_server"].sudo()  # portal users may not read mail servers
        sender = user.company_id.email_formatted or server_sudo._get_default_from_address()
        try:
            message = server_sudo._build_email__(
                email_from=sender,
                email_to=[address],
                subject=translated.env._("Your code for %s", user.company_id.name),
                body=str(body),
                subtype="html",
                headers={"Auto-Submitted": "auto-generated"},
            )
            server_sudo.send_email(message)
        except Exception as error:  # noqa: BLE001 - mail servers fail in every way, and the person is told
            _logger.warning("A code could not be mailed: %s", type(error).__name__)
            raise UserError(self.env._("The code could not be sent. Please try again later or contact us.")) from None

    @api.model
    def _check(self, action, answer):
        needs = self._needs()
        by_passkey = needs["passkey"] and answer.get("webauthn_response")
        if needs["changed"] and not self._address():
            raise AccessDenied(self.env._("Please wait until the time shown here."))
        if needs["passkey"] and not (needs["password"] or by_passkey):
            raise AccessDenied(self.env._("Please use your passkey."))
        if by_passkey:
            self._check_passkey(answer["webauthn_response"])
        elif needs["password"]:
            self._check_password(answer)
        if needs["app"] and not by_passkey:
            token = self._six_digits(answer.get("app_code"))
            self.env.user._check_credentials({"type": "totp", "token": int(token)}, {"interactive": True})
        if needs["changed"] or (needs["mail"] and not by_passkey):
            self._check_code(action, self._six_digits(answer.get("code")))

    @api.model
    def _check_password(self, answer):
        user = self.env.user
        credential = {"type": "password", "login": user.login, "password": answer.get("password") or ""}
        try:
            user._check_credentials(credential, {"interactive": True})
        except (AccessDenied, ValueError):  # ValueError: what no password can be, such as one of 5000 letters
            raise AccessDenied(self.env._("The password is not right.")) from None

    @api.model
    def _six_digits(self, text):
        code = re.sub(r"\s", "", text or "")
        if not re.fullmatch(r"[0-9]{6}", code):
            raise AccessDenied(self.env._("The code has six digits."))
        return code

    @api.model
    def _check_passkey(self, response):
        try:
            answer = json.loads(response)
            self.env.user._check_credentials(
                {"type": "webauthn", "webauthn_response": json.dumps({**answer})}, {"interactive": True}
            )
        except Exception as error:  # noqa: BLE001
            # the key's answer is foreign input that core's library refuses in many ways
            _logger.info("A passkey was refused: %s", type(error).__name__)
            raise AccessDenied(self.env._("The passkey was not accepted.")) from None

    @api.model
    def _own_codes(self, action):
        return self._kept("code", action)

    @api.model
    def _check_code(self, action, code):
        row = self._own_codes(action)[:1]
        if not row or not self.env.user._crypt_context().verify(code, row.code_hash):
            raise AccessDenied(self.env._("The code is not right or too old."))
        self._void(row)

    @api.model
    def _session_digest(self):
        """Stands for the part of the session that survives Odoo's rotation; "" if the session is not the user's.

        Code typed into the database has none: it would act in the session of whoever sets it off. Pages have: their layouts
        ask what is to be recorded in it.
        """
        if not request or not request.session.uid or request.session.uid != self.env.uid or guard.in_action_code(pages=False):
            return ""
        return hashlib.sha256(request.session.sid[:STORED_SESSION_BYTES].encode()).hexdigest()

    @api.model
    def _log(self, kind, action, separate=False):
        # the person and not the subject: in a transaction of its own the subject made here could not be seen
        self.env["unicdo.ledger.event"]._record(
            kind, subject=self.env.user.partner_id, detail={"action": action}, separate=separate
        )

    @api.autovacuum
    def _gc_expired(self):
        """Forget passes and codes an hour after their end."""
        limit = fields.Datetime.now() - timedelta(hours=1)
        self.sudo().search([("expires_at", "<", limit)], limit=10000).unlink()
