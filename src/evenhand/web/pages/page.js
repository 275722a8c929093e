// Keys for the findings: j and k go to the next and the one before, a accepts, x keeps as it is.
// Everything works without this file.
"use strict";
(() => {
  const hand = document.getElementById("hand");
  if (hand) hand.focus({ preventScroll: true });
  const cards = [...document.querySelectorAll("article.card")];
  if (!cards.length) return;
  let here = cards.findIndex((card) => "#" + card.id === location.hash);
  const go = (to) => {
    here = Math.max(0, Math.min(cards.length - 1, to));
    location.hash = cards[here].id;
    const button = cards[here].querySelector("button");
    if (button) button.focus();
  };
  const press = (what) => {
    const input = here >= 0 && cards[here].querySelector(`input[name=do][value=${what}]`);
    if (input) input.form.requestSubmit();
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("textarea, input, select")) return;
    if (event.key === "j") go(here + 1);
    else if (event.key === "k") go(here - 1);
    else if (event.key === "a") press("accept");
    else if (event.key === "x") press("keep");
    else return;
    event.preventDefault();
  });
})();
