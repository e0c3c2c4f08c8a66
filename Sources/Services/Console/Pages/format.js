// Numbers, amounts and times, as the reader's own locale writes them.
import { el } from './dom.js';

const locale = navigator.languages?.length ? navigator.languages : undefined;
const numbers = new Intl.NumberFormat(locale);

export const whole = (number) => (typeof number === 'number' || typeof number === 'bigint' ? numbers.format(number) : String(number ?? ''));

// By ISO 4217, as the services have it. A browser says how an amount is shown, which for some currencies is another matter.
const unusualDigits = {
  BIF: 0, CLP: 0, DJF: 0, GNF: 0, ISK: 0, JPY: 0, KMF: 0, KRW: 0, PYG: 0, RWF: 0, UGX: 0, UYI: 0, VND: 0, VUV: 0, XAF: 0, XOF: 0,
  XPF: 0, XAG: 0, XAU: 0, XBA: 0, XBB: 0, XBC: 0, XBD: 0, XDR: 0, XPD: 0, XPT: 0, XSU: 0, XTS: 0, XUA: 0, XXX: 0,
  BHD: 3, IQD: 3, JOD: 3, KWD: 3, LYD: 3, OMR: 3, TND: 3, CLF: 4, UYW: 4,
};

/** An amount in minor units, exactly: no digit goes through a floating-point number. */
export function money(value) {
  if (!value || value.amount === undefined) return '';
  const digits = unusualDigits[value.currency] ?? 2;
  const text = String(value.amount).padStart(digits + 1, '0');
  const decimal = digits ? `${text.slice(0, -digits)}.${text.slice(-digits)}` : text;
  try {
    return new Intl.NumberFormat(locale, {
      style: 'currency', currency: value.currency, currencyDisplay: 'code', minimumFractionDigits: digits, maximumFractionDigits: digits,
    }).format(decimal);
  } catch {
    return `${decimal} ${value.currency}`;
  }
}

// Times

let zone = localStorage.getItem('zone') === 'utc' ? 'utc' : 'local';
let formats = makeFormats();

function makeFormats() {
  const base = {
    year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3,
    hourCycle: 'h23', timeZone: zone === 'utc' ? 'UTC' : undefined,
  };
  return new Intl.DateTimeFormat(locale, { ...base, timeZoneName: 'short' });
}

const relatives = new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'short' });

export function relative(milliseconds, now = Date.now()) {
  const seconds = Math.round((milliseconds - now) / 1_000);
  const size = Math.abs(seconds);
  if (size < 60) return relatives.format(seconds, 'second');
  if (size < 3_600) return relatives.format(Math.round(seconds / 60), 'minute');
  if (size < 86_400) return relatives.format(Math.round(seconds / 3_600), 'hour');
  return relatives.format(Math.round(seconds / 86_400), 'day');
}

/** What lies between two moments: 3 ms, 2.1 s, 4 min. */
export function span(milliseconds) {
  const unit = (value, name, digits = 0) =>
    new Intl.NumberFormat(locale, { style: 'unit', unit: name, unitDisplay: 'short', maximumFractionDigits: digits }).format(value);
  const size = Math.max(0, milliseconds);
  if (size < 1_000) return unit(size, 'millisecond');
  if (size < 120_000) return unit(size / 1_000, 'second', 1);
  if (size < 7_200_000) return unit(size / 60_000, 'minute');
  if (size < 172_800_000) return unit(size / 3_600_000, 'hour', 1);
  return unit(size / 86_400_000, 'day', 1);
}

/** `<shop-time>`: a moment, to the millisecond and in words, in the zone that the reader chose. */
class ShopTime extends HTMLElement {
  connectedCallback() {
    shown.add(this);
    this.show();
  }

  disconnectedCallback() {
    shown.delete(this);
  }

  set at(text) {
    if (this.text === text) return;
    this.text = text;
    this.show();
  }

  show() {
    const moment = Date.parse(this.text);
    if (!this.isConnected || Number.isNaN(moment)) return;
    if (!this.firstChild) this.append(el('time'), ' ', el('small'));
    const [time, words] = this.children;
    const absolute = formats.format(moment);
    if (time.textContent !== absolute) time.textContent = absolute;
    time.dateTime = this.text;
    time.title = this.text;
    const text = relative(moment);
    if (words.textContent !== text) words.textContent = text;
  }
}

const shown = new Set();
customElements.define('shop-time', ShopTime);
setInterval(() => {
  if (!document.hidden) for (const element of shown) element.show();
}, 1_000);

export function time(text) {
  const element = el('shop-time');
  element.at = text;
  return element;
}

export const zoneName = () => (zone === 'utc' ? 'UTC' : 'Local time');

/** Local time becomes UTC, and UTC local time. */
export function switchZone() {
  zone = zone === 'utc' ? 'local' : 'utc';
  localStorage.setItem('zone', zone);
  formats = makeFormats();
  for (const element of shown) element.show();
}
