# SPDX-License-Identifier: LGPL-3.0-or-later
"""Records on which an app's own code, and no other, reads fields in clear that are sealed in the database.

Such a record is of a class of its own below the registry's, with properties in place of those fields; the database, the cache
of the transaction and every other record hold what is sealed. What the app's code writes meanwhile goes by ``write`` as ever,
and is read back in clear.
"""

import contextlib
from contextvars import ContextVar

#: {model: {field: token}} of the records that are being worked with just now
_clear = ContextVar("unicdo_clear_tokens", default=None)
#: whether such a record is being written: automations and computed fields, typed into the database, run meanwhile
_writing = ContextVar("unicdo_writing_tokens", default=False)


def reading_class(model_class, names, **more):
    """A class below that of a registry's model, whose records read fields in clear within :func:`working_with`.

    :param names: of the fields
    :param more: further attributes of the class
    """
    model = model_class._name

    def write(self, vals):
        token = _writing.set(True)
        try:
            result = super(made, self).write(vals)
        finally:
            _writing.reset(token)
        if names:
            _clear.get()[model].update({name: vals[name] for name in vals.keys() & set(names)})
        return result

    def getter(name):
        def get(self):
            return getattr(super(made, self), name) if _writing.get() else _clear.get()[model][name]

        return get

    properties = {name: property(getter(name), _setter(name)) for name in names}
    attributes = {"_register": False, "__module__": __name__, "write": write, **properties, **more}
    made = type(model_class)(model_class.__name__, (model_class,), attributes)
    return made


def _setter(name):
    return lambda self, value: self.write({name: value})


@contextlib.contextmanager
def working_with(model, tokens):
    """Let records of a :func:`reading_class` read these tokens inside this block.

    :param str model: its name
    :param dict tokens: {field: token}; what is written meanwhile is added
    """
    token = _clear.set({model: tokens})
    try:
        yield
    finally:
        _clear.reset(token)


def tokens_of(model):
    """What records of a model read in clear just now, {field: token}; None outside of :func:`working_with`."""
    return (_clear.get() or {}).get(model)
