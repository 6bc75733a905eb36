# SPDX-License-Identifier: LGPL-3.0-or-later
"""Behaviour on apps that may be installed or not; one file per app, which does nothing without it."""
