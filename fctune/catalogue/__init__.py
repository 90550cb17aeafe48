"""The catalogue of issue codes: for each its severity, meaning, example and remedy.

Severities: `error` forbids the use of a row or tool; `repair` names a lawful change that was made
to keep the row; `warning` names something the user should know and that changes nothing.
`docs/reference/issues.md` is written from this table.
"""

from __future__ import annotations

from fctune.catalogue.audits import AUDIT_CODES
from fctune.catalogue.calls import CALL_CODES
from fctune.catalogue.conversations import CONVERSATION_CODES
from fctune.catalogue.entry import CodeEntry, Severity
from fctune.catalogue.formats import FORMAT_CODES
from fctune.catalogue.imports import IMPORT_CODES
from fctune.catalogue.lint import LINT_CODES
from fctune.catalogue.mapping import MAPPING_CODES
from fctune.catalogue.own_formats import OWN_FORMAT_CODES
from fctune.catalogue.personal import PERSONAL_CODES
from fctune.catalogue.rows import ROW_CODES
from fctune.catalogue.sets import SET_CODES
from fctune.catalogue.steps import STEP_CODES
from fctune.catalogue.tools import TOOL_CODES

__all__ = ["CATALOGUE", "CodeEntry", "Severity"]

CATALOGUE: dict[str, CodeEntry] = {
    **ROW_CODES,
    **TOOL_CODES,
    **IMPORT_CODES,
    **LINT_CODES,
    **MAPPING_CODES,
    **CALL_CODES,
    **CONVERSATION_CODES,
    **FORMAT_CODES,
    **OWN_FORMAT_CODES,
    **AUDIT_CODES,
    **PERSONAL_CODES,
    **STEP_CODES,
    **SET_CODES,
}
