import html
import json
import re
from pathlib import Path
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from mesh_platform.catalog.page.app import catalog_app
from mesh_platform.catalog.page.evidence import Evidence
from mesh_platform.catalog.page.site import CurrentSite, Site
from mesh_platform.catalog.page.text import prose
from mesh_platform.contract.export.masks import MASK
from mesh_platform.errors import BadFile
from mesh_platform.settings import Settings

from .conftest import HOSTS
from .proposals import aspects, dataset, domain, field, product, small_mesh, table, write

ORDERS = "/entity/urn:li:dataProduct:sales.orders"


def test_every_entity_has_a_page_with_its_urn(client: TestClient, site: Site) -> None:
    for urn in site.metadata.entities:
        answer = client.get("/entity/" + quote(urn, safe=":(),"))
        assert answer.status_code == 200, urn
        assert f"<code>{urn}</code>" in answer.text


def test_every_link_leads_somewhere(client: TestClient) -> None:
    seen: set[str] = set()
    waiting = ["/"]
    while waiting:
        page = waiting.pop()
        answer = client.get(page)
        assert answer.status_code == 200, page
        links = {
            link.replace("&amp;", "&").partition("#")[0] for link in re.findall(r'(?:href|src)="(/[^"]*)"', answer.text)
        }
        waiting += links - seen
        seen |= links
    assert len(seen) > 40


def test_a_products_page_says_what_a_consumer_needs(client: TestClient) -> None:
    page = client.get(ORDERS).text
    for words in (
        "Returns lower the amounts.",
        "mailto:sales@omnishop.example",
        "one row per order_id",
        "26 hours",
        "6 rows",  # measured
        "mesh show sales.orders",
        "1 of 1</strong> assertions passed",
        "1 of 2 passed",  # its history
        "finance",
        "the daily close",
        "until 2027-06-30",
        "Net amount",
        "Unit: EUR",
        "run-1",
        "Contract 2.1.0",
        "restricted",
    ):
        assert words in page, words


def test_a_sample_shows_rows_and_no_personal_data(client: TestClient) -> None:
    page = client.get(ORDERS).text
    assert "o3" in page
    assert MASK in page
    assert "ada@shop.example" not in page


def test_the_ports_example_runs(client: TestClient, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    examples = re.findall(r'<pre class="copy"[^>]*aria-label="Python">(.*?)</pre>', client.get(ORDERS).text, re.DOTALL)
    monkeypatch.setenv("MESH_HOME", str(settings.home))
    found: dict[str, object] = {}
    exec(html.unescape(examples[0]), found)  # noqa: S102 - what the page tells people to run
    assert len(found["rows"]) == 5  # type: ignore[arg-type]


def test_a_lake_that_is_away_leaves_the_rest_of_the_page(tmp_path: Path, contracts: Path) -> None:
    file = write(tmp_path / "metadata.json", small_mesh())
    home = tmp_path / "home"
    settings = Settings(home, f"sqlite:///{home}/lake/catalog.db", f"file://{home}/lake/warehouse")
    page = TestClient(catalog_app(CurrentSite(file), Evidence(settings, contracts), HOSTS)).get(ORDERS)
    assert page.status_code == 200
    assert "No snapshot was published yet" in page.text


def test_what_does_not_exist_is_404_with_what_is_like_it(client: TestClient) -> None:
    answer = client.get("/entity/urn:li:dataProduct:sales.ordres")
    assert answer.status_code == 404
    assert 'href="/entity/urn:li:dataProduct:sales.orders"' in answer.text
    assert client.get("/nowhere").status_code == 404
    assert client.get("/lineage/urn:li:dataProduct:sales.orders?column=nett").status_code == 404


@pytest.mark.parametrize(
    "address", ["/search?page=0", "/search?page=x", "/lineage/urn:li:x:y?depth=-1", "/lineage/a?direction=left"]
)
def test_a_question_out_of_range_is_refused(client: TestClient, address: str) -> None:
    assert client.get(address).status_code in (404, 422)


def test_it_only_reads(client: TestClient) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert client.request(method, "/").status_code == 405
    assert client.head(ORDERS).status_code == 200


def test_what_people_wrote_is_never_run() -> None:
    evil = "<script>alert(1)</script>"
    assert "<script" not in prose(f"{evil}\n\n- {evil}\n\n`{evil}` [x](javascript:alert(1)) [{evil}](https://a.b/)")
    assert prose("see [it](https://a.b/c)") == '<p>see <a href="https://a.b/c">it</a></p>'


def test_pages_escape_every_place_that_people_write(tmp_path: Path, evidence: Evidence) -> None:
    evil = '"><script>alert(1)</script>'
    urn = dataset("d.t")
    mesh = [
        *domain("d", evil),
        *table("d.t", [{**field("x", evil), "nativeDataType": evil}], domain="d", description=evil, kind=evil),
        *product("d.t", domain="d", description=evil),
        *aspects(f"urn:li:tag:{evil}", tagProperties={"name": evil, "description": evil}),
        *aspects(
            "urn:li:dataContract:d.t.v1", dataContractProperties={"entity": urn, "rawContract": f"version: '{evil}'"}
        ),
        *aspects(
            "urn:li:dataProduct:d.u",
            deprecation={"deprecated": True, "note": evil},
            dataProductProperties={"name": evil},
        ),
    ]
    client = TestClient(catalog_app(CurrentSite(write(tmp_path / "m.json", mesh)), evidence, HOSTS))
    pages = ["/", f"/search?q={quote(evil)}", "/search", f"/entity/{quote(evil)}", f"/lineage/{urn}"]
    pages += ["/entity/" + quote(p["entityUrn"], safe=":(),") for p in mesh]
    for page in pages:
        assert "<script>alert" not in client.get(page).text, page


def test_headers_let_nothing_in_from_elsewhere(client: TestClient) -> None:
    for page in ("/", ORDERS, "/nowhere", "/static/style.css"):
        headers = client.get(page).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
    assert client.get(ORDERS).headers["cache-control"] == "no-store"


def test_another_name_for_this_machine_is_not_answered(client: TestClient) -> None:
    assert client.get("/", headers={"host": "evil.example"}).status_code == 400


def test_a_file_built_again_is_shown_at_once(tmp_path: Path, evidence: Evidence) -> None:
    file = write(tmp_path / "metadata.json", small_mesh())
    client = TestClient(catalog_app(CurrentSite(file), evidence, HOSTS))
    assert "loyalty" not in client.get("/").text.lower()
    write(file, [*small_mesh(), *domain("loyalty", "Who comes back.")])
    assert "Loyalty" in client.get("/").text


@pytest.mark.parametrize(
    "content", ["{", "{}", '[{"entityUrn": 1}]', '[{"entityUrn": "urn:li:tag:x", "aspectName": "y"}]']
)
def test_a_file_that_is_no_metadata_is_one_clear_error(tmp_path: Path, content: str) -> None:
    file = tmp_path / "metadata.json"
    file.write_text(content)
    with pytest.raises(BadFile, match="mesh catalog build"):
        CurrentSite(file).get()


def test_what_was_removed_is_not_shown(tmp_path: Path, evidence: Evidence) -> None:
    mesh = [*small_mesh(), *aspects("urn:li:dataProduct:sales.orders", status={"removed": True})]
    client = TestClient(catalog_app(CurrentSite(write(tmp_path / "m.json", mesh)), evidence, HOSTS))
    assert client.get(ORDERS).status_code == 404


def test_an_empty_catalog_has_a_home(tmp_path: Path, evidence: Evidence) -> None:
    file = tmp_path / "metadata.json"
    file.write_text(json.dumps([]))
    client = TestClient(catalog_app(CurrentSite(file), evidence, HOSTS))
    assert client.get("/").status_code == 200
    assert client.get("/search?q=x").status_code == 200
