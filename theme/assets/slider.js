// Moves the pictures that rmsprop_lib.explore drew: shows the frame that the range inputs choose and says which it is.
(() => {
  const words = {
    en: { play: "Play", pause: "Pause", previous: "One step back", next: "One step on" },
    ru: { play: "Пуск", pause: "Пауза", previous: "Шаг назад", next: "Шаг вперёд" },
    bn: { play: "চালান", pause: "থামান", previous: "এক ধাপ পিছনে", next: "এক ধাপ সামনে" },
  }[document.documentElement.lang.slice(0, 2)] || {};

  for (const box of document.querySelectorAll(".explore")) {
    const frames = [...box.querySelectorAll(".frame")];
    const inputs = [...box.querySelectorAll("input[type=range]")];
    const output = box.querySelector("output");
    const text = output.firstChild;
    const says = JSON.parse(box.dataset.says);
    const values = inputs.map((input) => JSON.parse(input.dataset.values));
    const start = inputs.map((input) => input.defaultValue);
    const figure = box.closest("figure[id]");
    const slowly = matchMedia("(prefers-reduced-motion: reduce)");
    let shown = box.querySelector(".frame.shown");

    const show = () => {
      let at = 0;
      for (let i = 0; i < inputs.length; i++) at = at * values[i].length + Number(inputs[i].value);
      shown.setAttribute("class", "frame");
      shown = frames[at];
      shown.setAttribute("class", "frame shown");
      text.data = says[at];
      for (const input of inputs) input.setAttribute("aria-valuetext", says[at]);
    };
    const set = (positions) => {
      inputs.forEach((input, i) => (input.value = positions[i]));
      show();
    };
    inputs.forEach((input) => input.addEventListener("input", show));

    // A link such as page.html#race=0.99 opens the page at that position.
    const fromAddress = () => {
      const chosen = figure && new URLSearchParams(location.hash.slice(1)).get(figure.id);
      if (!chosen) return;
      const positions = chosen.split(",").map((value, i) => (values[i] ? values[i].indexOf(value) : -1));
      if (positions.length !== inputs.length || positions.includes(-1)) return;
      set(positions);
      figure.scrollIntoView();
    };
    // Once the hand rests: Safari throws when an arrow key that is held down writes the address at every step. In a deck the address
    // is the slide's.
    let resting;
    const toAddress = () => {
      if (!figure) return;
      clearTimeout(resting);
      resting = setTimeout(() => {
        if (document.body.classList.contains("presents")) return;
        const chosen = inputs.map((input, i) => values[i][input.value]).join(",");
        history.replaceState(null, "", "#" + figure.id + "=" + encodeURIComponent(chosen));
      }, 200);
    };
    inputs.forEach((input) => input.addEventListener("change", toAddress));
    addEventListener("hashchange", fromAddress);
    fromAddress();

    let before;
    addEventListener("beforeprint", () => {
      before = inputs.map((input) => input.value);
      set(start);
    });
    addEventListener("afterprint", () => before && set(before));

    const time = inputs.find((input) => input.name === "t");
    if (time) addButtons(time);

    function addButtons(time) {
      let timer;
      const signs = {
        previous: "M5 4h2v12H5zm11 0v12L8 10z",
        play: "M5 3v14l12-7z",
        pause: "M5 4h4v12H5zm6 0h4v12h-4z",
        next: "M13 4h2v12h-2zM4 4v12l8-6z",
      };
      const name = (it, what) => {
        it.setAttribute("aria-label", words[what] || what);
        it.innerHTML = `<svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true"><path d="${signs[what]}"/></svg>`;
      };
      const button = (what, act) => {
        const it = document.createElement("button");
        it.type = "button";
        name(it, what);
        it.addEventListener("click", act);
        return it;
      };
      const move = (by) => {
        time.value = Number(time.value) + by;
        show();
      };
      const stop = () => {
        if (!timer) return;
        clearInterval(timer);
        timer = undefined;
        name(play, "play");
      };
      const play = button("play", () => {
        if (timer) return stop();
        output.ariaLive = "off";
        if (time.value === time.max) move(-time.max);
        name(play, "pause");
        timer = setInterval(() => (time.value === time.max ? stop() : move(1)), slowly.matches ? 2000 : 700);
      });
      const step = (by) => () => {
        stop();
        output.ariaLive = "polite"; // here the slider, which says its value itself, does not have the focus
        move(by);
        toAddress();
      };
      const row = document.createElement("div");
      row.className = "explore-buttons";
      row.append(button("previous", step(-1)), play, button("next", step(1)));
      time.closest(".explore-slider").append(row);
      time.addEventListener("input", stop);
    }
  }
})();
