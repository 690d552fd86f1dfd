// Accounts: showing a password, guessing the time zone, finding in a list of choices, and keys that fail.
const words = document.currentScript.dataset;

// Without JavaScript there is simply no button.
function addShowButton(input) {
  const group = document.createElement("div");
  group.className = "input-group";
  // Bootstrap shows the message about a field only beside an element that is marked.
  group.classList.toggle("is-invalid", input.classList.contains("is-invalid"));
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn-outline-secondary";
  button.textContent = input.dataset.show;
  button.setAttribute("aria-pressed", "false");
  input.replaceWith(group);
  group.append(input, button);
  button.addEventListener("click", () => {
    const shown = input.type === "text";
    input.type = shown ? "password" : "text";
    button.textContent = shown ? input.dataset.show : input.dataset.hide;
    button.setAttribute("aria-pressed", String(!shown));
  });
}

function guessTimeZone(form) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const select = form.querySelector("select[name=time_zone]");
  if ([...select.options].some((option) => option.value === zone)) select.value = zone;
}

function filterChoices(search) {
  const list = document.querySelector(search.dataset.filter);
  const wanted = search.value.trim().toLowerCase();
  let found = 0;
  for (const choice of list.querySelectorAll(".form-check")) {
    const fits = choice.textContent.trim().toLowerCase().includes(wanted);
    choice.classList.toggle("d-none", !fits);
    found += fits;
  }
  document.querySelector(list.dataset.none).classList.toggle("d-none", found > 0);
}

document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll("input[type=password][data-show]").forEach(addShowButton);
  document.querySelectorAll("form[data-guess-time-zone=on]").forEach(guessTimeZone);
  document.querySelectorAll("input[data-filter]").forEach((search) => {
    search.addEventListener("input", () => filterChoices(search));
    // Enter looks for a vendor; it does not send the form.
    search.addEventListener("keydown", (event) => {
      if (event.key === "Enter") event.preventDefault();
    });
  });
});

// django-allauth says so when the browser or the person refused to use a key.
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  document.querySelector("#key-failed")?.remove();
  const alert = document.createElement("div");
  alert.id = "key-failed";
  alert.className = "alert alert-warning";
  alert.setAttribute("role", "alert");
  alert.textContent = words.keyFailed;
  document.querySelector("#main h1").after(alert);
});
