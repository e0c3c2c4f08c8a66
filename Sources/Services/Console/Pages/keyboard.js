// Keys: each does what something on the page does, too.
import { el, openDialog } from './dom.js';

const keys = [
  ['/', 'Search'], ['j', 'Next row'], ['k', 'Row before'], ['Enter', 'Open the row'], ['g n', 'Now'], ['g o', 'Orders'],
  ['g s', 'Stock'], ['g l', 'Log'], ['g d', 'Dead letters'], ['g p', 'Proof'], ['n', 'Place an order'], ['u', 'Local time or UTC'], ['?', 'This list'], ['Esc', 'Close'],
];
const places = { n: '/', o: '/orders', s: '/stock', l: '/log', d: '/dead-letters', p: '/proof' };

export function showKeys() {
  if (document.querySelector('dialog')) return;
  openDialog('Keys', el('dl', { class: 'facts' }, keys.map(([key, words]) =>
    [el('dt', {}, key.split(' ').map((one, index) => [index ? ' ' : '', el('kbd', {}, one)])), el('dd', {}, words)])));
}

export function listen({ go, changeZone }) {
  let afterG = -Infinity;
  document.addEventListener('keydown', (event) => {
    const isTyping = event.target.closest?.('input, select, textarea, dialog');
    if (isTyping || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const isPlace = event.timeStamp - afterG < 1_500 && places[event.key];
    afterG = event.key === 'g' ? event.timeStamp : -Infinity;
    if (isPlace) go(isPlace);
    else if (event.key === '/') document.querySelector('[data-search]')?.focus();
    else if (event.key === 'j' || event.key === 'k') step(event.key === 'j' ? 1 : -1);
    else if (event.key === 'n') document.querySelector('[data-new]')?.click();
    else if (event.key === 'u') changeZone();
    else if (event.key === '?') showKeys();
    else return;
    event.preventDefault();
  });
}

function step(by) {
  const rows = [...document.querySelectorAll('[data-row]')];
  if (!rows.length) return;
  const at = rows.indexOf(document.activeElement);
  const next = at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + by));
  rows[next].focus();
  rows[next].scrollIntoView({ block: 'nearest' });
}
