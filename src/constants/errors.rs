//! The errors that programs see: the number, the constant, the comment and the sentence of each.
//!
//! The numbers are part of the contract with every program ever linked against the library:
//! they never change, and new ones are added at the end.

use super::table::errors;

errors! { "Error codes: positive from SocketErrorCode, negative as results";
    /// No error.
    WDSOCKET_OK = 0;
    /// A parameter is outside what the function takes.
    WDSOCKET_ERR_INVALID_ARGUMENT = 1, InvalidArgument,
        "A parameter is outside what the function takes.";
    /// No socket of that name or id.
    WDSOCKET_ERR_NOT_FOUND = 2, NotFound,
        "There is no socket of that name or id: it was never created, or it was closed.";
    /// The name belongs to another socket.
    WDSOCKET_ERR_NAME_IN_USE = 3, NameInUse,
        "A socket of that name exists already: close it first or choose another name.";
    /// The time given has passed.
    WDSOCKET_ERR_TIMEOUT = 4, Timeout,
        "The time given has passed; the socket can still be used.";
    /// The peer ended the connection in good order.
    WDSOCKET_ERR_CLOSED = 5, Closed,
        "The peer ended the connection in good order: close the socket.";
    /// The connection broke.
    WDSOCKET_ERR_LOST = 6, Lost,
        "The connection broke: close the socket and connect again.";
    /// The peer's machine refuses connections on that port.
    WDSOCKET_ERR_REFUSED = 7, Refused,
        "The peer's machine refuses connections on that port: no program listens there, or a firewall rejects them.";
    /// No route to the peer.
    WDSOCKET_ERR_UNREACHABLE = 8, Unreachable,
        "There is no route to the peer: check the address and this machine's network.";
    /// The host name has no address.
    WDSOCKET_ERR_HOST_NOT_FOUND = 9, HostNotFound,
        "The host name has no address: check its spelling and the name server.";
    /// Another socket listens there already.
    WDSOCKET_ERR_ADDRESS_IN_USE = 10, AddressInUse,
        "Another program or socket uses this address and port.";
    /// The address is not one of this machine.
    WDSOCKET_ERR_ADDRESS_NOT_AVAILABLE = 11, AddressNotAvailable,
        "This machine has no such address.";
    /// The system does not allow it.
    WDSOCKET_ERR_ACCESS_DENIED = 12, AccessDenied,
        "The system does not allow it.";
    /// The caller's buffer is shorter than the result; nothing was taken.
    WDSOCKET_ERR_BUFFER_TOO_SMALL = 13, BufferTooSmall,
        "The buffer is shorter than the result, and nothing was taken: call again with a larger one.";
    /// The message is larger than the limit.
    WDSOCKET_ERR_MESSAGE_TOO_LARGE = 14, MessageTooLarge,
        "The message is larger than the limit allows.";
    /// The bytes received are not in the transmission mode's format.
    WDSOCKET_ERR_BAD_FRAME = 15, BadFrame,
        "The bytes received are not in the format of the transmission mode: both sides must use the same one.";
    /// The function does not apply to this kind of socket.
    WDSOCKET_ERR_WRONG_KIND = 16, WrongKind,
        "The function does not apply to this kind of socket.";
    /// There is no peer (yet).
    WDSOCKET_ERR_NO_CONNECTION = 17, NoConnection,
        "There is no peer, or not yet.";
    /// Another thread closed the socket (SocketClose) or ended the call (SocketCancel), or a signal's handler ended the wait (SocketSignalEndsWait).
    WDSOCKET_ERR_CANCELLED = 18, Cancelled,
        "The call was ended: another thread closed the socket or called SocketCancel, or a signal's handler ran (SocketSignalEndsWait).";
    /// The TLS handshake or a TLS record failed.
    WDSOCKET_ERR_TLS_PROTOCOL = 19, TlsProtocol,
        "The TLS handshake or a TLS record failed: perhaps the peer does not speak TLS, or no version that both allow.";
    /// The peer's certificate was not accepted.
    WDSOCKET_ERR_TLS_CERTIFICATE = 20, TlsCertificate,
        "The peer's certificate was not accepted.";
    /// Our own certificate or key cannot be used.
    WDSOCKET_ERR_CERTIFICATE = 21, Certificate,
        "A certificate, key or list in a file of this side cannot be used.";
    /// Not available on this system or in this build.
    WDSOCKET_ERR_NOT_SUPPORTED = 22, NotSupported,
        "It is not available on this system or in this build.";
    /// Out of descriptors, memory or ids.
    WDSOCKET_ERR_LIMIT = 23, Limit,
        "There are no descriptors, memory or ids left: close sockets that are not needed.";
    /// Anything else that the operating system said.
    WDSOCKET_ERR_SYSTEM = 24, System,
        "The operating system reported an error.";
    /// A defect of this library.
    WDSOCKET_ERR_INTERNAL = 25, Internal,
        "A defect of wdsocket stopped the call: please report it.";
    /// The proxy cannot be had, or does not speak its protocol.
    WDSOCKET_ERR_PROXY = 26, Proxy,
        "The proxy cannot be had, or does not speak its protocol: check the parameters of SocketProxy.";
}

impl Code {
    /// The code of a number that programs see; `None` where no code has it.
    pub fn from_number(number: i32) -> Option<Code> {
        Code::ALL
            .iter()
            .copied()
            .find(|&code| code as i32 == number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_number_of_its_own_and_a_sentence() {
        for (index, &code) in Code::ALL.iter().enumerate() {
            assert_eq!(code as usize, index + 1, "numbers follow one another");
            assert_eq!(Code::from_number(code as i32), Some(code));
            assert!(code.sentence().ends_with('.'), "{}", code.constant());
        }
        assert_eq!(Code::from_number(WDSOCKET_OK), None);
        assert_eq!(Code::from_number(1000), None);
    }
}
