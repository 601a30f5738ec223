"""Who belongs to an organisation, in which roles; inviting and joining."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.core.validators import validate_email
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from tongtu.hub.look.faults import sentences
from tongtu.hub.look.templatetags.tongtu import lang
from tongtu.hub.people import members
from tongtu.hub.people.models import Invitation, Organisation, Role, User
from tongtu.hub.people.signing import BACKEND
from tongtu.hub.records.permit import may, require
from tongtu.terms.faults import UsageFault
from tongtu.terms.words import word


def organisation_of(request: HttpRequest, pk: uuid.UUID | None, action: str) -> Organisation:
    """The organisation named, or the one acted for; 404 where this action is not open to the asker."""
    named = pk or request.asker.organisation
    if named is None:
        raise Http404
    found = get_object_or_404(Organisation, pk=named)
    if named != request.asker.organisation and not may(request.asker, action, kind="people", tenant=found.pk).allowed:
        raise Http404
    require(request.asker, action, kind="people", tenant=found.pk)
    return found


@require_GET
def index(request: HttpRequest, pk: uuid.UUID | None = None) -> HttpResponse:
    """Members with their roles, and the invitations that are open."""
    return _page(request, organisation_of(request, pk, "see_members"))


def _page(request: HttpRequest, organisation: Organisation, status: int = 200, **more: Any) -> HttpResponse:
    asker = request.asker
    allowed = {
        action: may(asker, action, kind="people", tenant=organisation.pk).allowed
        for action in ("invite", "grant_role", "remove_member")
    }
    waiting = Invitation.objects.filter(organisation=organisation, accepted_at=None, withdrawn_at=None)
    context = {
        "organisation": organisation,
        "title": organisation.title(lang()),
        "members": members.members(organisation.pk),
        "waiting": waiting.order_by("-created_at") if allowed["invite"] else (),
        "roles": members.roles_of(organisation, asker),
        "allowed": allowed,
        **more,
    }
    return render(request, "people/members.html", context, status=status)


@require_POST
def invite(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Invites an address; the link goes by mail, and is shown once for a house without mail."""
    organisation = organisation_of(request, pk, "invite")
    email, role = request.POST.get("email", "").strip(), request.POST.get("role", "")
    try:
        validate_email(email)
        found, secret = members.invite(request.asker, organisation, email, role)
    except ValidationError as error:
        return _page(request, organisation, 422, error=" ".join(error.messages), email=email, role=role)
    except UsageFault as fault:
        return _page(request, organisation, 422, error=" ".join(sentences(fault)), email=email, role=role)
    link = request.build_absolute_uri(f"/people/join/{secret}/")
    title = organisation.title(lang())
    send_mail(
        word("hub_people.mail-subject", lang(), organisation=title),
        word("hub_people.mail-text", lang(), organisation=title, link=link, days=members.INVITED_FOR.days),
        None,
        [found.email],
    )
    return _page(request, organisation, link=link, invited=found.email)


@require_POST
def withdraw(request: HttpRequest, invitation: uuid.UUID) -> HttpResponse:
    """Takes an invitation back."""
    found = get_object_or_404(Invitation, pk=invitation, accepted_at=None)
    organisation = organisation_of(request, found.organisation_id, "invite")
    members.withdraw(request.asker, found)
    return redirect("people:members_of", organisation.pk)


@require_POST
def give(request: HttpRequest, pk: uuid.UUID, user: uuid.UUID) -> HttpResponse:
    """A further role for a member; nobody gives one to themselves."""
    organisation = organisation_of(request, pk, "see_members")
    itself = user == request.asker.user
    require(request.asker, "grant_role", kind="people", tenant=organisation.pk, self_target=itself)
    member = get_object_or_404(User, pk=user, roles__organisation=organisation.pk)
    try:
        members.give(request.asker, member, organisation, request.POST.get("role", ""))
    except UsageFault as fault:
        messages.error(request, " ".join(sentences(fault)))
    return redirect("people:members_of", organisation.pk)


@require_POST
def take(request: HttpRequest, pk: uuid.UUID, user: uuid.UUID) -> HttpResponse:
    """Takes a role away; the person keeps the others, and is gone when none remains.

    It is named by organisation, person and role: its number would tell how many roles all organisations have given.
    """
    organisation = organisation_of(request, pk, "remove_member")
    held = Role.objects.filter(organisation=organisation, user=user).select_related("organisation")
    found = get_object_or_404(held, name=request.POST.get("role", ""))
    try:
        members.take(request.asker, found)
    except UsageFault as fault:
        messages.error(request, " ".join(sentences(fault)))
    return redirect("people:members_of", organisation.pk)


def join(request: HttpRequest, secret: str) -> HttpResponse:
    """Behind an invitation's link: a new account, or one more organisation for the one signed in."""
    invitation = members.invitation_of(secret)
    if invitation is None:
        return render(request, "people/join.html", {"invitation": None}, status=404)
    errors: list[str] = []
    if request.method == "POST":
        errors, user = _joined(request, invitation)
        if user is not None:
            if not request.user.is_authenticated:
                login(request, user, backend=BACKEND)
            request.session["acting_for"] = str(invitation.organisation_id)
            return redirect("home")
    context = {
        "invitation": invitation,
        "title": invitation.organisation.title(lang()),
        "errors": errors,
        "name": request.POST.get("name", ""),
    }
    return render(request, "people/join.html", context, status=422 if errors else 200)


def _joined(request: HttpRequest, invitation: Invitation) -> tuple[list[str], User | None]:
    """What was wrong with the form, or the person who has joined."""
    known = request.user if request.user.is_authenticated else None
    name, password = request.POST.get("name", "").strip(), request.POST.get("password", "")
    errors = [] if known else _password_faults(password, request.POST.get("again", ""), invitation.email)
    if not known and not name:
        errors.append(word("hub_people.name-missing", lang()))
    if errors:
        return errors, None
    try:
        return [], members.join(invitation, known, name, password)
    except UsageFault as fault:
        return sentences(fault), None


def _password_faults(password: str, again: str, email: str) -> list[str]:
    faults = [word("hub_people.passwords-differ", lang())] if password != again else []
    try:
        validate_password(password, User(email=email))
    except ValidationError as error:
        faults += error.messages
    return faults


@require_POST
def act(request: HttpRequest) -> HttpResponse:
    """Acts for another organisation of one's own."""
    wanted = request.POST.get("organisation", "")
    if not request.user.is_authenticated or wanted not in _places(request.user):
        raise Http404
    request.session["acting_for"] = wanted
    return redirect("home")


def _places(user: User) -> set[str]:
    return {str(pk) for pk in Role.objects.filter(user=user).values_list("organisation", flat=True)}
