"""What is done with people: set the firm up, invite, switch off and on, give roles, move, sign out everywhere."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shuke.core import act as work
from shuke.core import scope, undo
from shuke.core.actions import action
from shuke.core.models import Batch, Firm
from shuke.core.record import Refused, change_many, create_many
from shuke.notices.actions import tell
from shuke.notices.reasons import reason
from shuke.people import handover, ready, rights
from shuke.people.forms import DepartmentForm, HandOverForm, HeldRoleForm, RoleForm
from shuke.people.models import OWNER, Department, FieldRight, Grant, Invitation, Member, Role, Session, Token, User
from shuke.people.rights import RightsForm

HANDED = reason("handed", gettext_lazy("A colleague's customers were handed over to me"))
VALID = {"join": timedelta(hours=24), "reset": timedelta(minutes=30)}
WEAK = {
    "password_too_short": gettext_lazy("Please choose at least ten characters."),
    "password_too_common": gettext_lazy("Many people use this password. Please choose another one."),
    "password_too_similar": gettext_lazy("This is too much like your name or number. Please choose another password."),
}
system = scope.system("who holds which role decides what may be done")


def set_up(
    firm_name: str,
    *,
    login: str,
    password: str,
    name: str,
    peers_see: bool = False,
    modules: Sequence[str] = ("parties", "people"),
) -> User:
    """Make the firm, its five roles and its owner, all or nothing. `peers_see`: salespeople see each other's customers.

    Raises Refused when there is a firm already, or when the password is too weak.
    """
    with work.act("set_up", kind=Firm._meta.label_lower):
        if system.rows(Firm).exists():
            raise Refused(_("This is already set up. Please sign in."))
        Firm(name=firm_name, modules=list(modules)).save()
        owner = User(name=name, login=login)
        set_password(owner, password)
        owner.save()
        roles = make_roles(peers_see=peers_see)
        Member(user=owner, role=roles[OWNER]).save()
    return owner


def not_the_set_up(batch: Batch) -> None:
    """Without its roles and their rights nobody could do anything, not even put it right."""
    if batch.verb == "set_up":
        raise Refused(_("The beginning of the firm cannot be taken back."))


undo.guards.append(not_the_set_up)


def make_roles(*, peers_see: bool) -> dict[str, Role]:
    """The ready roles with their grants and field rights, by key."""
    grants: list[Grant] = []
    fields: list[FieldRight] = []
    told = ready.roles()
    roles = create_many([Role(key=one.key, name=one.name, position=place) for place, one in enumerate(told)])
    for role, one in zip(roles, told, strict=True):
        said = one.grants | (one.peers if peers_see else {})
        grants += [Grant(role=role, on=on, verb=verb, reach=reach) for (on, verb), reach in said.items()]
        fields += [FieldRight(role=role, on=on, field=name, level=level) for (on, name), level in one.fields.items()]
    create_many(grants)
    create_many(fields)
    return {role.key: role for role in roles}


def set_password(user: User, password: str) -> None:
    """Give `user` the password, not yet saved. Raises Refused with the reasons when it is too weak."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Refused(" ".join(str(WEAK[reason.code or ""]) for reason in error.error_list)) from None
    user.set_password(password)


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def new_link(user: User, purpose: str) -> str:
    """The token of a link for `user`; it works once, and the links before it no longer do."""
    change_many(open_links(user), verb="withdrawn", expires=timezone.now())
    token = secrets.token_urlsafe(24)
    Invitation(user=user, purpose=purpose, digest=digest(token), expires=timezone.now() + VALID[purpose]).save(verb="invited")
    return token


def open_links(user: User) -> list[Invitation]:
    return list(system.rows(Invitation).live().filter(user=user, used_at=None, expires__gt=timezone.now()))


@action(gettext_lazy("Invite"), when=Q(is_active=True, last_login__isnull=True))
def invite(user: User) -> str:
    """The token of a link by which `user` joins within 24 hours. Shown on the owner's screen, sent by nobody but him."""
    return new_link(user, "join")


@action(gettext_lazy("New password"), when=Q(is_active=True, last_login__isnull=False))
def reset_password(user: User) -> str:
    """The token of a link by which `user` sets a new password within 30 minutes; the old one works until then."""
    return new_link(user, "reset")


def invitation(token: str, *, lock: bool = False) -> Invitation:
    """The open invitation with this token. Raises Refused when there is none: unknown, used and expired look the same."""
    rows = system.rows(Invitation).live().select_related("user").filter(digest=digest(token))
    found = (rows.select_for_update(of=("self",)) if lock else rows).first()
    if found is None or not found.is_open or not found.user.is_active:
        raise Refused(_("This link was used already or is too old. Please ask the owner of your firm for a new one."))
    return found


def join(token: str, password: str) -> User:
    """Set the password of whom the link is for; the link is used up and all his sessions end.

    Raises Refused for a link that is not open, and for a weak password, which leaves the link as it was.
    """
    with work.acting(invitation(token).user_id, work.actor().door), work.act("joined", kind=User._meta.label_lower):
        link = invitation(token, lock=True)  # it may have been used in the same moment
        user = link.user
        set_password(user, password)
        user.save(verb="joined" if link.purpose == "join" else "password_reset")
        link.used_at = timezone.now()
        link.save(verb="used")
        end_sessions(user)
    return user


def change_password(user: User, *, old: str, new: str) -> None:
    """A person changes his own password; his other sessions end. Raises Refused when `old` is wrong or `new` too weak."""
    if not user.check_password(old):
        raise Refused(_("This is not your present password."))
    with work.act("password_changed", kind=User._meta.label_lower):
        set_password(user, new)
        user.save(verb="password_changed")
        end_sessions(user)


def end_sessions(user: User) -> int:
    return Session.objects.filter(user=user).delete()[0]


@action(gettext_lazy("Switch off"), when=Q(is_active=True), tone="danger")
def switch_off(user: User) -> None:
    """`user` leaves: his sign-in, sessions, links and tokens end, also if he comes back; his name and his records stay."""
    user.is_active = False
    user.save(verb="switch_off")
    change_many(open_links(user), verb="withdrawn", expires=timezone.now())
    change_many(system.rows(Token).live().filter(user=user, revoked_at=None), verb="revoked", revoked_at=timezone.now())
    end_sessions(user)


@action(gettext_lazy("Switch on"), when=Q(is_active=False))
def switch_on(user: User) -> None:
    user.is_active = True
    user.save(verb="switch_on")


@action(gettext_lazy("Give a role"), when=Q(is_active=True), form=RoleForm)
def give_role(user: User, *, role: Role) -> None:
    if not system.rows(Member).live().filter(user=user, role=role).exists():
        Member(user=user, role=role).save(verb="give_role")


@action(gettext_lazy("Take a role away"), form=HeldRoleForm)
def take_role(user: User, *, role: Role) -> None:
    for member in system.rows(Member).live().filter(user=user, role=role):
        member.delete(verb="take_role")


@action(gettext_lazy("Move to a department"), form=DepartmentForm)
def move_to_department(user: User, *, department: Department | None) -> None:
    """From the next request on the heads of that department see what is his; who owns what stays."""
    user.department = department
    user.save(verb="move_to_department")


@action(gettext_lazy("Hand over"), form=HandOverForm, shared=True)
def hand_over(user: User, *, to: Sequence[User], leaves: bool = False) -> None:
    """Give all that `user` looks after to the colleagues `to`, in turns where they are several. `leaves`: switch him off first.

    Raises Refused for himself, for one who is switched off, and where there is nothing to hand over and he stays.
    """
    if not to or user in to:
        raise Refused(_("Please choose another colleague who takes over."))
    for other in to:
        if not other.is_active:
            raise Refused(_("%(user)s no longer works here. Please choose another colleague.") % {"user": other})
    if leaves:
        switch_off(user)
    if not handover.begin(user, to) and not leaves:
        raise Refused(_("%(user)s looks after nothing.") % {"user": user})
    heirs = [other.pk for other in to if other.pk != work.actor().user]
    tell(heirs, _("What %(user)s looked after was handed over to you.") % {"user": user}, "/", HANDED)


@action(gettext_lazy("Sign out everywhere"), when=Q(is_active=True))
def sign_out_everywhere(user: User) -> int:
    """End every session of `user` at once. Returns how many there were."""
    return end_sessions(user)


@action(gettext_lazy("Rights"), when=~Q(key=OWNER), form=RightsForm)
def set_rights(role: Role, **said: str) -> None:
    """Change what `role` may do: {"grant path verb": reach, "field path name": level} of what is to be otherwise.

    Raises Refused for a role that whoever asks holds himself.
    """
    if system.rows(Member).live().filter(role=role, user=work.actor().user).exists():
        raise Refused(_("Nobody changes what he may do himself. Please ask another owner."))
    rights.write(role, said)
