// A list under the keyboard: one row has the cursor, some are picked; both survive a swap.
const ALIKE = "[data-row]";

export function list({ $, all, prefetch }) {
  let previewing, looking, last = { id: "", place: 0 }, gone = "", undoing = false, undone = false, picked = new Set();

  const rows = () => all(ALIKE);
  const here = () => $(`${ALIKE}[data-cursor]`);
  const boxes = () => all(".pick input[name=pick]");
  const numberOf = (row) => row?.dataset.url?.match(/(\d+)\/$/)?.[1];

  function put(row, focus = true) {
    const was = here();
    if (was && was !== row) { delete was.dataset.cursor; was.removeAttribute("aria-current"); }
    row.dataset.cursor = "";
    row.setAttribute("aria-current", "true");
    last = { id: row.id, place: rows().indexOf(row) };
    if (focus) { row.scrollIntoView({ block: "nearest" }); $("a", row)?.focus({ preventScroll: true }); }
    look(row);
  }
  function move(by, extend) {
    const found = rows(), was = here(), at = found.indexOf(was);
    const row = found[Math.max(0, Math.min(found.length - 1, at < 0 ? 0 : at + by))];
    if (extend) for (const one of [was, row]) pick(one, true);
    put(row);
  }
  function look(row) {
    clearTimeout(previewing);
    if (row.dataset.preview && $("#preview")?.offsetParent) previewing = setTimeout(() => preview(row.dataset.preview), 90);
    if (row.dataset.url) prefetch($("a", row)?.href, 150);
  }
  async function preview(url) {
    looking?.abort();
    looking = new AbortController();
    try {
      const answer = await fetch(url, { headers: { "HX-Request": "true" }, signal: looking.signal });
      const html = answer.ok && !answer.redirected && await answer.text();
      // Whoever opened the ticket meanwhile has left the preview's place.
      if (html && $("#preview")) htmx.swap("#preview", html, { swapStyle: "outerHTML", swapDelay: 0, settleDelay: 0 });
    } catch { /* another row was looked at */ }
  }
  function pick(row, on) {
    const box = row && $(".pick input", row);
    if (!box) return;
    box.checked = on ?? !box.checked;
    counted(box.form);
  }
  function unpick() {
    for (const box of all(".pick input:checked")) { box.checked = false; counted(box.form); }
  }
  function counted(form) {
    picked = new Set(boxes().filter((box) => box.checked).map((box) => box.value));
    const count = form && $("[data-picked]", form);
    if (count) count.textContent = picked.size;
  }
  // The tickets a key is about: those picked, else the one under the cursor, else the open one.
  function targets() {
    if (picked.size) return [...picked];
    const open = $("article[id^=ticket-]")?.id.slice(7), row = numberOf(here());
    return open ? [open] : row ? [row] : [];
  }
  function restore() {
    const found = rows();
    for (const box of boxes()) if (picked.has(box.value)) box.checked = true;
    counted($(".pick input")?.form);
    const again = undone && document.getElementById(gone);  // what was taken back is there again
    undone = false;
    if (again) { gone = ""; put(again, false); }
    else if (last.id && found.length && !here()) {
      const still = document.getElementById(last.id);
      if (!still) gone = last.id;
      put(still ?? found[Math.min(last.place, found.length - 1)], false);
    } else if (found.length) look(here() ?? found[0]);
  }
  function refresh() {
    const root = $("#inbox") ?? $("form#rows");
    if (!root) return;
    htmx.trigger(root, "htmx:abort");  // what was asked before knows less
    htmx.ajax("GET", location.pathname + location.search, { source: root, target: root, swap: "outerHTML" })
      .catch(() => { /* given up for a newer one */ });
  }
  const leave = (numbers) => numbers.forEach((number) => document.getElementById(`row-${number}`)?.setAttribute("data-leaving", ""));
  const stay = () => all("[data-leaving]").forEach((row) => row.removeAttribute("data-leaving"));

  document.addEventListener("change", ({ target }) => {
    if (target.matches("[data-pick-all]")) for (const box of all(".pick input[name]", target.closest("table"))) box.checked = target.checked;
    if (target.matches(".pick input")) counted(target.form);
  });
  document.addEventListener("click", (event) => {
    const row = event.target.closest(ALIKE);
    if (row && !event.target.closest("a, button, input, label, select, summary")) put(row, false);
  });
  document.addEventListener("pointerover", ({ target }) => {
    const row = target.closest?.(ALIKE);
    if (row?.dataset.url) prefetch($("a", row)?.href, 120);
  });
  document.addEventListener("htmx:afterSettle", ({ target }) => target.matches?.("#inbox, #rows") && restore());
  document.addEventListener("htmx:beforeRequest", ({ target }) => { if (target.closest?.(".toast")) undoing = true; });
  // A list that was asked for before it was taken back says nothing of it.
  document.addEventListener("tickets-changed", () => { [undone, undoing] = [undoing, false]; picked.clear(); refresh(); });
  document.addEventListener("htmx:afterRequest", ({ detail }) => { if (detail.xhr.status >= 400) { undoing = false; stay(); } });
  const from = location.hash.startsWith("#row-") && document.getElementById(location.hash.slice(1));
  if (from) put(from); else if (rows().length) look(rows()[0]);

  return { rows, here, move, pick, unpick, targets, leave, isListed: () => Boolean($(`${ALIKE}[data-url]`)) && !$("article[id^=ticket-]") };
}
