// The editor under a thread: signs of life, what came meanwhile, files that are dropped or pasted.
// Everything it sends, a form beside it sends too.
const PULSE = 10_000;

export function composer({ $, all }) {
  const pulse = () => document.hidden || all("[data-pulse]").forEach((one) => htmx.trigger(one, "pulse"));
  setInterval(pulse, PULSE);
  document.addEventListener("visibilitychange", pulse);

  /* Ctrl+Enter presses the button one sees: Review where something came meanwhile */
  document.addEventListener("keydown", (event) => {
    const form = event.target.closest?.(".composer");
    if (!form || event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    event.stopPropagation();
    if (form.matches(".htmx-request")) return;  // it is being sent
    const resolve = event.shiftKey && $("[data-send-resolve]", form);
    const button = $("[name=review]", form) ?? (resolve?.offsetParent ? resolve : null);
    if (button) button.click();  // htmx sends what a button says only where it was clicked
    else form.requestSubmit();
  }, true);

  /* z takes back what was done last */
  document.addEventListener("htmx:oobAfterSwap", () => all("#toasts [data-key=z]").slice(0, -1).forEach((one) => { delete one.dataset.key; }));

  /* what came meanwhile is shown, not jumped over; the caret stays where it is */
  document.addEventListener("htmx:afterSettle", () => {
    const news = $("[data-reviewed]"), message = news && document.getElementById(news.dataset.reviewed);
    if (!message) return;
    delete news.dataset.reviewed;
    message.scrollIntoView({ block: "center" });
  });

  if (!location.hash) $(".divider")?.scrollIntoView({ block: "center" });

  /* seconds until it leaves */
  function count() {
    for (const one of all("[data-until]")) {
      const left = Math.ceil((new Date(one.dataset.until) - Date.now()) / 1000);
      const words = $("[data-count]", one);
      if (left <= 0) one.remove();
      else if (words) words.textContent = words.dataset.count ? words.dataset.count.replace("#", left) : `leaves in ${left} s`;
    }
  }
  setInterval(count, 500);

  /* Markdown around what is chosen */
  function format(area, mark) {
    const from = area.selectionStart, to = area.selectionEnd, chosen = area.value.slice(from, to);
    if (mark === "link") put(area, from, to, `[${chosen || "words"}](https://)`);
    else if (mark.endsWith(" ")) {
      const start = area.value.lastIndexOf("\n", from - 1) + 1;
      put(area, start, to, area.value.slice(start, to).split("\n").map((line) => mark + line).join("\n"));
    } else {
      put(area, from, to, mark + chosen + mark);
      if (!chosen) area.selectionStart = area.selectionEnd = from + mark.length;
    }
    area.focus();
  }
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-format]");
    if (button) format($("textarea", button.closest(".editor")), button.dataset.format);
    if (event.target.closest("[data-close-words]")) { const words = $("#words"); words.replaceChildren(); words.hidden = true; writing()?.focus(); }
  });
  document.addEventListener("keydown", (event) => {
    const mark = (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && { b: "**", i: "*" }[event.key];
    if (!mark || !event.target.matches?.(".editor textarea")) return;
    event.preventDefault();
    format(event.target, mark);
  });

  /* files: pasted or dropped they go the way of the field beside the editor */
  function attach(area, files) {
    const input = $("[data-attach]", area.closest(".editor"));
    if (!input || !files.length) return false;
    const all = new DataTransfer();
    for (const file of files) all.items.add(file);
    input.files = all.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
    return true;
  }
  document.addEventListener("paste", (event) => {
    if (event.target.matches?.(".editor textarea") && attach(event.target, event.clipboardData.files)) event.preventDefault();
  });
  for (const kind of ["dragover", "drop"]) document.addEventListener(kind, (event) => {
    const form = event.target.closest?.(".composer");
    if (!form || !event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    const area = all("textarea", form).find((one) => one.offsetParent);
    if (kind === "drop") attach(area, event.dataTransfer.files);
  });
  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (!detail.elt.matches?.("[data-attach]")) return;
    detail.elt.value = "";
    setTimeout(() => writing() && htmx.trigger(writing(), "keep"));  // no draft is kept while a file comes
  });

  /* pickers: prepared words and macros, by a key, a button, or / in the editor */
  let caret = null;  // where the words go

  function pick(id, area, slash = false) {
    const box = document.getElementById(id);
    if (!box || box.open) return;
    caret = area && { area, from: area.selectionStart, to: area.selectionEnd, slash };
    const input = $("input[type=search]", box);
    input.value = "";
    box.showModal();
    input.dispatchEvent(new Event("open"));
  }
  function put(area, from, to, words) {
    area.setRangeText(words, from, to, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }
  const writing = () => all(".composer textarea").find((one) => one.offsetParent);
  const options = (box) => all(".option", box);
  function point(box, to) {
    const found = options(box), at = found.findIndex((one) => "cursor" in one.dataset);
    found.forEach((one) => { delete one.dataset.cursor; });
    const next = found[(at + to + found.length) % found.length] ?? found[0];
    if (next) { next.dataset.cursor = ""; next.scrollIntoView({ block: "nearest" }); }
  }
  const boxOf = ({ target }) => target.closest?.(".picker");
  document.addEventListener("keydown", (event) => {
    const box = boxOf(event), to = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!box) return;
    if (to) { event.preventDefault(); point(box, to); }
    if (event.key === "Enter" && event.target.matches("input[type=search]")) { event.preventDefault(); $(".option[data-cursor] button", box)?.click(); }
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    const box = boxOf(event);
    if (box && !$("[data-cursor]", box)) point(box, 1);
  });
  document.addEventListener("click", (event) => {
    const box = boxOf(event);
    if (box && event.target.closest(".option button")) setTimeout(() => box.close());
  });
  document.addEventListener("submit", (event) => {
    const option = boxOf(event) && event.target.closest("[data-canned]"), form = $(".composer");
    if (!option || !form) return;
    event.preventDefault();
    const place = caret ?? { area: writing(), from: writing().value.length, to: writing().value.length };
    put(place.area, place.from, place.to, $(".words", option).textContent);
    const used = Object.assign(document.createElement("input"), { type: "hidden", name: "canned", value: option.dataset.canned });
    $("[data-used]", form).append(used);
    caret = { area: place.area };
  });
  document.addEventListener("close", (event) => {
    const box = boxOf(event), place = caret;
    if (!box || !place) return;
    caret = null;
    place.area.focus();
    if (place.slash && !$("input[type=search]", box).value) put(place.area, place.from, place.to, "/");
  }, true);
  document.addEventListener("keydown", (event) => {
    const area = event.target;
    if (event.key !== "/" || event.ctrlKey || event.metaKey || !area.matches?.(".editor[data-mode=reply] textarea")) return;
    if (!/(^|\s)$/.test(area.value.slice(0, area.selectionStart))) return;
    event.preventDefault();
    pick("canned", area, true);
  });
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-picker]");
    if (!opener || event.ctrlKey || event.metaKey || !document.getElementById(opener.dataset.picker)) return;
    event.preventDefault();
    pick(opener.dataset.picker, opener.dataset.picker === "canned" ? writing() : null);
  });

  /* @ in a note: whom to mention */
  const mentions = () => $("#mentions");
  const begun = (area) => /(?:^|[\s(])@([\w.+-]*)$/.exec(area.value.slice(0, area.selectionStart));
  function closeMentions() { const list = mentions(); if (list) { list.hidden = true; list.replaceChildren(); } }
  document.addEventListener("input", ({ target }) => {
    if (!target.matches?.(".editor[data-mode=note] textarea")) return;
    const found = begun(target);
    if (!found) return closeMentions();
    const url = `${$("[data-suggest]").dataset.suggest}?q=${encodeURIComponent(found[1])}`;
    fetch(url, { headers: { "HX-Request": "true" } }).then((answer) => answer.ok ? answer.text() : "").then((html) => {
      if (begun(target)?.[1] !== found[1]) return;  // more was typed meanwhile
      if (html) mentions().outerHTML = html;
      if (!$("[role=option]", mentions())) closeMentions();
    });
  });
  function mention(area, option) {
    const found = begun(area), at = area.selectionStart;
    put(area, at - found[1].length, at, `${option.dataset.handle} `);
    closeMentions();
    area.focus();
  }
  document.addEventListener("keydown", (event) => {
    const list = mentions(), area = event.target;
    if (!list || list.hidden || !area.matches?.(".editor textarea")) return;
    const found = all("[role=option]", list), at = found.findIndex((one) => one.ariaSelected === "true");
    if (!found.length) return;
    const to = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (to) { found[at].ariaSelected = "false"; const next = found[(at + to + found.length) % found.length]; next.ariaSelected = "true"; area.setAttribute("aria-activedescendant", next.id); }
    else if (event.key === "Enter" || event.key === "Tab") mention(area, found[at]);
    else if (event.key === "Escape") closeMentions();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }, true);
  document.addEventListener("mousedown", (event) => {
    const option = event.target.closest("#mentions [role=option]");
    if (option) { event.preventDefault(); mention(writing(), option); }
  });

  document.addEventListener("click", (event) => {
    const copy = event.target.closest("[data-copy]");
    if (copy) navigator.clipboard?.writeText($(".body", document.getElementById(copy.dataset.copy)).innerText);
  });
}
