"""The pages in a real browser: what a person with a mouse, a keyboard or neither script nor light can do."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ORDERS = "/entity/urn:li:dataProduct:sales.orders"
LINEAGE = "/lineage/urn:li:dataProduct:sales.orders"
PAGES = (
    "/",
    "/search?q=orders",
    ORDERS,
    LINEAGE,
    LINEAGE + "?column=net_amount",
    "/entity/urn:li:glossaryTerm:Net%2520amount",
)
AUDIT = Path(__file__).with_name("audit.js").read_text()


@contextmanager
def _page(browser: "Browser", **options: Any) -> "Iterator[Page]":
    """A page that complains of everything that goes wrong in it and of each request that leaves the machine."""
    context = browser.new_context(**options)
    page = context.new_page()
    wrong: list[str] = []
    page.on("console", lambda said: wrong.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda asked: None if asked.url.startswith("http://127.0.0.1:") else wrong.append(asked.url))
    yield page
    context.close()
    assert not wrong


def test_a_search_with_a_typo_finds_while_typing(browser: "Browser", address: str) -> None:
    with _page(browser) as page:
        page.goto(address)
        page.get_by_role("searchbox").press_sequentially("net amuont")
        page.get_by_role("link", name="sales.orders", exact=True).first.click()
        assert page.get_by_role("heading", level=1).text_content() == "sales.orders"


def test_the_keyboard_alone_leads_from_the_search_to_a_columns_lineage(browser: "Browser", address: str) -> None:
    with _page(browser) as page:
        page.goto(address)
        page.keyboard.press("/")
        page.keyboard.type("oders")
        page.keyboard.press("Enter")
        page.wait_for_url("**/search?q=oders")
        _tab_to(page, "sales.orders")
        page.keyboard.press("Enter")
        page.wait_for_url("**/entity/**")
        _tab_to(page, "Trace net_amount")
        page.keyboard.press("Enter")
        page.wait_for_url("**column=net_amount**")
        _tab_to(page, "probability")
        page.keyboard.press("Enter")
        page.wait_for_url("**column=probability**")
        assert "churn_risk" in (page.get_by_role("heading", level=1).text_content() or "")


def test_the_focus_can_be_seen_wherever_it_goes(browser: "Browser", address: str) -> None:
    with _page(browser) as page:
        page.goto(address + LINEAGE)
        for _ in range(30):
            page.keyboard.press("Tab")
            seen = page.evaluate(
                """() => {
                  const node = document.activeElement, style = getComputedStyle(node);
                  const frame = node.querySelector?.(".frame, rect");
                  return node === document.body || style.outlineStyle !== "none"
                    || (frame && parseFloat(getComputedStyle(frame).strokeWidth) > 2);
                }"""
            )
            assert seen, page.evaluate("document.activeElement.outerHTML")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_accessible(browser: "Browser", address: str, scheme: Any) -> None:
    with _page(browser, color_scheme=scheme) as page:
        for path in PAGES:
            page.goto(address + path)
            for question in ("structure", "contrast"):
                assert page.evaluate(f"(() => {{ {AUDIT}; return {question}(); }})()") == [], path


def test_pages_fit_a_narrow_screen(browser: "Browser", address: str) -> None:
    with _page(browser, viewport={"width": 380, "height": 800}) as page:
        for path in PAGES:
            page.goto(address + path)
            assert page.evaluate("document.documentElement.scrollWidth") <= 380, path


def test_without_scripts_everything_but_the_zoom_works(browser: "Browser", address: str) -> None:
    with _page(browser, java_script_enabled=False) as page:
        page.goto(address)
        page.get_by_role("searchbox").fill("orders")
        page.get_by_role("button", name="Search").click()
        page.get_by_role("link", name="sales.orders", exact=True).first.click()
        page.get_by_role("link", name="Lineage", exact=True).click()
        page.get_by_label("Direction").select_option("down")
        page.get_by_role("button", name="Draw").click()
        assert page.locator("svg [data-node]").count() == 2


def test_two_hundred_nodes_can_be_read(browser: "Browser", wide_address: str) -> None:
    with _page(browser, viewport={"width": 1360, "height": 900}) as page:
        page.goto(wide_address + "/lineage/urn:li:dataProduct:domain0.campaign_product_0000")
        boxes = page.locator("#graph .frame")
        assert boxes.count() >= 200
        overlapping = page.evaluate(
            """() => {
              const all = [...document.querySelectorAll("#graph .frame")].map((box) => box.getBBox());
              const across = (a, b) => a.x < b.x + b.width && b.x < a.x + a.width;
              const meet = (a, b) => across(a, b) && a.y < b.y + b.height && b.y < a.y + a.height;
              return all.flatMap((a, n) => all.slice(n + 1).filter((b) => meet(a, b))).length;
            }"""
        )
        assert overlapping == 0
        overflowing = page.evaluate(
            """() => [...document.querySelectorAll("#graph .box")].filter((box) => {
              const frame = box.querySelector(".frame").getBBox();
              return [...box.querySelectorAll("text")].some((text) => {
                const place = text.getBBox();
                return place.x + place.width > frame.x + frame.width;
              });
            }).length"""
        )
        assert overflowing == 0
        drawn = page.locator("#graph svg").bounding_box()
        page.get_by_role("button", name="Show all").click()
        whole = page.locator("#graph svg").bounding_box()
        assert drawn
        assert whole
        assert whole["width"] < drawn["width"]


def test_the_nodes_lines_are_lit_by_the_focus(browser: "Browser", address: str) -> None:
    with _page(browser) as page:
        page.goto(address + LINEAGE)
        page.locator("#graph a[data-node]").first.focus()
        lit = page.locator("#graph path.on").count()
        assert 0 < lit < page.locator("#graph .lines path").count() + 1


def _tab_to(page: "Page", name: str) -> None:
    """Press Tab until something with this name has the focus."""
    for _ in range(80):
        page.keyboard.press("Tab")
        at = page.evaluate(
            "(document.activeElement.getAttribute('aria-label') || document.activeElement.textContent).trim()"
        )
        if at.split(",")[0] == name:
            return
    pytest.fail(f"no Tab leads to '{name}'")
