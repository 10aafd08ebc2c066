"""Who may not ask at all: web pages.

A browser would also ask for any page it shows, in the name of whoever sits before it. Such a
request has an origin, unless it only reads; and that gives a page nothing, even one whose name was
made to point here: what is told without a token (is the process alive) is no secret, and a token is
never sent by the browser itself, for it is no cookie.
"""

from aiohttp import web
from aiohttp.typedefs import Handler

from acd.http.problems import Problem


@web.middleware
async def not_from_pages(request: web.Request, handler: Handler) -> web.StreamResponse:
    if "Origin" in request.headers:
        raise Problem("web-page", f"a page of {request.headers['Origin']} asks: none may")
    return await handler(request)
