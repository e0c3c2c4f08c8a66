// One topic: its records from the end, live, or from a place or a time on, by key and type.
import { ask } from './ask.js';
import { el, reconcile, say, setText, theirs } from './dom.js';
import { time, whole } from './format.js';
import { follow } from './live.js';
import { Notes } from './note.js';

const every = 2_000;
/** Rows that a live page keeps: whoever wants more goes back page by page. */
const mostRows = 2_000;
const names = ['partition', 'offset', 'time', 'key', 'type'];

class TopicPage extends HTMLElement {
  connectedCallback() {
    this.topic = this.getAttribute('topic');
    this.path = `/api/log/topics/${encodeURIComponent(this.topic)}/records`;
    this.query = new URLSearchParams(location.search);
    this.isLive = !this.query.get('offset') && !this.query.get('time');
    this.records = [];
    this.unseen = [];
    this.looked = 0;
    this.notes = new Notes();
    const field = (name, attributes) => el('input', { name, autocomplete: 'off', spellcheck: 'false', value: this.query.get(name) ?? '', ...attributes });
    this.fields = {
      key: field('key', { type: 'search', 'data-search': true }), type: field('type', { list: 'types' }),
      partition: field('partition', { inputmode: 'numeric', pattern: '[0-9]+', size: 4 }),
      offset: field('offset', { inputmode: 'numeric', pattern: '[0-9]+', size: 10 }), time: field('time', { size: 24, placeholder: '2026-01-31T09:30:00Z' }),
    };
    this.rows = el('tbody');
    this.newer = el('button', { type: 'button', hidden: true, onclick: () => this.showNewer() }, 'Show what is new');
    this.more = el('button', { type: 'button', hidden: true, onclick: () => this.loadMore() }, this.isLive ? 'Older records' : 'Later records');
    this.empty = el('p', { class: 'empty' }, 'Reading the log…');
    this.state = el('p', { class: 'muted' });
    this.append(
      el('h1', {}, 'Topic ', el('span', { class: 'id' }, theirs(this.topic))),
      el('form', { class: 'bar', role: 'search', onsubmit: (event) => { event.preventDefault(); this.filter(); } },
        el('label', { class: 'wide' }, el('span', {}, this.topic.startsWith('orders') ? 'An order’s id' : 'Key'), this.fields.key),
        el('label', {}, el('span', {}, 'Type'), this.fields.type),
        el('label', {}, el('span', {}, 'Partition'), this.fields.partition), el('label', {}, el('span', {}, 'From offset'), this.fields.offset),
        el('label', {}, el('span', {}, 'or time'), this.fields.time), el('button', {}, 'Show'),
        el('datalist', { id: 'types' }, ['OrderConfirmed', 'OrderShipped', 'OrderDelivered', 'OrderCancelled', 'OrderRejected', 'ProductAdded', 'StockReplenished', 'StockTaken', 'StockStatusChanged', 'ProductChanged']
          .map((value) => el('option', { value })))),
      this.notes.element, this.state, this.newer,
      el('div', { class: 'table' }, el('table', { class: 'cards' },
        el('thead', {}, el('tr', {}, ['Place', 'Type', 'Key', 'When'].map((name) => el('th', { scope: 'col' }, name)),
          el('th', { scope: 'col', class: 'number' }, 'Bytes'), el('th', { scope: 'col' }, 'Value'))), this.rows)),
      this.empty, el('p', {}, this.more));
    this.live = follow(every, (signal) => this.look(signal));
  }

  disconnectedCallback() {
    this.live.stop();
  }

  /** The address says what is shown, so that it can be shared. */
  filter() {
    const query = new URLSearchParams();
    for (const name of names) if (this.fields[name].value.trim()) query.set(name, this.fields[name].value.trim());
    document.dispatchEvent(new CustomEvent('go', { detail: `/log/${encodeURIComponent(this.topic)}${query.size ? `?${query}` : ''}` }));
  }

  ask(options, signal) {
    const query = new URLSearchParams();
    for (const name of ['partition', 'key', 'type']) if (this.query.get(name)) query.set(name, this.query.get(name));
    for (const [name, value] of Object.entries(options)) query.set(name, value);
    return ask('GET', `${this.path}?${query}`, { signal });
  }

  async look(signal) {
    try {
      if (this.next === undefined) await this.begin(signal);
      else if (this.isLive) await this.tail(signal);
      this.notes.clear();
    } catch (error) {
      if (!signal.aborted) {
        this.notes.show(error);
        if (!this.records.length) setText(this.empty, '');
      }
      throw error;
    }
  }

  async begin(signal) {
    const first = {};
    for (const name of ['offset', 'time']) if (this.query.get(name)) first[name] = this.query.get(name);
    const page = await this.ask(first, signal);
    // What comes from now on stands behind these ends. None is passed over: the page was read from them back.
    this.tailFrom = page.partitions.map((one) => `${one.partition}:${one.end}`).join(',');
    this.records = page.records;
    this.take(page);
    this.show(true);
  }

  async tail(signal) {
    const page = await this.ask({ at: this.tailFrom, direction: 'on', limit: 200 }, signal);
    this.tailFrom = page.next;
    const known = new Set(this.records.map((one) => one.position));
    const fresh = page.records.filter((one) => !known.has(one.position)).reverse();
    if (!fresh.length) return;
    this.unseen = [...fresh, ...this.unseen].slice(0, mostRows);
    const isRead = scrollY > 40 || this.rows.contains(document.activeElement) || this.rows.matches(':hover') || Boolean(getSelection() && !getSelection().isCollapsed);
    if (isRead) this.show();
    else this.showNewer(true);
  }

  showNewer(isByItself = false) {
    if (isByItself) say(`${this.unseen.length} new`);
    this.records = [...this.unseen, ...this.records].slice(0, mostRows);
    this.unseen = [];
    if (!isByItself) scrollTo(0, 0);
    this.show();
  }

  take(page) {
    this.next = page.next;
    this.isAtEnd = page.at_end;
    this.looked += page.looked;
  }

  async loadMore() {
    this.more.disabled = true;
    try {
      const page = await this.ask({ at: this.next, direction: this.isLive ? 'back' : 'on' });
      const known = new Set(this.records.map((one) => one.position));
      this.records = [...this.records, ...page.records.filter((one) => !known.has(one.position))];
      this.take(page);
      this.show();
      this.notes.clear();
    } catch (error) {
      this.notes.show(error);
    }
    this.more.disabled = false;
  }

  show(isFirst = false) {
    reconcile(this.rows, this.records, (one) => one.position, (one) => makeRow(one, !isFirst), () => {});
    this.more.hidden = this.isAtEnd && this.isLive;
    this.newer.hidden = this.unseen.length === 0;
    setText(this.newer, `${whole(this.unseen.length)} new: show`);
    this.empty.hidden = this.records.length > 0;
    const isFiltered = this.query.get('key') || this.query.get('type');
    setText(this.empty, isFiltered ? (this.isAtEnd ? 'No record is like that.' : 'None so far is like that: look further.') : 'There are no records.');
    setText(this.state, isFiltered ? `${whole(this.looked)} records were looked at.` : this.isLive ? 'The newest first; what comes is shown.' : 'The oldest first.');
  }
}

function makeRow(one, isNew) {
  const short = /^orderlog\.(\w+)\.v\d+$/.exec(one.type ?? '')?.[1] ?? one.type;
  return el('tr', { class: isNew ? 'new' : null },
    el('th', { scope: 'row' }, el('a', { href: `/log/${encodeURIComponent(one.topic)}/${one.partition}/${one.offset}`, class: 'id', 'data-row': true }, `${one.partition}:${one.offset}`)),
    el('td', {}, short === null ? el('small', {}, 'no event') : theirs(short)), el('td', { class: 'id' }, one.key === null ? el('small', {}, 'none') : theirs(one.key)),
    el('td', {}, time(one.at)), el('td', { class: 'number' }, whole(one.bytes)),
    el('td', { class: 'excerpt' }, one.value === null ? el('small', {}, 'no value') : theirs(one.value.slice(0, 120))));
}

customElements.define('topic-page', TopicPage);
