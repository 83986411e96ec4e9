"""The page's way to the world: a few addresses of its side door, passed on. A world that is gone is said to be gone."""

import httpx2
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

LOOKS = ("state", "charts", "verdict")
DEEDS = ("break", "mend", "speed")
SECONDS = 5.0


class Passage:
    """One connection to the world's side door at ``address``."""

    def __init__(self, address: str) -> None:
        # never through a proxy the environment names: the world is on this machine
        self._http = httpx2.AsyncClient(base_url=f"{address}/_world", timeout=SECONDS, trust_env=False)

    async def pass_on(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in (LOOKS if request.method == "GET" else DEEDS):
            return JSONResponse({"error": f"the page has no way to {name}"}, 404)
        try:
            asked = str(request.url.query)
            answer = await self._http.request(
                request.method, f"/{name}" + (f"?{asked}" if asked else ""), content=await request.body() or None
            )
        except httpx2.HTTPError as error:
            return JSONResponse({"error": f"the world does not answer: {type(error).__name__}"}, 502)
        return Response(answer.content, answer.status_code, media_type="application/json")
