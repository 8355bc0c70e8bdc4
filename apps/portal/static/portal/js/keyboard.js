// Single keys, the same in list and record; the table of them is apps/portal/keys.py. Off while
// typing; off where the person says so; a key somebody chose stands for the one of the table.
const TYPING = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";
const PAUSE = 1200;  // milliseconds between the two keys of "g q"
const OPENING = new Set(["r", "n", "f", "l", "L", "C", "R", "m m"]);  // on a row: open the ticket first
const AT_ONCE = {  // on rows: done without another question. The verb for one ticket, the fields for many
  w: ["follow"], N: ["need-no-reply"],  // for one only
  i: ["take", () => ({ assignee: document.body.dataset.me })], 1: ["take", () => ({ assignee: document.body.dataset.me })],
  e: ["resolve", () => ({ status: "resolved" })], E: ["resolve", () => ({ status: "resolved" })],
};

export function keyboard({ $, all, open, list, palette, opening, say }) {
  const own = JSON.parse(document.body.dataset.keys || "{}"), moved = new Set(Object.values(own));
  let began = { key: "", at: 0 }, borrowed = "";  // a control that a key went to, and that is left again

  function meant(event) {
    const letter = event.key.length === 1 && event.key < "\x7f" ? event.key.toLowerCase() : event.code.replace(/^(Key|Digit)/, "").toLowerCase();
    const pressed = event.altKey ? `Alt+${letter}` : event.key;
    return own[pressed] ?? (event.altKey || moved.has(pressed) ? "" : pressed);
  }
  // Where each message offers it: of the one in focus, else of the last.
  function meantBy(found) {
    const said = found.filter((one) => one.closest(".message"));
    return said.find((one) => one.closest(".message").contains(document.activeElement)) ?? said.at(-1) ?? found[0];
  }
  function writeOn(area) {  // after what was drafted, not before it
    area?.focus();
    if (area?.selectionEnd === 0) area.setSelectionRange(area.value.length, area.value.length);
  }
  function press(key) {
    const target = meantBy(all(`[data-key="${CSS.escape(key)}"]`));
    if (!target) return false;
    const menu = target.closest("details");
    if (target.matches("summary")) { menu.open = !menu.open; (menu.open ? $("select, input:not([type=hidden]), button, a", menu) : target)?.focus(); }
    else if (target.matches("input:not([type=radio], [type=checkbox]), textarea, select")) { target.focus(); borrowed = target.id; target.select?.(); if (target.matches("select")) target.showPicker?.(); }
    else target.click();
    if ("writes" in target.dataset) writeOn(all("textarea", target.form).find((area) => area.offsetParent));
    return true;
  }
  function send(url, values) {
    return htmx.ajax("POST", url, { source: document.body, swap: "none", values });
  }
  function onRows(key) {
    const numbers = list.targets();
    if (!numbers.length) return false;
    if (key === "m m" && numbers.length > 1 && press(key)) return true;  // the bar's own
    if (OPENING.has(key)) { opening.open($(`#row-${numbers[0]} a`)?.href ?? `/tickets/${numbers[0]}/`, key); return true; }
    if (key in AT_ONCE) {
      const [verb, fields] = AT_ONCE[key];
      if (numbers.length > 1 && !fields) { say("One ticket at a time, please.", "warn"); return true; }
      if (verb === "resolve") list.leave(numbers);
      if (numbers.length === 1) send(`/tickets/${numbers[0]}/${verb}/`);
      else send("/tickets/bulk/", { ...fields(), pick: numbers });
      return true;
    }
    return deed(key);
  }
  function deed(key) {
    const name = palette.deeds[key];
    if (name && list.targets().length) palette.open(name);
    return Boolean(name);
  }
  function onTicket(key) {
    if (key === "E") {
      const next = $("article a[rel=next]") ?? $("[data-key=u]"), form = $("[data-key=e]")?.form;
      if (form) send(form.action, { then: next.getAttribute("href") });
      return Boolean(form);
    }
    if (key === "1") return press("i");
    return press(key) || deed(key);
  }
  function copy() {
    const row = list.isListed() && list.here(), link = row && $("a", row);
    const words = link ? `#${row.dataset.url.match(/\d+/)[0]} ${link.innerText} ${link.href.split("?")[0]}` : `${$("h1")?.innerText.replace(/\s+/g, " ").trim() ?? ""} ${location.href.split("?")[0]}`.trim();
    navigator.clipboard?.writeText(words).then(() => say("Copied.", "good"));
  }
  // Back to the page one came from, as one left it, where that is what the link says; a ticket that
  // was opened from no list leads to the page it was opened from.
  function back() {
    const link = $("[data-key=u]"), from = URL.parse?.(document.referrer);
    if (link && from?.origin === location.origin && from.pathname !== location.pathname) {
      const open = $("article[id^=ticket-]"), listed = new URLSearchParams(location.search).has("in");
      if (open ? !listed && !from.pathname.startsWith("/tickets/") : from.pathname === new URL(link.href).pathname) { history.back(); return true; }
    }
    return press("u");
  }
  function act(key, at) {
    if (began.key && at - began.at < PAUSE) {
      const first = began.key;
      began = { key: "", at: 0 };
      const link = first === "g" && $(`[data-go="${CSS.escape(key)}"]`);
      if (link) { link.click(); return true; }
      if (first !== "g" && key === first) return list.isListed() ? onRows(`${first} ${key}`) : onTicket(`${first} ${key}`);
    }
    const listed = list.isListed(), walked = list.rows().length && !$("article[id^=ticket-]");
    switch (key) {
      case "": return false;
      case "g": case "m": began = { key, at }; return true;
      case "?": open("keys"); return true;
      case ".": copy(); return true;
      case "j": case "k": case "J": case "K":
        if (!walked) return press(key.toLowerCase());
        list.move(key.toLowerCase() === "j" ? 1 : -1, key === "J" || key === "K");
        return true;
      case "z": if (!press("z")) say("Nothing to take back here.", "warn"); return true;
      case "x": list.pick(list.here()); return true;
      case "o":
        if (!list.here()) return press("o");
        $("a[data-open-row], a", list.here())?.click();
        return true;
      case "Escape": case "u":
        if (key === "Escape" && $(".pick input:checked")) { list.unpick(); return true; }
        return back();
    }
    if (key.length > 1 && !key.includes(" ")) return false;
    return listed ? onRows(key) || press(key) || unchosen(key) : onTicket(key);
  }
  function unchosen(key) {
    const known = key in AT_ONCE || OPENING.has(key) || key in palette.deeds;
    if (known && !list.targets().length) say("Choose a ticket first: j goes down the list.", "warn");
    return known;
  }

  function pressed(event) {
    const { key, target } = event, chord = event.ctrlKey || event.metaKey;
    if (chord && key.toLowerCase() === "k") { event.preventDefault(); palette.open(); return; }
    if (chord && key === "Enter" && target.form) {
      event.preventDefault();
      const button = event.shiftKey && $("[data-send-resolve]", target.form);
      if (button) button.click();
      else target.form.requestSubmit();
      return;
    }
    if (key === "Escape") {
      if ($("[popover]:popover-open")) return;  // the browser closes it
      const dialog = target.closest?.("dialog[open]");  // a search in it would only be emptied
      if (dialog) { event.preventDefault(); dialog.close(); return; }
      const menu = target.closest?.("details.menu[open]");
      if (menu) { menu.open = false; $("summary", menu).focus(); return; }
      if (target.matches?.(TYPING)) { target.blur(); return; }
    }
    // A list of choices that a key opened and Escape shut: the next key is a key again, not a choice.
    if (target.matches?.("select") && target.id === borrowed && target.showPicker && key.length === 1 && !chord) { borrowed = ""; target.blur(); }
    else if (target.matches?.(TYPING)) return;
    if (chord || event.defaultPrevented || event.isComposing || $("dialog[open]")) return;
    if (!("shortcuts" in document.body.dataset)) return;
    if (act(meant(event), event.timeStamp)) event.preventDefault();
  }
  function again(event) {
    const { type, key, target } = event, field = document.activeElement;
    if (type === "change") target.dispatchEvent(new Event(type, { bubbles: true }));
    else if (!field.matches(TYPING) || target.matches?.(TYPING)) pressed(event);
    else if (key.length > 1 || event.ctrlKey || event.metaKey) field.dispatchEvent(new KeyboardEvent(type, event));
    else if (Number.isInteger(field.selectionEnd)) {
      field.setRangeText(key, field.selectionStart, field.selectionEnd, "end");
      field.dispatchEvent(new InputEvent("input", { bubbles: true }));
    }
  }
  // What had the focus may be gone with the card it stood on: then the page has it, never nothing.
  let held = false;
  document.addEventListener("htmx:beforeSwap", ({ detail }) => { held = detail.target !== document.body && detail.target.contains(document.activeElement); });
  document.addEventListener("htmx:afterSettle", ({ target }) => {
    const lent = borrowed && document.activeElement?.id === borrowed, lost = held && document.activeElement === document.body;
    if (!target.matches?.("article") || !lent && !lost) return;
    borrowed = "";
    held = false;
    $("#main").focus({ preventScroll: true });
  });
  document.addEventListener("press", ({ detail }) => press(detail));
  const then = decodeURIComponent(location.hash.match(/^#press-(.+)$/)?.[1] ?? "");
  if (then) { history.replaceState(history.state, "", location.pathname + location.search); press(then); }
  // What was done before the scripts were there; after a key that led into a field the rest is text.
  addEventListener("DOMContentLoaded", () => {
    for (const type of ["keydown", "change"]) removeEventListener(type, keep, true);
    document.addEventListener("keydown", pressed);
    early.forEach(again);
  });
}
