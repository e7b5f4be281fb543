import contextlib
import email
import email.policy
import json
import re
import smtplib
import socket
import ssl

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from shuke.core.act import acting
from shuke.core.models import Entry
from shuke.network import guard, mail
from shuke.notices.actions import choose, tell
from shuke.notices.models import Choice, MailServer, Message
from shuke.notices.reasons import reasons
from shuke.people.models import User
from shuke.people.testing import drain

# The servers of these tests listen on loopback, where a password may go without TLS.
pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")]
SECRET = "hush-17-hush"


class Box:
    """A mail server that keeps what it takes; `answer` is what it says instead."""

    def __init__(self):
        self.mails, self.answer = [], ""

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody@"):
            return "550 no such user here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.answer:
            return self.answer
        self.mails.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 queued"


def authenticate(server, session, envelope, mechanism, data):
    return AuthResult(success=(data.login, data.password) == (b"crm", SECRET.encode()), handled=False)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def smtp():
    with contextlib.ExitStack() as stack:

        def start(**said):
            box = Box()
            controller = Controller(box, hostname="127.0.0.1", port=free_port(), **said)
            controller.start()
            stack.callback(controller.stop)
            box.port = controller.port
            return box

        yield start


@pytest.fixture
def mute():
    """A server that takes the connection and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


@pytest.fixture
def ann(cast):
    User._base_manager.filter(pk=cast.ann.pk).update(email="ann@example.com")
    choose(cast.ann, {"given": True})
    return cast.ann


def given(ann, text="老王门窗转给了你"):
    tell([ann.pk], text, "/parties/1/", "given")


def message():
    return Message._base_manager.get()


def form(port, **said):
    return {"host": "127.0.0.1", "port": port, "security": "none", "sender": "crm@example.com", **said}


def test_a_mail_arrives_with_its_id(ann, smtp, server, cast):
    box = smtp()
    server(box.port)
    given(ann)
    assert box.mails == []
    drain()
    [arrived] = box.mails
    assert (arrived["To"], arrived["Subject"], arrived["Message-ID"]) == (
        "ann@example.com",
        "老王门窗转给了你",
        f"<{message().uid}@example.com>",
    )
    assert str(arrived["From"]) == "华信建材 <crm@example.com>"
    assert arrived.get_content().strip() == "老王门窗转给了你"
    assert message().state == "sent"


def test_a_mail_sent_twice_is_known_by_its_id(ann, smtp, server):
    from shuke.notices import outbox

    box = smtp()
    server(box.port)
    given(ann)
    outbox.deliver(message())  # and the worker dies before it notes it
    drain()
    assert len({arrived["Message-ID"] for arrived in box.mails}) == 1 and len(box.mails) == 2


def test_only_who_chose_it_and_has_an_address_gets_mail(cast, ann, smtp, server):
    User._base_manager.filter(pk=cast.ben.pk).update(email="ben@example.com")
    choose(cast.eve, {"given": True})
    server(smtp().port)
    tell([ann.pk, cast.ben.pk, cast.eve.pk], "三人都知道", "/", "given")
    assert message().address == "ann@example.com"
    choose(ann, {"given": False})
    tell([ann.pk], "只响铃铛", "/", "given")
    assert Message._base_manager.count() == 1


def test_without_a_mail_server_nothing_waits_for_one(ann):
    given(ann)
    assert Message._base_manager.count() == 0


@pytest.mark.parametrize("said", [{}, {"user": "crm", "password": "wrong"}])
def test_a_server_that_wants_a_password_is_quoted(ann, smtp, said):
    box = smtp(auth_required=True, auth_require_tls=False, authenticator=authenticate)
    server = mail.Server("127.0.0.1", box.port, "none", said.get("user", ""), said.get("password", ""))
    with pytest.raises(guard.Shut) as shut:
        mail.send(server, a_mail())
    assert "uthentication" in shut.value.sentence
    assert box.mails == []


def a_mail(to="ann@example.com"):
    made = email.message.EmailMessage()
    made["From"], made["To"], made["Subject"] = "crm@example.com", to, "你好"
    made.set_content("你好")
    return made


@pytest.mark.parametrize(
    ("security", "words"), [("tls", "不支持加密连接"), ("starttls", "不支持这种加密"), ("none", "五秒内没有回应")]
)
def test_what_goes_wrong_is_told_in_words(smtp, mute, monkeypatch, security, words):
    monkeypatch.setattr(guard, "SECONDS", 0.4)
    port = mute if security == "none" else smtp().port
    with pytest.raises(guard.Shut) as shut:
        mail.send(mail.Server("127.0.0.1", port, security, "", ""), a_mail())
    assert words in shut.value.sentence


def test_a_refused_address_and_a_full_box_are_quoted(smtp):
    box = smtp()
    server = mail.Server("127.0.0.1", box.port, "none", "", "")
    with pytest.raises(guard.Shut, match="no such user here"):
        mail.send(server, a_mail("nobody@example.com"))
    box.answer = "452 mailbox full"
    with pytest.raises(guard.Shut, match="mailbox full"):
        mail.send(server, a_mail())


def test_a_server_inside_is_refused_without_the_allow_list(smtp, monkeypatch):
    monkeypatch.delenv("SHUKE_LAN")
    with pytest.raises(guard.Shut, match="内网"):
        mail.send(mail.Server("127.0.0.1", smtp().port, "none", "", ""), a_mail())


def test_a_certificate_that_is_not_theirs_is_refused(smtp, monkeypatch, tmp_path):
    """STARTTLS goes through the same context as everything else, and that checks."""
    context = guard.tls(0)
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    seen = []
    monkeypatch.setattr(smtplib.SMTP, "starttls", lambda self, context: seen.append(context.verify_mode))
    mail.send(mail.Server("127.0.0.1", smtp().port, "starttls", "", ""), a_mail())
    assert seen == [ssl.CERT_REQUIRED]


# The page


def test_the_owner_sets_it_up_and_tries_it_before_saving(cast, smtp, signed_in):
    box = smtp(auth_required=True, auth_require_tls=False, authenticator=authenticate)
    boss = signed_in(cast.boss)
    said = form(box.port, user="crm", sign_in_with=SECRET)
    assert boss.get("/settings/mail/").status_code == 200
    tried = boss.post("/settings/mail/test/", said)
    assert (tried.status_code, len(box.mails), MailServer._base_manager.count()) == (200, 1, 0)
    assert "已收下邮件" in tried.content.decode() and SECRET not in tried.content.decode()
    wrong = boss.post("/settings/mail/test/", {**said, "sign_in_with": "no"})
    assert wrong.status_code == 422 and "不接受这个用户名和密码" in wrong.content.decode()
    assert boss.post("/settings/mail/", said).status_code == 302
    held = MailServer._base_manager.get()
    assert (held.host, held.port, held.password, held.sender) == ("127.0.0.1", box.port, SECRET, "crm@example.com")
    kept = boss.post("/settings/mail/test/", {**said, "sign_in_with": "", "version": held.version})
    assert (kept.status_code, len(box.mails)) == (200, 2)
    for page in ("/settings/mail/", "/settings/", "/api/v1/mail", "/notices/"):
        assert SECRET not in boss.get(page).content.decode()
    assert SECRET not in json.dumps(list(Entry.objects.values_list("changes", flat=True)), ensure_ascii=False)


def test_the_password_of_one_server_is_not_handed_to_another(cast, smtp, server, signed_in):
    box = smtp(auth_required=True, auth_require_tls=False, authenticator=authenticate)
    held = server(free_port(), user="crm", password=SECRET)
    said = form(box.port, user="crm", version=held.version)
    boss = signed_in(cast.boss)
    for page in ("/settings/mail/test/", "/settings/mail/"):
        answer = boss.post(page, said)
        assert answer.status_code == 422 and "请重新输入密码" in answer.content.decode()
    assert box.mails == []
    held.refresh_from_db()
    assert held.port != box.port


def test_a_server_that_hangs_ends_in_a_sentence(cast, mute, signed_in, monkeypatch):
    monkeypatch.setattr(guard, "SECONDS", 0.3)
    answer = signed_in(cast.boss).post("/settings/mail/test/", form(mute))
    assert answer.status_code == 422 and "五秒内没有回应" in answer.content.decode()


def test_only_owners_see_the_mail_server(cast, server, signed_in):
    server(25)
    for person in (cast.ann, cast.ben, cast.kim, cast.lou, cast.nobody):
        browser = signed_in(person)
        assert browser.get("/settings/mail/").status_code == 404
        assert [browser.post(page, form(25)).status_code for page in ("/settings/mail/", "/settings/mail/test/")] == [404] * 2


def test_a_new_password_is_on_record_without_its_words(cast, server, signed_in):
    held = server(25, user="crm", password="old")
    said = form(25, user="crm", sign_in_with=SECRET, version=held.version)
    assert signed_in(cast.boss).post("/settings/mail/", said).status_code == 302
    entry = Entry.objects.filter(kind="notices.mailserver").latest("pk")
    assert (entry.verb, entry.changes) == ("changed", {"password": [None, None]})


# How notices come to me


def test_i_choose_how_notices_come_to_me_and_to_nobody_else(cast, signed_in):
    ann = signed_in(cast.ann)
    assert "转给了我" in ann.get("/me/notices/").content.decode()
    assert ann.post("/me/notices/", {"given": "on"}).status_code == 302
    assert set(Choice._base_manager.values_list("user", "reason", "by_mail")) == {
        (cast.ann.pk, "failed_job", False),
        (cast.ann.pk, "given", True),
    }
    assert ticked(ann) == ["given"]
    assert ticked(signed_in(cast.eve)) == ["failed_job"]
    ann.post("/me/notices/", {"failed_job": "on"})
    assert ticked(ann) == ["failed_job"]


def ticked(browser):
    page = browser.get("/me/notices/").content.decode()
    return [name for name in reasons if re.search(rf"<input[^>]*name=\"{name}\"[^>]*checked", page)]


def test_what_is_as_usual_is_not_noted(cast):
    with acting(cast.ann.pk, "web"):
        choose(cast.ann, {"given": False})
    assert Choice._base_manager.count() == 0
