// Now: how the shop is, what is wrong on top.
import { ask } from './ask.js';
import { el, reconcile, setText } from './dom.js';
import { span, time, whole } from './format.js';
import { follow } from './live.js';
import { Notes } from './note.js';

const every = 2_000;
const words = { ok: ['well', 'good'], look: ['in trouble', 'warn'], down: ['away', 'bad'] };

class NowPage extends HTMLElement {
  connectedCallback() {
    this.notes = new Notes();
    this.verdict = el('p', { role: 'status' }, 'Asking the services…');
    this.advice = el('ul');
    this.replicas = el('tbody');
    this.waiting = el('tbody');
    this.append(
      el('h1', {}, 'Now'), this.notes.element, this.verdict, this.advice,
      el('h2', {}, 'Parts'),
      el('div', { class: 'table' }, el('table', {},
        el('thead', {}, el('tr', {}, ['Service', 'Is', 'Since', 'Version', 'What is wrong'].map((name) => el('th', { scope: 'col' }, name)))),
        this.replicas)),
      el('h2', {}, 'What waits'),
      el('div', { class: 'table' }, el('table', {},
        el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, 'What'), el('th', { scope: 'col', class: 'number' }, 'How many'),
          el('th', { scope: 'col', class: 'number' }, 'The oldest for'), el('th', { scope: 'col' }, ''))),
        this.waiting)));
    this.live = follow(every, (signal) => this.look(signal));
  }

  disconnectedCallback() {
    this.live.stop();
  }

  async look(signal) {
    try {
      this.show(await ask('GET', '/api/status', { signal }));
      this.notes.clear();
    } catch (error) {
      if (!signal.aborted) this.notes.show(error);
      throw error;
    }
  }

  show(report) {
    setText(this.verdict, report.status === 'well' ? 'All is well.' : 'Somebody should look:');
    this.verdict.className = report.status === 'well' ? 'good' : 'bad';
    const make = (name) => () => el(name);
    reconcile(this.advice, report.advice.map((text) => ({ text })), (one) => one.text,
      (one) => el('li', {}, one.text), () => {});
    reconcile(this.replicas, report.replicas, (one) => one.service + one.address, make('tr'), () => {});
    for (const [index, one] of report.replicas.entries()) this.showReplica(this.replicas.children[index], one);
    reconcile(this.waiting, report.waiting, (one) => one.what, make('tr'), () => {});
    for (const [index, one] of report.waiting.entries()) this.showWaiting(this.waiting.children[index], one);
  }

  showReplica(row, one) {
    const text = JSON.stringify(one, (_, part) => (typeof part === 'bigint' ? String(part) : part));
    if (row.shown === text) return;
    row.shown = text;
    const [word, kind] = words[one.status] ?? [one.status, ''];
    const wrong = one.detail ? [one.detail] : one.troubles.map((trouble) =>
      el('div', {}, `${trouble.check}: ${trouble.detail} `, trouble.since ? time(trouble.since) : ''));
    row.replaceChildren(
      el('th', { scope: 'row' }, one.service, ' ', el('small', {}, one.address)),
      el('td', {}, el('span', { class: `badge ${kind}` }, word)),
      el('td', {}, one.started ? time(new Date(one.started * 1_000).toISOString()) : ''),
      el('td', {}, one.version ?? ''), el('td', {}, wrong));
  }

  showWaiting(row, one) {
    if (!row.firstChild) {
      row.append(el('th', { scope: 'row' }, one.what), el('td', { class: 'number' }), el('td', { class: 'number' }), el('td'));
    }
    const [, count, oldest, late] = row.children;
    setText(count, whole(one.count));
    setText(oldest, one.count && one.oldest_seconds !== undefined ? span(one.oldest_seconds * 1_000) : '');
    setText(late, one.late ? 'too long: look' : '');
    late.className = one.late ? 'bad' : '';
  }
}

customElements.define('now-page', NowPage);
