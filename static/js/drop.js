// Files dropped on a form, or on the part of the page that it belongs to, go into its file input.
// Without this they may still be dropped on the input itself, or chosen by its button.
(() => {
  const areaOf = (event) => {
    const area = event.target.closest?.("[data-drop-area], form");
    return area?.querySelector("input[data-drop]") ? area : null;
  };
  const mark = (area) => {
    document.querySelectorAll(".oo-drop").forEach((other) => other.classList.toggle("oo-drop", other === area));
    area?.classList.add("oo-drop");
  };
  const holdsFiles = (event) => event.dataTransfer?.types.includes("Files") && document.querySelector("input[data-drop]");

  document.addEventListener("dragover", (event) => {
    if (!holdsFiles(event)) return;
    // Beside the form as well: there the browser would leave the page and show the file.
    event.preventDefault();
    const area = areaOf(event);
    event.dataTransfer.dropEffect = area ? "copy" : "none";
    mark(area);
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) mark(null);
  });
  document.addEventListener("drop", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    const area = areaOf(event);
    mark(null);
    if (!area || !event.dataTransfer.files.length) return;
    const input = area.querySelector("input[data-drop]");
    const taken = new DataTransfer();
    const files = [...event.dataTransfer.files];
    (input.multiple ? files : files.slice(0, 1)).forEach((file) => taken.items.add(file));
    input.files = taken.files;
    input.closest("details")?.setAttribute("open", "");
    input.dispatchEvent(new Event("change", { bubbles: true }));
    input.focus();
  });
})();
