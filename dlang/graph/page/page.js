// The page: panes side by side, what is selected in them, search, buttons and keys.

(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const reading = readings(data);
  const query = document.getElementById("query");
  const output = document.getElementById("hits");
  let selected = null;
  let hits = [];
  let hit = -1;

  const told = {
    around: reading.around,
    select,
    use(pane) {
      active = pane;
    },
  };
  const panes = data.graphs.map((graph) => new Pane(data, graph, told));
  let active = panes[0];
  const paneOf = (node) => panes[reading.graphOf(node)];
  const panel = new Panel(data, reading, {
    jump,
    toggle(node) {
      paneOf(node).toggle(node);
      panel.show(node);
    },
    isOpen: (node) => paneOf(node).open.has(node),
  });

  // ---- selection

  function select(node) {
    selected = node;
    const twin = node === null ? undefined : data.nodes[node].twin;
    for (const pane of panes) {
      const own = (each) => each !== null && each !== undefined && paneOf(each) === pane;
      pane.set("chosen", [node].filter(own));
      pane.set("twin", [twin].filter(own));
    }
    if (node !== null) active = paneOf(node);
    if (twin !== undefined) paneOf(twin).centre(twin, true);
    panel.show(node);
  }

  // Go to a node: open the boxes around it, bring it to the middle, select it.
  function jump(node) {
    const pane = paneOf(node);
    pane.reveal(reading.around(node));
    pane.centre(node, false);
    select(node);
  }

  // ---- search

  const isPort = (node) => node.kind === "in" || node.kind === "out";
  const words = data.nodes.map((node) => {
    const place = node.place === undefined ? [] : data.places[node.place].slice(2);
    return `${node.label}\n${node.detail || ""}\n${place.join("")}`.toLowerCase();
  });

  // Cotangents are called as their values are, with a ∂: they are searched for only by that sign.
  function search() {
    const text = query.value.trim().toLowerCase();
    const backward = text.includes("\u2202");
    hits = [];
    hit = -1;
    if (text) {
      data.nodes.forEach((node, number) => {
        const isHit = !isPort(node) && words[number].includes(text);
        if (isHit && (backward || reading.graphOf(number) === 0)) hits.push(number);
      });
      // what is called so comes before what only stands in such a line
      const rank = (number) => {
        const label = data.nodes[number].label.toLowerCase();
        return label === text ? 0 : label.includes(text) ? 1 : 2;
      };
      hits = hits.map((number, k) => [rank(number), k, number]).sort((a, b) => a[0] - b[0] || a[1] - b[1]).map((each) => each[2]);
    }
    panes.forEach((pane, k) => pane.set("hit", hits.filter((node) => reading.graphOf(node) === k)));
    tell();
  }

  function tell() {
    if (!query.value.trim()) output.textContent = "";
    else if (!hits.length) output.textContent = "none";
    else output.textContent = hit < 0 ? `${hits.length} found` : `${hit + 1} of ${hits.length}`;
  }

  function next(step) {
    if (!hits.length) return;
    hit = hit < 0 ? (step > 0 ? 0 : hits.length - 1) : (hit + step + hits.length) % hits.length;
    jump(hits[hit]);
    tell();
  }

  query.addEventListener("input", search);
  query.addEventListener("keydown", (event) => {
    if (event.key === "Enter") {
      event.preventDefault();
      next(event.shiftKey ? -1 : 1);
    }
  });
  document.getElementById("search").addEventListener("submit", (event) => event.preventDefault());

  // ---- buttons and keys

  function step(by) {
    const shown = [...active.places.keys()].filter((node) => !isPort(data.nodes[node]));
    if (!shown.length) return;
    const at = shown.indexOf(selected);
    const node = shown[at < 0 ? 0 : (at + by + shown.length) % shown.length];
    select(node);
    active.centre(node, true);
    active.nodes.get(node).element.focus({ preventScroll: true });
  }

  function toggleSelected() {
    if (selected === null || data.nodes[selected].sheet === undefined) return;
    if (!paneOf(selected).places.has(selected)) return;
    paneOf(selected).toggle(selected);
    panel.show(selected);
  }

  const actions = {
    expand: () => panes.forEach((pane) => pane.expand()),
    collapse: () => panes.forEach((pane) => pane.collapse()),
    in: () => active.zoom(1.25),
    out: () => active.zoom(0.8),
    fit: () => panes.forEach((pane) => pane.fit()),
    clear() {
      query.value = "";
      search();
      select(null);
    },
  };
  const pressed = {
    "+": actions.in, "=": actions.in, "-": actions.out, 0: actions.fit, e: actions.expand, c: actions.collapse,
    ArrowLeft: () => active.pan(60, 0), ArrowRight: () => active.pan(-60, 0),
    ArrowUp: () => active.pan(0, 60), ArrowDown: () => active.pan(0, -60),
    n: () => step(1), p: () => step(-1), Enter: toggleSelected, " ": toggleSelected,
    "/": () => query.select(),
  };

  for (const button of document.querySelectorAll("[data-do]")) {
    button.addEventListener("click", () => {
      actions[button.dataset.do]();
      panel.show(selected);
    });
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      actions.clear();
      document.activeElement.blur();
      return;
    }
    const inField = event.target === query;
    const onButton = event.target.tagName === "BUTTON" && (event.key === "Enter" || event.key === " ");
    const inPanel = panel.root.contains(event.target) && event.key.startsWith("Arrow");
    if (inField || onButton || inPanel || !Object.hasOwn(pressed, event.key)) return;
    event.preventDefault();
    pressed[event.key]();
    if (event.key === "e" || event.key === "c") panel.show(selected);
  });

  // ---- paper: all of each graph

  addEventListener("beforeprint", () => {
    for (const pane of panes) {
      pane.svg.setAttribute("viewBox", `-10 -10 ${pane.scene.width + 20} ${pane.scene.height + 20}`);
      pane.world.removeAttribute("transform");
      pane.svg.classList.remove("far", "farther");
      pane.show(true);
    }
  });
  addEventListener("afterprint", () => {
    for (const pane of panes) {
      pane.svg.removeAttribute("viewBox");
      pane.moved();
    }
  });

  // ---- begin

  if (data.note) {
    const note = document.getElementById("note");
    note.textContent = `${data.note} `;
    const fault = data.nodes.findIndex((node) => node.kind === "fault");
    if (fault >= 0) {
      const button = made("button", "Go there");
      button.type = "button";
      button.addEventListener("click", () => jump(fault));
      note.append(button);
    }
    note.hidden = false;
  }
  document.getElementById("panes").append(...panes.map((pane) => pane.root));
  for (const pane of panes) {
    pane.draw();
    pane.fit(LEGIBLE);
  }
  panel.about();
})();
