"""Makes a script smaller without changing what it does: no comments, no spaces that nobody needs, short names for its own variables.

It is for scripts written as those in ``theme/stage``: every statement ends with a semicolon or a brace, and nothing is declared with
``var`` or ``function``, and there is no ``eval``, so that a variable is known in its block only.
"""

import itertools
import re
import string
from collections import Counter, defaultdict

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
OPENING, CLOSING = {"(": ")", "[": "]", "{": "}"}, {")", "]", "}"}


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


class _Brackets:
    """Which bracket each token stands in, where each ends, and which braces hold statements and not properties."""

    def __init__(self, found):
        self.texts = texts = [text for _, text in found] + [";"]
        self.around, self.end, self.blocks, open_ = [], {}, {-1: None}, [-1]
        for i, (kind, text) in enumerate(found):
            if kind == "sign" and text in CLOSING:
                self.end[open_.pop()] = i
            self.around.append(open_[-1])
            if kind == "sign" and text in OPENING:
                open_.append(i)
                before = texts[i - 1] if i else ";"
                if text == "{" and (before in (")", "=>", "else", "try", "finally", "do", "catch", ";", "}") or (before == "{" and i - 1 in self.blocks)):
                    self.blocks[i] = self.block(self.around[i])

    def block(self, bracket):
        """The innermost block that holds a bracket, or the bracket itself."""
        while bracket not in self.blocks:
            bracket = self.around[bracket]
        return bracket


def _roles(found, brackets):
    """Of each word that is a variable: ``plain``, or ``short`` where it stands for a property and its value at once."""
    texts, roles = brackets.texts, {}
    for i, (kind, text) in enumerate(found):
        if kind != "word" or text in KEPT or texts[i - 1] in (".", "?."):
            continue
        roles[i] = "plain"
        if texts[brackets.around[i]] == "{" and brackets.around[i] not in brackets.blocks and texts[i - 1] in ("{", ","):
            if texts[i + 1] in (",", "}", "="):
                roles[i] = "short"
            else:  # a property, or get and set before one
                del roles[i]
        elif texts[i - 1] in ("get", "set") and i - 1 not in roles and texts[i + 1] == "(":
            del roles[i]
    return roles


def _declared(found, brackets, roles):
    """The names that the script declares: behind const, let, class and catch, and as parameters."""
    texts, names = brackets.texts, set()

    def pattern(start, end):
        """The names bound between two places: words that are neither keys nor in a default value."""
        i = start
        while i < end:
            if i in roles:
                names.add(texts[i])
            if texts[i] == "=":
                i = value(i + 1, end)
            i += 1

    def value(i, end):
        """Where the value that begins at ``i`` ends: at a comma or semicolon outside of its brackets."""
        while i < end and texts[i] not in (",", ";", "of", "in") and texts[i] not in CLOSING:
            i = brackets.end.get(i, i) + 1
        return i

    for i, text in enumerate(texts[:-1]):
        if text in ("const", "let"):
            k = i + 1
            while True:
                stop = brackets.end.get(k, k) + 1
                pattern(k, stop)
                k = value(stop + 1, len(found)) if texts[stop] == "=" else stop
                if texts[k] != ",":
                    break
                k += 1
        elif text == "class" and i + 1 in roles:
            names.add(texts[i + 1])
        elif text == "=>":
            if texts[i - 1] == ")":
                start = next(k for k, end in brackets.end.items() if end == i - 1)
                pattern(start + 1, i - 1)
            else:
                names.add(texts[i - 1])
        elif text == "{" and i in brackets.blocks and i and texts[i - 1] == ")":
            start = next(k for k, end in brackets.end.items() if end == i - 1)
            before = start - 1
            if texts[before] == "catch" or (before not in roles and texts[before] not in ("if", "for", "while", "switch") and texts[before] != ")"):
                pattern(start + 1, i - 1)
    return names


def _renamed(found):
    """The tokens with short names for the variables that the script declares.

    Names are changed by their text, so that all of one text change alike and stay what they were to each other. Two texts get one
    short name only if the innermost block around all places of the one holds no place of the other, or lies apart from it.
    """
    brackets = _Brackets(found)
    roles = _roles(found, brackets)
    declared = _declared(found, brackets, roles)
    places = defaultdict(list)
    for i in roles:
        places[found[i][1]].append(i)
    ways = {}
    for name in declared:
        ways[name] = [_way(brackets, i) for i in places[name]]
    home = {}
    for name, its in ways.items():
        shared = its[0]
        for way in its:
            shared = tuple(a for a, b in itertools.takewhile(lambda pair: pair[0] == pair[1], zip(shared, way, strict=False)))
        home[name] = shared
    inside = {name: {way[:k] for way in its for k in range(len(way) + 1)} for name, its in ways.items()}  # all blocks that hold a place of it
    taken = KEPT | {found[i][1] for i in roles if found[i][1] not in declared}
    short = (name for n in itertools.count(1) for name in map("".join, itertools.product(string.ascii_letters, repeat=n)) if name not in taken)
    pool, given, users = [], {}, defaultdict(list)
    for name, _ in sorted(Counter({name: len(its) for name, its in ways.items()}).items(), key=lambda it: (-it[1], it[0])):

        def free(letter, name=name):
            for other in users[letter]:
                outer, inner = sorted((name, other), key=lambda it: len(home[it]))
                if home[inner] in inside[outer]:
                    return False
            return True

        chosen = next((letter for letter in pool if free(letter)), None)
        if chosen is None:
            chosen = next(short)
            pool.append(chosen)
        users[chosen].append(name)
        given[name] = chosen
    made = []
    for i, (kind, text) in enumerate(found):
        if i in roles and text in given:
            if roles[i] == "short":
                made += [(kind, text), ("sign", ":")]
            made.append((kind, given[text]))
        else:
            made.append((kind, text))
    return made


def _way(brackets, i):
    """The blocks around a token, the outermost first."""
    block, way = brackets.block(brackets.around[i]), []
    while block is not None:
        way.append(block)
        block = brackets.blocks[block]
    return tuple(reversed(way))


def _shortest(found):
    """The texts of the tokens, without signs that change nothing, and numbers and truth in fewer letters."""
    texts = [text for _, text in found]
    for i, (kind, text) in enumerate(found):
        before, after = texts[i - 1] if i else "", texts[i + 1] if i + 1 < len(texts) else ""
        if kind == "string":
            yield text
        elif text == "(" and found[i + 1][0] == "word" and texts[i + 2 : i + 4] == [")", "=>"]:
            continue
        elif text == ")" and after == "=>" and texts[i - 2] == "(" and found[i - 1][0] == "word":
            continue
        elif (text == ";" and after == "}") or (text == "," and after in CLOSING):
            continue
        elif text in ("true", "false") and before not in (".", "?.") and after != ":":
            yield "!0" if text == "true" else "!1"
        elif text == "const":
            yield "let"
        else:
            yield text[1:] if re.match(r"0\.\d", text) else text


def squeezed(text):
    """Return the script ``text``, shorter."""
    out, end = [], ";"
    for token in _shortest(_renamed(tokens(text))):
        if (WORD.match(end) and (WORD.match(token) or (token[0] == "." and token != "." and token[1] != "."))) or (end in "+-" and token[0] == end):
            out.append(" ")
        out.append(token)
        end = token[-1]
    return "".join(out)
