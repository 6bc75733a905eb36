# SPDX-License-Identifier: LGPL-3.0-or-later
"""A person's session through Sales, CRM and the website, driven in a real browser, with marks on the way."""
import contextlib
import itertools
import time
from dataclasses import dataclass

from tests.support.replay.looking import HEIGHT, WIDTH, Look, look, prepare, wait_for_quiet
from tests.support.trial import LOGIN

#: words that are typed; none of them may be seen in the recording
TYPED = "Quillfeather"
LIST, FORM, KANBAN = ".o_list_view .o_data_row", ".o_form_view .o_form_sheet", ".o_kanban_view .o_kanban_record"
SECTION = ".o_selected_row.o_is_line_section"
#: where the mouse rests, over nothing that reacts to it
AWAY = 500, 22
RECORDED = "document.querySelector('.o_unicdo_sign')"


@dataclass
class Mark:
    """A moment of the session: its name, its time (milliseconds since 1970, the browser's clock), what was seen."""

    name: str
    moment: float
    seen: Look


class Session:
    """One person at work.

    :param browser: Chromium
    :param str base: address of the server
    :param float minutes: how long to work; rounds are begun until then, at least one
    :param float dwell: seconds that the person looks at what they have opened
    """

    def __init__(self, browser, base, minutes, dwell):
        self.browser = browser
        self.base = base
        self.minutes = minutes
        self.dwell = dwell
        self.marks = []
        self.round = 0

    def agree(self, database):
        """Sign in and agree to be recorded."""
        prepare(self.browser)
        self.browser.resize(WIDTH, HEIGHT)
        self.browser.open(f"{self.base}/web/login")
        assert self.browser.run(LOGIN % database) == "on"

    def work(self):
        """Work until the time is over; the marks."""
        limit = time.monotonic() + self.minutes * 60
        steps = (self.sales, self.order, self.views, self.crm, self.lead, self.website, self.cart)
        for number in itertools.count():
            self.round, part = divmod(number, len(steps))
            if self.round and time.monotonic() > limit:
                break
            steps[part]()
        # the next page of the tab sends what the last one could not
        self.open("/", "#wrapwrap")
        time.sleep(2)
        self.browser.open("about:blank")
        return self.marks

    # ---------------------------------------------------------------- Sales

    def sales(self):
        """The list, its filters, sorting, scrolling, a record."""
        self.open("/odoo/sales", LIST)
        self.mark("sales list")
        self.browser.click(".o_searchview_dropdown_toggler")
        self.until(".o_search_bar_menu")
        self.mark("sales filters")
        self.browser.press("Escape")
        self.browser.click("th.o_column_sortable", 1 + self.round % 4)
        self.dwell_on()
        self.wheel(300)
        self.mark("sales sorted and scrolled")
        self.browser.click(f"{LIST} .o_data_cell[name=name]", 2 + self.round % 4)
        self.until(FORM)
        self.mark("sales form")

    def order(self):
        """A new order: a customer, a product with its dialog, a section."""
        self.open("/odoo/sales/new", FORM)
        self.browser.click(".o_field_widget[name=partner_id] input")
        self.until(".o-autocomplete--dropdown-menu .dropdown-item")
        self.mark("customers to choose from")
        self.browser.click(".o-autocomplete--dropdown-menu .dropdown-item", self.round % 3)
        self.dwell_on()
        self.browser.click(".o_field_x2many_list_row_add a, .o_field_x2many_list_row_add button")
        self.until(".o_selected_row .o_field_widget input, .o_selected_row textarea")
        self.browser.type("Customizable")
        self.until(".o-autocomplete--dropdown-menu .dropdown-item")
        self.browser.click(".o-autocomplete--dropdown-menu .dropdown-item")
        self.until(".modal .modal-footer .btn-primary")
        self.mark("product dialog")
        self.browser.click(".modal .modal-footer .btn-primary")
        self.browser.until("!document.querySelector('.modal')")
        self.browser.click(".o_field_x2many_list_row_add a, .o_field_x2many_list_row_add button", 1)
        # a section without a name cannot be saved
        self.browser.until(f"document.activeElement.closest({SECTION!r})")
        self.browser.type(TYPED)
        self.mark("order with lines")
        # who leaves while Odoo saves makes it save once more, and without what the first time has taken
        self.click_until(".o_form_button_save", 0, "/[/][0-9]+$/.test(location.pathname)")
        self.dwell_on()

    def views(self):
        """The same orders in other views."""
        self.open("/odoo/sales", LIST)
        self.until(".o_switch_view.o_kanban")
        self.browser.click(".o_switch_view.o_kanban")
        self.until(KANBAN)
        self.mark("sales kanban")
        self.browser.click(".o_switch_view.o_pivot")
        self.until(".o_pivot table")
        self.mark("sales pivot")

    # ---------------------------------------------------------------- CRM

    def crm(self):
        """By the menu of applications to the pipeline; a card goes to another stage."""
        self.browser.click(".o_navbar_apps_menu button")
        self.until(".o_app[data-menu-xmlid='crm.crm_menu_root']")
        self.mark("menu of applications")
        self.browser.click(".o_app[data-menu-xmlid='crm.crm_menu_root']")
        self.until(".o_kanban_grouped .o_kanban_record")
        self.mark("pipeline")
        column = self.browser.middle(f".o_kanban_group:nth-child({2 + self.round % 3})")
        self.browser.drag(self.browser.middle(".o_kanban_group .o_kanban_record"), column)
        self.dwell_on()
        self.mark("pipeline after a card was moved")

    def lead(self):
        """A card's form: typing, another stage, and back by the browser."""
        # by its name: what else is on a card may open something of its own
        self.click_until(".o_kanban_group .o_kanban_record .fs-5", self.round % 3, f"document.querySelector({FORM!r})")
        self.until(FORM)
        self.mark("opportunity")
        self.browser.click(".o_field_widget[name=name] textarea, .o_field_widget[name=name] input")
        self.browser.type(f" {TYPED}")
        self.browser.click(".o_form_view .note-editable, .o_form_view [contenteditable=true]")
        self.browser.type(TYPED)
        self.browser.click(".o_statusbar_status .o_arrow_button:not(.o_arrow_button_current):not(.dropdown-toggle)")
        self.mark("opportunity after typing")
        self.browser.click(".o_form_button_save")
        self.dwell_on()
        self.browser.run("history.back()")
        self.until(".o_kanban_grouped .o_kanban_record")
        self.browser.click(".o_switch_view.o_list")
        self.until(LIST)
        self.mark("opportunities as a list")

    # ---------------------------------------------------------------- Website

    def website(self):
        """The first page, the shop, a product."""
        self.open("/", "#wrapwrap")
        self.mark("first page")
        self.open("/shop", ".oe_product")
        self.mark("shop")
        self.wheel(500)
        self.mark("shop scrolled")
        self.browser.click(".oe_product .oe_product_image_link, .oe_product a[itemprop=name]", 2 + self.round % 2)
        self.until("#add_to_cart, .js_main_product")
        self.mark("product")

    def cart(self):
        """Into the cart, more of it, back by the browser, and the contact form."""
        self.browser.click("#add_to_cart")
        self.dwell_on()
        self.mark("product after the click")
        self.open("/shop/cart", "#cart_products, .oe_cart")
        self.mark("cart")
        self.browser.run("history.back()")
        self.until("#add_to_cart, .js_main_product")
        self.mark("product again by the browser's back")
        self.open("/contactus", "#contactus_form, .s_website_form")
        self.browser.click(".s_website_form input[name=name]")
        self.browser.type(TYPED)
        self.mark("contact form")

    # ---------------------------------------------------------------- how

    def open(self, path, selector):
        """Load a page and wait until it is recorded."""
        self.browser.open(self.base + path, f"document.querySelector({selector!r})")
        self.dwell_on()

    def until(self, selector):
        self.browser.until(f"[...document.querySelectorAll({selector!r})].some((item) => item.checkVisibility())")
        self.dwell_on()

    def click_until(self, selector, number, script):
        """Click as a person does, again where nothing came of it: Odoo may take a click for the end of a drag, or of writing."""
        for _try in range(2):
            self.browser.click(selector, number)
            with contextlib.suppress(RuntimeError):
                return self.browser.until(script, 5)
        self.browser.click(selector, number)
        return self.browser.until(script)

    def wheel(self, down):
        for _turn in range(3):
            self.browser.wheel(600, 500, down / 3)
            time.sleep(0.15)

    def dwell_on(self):
        """Look at it as a person does."""
        time.sleep(self.dwell)

    def mark(self, name):
        """Take in the page once it is quiet and recorded. The mouse moves on before: what lies under it after a change of the
        page is told by its next move."""
        self.browser.until(RECORDED)
        for step in (20, 10, 0):  # a recording holds ten moves a second
            self.browser.move(AWAY[0] - step, AWAY[1])
            time.sleep(0.12)
        wait_for_quiet(self.browser)
        moment = self.browser.run("Date.now()")
        self.marks.append(Mark(name, moment, look(self.browser)))
