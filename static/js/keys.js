// Keys: the palette (Ctrl K), search (/), the list of keys (?), and ticking a whole list.
(() => {
  const open = (id) => {
    const dialog = document.getElementById(id);
    if (!dialog || dialog.open) return;
    document.querySelectorAll("dialog[open]").forEach((other) => other.close());
    dialog.showModal();
    dialog.dispatchEvent(new Event("oo-open"));
  };
  // Buttons of this page that have a key of their own join the list.
  const listKeysOfPage = () => {
    const list = document.getElementById("keys-here");
    const entries = [...document.querySelectorAll("main [data-key]")].filter(isShown).flatMap((button) => {
      const key = document.createElement("dt");
      key.append(document.createElement("kbd"));
      key.firstChild.textContent = button.dataset.key;
      const what = document.createElement("dd");
      what.textContent = button.textContent.trim();
      return [key, what];
    });
    list.replaceChildren(...entries);
  };

  const isShown = (element) => element.checkVisibility({ visibilityProperty: true });

  // The search of the page itself comes first, then that of the menu, then the palette.
  const search = () => {
    const fields = [...document.querySelectorAll("main [data-search], [data-search]")];
    const field = fields.filter(isShown).find((found) => found.closest("main")) ?? fields.find(isShown);
    if (field) field.focus();
    else open("palette");
  };

  const step = (event, by) => {
    const dialog = event.target.closest("#palette");
    if (!dialog) return;
    const stops = [dialog.querySelector("input"), ...dialog.querySelectorAll("#palette-found a")];
    const next = stops[stops.indexOf(document.activeElement) + by];
    if (!next) return;
    event.preventDefault();
    next.focus();
  };

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") {
      if (!document.getElementById("palette")) return;
      event.preventDefault();
      open("palette");
      return;
    }
    if (event.key === "ArrowDown") step(event, 1);
    if (event.key === "ArrowUp") step(event, -1);
    if (document.body.dataset.singleKeys !== "on" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, [contenteditable], dialog")) return;
    if (event.key === "/" || event.key === "?") {
      event.preventDefault();
      if (event.key === "/") search();
      else {
        listKeysOfPage();
        open("keys");
      }
    }
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-open]");
    if (button) open(button.dataset.open);
  });

  // Without this script there is no box for the whole list, and each row is ticked by itself.
  document.querySelectorAll("input[data-tick]").forEach((all) => {
    const rows = () => all.form.querySelectorAll(`input[name="${all.dataset.tick}"]`);
    all.classList.remove("d-none");
    all.addEventListener("change", () => rows().forEach((row) => (row.checked = all.checked)));
    all.form.addEventListener("change", () => {
      const ticked = [...rows()].filter((row) => row.checked).length;
      all.checked = ticked > 0 && ticked === rows().length;
      all.indeterminate = ticked > 0 && !all.checked;
    });
  });
})();
