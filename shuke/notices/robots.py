"""How the robots of WeCom, DingTalk and Feishu are spoken to, and what their refusals mean.

Sources: the platforms' pages on custom robots. All three take JSON by POST and answer 200 with a code of their own.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shuke.network import guard

TOO_FAST = gettext_lazy("The group gets too many messages. It is tried again later.")
NO_ROBOT = gettext_lazy("The platform does not know this robot. Please copy its address again.")
BAD_SIGN = gettext_lazy("The platform does not accept the signature. Please check the signing key and this machine's clock.")
NO_WORD = gettext_lazy(
    "The robot only takes messages with certain words or from certain machines. Please change its security settings."
)

LATER = {45009, 45033, 130101, 410100, 11232, 9499, -1}  # too fast, or busy: worth another try
MEANS: dict[int, Any] = {
    **dict.fromkeys(LATER, TOO_FAST),
    93000: NO_ROBOT,
    300001: NO_ROBOT,
    300005: NO_ROBOT,
    400101: NO_ROBOT,
    400102: NO_ROBOT,
    19001: NO_ROBOT,
    310000: NO_WORD,
    19022: NO_WORD,
    19024: NO_WORD,
    19021: BAD_SIGN,
}


class Rejected(guard.Shut):
    """The platform said no for good: another try changes nothing."""


def signature(key: bytes, text: bytes) -> str:
    return base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()


def request(platform: str, url: str, key: str, text: str, now: float) -> tuple[str, dict[str, Any]]:
    """(address, body) of one text at the moment `now`, in seconds; with a `key` it is signed."""
    if platform == "wecom":
        return url, {"msgtype": "text", "text": {"content": text}}
    if platform == "dingtalk":
        moment = str(round(now * 1000))
        signed = {"timestamp": moment, "sign": signature(key.encode(), f"{moment}\n{key}".encode())} if key else {}
        glue = "&" if "?" in url else "?"
        return url + (glue + urlencode(signed) if signed else ""), {"msgtype": "text", "text": {"content": text}}
    moment = str(int(now))
    # Feishu takes time and key together as the key, and signs nothing with it.
    signed = {"timestamp": moment, "sign": signature(f"{moment}\n{key}".encode(), b"")} if key else {}
    return url, {**signed, "msg_type": "text", "content": {"text": text}}


def speak(platform: str, url: str, key: str, text: str) -> None:
    """Say `text` in the group. Raises Shut when it did not arrive, Rejected when it never will."""
    address, body = request(platform, url, key, text, time.time())
    sent = json.dumps(body, ensure_ascii=False).encode()
    answer = guard.send(address, body=sent, headers={"Content-Type": "application/json; charset=utf-8"})
    code, said = read(answer)
    if code == 0:
        return
    # DingTalk has one number for a bad signature, a missing word and a foreign machine.
    means = BAD_SIGN if code == 310000 and "sign" in said else MEANS.get(code, _("The platform refused."))
    raise (guard.Shut if code in LATER or answer.status >= 500 else Rejected)(f"{means} ({code} {said})"[:500])


def read(answer: guard.Answer) -> tuple[int, str]:
    """(code, what it says) of an answer; 0 = it arrived. What is no answer of a robot counts as its status."""
    try:
        told = json.loads(answer.body)
        code = told.get("errcode", told.get("code"))
        if isinstance(code, int) and not isinstance(code, bool):
            return code, str(told.get("errmsg", told.get("msg", "")))[:200]
    except (ValueError, AttributeError, RecursionError):
        pass
    return answer.status, _("This is no answer of a robot. Please check the address.")
