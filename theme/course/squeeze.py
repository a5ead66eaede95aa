"""Scripts become smaller while the book is built, by Terser, which does not go to the site."""

from .javascript import call

SQUEEZED = """const squeezed = (text) => {
  try { return [Terser.minify_sync(text, { ecma: 2020 }).code, ""]; }
  catch (error) { return ["", `${error.message}, in line ${error.line}, column ${error.col}`]; }
}"""


def squeezed(text):
    """Return the script ``text``, shorter; a ValueError says where it is no script."""
    made, problem = call("terser/terser.min.js", SQUEEZED, "squeezed", text)
    if problem:
        raise ValueError(problem)
    return made
