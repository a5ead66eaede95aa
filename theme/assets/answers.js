// On the revision page, a button above each table covers what the table answers: each covered cell is a button that a tap, Enter or
// the space bar takes away. Without this script nothing is covered. A cell keeps its size, because its text is made invisible and
// stays where it is, and invisible text is read out by no screen reader.
"use strict";
(() => {
  const words = JSON.parse(document.querySelector(".practice").dataset.words);

  const made = (tag, text, properties) => Object.assign(document.createElement(tag), { textContent: text, ...properties });

  // What a cell holds, in one element: a cell of a table that is cards on a phone has one already, beside the column's label.
  const held = (cell) => {
    const inside = cell.querySelector(":scope > div, :scope > .held");
    if (inside) return inside;
    const span = made("span", "", { className: "held" });
    span.append(...cell.childNodes);
    cell.append(span);
    return span;
  };

  // A column that only says where to read on is no answer.
  const onlyLinks = (cell) => {
    const rest = cell.cloneNode(true);
    rest.querySelectorAll("a").forEach((link) => link.remove());
    return cell.querySelector("a") && !/[\p{L}\p{N}]/u.test(rest.textContent);
  };

  const answersOf = (table) => [...table.tBodies].flatMap((body) => [...body.rows]).flatMap((row) =>
    [...row.cells].slice(1).filter((cell) => cell.textContent.trim() && !onlyLinks(cell)));

  const uncover = (cell) => {
    cell.querySelectorAll(".cover").forEach((cover) => cover.remove());
    held(cell).classList.remove("covered");
  };

  const cover = (cell, table, said) => {
    const text = held(cell);
    // Formulas have hidden doubles; the row's first cell without them is its name.
    const name = cell.parentElement.cells[0].cloneNode(true);
    name.querySelectorAll(".katex-html, .label").forEach((part) => part.remove());
    const button = made("button", "?", { type: "button", className: "cover" });
    button.setAttribute("aria-label", words.reveal.replace("{}", name.textContent.trim()));
    button.addEventListener("click", () => {
      uncover(cell);
      text.tabIndex = -1;
      text.focus({ preventScroll: true });
      if (!table.querySelector(".cover")) said(false);
    });
    text.classList.add("covered");
    text.append(button); // over the text alone: on a phone the column's label stands beside it
  };

  for (const scroll of document.querySelectorAll("article .table-scroll")) {
    const table = scroll.querySelector("table");
    const cells = table && !scroll.closest(".quiz, .practice") ? answersOf(table) : [];
    if (cells.length < 3) continue;
    const button = made("button", words.hide, { type: "button", className: "hide-answers" });
    let covered = false;
    const said = (now) => {
      covered = now;
      button.textContent = covered ? words.show : words.hide;
    };
    button.addEventListener("click", () => {
      cells.forEach(uncover);
      if (!covered) cells.forEach((cell) => cover(cell, table, said));
      said(!covered);
    });
    scroll.before(button);
  }
})();
