import pytest
from django.db import transaction

from shuke.core import act
from shuke.notices.actions import read_all, tell
from shuke.notices.models import Message, Notice

pytestmark = pytest.mark.django_db


def texts(user):
    return list(Notice.objects.filter(user=user).values_list("text", flat=True))


def test_each_is_told_once_and_nobody_else(cast):
    tell([cast.ann.pk, cast.ann.pk, cast.ben.pk], "老王门窗转给了你", "/parties/1/", "given")
    assert [texts(user) for user in (cast.ann, cast.ben, cast.eve)] == [["老王门窗转给了你"], ["老王门窗转给了你"], []]


def test_who_is_switched_off_is_not_told(cast):
    cast.ann.is_active = False
    cast.ann.save()
    tell([cast.ann.pk, 10**9], "老王门窗转给了你", "/parties/1/", "given")
    assert Notice.objects.count() == 0


def test_what_is_refused_after_the_telling_was_never_told(cast, robot):
    robot("http://127.0.0.1:9/")
    with pytest.raises(RuntimeError), transaction.atomic(), act.act("given"):
        tell([cast.ann.pk], "老王门窗转给了你", "/parties/1/", "given")
        raise RuntimeError
    assert (Notice.objects.count(), Message._base_manager.count()) == (0, 0)


@pytest.mark.parametrize("url", ["https://evil.example.com/", "//evil.example.com/", "parties/"])
def test_a_notice_leads_to_our_own_pages_only(cast, url):
    with pytest.raises(ValueError, match="no page of ours"):
        tell([cast.ann.pk], "看这里", url, "given")


def test_a_reason_that_no_room_has_named_is_a_mistake(cast):
    with pytest.raises(KeyError):
        tell([cast.ann.pk], "看这里", "/", "never-named")


def test_a_long_sentence_is_cut_and_stands_on_one_line(cast):
    tell([cast.ann.pk], "很长\r\nBcc: x@example.com" + "长" * 400, "/", "given")
    assert (len(texts(cast.ann)[0]), texts(cast.ann)[0][:8], texts(cast.ann)[0][-1]) == (300, "很长 Bcc: ", "…")


def test_the_bell_counts_what_is_mine_and_unread(cast, signed_in, django_assert_max_num_queries):
    for number in range(101):
        tell([cast.ann.pk], f"第{number}条", "/parties/", "given")
    tell([cast.ben.pk], "给 Ben 的", "/parties/", "given")
    ann, ben, eve = map(signed_in, (cast.ann, cast.ben, cast.eve))
    with django_assert_max_num_queries(2):
        assert ann.get("/notices/count/").content == b"99+"
    assert (ben.get("/notices/count/").content, eve.get("/notices/count/").content) == (b"1", b"")


def test_every_page_has_the_bell_and_asks_the_store_nothing_for_it(cast, signed_in, django_assert_num_queries):
    ann = signed_in(cast.ann)
    page = ann.get("/settings/").content.decode()
    assert 'data-url="/notices/count/"' in page and 'href="/notices/"' in page
    tell([cast.ann.pk], "一条", "/", "given")
    with django_assert_num_queries(1):  # the session
        ann.get("/settings/")


def test_the_page_shows_mine_newest_first_and_goes_on(cast, signed_in):
    for number in range(51):
        tell([cast.ann.pk], f"第{number:03}条", "/parties/", "given")
    tell([cast.eve.pk], "给 Eve 的", "/parties/", "given")
    page = signed_in(cast.ann).get("/notices/").content.decode()
    assert page.index("第050条") < page.index("第001条") and "第000条" not in page and "给 Eve" not in page
    rest = page.partition('href="?before=')[2].partition('"')[0]
    assert "第000条" in signed_in(cast.ann).get(f"/notices/?before={rest}").content.decode()


def test_who_follows_a_notice_has_read_it_and_only_his_own(cast, signed_in):
    tell([cast.ann.pk], "老王门窗转给了你", "/parties/1/", "given")
    notice = Notice.objects.get()
    assert signed_in(cast.eve).post(f"/notices/{notice.pk}/follow/").status_code == 404
    assert Notice.objects.get().read_at is None
    answer = signed_in(cast.ann).post(f"/notices/{notice.pk}/follow/")
    assert (answer.status_code, answer["Location"]) == (302, "/parties/1/")
    assert Notice.objects.get().read_at is not None


def test_all_read_leaves_what_came_meanwhile(cast, signed_in):
    tell([cast.ann.pk, cast.ben.pk], "先来的", "/", "given")
    seen = Notice.objects.filter(user=cast.ann).latest("pk").pk
    tell([cast.ann.pk], "后来的", "/", "given")
    signed_in(cast.ann).post("/notices/read/", {"upto": seen})
    unread = Notice.objects.filter(read_at=None).order_by("pk").values_list("user", "text")
    assert list(unread) == [(cast.ben.pk, "先来的"), (cast.ann.pk, "后来的")]
    assert read_all(cast.ann, 10**9) == 1
    assert signed_in(cast.ann).post("/notices/read/", {"upto": "x"}).status_code == 404
