"""What a notebook and the process that runs it agree on, so that neither loads the other's libraries."""

FILES_VARIABLE = "COMPLIMITS_FILES"
"""Environment variable: folder of the figures of the page being made."""
TABLES_VARIABLE = "COMPLIMITS_TABLES"
"""Environment variable: folder of the results tables of the page being made."""
VALUES_MIME = "application/vnd.computational-limits.values+json"
"""Output type that carries numbers from a cell to the prose of its page."""
