// Conditions offered under the filter while somebody types; Enter without a choice filters.
export function terms({ $, all }) {
  const list = () => $("#terms"), field = () => $("[aria-controls=terms]");
  const options = () => all("[role=option]", list()), current = () => $("[aria-selected=true]", list());

  function choose(option) {
    current()?.setAttribute("aria-selected", "false");
    option?.setAttribute("aria-selected", "true");
    if (option) field().setAttribute("aria-activedescendant", option.id); else field().removeAttribute("aria-activedescendant");
  }
  function close() {
    if (!list()) return;
    list().hidden = true;
    field().setAttribute("aria-expanded", "false");
    choose();
  }
  function take(option) {
    const input = field();
    input.value = option.dataset.term;
    input.focus();
    if (option.dataset.term.endsWith(":")) input.dispatchEvent(new Event("input", { bubbles: true })); else close();
  }
  document.addEventListener("keydown", (event) => {
    if (event.target !== field() || !list() || list().hidden) return;
    const found = options(), at = found.indexOf(current());
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      choose(found[(at + (event.key === "ArrowDown" ? 1 : found.length - (at < 0 ? 0 : 1))) % found.length]);
    } else if ((event.key === "Enter" || event.key === "Tab") && at >= 0) { event.preventDefault(); take(found[at]); }
    else if (event.key === "Escape") { event.preventDefault(); event.stopPropagation(); close(); }
  }, true);
  document.addEventListener("pointerdown", (event) => {
    const option = event.target.closest?.("#terms [role=option]");
    if (option) { event.preventDefault(); take(option); }
  });
  document.addEventListener("focusout", ({ target }) => target === field() && close());
  document.addEventListener("htmx:afterSettle", ({ target }) => {
    if (target.id === "terms") field()?.setAttribute("aria-expanded", String(!list().hidden && document.activeElement === field()));
    if (target.id === "terms" && document.activeElement !== field()) close();
  });
}
