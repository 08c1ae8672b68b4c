"use strict";

// A chart shows the values nearest to the pointer, or those chosen with the arrow keys. They are
// rows of its table, in which most rows are hidden.
for (const chart of document.querySelectorAll(".chart:has([data-x])")) {
  const [plot] = chart.getElementsByClassName("plot");
  const rows = [...chart.querySelectorAll("[data-x]")];
  const heads = [...chart.querySelectorAll("thead th")].map((head) => head.textContent);
  const note = document.createElement("div");
  const text = document.createElement("p");
  let at = rows.length - 1;

  const show = (row) => {
    at = Math.max(0, Math.min(row, rows.length - 1));
    const cells = [...rows[at].cells].map((cell) => cell.textContent);
    const lines = heads.map((head, i) => `${head}${i ? ":" : ""} ${cells[i]}`).filter((_, i) => cells[i]);
    const x = Number(rows[at].dataset.x);
    text.textContent = lines.join("\n");
    note.style.left = `${100 * x}%`;
    note.classList.toggle("beyond", x > 0.5);
    plot.append(note);
    plot.setAttribute("aria-valuenow", at);
    plot.setAttribute("aria-valuetext", lines.join(", "));
  };
  const nearest = ({ clientX }) => {
    const { left, width } = plot.getBoundingClientRect();
    const gaps = rows.map((row) => Math.abs((clientX - left) / width - row.dataset.x));
    return gaps.indexOf(Math.min(...gaps));
  };
  const keys = {
    ArrowLeft: () => at - 1,
    ArrowRight: () => at + 1,
    Home: () => 0,
    End: () => rows.length - 1,
  };

  note.append(text);
  note.className = "reading";
  note.setAttribute("aria-hidden", "true");
  plot.tabIndex = 0;
  plot.setAttribute("role", "slider");
  plot.setAttribute("aria-valuemin", 0);
  plot.setAttribute("aria-valuemax", rows.length - 1);
  plot.setAttribute("aria-valuenow", at);
  for (const event of ["pointermove", "pointerdown"])
    plot.addEventListener(event, (pointer) => show(nearest(pointer)));
  plot.addEventListener("pointerleave", () => document.activeElement !== plot && note.remove());
  plot.addEventListener("focus", () => show(at));
  plot.addEventListener("blur", () => note.remove());
  plot.addEventListener("keydown", (event) => {
    if (event.key === "Escape") note.remove();
    if (!(event.key in keys)) return;
    event.preventDefault();
    show(keys[event.key]());
  });
}

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
