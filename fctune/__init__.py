"""fctune turns tool schemas and raw conversations into a model that calls those tools.

Importing this package imports neither torch nor the training engine; heavy parts are
imported inside the verb that needs them.
"""

__version__ = "0.1.0"
