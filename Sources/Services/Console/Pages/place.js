// The form that places an order, for trying out.
import { ask, freshKey } from './ask.js';
import { el, openDialog } from './dom.js';
import { money } from './format.js';
import { Notes } from './note.js';

export async function openPlaceForm() {
  const notes = new Notes();
  // The same for each try, so that an order that was placed without our hearing of it is not placed twice.
  let key = freshKey();
  const field = (name, attributes) => el('input', { name, required: true, autocomplete: 'off', onchange: () => { key = freshKey(); }, ...attributes });
  const name = field('name', { value: 'Ada Lovelace', maxlength: 200 });
  const email = field('email', { value: 'ada@example.com', inputmode: 'email', maxlength: 320 });
  const phone = field('phone', { required: false, inputmode: 'tel' });
  const lines = el('div');
  const products = el('datalist', { id: 'products' });

  function addLine(product = '') {
    const id = el('input', { list: 'products', required: true, value: product, 'aria-label': 'Product', onchange: () => { key = freshKey(); } });
    const units = el('input', { type: 'number', min: 1, required: true, value: 1, 'aria-label': 'Units', onchange: () => { key = freshKey(); } });
    const line = el('div', { class: 'line' }, id, units,
      el('button', { type: 'button', 'aria-label': 'Remove this line', onclick: () => { if (lines.children.length > 1) line.remove(); key = freshKey(); } }, '×'));
    lines.append(line);
    return id;
  }

  const submit = el('button', { class: 'first' }, 'Place the order');
  const dialog = openDialog('Place an order', notes.element,
    el('form', { onsubmit: async (event) => {
      event.preventDefault();
      submit.disabled = true;
      try {
        const items = [...lines.children].map((line) => ({ product_id: line.children[0].value, quantity: Number(line.children[1].value) }));
        const customer = { name: name.value, email: email.value, ...(phone.value.trim() ? { phone: phone.value } : {}) };
        const order = await ask('POST', '/api/orders', { body: { customer, items }, idempotencyKey: key });
        dialog.close();
        document.dispatchEvent(new CustomEvent('go', { detail: `/orders/${order.order_id}` }));
      } catch (error) {
        notes.show(error);
      }
      submit.disabled = false;
    } },
    el('label', {}, el('span', {}, 'Name'), name), el('label', {}, el('span', {}, 'E-mail'), email),
    el('label', {}, el('span', {}, 'Phone (may be left out)'), phone),
    el('div', {}, el('span', { class: 'muted' }, 'Products and units'), lines, products),
    el('div', { class: 'bar' }, el('button', { type: 'button', onclick: () => addLine().focus() }, 'Another product'), submit)));
  const first = addLine();
  first.focus();
  try {
    const page = await ask('GET', '/api/products?limit=200');
    products.replaceChildren(...page.products.map((product) =>
      el('option', { value: product.product_id }, `${product.name}, ${money(product.price)}, ${product.available} left`)));
    if (!first.value && page.products.length) first.value = page.products.at(-1).product_id;
  } catch (error) {
    notes.show(error);
  }
}
