"""Questions as plain HTML, for programs that are no browser of ours: formulas stay TeX between ``\\(`` and ``\\)``, pictures become files."""

import html

from docutils import nodes

from .bank import picture

TAGS = {
    nodes.paragraph: "p",
    nodes.emphasis: "em",
    nodes.strong: "strong",
    nodes.literal: "code",
    nodes.bullet_list: "ul",
    nodes.enumerated_list: "ol",
    nodes.list_item: "li",
}


class Plain:
    """Writes nodes as plain HTML; ``site`` is the address of the course, or "", and then what was a link is its words.

    A picture becomes ``<img src="{folder}{name}.svg">``; ``pictures`` has the files that were named so far.
    """

    def __init__(self, site="", folder=""):
        self.site, self.folder, self.pictures = site, folder, {}

    def __call__(self, *written):
        return "".join(map(self._write, written))

    def _write(self, node):
        inside = self(*node.children)
        if isinstance(node, nodes.Text):
            return html.escape(node.astext(), quote=False)
        if isinstance(node, nodes.math):
            return rf"\({html.escape(node.astext(), quote=False)}\){html.escape(node.get('glued', ''))}"
        if isinstance(node, nodes.math_block):
            return rf"\[{html.escape(node.astext().strip(), quote=False)}\]"
        if isinstance(node, nodes.literal_block):
            return f"<pre><code>{html.escape(node.astext(), quote=False)}</code></pre>"
        if isinstance(node, nodes.reference):
            return self._link(node, inside)
        if isinstance(node, picture):
            return self._picture(node) if "svg" in node else ""  # of a figure that is not there the build has complained
        if isinstance(node, nodes.inline):
            return inside
        for kind, tag in TAGS.items():
            if isinstance(node, kind):
                return f"<{tag}>{inside}</{tag}>"
        raise ValueError(f"{type(node).__name__} cannot be written outside the pages: “{node.astext()[:60]}”.")

    def _link(self, node, inside):
        address = node.get("refuri", "")
        if node.get("internal"):
            address = f"{self.site.rstrip('/')}/{address}" if self.site and address else ""
        return f'<a href="{html.escape(address)}">{inside}</a>' if address else inside

    def _picture(self, node):
        name = f"{node['name']}.svg"
        self.pictures[name] = node["svg"]
        return f'<p><img src="{self.folder}{name}" alt="{html.escape(node["alt"])}"></p>'
