"""The OpenAPI 3.1 document, made from the kinds: what each field takes and tells, within one person's rights."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from shuke.core import errors, filters, firm, widgets
from shuke.core import forms as kind_forms
from shuke.core import kind as kinds
from shuke.core.actions import Action
from shuke.core.columns import CUSTOM, Column
from shuke.core.kind import Kind

ROOT = "/api/v1"
MOST = 500  # items of one page
FEW = 50  # items of a page that says no limit
UNWRITABLE = {"owner"}  # changed by verbs alone: whoever may edit a record must not give it away by a body

Schema = dict[str, Any]


@dataclass(frozen=True)
class Takes:
    """What a form field takes from a JSON body: the Python `types` of it, their `schema`, and a sentence for all else."""

    types: tuple[type, ...]
    schema: Schema
    sentence: Any


TEXT: Schema = {"type": "string"}
DECIMAL: Schema = {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"}
AMOUNT = {"$ref": "#/components/schemas/Amount"}
TAKES: list[tuple[tuple[type[forms.Field], ...], Takes]] = [
    ((widgets.RelationFormField,), Takes((int,), {"type": "integer"}, _("The id of a record is expected here, a number without quotes."))),
    (
        (widgets.MoneyFormField,),
        Takes((str, dict), {"anyOf": [DECIMAL, AMOUNT]}, _('An amount is expected here: "12.30" or {"amount": "12.30", "currency": "CNY"}.')),
    ),
    ((widgets.NumberFormField,), Takes((int, Decimal, str), {"type": ["number", "string"]}, _("A number is expected here."))),
    (
        (widgets.WordsFormField, forms.MultipleChoiceField),
        Takes((list,), {"type": "array", "items": TEXT}, _("A list of texts is expected here.")),
    ),
    ((forms.BooleanField,), Takes((bool,), {"type": "boolean"}, _("true or false is expected here."))),
    ((forms.ChoiceField,), Takes((str, bool, int), {}, _("One of the choices is expected here."))),
    ((forms.DateField,), Takes((str,), {"type": "string", "format": "date"}, _("A day is expected here, for example 2026-01-02."))),
    ((forms.Field,), Takes((str,), TEXT, _("A text is expected here."))),
]  # fmt: skip


def takes(field: forms.Field) -> Takes:
    return next(found for classes, found in TAKES if isinstance(field, classes))


def writable(form: Any) -> dict[str, forms.Field]:
    """The fields of a form that a body may fill."""
    return {name: field for name, field in form.fields.items() if name not in UNWRITABLE}


def document(user: Any) -> str:
    """The whole document as JSON, kept per revision of the firm and per rights: people of one role share it."""
    mine = [kind for kind in kinds.every() if kind.is_on and kind.may(user, "view")]
    rights = tuple((kind.path, *may(kind, user), *sorted(kind.levels(user).items())) for kind in mine)
    kept: dict[Any, str] = firm.kept("openapi", dict)
    key = (get_language(), rights)
    if key not in kept:
        kept[key] = json.dumps(make(mine, user), cls=DjangoJSONEncoder, ensure_ascii=False)
    return kept[key]


def may(kind: Kind, user: Any) -> list[str]:
    """The verbs of a kind that a person may do on some record of it."""
    plain = ["create", "change"] if kind.form else []
    return [verb for verb in [*plain, "delete", *(action.name for action in kind.actions)] if kind.may(user, verb)]


def make(mine: list[Kind], user: Any) -> Schema:
    paths: Schema = {}
    schemas: Schema = {
        "Amount": thing({"amount": DECIMAL, "currency": TEXT}, ["amount", "currency"]),
        "Reference": {**thing({"id": {"type": ["integer", "null"]}, "name": TEXT}, ["id", "name"]), "type": ["object", "null"]},
        "Error": thing({"error": TEXT, "fields": {"type": "object", "additionalProperties": listed(TEXT)}}, ["error"]),
    }
    for kind in mine:
        schemas |= schemas_of(kind, user)
        paths |= paths_of(kind, user)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Shuke", "version": "1"},
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "responses": {str(status): answer(sentence, ref("Error")) for status, sentence in errors.SENTENCES.items()},
        },
    }


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def thing(properties: Schema, required: list[str]) -> Schema:
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def listed(schema: Schema) -> Schema:
    return {"type": "array", "items": schema}


def answer(description: Any, schema: Schema, **headers: Schema) -> Schema:
    return {"description": description, "content": {"application/json": {"schema": schema}}, "headers": headers}


def schemas_of(kind: Kind, user: Any) -> Schema:
    """The item, the body of a new one, of a change, and of each verb. Names are paths, so no two are the same."""
    allowed = may(kind, user)
    columns = kind.every(user)
    own = {column.key: told(column) for column in columns if not column.custom}
    extra = thing({column.key.removeprefix(CUSTOM): told(column) for column in columns if column.custom}, [])
    found = {kind.path: thing({**own, "extra": extra}, ["id", "version"])}
    if "create" in allowed:
        found[f"{kind.path}.new"] = body(kind_forms.form_for(kind, user), whole=True)
    if "change" in allowed:
        found[f"{kind.path}.change"] = body(kind_forms.form_for(kind, user), whole=False)
    return found | {f"{kind.path}.do.{verb.name}": body((verb.form or forms.Form)(), whole=True) for verb in verbs(kind, allowed)}


def verbs(kind: Kind, allowed: list[str]) -> list[Action]:
    return [action for action in kind.actions if action.name in allowed]


def told(column: Column) -> Schema:
    """The schema of what `Column.plain` and the doors tell of a column."""
    made = dict(TOLD.get(column.type, TEXT))
    field = column.field
    if column.type == "number" and (column.custom or isinstance(field, models.DecimalField)):
        made = {"type": "number"} if column.custom else dict(DECIMAL)
    if column.type == "state":
        made = {"enum": [*(column.choices or {}), *([""] if field is not None and field.blank else [])]}
    if (column.custom or (field is not None and field.null)) and column.type != "relation":
        made = {"anyOf": [made, {"type": "null"}]}
    return {**made, "title": column.label}


TOLD: dict[str, Schema] = {
    "number": {"type": "integer"},
    "money": AMOUNT,
    "date": {"type": "string", "format": "date"},
    "moment": {"type": "string", "format": "date-time"},
    "yesno": {"type": "boolean"},
    "words": listed(TEXT),
    "relation": ref("Reference"),
}


def body(form: Any, *, whole: bool) -> Schema:
    """What a body may say to this form; `whole` demands the fields that the form demands and that have no value to begin with."""
    fields = writable(form)
    begun = {name for name in fields if form.get_initial_for_field(fields[name], name) not in (None, "", [])}
    needed = [name for name, field in fields.items() if whole and field.required and name not in begun and takes(field).types != (bool,)]
    own = {name: taken(field) for name, field in fields.items() if not name.startswith(CUSTOM)}
    custom = {name.removeprefix(CUSTOM): taken(field) for name, field in fields.items() if name.startswith(CUSTOM)}
    if custom:
        own["extra"] = thing(custom, [name.removeprefix(CUSTOM) for name in needed if name.startswith(CUSTOM)])
    top = [name for name in needed if not name.startswith(CUSTOM)]
    return thing(own, [*top, *(["extra"] if len(top) < len(needed) else [])])


def taken(field: forms.Field) -> Schema:
    made = {**takes(field).schema}
    if isinstance(field, forms.ChoiceField) and not isinstance(field, forms.MultipleChoiceField):
        made["enum"] = [{"True": True, "False": False}.get(key, key) for key, _label in field.choices if key != ""]
    if isinstance(field, forms.CharField) and field.max_length:
        made["maxLength"] = field.max_length
    if not field.required and not isinstance(field, widgets.TickFormField):
        made = {"anyOf": [made, {"type": "null"}]}
    return {**made, "title": field.label}


def paths_of(kind: Kind, user: Any) -> Schema:
    allowed = may(kind, user)
    item = ref(kind.path)
    page = thing(
        {"items": listed(item), "next": {"type": ["string", "null"]}, "count": {"type": "integer"}, "capped": {"type": "boolean"}},
        ["items", "next", "count", "capped"],
    )
    one = {"ETag": {"schema": TEXT, "description": "The version, for If-Match"}}
    here = f"{ROOT}/{kind.path}"
    many: Schema = {"get": operation(kind, "list", "200", answer(kind.plural, page), parameters=parameters(kind, user))}
    single: Schema = {"get": operation(kind, "get", "200", answer(kind.label, item, **one)), "parameters": [ID]}
    if "create" in allowed:
        made = answer(kind.label, item, **one, Location={"schema": TEXT})
        many["post"] = operation(kind, "create", "201", made, "new", parameters=[KEY])
    if "change" in allowed:
        single["patch"] = operation(kind, "change", "200", answer(kind.label, item, **one), "change", parameters=[MATCH, KEY])
    if "delete" in allowed:
        single["delete"] = operation(kind, "delete", "204", {"description": "In the trash"}, parameters=[{**MATCH, "required": False}, KEY])
    found = {here: many, f"{here}/{{id}}": single}
    for verb in verbs(kind, allowed):
        done = operation(kind, verb.name, "200", answer(verb.label, item, **one), f"do.{verb.name}", parameters=[KEY])
        found[f"{here}/{{id}}/{verb.name}"] = {"post": {**done, "description": verb.__doc__ or ""}, "parameters": [ID]}
    return found


def operation(kind: Kind, name: str, status: str, done: Schema, schema: str = "", *, parameters: Any = ()) -> Schema:
    refusals = [400, 401, 404]
    if name not in ("list", "get"):
        refusals += [403, 409, 412, 413, 415, 422]
    if name == "change":
        refusals.append(428)
    answers = {str(refusal): {"$ref": f"#/components/responses/{refusal}"} for refusal in refusals}
    made = {"operationId": f"{kind.path}.{name}", "tags": [kind.path], "parameters": list(parameters), "responses": {status: done, **answers}}
    if schema:
        content = {"application/json": {"schema": ref(f"{kind.path}.{schema}")}}
        made["requestBody"] = {"content": content, "required": schema in ("new", "change")}
    return made


def parameters(kind: Kind, user: Any) -> list[Schema]:
    sorts = [sign + word for word in ("newest", *kind.sorts) for sign in ("", "-")]
    return [
        asked("q", TEXT, _("Found by what the search box finds")),
        asked("sort", {"enum": sorts}, _("A minus turns the order")),
        asked("limit", {"type": "integer", "minimum": 1, "maximum": MOST, "default": FEW}, _("Items of one page")),
        asked("cursor", TEXT, _("What the page before said as its next")),
        *(asked(name, narrowed(filter), filter.column.label) for filter in filters.offered(kind, user) for name in filter.names),
    ]


def narrowed(filter: filters.Filter) -> Schema:
    if filter.column.choices:
        return listed({"enum": list(filter.column.choices)})
    return TEXT if filter.column.type in filters.RANGED or filter.column.type == "yesno" else listed(TEXT)


def asked(name: str, schema: Schema, description: Any, place: str = "query") -> Schema:
    return {"name": name, "in": place, "schema": schema, "description": description}


ID = {**asked("id", {"type": "integer", "minimum": 1}, "", "path"), "required": True}
MATCH = {**asked("If-Match", TEXT, _("The ETag of what the change was made on"), "header"), "required": True}
KEY = asked("Idempotency-Key", {"type": "string", "maxLength": 64}, _("The same key sent again is done once"), "header")
