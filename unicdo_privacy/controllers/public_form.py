# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.http import request
from odoo.tools import config, email_normalize

from ..tools.public_form import is_encrypted, is_from_elsewhere, source_of

#: minutes within which uses are counted
HOUR = 60


class PublicForm:
    """What controllers of forms that work without an account share (DESIGN 8, POLICY GOV-9).

    They ask no cookie of anybody, so they work after any pause: where a form comes from is read from what browsers say
    about it. A plain class beside ``Controller``: Odoo makes one controller of all that inherit the same one.
    """

    @staticmethod
    def _text(answers, name):
        """One answer, trimmed; a forged form may send a file."""
        value = answers.get(name, "")
        return value.replace("\0", "").strip() if isinstance(value, str) else ""

    def _form_errors(self, values, longest, homepage):
        """What has to be put right in any form.

        :param dict values: answers, by name
        :param dict longest: most characters, by name
        :param str homepage: answer to a field that only machines see
        :return: dict of a field's name → what to do; empty if all is well
        """
        _ = request.env._
        errors = {
            name: _("Please shorten this to %s characters.", most)
            for name, most in longest.items() if len(values[name]) > most
        }
        if homepage:
            errors["homepage"] = _("Please leave this field empty. It is there to be filled in by machines.")
        elif self._is_from_elsewhere():
            errors["form"] = _("This came from another page. Please check what stands here, and send it from here.")
        return errors

    @staticmethod
    def _mail_problem(address):
        """What is wrong with a mail address, or ""."""
        if "." in (email_normalize(address) or "").rpartition("@")[2]:
            return ""
        return request.env._("This is no mail address. Please write one like name@example.com.")

    @staticmethod
    def _wait(what, address, per_source, per_address):
        """Minutes until a further form is taken; 0 if now. Counted once, also when Odoo runs the request again.

        :param str what: name of the form, a dotted word
        :param str address: normalised mail address it is about
        :param int per_source: uses within an hour from one network address
        :param int per_address: uses within an hour for one mail address
        """
        environ = request.httprequest.environ
        if "unicdo.wait" not in environ:
            limit = request.env["unicdo.rate.limit"]
            source = source_of(request.httprequest.remote_addr)
            environ["unicdo.wait"] = limit._take(what, source, per_source, HOUR) or limit._take(
                f"{what}.address", address, per_address, HOUR
            )
        return environ["unicdo.wait"]

    @staticmethod
    def _is_from_elsewhere():
        return is_from_elsewhere(request.httprequest.headers, request.httprequest.host)

    @staticmethod
    def _is_encrypted():
        httprequest = request.httprequest
        base_url = request.env["ir.config_parameter"].sudo().get_param("web.base.url") or ""
        return is_encrypted(httprequest.scheme, httprequest.host, config["proxy_mode"], base_url)

    @staticmethod
    def _secret_page(template, values, status=200):
        """A page whose address may be a secret, and that no other page frames.

        :param str template: full external id
        """
        response = request.render(template, values, status=status)
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Frame-Options"] = "DENY"
        response.headers["Content-Security-Policy"] = "frame-ancestors 'none'"
        # our own forms still say where they come from
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["X-Robots-Tag"] = "noindex"
        return response
