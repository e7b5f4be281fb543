"""What the card asks about each rule that is in doubt."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from shuke.language.pasting.proposals import Ask

SENTENCES: dict[str, Any] = {
    "whose": _("The text does not tell who it is. Whose page shall it stand on?"),
    "only_called": _("“%(said)s” is only what one calls a person, there is no phone: is it %(said)s of “%(customer)s”?"),
    "only_named": _("Only the name “%(said)s” is there, no phone: is it your customer “%(customer)s”?"),
    "similar_name": _("The name is like “%(name)s”: is it the same firm?"),
    "shop_unknown": _("The shop or the boss is not named, so the person's own name is taken for now."),
    "whose_title": _("To which of your customers does this invoice title belong?"),
    "which_role": _("Is it a customer, a supplier or a competitor?"),
    "which_city": _("In which city is “%(place)s”?"),
    "which_region": _("%(district)s: %(choices)s?"),
    "letter_in_number": _("“%(number)s” holds the letter O. Is it a phone number?"),
    "changed_wechat": _("They have a new WeChat and do not say its id."),
    "same_place": _("“%(text)s”: the address of last time?"),
    "we_promised": _("We promised: %(text)s"),
    "another_one": _("%(name)s asked for the same and gave no phone. Make a customer of them?"),
    "which_product": _("Is “%(said)s” the product “%(product)s”?"),
    "new_product": _("There is no product “%(product)s”. It stays in the text."),
    "same_as_before": _("“%(product)s” as always: how much was it the last time?"),
    "on_account": _("“%(text)s”: put it on the account."),
    "which_day": _("It is not said for which day."),
    "sum_differs": _("The text says %(said)s yuan in all, reckoned it is %(reckoned)s. Which one holds?"),
    "deposit_arrived": _("Has the deposit of %(amount)s yuan arrived?"),
    "invoice_request": _("%(amount)s yuan, tax rate %(rate)s %%: do they want an invoice?"),
    "wrong_tax_number": _("The tax number %(number)s cannot be right, so it is left out. Ask for it again."),
    "due_day": _("Shall the day agreed for the payment be changed?"),
    "book_on_arrival": _("Book today's %(amount)s yuan only when they have arrived."),
    "entry": _("How one gets in: %(text)s. Note it with the customer?"),
    "repaired_before": _("It was repaired before: which repair was that?"),
    "past_day": _("%(day)s is over already. Which day is meant?"),
}


def sentence(ask: Ask) -> str:
    return str(SENTENCES[ask.rule]) % ask.said
