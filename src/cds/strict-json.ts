/**
 * Bytes to a JSON value, refusing what two parsers could read differently or what later code could trip over:
 * duplicate keys, prototype keys, lone surrogates, invalid UTF-8, nesting beyond a limit (RFC 8259 4, 8.2, 9).
 * One linear pass over the text comes first; JSON.parse then judges the grammar.
 */
import { Fault } from '../errors.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [0x7b, 0x7d, 0x5b, 0x5d];
const COLON = 0x3a;
const PROTOTYPE_KEYS = new Set(['__proto__', 'constructor', 'prototype']);
const decoder = new TextDecoder('utf-8', { fatal: true });

/** Throws Fault `request-malformed` with the rule that was broken; the text itself is never repeated. */
export function parseStrictJson(bytes: Uint8Array, limits: { readonly maximumDepth: number }): unknown {
  const text = decode(bytes);
  scan(text, limits.maximumDepth);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw malformed('The body is not JSON');
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw malformed('The body is not UTF-8');
  }
}

/** Keys seen per open object; undefined stands for an array. */
function scan(text: string, maximumDepth: number): void {
  const open: (Set<string> | undefined)[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      if (open.length >= maximumDepth) throw malformed(`The body is nested deeper than ${String(maximumDepth)}`);
      open.push(code === OPEN_BRACE ? new Set() : undefined);
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      open.pop();
    } else if (code === QUOTE) {
      const end = findStringEnd(text, at);
      const value = readString(text.slice(at, end + 1));
      const keys = open.at(-1);
      if (keys !== undefined && isKey(text, end + 1)) requireNewKey(keys, value);
      at = end;
    }
  }
}

function findStringEnd(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === BACKSLASH) at += 1;
    else if (code === QUOTE) return at;
  }
  throw malformed('The body is not JSON');
}

/** Only escapes can smuggle a lone surrogate past the UTF-8 decoder, so plain strings are taken as they stand. */
function readString(quoted: string): string {
  if (!quoted.includes('\\')) return quoted.slice(1, -1);
  let value: unknown;
  try {
    value = JSON.parse(quoted);
  } catch {
    throw malformed('The body is not JSON');
  }
  if (typeof value !== 'string' || !value.isWellFormed()) throw malformed('A string holds half a character');
  return value;
}

function isKey(text: string, from: number): boolean {
  let at = from;
  while (' \t\n\r'.includes(text.charAt(at)) && at < text.length) at += 1;
  return text.charCodeAt(at) === COLON;
}

function requireNewKey(keys: Set<string>, key: string): void {
  if (PROTOTYPE_KEYS.has(key)) throw malformed('A key names an object prototype');
  if (keys.has(key)) throw malformed('A key stands twice in one object');
  keys.add(key);
}

function malformed(message: string): Fault {
  return new Fault('request-malformed', message);
}
