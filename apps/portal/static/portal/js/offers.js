// A field above rows that are offered for what is typed: the arrows go from one to the next.
export function offers({ all }) {
  document.addEventListener("keydown", (event) => {
    const box = event.target.closest?.("[data-offers]"), to = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!box || !to) return;
    const [field] = all("input[type=search], input[type=text]", box);
    const stops = [field, ...all(".rows button", box)], at = stops.indexOf(event.target);
    if (at < 0) return;
    event.preventDefault();
    stops[Math.min(Math.max(at + to, 0), stops.length - 1)].focus();
  });
}
