// Log: its topics, who reads them, and one record in full.
import { ask } from './ask.js';
import { el, reconcile, setText, theirs } from './dom.js';
import { span, time, whole } from './format.js';
import { follow } from './live.js';
import { Notes } from './note.js';
import { recordView } from './record.js';

const every = 2_000;
const head = (...names) => el('thead', {}, el('tr', {}, names.map((name) =>
  (name.startsWith('#') ? el('th', { scope: 'col', class: 'number' }, name.slice(1)) : el('th', { scope: 'col' }, name)))));

class LogPage extends HTMLElement {
  connectedCallback() {
    this.notes = new Notes();
    this.topics = el('tbody');
    this.groups = el('div');
    this.empty = el('p', { class: 'empty' }, 'Asking the log…');
    this.append(
      el('h1', {}, 'Log'), this.notes.element,
      el('form', { class: 'bar', role: 'search', onsubmit: (event) => { event.preventDefault(); this.find(); } },
        el('label', { class: 'wide' }, el('span', {}, 'An order’s id, or a place such as orders/3:17'),
          this.search = el('input', { type: 'search', 'data-search': true, autocomplete: 'off', spellcheck: 'false' })),
        el('button', {}, 'Find')),
      el('h2', {}, 'Topics'),
      el('div', { class: 'table' }, el('table', { class: 'cards' }, head('Topic', '#Partitions', '#Records', 'Kept'), this.topics)), this.empty,
      el('h2', {}, 'Who reads'), this.groups);
    this.live = follow(every, (signal) => this.look(signal));
  }

  disconnectedCallback() {
    this.live.stop();
  }

  find() {
    const text = this.search.value.trim();
    const place = /^([A-Za-z0-9._-]+)\/(\d+):(\d+)$/.exec(text);
    if (!text) return;
    const to = place ? `/log/${place[1]}/${place[2]}/${place[3]}` : `/log/orders?key=${encodeURIComponent(text)}`;
    document.dispatchEvent(new CustomEvent('go', { detail: to }));
  }

  async look(signal) {
    try {
      const [topics, groups] = await Promise.all([ask('GET', '/api/log/topics', { signal }), ask('GET', '/api/log/groups', { signal })]);
      this.showTopics(topics.topics);
      this.showGroups(groups);
      this.notes.clear();
    } catch (error) {
      if (!signal.aborted) {
        this.notes.show(error);
        setText(this.empty, this.topics.firstChild ? '' : 'The log could not be read yet.');
      }
      throw error;
    }
  }

  showTopics(topics) {
    const update = (row, topic) => {
      if (!row.firstChild) {
        row.append(el('th', { scope: 'row' }, el('a', { href: `/log/${encodeURIComponent(topic.name)}`, 'data-row': true }, topic.name)),
          el('td', { class: 'number' }), el('td', { class: 'number' }), el('td'));
      }
      setText(row.children[1], whole(topic.partition_count));
      setText(row.children[2], topic.records === undefined ? '' : whole(topic.records));
      setText(row.children[3], topic.retention_ms === null ? 'for ever' : span(Number(topic.retention_ms)));
      return row;
    };
    reconcile(this.topics, topics, (topic) => topic.name, (topic) => update(el('tr'), topic), update);
    this.empty.hidden = topics.length > 0;
    setText(this.empty, 'There are no topics yet: a service makes them when it starts.');
  }

  showGroups({ groups, count }) {
    const items = groups.map((group) => ({ ...group, key: group.group }));
    reconcile(this.groups, items, (group) => group.key, (group) => updateGroup(el('section'), group), updateGroup);
    if (!groups.length) this.groups.replaceChildren(el('p', { class: 'empty' }, 'Nobody has read yet.'));
    else if (count > groups.length) this.groups.append(el('p', { class: 'muted', 'data-key': '' }, `${whole(count - groups.length)} more groups are not shown.`));
  }
}

function updateGroup(section, group) {
  const text = JSON.stringify(group, (_, part) => (typeof part === 'bigint' ? String(part) : part));
  if (section.shown === text) return section;
  section.shown = text;
  const isOpen = section.querySelector('details')?.open ?? false;
  const late = group.lag > 0 ? `${whole(group.lag)} records wait, the first for ${span(Number(group.lag_seconds) * 1_000)}` : 'nothing waits';
  section.replaceChildren(
    el('h3', {}, theirs(group.group), ' ', el('span', { class: `badge ${group.members.length ? 'good' : 'warn'}` }, group.state),
      ' ', el('small', {}, late)),
    el('p', { class: 'muted' }, group.members.length ? ['Read by ', group.members.map((member, index) =>
      [index ? ', ' : '', theirs(member.member_id), ' on ', theirs(member.host)])] : 'Nobody reads just now.'),
    el('details', { open: isOpen }, el('summary', {}, `${whole(group.partitions.length)} partitions`),
      el('div', { class: 'table' }, el('table', {}, head('Partition', '#Reads next', '#Ends at', '#Waiting', 'Reader'), el('tbody', {}, group.partitions.map((one) =>
        el('tr', {}, el('th', { scope: 'row' }, theirs(`${one.topic}/${one.partition}`)),
          el('td', { class: 'number' }, one.offset === null ? '–' : whole(one.offset)), el('td', { class: 'number' }, whole(one.end)),
          el('td', { class: 'number' }, one.offset_beyond_end ? el('span', { class: 'bad' }, 'the log is shorter') : whole(one.lag)),
          el('td', {}, one.member_id === null ? '' : theirs(one.member_id)))))))));
  return section;
}

class RecordPage extends HTMLElement {
  connectedCallback() {
    const [topic, partition, offset] = ['topic', 'partition', 'offset'].map((name) => this.getAttribute(name));
    this.path = `/api/log/topics/${encodeURIComponent(topic)}/${encodeURIComponent(partition)}/${encodeURIComponent(offset)}`;
    this.place = { topic, partition, offset };
    this.notes = new Notes();
    this.body = el('div');
    this.append(el('h1', {}, 'Record ', el('span', { class: 'id' }, theirs(`${topic}/${partition}:${offset}`))), this.notes.element, this.body);
    // It never changes; only its coming is waited for.
    this.live = follow(every, async (signal) => {
      try {
        this.show(await ask('GET', this.path, { signal }));
        this.notes.clear();
        this.live.stop();
      } catch (error) {
        if (!signal.aborted) this.notes.show(error);
        throw error;
      }
    });
  }

  disconnectedCallback() {
    this.live.stop();
  }

  async all(button) {
    button.disabled = true;
    try {
      this.show(await ask('GET', `${this.path}?whole=true`));
    } catch (error) {
      this.notes.show(error);
      button.disabled = false;
    }
  }

  show(found) {
    const { topic, partition } = this.place;
    const offset = BigInt(found.offset);
    const { earliest, end } = found.partition_range;
    const to = (other, name) => (other >= BigInt(earliest) && other < BigInt(end)
      ? el('a', { href: `/log/${encodeURIComponent(topic)}/${partition}/${other}` }, name) : el('span', { class: 'muted' }, name));
    const isOrder = topic === 'orders' || topic.startsWith('orders.');
    this.body.replaceChildren(
      el('p', { class: 'bar' }, to(offset - 1n, '← The one before'), to(offset + 1n, 'The next one →'),
        el('a', { href: `/log/${encodeURIComponent(topic)}?partition=${partition}&offset=${offset}` }, 'In its partition'),
        isOrder && found.record.key ? el('a', { href: `/orders/${encodeURIComponent(found.record.key)}` }, 'Its order’s story') : null),
      el('dl', { class: 'facts' }, el('dt', {}, 'Type'), el('dd', {}, found.type === null ? 'no event' : theirs(found.type)),
        el('dt', {}, 'Happened'), el('dd', {}, time(found.at)), el('dt', {}, 'Timestamp'), el('dd', {}, time(found.record.timestamp)),
        el('dt', {}, 'Value'), el('dd', {}, `${whole(found.record.bytes)} bytes`)),
      el('h2', {}, 'Key, headers and value'), ...recordView(found.record, (event) => this.all(event.target)).filter(Boolean));
  }
}

customElements.define('log-page', LogPage);
customElements.define('record-page', RecordPage);
