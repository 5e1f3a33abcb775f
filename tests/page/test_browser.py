"""The page in a real browser: nothing of a run acts in it, its links and its search work, at any width."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from ..patience import eventually
from ..projects import make_project

pytestmark = pytest.mark.browser

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
PHONE, DESK = {"width": 380, "height": 800}, {"width": 1280, "height": 900}
ACT = "window.acted=1"
HOSTILE = f"""\
</script><script>{ACT}</script>
</style><style>body{{display:none}}</style>
<img src=x onerror={ACT}><svg onload={ACT}><iframe src="javascript:{ACT}">
"><a href="javascript:{ACT}">x</a>' onmouseover='{ACT}
{{{{ 7 * 7 }}}} {{% raw %}} &lt;b&gt; <!-- ]]> -->
\\033]8;;javascript:{ACT}\\033\\\\a link\\033]8;;\\033\\\\ \\033[31mred\\033[0m
\\033]0;title\\007 \\033[999;9z \\033[38;2;1m
\\302\\202 \\377\\376 \\342\\200\\256reversed \\355\\240\\200 end
"""
"""What a step prints by ``printf %b``."""
CONFIG = """
    version: 2.1
    jobs:
      hostile:
        docker: [{image: cimg/base:2024.01}]
        steps:
          - checkout
          - run: {name: '"><script>window.acted=1</script>', command: 'printf %b "$(cat hostile.txt)"'}
          - run: |
              mkdir -p out results
              touch "out/javascript:window.acted=1" 'out/<b>"x'"'"'.html' 'out/a #?&%20.txt' out/plain.txt
              cp hostile.xml results/r.xml
          - store_artifacts: {path: out, destination: files}
          - store_test_results: {path: results}
          - run: {name: Break, command: 'for i in $(seq 1 900); do echo "line $i of many"; done; exit 1'}
      passes:
        parallelism: 2
        docker: [{image: cimg/base:2024.01}]
        steps: [run: {name: Long line, command: 'head -c 20000 /dev/zero | tr "\\\\0" x; echo; echo needle here'}]
    workflows:
      "a </title><script>window.acted=1</script>":
        jobs:
          - passes
          - hostile: {name: "<img src=x onerror=window.acted=1>", requires: [passes]}
    """
RESULTS = """\
<testsuite><testcase classname="&lt;script&gt;window.acted=1&lt;/script&gt;" name="javascript:window.acted=1" time="3">
<failure message="&lt;img src=x onerror=window.acted=1&gt;"/></testcase><testcase name="slow" time="9.5"/></testsuite>
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Path:
    """The folder of a run whose every name and output is hostile."""
    files = {"hostile.txt": HOSTILE, "hostile.xml": RESULTS}
    project = make_project(tmp_path_factory.mktemp("page") / "project", CONFIG, **files)
    ended = project.ci("run", "a </title><script>window.acted=1</script>", "--engine", "host")
    assert ended.status == 1, ended.stdout + ended.stderr
    return (project.path / ".nox/ci/runs/last").resolve()


@pytest.fixture(scope="module")
def browser():
    import shutil

    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        path = next(found for name in CHROMIUM if (found := shutil.which(name)))
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def opened(browser, run):
    """Opens the page; what it asks for and says is in ``complaints``."""
    contexts = []

    def open_page(anchor="", **settings):
        context = browser.new_context(**{"viewport": DESK, **settings})
        contexts.append(context)
        page = context.new_page()
        page.complaints = []
        page.on("console", lambda message: page.complaints.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: page.complaints.append(f"error: {error}"))
        page.on("dialog", lambda dialog: page.complaints.append(f"dialog: {dialog.message}"))
        page.on("request", lambda request: page.complaints.append(f"request: {request.url}"))
        page.goto(f"{(run / 'report.html').as_uri()}{anchor}")
        page.complaints = [each for each in page.complaints if "/report.html" not in each]
        return page

    yield open_page
    for context in contexts:
        context.close()


def unfold(page):
    """Open all that folds, and have the browser lay out what is not in its window too."""
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    page.evaluate("document.querySelectorAll('.log').forEach(each => { each.style.contentVisibility = 'visible' })")


def in_view(page, anchor):
    return page.evaluate(
        "id => { const box = document.getElementById(id).getBoundingClientRect();"
        " return box.height > 0 && box.top >= 0 && box.bottom <= innerHeight }",
        anchor,
    )


def test_nothing_of_the_run_acts_and_nothing_is_fetched(opened):
    page = opened()
    unfold(page)
    page.mouse.move(300, 300)
    assert page.evaluate("window.acted") is None
    assert page.complaints == []
    counted = {name: page.locator(name).count() for name in ("script", "style", "img", "iframe", "object", "embed")}
    assert counted == {"script": 1, "style": 1, "img": 0, "iframe": 0, "object": 0, "embed": 0}
    attributes = page.evaluate("[...document.querySelectorAll('*')].flatMap(each => each.getAttributeNames())")
    assert [each for each in attributes if each.startswith("on")] == []
    links = page.evaluate("[...document.querySelectorAll('a')].map(each => each.getAttribute('href'))")
    assert len(links) > 900
    assert [each for each in links if not each.startswith(("#", "./"))] == []


def test_what_the_run_printed_is_there_as_text(opened):
    page = opened()
    text = page.locator("body").text_content()
    for wanted in (f"</script><script>{ACT}</script>", "{{ 7 * 7 }}", "a link", "\\u202ereversed", "\\x82"):
        assert wanted in text, wanted
    assert page.locator(".log .f1", has_text="red").count() > 0
    assert page.title() == f"a </title><script>{ACT}</script> failed"


def test_every_anchor_is_there_once_and_every_file_that_is_linked_exists(opened, run):
    page = opened()
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(each => each.id)")
    links = page.evaluate("[...document.querySelectorAll('a')].map(each => each.getAttribute('href'))")
    assert len(ids) == len(set(ids))
    assert {each[1:] for each in links if each.startswith("#")} <= set(ids)
    files = {unquote(urlsplit(each).path) for each in links if each.startswith("./")}
    assert [each for each in files if not (run / each).exists()] == []
    assert {Path(each).name for each in files} >= {
        "javascript:window.acted=1",
        "<b>\"x'.html",
        "a #?&%20.txt",
        "plain.txt",
    }


def test_a_link_to_a_line_opens_what_folds_around_it(opened):
    for settings in ({}, {"java_script_enabled": False}):
        page = opened("#passes-1.1-L2", **settings)
        page.locator("[id='passes-1.1-L2']").wait_for(state="visible")
        seen = opened("#passes-1.1-L2")
        assert eventually(lambda seen=seen: in_view(seen, "passes-1.1-L2"))


def test_a_click_in_the_graph_leads_to_the_job(opened):
    page = opened()
    page.locator("svg a.box", has_text="passes").click()
    assert eventually(lambda: page.evaluate("document.getElementById('passes').open"))
    assert eventually(lambda: in_view(page, "passes-0"))


def test_search_counts_the_lines_and_goes_from_one_to_the_next(opened):
    page = opened()
    page.keyboard.press("/")
    page.keyboard.type("NEEDLE")
    page.locator("#found", has_text="2 lines").wait_for()
    page.keyboard.press("Enter")
    page.locator("#found", has_text="1 of 2").wait_for()
    assert page.locator(".l.now").is_visible()
    first = page.locator(".l.now").get_attribute("id")
    page.keyboard.press("Enter")
    assert page.locator(".l.now").get_attribute("id") != first
    page.keyboard.press("Shift+Enter")
    assert page.locator(".l.now").get_attribute("id") == first
    page.keyboard.press("Escape")
    assert (page.locator(".hit").count(), page.locator("#found").text_content()) == (0, "")


def test_a_long_output_is_cut_and_names_its_file(opened):
    page = opened()
    unfold(page)
    assert page.locator(".step", has_text="Break").locator(".l").count() == 900
    assert page.locator(".cut", has_text="16,000 characters more").count() == 2


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_the_page_is_no_wider_than_its_window(opened, viewport):
    page = opened(viewport=viewport)
    unfold(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]


def test_without_javascript_all_is_there_and_folds(opened):
    page = opened(java_script_enabled=False)
    assert page.locator("#failures .log").is_visible()
    assert not page.locator("#search").is_visible()
    page.locator("#passes > summary").click()
    assert page.locator("#passes .step").first.is_visible()


def test_light_and_dark_differ_and_text_is_readable_in_both(opened):
    seen = {}
    for scheme in ("light", "dark"):
        page = opened(color_scheme=scheme)
        seen[scheme] = page.evaluate("getComputedStyle(document.body).backgroundColor")
        for selector in ("h1", ".headline", ".failure .l", ".failure .cause", ".job .facts", "#graph .name", ".under"):
            assert contrast(page, selector) >= 4.5, (scheme, selector)
    assert seen["light"] != seen["dark"]


def contrast(page, selector):
    """The contrast of a text with what is behind it, as WCAG 2 counts it."""
    colors = page.evaluate(
        """selector => {
          const first = document.querySelector(selector);
          const style = getComputedStyle(first);
          let behind = first;
          while (getComputedStyle(behind).backgroundColor === 'rgba(0, 0, 0, 0)') behind = behind.parentElement;
          return [first instanceof SVGElement ? style.fill : style.color, getComputedStyle(behind).backgroundColor];
        }""",
        selector,
    )
    light, dark = sorted(map(luminance, colors), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(color):
    parts = [int(each) / 255 for each in color[color.index("(") + 1 : -1].split(",")[:3]]
    red, green, blue = (each / 12.92 if each <= 0.03928 else ((each + 0.055) / 1.055) ** 2.4 for each in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_on_paper_there_is_nothing_to_click(opened):
    page = opened()
    page.emulate_media(media="print")
    for selector in ("nav", ".copy", ".tools"):
        assert not page.locator(selector).first.is_visible(), selector
    assert page.locator("#failures").is_visible()
