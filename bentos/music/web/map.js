// The map of tracks: one point each, with the colour and the shape of its cluster. Wheel, buttons, drag or keys move it.
import { h, say, svg, words } from "./dom.js";
import { credited } from "./words.js";

/** Okabe and Ito's colours, then two more. With the shapes, nobody takes one cluster for another. */
const COLOURS = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9", "#999999", "#f0e442", "#7a5195", "#8c6d31"];
const SHAPES = [
  "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0Z", "M-3.6-3.6h7.2v7.2h-7.2Z", "M0-4.6 4.4 3.4h-8.8Z", "M0-5 4.4 0 0 5-4.4 0Z",
  "M-1.5-4.5h3v3h3v3h-3v3h-3v-3h-3v-3h3Z", "M0 4.6 4.4-3.4h-8.8Z", "M-4.4 0 0-4.4 4.4 0 2.6 4.4h-5.2Z",
  "M-4.5-2 0-4.5 4.5-2V2.2L0 4.6-4.5 2.2Z", "M-4.5-1.5h9v3h-9Z", "M-1.5-4.5h3v9h-3Z",
];
const MOST_ZOOM = 16;
const NEAR = 16;
/** The room that a cluster's name takes. */
const LABEL = { width: 90, height: 17 };

const look = (i) => ({ colour: COLOURS[i % COLOURS.length], shape: SHAPES[i % SHAPES.length] });
const short = (name) => name.split(":")[0];

/** A cluster's sign, as in the map. */
export function sign(i) {
  const { colour, shape } = look(i);
  return svg("svg", { class: "shape", viewBox: "-6 -6 12 12", "aria-hidden": "true" }, svg("path", { d: shape, fill: colour, stroke: "currentColor", "stroke-width": ".5" }));
}

export const colourOf = (i) => look(i).colour;

/**
 * The map with its legend. `pick` is called with the point that a person chooses.
 * Returns the element, and `mark(ids)`, which shows some tracks before all others.
 */
export function trackMap({ clusters, points, axes }, pick) {
  const canvas = h("canvas", { tabindex: "0", role: "application", label: "map.label", "aria-describedby": "map-help" });
  const tip = h("div", { class: "tip", hidden: true });
  const spoken = h("p", { class: "hidden", "aria-live": "polite" });
  const off = new Set();
  const order = new Map(clusters.map((cluster, i) => [cluster.id, i]));
  const extent = ["x", "y"].map((axis) => {
    const values = points.map((point) => point[axis]);
    const [low, high] = [values.reduce((a, b) => Math.min(a, b), Infinity), values.reduce((a, b) => Math.max(a, b), -Infinity)];
    return { middle: (low + high) / 2, span: Math.max(high - low, 1e-9) };
  });
  let view = { zoom: 1, x: 0, y: 0 }, marked = new Set(), current = null, size = { width: 1, height: 1 }, waiting = false;

  const place = (point) => [
    size.width * (0.5 + ((point.x - extent[0].middle) / extent[0].span * 0.9 - view.x) * view.zoom),
    size.height * (0.5 - ((point.y - extent[1].middle) / extent[1].span * 0.9 - view.y) * view.zoom),
  ];
  const visible = () => points.filter((point) => !off.has(point.cluster));

  function draw() {
    waiting = false;
    const scale = devicePixelRatio || 1;
    canvas.width = size.width * scale;
    canvas.height = size.height * scale;
    const pen = canvas.getContext("2d");
    const { color: ink, backgroundColor: paper } = getComputedStyle(canvas);
    pen.scale(scale, scale);
    const grown = Math.min(0.75 + view.zoom * 0.12, 1.6) * (points.length > 800 ? 0.8 : 1);
    const paths = SHAPES.map((shape) => new Path2D(shape));
    const dot = (point, by, alpha, edge) => {
      const [x, y] = place(point), i = order.get(point.cluster) ?? 0;
      pen.save();
      pen.translate(x, y);
      pen.scale(by, by);
      pen.globalAlpha = alpha;
      pen.fillStyle = look(i).colour;
      pen.fill(paths[i % paths.length]);
      pen.lineWidth = edge;
      pen.strokeStyle = ink;
      pen.globalAlpha = edge < 1 ? alpha * 0.6 : 1;
      pen.stroke(paths[i % paths.length]);
      pen.restore();
    };
    for (const point of visible()) if (!marked.has(point.track_id)) dot(point, grown, marked.size ? 0.28 : 0.78, 0.5);
    for (const point of visible()) if (marked.has(point.track_id)) dot(point, grown * 2, 1, 1);
    pen.font = `600 13px ${getComputedStyle(document.body).fontFamily}`;
    pen.textAlign = "center";
    pen.lineJoin = "round";
    const written = [];
    for (const cluster of clusters.filter(({ id }) => !off.has(id))) {
      const own = points.filter((point) => point.cluster === cluster.id);
      if (!own.length) continue;
      const [x, middle] = place({ x: median(own.map((one) => one.x)), y: median(own.map((one) => one.y)) });
      let y = middle;
      while (written.some((other) => Math.abs(other.x - x) < LABEL.width && Math.abs(other.y - y) < LABEL.height)) y += LABEL.height;
      written.push({ x, y });
      pen.lineWidth = 4;
      pen.strokeStyle = paper;
      pen.strokeText(short(cluster.name), x, y);
      pen.fillStyle = ink;
      pen.fillText(short(cluster.name), x, y);
    }
    if (current) {
      const [x, y] = place(current);
      pen.beginPath();
      pen.arc(x, y, 11, 0, 2 * Math.PI);
      pen.lineWidth = 2.5;
      pen.strokeStyle = ink;
      pen.stroke();
    }
  }

  function redraw() {
    if (!waiting) requestAnimationFrame(draw);
    waiting = true;
  }

  function lookAt(point, aloud) {
    if (point === current) return;
    current = point;
    tip.hidden = !point;
    if (point) {
      const cluster = clusters[order.get(point.cluster)]?.name ?? "";
      const [x, y] = place(point);
      tip.replaceChildren(h("b", {}, point.track_name), h("span", {}, credited(point.artists)), h("span", {}, short(cluster)));
      tip.style.transform = `translate(${Math.max(0, Math.min(x + 14, size.width - 200))}px, ${Math.max(0, Math.min(y + 14, size.height - 80))}px)`;
      if (aloud) spoken.textContent = `${point.track_name}, ${credited(point.artists)}, ${short(cluster)}`;
    }
    redraw();
  }

  function near(event) {
    const box = canvas.getBoundingClientRect();
    let best = null, least = NEAR;
    for (const point of visible()) {
      const [x, y] = place(point);
      const distance = Math.hypot(x - event.clientX + box.left, y - event.clientY + box.top);
      if (distance < least) [best, least] = [point, distance];
    }
    return best;
  }

  function zoom(by, at = { x: 0.5, y: 0.5 }) {
    const next = Math.min(Math.max(view.zoom * by, 1), MOST_ZOOM);
    const kept = (edge, old) => edge / view.zoom - edge / next + old;
    view = next === 1 ? { zoom: 1, x: 0, y: 0 } : { zoom: next, x: kept(at.x - 0.5, view.x), y: kept(0.5 - at.y, view.y) };
    canvas.dataset.zoom = next.toFixed(2);
    current = null;
    tip.hidden = true;
    redraw();
  }

  function step(dx, dy) {
    const [x0, y0] = current ? place(current) : [size.width / 2, size.height / 2];
    let best = null, least = Infinity;
    for (const point of visible()) {
      const [x, y] = place(point);
      const along = (x - x0) * dx + (y - y0) * dy, across = Math.abs((x - x0) * dy) + Math.abs((y - y0) * dx);
      const isInside = x >= 0 && y >= 0 && x <= size.width && y <= size.height;
      if (point !== current && isInside && (along > 0.5 || !current) && along + 2.5 * across < least) [best, least] = [point, along + 2.5 * across];
    }
    if (best) lookAt(best, true);
  }

  const keys = {
    ArrowRight: () => step(1, 0), ArrowLeft: () => step(-1, 0), ArrowUp: () => step(0, -1), ArrowDown: () => step(0, 1),
    "+": () => zoom(1.5), "=": () => zoom(1.5), "-": () => zoom(1 / 1.5), 0: () => zoom(0), Escape: () => lookAt(null),
    Enter: () => current && pick(current), " ": () => current && pick(current),
  };
  canvas.addEventListener("keydown", (event) => {
    if (!(event.key in keys) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    keys[event.key]();
  });
  canvas.addEventListener("wheel", (event) => {
    if (event.deltaY > 0 && view.zoom === 1) return;
    event.preventDefault();
    const box = canvas.getBoundingClientRect();
    zoom(event.deltaY < 0 ? 1.25 : 0.8, { x: (event.clientX - box.left) / size.width, y: (event.clientY - box.top) / size.height });
  }, { passive: false });
  let drag = null;
  canvas.addEventListener("pointerdown", (event) => { drag = { x: event.clientX, y: event.clientY, moved: false }; });
  canvas.addEventListener("pointermove", (event) => {
    if (drag && event.buttons && view.zoom > 1) {
      view.x -= (event.clientX - drag.x) / size.width / view.zoom;
      view.y += (event.clientY - drag.y) / size.height / view.zoom;
      drag = { x: event.clientX, y: event.clientY, moved: true };
      redraw();
    } else lookAt(near(event));
  });
  canvas.addEventListener("click", (event) => {
    const point = drag?.moved ? null : near(event);
    drag = null;
    if (point) pick(point);
  });
  for (const event of ["pointerleave", "blur"]) canvas.addEventListener(event, () => lookAt(null));
  document.addEventListener("theme", redraw);
  new ResizeObserver(() => {
    size = { width: canvas.clientWidth || 1, height: canvas.clientHeight || 1 };
    redraw();
  }).observe(canvas);

  const legend = h("div", { class: "legend", role: "group", label: "map.legend" }, ...clusters.map((cluster, i) =>
    h("button", { type: "button", "aria-pressed": "true", on: { click: (event) => {
      if (!off.delete(cluster.id)) off.add(cluster.id);
      event.currentTarget.setAttribute("aria-pressed", String(!off.has(cluster.id)));
      redraw();
    } } }, sign(i), short(cluster.name))));
  const button = (text, key, by) => h("button", { type: "button", label: key, on: { click: () => zoom(by) } }, text);
  const axis = h("p", { class: "muted small", id: "map-help" });
  say(axis, "map.axes", { x: axes[0], y: axes[1] });
  return {
    element: h("div", {}, h("div", { class: "map" }, canvas, tip,
      h("div", { class: "zoom" }, button("+", "map.in", 1.5), button("−", "map.out", 1 / 1.5), button("⟲", "map.reset", 0))), legend, axis, words("map.help", undefined, "p", { class: "muted small" }), spoken),
    mark(ids) {
      marked = new Set(ids);
      redraw();
    },
  };
}

function median(values) {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
