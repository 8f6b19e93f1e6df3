'use strict';

// wdsocket for Node: const wd = require('./wdsocket'); wd.SocketWrite('till', 'one tea') and so on, with the header's names.
//
// Each function is there twice: called as it is, it runs in this thread and nothing else does; wd.SocketRead.async(...) runs in
// another and gives a promise. Text is a string (UTF-8 on its way), messages come as Buffer and go as Buffer or string.
// What a function refuses is thrown as wd.Error, with its code and its text.

const { existsSync } = require('fs');
const { join } = require('path');
const { Worker, isMainThread, parentPort, workerData } = require('worker_threads');
const koffi = require('koffi');
const { constants, functions } = require('./wdsocket_c');

class WDError extends Error {
  constructor(code, text) {
    super(text);
    this.name = 'wdsocket.Error';
    this.code = code;
  }
}

const name = process.platform === 'win32' ? 'wdsocket.dll' : 'libwdsocket.so.0';
const beside = join(__dirname, 'library', `${process.platform}-${process.arch}`, name); // the npm package has it there
const path = process.env.WDSOCKET_LIBRARY || (existsSync(beside) ? beside : name);
let library;
try {
  library = koffi.load(path);
} catch (error) {
  throw new Error(`wdsocket: the library ${path} cannot be loaded (${error.message}); set WDSOCKET_LIBRARY to its full path`);
}

const KINDS = { i: ['int32_t'], t: ['str'], d: ['void *', 'int32_t'], T: ['void *', 'int32_t'] };
KINDS.D = KINDS.I = KINDS.T;
const SIZES = { T: 4097, D: 65536, I: 4096 };
const DEFAULTS = { timeout: constants.WDSOCKET_DEFAULT, undefined_wait: 0, options: 0 };

const raw = {};
for (const [name, [word]] of Object.entries(functions)) {
  const kinds = [...word.slice(1)].flatMap((letter) => KINDS[letter]);
  raw[name] = library.func(process.platform === 'win32' ? '__stdcall' : '__cdecl', name, 'intptr_t', kinds);
}

// A call that still waits would keep the process from ending. The end of a Worker is none of the process.
if (isMainThread) process.on('exit', () => raw.SocketCloseAll());

function told(run, ...given) {
  const text = Buffer.alloc(2048);
  const length = run(...given, text, text.length);
  return text.toString('utf8', 0, Math.max(length, 0));
}

// What a program gives as C takes it; the word says what that is (see hosts/README.md).
function prepared(name, values) {
  const [word, given] = functions[name];
  if (values.length > given.length) throw new TypeError(`${name} takes ${given.join(', ')}`);
  const call = { name, word, list: [], out: null };
  let next = 0;
  for (const letter of word.slice(1)) {
    if (letter in SIZES) {
      call.out = Buffer.allocUnsafe(SIZES[letter]);
      call.list.push(call.out, letter === 'I' ? SIZES.I / 4 : SIZES[letter]);
      continue;
    }
    const parameter = given[next];
    const value = next < values.length ? values[next] : (DEFAULTS[parameter] ?? null);
    next++;
    if (letter === 'i') {
      if (!Number.isInteger(value)) throw new TypeError(`${name}: ${parameter} is a whole number, not ${value}`);
      call.list.push(value);
    } else if (letter === 't') {
      if (value !== null && typeof value !== 'string') throw new TypeError(`${name}: ${parameter} is a string or null`);
      if (value?.includes('\0')) {
        throw new TypeError(`${name}: ${parameter} holds a zero, where text for C ends: ${JSON.stringify(value)}`);
      }
      call.list.push(value);
    } else {
      const data = typeof value === 'string' ? Buffer.from(value) : value;
      call.list.push(data, data === null ? -1 : data.length);
    }
  }
  return call;
}

// What C answered in this thread, as JavaScript has it.
function answer({ name, word, out }, result) {
  if (result < 0) throw new WDError(-result, told(raw.SocketErrorInfo));
  if (word[0] === 'y') {
    if (result === 1) return true;
    const code = raw.SocketErrorCode();
    // That no client came in time is an answer.
    if (code === 0 || (code === constants.WDSOCKET_ERR_TIMEOUT && name.startsWith('SocketWait'))) return false;
    throw new WDError(code, told(raw.SocketErrorInfo));
  }
  switch (word.at(-1)) {
    case 'T': return out.toString('utf8', 0, result);
    case 'D': return Buffer.from(out.subarray(0, result));
    case 'I': return [...new Int32Array(out.buffer, out.byteOffset, result)];
    default: return result;
  }
}

// The message that did not fit has stayed; now its size is known.
function enlarged(call) {
  const size = raw[call.name.endsWith('Id') ? 'SocketPendingId' : 'SocketPending'](call.list[0]);
  call.out = Buffer.allocUnsafe(Math.max(size, 1));
  call.list.splice(-2, 2, call.out, call.out.length);
}

const tooSmall = (call, result) => call.word.endsWith('D') && result === -constants.WDSOCKET_ERR_BUFFER_TOO_SMALL;

function run(name, values) {
  const call = prepared(name, values);
  let result = raw[name](...call.list);
  if (tooSmall(call, result)) {
    enlarged(call);
    result = raw[name](...call.list);
  }
  return answer(call, result);
}

// Messages and ids are waited for in Node's pool, where the thread of a call cannot be asked why it failed: its answer is the
// code, and the socket keeps the text. A socket that is gone has none.
async function inPool(name, values) {
  const call = prepared(name, values);
  const made = () => new Promise((done, failed) =>
    raw[name].async(...call.list, (error, result) => (error ? failed(error) : done(result))));
  let result = await made();
  if (tooSmall(call, result)) {
    enlarged(call);
    result = await made();
  }
  if (result >= 0) return answer(call, result);
  const kept = told(raw[name.endsWith('Id') ? 'SocketLocalInfoId' : 'SocketLocalInfo'], call.list[0], constants.SocketLastError);
  throw new WDError(-result, kept || `${name}: ${told(raw.SocketErrorText, result)}`);
}

// All else runs in a Worker of this module's, which asks in the thread of the call. There are as many as calls that wait.
const OURS = 'a thread of wdsocket';
const idle = [];

async function inWorker(name, values) {
  prepared(name, values); // what it throws keeps its type here
  const worker = idle.pop() ?? new Worker(__filename, { workerData: OURS });
  worker.ref();
  const { value, error } = await new Promise((done, failed) => {
    worker.removeAllListeners('error').once('message', done).once('error', failed);
    worker.postMessage({ name, values });
  });
  worker.unref();
  idle.push(worker);
  if (error) throw new WDError(error.code, error.message);
  return value;
}

if (workerData === OURS) {
  parentPort.on('message', ({ name, values }) => {
    try {
      parentPort.postMessage({ value: run(name, values) });
    } catch ({ code, message }) {
      parentPort.postMessage({ error: { code, message } });
    }
  });
}

module.exports = { ...constants, Error: WDError };
for (const [name, [word]] of Object.entries(functions)) {
  module.exports[name] = (...values) => run(name, values);
  module.exports[name].async = (...values) => (/[DI]$/.test(word) ? inPool : inWorker)(name, values);
}
