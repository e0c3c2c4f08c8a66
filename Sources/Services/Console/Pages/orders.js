// Orders: the newest on top, live; by status and customer; older ones page by page.
import { ask } from './ask.js';
import { el, reconcile, say, setText, theirs } from './dom.js';
import { money, time, whole } from './format.js';
import { follow } from './live.js';
import { Notes } from './note.js';
import { openPlaceForm } from './place.js';

const every = 2_000;
const statuses = ['confirmed', 'shipped', 'delivered', 'cancelled', 'rejected'];
const kinds = { confirmed: '', shipped: 'warn', delivered: 'good', cancelled: 'bad', rejected: 'bad' };
const isID = (text) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);

export const badge = (status) => el('span', { class: `badge ${kinds[status] ?? ''}` }, status);

class OrdersPage extends HTMLElement {
  connectedCallback() {
    this.query = new URLSearchParams(location.search);
    this.orders = [];
    this.unseen = [];
    this.notes = new Notes();
    this.search = el('input', { type: 'search', 'data-search': true, value: this.query.get('customer_email') ?? '', spellcheck: 'false', autocomplete: 'off' });
    this.status = el('select', { onchange: () => this.filter() }, el('option', { value: '' }, 'any status'),
      statuses.map((status) => el('option', { value: status, selected: this.query.get('status') === status }, status)));
    this.rows = el('tbody');
    this.newer = el('button', { type: 'button', hidden: true, onclick: () => this.showNewer() }, 'Show what is new');
    this.more = el('button', { type: 'button', hidden: true, onclick: () => this.loadOlder() }, 'Older orders');
    this.empty = el('p', { class: 'empty' }, 'Looking for orders…');
    this.append(
      el('div', { class: 'bar head' },
        el('h1', {}, 'Orders'),
        el('button', { type: 'button', class: 'first end', 'data-new': true, onclick: () => openPlaceForm() }, 'Place an order')),
      el('form', { class: 'bar', role: 'search', onsubmit: (event) => { event.preventDefault(); this.filter(); } },
        el('label', { class: 'wide' }, el('span', {}, 'An order’s id, or a customer’s e-mail'), this.search),
        el('label', {}, el('span', {}, 'Status'), this.status),
        el('button', {}, 'Search')),
      this.notes.element, this.newer,
      el('div', { class: 'table' }, el('table', { class: 'cards' },
        el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, 'Order'), el('th', { scope: 'col' }, 'Status'),
          el('th', { scope: 'col' }, 'Customer'), el('th', { scope: 'col' }, 'What'), el('th', { scope: 'col', class: 'number' }, 'Total'),
          el('th', { scope: 'col' }, 'Placed'))),
        this.rows)),
      this.empty, el('p', {}, this.more));
    this.live = follow(every, (signal) => this.look(signal));
  }

  disconnectedCallback() {
    this.live.stop();
  }

  /** The address says what is searched, so that it can be shared. */
  filter() {
    const text = this.search.value.trim();
    const to = isID(text) ? `/orders/${text.toLowerCase()}` : this.address(text);
    document.dispatchEvent(new CustomEvent('go', { detail: to }));
  }

  address(email) {
    const query = new URLSearchParams();
    if (email) query.set('customer_email', email);
    if (this.status.value) query.set('status', this.status.value);
    return `/orders${query.size ? `?${query}` : ''}`;
  }

  path(cursor) {
    const query = new URLSearchParams();
    for (const name of ['customer_email', 'status']) if (this.query.get(name)) query.set(name, this.query.get(name));
    if (cursor) query.set('cursor', cursor);
    return `/api/orders?${query}`;
  }

  async look(signal) {
    let page;
    try {
      page = await ask('GET', this.path(), { signal });
      this.notes.clear();
    } catch (error) {
      if (!signal.aborted) {
        this.notes.show(error);
        if (!this.orders.length) setText(this.empty, '');
      }
      throw error;
    }
    // Where a whole page is new, some may have come between it and what is shown: the list begins anew.
    const known = new Set(this.orders.map((order) => order.order_id));
    const isFirst = this.cursor === undefined;
    const isGap = page.next_cursor && !page.orders.some((order) => known.has(order.order_id));
    if (isFirst || isGap) {
      this.cursor = page.next_cursor;
      this.orders = [];
    }
    this.merge(page.orders, isFirst || isGap);
  }

  /** New ones come in where nobody reads just now; else they wait, and a button says how many. */
  merge(orders, isFirst) {
    const known = new Set(this.orders.map((order) => order.order_id));
    const fresh = orders.filter((order) => !known.has(order.order_id));
    const now = new Map(orders.map((order) => [order.order_id, order]));
    this.orders = this.orders.map((order) => now.get(order.order_id) ?? order);
    const isRead = scrollY > 40 || this.rows.contains(document.activeElement) || this.rows.matches(':hover') || hasSelection();
    if (isFirst || !isRead) {
      this.orders = [...fresh, ...this.orders];
      this.unseen = [];
      if (!isFirst && fresh.length) say(`${fresh.length} new`);
    } else this.unseen = fresh;
    this.show(isFirst);
  }

  showNewer() {
    this.orders = [...this.unseen, ...this.orders];
    this.unseen = [];
    scrollTo(0, 0);
    this.show();
  }

  async loadOlder() {
    this.more.disabled = true;
    try {
      const page = await ask('GET', this.path(this.cursor));
      const known = new Set(this.orders.map((order) => order.order_id));
      this.orders = [...this.orders, ...page.orders.filter((order) => !known.has(order.order_id))];
      this.cursor = page.next_cursor;
      this.show();
    } catch (error) {
      this.notes.show(error);
    }
    this.more.disabled = false;
  }

  show(isFirst = false) {
    reconcile(this.rows, this.orders, (order) => order.order_id, (order) => makeRow(order, !isFirst), updateRow);
    this.more.hidden = !this.cursor;
    this.newer.hidden = this.unseen.length === 0;
    setText(this.newer, `${whole(this.unseen.length)} new: show`);
    this.empty.hidden = this.orders.length > 0;
    if (!this.orders.length) this.showEmpty();
  }

  showEmpty() {
    if (this.query.size) return setText(this.empty, 'No order is like that.');
    if (this.empty.querySelector('code')) return;
    this.empty.replaceChildren('Nobody has ordered yet. Place an order here, or from a terminal:', el('pre', {}, el('code', {},
      `curl ${location.origin}/api/orders -H 'content-type: application/json' -d '{\n  "customer": {"name": "Ada", "email": "ada@example.com"},\n  "items": [{"product_id": "PROD-001", "quantity": 1}]}'`)));
  }
}

const hasSelection = () => {
  const selection = getSelection();
  return Boolean(selection && !selection.isCollapsed);
};

function makeRow(order, isNew) {
  const row = el('tr', { class: isNew ? 'new' : null },
    el('th', { scope: 'row' }, el('a', { href: `/orders/${order.order_id}`, class: 'id', 'data-row': true }, order.order_id)),
    el('td'), el('td', {}, order.customer ? [theirs(order.customer.name), el('br'), el('small', {}, theirs(order.customer.email))] : el('small', {}, 'unknown')),
    el('td', {}, what(order)), el('td', { class: 'number' }, money(order.total)), el('td', {}, time(order.created_at)));
  updateRow(row, order);
  return row;
}

function updateRow(row, order) {
  const cell = row.children[1];
  if (cell.textContent !== order.status) cell.replaceChildren(badge(order.status));
}

function what(order) {
  const [first, ...rest] = order.items;
  if (!first) return '';
  return [`${whole(first.quantity)} × `, theirs(first.name), rest.length ? el('small', {}, ` and ${whole(rest.length)} more`) : ''];
}

customElements.define('orders-page', OrdersPage);
