// What goes wrong first, and what the answer is: mistakes PORT of a server that greets.
#include <iostream>

#include "wdsocket.hpp"

template <typename Call> static void refused(const char *what, Call call)
{
    try {
        call();
        std::cout << what << ": was not refused\n";
    } catch (const wd::Error &error) {
        std::cout << what << ": " << error.what() << "\n";
    }
}

int main(int, char **argv)
{
    wd::Socket till = wd::connect(std::stoi(argv[1]), "127.0.0.1", 20000);
    till.write("Grüße");
    std::cout << "accents: " << till.read(20000) << "\n";
    till.write(std::string_view("a\0b", 3));
    std::cout << "zero inside: " << till.read(20000).size() << " bytes came back\n";
    till.write(std::string(65536, 'x'));
    std::cout << "large: " << till.read(20000).size() << "\n";
    refused("zero in a name", [] { wd::create(0, std::string_view("ti\0ll", 5)); });
    refused("blank behind a name", [] { wd::checked(SocketWrite("till ", "x", 1)); });
    refused("wrong port", [] { wd::connect(1, "127.0.0.1"); });
    refused("no port", [] { wd::connect(70000, "127.0.0.1"); });
}
