// Where everything lies. The page lays nothing out anew: a box that is opened stretches the sheet around it, so that
// what did not overlap cannot overlap, and everything keeps its order.

// A monotone map of a coordinate under which each span {from, to} is at least its `size` long, and nothing gets shorter.
// Of those that add the least it is the mean of the one that moves all as late and the one that moves all as early as
// can be: what lay in the middle stays there.
function stretched(spans) {
  if (!spans.length) return (value) => value;
  const at = [...new Set(spans.flatMap((span) => [span.from, span.to]))].sort((a, b) => a - b);
  const number = new Map(at.map((value, k) => [value, k]));
  const last = at.length - 1;
  const least = [at[0]];
  for (let k = 1; k <= last; k++) {
    least[k] = least[k - 1] + at[k] - at[k - 1];
    for (const span of spans) {
      if (span.to === at[k]) least[k] = Math.max(least[k], least[number.get(span.from)] + span.size);
    }
  }
  const most = [];
  most[last] = least[last];
  for (let k = last - 1; k >= 0; k--) {
    most[k] = most[k + 1] - (at[k + 1] - at[k]);
    for (const span of spans) {
      if (span.from === at[k]) most[k] = Math.min(most[k], most[number.get(span.to)] - span.size);
    }
  }
  const to = at.map((_, k) => (least[k] + most[k]) / 2);
  return (value) => {
    if (value <= at[0]) return value;
    if (value >= at[last]) return to[last] + value - at[last];
    let low = 0;
    let high = last;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (at[middle] <= value) low = middle;
      else high = middle;
    }
    return to[low] + ((value - at[low]) / (at[high] - at[low])) * (to[high] - to[low]);
  };
}

// A sheet with those boxes open for whose number `isOpen` is true: {width, height, places, ways}. A place is
// {node, x, y, width, height, inside}, where `inside` is the sheet in an open box, arranged, its corner at (left, top)
// within the place.
function arranged(data, sheetNumber, isOpen) {
  const sheet = data.sheets[sheetNumber];
  const layout = data.layouts[sheet.layout];
  const { pad, head } = data.measures;
  const insides = sheet.nodes.map((node) =>
    isOpen(node) ? arranged(data, data.nodes[node].sheet, isOpen) : null);
  const across = [];
  const down = [];
  insides.forEach((inside, k) => {
    if (!inside) return;
    const [x, y, width, height] = layout.boxes[k];
    const least = data.nodes[sheet.nodes[k]].head[1];
    across.push({ from: x, to: x + width, size: Math.max(least, inside.width + 2 * pad) });
    down.push({ from: y, to: y + height, size: inside.height + head + pad });
  });
  const toX = stretched(across);
  const toY = stretched(down);
  const places = sheet.nodes.map((node, k) => {
    const [x, y, width, height] = layout.boxes[k];
    const inside = insides[k];
    if (!inside) {
      return { node, x: toX(x + width / 2) - width / 2, y: toY(y + height / 2) - height / 2, width, height, inside };
    }
    const place = { node, x: toX(x), y: toY(y), width: toX(x + width) - toX(x), height: toY(y + height) - toY(y), inside };
    inside.left = (place.width - inside.width) / 2;
    inside.top = head + (place.height - head - pad - inside.height) / 2;
    return place;
  });
  const placeOf = new Map(sheet.nodes.map((node, k) => [node, k]));
  const ways = sheet.edges.map((edge, k) => {
    const line = layout.lines[k];
    const points = [];
    for (let i = 0; i < line.length; i += 2) points.push([toX(line[i]), toY(line[i + 1])]);
    fastened(points, 0, line, layout.boxes[placeOf.get(edge[0])], places[placeOf.get(edge[0])]);
    fastened(points, points.length - 1, line, layout.boxes[placeOf.get(edge[1])], places[placeOf.get(edge[1])]);
    const label = layout.labels[k];
    return { edge, points, label: label && [toX(label[0]), toY(label[1])] };
  });
  const [width, height] = layout.size;
  return { width: toX(width), height: toY(height), places, ways };
}

// The end of a line stays where it was on the border of its node, which keeps its size unless it is open.
function fastened(points, k, line, was, place) {
  if (place.inside) return;
  points[k] = [place.x + line[2 * k] - was[0], place.y + line[2 * k + 1] - was[1]];
}

// A smooth line through points, vertical at each: what a layout keeps free.
function path(points) {
  let [x, y] = points[0];
  let text = `M${short(x)} ${short(y)}`;
  for (const [toX, toY] of points.slice(1)) {
    const middle = short((y + toY) / 2);
    text += Math.abs(x - toX) < 0.05
      ? `V${short(toY)}`
      : `C${short(x)} ${middle} ${short(toX)} ${middle} ${short(toX)} ${short(toY)}`;
    [x, y] = [toX, toY];
  }
  return text;
}

function short(value) {
  return Math.round(value * 10) / 10;
}
