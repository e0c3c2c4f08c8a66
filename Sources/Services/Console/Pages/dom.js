// Elements are made here, and nowhere from text that is read as HTML: whatever a customer wrote is shown as it is.

/**
 * An element. `properties`: `class`, attributes, `on…` handlers; what is false, null or undefined is left out.
 * Children are elements, texts, numbers, or lists of these; nothing for what is null, undefined or false.
 */
export function el(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === false || value === null || value === undefined) continue;
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? '' : String(value));
  }
  add(element, children);
  return element;
}

function add(element, children) {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    if (Array.isArray(child)) add(element, child);
    else element.append(child instanceof Node ? child : String(child));
  }
}

/** Text of somebody else's: it can't turn the direction of what stands around it. */
export const theirs = (text) => el('bdi', {}, text);

/** Sets an element's text, if it is another one: what a reader has selected stays selected. */
export function setText(element, text) {
  if (element.textContent !== String(text)) element.textContent = String(text);
}

/** Says something to those who hear the page. */
export function say(text) {
  const said = document.getElementById('said');
  if (said) said.textContent = text;
}

/**
 * Brings the children of `parent` into the order of `items`. Those that stand for the same item, by its key, stay the same elements,
 * and where the item has not changed they are not touched.
 */
export function reconcile(parent, items, keyOf, make, update) {
  const before = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let place = parent.firstElementChild;
  for (const item of items) {
    const key = String(keyOf(item));
    let child = before.get(key);
    before.delete(key);
    if (child) update(child, item);
    else {
      child = make(item);
      child.dataset.key = key;
    }
    if (child === place) place = place.nextElementSibling;
    else parent.insertBefore(child, place);
  }
  for (const child of before.values()) child.remove();
}

/** A dialog with this content; it is gone once it is closed. */
export function openDialog(title, ...content) {
  const close = el('button', { type: 'button', class: 'close', 'aria-label': 'Close', onclick: () => dialog.close() }, '×');
  const heading = el('h2', { id: 'dialog-title' }, title);
  const dialog = el('dialog', { 'aria-labelledby': 'dialog-title', onclose: () => dialog.remove() },
    el('div', { class: 'dialog-head' }, heading, close), content);
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}
