"""The doors of the browser that belong to no kind of their own."""

import pytest

from shuke.core.models import SavedView


@pytest.mark.parametrize(
    ("said", "at"),
    [
        ({"name": ""}, "name"),
        ({"name": "老" * 61}, "name"),
        ({"name": "a\0b"}, "name"),
        ({"name": "佛山的", "query": "nonsense=1"}, "__all__"),
        ({"name": "佛山的", "query": "sort=nonsense"}, "__all__"),
    ],
)
def test_a_view_that_cannot_be_saved_is_told_at_its_field_with_everything_kept(cast, signed_in, said, at):
    said = {"query": "city=佛山市&stage=regular", "pinned": "on", **said}
    answer = signed_in(cast.ann).post("/parties/views/", said)
    assert answer.status_code == 422 and list(answer.context["form"].errors) == [at]
    form = answer.context["form"]
    assert {name: form[name].value() for name in said} == said | {"pinned": True}
    page = answer.content.decode()
    assert 'action="/parties/views/"' in page and '<input type="hidden" name="query"' in page
    assert not SavedView._base_manager.exists()


def test_a_view_is_kept_under_its_name_and_opens_by_its_address(cast, signed_in):
    browser = signed_in(cast.ann)
    answer = browser.post("/parties/views/", {"name": "佛山的", "query": "city=佛山市&cursor=x"})
    view = SavedView._base_manager.get()
    assert (view.name, view.owner, view.shared) == ("佛山的", cast.ann, False)
    assert answer["Location"] == f"/parties/?{view.query}" and "cursor" not in view.query
