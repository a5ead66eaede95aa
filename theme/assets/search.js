// Sphinx's search, its index, its stemmer and its list of results; here is only in which order what is found is shown, and how much.
//
// An entry of the index is a section, by the name "page#section" (course/search.py). First comes what the glossary or a heading calls
// by the reader's words, then the sections that say most of them, rare words first.
(() => {
  const SHOWN = 8, OF_ONE_PAGE = 2;
  const BEHIND = { claims: 0.3, notes: 0.6, bibliography: 0.3, sources: 0.5, library: 0.7, index: 0.8, glossary: 0.5 };
  // A lecture repeats the slides of chapters, where the same words stand in their text.
  const behind = (page) => (page.startsWith("lecture-") ? 0.4 : BEHIND[page] || 1);

  // From the disk a page may not read the others, so the results there are titles alone.
  DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = location.protocol !== "file:";

  // Words of a question that say nothing of what is asked, beside Sphinx's own list.
  const ASKING = new Set("what why how when where which who does do did can could should would i my me you your it its has have had there than vs versus between difference about from some any get gets so too very just".split(" "));

  const stemmer = new Stemmer();
  const bare = (text) => text.toLowerCase().normalize("NFKC").replace(/[’']/g, "");
  const british = (word) => word.replace(/iz(?=e|i|a|$)/g, "is").replace(/yz/g, "ys").replace(/(?<=[a-z]{2})or$/, "our").replace(/center/, "centre");
  const stems = (text) => splitQuery(bare(text)).map((word) => stemmer.stemWord(word));
  const key = (words) => british(words.join(""));
  // Where one list of words stands in another, in this order and without a gap.
  const within = (few, many) => few.length > 0 && many.some((_, at) => few.every((word, k) => british(many[at + k] || "") === british(word)));

  const cost = (a, b) => {
    // Whether one letter more, less or another turns a into b.
    if (Math.abs(a.length - b.length) > 1) return false;
    let k = 0;
    while (k < a.length && a[k] === b[k]) k++;
    return a.slice(k + 1) === b.slice(k + 1) || a.slice(k) === b.slice(k + 1) || a.slice(k + 1) === b.slice(k);
  };

  // The forms of a word that the index has: itself, British for American, then words that begin with it, contain it, or differ by a letter.
  const forms = (word, terms) => {
    for (const form of [word, british(word), word.replace(/is/g, "iz")]) if (Object.hasOwn(terms, form)) return [[form, 1]];
    const all = Object.keys(terms);
    const begin = word.length > 2 ? all.filter((term) => term.startsWith(word)) : [];
    if (begin.length) return begin.map((term) => [term, 0.6]);
    const contain = word.length > 3 ? all.filter((term) => term.includes(word) || (term.length > 3 && word.startsWith(term))) : [];
    if (contain.length) return contain.map((term) => [term, 0.4]);
    return word.length > 4 ? all.filter((term) => cost(word, term)).map((term) => [term, 0.3]) : [];
  };

  let names;  // every name that the glossary knows and every heading: its words, and the entries that it leads to
  const allNames = (index) => {
    names ||= [
      ...Object.entries(index.indexentries).map(([name, places]) => ({ words: stems(name), worth: 100, places })),
      ...Object.entries(index.alltitles).map(([name, places]) => ({ words: stems(name), worth: 60, places })),
    ];
    return names;
  };

  Search._performSearch = (query) => {
    const index = Search._index;
    const asked = stems(query);
    const telling = splitQuery(bare(query)).filter((word) => !stopwords.includes(word) && !ASKING.has(word)).map((word) => stemmer.stemWord(word));
    const words = telling.length ? telling : asked;
    if (!words.length) return [];
    const scores = new Map(), anchors = new Map();
    const add = (file, score, anchor) => {
      if (anchor && score > (anchors.get(file)?.[1] || 0)) anchors.set(file, [anchor, score]);
      scores.set(file, (scores.get(file) || 0) + score);
    };

    // Names: the whole query, a part of it, or more than it.
    const best = new Map();
    for (const { words: name, worth, places } of allNames(index)) {
      const length = Math.min(name.length, asked.length) / Math.max(name.length, asked.length);
      const share = key(name) === key(asked) ? 1 : key(name) === key(words) ? 0.8 : within(name, asked) || within(words, name) ? 0.5 * length : 0;
      if (!share) continue;
      for (const [file, anchor] of places) if (worth * share > (best.get(file)?.[0] || 0)) best.set(file, [worth * share, anchor]);
    }
    for (const [file, [score, anchor]] of best) add(file, score, anchor);

    // Words: each counts by how rare it is, in a title five times; sections that say all of them before those that say some.
    const total = index.docnames.length;
    const said = new Map();
    let whole = 0;
    for (const word of words) {
      const found = new Map();
      for (const [terms, weight] of [[index.terms, 1], [index.titleterms, 5]]) {
        for (const [form, likeness] of forms(word, terms)) {
          for (const file of [terms[form]].flat()) found.set(file, Math.max(found.get(file) || 0, weight * likeness));
        }
      }
      const rare = Math.log(1 + total / Math.max(1, found.size));
      whole += rare;
      for (const [file, weight] of found) {
        const [score, share] = said.get(file) || [0, 0];
        said.set(file, [score + rare * weight, share + rare]);
      }
    }
    for (const [file, [score, share]] of said) add(file, score * (share / whole) ** 2);

    const order = [...scores].map(([file, score]) => {
      const [doc, section] = index.docnames[file].split("#");
      const anchor = anchors.get(file)?.[0] || section;
      return { doc, anchor, title: index.titles[file], file, score: score * behind(doc.split("/").pop()) };
    });
    order.sort((a, b) => b.score - a.score || a.file - b.file);
    const seen = {}, first = [], later = [];
    for (const it of order) {
      seen[it.doc] = (seen[it.doc] || 0) + 1;
      (seen[it.doc] > OF_ONE_PAGE ? later : first).push(it);
    }
    return [...first, ...later].map((it) => [it.doc, it.title, it.anchor ? "#" + it.anchor : "", null, it.score, index.filenames[it.file]]);
  };

  Search.query = (query) => {
    const [, terms, , highlighted] = Search._parseQuery(query);
    const results = Search._performSearch(query);
    const more = (from) => {
      _displayNextItem(results.slice(from, from + SHOWN).reverse(), results.length, terms, highlighted);
      if (results.length <= from + SHOWN) return;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "more";
      button.textContent = document.getElementById("search-results").dataset.more;
      button.addEventListener("click", () => {
        button.remove();
        more(from + SHOWN);
      });
      Search.output.after(button);
    };
    document.getElementById("search-progress").replaceChildren();
    more(0);
  };

  // The text of a section without the sections in it. A formula stands in a page twice, as a picture and as MathML; code, sliders and
  // buttons are no text; and the words of two blocks are two words.
  const NO_TEXT = ".katex-html, .headerlink, .explore, .turn, .eqno, .minutes, .fold-code, .cell_input, .cell_output, pre, svg, script, style, button, dl.glossary dl";
  Search.htmlToText = (source, anchor) => {
    const main = new DOMParser().parseFromString(source, "text/html").querySelector("article");
    const part = (anchor && main.querySelector("#" + CSS.escape(anchor.slice(1)))) || main;
    const text = part.matches("dt") ? part.nextElementSibling : part;
    text.querySelectorAll(NO_TEXT).forEach((it) => it.remove());
    text.querySelectorAll(":scope > section, h1, h2, h3, h4").forEach((it) => it.remove());
    text.querySelectorAll("p, li, td, th, summary, dt, dd, figcaption").forEach((it) => it.append(" "));
    return text.textContent.replace(/\s+/g, " ").trim();
  };

  // Where the first of the words stands, from the beginning of a word to the end of one.
  const summary = Search.makeSearchSummary;
  Search.makeSearchSummary = (source, words, anchor) => {
    const made = summary(source, words, anchor);
    if (made) made.textContent = made.textContent.replace(/^\.\.\.\S*\s/, "… ").replace(/\s\S*\.\.\.$/, " …");
    return made;
  };
})();
