"""Cards to vote with: A, B, C and D, one a side of A4, to be held up in a room without any device.

A letter is as large as the sheet, and the bars beneath it say once more which one it is: one for A, up to four for D. So a card can be
told from the back of a room, by a camera in black and white and by people who do not tell colours apart.
"""

from .typesetting import compiled, string

CARD = """
#set document(title: {title}, author: {author})
#set text(lang: {language}, font: "Libertinus Serif")
#set page("a4", flipped: true, margin: 12mm)
#let bars(count) = stack(dir: ltr, spacing: 10mm, ..range(count).map(_ => rect(width: 50mm, height: 9mm, fill: black)))
#for (index, letter) in ("A", "B", "C", "D").enumerate() {{
  if index > 0 {{ pagebreak() }}
  align(center + horizon, text(size: 440pt, weight: "bold", top-edge: "cap-height", bottom-edge: "baseline", letter))
  place(bottom + center, dy: -6mm, pdf.artifact(bars(index + 1)))
  place(bottom + center, text(size: 8pt, {foot}))
}}
"""


def write(path, book, author, language, said):
    """Write the four cards as a tagged PDF."""
    source = CARD.format(title=string(f"{book}: {said['poll_cards']}"), author=string(author), language=string(language), foot=string(book))
    path.write_bytes(compiled(source))
