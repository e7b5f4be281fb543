"""People: users, departments, roles with their grants, invitations, sessions."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from shuke.core import act, scope
from shuke.core.fields import PhoneField, derived
from shuke.core.record import LIVE, Guarded, Record, RecordQuerySet, Refused
from shuke.language import cleaners, phones
from shuke.language.folding import fold

DEVICES = ("iPhone", "iPad", "HarmonyOS", "Android", "Windows", "Macintosh", "Linux")
OWNER = "owner"  # key of the role that must never be without a person


def spelled(login: Any) -> str:
    """A sign-in name in its one spelling: a phone number in its storage form, else the name folded, without blanks."""
    text = str(login or "")
    try:
        return phones.normal(text)
    except cleaners.BadValue:
        return fold(text).replace(" ", "")


class LoginField(models.CharField):
    """A mobile number or a short name, the same however it is typed."""

    def to_python(self, value: Any) -> Any:
        return spelled(value) if isinstance(value, str) else value

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = self.to_python(getattr(model_instance, self.attname))
        setattr(model_instance, self.attname, value)
        return value


class Department(Record):
    """A part of the firm; a branch is one with an address, as a shop has."""

    configures = True
    name = models.CharField(_("Name"), max_length=60)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Part of"))
    is_branch = models.BooleanField(_("Is a branch or shop"), default=False)
    address = models.CharField(_("Address"), max_length=200, blank=True)
    phone = PhoneField(_("Phone"))

    class Meta:
        verbose_name = _("department")
        verbose_name_plural = _("departments")

    def __str__(self) -> str:
        return self.name

    def save(self, **kwargs: Any) -> None:
        if self.pk and self.parent_id and self.pk in above(self.parent_id):
            raise Refused(gettext("“%(name)s” would be a part of itself. Please choose another one.") % {"name": self})
        super().save(**kwargs)


def above(department: int) -> set[int]:
    """The department and all it is a part of, as ids."""
    parents = dict(scope.system("shape of the tree").rows(Department).values_list("pk", "parent_id"))
    found: set[int] = set()
    here: int | None = department
    while here is not None and here not in found:
        found.add(here)
        here = parents.get(here)
    return found


class UserManager(Guarded["User"]):
    """What sign-in libraries ask of a user model; they run before anybody is known whose scope it could be."""

    def get_by_natural_key(self, login: str) -> User:
        return scope.system("sign-in").rows(User).live().get(login=spelled(login))


class User(Record, AbstractBaseUser):
    """A person who works here. Who leaves is switched off, not deleted: the name stays on the past."""

    configures = True
    secret = frozenset({"password"})
    THEMES = [("", _("As the device says")), ("light", _("Light")), ("dark", _("Dark"))]

    name = models.CharField(_("Full name"), max_length=60)
    login = LoginField(
        _("Mobile number or short name"),
        max_length=60,
        unique=True,
        error_messages={"unique": _("Somebody else already signs in by this name or number.")},
    )
    mobile = PhoneField(_("Mobile number"))
    email = models.EmailField(_("E-mail"), blank=True)
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Department")
    )
    language = models.CharField(_("Language"), max_length=10, blank=True, choices=settings.LANGUAGES)
    theme = models.CharField(_("Appearance"), max_length=10, blank=True, choices=THEMES)
    is_active = models.BooleanField(_("May sign in"), default=True)
    last_login = derived(models.DateTimeField(_("Last sign-in"), null=True))

    objects = UserManager()

    USERNAME_FIELD = "login"
    EMAIL_FIELD = "email"

    class Meta:
        verbose_name = _("colleague")
        verbose_name_plural = _("colleagues")
        constraints = [
            models.UniqueConstraint(
                fields=["mobile"],
                condition=LIVE & ~Q(mobile=""),
                name="one_mobile",
                violation_error_code="unique",  # told at the field
                violation_error_message=_("Somebody else has this mobile number."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """The login is brought to its one spelling by its own field."""

    def prepare(self) -> None:
        self.password: str = self.password or make_password(None)

    def save(self, **kwargs: Any) -> None:
        with transaction.atomic():
            if not self._state.adding and self._loaded.get("is_active") and not self.is_active:
                keep_an_owner(self)
            super().save(**kwargs)

    def delete(self, **kwargs: Any) -> None:
        raise Refused(gettext("The past keeps the names of colleagues. Please switch “%(name)s” off instead.") % {"name": self})

    def search_text(self) -> Iterable[str]:
        yield self.login

    @property
    def roles(self) -> RecordQuerySet[Role]:
        system = scope.system("roles of a person")
        held = system.rows(Member).live().filter(user=self).values("role")
        return system.rows(Role).live().filter(pk__in=held).order_by("position", "pk")


class Role(Record):
    """What some people may do; a person may hold several, and their rights add up."""

    configures = True
    name = models.CharField(_("Name"), max_length=60)
    key = models.SlugField(_("Key"), max_length=40)
    position = models.PositiveSmallIntegerField(_("Position"), default=0)

    def prepare(self) -> None:
        self.key = self.key or f"role-{secrets.token_hex(4)}"  # those of a new firm are known by name, those of its own by chance

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        constraints = [models.UniqueConstraint(fields=["key"], condition=LIVE, name="one_role")]

    def __str__(self) -> str:
        return self.name


class Grant(Record):
    """A role may do `verb` on the records of the kind with the path `on`, as far as `reach` says; "*" means every one."""

    configures = True
    REACHES = [("none", _("Nothing")), ("own", _("Own")), ("department", _("Department")), ("all", _("All"))]
    role = models.ForeignKey(Role, models.CASCADE, related_name="+", verbose_name=_("Role"))
    on = models.CharField(_("Of"), max_length=60)
    verb = models.CharField(_("Act"), max_length=60)
    reach = models.CharField(_("Reach"), max_length=10, choices=REACHES)

    class Meta:
        verbose_name = _("grant")
        verbose_name_plural = _("grants")
        constraints = [
            models.UniqueConstraint(fields=["role", "on", "verb"], condition=LIVE, name="one_grant"),
            models.CheckConstraint(condition=Q(reach__in=["none", "own", "department", "all"]), name="grant_reach"),
        ]

    def __str__(self) -> str:
        return f"{self.on} {self.verb}: {self.reach}"


class FieldRight(Record):
    """A role sees the field `field` of the kind with the path `on` no further than `level`."""

    configures = True
    LEVELS = [("edit", _("See and change")), ("read", _("See")), ("masked", _("See in part")), ("hidden", _("Not see"))]
    role = models.ForeignKey(Role, models.CASCADE, related_name="+", verbose_name=_("Role"))
    on = models.CharField(_("Of"), max_length=60)
    field = models.CharField(_("Field"), max_length=60)
    level = models.CharField(_("Level"), max_length=10, choices=LEVELS)

    class Meta:
        verbose_name = _("field right")
        verbose_name_plural = _("field rights")
        constraints = [
            models.UniqueConstraint(fields=["role", "on", "field"], condition=LIVE, name="one_field_right"),
            models.CheckConstraint(condition=Q(level__in=["edit", "read", "masked", "hidden"]), name="field_right_level"),
        ]

    def __str__(self) -> str:
        return f"{self.on} {self.field}: {self.level}"


class Member(Record):
    """A person holds a role."""

    configures = True
    user = models.ForeignKey(User, models.CASCADE, related_name="+", verbose_name=_("Colleague"))
    role = models.ForeignKey(Role, models.PROTECT, related_name="+", verbose_name=_("Role"))

    class Meta:
        verbose_name = _("role of a colleague")
        verbose_name_plural = _("roles of colleagues")
        constraints = [models.UniqueConstraint(fields=["user", "role"], condition=LIVE, name="one_membership")]

    def __str__(self) -> str:
        return f"{self.user} {self.role}"

    def save(self, **kwargs: Any) -> None:
        with transaction.atomic():
            if not self.is_live and self.role.key == OWNER:
                keep_an_owner(self.user)
            if act.actor().user == self.user_id:
                raise Refused(gettext("Nobody changes his own roles. Please ask another owner."))
            super().save(**kwargs)


def keep_an_owner(user: User) -> None:
    """Raises Refused when without `user` no owner would be left who may sign in. In the models, so that undo obeys too."""
    system = scope.system("the last owner stays")
    # Locked before reading: two owners may switch each other off in the same moment.
    role = system.rows(Role).live().select_for_update().filter(key=OWNER).first()
    owners = set(system.rows(Member).live().filter(role=role, user__is_active=True).values_list("user", flat=True))
    if owners == {user.pk}:
        raise Refused(gettext("At least one owner must stay."))


class Invitation(Record):
    """A link that lets `user` set a password once. Only the SHA-256 of its token is kept."""

    secret = frozenset({"digest"})
    PURPOSES = [("join", _("Join")), ("reset", _("New password"))]
    user = models.ForeignKey(User, models.CASCADE, related_name="+", verbose_name=_("Colleague"))
    purpose = models.CharField(_("Purpose"), max_length=10, choices=PURPOSES)
    digest = models.CharField(max_length=64, unique=True)
    expires = models.DateTimeField(_("Valid until"))
    used_at = models.DateTimeField(_("Used"), null=True, blank=True)

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} {self.user}"

    @property
    def is_open(self) -> bool:
        return self.is_live and self.used_at is None and timezone.now() < self.expires


class SignInTry(models.Model):
    """Failed sign-ins of one login or of one address, known by a digest: people type passwords into the wrong box."""

    id = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=64, unique=True)
    fails = models.PositiveIntegerField(default=0)
    last = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return self.key


class Session(AbstractBaseSession):
    """A signed-in browser. The key is kept as its digest, so a copied store or backup opens no session."""

    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="+")
    created = models.DateTimeField(default=timezone.now)
    address = models.CharField(max_length=45, blank=True)
    device = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [models.Index(fields=["user", "-created"], name="session_of_user")]

    @property
    def device_name(self) -> str:
        """What a person calls it, from what the browser says of itself."""
        return next((name for name in DEVICES if name.lower() in self.device.lower()), self.device[:40])


class Token(Record):
    """A key to the API for one person. Only its SHA-256 is kept; `last_used_at` is right to the minute."""

    secret = frozenset({"digest"})
    user = models.ForeignKey(User, models.CASCADE, related_name="+", verbose_name=_("Colleague"))
    name = models.CharField(_("Name"), max_length=60)
    digest = models.CharField(max_length=64, unique=True)
    last_used_at = derived(models.DateTimeField(_("Last used"), null=True))
    revoked_at = models.DateTimeField(_("Revoked"), null=True, blank=True)

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")

    def __str__(self) -> str:
        return self.name
