// Proof: that databases and log agree, or what does not; where the console has the databases, a button runs an audit.
import { ask } from './ask.js';
import { el, say, setText, theirs } from './dom.js';
import { print } from './exact.js';
import { time, whole } from './format.js';
import { follow } from './live.js';
import { Notes } from './note.js';

const every = 1_000;
const verdicts = { agrees: ['Databases and log agree.', 'good'], disagrees: ['Databases and log disagree:', 'bad'], unknown: ['It could not tell all: the log no longer has its beginning.', 'warn'] };

class ProofPage extends HTMLElement {
  connectedCallback() {
    this.notes = new Notes();
    this.button = el('button', { type: 'button', class: 'first', hidden: true, onclick: () => this.begin() }, 'Run an audit');
    this.state = el('p', { role: 'status' }, 'Looking for audits…');
    this.bar = el('progress', { hidden: true, 'aria-label': 'How far the audit has come' });
    this.proofs = el('div');
    this.append(el('div', { class: 'bar head' }, el('h1', {}, 'Proof'), this.button),
      el('p', { class: 'muted' }, 'An audit reads all of the log and of the databases, while the shop goes on: each order with its events, messages and stock.'),
      this.notes.element, this.state, this.bar, this.proofs);
    this.live = follow(every, (signal) => this.look(signal));
  }

  disconnectedCallback() {
    this.live.stop();
  }

  async look(signal) {
    try {
      this.show(await ask('GET', '/api/proofs', { signal }));
      this.notes.clear();
    } catch (error) {
      if (!signal.aborted) this.notes.show(error);
      throw error;
    }
  }

  async begin() {
    this.button.disabled = true;
    try {
      this.show(await ask('POST', '/api/proofs', { body: {} }));
    } catch (error) {
      this.notes.show(error);
    }
    this.live.now();
  }

  show({ possible, running, proofs }) {
    this.button.hidden = !possible;
    this.button.disabled = running !== null;
    this.bar.hidden = running === null;
    if (running) {
      setText(this.state, running.total ? `${running.stage}: ${whole(running.done)} of ${whole(running.total)}` : `${running.stage || 'Beginning'}…`);
      if (running.total) {
        this.bar.max = Number(running.total);
        this.bar.value = Number(running.done);
      } else this.bar.removeAttribute('value');
    } else if (!proofs.length) {
      setText(this.state, possible ? 'None has been run yet.' : 'This console has no databases: run `orderlog audit` where they can be reached.');
    } else setText(this.state, '');
    const text = print(proofs);
    if (this.shown === text) return;
    if (this.shown !== undefined && proofs.length) say('An audit has ended.');
    this.shown = text;
    this.proofs.replaceChildren(...proofs.map((proof, index) => el('details', { open: index === 0 },
      el('summary', {}, time(proof.ended), ' ', el('span', { class: `badge ${verdicts[proof.report?.status]?.[1] ?? 'bad'}` }, proof.report?.status ?? 'could not tell')),
      proof.report ? report(proof.report) : el('p', {}, 'The log or a database could not be read: the console’s log says why.'))));
  }
}

function report({ status, checks }) {
  return [
    el('p', { class: verdicts[status]?.[1] }, verdicts[status]?.[0] ?? status),
    el('div', { class: 'table' }, el('table', {}, el('thead', {}, el('tr', {},
      el('th', { scope: 'col' }, 'Check'), ['Looked at', 'Wrong', 'In flight', 'Unknown'].map((name) => el('th', { scope: 'col', class: 'number' }, name)))),
    el('tbody', {}, checks.map((check) => el('tr', {},
      el('th', { scope: 'row' }, check.description, check.note ? el('div', {}, el('small', {}, check.note)) : null,
        check.offenders.length ? el('ul', {}, check.offenders.map((one) => el('li', {}, el('code', {}, theirs(one.subject)), ': ', theirs(one.problem)))) : null),
      el('td', { class: 'number' }, whole(check.checked)), el('td', { class: `number ${check.wrong ? 'bad' : ''}` }, whole(check.wrong)),
      el('td', { class: 'number' }, whole(check.in_flight)), el('td', { class: `number ${check.unknown ? 'warn' : ''}` }, whole(check.unknown))))))),
  ];
}

customElements.define('proof-page', ProofPage);
