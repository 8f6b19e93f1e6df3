// wdsocket for C++17: a header alone, beside wdsocket.h, whose functions and constants it leaves as they are.
//
//     wd::Socket till = wd::connect(4000, "192.0.2.7", 5000);
//     till.write("one tea");
//     std::string answer = till.read(5000);
//
// A wd::Socket is an id that is closed when it goes out of scope; it is moved, not copied. Functions throw wd::Error; with
// WDSOCKET_NO_EXCEPTIONS defined they give what they can, and wd::last_error() tells of the last call of this thread.
#ifndef WDSOCKET_HPP
#define WDSOCKET_HPP

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wdsocket.h"

namespace wd {

// What a call refused: code is one of WDSOCKET_ERR_..., what() says what to do.
class Error : public std::runtime_error {
public:
    Error(int code, const std::string &text) : std::runtime_error(text), code(code) {}
    int code;
};

// The error of the last call of this thread.
inline Error last_error()
{
    char text[2048];
    const int code = static_cast<int>(SocketErrorCode());
    return Error(code, SocketErrorInfo(text, sizeof text) > 0 ? text : "");
}

// A result as it came, unless it is a refusal: -code of a number, 0 of a yes with an error behind it.
inline intptr_t checked(intptr_t result)
{
#ifndef WDSOCKET_NO_EXCEPTIONS
    if (result < 0 || (result == 0 && SocketErrorCode() != WDSOCKET_OK)) throw last_error();
#endif
    return result;
}

// A text for C, which ends at its first zero: one that has a zero inside is refused.
class Text {
public:
    Text(std::string_view text) : text_(text)
    {
        if (text.find('\0') == text.npos) return;
#ifndef WDSOCKET_NO_EXCEPTIONS
        throw Error(WDSOCKET_ERR_INVALID_ARGUMENT,
                    "wdsocket: a text holds a zero, where text for C ends: " + text_.substr(0, text.find('\0')));
#else
        text_.clear();
#endif
    }
    Text(const char *text) : Text(std::string_view(text ? text : "")) {}
    Text(const std::string &text) : Text(std::string_view(text)) {}
    const char *c_str() const { return text_.c_str(); }

private:
    std::string text_;
};

// A function that gives text, as a string: told([&](char *buffer, int32_t capacity) { return SocketVersion(buffer, capacity); }).
template <typename Function> std::string told(Function function)
{
    char text[4097];
    const intptr_t length = checked(function(text, static_cast<int32_t>(sizeof text)));
    return std::string(text, length > 0 ? static_cast<size_t>(length) : 0);
}

class Socket {
public:
    Socket() = default;
    explicit Socket(intptr_t id) : id_(static_cast<int32_t>(id > 0 ? id : 0)) {}
    Socket(Socket &&other) noexcept : id_(std::exchange(other.id_, 0)) {}
    Socket &operator=(Socket &&other) noexcept
    {
        std::swap(id_, other.id_);
        return *this;
    }
    ~Socket() { close(); }

    int32_t id() const { return id_; }
    explicit operator bool() const { return id_ > 0; }
    // Threads that wait on it end with CANCELLED. It may be called while they do; the id stays theirs, and is never given again.
    void close()
    {
        if (id_ > 0) SocketCloseId(id_);
    }

    // SocketReadId: the next message, whatever its size.
    std::string read(int32_t timeout = WDSOCKET_DEFAULT)
    {
        std::string message(4096, '\0');
        for (;;) {
            const intptr_t size = SocketReadId(id_, 0, timeout, message.data(), static_cast<int32_t>(message.size()));
            if (size == -WDSOCKET_ERR_BUFFER_TOO_SMALL) {
                // The message has stayed; now its size is known.
                message.resize(static_cast<size_t>(checked(SocketPendingId(id_))));
                continue;
            }
            message.resize(size > 0 ? static_cast<size_t>(size) : 0);
            if (size < 0) checked(size);
            return message;
        }
    }
    // SocketWriteId: zeros inside are part of the message.
    bool write(std::string_view message)
    {
        return checked(SocketWriteId(id_, message.data(), static_cast<int32_t>(message.size()))) == 1;
    }
    // SocketWaitForConnectionId: that no client came in time is an answer.
    bool wait_for_connection(int32_t timeout = WDSOCKET_INFINITE)
    {
        const intptr_t result = SocketWaitForConnectionId(id_, timeout);
        return result == 1 || (SocketErrorCode() != WDSOCKET_ERR_TIMEOUT && checked(result) == 1);
    }
    Socket accept() { return Socket(checked(SocketAcceptId(id_))); }
    bool shutdown() { return checked(SocketShutdownId(id_)) == 1; }
    bool set(int32_t option, int32_t value) { return checked(SocketSetOptionId(id_, option, value)) == 1; }
    std::string local(int32_t info) const
    {
        return told([&](char *text, int32_t size) { return SocketLocalInfoId(id_, info, text, size); });
    }
    std::string client(int32_t info) const
    {
        return told([&](char *text, int32_t size) { return SocketClientInfoId(id_, info, text, size); });
    }
    std::string ssl(int32_t info) const
    {
        return told([&](char *text, int32_t size) { return SocketSSLInfoId(id_, info, text, size); });
    }

private:
    int32_t id_ = 0;
};

inline Socket connect(int32_t port, const Text &address, int32_t timeout = WDSOCKET_DEFAULT)
{
    return Socket(checked(SocketConnectId(port, address.c_str(), timeout)));
}

inline Socket create(int32_t port, const Text &address = "")
{
    return Socket(checked(SocketCreateId(port, address.c_str())));
}

// What TLS is to know, such as {SSLCaFile, "/etc/till/ca.pem"}, for this one socket.
using TextOptions = std::vector<std::pair<int32_t, std::string>>;

// Text options go by a name until the socket is there; this one is nobody else's.
inline std::string name_with(const TextOptions &options)
{
    static thread_local unsigned long count = 0;
    std::string name = "wd::" + std::to_string(reinterpret_cast<uintptr_t>(&count)) + "/" + std::to_string(++count);
    for (const auto &[option, text] : options) checked(SocketSetText(name.c_str(), option, Text(text).c_str()));
    return name;
}

inline Socket connect_ssl(int32_t port, const Text &address, const TextOptions &texts = {}, int32_t options = 0,
                          int32_t timeout = WDSOCKET_DEFAULT, const Text &certificate = "")
{
    const std::string name = name_with(texts);
    checked(SocketConnectSSL(name.c_str(), port, address.c_str(), options, timeout, certificate.c_str()));
    return Socket(SocketId(name.c_str()));
}

inline Socket create_ssl(int32_t port, const Text &certificate, const TextOptions &texts = {}, int32_t options = 0,
                         const Text &address = "")
{
    const std::string name = name_with(texts);
    checked(SocketCreateSSL(name.c_str(), port, certificate.c_str(), options, address.c_str(), nullptr));
    return Socket(SocketId(name.c_str()));
}

} // namespace wd

#endif
