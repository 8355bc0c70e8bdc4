// Opens a ticket from what was fetched a moment before. Fetching only looks: nothing is done by it.
const FRESH = 10_000, MOST = 4;  // milliseconds a page may be kept, and how many

export function opening({ $ }) {
  const kept = new Map();
  let waiting, flight;

  function prefetch(url, delay) {
    clearTimeout(waiting);
    if (!url || navigator.connection?.saveData || fresh(url)) return;
    waiting = setTimeout(async () => {
      flight?.abort();
      flight = new AbortController();
      try {
        const answer = await fetch(url, { headers: { "HX-Request": "true", Purpose: "prefetch" }, signal: flight.signal, priority: "low" });
        if (!answer.ok || answer.redirected) return;
        kept.set(url, { html: await answer.text(), at: Date.now() });
        if (kept.size > MOST) kept.delete(kept.keys().next().value);
      } catch { /* left before it came */ }
    }, delay);
  }
  function fresh(url) {
    const page = kept.get(url);
    if (page && Date.now() - page.at < FRESH) return page.html;
    kept.delete(url);
    return "";
  }
  // What is still asked for a part that goes would find nothing to be put into.
  function leave(part = $("#main"), asking = ":is([data-pulse], #inbox, #rows)") {
    for (const one of part.querySelectorAll(`${asking}.htmx-request`)) htmx.trigger(one, "htmx:abort");
  }
  addEventListener("popstate", () => leave());
  document.addEventListener("htmx:beforeSwap", ({ detail }) => detail.target.id === "main" ? leave() : leave(detail.target, "[data-pulse]"));
  // `then`: a key that is pressed once the ticket is there.
  function open(url, then = "") {
    const html = fresh(url);
    if (!html) { location.href = then ? `${url.split("#")[0]}#press-${encodeURIComponent(then)}` : url; return; }
    leave();
    history.replaceState({ ...history.state, htmx: true }, "");
    history.pushState({ htmx: true }, "", url);
    htmx.swap($("#main"), html, { swapStyle: "innerHTML", swapDelay: 0, settleDelay: 0 });
    kept.clear();
    document.title = `${$("#main h1").innerText.replace(/\s+/g, " ").trim()} · Afterlaunch`;
    const unread = $("#main .divider");  // what this person has not read begins there
    if (unread) unread.scrollIntoView({ block: "center" });
    else scrollTo(0, 0);
    $("#main").focus({ preventScroll: true });
    ahead();
    if (then) document.dispatchEvent(new CustomEvent("press", { detail: then }));
  }
  const ahead = () => prefetch($("article a[rel=next]")?.href, 400);

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("[data-row][data-url] a, article a[rel=next], article a[rel=prev], #preview header a, #preview a[data-kind=primary]");
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.defaultPrevented || !fresh(link.href)) return;
    event.preventDefault();
    open(link.href);
  });
  document.addEventListener("htmx:configRequest", ({ detail }) => { if (detail.verb !== "get") kept.clear(); });
  ahead();
  return { prefetch, open };
}
