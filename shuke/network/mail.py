"""E-mail to a server that a person typed, by the same guard; what the server says against it comes back in words."""

from __future__ import annotations

import contextlib
import smtplib
import ssl
import time
from email.message import EmailMessage
from typing import Any, Literal, NamedTuple

from django.utils.translation import gettext as _

from shuke.network import guard

Security = Literal["tls", "starttls", "none"]


class Server(NamedTuple):
    """`security` is tls (from the first byte), starttls or none; without `user` nobody signs in."""

    host: str
    port: int
    security: Security
    user: str
    password: str


class Smtp(smtplib.SMTP):
    """SMTP over a checked connection that ends in time."""

    def __init__(self, server: Server, until: float) -> None:
        self.server, self.until = server, until
        super().__init__(guard.host_of(server.host), server.port, local_hostname="localhost", timeout=guard.SECONDS)

    def _get_socket(self, host: str, port: int, timeout: Any) -> Any:
        made = guard.connect(host, port, self.until)
        return guard.tls(self.until).wrap_socket(made, server_hostname=host) if self.server.security == "tls" else made


def send(server: Server, message: EmailMessage) -> str:
    """Hand `message` to the server. Returns what the server said. Raises Shut with a sentence that quotes it."""
    until = time.monotonic() + guard.SECONDS
    with guard.told(server.host), contextlib.ExitStack() as stack:
        try:
            smtp = Smtp(server, until)
            stack.callback(smtp.close)
            if server.security == "starttls":
                smtp.starttls(context=guard.tls(until))
            if server.user:
                smtp.login(server.user, server.password)
            refused = smtp.send_message(message)
        except smtplib.SMTPNotSupportedError:
            raise guard.Shut(_("“%(host)s” does not offer this security or this sign-in.") % {"host": server.host}) from None
        except smtplib.SMTPAuthenticationError as error:
            raise refusal(_("“%(host)s” does not take this user name and password: %(said)s"), server, error.smtp_error) from None
        except smtplib.SMTPRecipientsRefused as error:
            words = b" ".join(said for _code, said in error.recipients.values())
            raise refusal(_("“%(host)s” does not take mail for this address: %(said)s"), server, words) from None
        except smtplib.SMTPServerDisconnected:
            if time.monotonic() >= until:  # the library turns the end of our patience into its own exception
                raise TimeoutError from None
            raise guard.Shut(_("“%(host)s” broke off the connection.") % {"host": server.host}) from None
        except smtplib.SMTPResponseException as error:
            raise refusal(_("“%(host)s” refused: %(said)s"), server, error.smtp_error) from None
        except (UnicodeError, ValueError) as error:
            if isinstance(error, ssl.SSLError):
                raise
            raise guard.Shut(_("This mail cannot be put into the form that servers take.")) from None
    assert not refused
    return _("“%(host)s” took the mail.") % {"host": server.host}


def refusal(sentence: str, server: Server, said: Any) -> guard.Shut:
    words = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return guard.Shut(sentence % {"host": server.host, "said": " ".join(words.split())[:300]})
