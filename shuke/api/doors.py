"""The REST doors: the same rows, rights, forms and verbs as on the screen, as JSON, for whoever carries a token."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from itertools import islice
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, RequestDataTooBig, ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import parse_etags
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from shuke.api import openapi
from shuke.core import act as work
from shuke.core import errors, firm, idempotency, listing, scope, widgets
from shuke.core import forms as kind_forms
from shuke.core import kind as kinds
from shuke.core.columns import CUSTOM, Column
from shuke.core.doors import get
from shuke.core.filters import BadAddress
from shuke.core.kind import Kind
from shuke.core.record import Record, Stale

LARGEST = 1024 * 1024  # bytes of a body
DEEPEST = 8  # objects and lists in each other
READS = ("GET", "HEAD")
NUMBER = re.compile(r"-?[0-9]{1,19}(\.[0-9]{1,19})?([eE][-+]?[0-9]{1,3})?")
LONE = re.compile("[\ud800-\udfff]")

Door = Callable[..., HttpResponse]


def nobody(token: str) -> Any:
    return None


authenticate: Callable[[str], Any] = nobody


def install(new: Callable[[str], Any]) -> None:
    """Who carries a token is known to an upper room: `new` gives the person, None for a token that does not hold."""
    global authenticate
    authenticate = new


class Rejected(Exception):
    """The request is answered with `status`, a sentence and the sentences at its fields; what it began is rolled back."""

    def __init__(self, status: int, sentence: Any = "", fields: Any = None, headers: dict[str, str] | None = None) -> None:
        super().__init__(status, sentence)
        self.status, self.sentence, self.fields, self.headers = status, sentence or errors.SENTENCES[status], fields, headers


def resource(**doors: Door) -> Callable[..., HttpResponse]:
    """The view of one address with a door for each method. A door that writes is called in a transaction, with the body."""

    @csrf_exempt  # a browser's session opens the reading doors only
    def view(request: HttpRequest, **place: Any) -> HttpResponse:
        try:
            request.user = person(request)
            door = doors.get("GET" if request.method == "HEAD" else str(request.method))
            if door is None:
                raise shut(*(["HEAD"] if "GET" in doors else []), *doors)
            with work.acting(request.user.pk, "api"):
                return door(request, **place) if request.method in READS else once(request, door, place)
        except Rejected as error:
            return refusal(error)
        except BadAddress as error:
            return refusal(Rejected(400, error.sentence))
        except Stale as error:
            return refusal(Rejected(412 if "If-Match" in request.headers else 409, error.sentence))
        except IntegrityError:
            return refusal(Rejected(409))

    view.right = "signed-in"
    return view


def shut(*methods: str) -> Rejected:
    return Rejected(405, headers={"Allow": ", ".join(methods)})


def person(request: HttpRequest) -> Any:
    """Who carries the token, or who is signed in when nothing is written. Raises Rejected."""
    said = request.headers.get("Authorization")
    if said is None and request.user.is_authenticated:
        if request.method not in READS:
            raise Rejected(403, _("Writing here needs a token. Make one and send it as “Authorization: Bearer …”."))
        return request.user
    scheme, _blank, token = (said or "").partition(" ")
    user = authenticate(token.strip()) if scheme.lower() == "bearer" else None
    if user is None:
        sentence = _("This needs a token that holds. Send it as “Authorization: Bearer …”.")
        raise Rejected(401, sentence, headers={"WWW-Authenticate": "Bearer"})
    return user


def once(request: HttpRequest, door: Door, place: dict[str, Any]) -> HttpResponse:
    """Do a write in one transaction with its key: a twin gets the first one's answer, a refused one uses up nothing."""
    said = body(request)
    key = request.headers.get("Idempotency-Key", "")
    if len(key) > 64 or not key.isprintable():
        raise Rejected(400, _("An Idempotency-Key has at most 64 visible characters."))
    try:
        with idempotency.once(request.user.pk, key, idempotency.fingerprint(request)) as answered:
            response = door(request, said, **place)
            answered(response.status_code, response.content.decode())
            return response
    except idempotency.Twin as twin:
        return told(request, json.loads(twin.answer.text or "null"), twin.answer.status)
    except idempotency.OtherBody:
        raise Rejected(409, _("This Idempotency-Key was used for another request. Please send a new one.")) from None


def told(request: HttpRequest, said: Any, status: int = 200) -> HttpResponse:
    """`said` as JSON, an item with its version as ETag; None is an empty answer."""
    headers = {"ETag": etag(said["version"])} if said and "version" in said else {}
    if status == 201:
        headers["Location"] = f"{request.path}/{said['id']}"
    return answer(said, status, headers)


def refusal(error: Rejected) -> HttpResponse:
    said = {"error": str(error.sentence)} | ({"fields": error.fields} if error.fields else {})
    return answer(said, error.status, error.headers)


def answer(said: Any, status: int, headers: dict[str, str] | None) -> HttpResponse:
    text = "" if said is None else json.dumps(said, cls=DjangoJSONEncoder, ensure_ascii=False, allow_nan=False)
    return HttpResponse(text, content_type="application/json", status=status, headers=headers)


def etag(version: int) -> str:
    return f'"{version}"'


def body(request: HttpRequest) -> dict[str, Any]:
    """The JSON object of the request, {} when it has no body. Raises Rejected for all that no form could hold."""
    try:
        raw = request.body
    except RequestDataTooBig:
        raise Rejected(413) from None
    if len(raw) > LARGEST:
        raise Rejected(413)
    if not raw:
        return {}
    if request.content_type != "application/json" or request.content_params.get("charset", "utf-8").lower() != "utf-8":
        raise Rejected(415, _("The body must be application/json in UTF-8."))
    try:
        said = json.loads(raw.decode(), parse_int=number, parse_float=number, parse_constant=number, object_pairs_hook=each_once)
        check(said, DEEPEST)
    except RecursionError:
        raise Rejected(400, _("The body is nested too deeply.")) from None
    except ValueError as error:
        raise Rejected(400, _("The body is not JSON that can be kept: %(reason)s") % {"reason": error}) from None
    if not isinstance(said, dict):
        raise Rejected(400, _("The body must be an object: {…}."))
    return said


def number(said: str) -> int | Decimal:
    """A number exactly as it was sent. Raises ValueError beyond 64 bits, and for NaN and Infinity."""
    if not NUMBER.fullmatch(said) or abs(Decimal(said)) >= 2**63:
        raise ValueError(_("“%(number)s” is too large or no number.") % {"number": said[:30]})
    return int(said) if said.lstrip("-").isdigit() else Decimal(said)


def each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError(_("A key stands twice in one object."))
    return found


def check(value: Any, depth: int) -> None:
    """Raises ValueError for half a character, RecursionError for what is nested deeper than `depth`."""
    if isinstance(value, str) and LONE.search(value):
        raise ValueError(_("A text holds half a character."))
    if isinstance(value, (dict, list)):
        if depth == 0:
            raise RecursionError
        for part in [*value, *value.values()] if isinstance(value, dict) else value:
            check(part, depth - 1)


def filled(form: Any, said: dict[str, Any], currency: str) -> Any:
    """The form filled with a body and found right. What the body does not say stays as the form shows it when it is opened.

    Raises Rejected with a sentence at each field that is wrong.
    """
    form.fields = openapi.writable(form)
    form.data = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    wrong: dict[str, list[str]] = {}
    for outside, name, value in spread(said):
        try:
            if name not in form.fields:
                raise ValidationError(_("There is no such field here, or you may not write it."))
            form.data[name] = typed(form.fields[name], value, currency)
        except ValidationError as error:
            wrong[outside] = error.messages
    if wrong:
        raise faulty(422, wrong)
    if not form.is_valid():
        raise faulty(422, sentences(form))
    return form


def sentences(form: Any) -> dict[str, list[str]]:
    """What is wrong with a form, by the names that a body has for its fields."""
    return {spoken(name): [str(sentence) for sentence in found] for name, found in form.errors.items()}


def faulty(status: int, wrong: dict[str, list[str]]) -> Rejected:
    general = wrong.pop(NON_FIELD_ERRORS, [])
    check_these = [_("Please check: %(names)s.") % {"names": ", ".join(wrong)}] if wrong else []
    return Rejected(status, " ".join([*general, *check_these]), wrong)


def spread(said: dict[str, Any]) -> list[tuple[str, str, Any]]:
    """(name in the body, name in the form, value): custom fields lie under "extra" outside and have a prefix inside."""
    extra = said.get("extra", {})
    own = [(name, "" if name.startswith(CUSTOM) else name, value) for name, value in said.items() if name != "extra"]
    if not isinstance(extra, dict):
        return [*own, ("extra", "", None)]
    return [*own, *((f"extra.{key}", CUSTOM + key, value) for key, value in extra.items())]


def spoken(name: str) -> str:
    return f"extra.{name.removeprefix(CUSTOM)}" if name.startswith(CUSTOM) else name


def typed(field: forms.Field, value: Any, currency: str) -> Any:
    """What the form field is given for a value of a body. Raises ValidationError for a type that it does not take."""
    types, schema = openapi.takes(field)
    if value is None and not isinstance(field, widgets.TickFormField):
        return None
    parts = value if isinstance(value, list) else value.values() if isinstance(value, dict) else ()
    fits = type(value) in types and all(type(part) is str for part in parts)
    if not fits or (isinstance(value, dict) and value.keys() != {"amount", "currency"}):
        raise ValidationError(_("This is not of the type that is expected here: %(schema)s") % {"schema": json.dumps(schema)})
    if isinstance(value, dict):
        if value["currency"] != currency:
            raise ValidationError(_("Amounts are kept in %(currency)s here.") % {"currency": currency})
        return value["amount"]
    if isinstance(field, widgets.RelationFormField):
        # By its id alone: the form would also take a name, and a name may be a number.
        found = field.rows.filter(pk=value).first()
        if found is None:
            raise ValidationError(_("“%(text)s” was not found.") % {"text": value})
        return found
    return str(value) if isinstance(field, forms.ChoiceField) and not isinstance(value, list) else value


def currency_of(said: dict[str, Any], record: Record | None = None) -> str:
    """Of the amounts in an item or in a body: what it says itself, else the record's, else the firm's."""
    here = firm.firm()
    return str(said.get("currency") or getattr(record, "currency", "") or (here.currency if here else ""))


def item(columns: list[Column], values: Iterable[Any]) -> dict[str, Any]:
    """Plain values by name: amounts with their currency, custom fields under "extra"."""
    rest = iter(values)
    plain = {column.key: column.plain(*islice(rest, column.width)) for column in columns}
    for column in columns:
        if column.type == "money" and plain[column.key] is not None:
            plain[column.key] = {"amount": plain[column.key], "currency": currency_of(plain)}
    extra = {column.key.removeprefix(CUSTOM): plain.pop(column.key) for column in columns if column.custom}
    return {**plain, "extra": extra}


def item_of(kind: Kind, user: Any, record: Record) -> dict[str, Any]:
    """The item as the store now says it; of a record that a verb took out of the person's reach only what he knew before."""
    columns = kind.every(user)
    try:
        return item(columns, listing.one(kind, user, record, columns))
    except kind.model.DoesNotExist:
        return {"id": record.pk, "version": record.version}


def kind_at(request: HttpRequest, path: str, verb: str = "view") -> Kind:
    kind = kinds.at(path)
    if kind is None or not kind.may(request.user, verb):
        raise Http404
    return kind


def agree(request: HttpRequest, record: Record, *, required: bool = False) -> None:
    """Refuse what was made on an older version than the one that stands. Raises Rejected."""
    said = request.headers.get("If-Match")
    if said is None and required:
        raise Rejected(428, _("Please send If-Match with the ETag of what you change."))
    if said is not None and not {"*", etag(record.version)} & set(parse_etags(said)):
        raise Rejected(412, Stale(record).sentence)


def document(request: HttpRequest) -> HttpResponse:
    return HttpResponse(openapi.document(request.user), content_type="application/json")


def many(request: HttpRequest, path: str) -> HttpResponse:
    kind = kind_at(request, path)
    said = request.GET.get("limit") or str(openapi.FEW)
    if not (said.isascii() and said.isdigit() and len(said) < 4 and 0 < int(said) <= openapi.MOST):
        raise BadAddress(_("limit must be a number from 1 to %(most)s.") % {"most": openapi.MOST})
    columns = kind.every(request.user)
    page = listing.page(kind, request.user, request.GET, columns=columns, limit=int(said))
    found = [item(columns, row[1:]) for row in page.rows]
    return told(request, {"items": found, "next": page.next or None, "count": page.count, "capped": page.capped})


def one(request: HttpRequest, path: str, pk: int) -> HttpResponse:
    kind = kind_at(request, path)
    return told(request, item_of(kind, request.user, get(kind, request.user, pk)))


def create(request: HttpRequest, said: dict[str, Any], path: str) -> HttpResponse:
    kind = kind_at(request, path, "create")
    if not kind.form:
        raise shut("GET", "HEAD")
    form = filled(kind_forms.form_for(kind, request.user, {}), said, currency_of(said))
    try:
        with work.act("created", kind=kind.key):
            record = kind.write(form, request.user)
    except IntegrityError:
        raise faulty(409, sentences(kind_forms.outrun(form))) from None
    return told(request, item_of(kind, request.user, record), 201)


def change(request: HttpRequest, said: dict[str, Any], path: str, pk: int) -> HttpResponse:
    kind = kind_at(request, path, "change")
    if not kind.form:
        raise shut("GET", "HEAD", "DELETE")
    record = get(kind, request.user, pk, "change")
    agree(request, record, required=True)
    only = [name for _told, name, _value in spread(said)]
    form = kind_forms.form_for(kind, request.user, {}, instance=record, only=only)
    filled(form, said, currency_of(said, record))
    try:
        with work.act("changed", kind=kind.key):
            record.save()
    except IntegrityError:
        raise faulty(409, sentences(kind_forms.outrun(form))) from None
    return told(request, item_of(kind, request.user, record))


def delete(request: HttpRequest, said: dict[str, Any], path: str, pk: int) -> HttpResponse:
    kind = kind_at(request, path, "delete")
    record = get(kind, request.user, pk, "delete")
    agree(request, record)
    with work.act("deleted", kind=kind.key):
        record.delete()
    return told(request, None, 204)


def verb(request: HttpRequest, said: dict[str, Any], path: str, pk: int, name: str) -> HttpResponse:
    kind = kind_at(request, path)
    action = kind.verb(name)
    rows = scope.rows(kind.model, request.user, name).select_for_update()
    record = rows.filter(pk=pk).first() if action and pk < 2**63 else None
    if action is None or record is None:
        raise Http404
    agree(request, record)
    form = (action.form or forms.Form)({})
    if hasattr(form, "about"):
        form.about(record, request.user)
    filled(form, said, currency_of(said, record))
    with work.act(action.name, kind=kind.key):
        action(record, **form.cleaned_data)
    return told(request, item_of(kind, request.user, record))
