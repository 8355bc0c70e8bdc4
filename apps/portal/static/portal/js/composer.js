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
    const resolve = event.shiftKey && $("[data-send-resolve]", form);
    form.requestSubmit($("[name=review]", form) ?? (resolve?.offsetParent ? resolve : undefined));
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
    if (detail.elt.matches?.("[data-attach]")) detail.elt.value = "";
  });

  document.addEventListener("click", (event) => {
    const copy = event.target.closest("[data-copy]");
    if (copy) navigator.clipboard?.writeText($(".body", document.getElementById(copy.dataset.copy)).innerText);
  });
}
