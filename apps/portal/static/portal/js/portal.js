// What pages cannot say in HTML: keys, dialogs, the palette, countdowns, live counts.
// Everything here is a shortcut to something that works without it.
import { spell } from "./time.js";
import { keyboard } from "./keyboard.js";
import { composer } from "./composer.js";
import { list } from "./list.js";
import { offers } from "./offers.js";
import { opening } from "./opening.js";
import { palette } from "./palette.js";
import { terms } from "./terms.js";

const $ = (query, root = document) => root.querySelector(query);
const all = (query, root = document) => [...root.querySelectorAll(query)];

// On a phone the tab one is on may stand beyond the edge.
$(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

/* dialogs and the palette */
function open(id) {
  const dialog = document.getElementById(id);
  if (dialog && !dialog.open) dialog.showModal();
}
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open]");
  if (opener) open(opener.dataset.open);
  const dismiss = event.target.closest("[data-dismiss]");
  if (dismiss) dismiss.closest(".toast").remove();
  if (event.target instanceof HTMLDialogElement) event.target.close();  // the backdrop
  for (const menu of all("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});
/* forms that send themselves */
document.addEventListener("change", ({ target }) => target.matches("[data-autosubmit]") && target.form.requestSubmit());

/* times move by themselves; the server's next answer corrects them */
function tick(root = document) {
  for (const time of all("time[data-live]", root)) {
    const said = spell(time.dataset.live, new Date(time.dateTime) - Date.now());
    if (time.textContent !== said) time.textContent = said;
    const badge = time.closest(".badge[data-tone]");
    if (time.dataset.live === "due" && badge && new Date(time.dateTime) < Date.now()) badge.dataset.tone = "bad";
  }
}
setInterval(tick, 15_000);
document.addEventListener("visibilitychange", () => document.hidden || tick());

/* answers of the server */
const live = $("#live"), toasts = $("#toasts");
function say(sentence, tone = "bad") {
  const toast = document.importNode($("#trouble").content, true);
  $("p", toast).textContent = sentence;
  $(".toast", toast).dataset.tone = tone;
  toasts.append(toast);
}
// A ticket that is not on this page cannot be drawn here: a list is told instead.
document.addEventListener("htmx:configRequest", ({ detail }) => {
  if (!$("article[id^=ticket-]")) detail.headers["X-Beside"] = $("#inbox, form#rows") ? "list" : "page";
});
document.addEventListener("htmx:oobAfterSwap", ({ detail }) => {
  if (detail.target.id === "count-inbox" && live.textContent !== detail.target.textContent) live.textContent = `Inbox: ${detail.target.textContent || "nothing late"}`;
});
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.xhr.responseURL.includes("/accounts/login/")) { detail.shouldSwap = false; location.reload(); }
});
document.addEventListener("htmx:responseError", ({ detail }) => say(detail.xhr.status === 403
  ? "Your roles do not let you do this." : "That did not work. Nothing was lost; try again in a moment."));
const typed = (form) => all("textarea, input:not([type=hidden], [type=checkbox], [type=radio])", form);
// A refusal stands beside the field it is about, until that is typed in.
function refused(form, answer) {
  const name = answer.getResponseHeader("X-Refused");
  if (name === null || !form) return;
  const fields = typed(form), field = fields.find((one) => one.name === name) ?? (fields.length === 1 ? fields[0] : null);
  if (!field) return;
  $(".refused", form)?.remove();
  const said = document.createElement("p");
  said.className = "refused";
  said.id = `${field.id || field.name}-refused`;
  said.textContent = $(".toast:last-child p", toasts)?.textContent ?? "";
  field.after(said);
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-describedby", said.id);
  field.focus();
  field.addEventListener("input", () => { said.remove(); field.removeAttribute("aria-invalid"); field.removeAttribute("aria-describedby"); }, { once: true });
}
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  const form = detail.elt;
  if (detail.xhr.status >= 400 && form.matches?.("form.inline") && !typed(form).length) form.reset();  // a choice that was refused
  refused(form.closest?.("form"), detail.xhr);
  const offer = detail.successful && form.closest?.(".toast");
  if (offer) offer.remove();
});
document.addEventListener("words-back", () => $(".editor[data-mode=reply] textarea")?.focus());  // to be mended
document.addEventListener("htmx:sendError", () => say("The portal cannot be reached. What you typed is still here."));
document.addEventListener("htmx:afterSettle", ({ target }) => tick(target));
// What was refused before is over once something new is said; three of the rest stand at most.
function clear(toast) {
  const before = all(".toast", toasts).filter((one) => one !== toast && !one.matches(":hover, :focus-within"));
  before.filter((one) => one.dataset.tone === "bad").forEach((one) => one.remove());
  before.filter((one) => one.isConnected).slice(0, -2).forEach((one) => one.remove());
}
new MutationObserver((changes) => {
  for (const { addedNodes } of changes) for (const toast of addedNodes)
    if (toast.matches?.(".toast")) clear(toast);
  for (const { addedNodes } of changes) for (const toast of addedNodes)
    if (toast.matches?.(".toast:not([data-tone=bad])")) setTimeout(() => toast.matches(":hover, :focus-within") || toast.remove(), 15_000);
}).observe(toasts ?? document.createElement("i"), { childList: true });
all(".toast", toasts ?? document).forEach((toast) => setTimeout(() => toast.remove(), 15_000));

/* what is opened or chosen is seen whole, on a phone too */
document.addEventListener("toggle", ({ target }) => target.matches("details.menu[open]") && $("summary ~ *", target)?.scrollIntoView({ block: "nearest" }), true);
const tab = $(".tabs [aria-current]");
if (tab) tab.parentElement.scrollLeft = tab.offsetLeft - tab.parentElement.offsetLeft - 16;

/* the rail's numbers, once a minute while somebody looks */
if (toasts && document.body.dataset.counts) setInterval(() => document.hidden || htmx.ajax("GET", document.body.dataset.counts, { swap: "none" }), 60_000);

composer({ $, all });
offers({ all });
const opened = opening({ $ });
const rows = list({ $, all, prefetch: opened.prefetch });
keyboard({ $, all, open, say, list: rows, opening: opened, palette: palette({ $, all, targets: rows.targets }) });
terms({ $, all });
