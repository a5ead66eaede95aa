"""What each page was found to hold: a table by page, kept in Sphinx's environment from the reading of the pages to their writing."""


def keep(app, table, note):
    """Keep in ``env.<table>`` what ``note(app, document)`` returns of every page that is read; of a page with None, nothing.

    A page that is read again or goes away loses its entry, and the entries that other processes made are gathered.
    """

    def begin(app):
        if not hasattr(app.env, table):
            setattr(app.env, table, {})

    def read(app, document):
        found = note(app, document)
        if found is not None:
            getattr(app.env, table)[app.env.docname] = found

    def purge(app, env, page):
        getattr(env, table, {}).pop(page, None)

    def merge(app, env, pages, other):
        there = getattr(other, table)
        getattr(env, table).update({page: there[page] for page in pages if page in there})

    app.connect("builder-inited", begin)
    app.connect("doctree-read", read)
    app.connect("env-purge-doc", purge)
    app.connect("env-merge-info", merge)
