// Stock: products and their units, live.
import { ask, freshKey } from './ask.js';
import { el, openDialog, reconcile, setText, theirs } from './dom.js';
import { money, time, whole } from './format.js';
import { follow } from './live.js';
import { Notes } from './note.js';

const every = 2_000;
const pageSize = 200;
const kinds = { in_stock: ['in stock', 'good'], low_stock: ['low', 'warn'], out_of_stock: ['none left', 'bad'] };

class StockPage extends HTMLElement {
  connectedCallback() {
    this.products = [];
    this.pages = 1;
    this.notes = new Notes();
    this.search = el('input', { type: 'search', 'data-search': true, oninput: () => this.show(), autocomplete: 'off', spellcheck: 'false' });
    this.rows = el('tbody');
    this.more = el('button', { type: 'button', hidden: true, onclick: () => this.loadMore() }, 'More products');
    this.empty = el('p', { class: 'empty' }, 'Looking for products…');
    this.append(
      el('h1', {}, 'Stock'), this.notes.element,
      el('div', { class: 'bar' }, el('label', { class: 'wide' }, el('span', {}, 'Find among the products shown'), this.search)),
      el('div', { class: 'table' }, el('table', { class: 'cards' },
        el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, 'Product'), el('th', { scope: 'col' }, 'Is'),
          ['Available', 'Reserved', 'Price'].map((name) => el('th', { scope: 'col', class: 'number' }, name)),
          el('th', { scope: 'col' }, 'Last changed'), el('th', { scope: 'col' }, el('span', { class: 'visually-hidden' }, 'What can be done')))),
        this.rows)),
      this.empty, el('p', {}, this.more));
    this.live = follow(every, (signal) => this.look(signal));
  }

  disconnectedCallback() {
    this.live.stop();
  }

  /** All that is shown is asked for anew: a product that is gone is shown no longer, and none with figures of before. */
  async look(signal) {
    try {
      const products = [];
      let cursor;
      for (let page = 0; page < this.pages && (page === 0 || cursor); page += 1) {
        const query = new URLSearchParams({ limit: pageSize, ...(cursor ? { cursor } : {}) });
        const found = await ask('GET', `/api/products?${query}`, { signal });
        products.push(...found.products);
        cursor = found.next_cursor;
      }
      // Between two pages one may have moved to the other.
      this.products = [...new Map(products.map((product) => [product.product_id, product])).values()];
      this.hasMore = Boolean(cursor);
      this.notes.clear();
      this.show();
    } catch (error) {
      if (!signal.aborted) this.notes.show(error);
      throw error;
    }
  }

  loadMore() {
    this.pages += 1;
    this.live.now();
  }

  show() {
    const text = this.search.value.trim().toLowerCase();
    const found = this.products.filter((product) => `${product.product_id}\n${product.name}`.toLowerCase().includes(text));
    reconcile(this.rows, found, (product) => product.product_id, (product) => this.update(el('tr'), product), (row, product) => this.update(row, product));
    this.more.hidden = !this.hasMore;
    this.empty.hidden = found.length > 0;
    setText(this.empty, this.products.length ? 'No product is like that.' : 'There are no products yet.');
  }

  update(row, product) {
    if (!row.firstChild) {
      row.append(
        el('th', { scope: 'row' }, el('bdi'), ' ', el('small', {}, theirs(product.product_id))), el('td'), el('td', { class: 'number' }),
        el('td', { class: 'number' }), el('td', { class: 'number' }), el('td', {}, time(product.updated_at)),
        el('td', {}, el('button', { type: 'button', 'data-row': true, onclick: () => this.replenish(product) }, 'Add units…')));
    }
    const [name, status, available, reserved, price, changed] = row.children;
    const [word, kind] = kinds[product.status] ?? [product.status, ''];
    setText(name.firstChild, product.name);
    if (status.textContent !== word) status.replaceChildren(el('span', { class: `badge ${kind}` }, word));
    setText(available, whole(product.available));
    setText(reserved, whole(product.reserved));
    setText(price, money(product.price));
    changed.firstChild.at = product.updated_at;
    return row;
  }

  replenish(product) {
    const notes = new Notes();
    let key = freshKey();
    const units = el('input', { type: 'number', min: 1, required: true, value: 10, autofocus: true, onchange: () => { key = freshKey(); } });
    const submit = el('button', { class: 'first' }, 'Add them');
    const dialog = openDialog('Add units', el('p', {}, 'So many units of ', theirs(product.name), ' have come, and can be ordered at once.'), notes.element,
      el('form', { onsubmit: async (event) => {
        event.preventDefault();
        submit.disabled = true;
        try {
          await ask('PUT', `/api/products/${encodeURIComponent(product.product_id)}/replenish`, { body: { quantity: Number(units.value) }, idempotencyKey: key });
          dialog.close();
          this.live.now();
        } catch (error) {
          notes.show(error);
        }
        submit.disabled = false;
      } }, el('label', {}, el('span', {}, 'Units'), units), submit));
  }
}

customElements.define('stock-page', StockPage);
