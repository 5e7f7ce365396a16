"""What becomes of a request once it is answered."""

import gc
from io import BytesIO
from urllib.parse import urlencode
from wsgiref.util import setup_testing_defaults

import pytest
from django.urls import reverse

from labeling.pages import answered
from labeling.wsgi import Request


@pytest.mark.django_db(transaction=True)  # a request closes connections that nobody may use any more
def test_nothing_of_a_request_waits_for_garbage_to_be_looked_for(client, alice, project):
    client.get("/accounts/login/")  # a page with a form
    client.force_login(alice)
    cookies = {name: cookie.value for name, cookie in client.cookies.items()}
    body = urlencode({"form": "one", "entered": "[]", "csrfmiddlewaretoken": cookies["csrftoken"]}).encode()
    environ = {
        **{"REQUEST_METHOD": "POST", "PATH_INFO": reverse("draft"), "HTTP_HOST": "localhost"},
        **{"CONTENT_TYPE": "application/x-www-form-urlencoded", "CONTENT_LENGTH": str(len(body))},
        **{"HTTP_COOKIE": urlencode(cookies).replace("&", "; "), "wsgi.input": BytesIO(body)},
    }
    setup_testing_defaults(environ)
    gc.collect()
    gc.disable()
    try:
        assert answered(environ, emit=print)[0]["status"] == 204
        assert not any(type(one) is Request for one in gc.get_objects())
    finally:
        gc.enable()
