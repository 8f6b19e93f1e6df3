//! TLS: servers, clients, starting it in mid-stream, and what it was agreed to be.

use super::arguments::{name_of, port, put_text, text};
use super::call::{Warned, free, guard, on_socket};
use super::connection::CONNECT_TIME;
use crate::error::Error;
use crate::net::Deadline;
use crate::socket::{self, Credentials, Destination};
use crate::tls::SslInfo;
use std::ffi::c_char;

/// Creates a server whose clients speak TLS (WLanguage: SocketCreateSSL).
///
/// As SocketCreate; SocketAccept returns at once all the same: the handshake runs inside the
/// channel's first read or write, and a client that does not finish it within `SSLHandshakeTimeout`
/// is dropped (LOST). A certificate file that is replaced is used from the next client on. A certificate that
/// is out of date is served: the call returns 1 with code 0, and SocketErrorInfo tells of it.
/// `SSLVerifyClient` asks for the clients' certificates, checked against `SSLCaFile`.
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
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SocketCreateSSL(
    name: *const c_char,
    port: i32,
    certificate: *const c_char,
    options: i32,
    address: *const c_char,
    store: *const c_char,
) -> isize {
    guard("SocketCreateSSL", name, |target| {
        // SAFETY: the caller keeps the header's promises about its pointers.
        let [host, certificate, store] = unsafe {
            [
                text(address, "the address")?,
                text(certificate, "the certificate")?,
                text(store, "the store")?,
            ]
        };
        let credentials = Credentials::new(options, certificate, store);
        let port = self::port(port, 0)?;
        let (_, warning) = socket::listen(name_of(target)?, port, host, Some(credentials))?;
        Ok(Warned((), warning))
    })
}

/// As `SocketCreateSSL`, without a name.
///
/// @return the new id, or `-code`.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SocketCreateSSLId(
    port: i32,
    certificate: *const c_char,
    options: i32,
    address: *const c_char,
    store: *const c_char,
) -> isize {
    free("SocketCreateSSLId", || {
        // SAFETY: the caller keeps the header's promises about its pointers.
        let [host, certificate, store] = unsafe {
            [
                text(address, "the address")?,
                text(certificate, "the certificate")?,
                text(store, "the store")?,
            ]
        };
        let credentials = Credentials::new(options, certificate, store);
        let port = self::port(port, 0)?;
        let (entry, warning) = socket::listen(b"", port, host, Some(credentials))?;
        Ok(Warned(entry.id() as isize, warning))
    })
}

/// Connects to a server with TLS and checks its certificate (WLanguage: SocketConnectSSL).
///
/// The chain must lead to a trusted root, be in date and made for servers, and the certificate must
/// carry the address as typed (RFC 9525), or `SSLServerName`. Roots are the system's and those of
/// `SSLCaFile` and `SSLCaDirectory`; `SSLPeerFingerprintPin` trusts one certificate alone;
/// `SSLNoVerify` checks nothing. A second connection to the same server is resumed, and cheaper.
/// Waits for looking up, connecting and the handshake together.
///
/// @param name                the new socket's name, 1 to 255 bytes.
/// @param port                1 to 65535.
/// @param address             as in SocketConnect.
/// @param options             `ProtocolTLS1_2` … `SSLNoVerify`, added together; 0 is TLS 1.2 and 1.3,
///                            verified.
/// @param timeout             milliseconds; `WDSOCKET_DEFAULT` is 5000.
/// @param client_certificate  our own certificate for servers that ask for one, as in
///                            SocketCreateSSL; NULL or "" for none.
/// @return 1, or 0: TLS_CERTIFICATE (the text says which check failed, and shows the certificate),
///         TLS_PROTOCOL (no TLS there, or no common version), CERTIFICATE (our own), NOT_SUPPORTED,
///         and those of SocketConnect.
///
///     if (!SocketConnectSSL("bank", 443, "www.example.com", 0, WDSOCKET_DEFAULT, NULL))
///         show_error();
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SocketConnectSSL(
    name: *const c_char,
    port: i32,
    address: *const c_char,
    options: i32,
    timeout: i32,
    client_certificate: *const c_char,
) -> isize {
    guard("SocketConnectSSL", name, |target| {
        // SAFETY: the caller keeps the header's promises about its pointers.
        let [host, certificate] = unsafe {
            [
                text(address, "the address")?,
                text(client_certificate, "the client's certificate")?,
            ]
        };
        let to = Destination {
            host,
            port: self::port(port, 1)?,
            deadline: Deadline::from_timeout(timeout, CONNECT_TIME)?,
        };
        let (_, warning) = socket::connect_tls(name_of(target)?, to, options, certificate)?;
        Ok(Warned((), warning))
    })
}

/// As `SocketConnectSSL`, without a name.
///
/// @return the new id, or `-code`.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SocketConnectSSLId(
    port: i32,
    address: *const c_char,
    options: i32,
    timeout: i32,
    client_certificate: *const c_char,
) -> isize {
    free("SocketConnectSSLId", || {
        // SAFETY: the caller keeps the header's promises about its pointers.
        let [host, certificate] = unsafe {
            [
                text(address, "the address")?,
                text(client_certificate, "the client's certificate")?,
            ]
        };
        let to = Destination {
            host,
            port: self::port(port, 1)?,
            deadline: Deadline::from_timeout(timeout, CONNECT_TIME)?,
        };
        let (entry, warning) = socket::connect_tls(b"", to, options, certificate)?;
        Ok(Warned(entry.id() as isize, warning))
    })
}

/// Puts a connection that was made in clear under TLS, as a client, and checks the server's
/// certificate: STARTTLS of SMTP, IMAP, POP3, FTP, LDAP (RFC 3207, RFC 8314).
///
/// Call it after the server has agreed and its whole answer was read: unread bytes in clear make it
/// fail, since anyone may have put them there. Waits for reads and writes of other threads to end, then
/// for the handshake. After a failure the connection is of no more use: close it.
///
/// @param name                a connection: one made by SocketConnect, or a channel (FTP's data connections).
/// @param options             as in SocketConnectSSL.
/// @param timeout             milliseconds; `WDSOCKET_DEFAULT` is 5000.
/// @param server_name         the name that the certificate must carry; NULL or "" is `SSLServerName`, or else
///                            the IP address that was connected to.
/// @param client_certificate  as in SocketConnectSSL.
/// @return 1, or 0: TLS_CERTIFICATE, TLS_PROTOCOL (also for unread bytes in clear), CERTIFICATE,
///         TIMEOUT, WRONG_KIND (TLS already, or a server), NOT_FOUND, CANCELLED, INVALID_ARGUMENT.
///
///     SocketWrite("mail", "STARTTLS", -1); SocketRead("mail", 0, 5000, answer, sizeof answer);
///     if (!SocketStartSSL("mail", 0, WDSOCKET_DEFAULT, "mail.example.com", NULL)) show_error();
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SocketStartSSL(
    name: *const c_char,
    options: i32,
    timeout: i32,
    server_name: *const c_char,
    client_certificate: *const c_char,
) -> isize {
    on_socket("SocketStartSSL", name, |socket| {
        // SAFETY: the caller keeps the header's promises about its pointers.
        let [server, certificate] = unsafe {
            [
                text(server_name, "the server's name")?,
                text(client_certificate, "the client's certificate")?,
            ]
        };
        let deadline = Deadline::from_timeout(timeout, CONNECT_TIME)?;
        let warning = socket
            .kind()?
            .start_tls(options, &deadline, server, certificate)?;
        Ok(Warned((), warning))
    })
}

/// As `SocketStartSSL`, by id.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SocketStartSSLId(
    id: i32,
    options: i32,
    timeout: i32,
    server_name: *const c_char,
    client_certificate: *const c_char,
) -> isize {
    on_socket("SocketStartSSLId", id, |socket| {
        // SAFETY: the caller keeps the header's promises about its pointers.
        let [server, certificate] = unsafe {
            [
                text(server_name, "the server's name")?,
                text(client_certificate, "the client's certificate")?,
            ]
        };
        let deadline = Deadline::from_timeout(timeout, CONNECT_TIME)?;
        let warning = socket
            .kind()?
            .start_tls(options, &deadline, server, certificate)?;
        Ok(Warned((), warning))
    })
}

/// Tells what a TLS connection was agreed to be, and who the peer is.
///
/// Does not wait.
///
/// @param name      a TLS connection, or a simplified TLS server (its attached client).
/// @param info      `SSLProtocol` ("TLSv1.3"), `SSLCipher`, `SSLPeerSubject`, `SSLPeerIssuer`,
///                  `SSLPeerFingerprint` (SHA-256), `SSLPeerNotAfter` ("2027-01-31T12:00:00Z"), `SSLAlpn`.
/// @param buffer    where the text goes, NUL-terminated; empty where the peer showed no certificate.
/// @param capacity  its size in bytes; 1024 is enough for nearly every text.
/// @return the text's length, or NO_CONNECTION (the handshake is not done), WRONG_KIND (in clear),
///         BUFFER_TOO_SMALL, NOT_FOUND, INVALID_ARGUMENT, as `-code`.
///
///     char version[16];
///     SocketSSLInfo("bank", SSLProtocol, version, sizeof version);
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SocketSSLInfo(
    name: *const c_char,
    info: i32,
    buffer: *mut c_char,
    capacity: i32,
) -> isize {
    on_socket("SocketSSLInfo", name, |socket| {
        let question = SslInfo::from_number(info).ok_or_else(|| {
            Error::invalid(format!(
                "{info} is nothing that can be told: give SSLProtocol, SSLCipher, SSLPeerSubject …"
            ))
        })?;
        let told = socket.kind()?.tls_info(question)?;
        // SAFETY: the caller keeps the header's promises about its pointers.
        unsafe { put_text(buffer, capacity, &told) }
    })
}

/// As `SocketSSLInfo`, by id.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SocketSSLInfoId(
    id: i32,
    info: i32,
    buffer: *mut c_char,
    capacity: i32,
) -> isize {
    on_socket("SocketSSLInfoId", id, |socket| {
        let question = SslInfo::from_number(info).ok_or_else(|| {
            Error::invalid(format!(
                "{info} is nothing that can be told: give SSLProtocol, SSLCipher, SSLPeerSubject …"
            ))
        })?;
        let told = socket.kind()?.tls_info(question)?;
        // SAFETY: the caller keeps the header's promises about its pointers.
        unsafe { put_text(buffer, capacity, &told) }
    })
}

/// Sets a text option: paths, passwords, names for TLS.
///
/// TLS reads them when it starts, so set them before: a name that no socket has yet keeps them for
/// the next socket of that name. They are forgotten when that socket cannot be made, too, and at
/// SocketClose of the name: set them again before the next attempt. On a TLS server they count for
/// the clients accepted from now on. Does not wait.
///
/// @param name    a socket, or a name that the next socket will have; NULL sets the default for every
///                socket made from now on (which is how functions of the Id family get theirs).
/// @param option  `SSLCaFile`, `SSLPassword` … of the header's constants.
/// @param text    UTF-8, at most 4096 bytes; NULL or "" is none.
/// @return 1, or 0: INVALID_ARGUMENT (no such option, not UTF-8), WRONG_KIND (TLS has started already, or a
///         server in clear), CERTIFICATE (a TLS server could not be made with it: it goes on as before, and
///         takes it together with what is set next, such as a new key and then its password), NOT_FOUND (an
///         id), LIMIT.
///
///     SocketSetText("bank", SSLCaFile, "/etc/till/ca.pem");
///     SocketConnectSSL("bank", 443, "192.0.2.7", 0, WDSOCKET_DEFAULT, NULL);
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SocketSetText(
    name: *const c_char,
    option: i32,
    text: *const c_char,
) -> isize {
    if name.is_null() {
        return free("SocketSetText", || {
            // SAFETY: the caller keeps the header's promises about its pointers.
            let text = unsafe { self::text(text, "the text") }?;
            socket::set_default_text(option, text)
        });
    }
    guard("SocketSetText", name, |target| {
        // SAFETY: the caller keeps the header's promises about its pointers.
        let text = unsafe { self::text(text, "the text") }?;
        socket::set_text(target, option, text)
    })
}

/// As `SocketSetText`, by id.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SocketSetTextId(id: i32, option: i32, text: *const c_char) -> isize {
    guard("SocketSetTextId", id, |target| {
        // SAFETY: the caller keeps the header's promises about its pointers.
        let text = unsafe { self::text(text, "the text") }?;
        socket::set_text(target, option, text)
    })
}
