"""Makes a script smaller without changing what it does: no comments, and no spaces that nobody needs.

It is for scripts written as those in ``theme/stage``, where every statement ends with a semicolon or a brace.
"""

import re

WORD = re.compile(r"[\w$\u0080-\uffff]+")
TOKEN = re.compile(
    r"(?P<space>\s+|//[^\n]*|/\*.*?\*/)|(?P<string>\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*')|(?P<number>\.?\d[\w.]*(?:(?<=[eE])[-+]\d+)?)"
    r"|(?P<word>[A-Za-z_$\u0080-\uffff][\w$\u0080-\uffff]*)|(?P<sign>=>|\?\?=|\|\|=|&&=|\*\*=?|\?\?|\?\.(?!\d)|&&|\|\||[-+]{2}|[<>=!]==?|>>>?|<<|[-+*/%^&|]=|\.\.\.|.)",
    re.S,
)
KEPT = set(
    "async await break case catch class const constructor continue default delete do else extends false finally for function if in instanceof let new null of "
    "return static super switch this throw true try typeof undefined void while yield NaN Infinity".split()
)


def tokens(text):
    """(kind, text) of every token; regular expressions and the plain parts of templates are strings."""
    found, at, braces = [], 0, []

    def template(at):
        """From behind a ` or the } of a part: the plain text up to the next part or the end."""
        end = at
        while text[end] != "`" and text[end : end + 2] != "${":
            end += 2 if text[end] == "\\" else 1
        end += 1 if text[end] == "`" else 2
        return text[at:end], end

    while at < len(text):
        last = found[-1] if found else ("sign", ";")
        if text[at] == "`" or (text[at] == "}" and braces and braces[-1] == "template"):
            opening = text[at]
            if opening == "}":
                braces.pop()
            part, at = template(at + 1)
            found.append(("string", opening + part))
            if part.endswith("${"):
                braces.append("template")
            continue
        value_before = last[0] in ("number", "string") or (last[0] == "word" and last[1] not in KEPT - {"this", "null", "true", "false"}) or last[1] in (")", "]", "}")
        if text[at] == "/" and text[at + 1] not in "/*" and not value_before:
            expression = re.compile(r"/(?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\\[\n])+/\w*").match(text, at)
            found.append(("string", expression.group()))
            at = expression.end()
            continue
        match = TOKEN.match(text, at)
        at = match.end()
        if match.lastgroup == "space":
            continue
        if match.group() in "{}" and match.lastgroup == "sign":
            braces.append("brace") if match.group() == "{" else braces.pop()
        found.append((match.lastgroup, match.group()))
    return found


def squeezed(text):
    """Return the script ``text``, shorter."""
    out, end = [], ";"
    for _, token in tokens(text):
        if (WORD.match(end) and WORD.match(token)) or (end in "+-" and token[0] == end):
            out.append(" ")
        out.append(token)
        end = token[-1]
    return "".join(out)
