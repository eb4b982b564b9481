/* The accent that a site chooses, and the ink that can be read on it. */

const DARK_INK = "#231f17";
const LIGHT_INK = "#fffdf7";

/** Set the accent, if it is a colour, with the ink that contrasts more. */
function applyAccent(host, accent) {
  const channels = accent ? channelsOf(accent) : null;
  if (!channels) return;
  host.style.setProperty("--bottega-accent", accent);
  host.style.setProperty("--bottega-on-accent", inkOn(channels));
}

function inkOn(channels) {
  const here = luminance(channels);
  const onLight = (luminance(channelsOf(LIGHT_INK)) + 0.05) / (here + 0.05);
  const onDark = (here + 0.05) / (luminance(channelsOf(DARK_INK)) + 0.05);
  return onLight >= onDark ? LIGHT_INK : DARK_INK;
}

/** Red, green and blue from 0 to 1, of any colour that the browser knows. */
function channelsOf(colour) {
  if (!CSS.supports("color", colour)) return null;
  const canvas = document.createElement("canvas").getContext("2d");
  canvas.fillStyle = colour;
  const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(canvas.fillStyle);
  return hex ? hex.slice(1).map((part) => parseInt(part, 16) / 255) : null;
}

/** Relative luminance, as WCAG defines it. */
function luminance(channels) {
  const [red, green, blue] = channels.map((value) =>
    value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4,
  );
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
