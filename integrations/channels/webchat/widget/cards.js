/* Product cards: a row that scrolls sideways. */

const CARD_STEP = 0.8;

function paintCards(cards, chat) {
  const strings = STRINGS[chat.language];
  const row = el("ul", { class: "cards", "aria-label": strings.products });
  row.append(...cards.map((card) => paintCard(card, chat)));
  const step = (direction) =>
    row.scrollBy({ left: direction * row.clientWidth * CARD_STEP, behavior: scrollBehaviour() });
  const arrow = (name, label, direction) =>
    el(
      "button",
      { type: "button", class: `arrow ${name}`, "aria-label": label, onclick: () => step(direction) },
      icon(name),
    );
  const shelf = el(
    "div",
    { class: "shelf" },
    row,
    arrow("previous", strings.previous, -1),
    arrow("next", strings.next, 1),
  );
  showArrowsWhereNeeded(shelf, row);
  return shelf;
}

function paintCard(card, chat) {
  const address = card.url ? safeAddress(card.url, chat.base) : "";
  const title = address
    ? el("a", { href: address, onclick: chat.openedPage }, card.title)
    : card.title;
  return el(
    "li",
    { class: "card" },
    paintCardImage(card, chat),
    el(
      "div",
      { class: "words" },
      el("div", { class: "name" }, title),
      card.subtitle ? el("div", { class: "subtitle" }, card.subtitle) : null,
    ),
    card.buttons.length
      ? el("div", { class: "actions" }, ...card.buttons.map((one) => paintButton(one, chat, "action")))
      : null,
  );
}

function paintCardImage(card, chat) {
  const address = safeImage(card.image, chat.base);
  const content = address
    ? el("img", { src: address, alt: "", loading: "lazy" })
    : el("span", { class: "initial" }, card.title.slice(0, 1));
  return el("div", { class: "image", "aria-hidden": "true" }, content);
}

/** Arrows only where there is something to scroll to. */
function showArrowsWhereNeeded(shelf, row) {
  const look = () => {
    const rest = row.scrollWidth - row.clientWidth;
    shelf.toggleAttribute("data-before", row.scrollLeft > 4);
    shelf.toggleAttribute("data-after", row.scrollLeft < rest - 4);
  };
  row.addEventListener("scroll", look, { passive: true });
  new ResizeObserver(look).observe(row);
}

function scrollBehaviour() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
}
