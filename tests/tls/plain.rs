//! A server that is OpenSSL alone and shows whatever it is told to, in that order.

use std::collections::VecDeque;
use std::io::{self, Read, Write};

use openssl::ssl::{Ssl, SslContext, SslContextBuilder, SslMethod, SslMode, SslStream};
use openssl::x509::X509;
use wdsocket::error::Error;
use wdsocket::tls::{ClientContext, Session, Step, TlsOptions};

use crate::pair::Wire;
use crate::pki::Certified;

/// A context that shows these certificates, however weak they are.
pub fn showing(own: &Certified, sent: &[X509]) -> SslContext {
    let mut builder = builder();
    builder.set_certificate(&own.certificate).unwrap();
    builder.set_private_key(&own.key).unwrap();
    for certificate in sent {
        builder.add_extra_chain_cert(certificate.clone()).unwrap();
    }
    builder.build()
}

/// A context without any certificate.
pub fn builder() -> SslContextBuilder {
    let mut builder = SslContextBuilder::new(SslMethod::tls_server()).unwrap();
    builder.set_security_level(0);
    builder.set_mode(SslMode::NO_AUTO_CHAIN);
    builder.set_min_proto_version(None).unwrap();
    builder.set_cipher_list("ALL:COMPLEMENTOFALL").unwrap();
    builder
}

/// Both directions in memory.
struct Ends {
    incoming: VecDeque<u8>,
    outgoing: Vec<u8>,
}

impl Read for Ends {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.incoming.is_empty() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.incoming.read(buffer)
    }
}

impl Write for Ends {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.outgoing.write(data)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Has a client connect to a server with this context: the client's end, or its refusal.
pub fn connect(
    client: &TlsOptions,
    host: &str,
    server: &SslContext,
) -> Result<Session<Wire>, Error> {
    let wire = Wire::new();
    let mut session = Session::client(&ClientContext::get(client)?, host, 443, wire.clone())?;
    let ends = Ends {
        incoming: VecDeque::new(),
        outgoing: Vec::new(),
    };
    let mut server = SslStream::new(Ssl::new(server).unwrap(), ends).unwrap();
    for _ in 0..20 {
        if session.handshake()? == Step::Done {
            return Ok(session);
        }
        server.get_mut().incoming.extend(wire.take());
        let over = match server.accept() {
            Ok(()) => false,
            Err(e) => e.code() != openssl::ssl::ErrorCode::WANT_READ,
        };
        let sent = std::mem::take(&mut server.get_mut().outgoing);
        if !sent.is_empty() {
            session.feed(sent);
        } else if over {
            session.feed_end();
        }
    }
    panic!("the handshake went on for ever");
}
