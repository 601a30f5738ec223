"""The words for roles and for the demo's doors, whose codes are made of names."""

from __future__ import annotations

from typing import Any

from django import template
from django.conf import settings

from tongtu.hub.look.templatetags.tongtu import lang
from tongtu.hub.people import demo
from tongtu.terms.words import word

register = template.Library()


@register.simple_tag
def role_word(name: str) -> str:
    """A role in the reader's language."""
    return word(f"hub_people.role-{name}", lang())


@register.simple_tag
def door_word(door: demo.Door) -> dict[str, str]:
    """A door's name, and the tour behind it."""
    return {part: word(f"hub_people.{code}-{door.name}", lang()) for part, code in (("name", "door"), ("tour", "tour"))}


@register.inclusion_tag("people/doors.html", takes_context=True)
def demo_doors(context: dict[str, Any]) -> dict[str, Any]:
    """The doors of the demo; nothing in a hub with real data."""
    return {"doors": demo.doors() if settings.DEMO else (), "csrf_token": context.get("csrf_token")}
