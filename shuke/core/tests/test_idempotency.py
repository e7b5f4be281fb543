from datetime import timedelta

import pytest
from django.utils import timezone

from shuke.core import idempotency
from shuke.core.models import Batch
from shuke.parties.models import Party


def send(user, key="a key", request="body", name="顺德家具"):
    """The first sending makes a party; a twin gets its answer."""
    try:
        with idempotency.once(user.pk, key, request) as answered:
            Party(name=name, owner=user).save()
            answered(302, f"/{name}/")
            return "made"
    except idempotency.Twin as twin:
        return twin.answer


def count():
    return Party._base_manager.count()


def test_a_twin_does_nothing_and_gets_the_first_answer(cast):
    assert send(cast.ann) == "made"
    assert send(cast.ann) == idempotency.Answer(302, "/顺德家具/")
    assert count() == 1


def test_a_key_belongs_to_one_person_and_one_request(cast):
    send(cast.ann)
    assert send(cast.eve) == "made"
    with pytest.raises(idempotency.OtherBody):
        send(cast.ann, request="another body")
    assert count() == 2


def test_an_act_that_fails_uses_up_no_key(cast):
    with pytest.raises(ZeroDivisionError), idempotency.once(cast.ann.pk, "a key", "body"):
        Party(name="半途", owner=cast.ann).save()
        raise ZeroDivisionError
    assert count() == 0
    assert send(cast.ann) == "made"


def test_without_a_key_each_sending_counts(cast):
    assert [send(cast.ann, key="") for _time in range(2)] == ["made", "made"]
    assert count() == 2


def test_a_key_is_forgotten_after_a_month_and_the_act_is_kept(cast):
    send(cast.ann)
    Batch.objects.update(at=timezone.now() - timedelta(days=31))
    assert idempotency.forget_old() == 1
    assert Batch.objects.filter(kind="parties.party").count() == 1
    assert send(cast.ann) == "made"


def test_the_fingerprint_knows_every_field_and_no_token(rf):
    def of(**said):
        return idempotency.fingerprint(rf.post("/parties/new/", said))

    assert of(name="一", csrfmiddlewaretoken="x") == of(name="一", csrfmiddlewaretoken="y")
    assert len({of(name="一"), of(name="二"), of(note="一"), of(name=["一", "二"]), of()}) == 5
