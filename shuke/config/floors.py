"""The house as one list: a room imports only from floors below its own, never sideways.

INSTALLED_APPS and the import test are both made from it.
"""

FLOORS: list[list[str]] = [
    ["language", "network"],
    ["core"],
    ["exchange", "api", "bulk", "notices", "backup"],
    ["people"],
    ["parties"],
    ["paste", "duplicates"],
    ["config"],
]

ROOMS: list[str] = [f"shuke.{room}" for floor in FLOORS for room in floor if room != "config"]
