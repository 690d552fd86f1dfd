// Small helps for the page: copying, and single keys.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const source = document.querySelector(button.dataset.copy);
  const text = source.value ?? source.textContent;
  const status = document.querySelector("#oo-status");
  try {
    await navigator.clipboard.writeText(text);
    status.textContent = button.dataset.copied;
    button.classList.add("oo-copied");
    setTimeout(() => button.classList.remove("oo-copied"), 2000);
  } catch {
    // Without permission for the clipboard the text is selected, ready for Ctrl+C.
    const range = document.createRange();
    if (source.select) source.select();
    else {
      range.selectNodeContents(source);
      const selection = window.getSelection();
      selection.removeAllRanges();
      selection.addRange(range);
    }
    status.textContent = button.dataset.selected;
  }
});

document.addEventListener("keydown", (event) => {
  if (document.body.dataset.singleKeys !== "on") return;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  // A button that has a key of its own; a key that is held down presses it once.
  const button = event.key.length === 1 && !event.repeat && document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (button) {
    event.preventDefault();
    button.click();
  }
});
