// The panel beside the graphs: what is known of the selected node; else what the picture is of and how to get around.

function made(name, text, kind) {
  const element = document.createElement(name);
  if (text !== undefined) element.textContent = text;
  if (kind) element.className = kind;
  return element;
}

class Panel {
  constructor(data, reading, told) {
    this.data = data;
    this.reading = reading;
    this.told = told; // {jump(node), toggle(node), isOpen(node)}
    this.root = document.getElementById("panel");
  }

  show(number) {
    if (number === null) return this.about();
    const { data, root } = this;
    const node = data.nodes[number];
    const is = ["in", "out"].includes(node.kind) ? { in: "value from outside the box", out: "value that leaves the box" }[node.kind] : node.kind;
    root.replaceChildren(made("p", is, "kind"), made("h2", node.label));
    if (node.detail && node.detail !== node.label) root.append(made("p", node.detail, "code"));
    if (node.sheet !== undefined) {
      const button = made("button", this.told.isOpen(number) ? "Close the box" : "Open the box");
      button.type = "button";
      button.addEventListener("click", () => this.told.toggle(number));
      root.append(button);
    }
    if (node.hidden !== undefined) {
      root.append(made("p", `${counted(node.hidden, "node")} inside: too many for this page, which shows the outer boxes.`));
    }
    const list = made("dl");
    root.append(list);
    const row = (name, ...content) => {
      const told = made("dd");
      told.append(...content);
      list.append(made("dt", name), told);
    };
    if (node.type) row("type", made("span", node.type, "code"));
    if (node.value !== undefined) row("value", ...this.value(node.value));
    if (node.gradient !== undefined) row("gradient", ...this.value(node.gradient));
    if (node.rule !== undefined) {
      const rule = data.rules[node.rule];
      row("rule", ...rule.split(/,  /).map((part) => made("div", part, "code")));
    }
    if (node.place !== undefined) {
      const [file, line, before, marked, after] = data.places[node.place];
      const text = made("div", before, "code source");
      text.append(made("mark", marked), after);
      row("source", made("span", `${file}:${line}`), text);
    }
    if (node.twin !== undefined) {
      row(data.graphs[this.reading.graphOf(node.twin)].name, this.links([node.twin]));
    }
    const reads = this.reading.reads(number);
    const readBy = this.reading.readBy(number);
    if (reads.length) row("reads", this.links(reads));
    if (readBy.length) row("read by", this.links(readBy));
    const around = this.reading.around(number);
    if (around.length) row("in", this.links(around));
    return undefined;
  }

  value(number) {
    const value = this.data.values[number];
    if (typeof value === "string") return [made("span", value, "code number")];
    const size = value.shape.reduce((product, each) => product * each, 1);
    const parts = [`shape [${value.shape.join(", ")}]`];
    if (value.range) parts.push(`${value.range[0]} to ${value.range[1]}`);
    if (value.nan) parts.push(`${counted(value.nan, "entry", "entries")} nan`);
    const found = parts.map((part) => made("div", part));
    if (size) {
      const rest = value.count < size ? `, \u2026` : "";
      found.push(made("div", `[${value.first}${rest}]`, "code entries"));
      if (rest) found.push(made("div", `the first ${value.count.toLocaleString("en")} of ${size.toLocaleString("en")}`, "small"));
    }
    return found;
  }

  links(nodes) {
    const list = made("ul", undefined, "links");
    const most = 40;
    for (const node of nodes.slice(0, most)) {
      const { lines, kind } = this.data.nodes[node];
      const button = made("button", lines[0], `link ${this.data.kinds[kind]}`);
      button.type = "button";
      if (lines[1]) button.append(made("span", ` ${lines[1]}`, "small"));
      button.addEventListener("click", () => this.told.jump(node));
      const item = made("li");
      item.append(button);
      list.append(item);
    }
    if (nodes.length > most) list.append(made("li", `and ${nodes.length - most} more`, "small"));
    return list;
  }

  // What looks alike, with a sample: {words, sample}.
  looks() {
    const { data } = this;
    const found = new Map();
    for (const node of data.nodes) {
      const kind = data.kinds[node.kind];
      const isBox = node.sheet !== undefined || node.hidden !== undefined;
      const isDashed = isBox && (kind === "term" || kind === "group");
      const own = ["param", "argument", "data", "constant", "result", "fault", "port"];
      const key = own.includes(kind) ? kind : isDashed ? "dashed" : isBox ? "box" : "node";
      const word = kind === "port" ? "value that enters or leaves a box" : node.kind;
      if (!found.has(key)) found.set(key, { words: [], sample: sample(isBox ? "box" : "node", kind, node.pill) });
      const { words } = found.get(key);
      if (!words.includes(word)) words.push(word);
    }
    return [...found.values()];
  }

  about() {
    const { data, root } = this;
    const legend = made("ul", undefined, "legend");
    for (const { words, sample } of this.looks()) {
      const item = made("li");
      item.append(sample, words.join(", "));
      legend.append(item);
    }
    const nodes = data.nodes.filter((node) => !["in", "out"].includes(node.kind)).length;
    const hidden = data.nodes.reduce((sum, node) => sum + (node.hidden || 0), 0);
    root.replaceChildren(made("h2", "Computation graph"));
    root.append(made("p", `${counted(nodes, "node")}${hidden ? `; ${counted(hidden, "more")} in boxes too deep for this page` : ""}.`));
    if (data.nodes.some((node) => node.gradient !== undefined)) {
      root.append(made("p", "\u2202 is the gradient of the objective in a value; orange edges carry it back.", "gradient-note"));
    }
    root.append(legend, made("h3", "Getting around"), keys([
      ["click", "what is known of a node"], ["click a title", "open or close a box"], ["drag, arrows", "move"],
      ["wheel, + \u2212", "zoom"], ["0", "all of it"], ["/", "search"], ["n p", "next, previous node"],
      ["Enter", "open or close the selected box"], ["e c", "open, close all boxes"], ["Esc", "clear"],
    ]));
  }
}

function sample(shape, kind, pill) {
  const sign = element("svg", { width: 34, height: 18, "aria-hidden": "true" });
  const group = element("g", { class: `${shape} ${kind}` });
  group.append(rectangle({ x: 1, y: 2, width: 32, height: 14 }, { rx: pill ? 7 : 4 }));
  if (kind === "constant") group.append(element("text", { class: "value", x: 17, y: 13 }, "2.0"));
  sign.append(group);
  return sign;
}

function keys(rows) {
  const list = made("dl", undefined, "keys");
  for (const [key, does] of rows) list.append(made("dt", key), made("dd", does));
  return list;
}

function counted(number, one, many) {
  const word = number === 1 || one === "more" ? one : many || `${one}s`;
  return `${number.toLocaleString("en")} ${word}`;
}
