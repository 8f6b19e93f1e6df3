//! A TLS server on OpenSSL alone, which serves whatever certificate it is given.

use openssl::ssl::{Ssl, SslContext, SslContextBuilder, SslFiletype, SslMethod};
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

/// OpenSSL with the certificate and key of a PEM file, at its lowest security level.
pub fn context(file: &str) -> SslContext {
    context_with(file, |_| {})
}

/// The same with more settings.
pub fn context_with(file: &str, settings: impl FnOnce(&mut SslContextBuilder)) -> SslContext {
    let mut builder = SslContext::builder(SslMethod::tls_server()).unwrap();
    builder.set_security_level(0);
    builder.set_certificate_chain_file(file).unwrap();
    builder
        .set_private_key_file(file, SslFiletype::PEM)
        .unwrap();
    settings(&mut builder);
    builder.build()
}

/// Greets every client that finishes its handshake with "welcome" and an orderly end.
pub struct Server {
    pub port: String,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub fn new(file: &str) -> Server {
        let context = context(file);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port().to_string();
        let over = Arc::new(AtomicBool::new(false));
        let ends = Arc::clone(&over);
        let thread = thread::spawn(move || {
            for client in listener.incoming() {
                if ends.load(Ordering::Relaxed) {
                    return;
                }
                // A client that refuses the certificate is what most tests want.
                if let Ok(mut stream) = Ssl::new(&context).unwrap().accept(client.unwrap()) {
                    let _ = stream.write_all(b"welcome");
                    let _ = stream.shutdown();
                }
            }
        });
        Server {
            port,
            over,
            thread: Some(thread),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        drop(TcpStream::connect(format!("127.0.0.1:{}", self.port)));
        let _ = self.thread.take().map(JoinHandle::join);
    }
}
