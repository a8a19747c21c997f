// What is computed from what, seen through the borders of boxes; and in which boxes a node lies.

function readings(data) {
  const box = new Map(); // node -> the box that it lies in
  const graph = new Map(); // node -> the number of its graph
  const incoming = new Map(); // node -> edges of its sheet to it
  const outgoing = new Map();
  const entering = new Map(); // port -> the edge outside that goes to it
  const leaving = new Map(); // port -> edges outside that come from it
  const add = (map, key, edge) => {
    if (!map.has(key)) map.set(key, []);
    map.get(key).push(edge);
  };
  data.graphs.forEach(({ sheet }, number) => {
    const waiting = [[sheet, null]];
    while (waiting.length) {
      const [inner, outside] = waiting.pop();
      for (const node of data.sheets[inner].nodes) {
        graph.set(node, number);
        if (outside !== null) box.set(node, outside);
        if (data.nodes[node].sheet !== undefined) waiting.push([data.nodes[node].sheet, node]);
      }
      for (const edge of data.sheets[inner].edges) {
        const [source, target, , , exit, entry] = edge;
        add(outgoing, source, edge);
        add(incoming, target, edge);
        if (exit !== null) add(leaving, exit, edge);
        if (entry !== null) entering.set(entry, edge);
      }
    }
  });
  const kind = (node) => data.nodes[node].kind;

  // The node that gives the value of an edge: behind the port of a box, and before that of the box around.
  function giver(edge) {
    for (let left = 1000; left > 0; left--) {
      const [source, , , , exit] = edge;
      if (exit !== null && incoming.has(exit)) edge = incoming.get(exit)[0];
      else if (kind(source) === "in" && entering.has(source)) edge = entering.get(source);
      else return source;
    }
    return edge[0];
  }

  // The nodes that read the value of an edge.
  function takers(edge) {
    const found = [];
    const waiting = [edge];
    const seen = new Set();
    while (waiting.length) {
      const each = waiting.pop();
      if (seen.has(each)) continue;
      seen.add(each);
      const [, target, , , , entry] = each;
      if (entry !== null && kind(entry) !== "carried") waiting.push(...(outgoing.get(entry) || []));
      else if (entry !== null) found.push(entry);
      else if (kind(target) === "out" && leaving.has(target)) waiting.push(...leaving.get(target));
      else found.push(target);
    }
    return found;
  }

  const once = (nodes) => [...new Set(nodes)];
  return {
    graphOf: (node) => graph.get(node),
    // The boxes around a node, the innermost first.
    around(node) {
      const found = [];
      while (box.has(node)) {
        node = box.get(node);
        found.push(node);
      }
      return found;
    },
    reads(node) {
      const edges = [...(incoming.get(node) || [])];
      if ((kind(node) === "carried" || kind(node) === "in") && entering.has(node)) edges.push(entering.get(node));
      return once(edges.map(giver)).filter((each) => each !== node);
    },
    readBy(node) {
      const edges = [...(outgoing.get(node) || [])];
      if (kind(node) === "out") edges.push(...(leaving.get(node) || []));
      return once(edges.flatMap(takers)).filter((each) => each !== node);
    },
  };
}
