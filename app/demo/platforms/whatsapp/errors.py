"""The Graph API's errors, in its own form and with its codes."""

import secrets
from typing import Any

Json = dict[str, Any]

# Code: HTTP status and title, after the public list of error codes.
KNOWN = {
    1: (500, "API Unknown"),
    2: (503, "API Service"),
    4: (429, "Application request limit reached"),
    10: (403, "Application does not have permission for this action"),
    33: (400, "Parameter value is not valid"),
    100: (400, "Invalid parameter"),
    190: (401, "Error validating access token"),
    368: (403, "Temporarily blocked for policies violations"),
    80007: (400, "Rate limit issues"),
    130429: (400, "Rate limit hit"),
    130472: (400, "User's number is part of an experiment"),
    131000: (500, "Something went wrong"),
    131008: (400, "Required parameter is missing"),
    131009: (400, "Parameter value is not valid"),
    131016: (503, "Service unavailable"),
    131021: (400, "Recipient cannot be sender"),
    131026: (400, "Message undeliverable"),
    131031: (403, "Account has been locked"),
    131042: (400, "Business eligibility payment issue"),
    131047: (400, "Re-engagement message"),
    131048: (400, "Spam rate limit hit"),
    131049: (400, "This message was not delivered to maintain healthy ecosystem engagement"),
    131051: (400, "Unsupported message type"),
    131052: (400, "Media download error"),
    131053: (400, "Media upload error"),
    131056: (400, "(Business Account, Consumer Account) pair rate limit hit"),
    131057: (500, "Account in maintenance mode"),
    132000: (400, "Number of parameters does not match the expected number of params"),
    132001: (404, "Template name does not exist in the translation"),
    132005: (400, "Translated text too long"),
    132015: (400, "Template is paused"),
    132018: (400, "There's an issue with the parameters in your template"),
    133004: (503, "Server temporarily unavailable"),
}
DETAILS = {
    131026: "Message Undeliverable.",
    131047: "Message failed to send because more than 24 hours have passed since the customer "
    "last replied to this number.",
    131056: "Message failed to send because there were too many messages sent from this phone "
    "number to the same phone number in a short period of time.",
    130429: "Message failed to send because there were too many messages sent from this phone "
    "number in a short period of time.",
}


class GraphError(Exception):
    """A call that is refused."""

    def __init__(
        self, code: int, details: str = "", subcode: int | None = None, title: str = ""
    ) -> None:
        super().__init__(f"{code} {details}")
        self.code = code
        self._title = title
        self.details = details or DETAILS.get(code, "")
        self.subcode = subcode

    @property
    def status(self) -> int:
        """The HTTP status of the answer."""
        return KNOWN.get(self.code, (400, ""))[0]

    @property
    def title(self) -> str:
        """What the platform calls the error."""
        return self._title or KNOWN.get(self.code, (400, "Unknown error"))[1]

    @property
    def body(self) -> Json:
        """The answer to a call."""
        error: Json = {
            "message": f"(#{self.code}) {self.title}",
            "type": "OAuthException",
            "code": self.code,
            "fbtrace_id": secrets.token_urlsafe(16)[:22],
        }
        if self.details:
            error["error_data"] = {"messaging_product": "whatsapp", "details": self.details}
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        return {"error": error}

    @property
    def report(self) -> Json:
        """The error as a webhook tells it."""
        return {
            "code": self.code,
            "title": self.title,
            "message": self.title,
            "error_data": {"details": self.details or self.title},
            "href": "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/",
        }


def invalid(details: str) -> GraphError:
    """A value that is not taken."""
    return GraphError(131009, details)


def missing(name: str) -> GraphError:
    """A parameter that has to be there."""
    return GraphError(131008, f"The parameter {name} is required.")
