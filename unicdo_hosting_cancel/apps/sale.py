# SPDX-License-Identifier: LGPL-3.0-or-later
"""Sales: a confirmed order starts the hosting it sells, and its invoices belong to that."""

MODEL = "sale.order.line"


def patch(env):
    """Start subscriptions when orders of this registry are confirmed; does nothing without the app."""
    if MODEL not in env:
        return
    model_class = env.registry["sale.order"]
    origin = model_class._action_confirm
    if hasattr(origin, "_unicdo_origin"):
        return

    def _action_confirm(self):
        result = origin(self)
        start(self)
        return result

    _action_confirm._unicdo_origin = origin
    model_class._action_confirm = _action_confirm


def start(orders):
    """Start a subscription for each hosting plan of confirmed orders."""
    lines = orders.order_line.filtered(lambda line: line.product_id.unicdo_hosting == "plan" and line.price_subtotal >= 0)
    if lines:
        subscriptions_sudo = orders.env["unicdo.hosting.subscription"].sudo()  # who sells need not see hosting
        subscriptions_sudo._start({
            (MODEL, line.id): {
                "product": line.product_id, "customer": line.order_id.partner_id, "company": line.order_id.company_id,
                "document": line.order_id.name,
            }
            for line in lines
        })


def origins(move_line):
    """Where the subscription of an invoice line may have begun.

    :return: tuple of two lists of (model, id): the line's own, and the plans of the same order, nearest first
    """
    if MODEL not in move_line.env:
        return [], []
    own = move_line.sale_line_ids
    lines = own.order_id.order_line
    ranks = {line: rank for rank, line in enumerate(lines)}
    rank = min((ranks[line] for line in own), default=0)
    plans = lines.filtered(lambda line: line.product_id.unicdo_hosting == "plan")
    nearest = plans.sorted(lambda line: (ranks[line] > rank, abs(ranks[line] - rank)))
    return [(MODEL, line.id) for line in own], [(MODEL, line.id) for line in nearest]


def descriptions(move_line):
    """What stood with the order lines of an invoice line."""
    return move_line.sale_line_ids.mapped("name") if MODEL in move_line.env else []
