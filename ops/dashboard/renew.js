/**
 * How does a part of the page come to show something else without losing what the reader holds in it? What differs is
 * changed in place, so that focus, selection, an opened table and a screen reader's position outlive the next second.
 */

/** @typedef {import('../elements.js').Child} Child */

/** @param {Element} old @param {Element} fresh */
function renewAttributes(old, fresh) {
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  for (const { name } of [...old.attributes]) {
    // Whether something is folded is the reader's to say.
    if (!fresh.hasAttribute(name) && name !== 'open') old.removeAttribute(name);
  }
}

/** @param {ChildNode} old @param {Node} fresh */
function renewNode(old, fresh) {
  if (old.nodeName !== fresh.nodeName) return old.replaceWith(fresh);
  if (!(old instanceof Element && fresh instanceof Element)) {
    if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
    return;
  }
  renewAttributes(old, fresh);
  renew(old, ...fresh.childNodes);
}

/** @param {Element} place @param {...(Child | readonly Child[])} children what it shall hold */
export function renew(place, ...children) {
  let old = place.firstChild;
  for (const child of children.flat()) {
    if (child === null || child === undefined || child === false) continue;
    const fresh = child instanceof Node ? child : document.createTextNode(`${child}`);
    if (old === null) {
      place.append(fresh);
      continue;
    }
    const following = old.nextSibling;
    renewNode(old, fresh);
    old = following;
  }
  while (old !== null) {
    const following = old.nextSibling;
    old.remove();
    old = following;
  }
}
