# SPDX-License-Identifier: LGPL-3.0-or-later
"""tests/bench/run: the benchmarks, with Odoo, its Python and a PostgreSQL brought along."""

from . import browser_files, odoo_source, postgres, processes, python_env
from .places import REPO, STATE
from .say import main
from .system import ensure


def run(arguments):
    """Entry point; hands all arguments to ``tests/bench/bench.py``."""
    ensure("PostgreSQL", "PostgreSQL client", "Chromium", "git")
    browser_files.serve()
    odoo = odoo_source.find()
    python = python_env.odoo_python()
    server = postgres.provide(STATE / "bench/postgres", forgetful=True)
    server.start()
    try:
        environment = {
            **python_env.clean_environment(), **server.environment, "PYTHONPATH": f"{odoo.root}:{REPO}",
        }
        bench = processes.start([python, "-m", "tests.bench.bench", *arguments], env=environment, cwd=REPO)
        return processes.wait(bench)
    finally:
        server.stop()


if __name__ == "__main__":
    main(run)
