# SPDX-License-Identifier: LGPL-3.0-or-later
"""The linters, each one check."""

import os

from . import browser_files, python_env
from .places import REPO, SETUP

#: what is not asked, and why
LEFT_OUT_OF_PYLINT = {
    "sql-injection": "Odoo's own checker of that name is run, which knows psycopg2.sql and odoo.tools.SQL",
    "prefer-env-translation": "takes a local `_ = self.env._`, which is that, for the old import",
    "odoo-addons-relative-import": "across a module's folders the full path reads better, as in core",
    "method-required-super": "takes any class with read or write for a model",
    "no-search-all": "purposes, sources and blocks are few and read whole",
    "missing-return": "takes any call on super() for an override that must return",
    "super-method-mismatch": "a private helper may pass by its own class's write",
    "no-wizard-in-models": "an addition to core's wizard has no view of ours to stand beside",
    "consider-merging-classes-inherited": "a large model is split into files by topic on purpose",
}
LEFT_OUT_OF_OCA = {
    "prefer-readme-rst": "our READMEs are Markdown",
    "xml-header-wrong": "upper or lower case of utf-8 makes no difference; core writes it small",
    "xml-tag-position": "the order of attributes in a template is the writer's",
    "xml-field-numeric-without-eval": "Odoo converts numbers by the field's type",
}
#: what core's test_pylint asks of every module
ODOO_CHECKS = (
    "used-before-assignment",
    "undefined-variable",
    "eval-used",
    "unreachable",
    "function-redefined",
    "sql-injection",
    "missing-gettext",
    "gettext-variable",
    "gettext-placeholders",
    "gettext-repr",
    "raise-unlink-override",
)


def checks(odoo, modules, whole):
    """Name → (command, environment) of each check, to be run in the clone; it fails with its complaint as output.

    :param modules: names of the suite's modules to judge
    :param bool whole: judge what stands outside the modules too
    """
    places = ["."] if whole else list(modules)
    rcfile, left_out = f"--rcfile={SETUP / 'pylintrc'}", f"--disable={','.join(LEFT_OUT_OF_PYLINT)}"
    found = {
        "pylint-odoo": _tool("pylint", rcfile, left_out, *modules),
        "pylint with Odoo's checkers": _odoo_pylint(odoo, modules),
        "oca-odoo-pre-commit-hooks": _tool("oca-checks-odoo-module", f"--disable={','.join(LEFT_OUT_OF_OCA)}", *modules),
        "ruff": _tool("ruff", "check", "--no-cache", *places),
    }
    scripts = [str(p) for module in modules for p in (REPO / module).glob("static/**/*.js") if "lib" not in p.parts]
    if scripts:
        eslint = browser_files.node_modules() / ".bin/eslint"
        found["eslint"] = [eslint, "--no-warn-ignored", "--max-warnings=0", *scripts], dict(os.environ)
    catalogues = [str(p.relative_to(REPO)) for module in modules for p in (REPO / module).glob("i18n/*.po*")]
    if catalogues:
        found["oca-checks-po"] = _tool("oca-checks-po", *catalogues)
    return found


def _tool(name, *arguments, environment=None):
    program = python_env.tools_python().parent / name
    return [program, *arguments], {**python_env.clean_environment(), **(environment or {})}


def _odoo_pylint(odoo, modules):
    """What core's ``test_pylint`` asks of every module, without judging core's own again."""
    checkers = next(folder / "test_lint/tests" for folder in odoo.addons if (folder / "test_lint").exists())
    options = [f"--rcfile={os.devnull}", "--disable=all,unknown-option-value", f"--enable={','.join(ODOO_CHECKS)}", "--score=n"]
    plugins = ",".join(f"_odoo_checker_{name}" for name in ("sql_injection", "gettext", "unlink_override"))
    return _tool("pylint", *options, f"--load-plugins={plugins}", *modules, environment={"PYTHONPATH": str(checkers)})
