"""Licences that a data set may be under, by the names that hubs know them by. Pure."""

UNKNOWN = "unknown"
LICENCES = {
    "cc-by-4.0": "CC BY 4.0",
    "cc-by-sa-4.0": "CC BY-SA 4.0",
    "cc-by-nc-4.0": "CC BY-NC 4.0",
    "cc-by-nc-sa-4.0": "CC BY-NC-SA 4.0",
    "cc0-1.0": "CC0 1.0",
    "odc-by": "ODC-By 1.0",
    "apache-2.0": "Apache 2.0",
    "mit": "MIT",
}
