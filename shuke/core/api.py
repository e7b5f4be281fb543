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

from shuke.core import act as work
from shuke.core import errors, firm, idempotency, listing, openapi, scope, widgets
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

    def __init__(self, status: int, sentence: Any = "", fields: dict[str, list[str]] | None = None, **headers: str) -> None:
        super().__init__(status, sentence)
        self.status, self.sentence, self.fields, self.headers = status, sentence or errors.SENTENCES[status], fields, headers


def resource(**doors: Door) -> Callable[..., HttpResponse]:
    """The view of one address with a door for each method. A door that writes is called in a transaction, with the body."""

    @csrf_exempt  # a browser's session opens the reading doors only
    def view(request: HttpRequest, **place: Any) -> HttpResponse:
        request.encoding = "utf-8"  # not what a header says: it may name a codec that is none for texts
        try:
            request.user = person(request)
            door = doors.get("GET" if request.method == "HEAD" else str(request.method))
            if door is None:
                raise Rejected(405, Allow=", ".join(["HEAD", *doors] if "GET" in doors else doors))
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

    view.right = "signed-in"  # type: ignore[attr-defined]
    return view


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
        headers = {"WWW-Authenticate": "Bearer"}
        raise Rejected(401, _("This needs a token that holds. Send it as “Authorization: Bearer …”."), **headers)
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
    if said is None:
        return HttpResponse(status=204)
    text = json.dumps(said, cls=DjangoJSONEncoder, ensure_ascii=False, allow_nan=False)
    response = HttpResponse(text, content_type="application/json", status=status)
    if "version" in said:
        response["ETag"] = etag(said["version"])
    if status == 201:
        response["Location"] = f"{request.path}/{said['id']}"
    return response


def etag(version: int) -> str:
    return f'"{version}"'


def refusal(error: Rejected) -> HttpResponse:
    said = {"error": str(error.sentence)} | ({"fields": error.fields} if error.fields else {})
    response = HttpResponse(json.dumps(said, ensure_ascii=False), content_type="application/json", status=error.status)
    for name, value in error.headers.items():
        response[name] = value
    return response


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
        hooks = {"parse_constant": no_number, "parse_int": whole, "parse_float": Decimal, "object_pairs_hook": each_once}
        said = json.loads(raw.decode(), **hooks)
    except UnicodeDecodeError:
        raise Rejected(400, _("The body is not UTF-8.")) from None
    except (ValueError, ArithmeticError):
        raise Rejected(400, _("The body is not JSON.")) from None
    except RecursionError:
        raise too_deep() from None
    if not isinstance(said, dict):
        raise Rejected(400, _("The body must be an object: {…}."))
    check(said, DEEPEST)
    return said


def no_number(word: str) -> Any:
    raise Rejected(400, _("%(word)s is not a number that can be kept.") % {"word": word})


def whole(digits: str) -> int:
    if len(digits) > 20 or abs(int(digits)) >= 2**63:
        raise Rejected(400, _("A whole number in the body is too large."))
    return int(digits)


def each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Rejected(400, _("A key stands twice in one object of the body."))
    return found


def too_deep() -> Rejected:
    return Rejected(400, _("The body is nested too deeply."))


def check(value: Any, depth: int) -> None:
    if isinstance(value, str) and LONE.search(value):
        raise Rejected(400, _("A text in the body holds half a character."))
    if isinstance(value, (dict, list)):
        if depth == 0:
            raise too_deep()
        for part in [*value, *value.values()] if isinstance(value, dict) else value:
            check(part, depth - 1)


def filled(form: Any, said: dict[str, Any], currency: str, seen: Iterable[str] = ()) -> Any:
    """The form filled with a body and found right. What the body does not say stays as the form shows it when it is opened.

    `seen` are names that the person may read, so that a field he may not write is told from one that there is not.
    Raises Rejected with a sentence at each field that is wrong.
    """
    fields, wrong = openapi.writable(form), {}
    form.fields = fields
    form.data = {name: form.get_initial_for_field(field, name) for name, field in fields.items()}
    for told_name, name, value in spread(said):
        try:
            if name not in fields:
                raise ValidationError(_("This cannot be written here.") if told_name in seen else _("There is no such field."))
            form.data[name] = typed(fields[name], value, currency)
        except ValidationError as error:
            wrong[told_name] = error.messages
    general: list[str] = []
    if not wrong and not form.is_valid():
        wrong = {spoken(name): [str(sentence) for sentence in found] for name, found in form.errors.items()}
        general = wrong.pop(NON_FIELD_ERRORS, [])
    if wrong or general:
        check_these = [_("Please check: %(names)s.") % {"names": ", ".join(wrong)}] if wrong else []
        raise Rejected(422, " ".join([*general, *check_these]), wrong)
    return form


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
    if type(value) not in types or any(type(part) is not str for part in parts):
        raise ValidationError(_("This is not of the type that is expected here: %(schema)s") % {"schema": json.dumps(schema)})
    if isinstance(value, dict):
        if value.get("currency") != currency:
            raise ValidationError(_("Amounts are kept in %(currency)s here.") % {"currency": currency})
        return value.get("amount")
    if isinstance(field, widgets.RelationFormField):
        # By its id alone: the form would also take a name, and a name may be a number.
        found = field.rows.filter(pk=value).first()
        if found is None:
            raise ValidationError(_("“%(text)s” was not found.") % {"text": value})
        return found
    return str(value) if isinstance(field, forms.ChoiceField) and not isinstance(value, list) else value


def items(kind: Kind, columns: list[Column], rows: Iterable[tuple[Any, ...]]) -> list[dict[str, Any]]:
    """Plain values by name: amounts with their currency, custom fields under "extra"."""
    return [item(kind, columns, row) for row in rows]


def item(kind: Kind, columns: list[Column], values: tuple[Any, ...]) -> dict[str, Any]:
    rest = iter(values)
    plain = {column.key: column.plain(*islice(rest, column.width)) for column in columns}
    currency = plain.get("currency") if has_currency(kind) else None
    for column in columns:
        if column.type == "money" and plain[column.key] is not None:
            plain[column.key] = {"amount": plain[column.key], "currency": currency or firms_currency()}
    extra = {column.key.removeprefix(CUSTOM): plain.pop(column.key) for column in columns if column.custom}
    return {**plain, "extra": extra}


def item_of(kind: Kind, user: Any, record: Record) -> dict[str, Any]:
    """The item as the store now says it; of a record that a verb took out of the person's reach only what he knew before."""
    columns = kind.every(user)
    try:
        return item(kind, columns, listing.one(kind, user, record, columns))
    except kind.model.DoesNotExist:
        return {"id": record.pk, "version": record.version}


def has_currency(kind: Kind) -> bool:
    return any(field.name == "currency" for field in kind.model._meta.concrete_fields)


def firms_currency() -> str:
    here = firm.firm()
    return here.currency if here else ""


def currency_for(said: dict[str, Any], record: Record | None = None) -> str:
    """The one that amounts in a body must be in: what the body says, else the record's, else the firm's."""
    return str(said.get("currency") or getattr(record, "currency", "") or firms_currency())


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
    found = items(kind, columns, (row[1:] for row in page.rows))
    return told(request, {"items": found, "next": page.next or None, "count": page.count, "capped": page.capped})


def one(request: HttpRequest, path: str, pk: int) -> HttpResponse:
    kind = kind_at(request, path)
    return told(request, item_of(kind, request.user, get(kind, request.user, pk)))


def create(request: HttpRequest, said: dict[str, Any], path: str) -> HttpResponse:
    kind = kind_at(request, path, "create")
    if not kind.form:
        raise Rejected(405, Allow="GET, HEAD")
    form = filled(kind_forms.form_for(kind, request.user, {}), said, currency_for(said), seen(kind, request.user))
    with work.act("created", kind=kind.key):
        record = kind.write(form, request.user)
    return told(request, item_of(kind, request.user, record), 201)


def seen(kind: Kind, user: Any) -> set[str]:
    return {spoken(column.key) for column in kind.every(user)}


def change(request: HttpRequest, said: dict[str, Any], path: str, pk: int) -> HttpResponse:
    kind = kind_at(request, path, "change")
    if not kind.form:
        raise Rejected(405, Allow="GET, HEAD, DELETE")
    record = get(kind, request.user, pk, "change")
    agree(request, record, required=True)
    only = [name for _told, name, _value in spread(said)]
    form = kind_forms.form_for(kind, request.user, {}, instance=record, only=only)
    filled(form, said, currency_for(said, record), seen(kind, request.user))
    with work.act("changed", kind=kind.key):
        record.save()
    return told(request, item_of(kind, request.user, record))


def delete(request: HttpRequest, said: dict[str, Any], path: str, pk: int) -> HttpResponse:
    kind = kind_at(request, path, "delete")
    record = get(kind, request.user, pk, "delete")
    agree(request, record)
    with work.act("deleted", kind=kind.key):
        record.delete()
    return HttpResponse(status=204)


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
    filled(form, said, currency_for(said, record))
    with work.act(action.name, kind=kind.key):
        action(record, **form.cleaned_data)
    return told(request, item_of(kind, request.user, record))
