'use strict';

// An echo of 64 bytes: bench.js PORT ROUNDS.

const net = require('net');
const wd = require('./wdsocket');

const [port, rounds] = process.argv.slice(2).map(Number);
const data = Buffer.alloc(64, 'x');
wd.SocketConnect('echo', port, '127.0.0.1');
wd.SocketChangeTransmissionMode('echo', wd.SocketNoEndTag, null);

const own = net.connect({ port, host: '127.0.0.1', noDelay: true }, async () => {
  const exchanges = {
    own: () => new Promise((done) => { own.once('data', done); own.write(data); }),
    wdsocket: () => { wd.SocketWrite('echo', data); wd.SocketRead('echo', 1); },
    'wdsocket async': () => { wd.SocketWrite('echo', data); return wd.SocketRead.async('echo', 1); },
  };
  const best = {};
  for (let turn = 0; turn < 5; turn++) {
    for (const [name, exchange] of Object.entries(exchanges)) {
      const start = process.hrtime.bigint();
      for (let round = 0; round < rounds; round++) await exchange();
      const each = Number(process.hrtime.bigint() - start) / rounds / 1000;
      best[name] = Math.min(best[name] ?? Infinity, each);
    }
  }
  console.log(Object.entries(best).map(([name, each]) => `${name} ${each.toFixed(1)}`).join(', '));
  process.exit();
});
