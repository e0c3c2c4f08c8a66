// What comes on the log, as it comes: one connection for the whole page. The browser adds the cookie of who is signed in.
import { onSignIn } from './ask.js';

const watchers = new Set();
let control = null;
let lastID = null;
let isOpen = false;

/** Whether what comes is told. */
export const isLive = () => isOpen;

/** Calls `tell` with each record that comes, and with null where something else may have changed. Answers what ends it. */
export function watch(tell) {
  watchers.add(tell);
  connect();
  return () => watchers.delete(tell);
}

function tellAll(record) {
  for (const tell of [...watchers]) tell(record);
}

async function connect() {
  if (control || document.hidden) return;
  const mine = new AbortController();
  control = mine;
  const { signal } = mine;
  let pause = 1_000;
  while (!signal.aborted) {
    try {
      const headers = { accept: 'text/event-stream', ...(lastID ? { 'last-event-id': lastID } : {}) };
      const response = await fetch('/events', { headers, signal, cache: 'no-store', redirect: 'error' });
      if (response.status === 401 || response.status === 403) break;
      if (!response.ok || !response.body) throw new Error(String(response.status));
      pause = 1_000;
      await read(response.body);
    } catch {
      // It is tried again.
    }
    if (isOpen) {
      isOpen = false;
      tellAll(null);
    }
    await new Promise((done) => { setTimeout(done, pause); });
    pause = Math.min(pause * 2, 5_000);
  }
  if (control === mine) control = null;
}

async function read(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    text += value;
    const events = text.split('\n\n');
    text = events.pop();
    for (const event of events) take(event);
  }
}

function take(event) {
  const fields = {};
  for (const line of event.split('\n')) {
    const at = line.indexOf(': ');
    if (at > 0) fields[line.slice(0, at)] = line.slice(at + 2);
  }
  if (fields.id) lastID = fields.id;
  if (fields.event === 'hello') isOpen = true;
  else if (fields.event === 'record') tellAll(JSON.parse(fields.data));
  else if (fields.event === 'log') tellAll(null);
}

// A page that nobody sees holds no connection; what came meanwhile is told when it is seen again.
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) connect();
  else leave();
});

function leave() {
  control?.abort();
  control = null;
  isOpen = false;
}

// Who signs out sees no more of it, and who signs in sees it as himself.
onSignIn(() => {
  leave();
  connect();
});
