// Single keys, the same in list and record. Off while typing; off where the person says so.
const TYPING = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";

export function keyboard({ open, $, all, countPicked }) {
  let going = 0, previewing;

  const rows = () => all("[data-row]");
  const here = () => $("[data-row][data-cursor]");

  function move(by, extend) {
    const list = rows();
    if (!list.length) return;
    const was = here(), at = list.indexOf(was);
    const row = list[Math.max(0, Math.min(list.length - 1, at < 0 ? 0 : at + by))];
    if (extend) for (const one of [was, row]) pick(one, true);
    if (was) { delete was.dataset.cursor; was.removeAttribute("aria-current"); }
    row.dataset.cursor = "";
    row.setAttribute("aria-current", "true");
    row.scrollIntoView({ block: "nearest" });
    $("a", row)?.focus({ preventScroll: true });
    preview(row);
  }
  function preview(row) {
    clearTimeout(previewing);
    const pane = $("#preview");
    if (row.dataset.preview && pane?.offsetParent) previewing = setTimeout(
      () => htmx.ajax("GET", row.dataset.preview, { target: "#preview", swap: "outerHTML" }), 90);
  }
  function pick(row, on) {
    const box = row && $(".pick input", row);
    if (!box) return;
    box.checked = on ?? !box.checked;
    countPicked(box.form);
  }
  function press(target) {
    if (!target) return false;
    const menu = target.closest("details");
    if (target.matches("summary")) { menu.open = !menu.open; (menu.open ? $("select, input:not([type=hidden]), button, a", menu) : target)?.focus(); }
    else if (target.matches("input:not([type=radio], [type=checkbox]), textarea, select")) { target.focus(); target.select?.(); if (target.matches("select")) target.showPicker?.(); }
    else target.click();
    if ("writes" in target.dataset) $("textarea", target.form).focus();
    return true;
  }

  document.addEventListener("keydown", (event) => {
    const { key, target } = event;
    const chord = event.ctrlKey || event.metaKey;
    if (chord && key.toLowerCase() === "k") { event.preventDefault(); open("palette"); return; }
    if (chord && key === "Enter" && target.form) {
      event.preventDefault();
      const button = event.shiftKey && $("[data-send-resolve]", target.form);
      target.form.requestSubmit(button || undefined);
      return;
    }
    if (key === "Escape") {
      if ($("[popover]:popover-open")) return;  // the browser closes it
      const menu = target.closest?.("details.menu[open]");
      if (menu) { menu.open = false; $("summary", menu).focus(); return; }
      if (target.matches?.(TYPING)) { target.blur(); return; }
    }
    if (chord || event.altKey || event.defaultPrevented || target.matches?.(TYPING) || $("dialog[open]")) return;
    if (!("shortcuts" in document.body.dataset)) return;

    let done = true;
    if (going && Date.now() - going < 1200) { going = 0; const link = $(`[data-go="${CSS.escape(key)}"]`); done = Boolean(link); link?.click(); }
    else if (key === "g") going = Date.now();
    else if (key === "?") open("keys");
    else if (key === "j" || key === "J") move(1, event.shiftKey);
    else if (key === "k" || key === "K") move(-1, event.shiftKey);
    else if (key === "x") pick(here());
    else if (key === "o" && here()) $("a[data-open-row], a", here())?.click();
    else if (key === ".") { navigator.clipboard?.writeText(location.href); }
    else if (key === "u" || key === "Escape") done = press($("[data-key=u]"));
    else done = key.length === 1 && press($(`[data-key="${CSS.escape(key)}"]`));
    if (done) event.preventDefault();
  });

  document.addEventListener("click", (event) => {
    const row = event.target.closest("[data-row]");
    if (!row || event.target.closest("a, button, input, label, select, summary")) return;
    for (const other of rows()) delete other.dataset.cursor;
    row.dataset.cursor = "";
    preview(row);
  });
}
