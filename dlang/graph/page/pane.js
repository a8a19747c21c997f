// A graph in a pane: drawn as SVG, moved and scaled as a whole.

const SVG = "http://www.w3.org/2000/svg";
const SMALLEST = 0.02;
const LARGEST = 4;
const LEGIBLE = 0.6; // what is smaller at first is shown from its beginning instead
const CROWD = 3000; // nodes that "open all" draws

function element(name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  for (const key in attributes) made.setAttribute(key, attributes[key]);
  if (text !== undefined) made.textContent = text;
  return made;
}

class Pane {
  constructor(data, graph, told) {
    this.data = data;
    this.sheet = graph.sheet;
    this.told = told; // {select(node), hover(node)}
    this.open = new Set(this.boxes().filter((node) => data.nodes[node].open));
    this.places = new Map(); // node -> where it is drawn, from the corner of the graph
    this.marks = { chosen: new Set(), near: new Set(), twin: new Set(), hit: new Set() };
    this.view = { x: 0, y: 0, scale: 1 };
    this.root = document.createElement("section");
    this.root.className = "pane";
    if (data.graphs.length > 1) {
      const name = document.createElement("h2");
      name.textContent = graph.name;
      this.root.append(name);
    }
    this.svg = element("svg", { role: "group", tabindex: 0, "aria-label": `${graph.name} graph` });
    this.world = element("g", { class: "world" });
    this.svg.append(this.world);
    this.root.append(this.svg);
    this.listen();
  }

  // ---- boxes

  // The boxes that can be opened, the outer before the inner.
  boxes() {
    const found = [];
    const sheets = [this.sheet];
    for (const sheet of sheets) {
      for (const node of this.data.sheets[sheet].nodes) {
        if (this.data.nodes[node].sheet !== undefined) {
          found.push(node);
          sheets.push(this.data.nodes[node].sheet);
        }
      }
    }
    return found;
  }

  // Open or close a box; it stays where it is on the screen.
  toggle(node) {
    const before = this.places.get(node);
    if (this.open.has(node)) this.open.delete(node);
    else this.open.add(node);
    this.draw();
    const after = this.places.get(node);
    this.view.x += (before.x - after.x) * this.view.scale;
    this.view.y += (before.y - after.y) * this.view.scale;
    this.moved();
  }

  // Open the boxes around a node.
  reveal(boxes) {
    if (boxes.every((box) => this.open.has(box))) return;
    boxes.forEach((box) => this.open.add(box));
    this.draw();
  }

  expand() {
    let drawn = this.data.sheets[this.sheet].nodes.length;
    const openable = new Set();
    for (const node of this.boxes()) {
      const size = this.data.sheets[this.data.nodes[node].sheet].nodes.length;
      const outside = this.told.around(node);
      if (drawn + size > CROWD || !outside.every((box) => openable.has(box))) continue;
      drawn += size;
      openable.add(node);
    }
    this.open = openable;
    this.draw();
    this.fit();
  }

  collapse() {
    this.open.clear();
    this.draw();
    this.fit();
  }

  // ---- drawing

  draw() {
    const focused = this.world.contains(document.activeElement);
    this.scene = arranged(this.data, this.sheet, (node) => this.open.has(node));
    this.places.clear();
    this.edges = new Map(); // node -> the elements of its edges
    this.elements = new Map(); // node -> its element
    this.world.replaceChildren(this.drawSheet(this.scene, 0, 0));
    this.mark();
    if (focused) this.svg.focus({ preventScroll: true });
  }

  drawSheet(scene, x, y) {
    const group = element("g");
    const labels = [];
    for (const way of scene.ways) {
      const [source, target, words, flow] = way.edge;
      const kind = flow ? " flow" : "";
      const [endX, endY] = way.points[way.points.length - 1];
      const down = way.points.length < 2 || way.points[way.points.length - 2][1] <= endY ? -7 : 7;
      const shape = move(way.points, x, y);
      const drawn = element("g", { class: "edge" });
      drawn.append(
        element("path", { class: `way${kind}`, d: path(shape) }),
        element("path", { class: `arrow${kind}`, d: `M${short(endX + x)} ${short(endY + y)}l-3.5 ${down}h7z` }));
      group.append(drawn);
      for (const node of [source, target]) {
        if (!this.edges.has(node)) this.edges.set(node, []);
        this.edges.get(node).push(drawn);
      }
      if (way.label && words) labels.push([words, way.label[0] + x, way.label[1] + y]);
    }
    for (const place of scene.places) group.append(this.drawPlace(place, x, y));
    const { small, advance, plate } = this.data.measures;
    for (const [words, left, top] of labels) {
      const width = [...words].length * (small - 1) * advance + 6;
      group.append(
        element("rect", { class: "plate", x: short(left - width / 2), y: short(top - plate / 2), width: short(width), height: plate }),
        element("text", { class: "label", x: short(left), y: short(top + 3.5) }, words));
    }
    return group;
  }

  drawPlace(place, x, y) {
    const node = this.data.nodes[place.node];
    const { width, height, inside } = place;
    const left = x + place.x;
    const top = y + place.y;
    this.places.set(place.node, { x: left, y: top, width, height });
    const box = node.sheet !== undefined || node.hidden !== undefined;
    const kind = `${inside ? "box" : "node"} ${this.data.kinds[node.kind]}${box && !inside ? " closed" : ""}`;
    const group = element("g", { class: kind, "data-node": place.node, tabindex: -1, role: "button", "aria-label": spoken(node) });
    if (node.sheet !== undefined) group.setAttribute("aria-expanded", Boolean(inside));
    const round = inside ? 8 : node.pill ? Math.min(height / 2, 14) : 5;
    group.append(element("rect", { x: short(left), y: short(top), width: short(width), height: short(height), rx: round }));
    this.elements.set(place.node, group);
    const { pad, head, line, font, small } = this.data.measures;
    if (inside) {
      group.append(
        element("path", { class: "bar", d: `M${short(left)} ${short(top)}h${short(width)}v${head}h${-short(width)}z`, "data-bar": place.node }),
        element("text", { class: "head", x: short(left + pad), y: short(top + 17) }, `\u25be ${node.head[0]}`),
        this.drawSheet(inside, left + inside.left, top + inside.top));
      return group;
    }
    const texts = node.lines.map((words, k) => [words, ["name", "value", "gradient"][k]]).filter(([words]) => words);
    const first = top + height / 2 - (line * (texts.length - 1)) / 2;
    texts.forEach(([words, role], k) => {
      const size = role === "name" ? font : small;
      const sign = node.sheet !== undefined && !k ? "\u25b8 " : "";
      const at = { class: role, x: short(left + width / 2), y: short(first + line * k + size * 0.34) };
      group.append(element("text", at, sign + words));
    });
    if (node.sheet !== undefined) {
      const bar = `M${short(left)} ${short(top)}h${short(width)}v${line + pad / 2}h${-short(width)}z`;
      group.append(element("path", { class: "bar", d: bar, "data-bar": place.node }));
    }
    return group;
  }

  // ---- marks: what is selected, near to what is pointed at, linked to what is selected beside, found

  set(mark, nodes) {
    this.marks[mark] = new Set(nodes);
    this.mark();
  }

  mark() {
    for (const [name, nodes] of Object.entries(this.marks)) {
      for (const old of this.world.querySelectorAll(`.${name}`)) old.classList.remove(name);
      for (const node of nodes) {
        const shown = this.shown(node);
        this.elements.get(shown).classList.add(name);
        if (name === "chosen" || name === "near") {
          for (const edge of this.edges.get(shown) || []) edge.classList.add(name);
        }
      }
    }
  }

  // A node that is drawn: itself, or the closed box that it lies in.
  shown(node) {
    return [node, ...this.told.around(node)].find((each) => this.places.has(each));
  }

  // ---- the view

  moved() {
    const { x, y, scale } = this.view;
    this.world.setAttribute("transform", `translate(${x} ${y}) scale(${scale})`);
    this.svg.classList.toggle("far", scale < 0.4);
    this.svg.classList.toggle("farther", scale < 0.15);
  }

  size() {
    const frame = this.svg.getBoundingClientRect();
    return [frame.width || 1, frame.height || 1];
  }

  fit(least = SMALLEST) {
    const [width, height] = this.size();
    const margin = 20;
    const both = Math.min((width - 2 * margin) / this.scene.width, (height - 2 * margin) / this.scene.height, 1);
    const scale = Math.max(both, least, SMALLEST);
    const x = (width - this.scene.width * scale) / 2;
    const y = (height - this.scene.height * scale) / 2;
    this.view = { x, y: Math.max(y, margin) === y ? y : margin, scale };
    if (this.scene.width * scale > width) this.view.x = this.beginning(width, scale);
    this.moved();
  }

  // Where to begin to read what is too wide: its first node in the middle, or the left border at the pane's.
  beginning(width, scale) {
    const first = this.places.get(this.data.sheets[this.sheet].nodes[0]);
    const centred = width / 2 - (first.x + first.width / 2) * scale;
    return Math.min(20, Math.max(centred, width - 20 - this.scene.width * scale));
  }

  zoom(factor, x, y) {
    const [width, height] = this.size();
    const at = { x: x ?? width / 2, y: y ?? height / 2 };
    const scale = Math.min(LARGEST, Math.max(SMALLEST, this.view.scale * factor));
    const real = scale / this.view.scale;
    this.view = { x: at.x - (at.x - this.view.x) * real, y: at.y - (at.y - this.view.y) * real, scale };
    this.moved();
  }

  pan(x, y) {
    this.view.x += x;
    this.view.y += y;
    this.moved();
  }

  // Bring a node into view: to the middle, or, if `gently`, only if it is not seen.
  centre(node, gently) {
    const { x, y, width, height } = this.places.get(this.shown(node));
    const [paneWidth, paneHeight] = this.size();
    const { scale } = this.view;
    const left = x * scale + this.view.x;
    const top = y * scale + this.view.y;
    const seen = left >= 0 && top >= 0 && left + width * scale <= paneWidth && top + height * scale <= paneHeight;
    if (gently && seen) return;
    if (!gently && scale < LEGIBLE) this.view.scale = LEGIBLE;
    this.view.x = paneWidth / 2 - (x + width / 2) * this.view.scale;
    // of a box that is higher than the pane, the title
    const half = Math.min(height / 2, paneHeight / 2 / this.view.scale - 20 / this.view.scale);
    this.view.y = paneHeight / 2 - (y + half) * this.view.scale;
    this.moved();
  }

  // ---- pointers

  listen() {
    const { svg } = this;
    const pointers = new Map();
    let dragged = false;
    const nodeAt = (event) => {
      const found = event.target.closest("[data-node]");
      return found ? Number(found.dataset.node) : null;
    };
    svg.addEventListener("wheel", (event) => {
      event.preventDefault();
      const frame = svg.getBoundingClientRect();
      const step = event.deltaY * [1, 20, 300][event.deltaMode] * (event.ctrlKey ? 0.01 : 0.0018);
      this.zoom(Math.exp(-Math.max(-1, Math.min(1, step))), event.clientX - frame.left, event.clientY - frame.top);
    }, { passive: false });
    svg.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      this.told.use(this);
      pointers.set(event.pointerId, [event.clientX, event.clientY]);
      if (pointers.size === 1) dragged = false;
    });
    svg.addEventListener("pointermove", (event) => {
      const before = pointers.get(event.pointerId);
      if (!before) return;
      const [x, y] = [event.clientX, event.clientY];
      if (!dragged && pointers.size === 1 && Math.hypot(x - before[0], y - before[1]) < 4) return;
      if (!dragged) {
        dragged = true;
        svg.setPointerCapture(event.pointerId);
        svg.classList.add("dragged");
      }
      if (pointers.size === 2) {
        const [other] = [...pointers].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
        const frame = svg.getBoundingClientRect();
        const spread = (at) => Math.hypot(at[0] - other[0], at[1] - other[1]) || 1;
        this.zoom(spread([x, y]) / spread(before), (x + other[0]) / 2 - frame.left, (y + other[1]) / 2 - frame.top);
        this.pan((x - before[0]) / 2, (y - before[1]) / 2);
      } else {
        this.pan(x - before[0], y - before[1]);
      }
      pointers.set(event.pointerId, [x, y]);
    });
    for (const end of ["pointerup", "pointercancel"]) {
      svg.addEventListener(end, (event) => {
        pointers.delete(event.pointerId);
        svg.classList.remove("dragged");
      });
    }
    svg.addEventListener("click", (event) => {
      if (dragged) return;
      const bar = event.target.closest("[data-bar]");
      if (bar) this.toggle(Number(bar.dataset.bar));
      this.told.select(nodeAt(event));
    });
    svg.addEventListener("dblclick", (event) => {
      const node = nodeAt(event);
      if (event.target.closest("[data-bar]") || node === null) return;
      if (this.data.nodes[node].sheet !== undefined && !this.open.has(node)) this.toggle(node);
    });
    svg.addEventListener("pointerover", (event) => this.set("near", [nodeAt(event)].filter((node) => node !== null)));
    svg.addEventListener("pointerleave", () => this.set("near", []));
    svg.addEventListener("focusin", () => this.told.use(this));
  }
}

function move(points, x, y) {
  return points.map(([left, top]) => [left + x, top + y]);
}

// What a node is called aloud.
function spoken(node) {
  const [name, value, gradient] = node.lines;
  return [node.kind, name, value, gradient].filter(Boolean).join(", ");
}
