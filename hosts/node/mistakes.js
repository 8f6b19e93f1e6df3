'use strict';

// What goes wrong first, and what the answer is: mistakes.js PORT of a server that greets.

let wd;
try {
  wd = require('./wdsocket');
} catch (error) {
  console.log(error.message);
  process.exit(1);
}

async function refused(what, call) {
  try {
    await call();
    console.log(`${what}: was not refused`);
  } catch (error) {
    console.log(`${what}: ${error.message}`);
  }
}

async function main() {
  wd.SocketConnect('till', Number(process.argv[2]), '127.0.0.1', 20000);
  wd.SocketWrite('till', 'Grüße');
  console.log(`accents: ${wd.SocketRead('till', 0, 20000)}`);
  wd.SocketWrite('till', 'a\0b');
  console.log(`zero inside: ${JSON.stringify(wd.SocketRead('till', 0, 20000).toString())}`);
  wd.SocketWrite('till', 'x'.repeat(65536));
  console.log(`large: ${wd.SocketRead('till', 0, 20000).length}`);
  await refused('zero in a name', () => wd.SocketWrite('ti\0ll', 'x'));
  await refused('blank behind a name', () => wd.SocketWrite('till ', 'x'));
  await refused('wrong port', () => wd.SocketConnect('other', 1, '127.0.0.1'));
  await refused('wrong port, in another thread', () => wd.SocketConnect.async('other', 1, '127.0.0.1'));
  await refused('no answer, in another thread', () => wd.SocketRead.async('till', 0, 10));
  await refused('blank behind a name, in another thread', () => wd.SocketWrite.async('till ', 'x'));
  await refused('no port', () => wd.SocketConnect('other', 70000, '127.0.0.1'));
}

main();
