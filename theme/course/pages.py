"""What the templates of ``theme/pages`` need, and which files a page loads.

A page loads one stylesheet, and of KaTeX and the scripts what it has a use for: `_wanted` says which. The scripts and styles that
Sphinx and its extensions offer to every page are left out: what they do is done here, in less.
"""

import json
import os
import re
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote
from xml.sax.saxutils import escape

from docutils import nodes
from pybtex.backends import plaintext
from pybtex.plugin import register_plugin
from sphinx.util import logging
from sphinx.util.fileutil import copy_asset

from . import archive, heights, preview, tracks
from .maths import KATEX
from .words import words
from .words_of_bank import bank_words

log = logging.getLogger(__name__)

HERE = Path(__file__).parent.parent
DESCRIPTION_LENGTH = 160

# What Jupyter Book takes for the repository of a book that names none: its own.
OF_JUPYTER_BOOK = "https://github.com/executablebooks/jupyter-book"

# Offered to every page by Sphinx, myst-nb, sphinx-proof and sphinx-exercise. The search page asks for what it needs by itself.
NOT_LOADED = {
    "_static/" + name
    for name in (
        "basic.css",
        "doctools.js",
        "documentation_options.js",
        "exercise.css",
        "proof.css",
        "pygments.css",
        "sphinx_highlight.js",
    )
}
NOT_PUBLISHED = ("basic.css", "exercise.css", "proof.css", "pygments.css", "mystnb.*.css", "file.png", "minus.png", "plus.png")


def _settings(app, config):
    """Settings that follow from others, so that `_config.yml` need not repeat them."""
    config.nb_code_prompt_show = words(config.language)["show_code"]
    # Where the site will stand and where its source is; the workflow that publishes it knows, a local build need not.
    if address := os.environ.get("BOOK_ADDRESS"):
        config.html_baseurl = address
    if config.html_theme_options.get("repository_url") == OF_JUPYTER_BOOK:
        config.html_theme_options = {**config.html_theme_options, "repository_url": ""}
    if repository := os.environ.get("BOOK_REPOSITORY"):
        buttons = {"use_edit_page_button": True, "use_issues_button": True}
        source = {"repository_url": repository, "repository_branch": "main"}
        config.html_theme_options = {**config.html_theme_options, **source, **buttons}
    # The same input must give the same bytes, whatever the clock says.
    os.environ.setdefault("SOURCE_DATE_EPOCH", "1767225600")


def _left_out(app, env, docnames):
    """A chapter beside the others that the table of contents does not name would be no page, without a word."""
    for path in sorted(Path(app.srcdir, app.config.root_doc).parent.iterdir()):
        page = path.relative_to(app.srcdir)
        if path.suffix in app.config.source_suffix and page.with_suffix("").as_posix() not in env.found_docs:
            log.warning("The page %s is not in _toc.yml, so it is not in the book.", page, location=f"{path}:1")


def _context(app, pagename, templatename, context, doctree):
    language = words(app.config.language)
    title, book = app.env.titles.get(pagename), app.config.html_title
    plain = title.astext() if title is not None and pagename != app.config.root_doc else context.get("title", book) if title is None else book
    body = _without_odd_roles(_plain_code(_tables(context.get("body", ""))))
    remembers = pagename == app.config.root_doc or any(pagename == page for _, page in tracks.chapters(app.env))
    context.update(
        words=language,
        question_words=json.dumps(bank_words(app.config.language)["practice"], ensure_ascii=False) if 'class="quiz"' in body else "",
        brand=_brand(book),
        plain_title=plain,
        page_title=plain if plain == book else f"{plain} · {book}",
        page_description=_description(doctree) if doctree is not None else "",
        page_toc=_page_toc(app, pagename),
        page_links=_links(app, pagename, context, language),
        presents=_presents(context) if "deck-new" in body else None,
        page_preview=_absolute(app, f"_static/preview/{pagename}.png"),
        root_url=_absolute(app, app.builder.get_target_uri(app.config.root_doc)),
        remembers=remembers,
        body=heights.with_heights(body) if 'class="explore"' in body else body,
        css_files=[css for css in context["css_files"] if _wanted(css, body)],
        script_files=[js for js in context["script_files"] if _wanted(js, body, remembers)],
    )
    draw = context["toctree"]
    context["toctree"] = lambda **options: (
        _with_minutes(app, pagename, draw(**options) or "")
        .replace('<a class="current reference internal"', '<a class="current" aria-current="page"')
        .replace(' role="heading"', "")  # of no level; the list is named by its <nav>
        .replace(' class="reference internal"', "")
    )
    if pagename in ("404", "search", "genindex"):
        context["pageurl"] = None


def _presents(context):
    """The addresses of what shows a page as slides; a page asks for them when its reader does."""
    (script,) = (js for js in context["script_files"] if str(getattr(js, "filename", js)).endswith("present.js"))
    (look,) = (css for css in context["css_files"] if str(getattr(css, "filename", css)).endswith("present.css"))
    tags = context["js_tag"](script), context["css_tag"](look)
    return {name: re.search(r'(?:src|href)="([^"]*)"', tag).group(1) for name, tag in zip(("script", "look"), tags, strict=True)}


def _brand(book):
    """The name of the book before and after its colon, for the corner of the page."""
    name, colon, more = book.partition(":")
    return name, colon + more


def _wanted(asset, body, remembers=False):
    name = str(getattr(asset, "filename", asset) or "")
    if name in NOT_LOADED or "mystnb." in name or not name:
        return False
    if name.endswith(("present.js", "present.css")):
        return False
    if "katex" in name:
        return 'class="katex' in body
    if name.endswith("memory.js"):
        return remembers
    if name.endswith("full.js"):
        return 'class="drawing"' in body
    if name.endswith("slider.js"):
        return 'class="explore"' in body
    if name.endswith(("questions.js", "questions.css")):
        return 'class="quiz"' in body or 'class="practice"' in body
    if name.endswith(("bank.js", "answers.js")):
        return 'class="practice"' in body
    stages = set(re.findall(r'<div class="stage([^"]*)" data-view="(\w+)"', body))
    large = any("small" not in size for size, _ in stages)
    only_races = all(view == "race" for _, view in stages)
    if name.endswith(("stage.js", "stage-views.js")):
        return large and only_races == name.endswith("stage.js")
    if name.endswith("stage-data.js"):
        return large
    if name.endswith("stage-small.js"):
        return bool(stages) and not large
    if name.endswith("stage.css"):
        return bool(stages)
    return True


def _absolute(app, target):
    base = app.config.html_baseurl
    return base.rstrip("/") + "/" + target if base else ""


def _description(doctree):
    """The first sentences of a page, without its minutes: what a search engine or a shared link shows."""
    text = ""
    for paragraph in doctree.findall(lambda node: isinstance(node, nodes.paragraph) and "minutes" not in node["classes"]):
        text = f"{text} {' '.join(paragraph.astext().split())}".strip()
        if len(text) > DESCRIPTION_LENGTH / 3:
            break
    if len(text) > DESCRIPTION_LENGTH:
        text = text[:DESCRIPTION_LENGTH].rsplit(" ", 1)[0] + " …"
    return text


def _page_toc(app, pagename):
    """The headings below the title, as a list of links, and those of the deeper track in a list of their own."""
    if pagename not in app.env.tocs:
        return ""
    lists = [n for n in app.env.tocs[pagename].findall(nodes.bullet_list)]
    if len(lists) < 2:
        return ""
    toc = lists[1].deepcopy()
    ids = {f"#{name}" for name in app.env.course_tracks[pagename]["deeper"]}
    for item in [item for item in toc.children if item.children]:
        deeper = bool({link["anchorname"] for link in item[0].findall(nodes.reference)} & ids)
        for below in item.children[1:]:
            if not deeper:
                item.remove(below)
            for deepest in [n for n in below.findall(nodes.bullet_list) if n is not below]:
                deepest.parent.remove(deepest)
        if deeper:
            item["classes"].append("deeper")
    for link in toc.findall(nodes.reference):
        link["refuri"] = link["anchorname"] or "#"
    return app.builder.render_partial(toc)["fragment"]


def _with_minutes(app, pagename, toctree):
    """Give every chapter in the book's contents its minutes: of the core, and of what goes deeper after a plus."""
    for _, chapter in tracks.chapters(app.env):
        minutes = app.env.course_tracks[chapter]["minutes"]
        href = "#" if chapter == pagename else app.builder.get_relative_uri(pagename, chapter)
        time = words(app.config.language)["minutes"].format("", " + ".join(str(minutes[t]) for t in ("core", "deeper") if t in minutes))
        toctree = re.sub(rf'(href="{re.escape(href)}">.*?)</a>', rf'\1 <span class="minutes">{time.strip()}</span></a>', toctree, count=1)
    return toctree


def _links(app, pagename, context, language):
    """What one can do with a page: fetch it, run it elsewhere, mend it, report it; the last three when it is known where."""
    links = []
    source = context.get("sourcename") or ""
    options = app.config.html_theme_options
    repository = (options.get("repository_url") or "").rstrip("/")
    if ".ipynb" in source:
        href = context["pathto"]("_sources/" + source, 1)
        links.append(SimpleNamespace(text=language["download"], href=href, download=True))
        links += [SimpleNamespace(text=language[where], href=href) for where, href in _live(options, repository, app.env.doc2path(pagename))]
    if repository and pagename in app.env.titles:
        branch, folder = options.get("repository_branch") or "main", (options.get("path_to_docs") or "").strip("./")
        file = "/".join(part for part in (folder, app.env.doc2path(pagename, base=False)) if part)
        if options.get("use_edit_page_button"):
            links.append(SimpleNamespace(text=language["edit"], href=f"{repository}/edit/{branch}/{file}"))
        if options.get("use_issues_button"):
            links.append(SimpleNamespace(text=language["issue"], href=f"{repository}/issues/new?title={file}"))
    whole = context["pathto"](archive.NAME, 1)
    links.append(SimpleNamespace(text=language["whole_site"].format(archive.SIZE), href=whole, download=True))
    return links


def _live(options, repository, path):
    """Where a notebook runs without anything being installed: in Binder and Colab, and in a JupyterLite of the course's own.

    In Colab it does when its first cell installs the library from the repository; `make colab` puts that there.
    """
    notebook = "/".join(Path(path).parts[-2:])
    branch = options.get("repository_branch") or "main"
    host, _, project = repository.partition("://")[2].partition("/")
    if repository:
        kept = {"github.com": f"gh/{project}", "gitlab.com": f"gl/{quote(project, safe='')}"}.get(host, f"git/{quote(repository, safe='')}")
        yield "binder", f"https://mybinder.org/v2/{kept}/{branch}?urlpath=lab/tree/{notebook}"
    if host == "github.com" and f"git+{repository}" in Path(path).read_text(encoding="utf-8"):
        yield "colab", f"https://colab.research.google.com/github/{project}/blob/{branch}/{notebook}"
    if lite := (options.get("launch_buttons") or {}).get("jupyterlite_url"):
        yield "lite", f"{lite.rstrip('/')}/lab/index.html?path={notebook}"


def _tables(body):
    """Let a wide table scroll inside itself; an empty corner heads nothing, and then the first column heads the rows.

    A table that would be too wide for a phone is marked as one whose rows become cards there, with a label on every cell.
    """

    def table(found):
        text = found.group()
        head = re.search(r'<th class="head[^"]*">(<p></p>)?</th>', text)
        if head:
            text = text.replace(head.group(), "<td></td>", 1)
            start = text.find("<tbody>")
            rows = re.sub(r"(<tr[^>]*>\s*)<td([^>]*)>((?!<p></p></td>|</td>).*?)</td>", r'\1<th scope="row"\2>\3</th>', text[start:], flags=re.S)
            text = text[:start] + rows
        text = re.sub(r"<th((?: [^>]*)?)>(.*?)</th>", heading, text, flags=re.S)
        return f'<div class="table-scroll">{_cards(text)}</div>'

    def heading(found):
        """Let a heading that is one formula have plain words too: what reads out tables takes no name from MathML."""
        attributes, content = found.groups()
        seen = re.sub(r'<span class="katex">.*?</math></span><span class="katex-html".*', "", content, flags=re.S)
        formula = re.search(r"<math.*?</math>", content, flags=re.S)
        if formula and not re.sub(r"<[^>]*>", "", seen).strip():
            plain = re.sub(r"<[^>]*>", "", formula.group())
            hidden = content.replace("<math ", '<math aria-hidden="true" ')
            content = f'<span class="visually-hidden">{plain}</span>{hidden}'
        return f"<th{attributes}>{content}</th>"

    return re.sub(r"<table.*?</table>", table, body, flags=re.S)


# What fits on a phone: the letters of a line, and what the space around a column takes from them.
PHONE, AROUND = 42, 3
CELL = re.compile(r"<(t[dh])((?: [^>]*)?)>(.*?)</\1>", re.S)


def _cards(table):
    """Give a table that is too wide for a phone what course.css needs to show it as cards, one for each row.

    Every cell gets the words of its column's heading, and where that has a formula, the heading itself. Without the table's layout
    browsers forget that it is one, so what everything is gets said.
    """
    head, body = (re.findall(rf"<{part}>.*?</{part}>", table, flags=re.S) for part in ("thead", "tbody"))
    if len(head) != 1 or len(body) != 1:
        return table
    rows = [[cell[2] for cell in CELL.findall(row)] for row in re.findall(r"<tr.*?</tr>", table, flags=re.S)]
    if len({len(row) for row in rows}) != 1 or _width(rows) <= PHONE:
        return table
    labels = rows[0]

    def row(found):
        number = iter(range(len(labels)))
        return CELL.sub(lambda cell: labelled(cell, next(number)), found.group().replace("<tr", '<tr role="row"', 1))

    def labelled(cell, number):
        tag, attributes, content = cell.groups()
        if not _seen(content):
            return f'<{tag}{attributes} role="cell"></{tag}>'
        role, label = "rowheader" if tag == "th" else "cell", _seen(labels[number])
        said = ""
        if "<math" in labels[number]:
            inside = re.sub(r'<span class="visually-hidden">.*?</span>|</?p>', "", labels[number], flags=re.S)
            said = f'<span class="label" aria-hidden="true">{inside}</span>'
        elif label:
            attributes += f' data-label="{escape(label, {chr(34): "&quot;"})}"'
        return f'<{tag}{attributes} role="{role}">{said}<div>{content}</div></{tag}>'

    heads = re.sub(r"<tr", '<tr role="row"', head[0]).replace("<thead>", '<thead role="rowgroup">')
    heads = re.sub(r"<th((?: [^>]*)?)>", r'<th\1 role="columnheader">', heads).replace("<td></td>", '<td role="cell"></td>')
    cells = re.sub(r"<tr.*?</tr>", row, body[0], flags=re.S).replace("<tbody>", '<tbody role="rowgroup">')
    table = table.replace(head[0], heads).replace(body[0], cells)
    return re.sub(r'<table class="', '<table role="table" class="cards ', table, count=1)


def _width(rows):
    """How many letters wide a table wants to be: a column as its longest word, or some three words where it has as many."""
    columns = [[_seen(cell) for cell in column] for column in zip(*rows, strict=True)]
    words = [max((len(word) for text in column for word in text.split()), default=0) for column in columns]
    texts = [max(len(text) for text in column) for column in columns]
    return sum(max(word, min(text, 16)) + AROUND for word, text in zip(words, texts, strict=True))


class _Seen(HTMLParser):
    """Collects the words of some HTML, and of a formula what MathML says, as one word."""

    def __init__(self):
        super().__init__()
        self.text, self.hidden, self.formula = "", 0, False

    def handle_starttag(self, tag, attributes):
        if tag == "span" and (self.hidden or dict(attributes).get("class") in ("katex-html", "visually-hidden")):
            self.hidden += 1
        self.formula = self.formula or tag == "math"

    def handle_endtag(self, tag):
        self.hidden -= bool(self.hidden and tag == "span")
        self.formula = self.formula and tag != "math"

    def handle_data(self, data):
        if not self.hidden:
            self.text += "".join(data.split()) if self.formula else data


def _seen(content):
    parser = _Seen()
    parser.feed(content)
    return " ".join(parser.text.split())


def _plain_code(body):
    """Drop the marks of names, operators and punctuation in code: they have the colour of the text, and are most of its marks."""
    return re.sub(r'<span class="(?:n|o|p|w)">([^<]*)</span>', r"\1", body)


def _without_odd_roles(body):
    """Drop roles that docutils gives to a bibliography: one is deprecated, and the other promises children that are not there."""
    return re.sub(r' role="(?:doc-biblioentry|list|doc-noteref)"', "", body)


def _more_pages(app):
    """Pages that no source stands for: the one for a lost reader, and the one at the root that leads to the first."""
    yield "404", {"title": words(app.config.language)["lost"]}, "404.html"
    if app.config.root_doc != "index":
        yield "index", {}, "redirect.html"


def _start(app):
    """Put KaTeX's stylesheet and fonts in place before the pages are written, which name the stylesheet with its checksum."""
    if app.builder.format == "html":
        katex = Path(app.outdir, "_static", "katex")
        copy_asset(str(KATEX / "katex.min.css"), str(katex))
        copy_asset(str(KATEX / "fonts"), str(katex / "fonts"))


def _finish(app, problem):
    if problem is not None or app.builder.format != "html":
        return
    static = Path(app.outdir, "_static")
    for pattern in NOT_PUBLISHED:
        for path in static.glob(pattern):
            path.unlink()
    if app.config.html_baseurl:
        urls = [_absolute(app, app.builder.get_target_uri(page)) for page in sorted(app.env.found_docs)]
        lines = "\n".join(f"  <url><loc>{escape(url)}</loc></url>" for url in urls)
        xml = f'<?xml version="1.0" encoding="utf-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{lines}\n</urlset>\n'
        Path(app.outdir, "sitemap.xml").write_text(xml, encoding="utf-8")
        for page in app.env.found_docs:
            title = app.config.html_title if page == app.config.root_doc else app.env.titles[page].astext()
            preview.draw(static / "preview" / f"{page}.png", app.config.html_title, title)


def setup(app):
    # The bibliography asks for its plain text at each citation, and would look through the entry points of all packages each time.
    register_plugin("pybtex.backends", "plaintext", plaintext.Backend, force=True)
    app.add_config_value("comments_config", {}, "")  # Jupyter Book sets it for an extension that is not here
    app.add_html_theme("course", str(HERE / "pages"))
    app.add_css_file("katex/katex.min.css", priority=100)
    app.connect("config-inited", _settings)
    app.connect("env-before-read-docs", _left_out)
    app.connect("html-page-context", _context, priority=900)
    app.connect("html-collect-pages", _more_pages)
    app.connect("builder-inited", _start)
    app.connect("build-finished", _finish)
