"""Django's rules for passwords, speaking the one catalogue: the framework's own Chinese is not complete."""

from __future__ import annotations

from django.contrib.auth import password_validation as django

from tongtu.hub.look.templatetags.tongtu import lang
from tongtu.terms.words import word


class Length(django.MinimumLengthValidator):
    """At least so many characters."""

    def get_error_message(self) -> str:
        return word("hub.password-short", lang(), n=self.min_length)

    def get_help_text(self) -> str:
        return word("hub.password-rule-length", lang(), n=self.min_length)


class Common(django.CommonPasswordValidator):
    """None of the twenty thousand that everybody tries first."""

    def get_error_message(self) -> str:
        return word("hub.password-common", lang())

    def get_help_text(self) -> str:
        return word("hub.password-rule-common", lang())


class Similar(django.UserAttributeSimilarityValidator):
    """Not one's own name or address."""

    def get_error_message(self) -> str:
        return word("hub.password-similar", lang())

    def get_help_text(self) -> str:
        return word("hub.password-rule-similar", lang())
