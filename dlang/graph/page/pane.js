// A graph in a pane: drawn as SVG, moved and scaled as a whole.

const SVG = "http://www.w3.org/2000/svg";
const SMALLEST = 0.02;
const LARGEST = 4;
const LEGIBLE = 0.75; // what is smaller at first is shown from its beginning instead
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
    this.marks = {}; // their name -> {nodes, pieces}
    for (const mark of ["chosen", "near", "twin", "hit"]) this.marks[mark] = { nodes: [], pieces: [] };
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
    this.fit(LEGIBLE);
  }

  collapse() {
    this.open.clear();
    this.draw();
    this.fit();
  }

  // ---- drawing: of all that there is, what is seen is made when it is first seen, and left out when it is not

  draw() {
    const focused = this.world.contains(document.activeElement);
    this.scene = arranged(this.data, this.sheet, (node) => this.open.has(node));
    this.places = new Map(); // node -> its frame, from the corner of the graph
    this.pieces = []; // {frame, layers, layer, make, element, marks} of nodes, edges and labels, a box before its inside
    this.nodes = new Map(); // node -> its piece
    this.edges = new Map(); // node -> the pieces of its edges
    this.world.replaceChildren();
    this.addSheet(this.scene, 0, 0, layered(this.world));
    for (const [mark, { nodes }] of Object.entries(this.marks)) this.set(mark, nodes);
    if (focused) this.svg.focus({ preventScroll: true });
  }

  add(layers, layer, frame, make) {
    const piece = { frame, layers, layer, make, element: null, seen: false, marks: new Set() };
    this.pieces.push(piece);
    return piece;
  }

  addSheet(scene, x, y, layers) {
    for (const way of scene.ways) {
      const [source, target, words] = way.edge;
      const points = way.points.map(([left, top]) => [left + x, top + y]);
      const piece = this.add(layers, "edges", bounds(points), () => drawnEdge(way.edge, points));
      for (const node of new Set([source, target])) {
        if (!this.edges.has(node)) this.edges.set(node, []);
        this.edges.get(node).push(piece);
      }
      if (way.label && words) {
        const { fonts, advance, plate } = this.data.measures;
        const width = [...words].length * fonts.label * advance + 6;
        const frame = { x: way.label[0] + x - width / 2, y: way.label[1] + y - plate / 2, width, height: plate };
        this.add(layers, "labels", frame, () => drawnLabel(words, frame));
      }
    }
    for (const place of scene.places) {
      const frame = { x: x + place.x, y: y + place.y, width: place.width, height: place.height };
      const { inside } = place;
      const own = {};
      const make = () => (inside ? this.drawnBox(place.node, frame, own) : this.drawnNode(place.node, frame));
      this.nodes.set(place.node, this.add(layers, "nodes", frame, make));
      this.places.set(place.node, frame);
      if (inside) this.addSheet(inside, frame.x + inside.left, frame.y + inside.top, own);
    }
  }

  // An open box; `layers` is told where its inside goes.
  drawnBox(number, frame, layers) {
    const node = this.data.nodes[number];
    const { pad, head } = this.data.measures;
    const group = this.group("box", number, node);
    const text = element("text", { class: "head", x: short(frame.x + pad), y: short(frame.y + 17) }, `\u25be ${node.head[0]}`);
    group.setAttribute("aria-expanded", "true");
    group.append(rectangle(frame, { rx: 8 }), bar(number, frame, head), text);
    Object.assign(layers, layered(group));
    return group;
  }

  drawnNode(number, frame) {
    const node = this.data.nodes[number];
    const { x, y, width, height } = frame;
    const { pad, line, fonts } = this.data.measures;
    const isBox = node.sheet !== undefined || node.hidden !== undefined;
    const group = this.group(isBox ? "node closed" : "node", number, node);
    group.append(rectangle(frame, { rx: node.pill ? Math.min(height / 2, 14) : 5 }));
    const texts = node.lines.map((words, k) => [words, ["name", "value", "gradient"][k]]).filter(([words]) => words);
    const first = y + height / 2 - (line * (texts.length - 1)) / 2;
    texts.forEach(([words, role], k) => {
      const sign = node.sheet !== undefined && !k ? "\u25b8 " : "";
      const at = { class: role, x: short(x + width / 2), y: short(first + line * k + fonts[role] * 0.34) };
      group.append(element("text", at, sign + words));
    });
    if (node.sheet !== undefined) {
      group.setAttribute("aria-expanded", "false");
      group.append(bar(number, frame, line + pad / 2));
    }
    return group;
  }

  group(kind, number, node) {
    const known = { "data-node": number, tabindex: -1, role: "button", "aria-label": spoken(node) };
    return element("g", { class: `${kind} ${this.data.kinds[node.kind]}`, ...known });
  }

  // ---- marks: what is selected, near to what is pointed at, linked to what is selected beside, found

  set(mark, nodes) {
    for (const piece of this.marks[mark].pieces) {
      piece.marks.delete(mark);
      if (piece.element) piece.element.classList.remove(mark);
    }
    const pieces = [];
    for (const node of nodes) {
      const shown = this.shown(node);
      pieces.push(this.nodes.get(shown));
      if (mark === "chosen" || mark === "near") pieces.push(...(this.edges.get(shown) || []));
    }
    for (const piece of pieces) {
      piece.marks.add(mark);
      if (piece.element) piece.element.classList.add(mark);
    }
    this.marks[mark] = { nodes, pieces };
  }

  // A node that is drawn: itself, or the closed box that it lies in.
  shown(node) {
    return [node, ...this.told.around(node)].find((each) => this.places.has(each));
  }

  // ---- the view

  moved() {
    const { x, y, scale } = this.view;
    this.world.setAttribute("transform", `translate(${x} ${y}) scale(${scale})`);
    this.show();
    this.svg.classList.toggle("far", scale < 0.4);
    this.svg.classList.toggle("farther", scale < 0.15);
  }

  // Put in what is seen, or nearly, and leave out what is not.
  show(everything = false) {
    const { x, y, scale } = this.view;
    const [width, height] = this.size();
    const [left, right] = [(-x - width / 4) / scale, (1.25 * width - x) / scale];
    const [top, bottom] = [(-y - height / 4) / scale, (1.25 * height - y) / scale];
    for (const piece of this.pieces) {
      const { frame } = piece;
      const seen = everything || (frame.x <= right && frame.y <= bottom
        && frame.x + frame.width >= left && frame.y + frame.height >= top);
      if (seen === piece.seen) continue;
      piece.seen = seen;
      if (!seen) {
        piece.element.remove();
        continue;
      }
      if (!piece.element) {
        piece.element = piece.make();
        piece.element.classList.add(...piece.marks);
      }
      piece.layers[piece.layer].append(piece.element);
    }
  }

  // The size of the pane, asked for once: an answer while much is being drawn is dear.
  size() {
    if (!this.known) {
      const { width, height } = this.svg.getBoundingClientRect();
      this.known = [width || 1, height || 1];
    }
    return this.known;
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
    new ResizeObserver(() => {
      this.known = null;
      this.show();
    }).observe(svg);
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

// The layers of a sheet, in a group: edges below nodes, labels above.
function layered(group) {
  const layers = {};
  for (const name of ["edges", "nodes", "labels"]) {
    layers[name] = element("g");
    group.append(layers[name]);
  }
  return layers;
}

function drawnEdge([, , , flow], points) {
  const kind = flow ? " flow" : "";
  const [x, y] = points[points.length - 1];
  const down = points.length < 2 || points[points.length - 2][1] <= y ? -7 : 7;
  const group = element("g", { class: "edge" });
  group.append(
    element("path", { class: `way${kind}`, d: path(points) }),
    element("path", { class: `arrow${kind}`, d: `M${short(x)} ${short(y)}l-3.5 ${down}h7z` }));
  return group;
}

function drawnLabel(words, frame) {
  const group = element("g", { class: "words" });
  const at = { class: "label", x: short(frame.x + frame.width / 2), y: short(frame.y + frame.height / 2 + 3.5) };
  group.append(rectangle(frame, { class: "plate" }), element("text", at, words));
  return group;
}

function rectangle({ x, y, width, height }, attributes) {
  return element("rect", { x: short(x), y: short(y), width: short(width), height: short(height), ...attributes });
}

// What is clicked to open or close a box: its title.
function bar(number, { x, y, width }, height) {
  const d = `M${short(x)} ${short(y)}h${short(width)}v${height}h${-short(width)}z`;
  return element("path", { class: "bar", d, "data-bar": number });
}

function bounds(points) {
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y };
}

// What a node is called aloud.
function spoken(node) {
  const [name, value, gradient] = node.lines;
  return [node.kind, name, value, gradient].filter(Boolean).join(", ");
}
