/* Builds elements. Text only ever becomes text nodes, so nothing that somebody wrote is markup. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * Make an element: `el("button", { class: "send", onclick: send }, "Invia")`.
 * Names that begin with "on" are listeners; false, null and undefined are left out.
 */
function el(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

/** The same for SVG. */
function svg(name, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, name), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** Words for screen readers alone. */
function spoken(text) {
  return el("span", { class: "spoken" }, text);
}

/** An address that may be followed, made absolute against the server; "" for any other. */
function safeAddress(address, base) {
  try {
    const url = new URL(address, base);
    return ["http:", "https:", "mailto:", "tel:"].includes(url.protocol) ? url.href : "";
  } catch {
    return "";
  }
}

/** An image address of this server or of the surrounding page: no third party learns anything. */
function safeImage(address, base) {
  const safe = address ? safeAddress(address, base) : "";
  const ours = [new URL(base).origin, location.origin];
  return safe && ours.includes(new URL(safe).origin) ? safe : "";
}
