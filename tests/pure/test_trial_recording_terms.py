# SPDX-License-Identifier: LGPL-3.0-or-later
"""Which words stay readable in a recording (REC-1): those of Odoo's interface, never names of records or people."""

import pytest

from conftest import load

terms = load("unicdo_trial_recording/tools/terms.py")


def of(tmp_path, *entries):
    """The terms of a translation file with these entries: (place, source text, translation)."""
    path = tmp_path / "de.po"
    body = "".join(f'#: {place}\nmsgid "{text}"\nmsgstr "{other}"\n\n' for place, text, other in entries)
    path.write_text(f'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n\n{body}', "utf-8")
    return terms.interface_terms([path])


@pytest.mark.parametrize("place", [
    "model:ir.ui.menu,name:sale.menu_x", "model:ir.actions.act_window,name:sale.x", "code:addons/web/static/src/x.js:0",
    "model:ir.model.fields,field_description:sale.field_sale_order__name", "code:addons/sale/models/sale_order.py:0",
    "model_terms:ir.ui.view,arch_db:sale.view_order_form", "model_terms:ir.ui.view,arch_db:portal.portal_my_home",
])
def test_words_of_the_interface_stay(tmp_path, place):
    assert of(tmp_path, (place, "Customer", "")) == {"Customer"}
    assert of(tmp_path, (place, "Customer", "Kunde")) == {"Kunde"}


@pytest.mark.parametrize("place", [
    "model:res.country,name:base.de", "model:crm.stage,name:crm.stage_lead1", "model:product.template,name:sale.x",
    "model_terms:ir.ui.view,arch_db:website.s_quotes", "model_terms:ir.ui.view,arch_db:sale.report_saleorder_document",
    "model_terms:ir.ui.view,arch_db:account.report_invoice_document", "model_terms:mail.template,body_html:sale.x",
    "model:ir.model.fields.selection,name:sale.selection__sale_order__state__draft", "code:addons/hr/models/hr_version.py:0",
    "model:ir.module.module,summary:base.module_x", "code:addons/web/static/src/core/emoji_picker/emoji_data.js:0",
])
def test_names_of_records_and_examples_do_not(tmp_path, place):
    assert of(tmp_path, (place, "Customer", "")) == set()


def test_a_country_is_no_word_of_the_interface_wherever_else_it_stands(tmp_path):
    entries = [("model:res.country,name:base.de", "Germany", ""), ("code:addons/web/static/src/x.js:0", "Germany", "")]
    assert of(tmp_path, *entries) == of(tmp_path, *reversed(entries)) == set()


def test_a_record_s_name_counts_where_the_interface_has_the_same_word(tmp_path):
    stage = ("model:crm.stage,name:crm.x", "New", "")
    assert of(tmp_path, stage, ("code:addons/web/static/src/x.js:0", "New", "")) == {"New"}
    assert of(tmp_path, stage, ("model_terms:ir.ui.view,arch_db:sale.view_order_form", "New", "")) == set()


@pytest.mark.parametrize("text", [
    "Order 12", "a@b", "%s records", "<b>Bold</b>", "x" * 61, "A", "Mark", "May", "Will", "key=value", "path/of", "{0}",
])
def test_what_could_be_personal_or_no_word_does_not(tmp_path, text):
    assert of(tmp_path, ("model:ir.ui.menu,name:sale.x", text, "")) == set()


def test_white_space_is_one_space(tmp_path):
    assert of(tmp_path, ("model:ir.ui.menu,name:sale.x", "Sales  Order\\n", "")) == {"Sales Order"}
