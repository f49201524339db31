"""Calls a webhook that the operator named: one bounded POST. Its path is a secret, and shown nowhere."""

from __future__ import annotations

import ssl
from urllib.parse import urlsplit

import httpx

from sources.http.client import FetchLimits, new_client, user_agent
from sources.http.ssrf import ForbiddenAddressError, HostNotFoundError, time_limit
from sources.model import MASK

TIMEOUT_S = 15.0


def shown_webhook(url: str) -> str:
    """Returns the address without its secrets: scheme and host."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/{MASK}"


def call_webhook(url: str, body: bytes, content_type: str, timeout_s: float = TIMEOUT_S) -> str | None:
    """Posts the body; returns None if it was accepted (HTTP 2xx), else why not. Raises nothing.

    The operator named the host, so its address may be private. Redirects are not followed.
    """
    try:
        request = httpx.Request(
            "POST",
            url,
            headers={b"User-Agent": user_agent(), b"Content-Type": content_type.encode()},
            content=body,
        )
        limits = FetchLimits(allowed_hosts=frozenset({request.url.raw_host.decode("ascii")}))
        with time_limit(timeout_s), new_client(limits) as client:
            response = client.send(request, stream=True)
            response.close()
    except Exception as error:  # telling of a failure must not be one
        return _reason(error)
    return None if response.is_success else f"answers HTTP {response.status_code}"


def _reason(error: Exception) -> str:
    """Names the fault by its kind: what a library says may hold the address."""
    match error:
        case httpx.TimeoutException():
            return "no answer in time"
        case HostNotFoundError() | ForbiddenAddressError():
            return str(error)
        case httpx.NetworkError():
            return "no secure connection" if isinstance(error.__context__, ssl.SSLError) else "no connection"
    return f"cannot be called ({type(error).__name__})"
