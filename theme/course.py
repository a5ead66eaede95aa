"""What the pages need beyond the stock theme, as a Sphinx extension."""


def setup(app):
    return {"parallel_read_safe": True, "parallel_write_safe": True}
