'use strict';

// A client and a server in Node, in clear and under TLS.
//
//   demo.js talk PORT TLS_PORT TRUSTED.pem   talks with a server of each kind
//   demo.js serve CERTIFICATE.pem            prints its two ports and serves one client of each kind

const wd = require('./wdsocket');

const TIME = 20000;

async function clients(port, tlsPort, trusted) {
  wd.SocketConnect('till', port, '127.0.0.1', TIME);
  wd.SocketWrite('till', 'Zoë');
  console.log(`client: ${await wd.SocketRead.async('till', 0, TIME)}`);
  wd.SocketClose('till');

  wd.SocketSetText('bank', wd.SSLCaFile, trusted);
  wd.SocketConnectSSL('bank', tlsPort, 'localhost', 0, TIME);
  wd.SocketWrite('bank', 'Zoë');
  console.log(`TLS: ${wd.SocketSSLInfo('bank', wd.SSLProtocol)} ${await wd.SocketRead.async('bank', 0, TIME)}`);
  wd.SocketClose('bank');
  try {
    wd.SocketConnectSSL('bank', tlsPort, 'localhost', 0, TIME);
  } catch (error) {
    console.log(`not trusted: ${error.code} ${error.message}`);
  }
}

// One thread of the pool reads, this one writes, and closes.
async function threads() {
  wd.SocketCreate('server', 0, '127.0.0.1');
  wd.SocketConnect('left', Number(wd.SocketLocalInfo('server', wd.SocketPort)), '127.0.0.1', TIME);
  await wd.SocketWaitForConnection.async('server', TIME);
  const right = wd.SocketAccept('server');
  let read = 0;
  const reader = (async () => {
    for (;;) {
      const message = wd.SocketRead.async(right, 1);
      if (read === 3) wd.SocketClose(right);
      await message;
      read++;
    }
  })().catch((error) => error.message);
  for (const word of ['one', 'two', 'three']) await wd.SocketWrite.async('left', word);
  const end = await reader;
  console.log(`threads: ${read} messages, then ${end}`);
}

function leaveWithAThreadInside(port) {
  wd.SocketConnect('last', port, '127.0.0.1', TIME);
  wd.SocketRead.async('last', 1).catch(() => {});
  console.log('leaving with a thread inside SocketRead');
  process.exit();
}

async function serve(certificate) {
  wd.SocketCreate('clear', 0, '127.0.0.1');
  wd.SocketCreateSSL('secure', 0, certificate, 0, '127.0.0.1');
  console.log(wd.SocketLocalInfo('clear', wd.SocketPort), wd.SocketLocalInfo('secure', wd.SocketPort));
  for (const server of ['clear', 'secure']) {
    if (await wd.SocketWaitForConnection.async(server, TIME)) {
      const channel = wd.SocketAccept(server);
      const message = await wd.SocketRead.async(channel, 0, TIME);
      wd.SocketWrite(channel, Buffer.concat([Buffer.from('Welcome, '), message, Buffer.from('!')]));
      wd.SocketClose(channel);
    }
  }
}

async function main([what, ...words]) {
  if (what === 'serve') return serve(words[0]);
  await clients(Number(words[0]), Number(words[1]), words[2]);
  await threads();
  return leaveWithAThreadInside(Number(words[0]));
}

main(process.argv.slice(2));
