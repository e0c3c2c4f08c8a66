// Dead letters: why, and back to their group after a fix; one, some or all, after a look at what that does.
import { ask } from './ask.js';
import { el, openDialog, reconcile, say, setText, theirs } from './dom.js';
import { time, whole } from './format.js';
import { follow } from './live.js';
import { Notes } from './note.js';

const every = 2_000;
/** Places in one request: beside a session a body has 16 KiB. */
const most = 200;
const states = { waits: ['waits', 'bad'], redriven: ['redriven', 'good'], discarded: ['discarded', ''], foreign: ['foreign', 'warn'] };
const verbs = {
  redrive: { name: 'Redrive', done: 'redriven', says: 'They go to their topics again, under the same ce_id and for the group alone that could not handle them. What fails again comes back here.' },
  discard: { name: 'Discard', done: 'discarded', says: 'They stay on their topic with your reason beside them, and are sent to nobody. No alert tells of them any more.' },
};

class LettersPage extends HTMLElement {
  connectedCallback() {
    this.query = new URLSearchParams(location.search);
    this.letters = [];
    this.chosen = new Set();
    this.notes = new Notes();
    this.error = el('input', { type: 'search', 'data-search': true, value: this.query.get('error') ?? '', autocomplete: 'off', spellcheck: 'false' });
    this.ended = el('input', { type: 'checkbox', checked: this.query.get('ended') === 'true', onchange: () => this.filter() });
    this.all = el('input', { type: 'checkbox', 'aria-label': 'Choose all that are shown', onchange: () => this.chooseShown() });
    this.rows = el('tbody');
    this.count = el('p', { role: 'status' }, 'Reading the dead letters…');
    const button = (verb, isAll) => el('button', { type: 'button', disabled: true, onclick: () => this.confirm(verb, isAll) });
    this.buttons = { redrive: button('redrive', false), discard: button('discard', false), all: button('redrive', true) };
    this.empty = el('p', { class: 'empty', hidden: true });
    this.append(
      el('h1', {}, 'Dead letters'),
      el('form', { class: 'bar', role: 'search', onsubmit: (event) => { event.preventDefault(); this.filter(); } },
        el('label', { class: 'wide' }, el('span', {}, 'Their error has this in it'), this.error),
        el('label', { class: 'check' }, this.ended, el('span', {}, 'Redriven and discarded ones, too')), el('button', {}, 'Search')),
      this.notes.element, this.count,
      el('div', { class: 'bar' }, this.buttons.redrive, this.buttons.discard, this.buttons.all),
      el('div', { class: 'table' }, el('table', { class: 'cards' },
        el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, this.all), ['Place', 'State', 'Why', 'What', 'From', 'Since'].map((name) => el('th', { scope: 'col' }, name)),
          el('th', { scope: 'col', class: 'number' }, 'Tries'))), this.rows)),
      this.empty);
    this.live = follow(every, (signal) => this.look(signal));
  }

  disconnectedCallback() {
    this.live.stop();
  }

  /** The address says what is shown, so that it can be shared. */
  filter() {
    const query = new URLSearchParams();
    if (this.error.value.trim()) query.set('error', this.error.value.trim());
    if (this.ended.checked) query.set('ended', 'true');
    document.dispatchEvent(new CustomEvent('go', { detail: `/dead-letters${query.size ? `?${query}` : ''}` }));
  }

  async look(signal) {
    try {
      const query = new URLSearchParams({ limit: 500 });
      for (const name of ['error', 'ended']) if (this.query.get(name)) query.set(name, this.query.get(name));
      this.show(await ask('GET', `/api/dead-letters?${query}`, { signal }));
      this.notes.clear();
    } catch (error) {
      if (!signal.aborted) this.notes.show(error);
      throw error;
    }
  }

  show(found) {
    this.letters = found.letters;
    this.found = found;
    for (const place of [...this.chosen]) {
      if (!this.letters.some((letter) => letter.place === place && this.canEnd(letter))) this.chosen.delete(place);
    }
    reconcile(this.rows, this.letters, (letter) => letter.place, (letter) => this.update(el('tr'), letter), (row, letter) => this.update(row, letter));
    const waiting = found.waiting ? `${whole(found.waiting)} wait to be redriven or discarded.` : '';
    const rest = [
      found.complete ? '' : 'There are more, which are being read.',
      found.dropped ? `${whole(found.dropped)} older ones are not looked at here: orderlog dlq list tells of all.` : '',
    ].filter(Boolean).join(' ');
    setText(this.count, `${waiting} ${rest}`.trim() || 'None waits.');
    this.count.className = waiting || rest ? 'bad' : 'good';
    this.empty.hidden = this.letters.length > 0;
    setText(this.empty, this.query.size ? 'No dead letter is like that.' : 'What a group can’t handle comes here, with the reason. Nothing has.');
    this.showButtons();
  }

  canEnd(letter) {
    return letter.state === 'waits' || letter.state === 'foreign';
  }

  update(row, letter) {
    const [word, kind] = states[letter.state] ?? [letter.state, ''];
    if (!row.firstChild) {
      const [topic, place] = [letter.topic, letter.place.slice(letter.topic.length + 1)];
      const origin = /^(.+)\/(\d+):(\d+)$/.exec(letter.origin);
      row.append(
        el('td', {}, el('input', { type: 'checkbox', 'aria-label': `Choose ${letter.place}`, onchange: (event) => this.choose(letter.place, event.target.checked) })),
        el('th', { scope: 'row' }, el('a', { href: `/log/${encodeURIComponent(topic)}/${place.replace(':', '/')}`, class: 'id', 'data-row': true }, letter.place)),
        el('td'), el('td', {}, theirs(letter.error), letter.cut ? el('div', {}, el('small', {}, 'Cut: ', theirs(letter.cut))) : null),
        el('td', {}, letter.type === null ? el('small', {}, 'no event') : theirs(/^orderlog\.(\w+)\.v\d+$/.exec(letter.type)?.[1] ?? letter.type), el('br'),
          el('small', {}, letter.key === null ? 'no key' : theirs(letter.key))),
        el('td', {}, origin ? el('a', { href: `/log/${encodeURIComponent(origin[1])}/${origin[2]}/${origin[3]}` }, letter.origin) : theirs(letter.origin),
          el('br'), el('small', {}, theirs(letter.group))),
        el('td', {}, time(letter.since)), el('td', { class: 'number' }, whole(letter.attempts)));
    }
    const box = row.querySelector('input');
    box.disabled = !this.canEnd(letter);
    box.checked = this.chosen.has(letter.place);
    if (row.shownState !== letter.state) {
      row.shownState = letter.state;
      row.children[2].replaceChildren(el('span', { class: `badge ${kind}` }, word),
        letter.discarded_because === null ? '' : el('div', {}, el('small', {}, theirs(letter.discarded_because))));
    }
    return row;
  }

  choose(place, isChosen) {
    if (isChosen) this.chosen.add(place);
    else this.chosen.delete(place);
    this.showButtons();
  }

  chooseShown() {
    this.chosen = new Set(this.all.checked ? this.letters.filter((letter) => this.canEnd(letter)).map((letter) => letter.place) : []);
    for (const row of this.rows.children) row.querySelector('input').checked = this.chosen.has(row.dataset.key);
    this.showButtons();
  }

  showButtons() {
    const count = this.chosen.size;
    const possible = this.letters.filter((letter) => this.canEnd(letter)).length;
    this.all.checked = count > 0 && count === possible;
    this.all.indeterminate = count > 0 && count < possible;
    this.all.disabled = possible === 0;
    for (const verb of ['redrive', 'discard']) {
      setText(this.buttons[verb], `${verbs[verb].name} ${whole(count)} chosen…`);
      this.buttons[verb].disabled = count === 0;
    }
    const isFiltered = Boolean(this.query.get('error'));
    setText(this.buttons.all, isFiltered ? 'Redrive all with this error…' : 'Redrive all that wait…');
    this.buttons.all.disabled = !this.letters.some((letter) => letter.state === 'waits');
  }

  /** Which: as the request says it. */
  which(isAll) {
    if (!isAll) return { places: [...this.chosen] };
    return { all: true, ...(this.query.get('error') ? { error: this.query.get('error') } : {}) };
  }

  /** A dry run first: nothing is done before somebody has seen what. */
  async confirm(verb, isAll) {
    const which = this.which(isAll);
    const { name, says, done } = verbs[verb];
    const notes = new Notes();
    const why = verb === 'discard' ? el('input', { required: true, maxlength: 1_000 }) : null;
    const submit = el('button', { class: 'first', disabled: true }, name);
    const state = el('p', { role: 'status' }, 'Looking what would be done…');
    const list = el('ul', { class: 'places' });
    const dialog = openDialog(`${name} dead letters?`, el('p', {}, says), notes.element, state, list,
      el('form', { onsubmit: async (event) => {
        event.preventDefault();
        submit.disabled = true;
        await this.carryOut(verb, { ...which, ...(why ? { why: why.value.trim() } : {}) }, { notes, state, list, dialog, done });
        submit.disabled = false;
      } }, why ? el('label', {}, el('span', {}, 'Why, for whoever asks later'), why) : null, submit));
    try {
      const body = { ...which, dry_run: true, ...(why ? { why: 'a dry run' } : {}) };
      const would = await this.lookAhead(verb, body);
      setText(state, `${whole(would.left)} would be ${done}${would.skipped.length ? `; ${whole(would.skipped.length)} would not` : ''}.`);
      showPlaces(list, would, would.left);
      submit.disabled = would.left === 0;
      setText(submit, `${name} ${whole(would.left)}`);
      (why ?? submit).focus();
    } catch (error) {
      setText(state, '');
      notes.show(error);
    }
  }

  /** What would be done: of many places asked for by and by. */
  async lookAhead(verb, body) {
    const all = { done: [], skipped: [], left: 0 };
    for (let from = 0; from === 0 || from < (body.places?.length ?? 0); from += most) {
      const part = body.places ? { ...body, places: body.places.slice(from, from + most) } : body;
      const would = await ask('POST', `/api/dead-letters/${verb}`, { body: part });
      all.done.push(...would.done);
      all.skipped.push(...would.skipped);
      all.left += would.left;
    }
    return all;
  }

  /** As often as there are some left; what a request does is bounded. */
  async carryOut(verb, body, { notes, state, list, dialog, done }) {
    let count = 0;
    const skipped = new Map();
    try {
      for (;;) {
        const rest = body.places ? { ...body, places: body.places.slice(0, most) } : body;
        const outcome = await ask('POST', `/api/dead-letters/${verb}`, { body: rest });
        count += outcome.done.length;
        for (const one of outcome.skipped) skipped.set(one.place, one);
        setText(state, `${whole(count)} are ${done}…`);
        if (body.places) {
          const over = new Set([...outcome.done, ...outcome.skipped.map((one) => one.place)]);
          body = { ...body, places: body.places.filter((place) => !over.has(place)) };
        }
        if (outcome.failure) throw new Error(outcome.failure);
        const left = body.places ? body.places.length : outcome.left;
        if (left === 0 || outcome.done.length === 0 || !dialog.isConnected) break;
      }
      say(`${count} are ${done}`);
      if (skipped.size === 0) dialog.close();
      else {
        setText(state, `${whole(count)} are ${done}; ${whole(skipped.size)} are not:`);
        showPlaces(list, { done: [], skipped: [...skipped.values()] }, 0);
      }
    } catch (error) {
      setText(state, `${whole(count)} are ${done}.`);
      notes.show(error);
    }
    this.chosen.clear();
    this.live.now();
  }
}

function showPlaces(list, { done, skipped }, all) {
  const shown = done.slice(0, 10);
  list.replaceChildren(...shown.map((place) => el('li', {}, el('code', {}, place))),
    ...(all > shown.length ? [el('li', {}, `and ${whole(all - shown.length)} more`)] : []),
    ...skipped.slice(0, 10).map((one) => el('li', { class: 'bad' }, el('code', {}, one.place), ': ', theirs(one.why))));
}

customElements.define('letters-page', LettersPage);
