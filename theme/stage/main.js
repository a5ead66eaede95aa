for (const box of document.querySelectorAll(".stage[data-set]")) {
  const given = JSON.parse(box.dataset.set);
  ({ race, strip, plane })[given.view](box, given);
  box.classList.add("stage-on");
}
