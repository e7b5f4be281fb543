"""The house as one list: a room imports only from floors below its own, never sideways.

INSTALLED_APPS and the import test are both made from it.
"""

FLOORS: list[list[str]] = [
    ["language"],
    ["core"],
    ["exchange", "api", "bulk"],
    ["people"],
    ["parties"],
    ["config"],
]

ROOMS: list[str] = [f"shuke.{room}" for floor in FLOORS for room in floor if room != "config"]
