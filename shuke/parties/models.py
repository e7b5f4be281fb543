"""Parties in every role, their contacts, relations, addresses, invoice titles and key dates."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Greatest, Least
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from shuke.core.fields import MoneyField, PhoneField, WordsField, derived
from shuke.core.record import LIVE, Owned, Record
from shuke.language import names, pinyin
from shuke.parties.fields import Check, DayOfYearField, SortKeyField, TaxNumberField

CUSTOMER, SUPPLIER, OTHER = 1, 2, 4  # the families of roles that rights go by; a party may be of several
FAMILIES = range(1, 8)
GRANTS = {CUSTOMER: "parties", SUPPLIER: "parties:supplier", OTHER: "parties:other"}  # what a role's grants call them

CURRENCY = "CNY"

ROLES = [
    ("prospect", _("Prospect")),
    ("buyer", _("Buyer")),
    ("distributor", _("Distributor")),
    ("partner", _("Partner")),
    ("supplier", _("Supplier")),
    ("competitor", _("Competitor")),
    ("media", _("Media")),
    ("authority", _("Authority")),
]
FAMILY_OF = {"supplier": SUPPLIER, "competitor": OTHER, "media": OTHER, "authority": OTHER}
STAGES = [
    ("new", _("Prospective")),
    ("interested", _("Interested")),
    ("first", _("First deal")),
    ("regular", _("Regular")),
    ("asleep", _("Asleep")),
    ("gone", _("Gone")),
]
SETTLES = [
    ("cash", _("Cash")),
    ("weekly", _("Weekly")),
    ("half_monthly", _("Every half month")),
    ("monthly", _("Monthly")),
    ("quarterly", _("Quarterly")),
    ("prepaid", _("Prepaid")),
]
WAYS = [("call", _("Telephone")), ("wechat", _("WeChat")), ("sms", _("Text message")), ("visit", _("Visit"))]
GENDERS = [("male", _("Male")), ("female", _("Female"))]
USES = [
    ("delivery", _("Delivery address")),
    ("shop", _("Shop")),
    ("office", _("Company office")),
    ("site", _("Building site")),
    ("other", _("Other use")),
]
INVOICES = [("general", _("General invoice")), ("special", _("Special VAT invoice"))]

# {type: (read from the party, read from the other one)}; a type that reads the same both ways is one relation, not two.
READINGS = {
    "referred": (_("referred {name}"), _("referred by {name}")),
    "parent_of": (_("parent of {name}"), _("belongs to {name}")),
    "distributor_of": (_("distributor of {name}"), _("distributed by {name}")),
    "supplier_of": (_("supplier of {name}"), _("supplied by {name}")),
    "partner_of": (_("works with {name}"), _("works with {name}")),
    "family": (_("family of {name}"), _("family of {name}")),
}
RELATIONS = [
    ("referred", _("referred")),
    ("parent_of", _("parent of")),
    ("distributor_of", _("distributor of")),
    ("supplier_of", _("supplier of")),
    ("partner_of", _("works with")),
    ("family", _("family of")),
]
MUTUAL = [key for key, (there, back) in READINGS.items() if there == back]


def prospect() -> list[str]:
    return ["prospect"]


def one_of(field: str, choices: list[tuple[str, Any]], *, blank: bool = False) -> Check:
    """The store takes no other word than `choices`: import, API and shell obey too."""
    known = [key for key, _label in choices] + ([""] if blank else [])
    return Check(condition=Q(**{f"{field}__in": known}), name=f"%(class)s_{field}_known")


def sorted_by(*columns: str, name: str) -> models.Index:
    return models.Index(fields=[*columns, "id"], condition=LIVE, name=name)


class Named(Record):
    """A record that is listed by the sound of its name."""

    sort_key: Any = derived(SortKeyField(_("Sort key"), max_length=140))

    class Meta:
        abstract = True

    def prepare(self) -> None:
        super().prepare()
        if self._state.adding or self.name != self._loaded.get("name"):
            self.sort_key = pinyin.sort_key(self.name)


class Region(models.Model):
    """Where something is: picked, or split from a pasted address; free text is always enough."""

    province = models.CharField(_("Province"), max_length=30, blank=True)
    city = models.CharField(_("City"), max_length=30, blank=True)
    district = models.CharField(_("District"), max_length=30, blank=True)

    class Meta:
        abstract = True


class Party(Named, Region, Owned):
    """An organisation or a person that the firm has to do with, in one or several roles."""

    name = models.CharField(_("Customer name"), max_length=200)
    is_organisation = models.BooleanField(_("Organisation"), default=None, blank=True)
    roles: Any = WordsField(_("Roles"), words=ROLES, default=prospect)
    family = derived(models.PositiveSmallIntegerField(_("Family of roles"), default=CUSTOMER))
    aliases: Any = WordsField(_("Also called"))
    bare = derived(models.CharField(_("Bare name"), max_length=200, default=""))
    phone = PhoneField(_("Phone"))
    wechat = models.CharField(_("WeChat id"), max_length=60, blank=True)
    email = models.EmailField(_("E-mail"), blank=True)
    site = models.URLField(_("Web site"), blank=True)
    stage = models.CharField(_("Stage"), max_length=10, choices=STAGES, default="new")
    stage_since = derived(models.DateTimeField(_("In this stage since"), default=timezone.now))
    tier = models.CharField(_("Tier"), max_length=20, blank=True)
    group = models.CharField(_("Customer type"), max_length=40, blank=True)
    tags: Any = WordsField(_("Tags"))
    source = models.CharField(_("Source"), max_length=60, blank=True)
    address = models.CharField(_("Street address"), max_length=255, blank=True)
    settle = models.CharField(_("Settlement"), max_length=12, choices=SETTLES, blank=True)
    pay_days = models.PositiveSmallIntegerField(_("Payment days"), null=True, blank=True)
    credit = MoneyField(_("Credit limit"), null=True, blank=True)
    debt: Any = MoneyField(_("Debt"), default=0, blank=True)
    debt_on = models.DateField(_("Debt as of"), null=True, blank=True)
    currency = models.CharField(_("Currency"), max_length=3, default=CURRENCY, blank=True)
    birthday = DayOfYearField(_("Birthday"), blank=True)
    preferences = models.TextField(_("Likes and dislikes"), blank=True)
    best_time = models.CharField(_("Best time to reach"), max_length=60, blank=True)
    best_way = models.CharField(_("Best way to reach"), max_length=10, choices=WAYS, blank=True)
    note = models.TextField(_("Note"), blank=True)
    last_contact_at = derived(models.DateTimeField(_("Last contact"), null=True))
    quiet_since = derived(models.DateTimeField(_("Quiet since"), default=timezone.now))
    merged_into = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        db_index=False,
        related_name="+",
        verbose_name=_("Merged into"),
    )

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        constraints = [
            Check(condition=~Q(name=""), name="party_has_a_name"),
            Check(
                condition=Q(credit__isnull=True) | Q(credit__gte=0),
                name="party_credit_not_negative",
                violation_error_message=_("A credit limit cannot be negative. Leave it empty for none."),
            ),
            Check(condition=Q(merged_into_id__isnull=True) | ~Q(merged_into_id=F("id")), name="party_not_merged_into_itself"),
            Check(condition=Q(family__in=FAMILIES), name="party_has_a_family"),
            one_of("stage", STAGES),
            one_of("settle", SETTLES, blank=True),
            one_of("best_way", WAYS, blank=True),
        ]
        indexes = [
            sorted_by("sort_key", name="party_name"),
            sorted_by("quiet_since", name="party_quiet"),
            sorted_by("debt", name="party_debt"),
            sorted_by("created_at", name="party_created"),
            sorted_by("owner", name="party_owner"),
            sorted_by("owner", "sort_key", name="party_owner_name"),
            sorted_by("owner", "quiet_since", name="party_owner_quiet"),
            sorted_by("owner", "debt", name="party_owner_debt"),
            sorted_by("family", name="party_family"),
            sorted_by("stage", name="party_stage"),
            sorted_by("tier", name="party_tier"),
            sorted_by("source", name="party_source"),
            sorted_by("city", name="party_city"),
            sorted_by("bare", name="party_bare"),
            sorted_by("phone", name="party_phone"),
            sorted_by("wechat", name="party_wechat"),
            models.Index(fields=["merged_into"], condition=Q(merged_into__isnull=False), name="party_merged"),
        ]

    def __str__(self) -> str:
        return self.name

    def prepare(self) -> None:
        super().prepare()
        adding = self._state.adding
        if adding or self.name != self._loaded.get("name"):
            self.bare = names.bare(self.name)[:200]
        if self.is_organisation is None:
            self.is_organisation = names.looks_like_organisation(self.name)
        self.debt, self.currency, self.roles = self.debt or Decimal(0), self.currency or CURRENCY, self.roles or prospect()
        if not adding and self.stage != self._loaded.get("stage"):
            self.stage_since = timezone.now()
        if adding:
            self.quiet_since = self.last_contact_at or self.created_at
        self.family = family_of(self.roles)


def family_of(roles: list[str]) -> int:
    """The families that `roles` (not none) belong to, as a sum of bits."""
    return sum({FAMILY_OF.get(role, CUSTOMER) for role in roles})


class Contact(Named):
    """A person whom one talks to at a party."""

    party = models.ForeignKey(Party, models.CASCADE, related_name="+", db_index=False, verbose_name=_("Customer"))
    name = models.CharField(_("Contact name"), max_length=100)
    title = models.CharField(_("Job title"), max_length=60, blank=True)
    is_decider = models.BooleanField(_("Decides"), default=False)
    phone = PhoneField(_("Phone"))
    phone_work = PhoneField(_("Work phone"))
    wechat = models.CharField(_("WeChat id"), max_length=60, blank=True)
    email = models.EmailField(_("E-mail"), blank=True)
    gender = models.CharField(_("Gender"), max_length=6, choices=GENDERS, blank=True)
    birthday = DayOfYearField(_("Birthday"), blank=True)
    best_time = models.CharField(_("Best time to reach"), max_length=60, blank=True)
    best_way = models.CharField(_("Best way to reach"), max_length=10, choices=WAYS, blank=True)
    likes = models.TextField(_("Likes and dislikes"), blank=True)
    note = models.TextField(_("Note"), blank=True)

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        constraints = [
            Check(condition=~Q(name=""), name="contact_has_a_name"),
            one_of("gender", GENDERS, blank=True),
            one_of("best_way", WAYS, blank=True),
        ]
        indexes = [
            models.Index(fields=["party", "id"], name="contact_party"),
            sorted_by("sort_key", name="contact_name"),
            sorted_by("phone", name="contact_phone"),
            sorted_by("wechat", name="contact_wechat"),
        ]

    def __str__(self) -> str:
        return self.name


class Relation(Record):
    """What one party is to another; read from either side."""

    party = models.ForeignKey(Party, models.CASCADE, related_name="+", db_index=False, verbose_name=_("Customer"))
    type = models.CharField(_("Relation"), max_length=20, choices=RELATIONS)
    other = models.ForeignKey(Party, models.PROTECT, related_name="+", db_index=False, verbose_name=_("To whom"))
    note = models.CharField(_("Note"), max_length=255, blank=True)

    class Meta:
        verbose_name = _("relation")
        verbose_name_plural = _("relations")
        constraints = [
            Check(
                condition=~Q(party_id=F("other_id")),
                name="relation_to_another",
                violation_error_message=_("A customer cannot be related to itself. Please pick another one."),
            ),
            models.UniqueConstraint(
                fields=["party", "other", "type"],
                condition=LIVE,
                name="one_relation",
                violation_error_message=_("This relation is already there."),
            ),
            models.UniqueConstraint(
                Least("party", "other"),
                Greatest("party", "other"),
                "type",
                condition=LIVE & Q(type__in=MUTUAL),
                name="one_mutual_relation",
                violation_error_message=_("This relation is already there, seen from the other side."),
            ),
            one_of("type", RELATIONS),
        ]
        indexes = [
            models.Index(fields=["party", "id"], name="relation_party"),
            models.Index(fields=["other", "id"], name="relation_other"),
        ]

    def __str__(self) -> str:
        # Neither end is named: who reads this may not see both.
        return str(self.get_type_display())


class Address(Region, Record):
    """A further place of a party: where to deliver, its shop, a building site."""

    party = models.ForeignKey(Party, models.CASCADE, related_name="+", db_index=False, verbose_name=_("Customer"))
    use = models.CharField(_("Used for"), max_length=10, choices=USES, default="delivery")
    text = models.CharField(_("Street address"), max_length=255)
    postcode = models.CharField(_("Postcode"), max_length=10, blank=True)
    receiver = models.CharField(_("Receiver"), max_length=60, blank=True)
    phone = PhoneField(_("Phone"))

    class Meta:
        verbose_name = _("address")
        verbose_name_plural = _("addresses")
        constraints = [one_of("use", USES)]
        indexes = [models.Index(fields=["party", "id"], name="address_party")]

    def __str__(self) -> str:
        return self.text  # the region is columns of its own, with rights of their own

    @property
    def whole(self) -> str:
        """As one writes it on a parcel; a city that is its own province is named once."""
        return "".join(dict.fromkeys([self.province, self.city, self.district])) + self.text


class InvoiceTitle(Record):
    """What stands on an invoice to a party; one may have several."""

    party = models.ForeignKey(Party, models.CASCADE, related_name="+", db_index=False, verbose_name=_("Customer"))
    title = models.CharField(_("Invoice title"), max_length=200)
    tax_no = TaxNumberField(_("Tax number"), max_length=20, blank=True)
    type = models.CharField(_("Type of invoice"), max_length=10, choices=INVOICES, default="general")
    bank = models.CharField(_("Bank"), max_length=120, blank=True)
    account = models.CharField(_("Bank account"), max_length=40, blank=True)
    address = models.CharField(_("Registered address"), max_length=255, blank=True)
    phone = PhoneField(_("Phone"))

    class Meta:
        verbose_name = _("invoice title")
        verbose_name_plural = _("invoice titles")
        constraints = [
            Check(condition=~Q(title=""), name="invoice_title_has_a_title"),
            models.UniqueConstraint(
                fields=["party", "title", "tax_no"],
                condition=LIVE,
                name="one_invoice_title",
                violation_error_message=_("This customer already has this invoice title."),
            ),
            one_of("type", INVOICES),
        ]
        indexes = [
            models.Index(fields=["party", "id"], name="invoice_title_party"),
            sorted_by("tax_no", name="invoice_title_tax_no"),
        ]

    def __str__(self) -> str:
        return self.title


class KeyDate(Record):
    """A day to remember at a party: an anniversary, the end of a licence."""

    party = models.ForeignKey(Party, models.CASCADE, related_name="+", db_index=False, verbose_name=_("Customer"))
    what = models.CharField(_("Occasion"), max_length=60)
    day = DayOfYearField(_("Day"))
    yearly = models.BooleanField(_("Every year"), default=True)
    note = models.CharField(_("Note"), max_length=255, blank=True)

    class Meta:
        verbose_name = _("key date")
        verbose_name_plural = _("key dates")
        constraints = [Check(condition=~Q(what="") & ~Q(day=""), name="key_date_is_said")]
        indexes = [models.Index(fields=["party", "id"], name="key_date_party")]

    def __str__(self) -> str:
        return self.what
