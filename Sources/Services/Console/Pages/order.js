// One order: what it is, what can be done with it, and its story.
import { ask } from './ask.js';
import { el, openDialog, reconcile, say, setText, theirs } from './dom.js';
import { print } from './exact.js';
import { money, span, time, whole } from './format.js';
import { follow } from './live.js';
import { Notes } from './note.js';
import { badge } from './orders.js';
import { recordView } from './record.js';

const every = 2_000;
const moves = {
  ship: { from: 'confirmed', name: 'Ship', says: 'It becomes shipped: its stock leaves the shop, and the customer is told.' },
  deliver: { from: 'shipped', name: 'Deliver', says: 'It becomes delivered, and the customer is told.' },
  cancel: { from: 'confirmed', name: 'Cancel', says: 'It becomes cancelled: its stock can be ordered again, and the customer is told.', takesReason: true },
};
/** What is shown at its own place; anything else that an order has stands among the facts, as it is. */
const placed = new Set(['order_id', 'status', 'customer', 'items', 'total', 'created_at', 'updated_at', 'reason', 'history']);

class OrderPage extends HTMLElement {
  connectedCallback() {
    this.id_ = this.getAttribute('order');
    this.path = encodeURIComponent(this.id_);
    this.notes = new Notes();
    this.status = el('span');
    this.buttons = el('span', { class: 'bar' });
    this.facts = el('dl', { class: 'facts' });
    this.items = el('tbody');
    this.missing = el('div');
    this.story = el('ol', { class: 'story' });
    this.body = el('div', { hidden: true },
      this.facts,
      el('h2', {}, 'Items'),
      el('div', { class: 'table' }, el('table', {},
        el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, 'Product'), el('th', { scope: 'col', class: 'number' }, 'Units'),
          el('th', { scope: 'col', class: 'number' }, 'Each'), el('th', { scope: 'col', class: 'number' }, 'Together'))), this.items)),
      el('h2', {}, 'Its story'), this.missing, this.story);
    this.append(
      el('div', { class: 'bar head' }, el('h1', {}, 'Order ', el('span', { class: 'id' }, this.id_)), this.status, this.buttons),
      this.notes.element, this.body);
    this.live = follow(every, (signal) => this.look(signal));
  }

  disconnectedCallback() {
    this.live.stop();
  }

  async look(signal) {
    try {
      this.show(await ask('GET', `/orders/${this.path}/timeline`, { signal }));
      this.notes.clear();
    } catch (error) {
      if (!signal.aborted) this.notes.show(error);
      throw error;
    }
  }

  show(timeline) {
    const text = print(timeline);
    if (this.shown === text) return;
    this.shown = text;
    this.body.hidden = false;
    const { order } = timeline;
    if (this.status.textContent !== order.status) {
      if (this.status.textContent) say(`It is ${order.status}.`);
      this.status.replaceChildren(badge(order.status));
      this.buttons.replaceChildren(...Object.entries(moves).filter(([, move]) => move.from === order.status).map(([verb, move]) =>
        el('button', { type: 'button', onclick: () => this.confirm(verb, move) }, `${move.name}…`)));
    }
    this.showFacts(order);
    this.items.replaceChildren(...order.items.map(itemRow));
    this.missing.replaceChildren(...timeline.missing.map((part) =>
      el('div', { class: 'note warn' }, el('p', {}, `Not all of it can be told now. ${part.detail}`))));
    this.showStory(timeline.entries);
  }

  showFacts(order) {
    const fact = (name, ...value) => [el('dt', {}, name), el('dd', {}, value)];
    const { customer } = order;
    this.facts.replaceChildren(...[
      fact('Customer', customer ? theirs(customer.name) : 'unknown'),
      customer ? fact('E-mail', theirs(customer.email)) : [],
      customer?.phone ? fact('Phone', theirs(customer.phone)) : [],
      fact('Total', money(order.total)), fact('Placed', time(order.created_at)), fact('Last moved', time(order.updated_at)),
      order.reason ? fact('Reason', theirs(order.reason)) : [],
      Object.entries(order).filter(([name]) => !placed.has(name)).map(([name, value]) =>
        fact(name, theirs(typeof value === 'object' && value !== null ? print(value) : value))),
    ].flat(2).filter((part) => part instanceof Node));
  }

  showStory(entries) {
    let before = null;
    const items = entries.map((entry, index) => {
      const at = entry.at ? Date.parse(entry.at) : null;
      const gap = at !== null && before !== null ? at - before : null;
      before = at ?? before;
      return { entry, gap, key: `${keyOf(entry)} ${index}` };
    });
    reconcile(this.story, items, (item) => item.key, (item) => make(item), (element, item) => {
      const text = print(item);
      if (element.shown === text) return;
      const isOpen = element.querySelector('details')?.open;
      const fresh = make(item);
      element.className = fresh.className;
      element.replaceChildren(...fresh.childNodes);
      element.shown = text;
      if (isOpen) element.querySelector('details').open = true;
    });
  }

  /** Says what a move does before it is done. */
  confirm(verb, move) {
    const notes = new Notes();
    const reason = move.takesReason ? el('input', { name: 'reason', maxlength: 500 }) : null;
    const submit = el('button', { class: 'first' }, `${move.name} the order`);
    const dialog = openDialog(`${move.name} this order?`, el('p', {}, move.says), notes.element,
      el('form', { onsubmit: async (event) => {
        event.preventDefault();
        submit.disabled = true;
        try {
          await ask('POST', `/api/orders/${this.path}/${verb}`, { body: reason?.value.trim() ? { reason: reason.value.trim() } : {} });
          dialog.close();
          this.live.now();
        } catch (error) {
          notes.show(error);
        }
        submit.disabled = false;
      } }, reason ? el('label', {}, el('span', {}, 'Why (may be left out)'), reason) : null, submit));
    submit.focus();
  }
}

function itemRow(item) {
  const others = Object.entries(item).filter(([name]) => !['product_id', 'name', 'quantity', 'unit_price', 'line_total'].includes(name));
  return el('tr', {}, el('th', { scope: 'row' }, theirs(item.name), ' ', el('small', {}, theirs(item.product_id)),
    others.map(([name, value]) => el('div', {}, el('small', {}, `${name}: `, theirs(typeof value === 'object' ? print(value) : value))))),
  el('td', { class: 'number' }, whole(item.quantity)), el('td', { class: 'number' }, money(item.unit_price)),
  el('td', { class: 'number' }, money(item.line_total)));
}

/** What a group could not handle. */
function deadLetter({ group, dead_letter: letter }, head) {
  const name = groups[group] ?? group;
  const words = {
    redriven: ['warn', `${name} could not handle it at first: it was sent back`], discarded: ['bad', `${name} could not handle it, and it was discarded`],
  }[letter.state] ?? ['bad', `${name} could not handle it: it is a dead letter`];
  return [
    head(el('span', { class: words[0] }, words[1]), ', ', el('a', { href: logAddress(letter.place), class: 'id' }, letter.place)),
    el('div', { class: 'muted' }, theirs(letter.error)),
    letter.state === 'waits' ? el('div', {}, el('a', { href: '/dead-letters' }, 'Redrive it'), ' once its cause is mended.') : '',
  ];
}

/** The page of a record, by its place: orders/3:17. */
const logAddress = (position) => `/log/${position.replace(':', '/')}`;
const keyOf = (entry) => [entry.kind, entry.status, entry.group, entry.position, entry.notification?.notification_id].join(' ');
const shortName = (type) => /^orderlog\.(\w+)\.v\d+$/.exec(type)?.[1] ?? type ?? 'A record';
const groups = { 'inventory-service': 'Inventory', 'notification-service': 'Notifications' };

function make({ entry, gap }) {
  const head = (...words) => el('div', {}, words, entry.at ? [' ', time(entry.at)] : '',
    gap !== null ? el('span', { class: 'gap' }, `+${span(gap)}`) : '');
  const element = el('li', { class: entry.kind }, content[entry.kind]?.(entry, head) ?? head(entry.kind));
  element.shown = print({ entry, gap });
  return element;
}

const content = {
  step: (entry, head) => [head('The order is ', badge(entry.status)), entry.by ? el('div', { class: 'muted' }, 'asked for with the key ', theirs(entry.by)) : ''],
  event: (entry, head) => [
    head(el('strong', {}, shortName(entry.type)), ' on the log, ', el('a', { href: logAddress(entry.position), class: 'id' }, entry.position)),
    entry.trace_id ? el('div', { class: 'muted' }, 'trace ', el('code', {}, entry.trace_id)) : '',
    record(entry.record, entry.position),
  ],
  handled: (entry, head) => (entry.dead_letter ? deadLetter(entry, head) : head(entry.done
    ? el('span', { class: 'good' }, `${groups[entry.group] ?? entry.group} handled it`)
    : el('span', { class: 'warn' }, `${groups[entry.group] ?? entry.group} has yet to handle it`))),
  message: ({ notification }, head) => [
    head(`${notification.channel === 'email' ? 'E-mail' : 'SMS'} to `, theirs(notification.recipient), ' was written: ', notification.status),
    el('details', {}, el('summary', {}, notification.subject ? theirs(notification.subject) : 'What it says'), el('pre', { dir: 'auto' }, notification.body)),
  ],
  sent: ({ notification }, head) => head(`${notification.channel === 'email' ? 'E-mail' : 'SMS'} left for `, theirs(notification.recipient)),
};

function record(stored, position) {
  const element = el('details', {}, el('summary', {}, `The record, ${whole(stored.bytes)} bytes`));
  // Made when somebody looks: a story may have many.
  element.addEventListener('toggle', () => {
    if (!element.open || element.children.length > 1) return;
    element.append(...recordView(stored, () => document.dispatchEvent(new CustomEvent('go', { detail: logAddress(position) }))).filter(Boolean));
  });
  return element;
}

customElements.define('order-page', OrderPage);
