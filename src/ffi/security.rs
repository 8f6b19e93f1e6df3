//! TLS: servers, clients, starting it in mid-stream, and what it was agreed to be.

use super::arguments::{port_of, put_text, text};
use super::call::Warned;
use super::connection::CONNECT_TIME;
use super::export::export;
use crate::error::{Error, Result};
use crate::net::Deadline;
use crate::socket::{self, Credentials, Destination, Made, Socket};
use crate::tls::SslInfo;
use std::ffi::c_char;

export! {
    /// Creates a server whose clients speak TLS (WLanguage: SocketCreateSSL).
    ///
    /// As SocketCreate; SocketAccept returns at once all the same: the handshake runs inside the
    /// channel's first read or write, and a client that does not finish it within `SSLHandshakeTimeout`
    /// is dropped (LOST). A certificate file that is replaced is used from the next client on. A certificate that
    /// is out of date is served: the call returns 1 with code 0, and SocketErrorInfo tells of it.
    /// `SSLCertificateDirectory` has others for the names that clients ask for, of which one that cannot be used is told
    /// likewise. `SSLVerifyClient` asks for the clients' certificates, checked against `SSLCaFile`.
    ///
    /// @param name         the new socket's name, 1 to 255 bytes.
    /// @param port         1 to 65535; 0 takes any free one, which SocketLocalInfo tells.
    /// @param certificate  path of a PEM file (chain, and key unless `SSLKeyFile` names it) or of a PKCS#12
    ///                     file (`SSLPassword`), or PEM text itself, which begins with `-----BEGIN`. With
    ///                     `CertificateName`, and where there is no such file, the subject's common name, as
    ///                     in WLanguage; with `CertificateHash` the SHA-1 or SHA-256 thumbprint in hexadecimal.
    /// @param options      `ProtocolTLS1_2`, `ProtocolTLS1_3` … and the two above, added together; 0 is TLS 1.2
    ///                     and 1.3.
    /// @param address      as in SocketCreate.
    /// @param store        where a name or thumbprint is looked up: a folder of PEM and PKCS#12 files
    ///                     (NULL: the environment's `WDSOCKET_CERT_STORE`); on Windows a certificate
    ///                     store (NULL: `MY`).
    /// @return 1, or 0: CERTIFICATE (the text says whether it was not found, is none, has a wrong
    ///         password, or its key does not fit), NOT_SUPPORTED (SSL 2 or 3 alone), and those of SocketCreate.
    ///
    ///     SocketSetText("server", SSLPassword, "secret");
    ///     if (!SocketCreateSSL("server", 5001, "/etc/till/server.p12", 0, NULL, NULL)) show_error();
    fn SocketCreateSSL / SocketCreateSSLId(
        name: &[u8],
        port: i32,
        certificate: *const c_char,
        options: i32,
        address: *const c_char,
        store: *const c_char,
    ) -> Made {
        // SAFETY: the caller keeps the header's promises about its pointers.
        let [host, certificate, store] = unsafe {
            [
                text(address, "the address")?,
                text(certificate, "the certificate")?,
                text(store, "the store")?,
            ]
        };
        let credentials = Credentials::new(options, &certificate, &store);
        socket::listen(name, port_of(port, 0, &host)?, &host, Some(credentials))
    }
}

export! {
    /// Connects to a server with TLS and checks its certificate (WLanguage: SocketConnectSSL).
    ///
    /// The chain must lead to a trusted root, be in date and made for servers, and the certificate must
    /// carry the address as typed (RFC 9525), or `SSLServerName`. Roots are the system's and those of
    /// `SSLCaFile` and `SSLCaDirectory`; `SSLPeerFingerprintPin` trusts one certificate alone, and with
    /// `SSLPublicKeyPins` the chain must also hold one of those keys; `SSLNoVerify` checks nothing. A second connection to the same server is resumed, and cheaper.
    /// Waits for looking up, connecting and the handshake together.
    ///
    /// @param name                the new socket's name, 1 to 255 bytes.
    /// @param port                1 to 65535.
    /// @param address             as in SocketConnect.
    /// @param options             `ProtocolTLS1_2` … `SSLNoVerify`, added together; 0 is TLS 1.2 and 1.3,
    ///                            verified. Versions between two that are asked for have to be offered too; a
    ///                            server that chooses one of them is refused (TLS_PROTOCOL).
    /// @param timeout             milliseconds; `WDSOCKET_DEFAULT` is 5000.
    /// @param client_certificate  our own certificate for servers that ask for one, as in
    ///                            SocketCreateSSL; NULL or "" for none.
    /// @return 1, or 0: TLS_CERTIFICATE (the text says which check failed, and shows the certificate),
    ///         TLS_PROTOCOL (no TLS there, or no common version), CERTIFICATE (our own), NOT_SUPPORTED,
    ///         and those of SocketConnect.
    ///
    ///     if (!SocketConnectSSL("bank", 443, "www.example.com", 0, WDSOCKET_DEFAULT, NULL))
    ///         show_error();
    fn SocketConnectSSL / SocketConnectSSLId(
        name: &[u8],
        port: i32,
        address: *const c_char,
        options: i32,
        timeout: i32,
        client_certificate: *const c_char,
    ) -> Made {
        // SAFETY: the caller keeps the header's promises about its pointers.
        let host = unsafe { text(address, "the address") }?;
        // SAFETY: as above.
        let certificate = unsafe { text(client_certificate, "the client's certificate") }?;
        let port = port_of(port, 1, &host)?;
        let deadline = Deadline::from_timeout(timeout, CONNECT_TIME)?;
        let to = Destination { host: &host, port, deadline };
        socket::connect_tls(name, to, options, &certificate)
    }
}

export! {
    /// Puts a connection that was made in clear under TLS, as a client, and checks the server's
    /// certificate: STARTTLS of SMTP, IMAP, POP3, FTP, LDAP (RFC 3207, RFC 8314). With `SSLAsServer` this side
    /// is the server.
    ///
    /// Call it after the server has agreed and its whole answer was read, as a server right after the answer was
    /// written: unread bytes in clear make it fail, since anyone may have put them there. What was set for every socket
    /// (NULL as the name) counts as it was when the connection was made, for a channel when its server was. Waits for
    /// reads and writes of other threads to end, then for the handshake. After a failure the connection is of no more
    /// use: close it.
    ///
    /// @param name                a connection: one made by SocketConnect, or a channel (FTP's data connections).
    /// @param options             as in SocketConnectSSL; with `SSLAsServer` as in SocketCreateSSL.
    /// @param timeout             milliseconds; `WDSOCKET_DEFAULT` is 5000.
    /// @param server_name         the name that the certificate must carry; NULL or "" is `SSLServerName`, or else
    ///                            the IP address that was connected to. With `SSLAsServer` NULL or "".
    /// @param client_certificate  as in SocketConnectSSL; with `SSLAsServer` the server's, as in SocketCreateSSL.
    /// @return 1, or 0: TLS_CERTIFICATE, TLS_PROTOCOL (also for unread bytes in clear), CERTIFICATE,
    ///         TIMEOUT, LOST (the peer is gone), LIMIT, WRONG_KIND (TLS already, or a server), NOT_FOUND,
    ///         CANCELLED, NO_CONNECTION (still connecting), INVALID_ARGUMENT.
    ///
    ///     SocketWrite("mail", "STARTTLS", -1); SocketRead("mail", 0, 5000, answer, sizeof answer);
    ///     if (!SocketStartSSL("mail", 0, WDSOCKET_DEFAULT, "mail.example.com", NULL)) show_error();
    fn SocketStartSSL / SocketStartSSLId(
        socket: &Socket,
        options: i32,
        timeout: i32,
        server_name: *const c_char,
        client_certificate: *const c_char,
    ) -> Warned<()> {
        // SAFETY: the caller keeps the header's promises about its pointers.
        let server = unsafe { text(server_name, "the server's name") }?;
        // SAFETY: as above.
        let certificate = unsafe { text(client_certificate, "the client's certificate") }?;
        let deadline = Deadline::from_timeout(timeout, CONNECT_TIME)?;
        let warning = socket.kind()?.start_tls(options, &deadline, &server, &certificate)?;
        Ok(Warned((), warning))
    }
}

export! {
    /// Tells what a TLS connection was agreed to be, and who the peer is.
    ///
    /// Does not wait.
    ///
    /// @param name      a TLS connection, or a simplified TLS server (its attached client).
    /// @param info      `SSLProtocol` ("TLSv1.3"), `SSLCipher`, `SSLPeerSubject`, `SSLPeerIssuer`,
    ///                  `SSLPeerFingerprint` (SHA-256), `SSLPeerNotAfter` ("2027-01-31T12:00:00Z"),
    ///                  `SSLPeerNotBefore`, `SSLPeerSerial` (hexadecimal), `SSLPeerNames` ("till.example,
    ///                  192.0.2.7"), `SSLPeerChain` (PEM), `SSLAlpn`, `SSLGroup`, `SSLResumed` ("1" or "0"),
    ///                  `SSLServerName` (the name that the client asked for).
    /// @param buffer    where the text goes, NUL-terminated; empty where the peer showed no certificate.
    /// @param capacity  its size in bytes; 1024 is enough for nearly every text but `SSLPeerNames` and
    ///                  `SSLPeerChain`, which 200000 hold.
    /// @return the text's length, or NO_CONNECTION (the handshake is not done), WRONG_KIND (in clear),
    ///         BUFFER_TOO_SMALL, LIMIT, NOT_FOUND, INVALID_ARGUMENT, as `-code`.
    ///
    ///     char version[16];
    ///     SocketSSLInfo("bank", SSLProtocol, version, sizeof version);
    fn SocketSSLInfo / SocketSSLInfoId(
        socket: &Socket,
        info: i32,
        buffer: *mut c_char,
        capacity: i32,
    ) -> usize {
        let told = socket.kind()?.tls_info(question(info)?)?;
        // SAFETY: the caller keeps the header's promises about its pointers.
        unsafe { put_text(buffer, capacity, &told) }
    }
}

/// What SocketSSLInfo is asked. Errors: INVALID_ARGUMENT.
fn question(info: i32) -> Result<SslInfo> {
    SslInfo::from_number(info).ok_or_else(|| {
        Error::invalid(format!(
            "{info} is nothing that can be told: give SSLProtocol, SSLCipher, SSLPeerSubject …"
        ))
    })
}
