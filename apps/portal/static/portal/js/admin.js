// Django's autocomplete boxes have a visible label that assistive technology is not told of.
const name = (box) => {
  const select = box.closest(".select2-container")?.previousElementSibling;
  const label = select?.id && document.querySelector(`label[for="${CSS.escape(select.id)}"]`);
  if (label) box.setAttribute("aria-label", label.textContent.trim().replace(/:$/, ""));
};
const nameAll = () => document.querySelectorAll(".select2-selection:not([aria-label])").forEach(name);
new MutationObserver(nameAll).observe(document.documentElement, { childList: true, subtree: true });
