"use strict";
// One slider moves all films of a chapter: they have the same steps.

const FRAME = 550; // ms
const calm = matchMedia("(prefers-reduced-motion: reduce)");

for (const films of document.querySelectorAll(".films")) {
  const [play] = films.querySelectorAll(".play");
  const [slider] = films.querySelectorAll("input");
  const steps = [...films.querySelectorAll(".steps button")];
  const reels = [...films.querySelectorAll(".reel")];
  let timer = 0;

  const show = (row) => {
    slider.value = row;
    slider.setAttribute("aria-valuetext", `step ${steps[row].textContent}`);
    for (const reel of reels) reel.style.transform = `translateY(${-row * reel.dataset.height}px)`;
    steps.forEach((step, i) => step.setAttribute("aria-pressed", String(i === row)));
  };
  const stop = () => {
    clearInterval(timer);
    timer = 0;
    play.textContent = "Play";
  };
  const start = () => {
    let row = 0;
    show(row);
    play.textContent = "Pause";
    timer = setInterval(() => {
      show((row += 1));
      if (row === steps.length - 1) stop();
    }, FRAME);
  };
  play.addEventListener("click", () => (timer ? stop() : start()));
  slider.addEventListener("input", () => {
    stop();
    show(Number(slider.value));
  });
  steps.forEach((step, row) =>
    step.addEventListener("click", () => {
      stop();
      show(row);
    }),
  );
  show(steps.length - 1);
  films.classList.add("playable");
  const seen = new IntersectionObserver(([entry]) => {
    if (!entry.isIntersecting) return;
    seen.disconnect();
    if (!calm.matches) start();
  });
  seen.observe(films);
}
