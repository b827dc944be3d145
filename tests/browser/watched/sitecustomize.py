"""Loaded by every Python process of a server under test: notes whom it speaks to or looks up."""

import os
import sys

_EVENTS = {"socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo"}
_EVENTS |= {"socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo"}
_HERE = {"127.0.0.1", "localhost", "::1", "None"}


def _note(event: str, args: tuple[object, ...]) -> None:
    if event not in _EVENTS:
        return
    address = args[0] if event.startswith("socket.get") else args[1]
    host = str(address[0] if isinstance(address, tuple) else address)
    if host not in _HERE and not host.startswith("/"):
        with open(os.environ["WATCHED"], "a", encoding="utf-8") as file:
            file.write(f"{event} {host}\n")


if "WATCHED" in os.environ:
    with open(os.environ["WATCHED"], "a", encoding="utf-8"):
        pass
    sys.addaudithook(_note)
