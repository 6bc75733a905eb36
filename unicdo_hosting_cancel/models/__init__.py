# SPDX-License-Identifier: LGPL-3.0-or-later
from . import res_company
from . import product_template
from . import product_product
from . import unicdo_hosting_provider
from . import unicdo_hosting_subscription
from . import unicdo_hosting_subscription_terms
from . import unicdo_notice_rule
from . import unicdo_hosting_period
from . import mail_thread
from . import account_move
from . import account_move_credit
from . import account_move_line
from . import unicdo_cancellation
from . import unicdo_cancellation_credit
from . import unicdo_cancellation_letters
from . import unicdo_cancellation_mail
from . import unicdo_cancellation_letter
