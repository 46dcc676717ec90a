"""The two ways out for messages: an SMTP server, or a folder where development and tests read them."""

import smtplib
import ssl
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import unquote, urlsplit

from gongkai.core.ports import Mail, Notifier
from gongkai.core.settings import Settings

TIMEOUT_SECONDS = 20


def _message(mail: Mail, sender: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, mail.to, mail.subject
    message.set_content(mail.body)
    return message


class FileNotifier:
    """Writes each message as an `.eml` file."""

    def __init__(self, folder: Path, sender: str) -> None:
        self._folder, self._sender = folder, sender

    def send(self, mail: Mail) -> None:
        """Write the message under the next free number."""
        self._folder.mkdir(parents=True, exist_ok=True)
        number = sum(1 for _ in self._folder.iterdir()) + 1
        while True:
            try:
                with (self._folder / f"{number:06d}.eml").open("xb") as target:
                    target.write(bytes(_message(mail, self._sender)))
            except FileExistsError:
                number += 1
            else:
                return


class SmtpNotifier:
    """Hands each message to an SMTP server; `smtps://` speaks TLS from the start, `smtp://` upgrades if offered."""

    def __init__(self, url: str, sender: str) -> None:
        self._url, self._sender = urlsplit(url), sender

    def send(self, mail: Mail) -> None:
        """Send the message; raises `OSError` (of which `SMTPException` is one) when the server does not take it."""
        host, tls = self._url.hostname or "localhost", ssl.create_default_context()
        if self._url.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, self._url.port or 465, timeout=TIMEOUT_SECONDS, context=tls)
        else:
            server = smtplib.SMTP(host, self._url.port or 25, timeout=TIMEOUT_SECONDS)
        with server:
            server.ehlo()
            if self._url.scheme == "smtp" and server.has_extn("starttls"):
                server.starttls(context=tls)
            if self._url.username:
                server.login(unquote(self._url.username), unquote(self._url.password or ""))
            server.send_message(_message(mail, self._sender))


def make_notifier(settings: Settings) -> Notifier:
    """The notifier that the settings ask for."""
    if settings.smtp_url:
        return SmtpNotifier(settings.smtp_url, settings.mail_from)
    return FileNotifier(settings.data_directory / "mail", settings.mail_from)
