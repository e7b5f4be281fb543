import pytest

from shuke.notices import reasons
from shuke.notices.models import MailServer, Robot


@pytest.fixture(autouse=True)
def lan(monkeypatch, settings):
    """The servers of these tests stand on this machine, and ours has no name outside."""
    monkeypatch.setenv("SHUKE_LAN", "127.0.0.0/8")
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]


@pytest.fixture(autouse=True)
def reason():
    """A room above has a reason to tell of."""
    yield reasons.reason("given", "转给了我")
    del reasons.reasons["given"]
    reasons.choices.pop()


@pytest.fixture
def robot(cast):
    def made(url: str, platform: str = "wecom", key: str = "", name: str = "销售群"):
        robot = Robot(name=name, platform=platform, url=url, signing_key=key, reasons=["given"])
        robot.save()
        return robot

    return made


@pytest.fixture
def server(cast):
    def made(port: int, **said):
        held = MailServer(host="127.0.0.1", port=port, **{"security": "none", "sender": "crm@example.com", **said})
        held.save()
        return held

    return made
