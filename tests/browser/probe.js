// Measures the page that it was put into and leaves the result in a "pre" with the id "probe".
const textOf = (svg) =>
  [...svg.querySelectorAll("text")].map((text) => [text.textContent, text.getBoundingClientRect()]);

function pictureOf(svg) {
  const frame = svg.getBoundingClientRect();
  const axis = svg.querySelector(".axis").getBoundingClientRect();
  const texts = textOf(svg);
  const outside = texts.filter(
    ([, box]) =>
      box.left < frame.left - 1 || box.right > frame.right + 1 ||
      box.top < frame.top - 1 || box.bottom > frame.bottom + 1,
  );
  const overlapping = texts.flatMap(([one, a], index) =>
    texts
      .slice(index + 1)
      .filter(([, b]) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)
      .map(([other]) => [one, other]),
  );
  // Beside the axis, or above their marks in a narrow picture.
  const marks = [...svg.querySelectorAll(".marker")].map((mark) => mark.getBoundingClientRect());
  const intrudes = (box) =>
    svg.classList.contains("narrow")
      ? marks.some((mark) => mark.top < box.bottom - 3 && box.top < mark.bottom - 3)
      : box.right > axis.left;
  const intruding = [...svg.querySelectorAll(".row-label")]
    .filter((label) => intrudes(label.getBoundingClientRect()))
    .map((label) => label.textContent);
  return { height: frame.height, outside: outside.map(([text]) => text), overlapping, intruding };
}

function luminance(colour) {
  const [red, green, blue] = colour
    .match(/[\d.]+/g)
    .slice(0, 3)
    .map((value) => value / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function backgroundOf(element) {
  for (let at = element; at; at = at.parentElement) {
    const colour = getComputedStyle(at).backgroundColor;
    if (!/, 0\)$|transparent/.test(colour)) return colour;
  }
  return "rgb(255, 255, 255)";
}

function contrasts() {
  const lowest = {};
  const kinds = "p, th, td, li, ins, del, dt, dd, a, caption, figcaption, h1, h2, h3, span, sup";
  for (const element of document.querySelectorAll(kinds)) {
    const colours = [getComputedStyle(element).color, backgroundOf(element)];
    const [light, dark] = colours.map(luminance).sort((a, b) => b - a);
    const kind = `${element.tagName}.${element.className}`;
    lowest[kind] = Math.min(lowest[kind] ?? 99, (light + 0.05) / (dark + 0.05));
  }
  for (const text of document.querySelectorAll("svg.plot text")) {
    const [light, dark] = [getComputedStyle(text).fill, backgroundOf(text)]
      .map(luminance)
      .sort((a, b) => b - a);
    const kind = `text.${text.getAttribute("class")}`;
    lowest[kind] = Math.min(lowest[kind] ?? 99, (light + 0.05) / (dark + 0.05));
  }
  return lowest;
}

// What a table takes, what its surroundings give it, and the size of its letters.
function tableOf(table) {
  const around = table.parentElement;
  return {
    name: table.caption.textContent,
    tooWide: around.scrollWidth - around.clientWidth,
    scrolls: getComputedStyle(around).overflowX === "auto",
    letters: Math.min(
      ...[...table.querySelectorAll("th, td")].map((cell) => parseFloat(getComputedStyle(cell).fontSize)),
    ),
  };
}

// What can be reached by keyboard, in order, with the ring that shows where one is.
function stopsOf() {
  const stops = [...document.querySelectorAll("a[href], [tabindex], summary")].filter(isSeen);
  return stops.map((element) => {
    element.focus({ focusVisible: true });
    const { outlineStyle, outlineWidth } = getComputedStyle(element);
    const reached = document.activeElement === element;
    const ring = outlineStyle === "none" ? 0 : parseFloat(outlineWidth);
    return { index: element.tabIndex, name: element.getAttribute("aria-label"), reached, ring };
  });
}

const isSeen = (element) => element.getClientRects().length > 0;

addEventListener("load", () => {
  const folded = [...document.querySelectorAll("details")].filter(({ open }) => !open).length;
  const firstPicture = [...document.querySelectorAll("svg.plot")].find(isSeen);
  const first = firstPicture && firstPicture.getBoundingClientRect();
  const short = document.querySelector(".short")?.getBoundingClientRect();
  const top = { folded, short: short && [short.left, short.right, short.bottom], plot: first && [first.left, first.right, first.top] };
  for (const each of document.querySelectorAll("details")) each.open = true;
  const result = document.createElement("pre");
  result.id = "probe";
  result.textContent = JSON.stringify({
    tooWide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    top,
    pictures: [...document.querySelectorAll("svg.plot")].filter(isSeen).map(pictureOf),
    contrast: contrasts(),
    marks: ["ins", "del"].map((name) => {
      const found = document.querySelector(name);
      return found && getComputedStyle(found).textDecorationLine;
    }),
    tables: [...document.querySelectorAll("table")].map(tableOf),
    letters: [...document.querySelectorAll("svg.plot text")].filter(isSeen).map(
      (text) => parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().a,
    ),
    stops: stopsOf(),
    names: [...document.querySelectorAll("[role=group], [role=region], section")].map(
      (element) =>
        element.getAttribute("aria-label") ??
        document.getElementById(element.getAttribute("aria-labelledby")).textContent,
    ),
    ids: [...document.querySelectorAll("[id]")].map((element) => element.id),
    requests: performance.getEntriesByType("resource").length,
  });
  document.body.append(result);
});
