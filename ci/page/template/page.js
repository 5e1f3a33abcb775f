"use strict";
(() => {
  const $ = (id) => document.getElementById(id);

  /* Open all that folds around a place, so that a link to it shows it. */
  const reveal = (place) => {
    for (let each = place; each; each = each.parentElement) if (each.tagName === "DETAILS") each.open = true;
  };
  const followed = () => {
    const place = $(location.hash.slice(1));
    if (!place) return;
    reveal(place);
    place.scrollIntoView();
  };
  addEventListener("hashchange", followed);
  followed();

  const fold = (open) => document.querySelectorAll("details.job, details.step").forEach((each) => { each.open = open; });
  document.querySelector(".tools").hidden = false;
  $("unfold").addEventListener("click", () => fold(true));
  $("fold").addEventListener("click", () => fold(false));

  if (navigator.clipboard) {
    document.querySelectorAll("button.copy").forEach((button) => {
      button.hidden = false;
      button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(button.previousElementSibling.textContent);
        button.textContent = "Copied";
        setTimeout(() => { button.textContent = "Copy"; }, 1500);
      });
    });
  }

  const lines = Array.from(document.querySelectorAll(".l[id]"));
  const texts = [];
  const textOf = (index) => {
    texts[index] ??= lines[index].textContent.slice(lines[index].firstChild.textContent.length).toLowerCase();
    return texts[index];
  };
  let hits = [];
  let at = -1;
  const count = () => {
    const many = `${hits.length} line${hits.length === 1 ? "" : "s"}`;
    $("found").textContent = !$("find").value ? "" : at < 0 ? many : `${at + 1} of ${hits.length}`;
  };
  const search = () => {
    hits.forEach((each) => each.classList.remove("hit", "now"));
    const wanted = $("find").value.toLowerCase();
    hits = wanted ? lines.filter((_, index) => textOf(index).includes(wanted)) : [];
    hits.forEach((each) => each.classList.add("hit"));
    at = -1;
    count();
  };
  const go = (by) => {
    if (!hits.length) return;
    hits[at]?.classList.remove("now");
    at = (at + by + hits.length + (at < 0 && by < 0 ? 1 : 0)) % hits.length;
    hits[at].classList.add("now");
    reveal(hits[at]);
    hits[at].scrollIntoView({ block: "center" });
    count();
  };
  let waiting = 0;
  $("search").hidden = false;
  $("find").addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(search, 120); });
  $("search").addEventListener("submit", (event) => event.preventDefault());
  $("find").addEventListener("keydown", (event) => {
    if (event.key === "Enter") {
      event.preventDefault();
      clearTimeout(waiting);
      if (at < 0) search();
      go(event.shiftKey ? -1 : 1);
    } else if (event.key === "Escape") {
      $("find").value = "";
      search();
    }
  });
  $("next").addEventListener("click", () => go(1));
  $("previous").addEventListener("click", () => go(-1));
  addEventListener("keydown", (event) => {
    if (event.key === "/" && !/^(INPUT|TEXTAREA)$/.test(document.activeElement.tagName)) {
      event.preventDefault();
      $("find").focus();
    }
  });
})();
