/* Line drawings on a grid of 24, drawn with the colour of the text around them. */

const ICONS = {
  chat: [
    "M4 11.2C4 7.2 7.6 4 12 4s8 3.2 8 7.2-3.6 7.2-8 7.2c-.9 0-1.8-.1-2.6-.4L5 20l.9-3.9A6.8 6.8 0 0 1 4 11.2z",
    "M8.5 11.2h.01M12 11.2h.01M15.5 11.2h.01",
  ],
  close: ["M6 6l12 12M18 6L6 18"],
  minimise: ["M6 10l6 6 6-6"],
  send: ["M5 12h13M12.5 6l6 6-6 6"],
  attach: [
    "M19 11.5l-7.1 7.1a4.6 4.6 0 0 1-6.5-6.5l7.8-7.8a3.1 3.1 0 0 1 4.4 4.4l-7.6 7.5a1.5 1.5 0 0 1-2.2-2.1l6.6-6.6",
  ],
  restart: ["M12 6v12M6 12h12"],
  person: ["M12 12a3.6 3.6 0 1 0 0-7.2 3.6 3.6 0 0 0 0 7.2z", "M5 19.5c.6-3.4 3.4-5 7-5s6.4 1.6 7 5"],
  tick: ["M5 12.5l4.5 4.5L19 7.5"],
  clock: ["M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16z", "M12 8v4.4l2.8 1.8"],
  alert: ["M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16z", "M12 8v5M12 16h.01"],
  down: ["M12 5v13M6.5 12.5L12 18l5.5-5.5"],
  previous: ["M14.5 6l-6 6 6 6"],
  next: ["M9.5 6l6 6-6 6"],
  file: ["M7 4h7l4 4v12H7z", "M14 4v4h4"],
  cloud: ["M4 4l16 16", "M7.5 18A4.5 4.5 0 0 1 7 9.1M10 6.3A5.5 5.5 0 0 1 17.4 11a3.6 3.6 0 0 1 2 5.6"],
};

/** A decorative icon; the button around it carries the label. */
function icon(name) {
  const paths = ICONS[name].map((d) => svg("path", { d }));
  return svg("svg", { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true" }, ...paths);
}

/** The shop's mark: a sprig of broom. */
function sprig() {
  const petal = (x, y, turn) =>
    svg("ellipse", { cx: x, cy: y, rx: 2.1, ry: 3.4, transform: `rotate(${turn} ${x} ${y})` });
  const petals = [petal(8, 8.2, -38), petal(12, 5.6, 0), petal(16, 8.2, 38), petal(8.6, 13.4, -64)];
  return svg(
    "svg",
    { class: "sprig", viewBox: "0 0 24 24", "aria-hidden": "true" },
    svg("path", { class: "stem", d: "M12 21c0-5 .2-8.600-.1-12.500M12 15c-1.200-1-2.200-1.400-3.200-1.500M12 12.500c1-2 2.400-3.200 3.600-3.700M12 12c-.8-2-2.200-3.200-3.600-3.600" }),
    svg("g", { class: "petals" }, ...petals, petal(15.4, 13.4, 64)),
  );
}
