"""Who may ask, as long as nobody logs in: programs of this machine."""

from ipaddress import ip_address

from aiohttp import web
from aiohttp.typedefs import Handler

NOT_FROM_PAGES = "web pages may not ask: the API does not know yet who somebody is"


@web.middleware
async def from_here_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A browser on this machine would also ask for any page it shows: such a request has an
    origin, or, if the page's name was made to point here, that name as host."""
    if "Origin" in request.headers or not _is_here(request.url.host or ""):
        return web.json_response({"error": NOT_FROM_PAGES}, status=403)
    return await handler(request)


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
