// Which page is shown, and what all pages have.
import { el, openDialog, say } from './dom.js';
import { findSession, onSignIn, session, signIn, signOut, wanted } from './ask.js';
import { switchZone, zoneName } from './format.js';
import { listen, showKeys } from './keyboard.js';
import { Notes } from './note.js';
import './now.js';
import './orders.js';
import './order.js';
import './stock.js';
import './log.js';
import './topic.js';
import './letters.js';
import './proof.js';

const main = document.getElementById('main');

/** What a part of an address says. One that nobody made by encoding stands for itself. */
function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The element that shows an address, by its path. */
function pageOf(path) {
  const order = /^\/orders\/([^/]+)$/.exec(path);
  if (order) return el('order-page', { order: decoded(order[1]) });
  if (path === '/orders') return el('orders-page');
  if (path === '/stock') return el('stock-page');
  if (path === '/dead-letters') return el('letters-page');
  if (path === '/proof') return el('proof-page');
  if (path === '/log') return el('log-page');
  const [, , topic, partition, offset] = path.split('/').map(decoded);
  if (path.startsWith('/log/')) return offset ? el('record-page', { topic, partition, offset }) : el('topic-page', { topic });
  return el('now-page');
}

function show({ isFirst = false } = {}) {
  main.replaceChildren(pageOf(location.pathname));
  for (const link of document.querySelectorAll('nav a')) {
    const path = link.getAttribute('href');
    const isHere = path === '/' ? location.pathname === '/' : location.pathname.startsWith(path);
    if (isHere) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  const heading = main.querySelector('h1');
  document.title = heading ? `${heading.textContent} · Orderlog` : 'Orderlog';
  // Who hears the page is told that it is another one.
  if (!isFirst) main.focus({ preventScroll: true });
}

/** Goes to an address of the console's, without loading the page anew. */
export function go(address) {
  history.pushState(null, '', address);
  scrollTo(0, 0);
  show();
}

addEventListener('popstate', () => show());
document.addEventListener('go', (event) => go(event.detail));
document.addEventListener('click', (event) => {
  const link = event.target.closest?.('a[href^="/"]');
  const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  if (!link || !isPlain || event.defaultPrevented || link.target) return;
  event.preventDefault();
  go(link.getAttribute('href'));
});

const zone = document.getElementById('zone');
const changeZone = () => {
  switchZone();
  zone.textContent = zoneName();
};
zone.textContent = zoneName();
zone.addEventListener('click', changeZone);
document.getElementById('help').addEventListener('click', showKeys);
listen({ go, changeZone });

const out = document.getElementById('out');
onSignIn(() => {
  out.hidden = !session.signed_in;
  out.textContent = `Sign out ${session.name ?? ''}`;
});
out.addEventListener('click', async () => {
  try {
    await signOut();
  } catch (error) {
    say(`Not signed out: ${error.message}`);
  }
  show();
});

let asking = null;
wanted.addEventListener('key', () => {
  if (asking) return;
  const notes = new Notes();
  const input = el('input', { type: 'password', name: 'key', autocomplete: 'off', required: true, autofocus: true, placeholder: 'ol_…' });
  const submit = el('button', { class: 'first' }, 'Sign in');
  const enter = async (event) => {
    event.preventDefault();
    submit.disabled = true;
    try {
      await signIn(input.value.trim());
      asking.close();
      show();
    } catch (error) {
      notes.show(error);
    }
    submit.disabled = false;
  };
  asking = openDialog('Sign in',
    el('p', {}, 'This shop asks for a key. Whoever runs it makes one with ', el('code', {}, 'orderlog keys create'),
      '; for the console it wants the scope read, to move orders operate, and to place them place.'), notes.element,
    el('form', { onsubmit: enter }, el('label', {}, el('span', {}, 'Key'), input),
      el('p', { class: 'muted' }, 'No script keeps it: a cookie stands for it, for twelve hours.'), submit));
  asking.addEventListener('close', () => { asking = null; });
});

await findSession().catch(() => {});
show({ isFirst: true });
