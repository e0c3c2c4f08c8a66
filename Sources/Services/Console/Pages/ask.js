// What the page asks of the console. Nothing else is asked of anybody.
import { parse } from './exact.js';

/** What went wrong, as the problem document says it. */
export class Problem extends Error {
  constructor(status, document) {
    super(document.detail ?? document.title ?? `It was answered ${status}.`);
    this.status = status;
    this.title = document.title ?? '';
    this.errors = document.errors ?? [];
    this.trace = document.trace_id;
    this.shortages = document.shortages ?? [];
  }
}

/** Who is signed in, as the console says it. The key itself is in no script: a cookie that none sees stands for it. */
export let session = { asked: false, signed_in: false, name: null, csrf: null };

const changed = new Set();

/** Calls `tell` when somebody signs in or out. */
export const onSignIn = (tell) => changed.add(tell);

function take(found) {
  session = found;
  for (const tell of changed) tell();
}

export const findSession = async () => take(await ask('GET', '/api/session'));
export const signIn = async (key) => take(await ask('POST', '/api/session', { body: { key } }));
export const signOut = async () => take(await ask('POST', '/api/session/end', { body: {} }));

/** Whoever wants to know that a key is asked for. */
export const wanted = new EventTarget();

/** Milliseconds: the console itself gives up after five seconds. */
const patience = 10_000;

/**
 * Asks, and answers what the body says, or throws a Problem.
 * `idempotencyKey`: the same for each try of one thing.
 */
export async function ask(method, path, { body, idempotencyKey, signal, isAgain } = {}) {
  const headers = { accept: 'application/json' };
  if (method !== 'GET' && session.csrf) headers['x-csrf-token'] = session.csrf;
  if (body !== undefined) headers['content-type'] = 'application/json';
  if (idempotencyKey) headers['idempotency-key'] = idempotencyKey;
  const limit = AbortSignal.timeout(patience);
  let response;
  let text;
  try {
    response = await fetch(path, {
      method, headers, body: body === undefined ? undefined : JSON.stringify(body), cache: 'no-store', redirect: 'error',
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
    text = await response.text();
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Problem(0, { detail: 'The console does not answer. Look whether it runs; this page goes on by itself once it does.' });
  }
  let document = {};
  try {
    document = text ? parse(text) : {};
  } catch {
    throw new Problem(response.status, { detail: `It was answered ${response.status}, with what can't be read.` });
  }
  if (response.ok) return document;
  // Another window signed in, or the console began anew: what proves a change is another one now.
  if (document.type === '/problems/session-unproven' && !isAgain) {
    await findSession();
    return ask(method, path, { body, idempotencyKey, signal, isAgain: true });
  }
  if (response.status === 401 && path !== '/api/session') wanted.dispatchEvent(new Event('key'));
  throw new Problem(response.status, document);
}

/** A fresh key for what is to be done once. */
export function freshKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
