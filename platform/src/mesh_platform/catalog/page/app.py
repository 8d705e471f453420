"""The web application: addresses, and which template shows what.

Read-only: it answers GET and HEAD, keeps nothing and needs no login, so it listens to this machine alone unless told
otherwise, and answers only to the names by which it is known (else any web page could read it through the browser).
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from threading import Thread
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import FastAPI, Query, Request
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.exceptions import HTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware

from mesh_platform.catalog.page import text, view
from mesh_platform.catalog.page.entity import Entity
from mesh_platform.catalog.page.evidence import Evidence
from mesh_platform.catalog.page.graph import MOST_DRAWN, Asked, lineage_page
from mesh_platform.catalog.page.lineage import Direction
from mesh_platform.catalog.page.search import TYPES
from mesh_platform.catalog.page.security import SecurityHeaders
from mesh_platform.catalog.page.site import KINDS, CurrentSite, Site
from mesh_platform.catalog.page.urns import entity_address, lineage_address
from mesh_platform.errors import MeshError

PER_PAGE = 20
_LONGEST_QUESTION = 200
"""Letters; a longer question is cut, as nobody searches by an essay and each word costs time."""
_TEMPLATES = {"dataProduct": "product", "dataset": "dataset", "domain": "domain", "dataContract": "contract"}
_CARRIED = frozenset({"tag", "glossaryTerm"})
_FILTERS = (text.prose, text.first_sentence, text.number, text.figure, text.moment, text.cell)


class Pages:
    """The pages of a site.

    Args:
        current: The site of the metadata file.
        evidence: What the lake adds.
    """

    def __init__(self, current: CurrentSite, evidence: Evidence) -> None:
        self._current, self._evidence = current, evidence
        self._templates = Environment(
            loader=PackageLoader("mesh_platform.catalog.page"),
            autoescape=select_autoescape(("html",)),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters.update({each.__name__: each for each in _FILTERS})
        self._templates.tests["a_number"] = text.is_number
        self._templates.globals.update(
            entity_address=entity_address, lineage_address=lineage_address, kinds=KINDS, searchable=TYPES
        )

    def home(self) -> HTMLResponse:
        """The first page: search, domains, what there is."""
        site = self._current.get()
        counts = {type_: len(site.metadata.of_type(type_)) for type_ in (*TYPES, "dataContract", "assertion")}
        return self._page("home", site, counts={type_: count for type_, count in counts.items() if count})

    def search(
        self,
        q: str = "",
        type: str = "",  # noqa: A002 - the address says ?type=
        domain: str = "",
        page: Annotated[int, Query(ge=1, le=10_000)] = 1,
        *,
        part: bool = False,
    ) -> HTMLResponse:
        """What a question found; `part` gives the results alone, for the search while typing."""
        site = self._current.get()
        q = q[:_LONGEST_QUESTION]
        found = site.search.ask(q, type_=type, domain=domain, start=(page - 1) * PER_PAGE, count=PER_PAGE)

        def address(**changed: object) -> str:
            asked = {"q": q, "type": type, "domain": domain, **changed}
            return "/search?" + urlencode({name: value for name, value in asked.items() if value})

        asked: dict[str, Any] = {"q": q, "type": type, "domain": domain, "page": page, "address": address}
        pages = -(-found.total // PER_PAGE)
        return self._page("results" if part else "search", site, found=found, pages=pages, **asked)

    def entity(self, urn: str) -> HTMLResponse:
        """An entity's page."""
        site = self._current.get()
        entity = site.metadata.find(urn)
        if entity is None:
            return self._missing(site, urn)
        template = "carried" if entity.type in _CARRIED else _TEMPLATES.get(entity.type, "entity")
        return self._page(template, site, entity=entity, **self._more(site, entity))

    def lineage(
        self,
        urn: str,
        column: str = "",
        direction: Direction = "both",
        depth: Annotated[int, Query(ge=0, le=99)] = 0,
        collapse: str = "",
        *,
        details: bool = False,
    ) -> HTMLResponse:
        """An entity's or a column's lineage."""
        site = self._current.get()
        entity = site.metadata.find(urn)
        if entity is None:
            return self._missing(site, urn)
        columns = {field.name for table in site.tables(entity) for field in table.fields}
        if column and column not in columns:
            return self._missing(site, f"{urn}, column {column}", [entity])
        named = set(collapse.split(","))
        collapsed = frozenset(domain.urn for domain in site.domains if {domain.name, domain.urn[14:]} & named)
        asked = Asked(entity.urn, column, direction, depth, collapsed, details)
        page = lineage_page(site, entity, asked)
        return self._page("lineage", site, entity=entity, page=page, columns=sorted(columns), most=MOST_DRAWN)

    def missing(self, what: str) -> HTMLResponse:
        """The page of an address that leads nowhere."""
        return self._missing(self._current.get(), what)

    def failed(self, message: str) -> HTMLResponse:
        """The page of a metadata file or a lake that can't be read."""
        return HTMLResponse(self._templates.get_template("failed.html").render(message=message), status_code=503)

    def _more(self, site: Site, entity: Entity) -> dict[str, Any]:
        """What a type's page shows beyond what every entity has."""
        if entity.type == "dataProduct":
            return {"product": view.product_view(site, self._evidence, entity)}
        if entity.type == "dataset":
            return {"table": view.table_view(site, self._evidence, entity), "related": view.related(site, entity)}
        if entity.type == "domain":
            return {"products": site.products(entity), "found": site.search.ask("", domain=entity.urn, count=0)}
        if entity.type == "dataContract":
            return view.contract_page(site, entity)
        if entity.type in _CARRIED:
            return {"carried": view.carried(site, entity)}
        return {"related": view.related(site, entity)}

    def _missing(self, site: Site, what: str, near: Sequence[Entity] = ()) -> HTMLResponse:
        suggestions = near or site.search.nearest(what)
        return self._page("missing", site, status=404, what=what, suggestions=suggestions)

    def _page(self, template: str, site: Site, status: int = 200, **shown: Any) -> HTMLResponse:
        page = self._templates.get_template(f"{template}.html")
        return HTMLResponse(page.render(site=site, **{"q": "", **shown}), status_code=status)


def catalog_app(current: CurrentSite, evidence: Evidence, hosts: Sequence[str]) -> FastAPI:
    """Make the application.

    Args:
        current: The site of the metadata file.
        evidence: What the lake adds.
        hosts: The names under which it is asked.
    """

    @asynccontextmanager
    async def read_ahead(_: FastAPI) -> AsyncIterator[None]:
        """Read the documents while the first page is looked at."""
        Thread(target=evidence.warm_up, daemon=True).start()
        yield

    app = FastAPI(title="Catalog", openapi_url=None, lifespan=read_ahead)
    pages = Pages(current, evidence)
    for path, page in (
        ("/", pages.home),
        ("/search", pages.search),
        ("/entity/{urn:path}", pages.entity),
        ("/lineage/{urn:path}", pages.lineage),
    ):
        app.add_api_route(path, page, methods=["GET", "HEAD"], response_class=HTMLResponse)
    app.mount("/static", StaticFiles(directory=Path(__file__).with_name("static")), name="static")

    @app.exception_handler(HTTPException)
    def refused(request: Request, error: HTTPException) -> HTMLResponse:
        answer = pages.missing(request.url.path) if error.status_code == 404 else pages.failed(str(error.detail))
        answer.status_code = error.status_code
        return answer

    @app.exception_handler(MeshError)
    def failed(_: Request, error: MeshError) -> HTMLResponse:
        return pages.failed(str(error))

    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(hosts))
    app.add_middleware(SecurityHeaders)
    return app
