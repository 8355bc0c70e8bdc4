// The palette: a combobox over what the server finds. `deed` narrows it to one verb, on these tickets.
export function palette({ $, all, targets }) {
  const box = $("#palette");
  if (!box) return { open() {}, deeds: {} };
  const input = $("input[type=search]", box), deed = $("[name=deed]", box), on = $("[name=on]", box), usual = input.placeholder;
  const deeds = JSON.parse(box.dataset.deeds);  // key → verb
  let answered = "", eager = false;

  const options = () => all("[role=option]", box);
  const current = () => $("[role=option][aria-selected=true]", box);
  const question = () => `${deed.value}|${input.value.trim()}`;

  function choose(option) {
    current()?.setAttribute("aria-selected", "false");
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    if (option) input.setAttribute("aria-activedescendant", option.id); else input.removeAttribute("aria-activedescendant");
  }
  function ask(name = "", asks = "") {
    deed.value = name;
    input.value = "";
    input.placeholder = asks || usual;
    answered = "?";
    input.dispatchEvent(new Event("open"));
  }
  function open(name = "") {
    if (box.open) return;
    on.value = targets().join(",");
    box.showModal();
    ask(name);
  }

  box.addEventListener("keydown", (event) => {
    const found = options(), at = found.indexOf(current()), last = found.length - 1;
    const to = { ArrowDown: at < last ? at + 1 : 0, ArrowUp: at > 0 ? at - 1 : last, PageDown: Math.min(at + 8, last), PageUp: Math.max(at - 8, 0) }[event.key];
    if (to !== undefined) { event.preventDefault(); choose(found[to]); }
    else if (event.key === "Backspace" && deed.value && !input.value) { event.preventDefault(); ask(); }
    else if (event.key === "Enter" && !event.isComposing && event.target === input && !event.ctrlKey && !event.metaKey) {
      if (answered !== question()) { event.preventDefault(); eager = true; }  // the answer is on its way
      else if (at >= 0 && !found[at].ariaDisabled) { event.preventDefault(); found[at].click(); }
      else if (deed.value) event.preventDefault();
    }
  });
  box.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (!option) return;
    if (option.dataset.deed) { ask(option.dataset.deed, option.dataset.asks); input.focus(); }
    else box.close();
  });
  box.addEventListener("htmx:afterSettle", () => {
    answered = $("#options", box).dataset.answers;
    input.placeholder = $("#options", box).dataset.asks || usual;
    choose(options()[0]);
    if (eager && answered === question()) { eager = false; current()?.click(); }  // not by an answer to less
  });
  box.addEventListener("close", () => { eager = false; });
  return { open, deeds };
}
