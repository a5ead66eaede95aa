// Where all stages of a page are small, the scripts come when one of them comes near, or when the address holds a setting. Given are
// the names of the files: stageData, race and views.

const here = document.currentScript.src, boxes = [...document.querySelectorAll(".stage")];
const load = () => {
  near.disconnect();
  for (const name of [stageData, boxes.every((box) => box.dataset.view === "race") ? race : views]) {
    const it = document.createElement("script");
    it.src = new URL(name, here);
    it.async = false;
    document.head.append(it);
  }
};
const near = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && load(), { rootMargin: "600px" });
for (const box of boxes) near.observe(box);
if (location.hash.includes("=")) load();
