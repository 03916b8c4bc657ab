"""A stand-in for 1NCE's API: answers are written down, requests are kept."""

import base64
import json

import httpx

from nce_api import AsyncClient, Client, Retries

BASE_URL = "https://api.example.com/management-api"
ICCID = "8988228066680005433"
SECRET = "s3cret-of-the-customer"
TOKEN = "eyJhbGciOiJub25lIn0.token-of-the-customer.x"
# The example of 1NCE's document, which spells the last two names otherwise than the schema.
TOKEN_BODY = {
    "status_code": 200,
    "access_token": TOKEN,
    "token_type": "bearer",
    "expires_in": 3600,
    "user_id": "user",
    "score": "all",
}
BASIC = "Basic " + base64.b64encode(f"810012345:{SECRET}".encode()).decode()
AT_ONCE = Retries(attempts=3, first_wait_s=0)


def answered(body=None, status=200, **headers):
    """An answer of the service, its body as JSON."""
    content = b"" if body is None else json.dumps(body).encode()
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, content=content, headers=names)


class StandIn:
    """Gives a token, then one answer after the other; an exception is raised instead."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.token_answers = []
        self.requests = []
        self.tokens = []

    def __call__(self, request):
        if request.url.path == "/management-api/oauth/token":
            self.tokens.append(request)
            return self.token_answers.pop(0) if self.token_answers else answered(TOKEN_BODY)
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def client(self, retries=AT_ONCE):
        http = httpx.Client(transport=httpx.MockTransport(self))
        return Client(
            BASE_URL, client_id="810012345", client_secret=SECRET, retries=retries, http=http
        )

    def async_client(self, retries=AT_ONCE):
        http = httpx.AsyncClient(transport=httpx.MockTransport(self))
        return AsyncClient(
            BASE_URL, client_id="810012345", client_secret=SECRET, retries=retries, http=http
        )
