// Run in the page, so each stands for itself: where words of a field are in the window, and selecting them.

/// `{ from, to, middle }`, each a point of the window, after scrolling there; `null` where the field does not say the words.
export function edges([host, field, words]) {
  const surface = document.querySelector(host).shadowRoot.querySelector(`[data-field="${field}"] .surface`);
  const walker = document.createTreeWalker(surface, NodeFilter.SHOW_TEXT);
  const nodes = [];
  let all = '';
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    nodes.push({ node, at: all.length });
    all += node.data;
  }
  const start = all.indexOf(words);
  if (start < 0) return null;
  const locate = (at, end) => {
    const found = nodes.findLast((n) => (end ? n.at < at : n.at <= at));
    return [found.node, at - found.at];
  };
  const range = document.createRange();
  range.setStart(...locate(start, false));
  range.setEnd(...locate(start + words.length, true));
  range.startContainer.parentElement.scrollIntoView({ block: 'center', behavior: 'instant' });
  const boxes = [...range.getClientRects()].filter((box) => box.width > 0);
  const [first, last] = [boxes[0], boxes.at(-1)];
  const y = (box) => box.top + box.height / 2;
  return {
    from: [first.left + 0.5, y(first)],
    to: [last.right - 0.5, y(last)],
    middle: [(first.left + first.right) / 2, y(first)],
  };
}

/// Selects words that stand in one piece of the text.
export function select([host, field, words]) {
  const surface = document.querySelector(host).shadowRoot.querySelector(`[data-field="${field}"] .surface`);
  const walker = document.createTreeWalker(surface, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const at = node.data.indexOf(words);
    if (at >= 0) return getSelection().setBaseAndExtent(node, at, node, at + words.length);
  }
  throw new Error(`${field} does not say ${words}`);
}
