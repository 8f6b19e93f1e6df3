/* Bluetooth and infrared: malformed services and addresses, and machines that have neither. */
#include "family.h"

#include <sys/socket.h>

static const char *const mac = "00:1A:7D:DA:71:0F";

static intptr_t S_CreateBluetooth(sock *h, const char *name, const char *service)
{
    s_name(h, name);
#ifdef BY_ID
    return s_made(h, SocketCreateBluetoothId(service));
#else
    return SocketCreateBluetooth(name, service);
#endif
}

static intptr_t S_ConnectBluetooth(sock *h, const char *name, const char *service, const char *device, int32_t timeout)
{
    s_name(h, name);
#ifdef BY_ID
    return s_made(h, SocketConnectBluetoothId(service, device, timeout));
#else
    return SocketConnectBluetooth(name, service, device, timeout);
#endif
}

static void malformed_services_and_devices_are_refused(void)
{
    static const char *const no_services[] = {NULL, "", "0", "31", "1 ", "SerialPort", "0x11",
                                              "00001101-0000-1000-8000-00805F9B34F",
                                              "{00001101-0000-1000-8000-00805F9B34FB", "\xff"};
    static const char *const no_devices[] = {NULL, "", "00:1A:7D:DA:71", "00:1A:7D:DA:71:0G", "00-1A-7D-DA-71-0F",
                                             "00:1A:7D:DA:71:0F:", "00:00:00:00:00:00", "\xff"};
    sock s;
    size_t i;
    for (i = 0; i < sizeof no_services / sizeof *no_services; i++) {
        CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_CreateBluetooth(&s, "s", no_services[i]));
        CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_ConnectBluetooth(&s, "s", no_services[i], mac, 1000));
    }
    for (i = 0; i < sizeof no_devices / sizeof *no_devices; i++)
        CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_ConnectBluetooth(&s, "s", "1", no_devices[i], 1000));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_ConnectBluetooth(&s, "s", "1", mac, -3));
#ifndef BY_ID
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, SocketCreateBluetooth(NULL, "1"));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, SocketConnectBluetooth("", "1", mac, 1000));
#endif
    CHECK_EQ(0, SocketCloseAll());
}

static void a_machine_without_bluetooth_says_so(void)
{
    static const char *const services[] = {"1", "30", "SerialPortServiceClass_UUID",
                                           "00001101-0000-1000-8000-00805f9b34fb"};
    char text[512] = "";
    sock s;
    size_t i;
    int fd = socket(31, SOCK_STREAM, 3);
    if (fd >= 0) {
        close(fd);
        printf("skipped: this machine has Bluetooth sockets\n");
        return;
    }
    for (i = 0; i < sizeof services / sizeof *services; i++) {
        CHECK_NO(WDSOCKET_ERR_NOT_SUPPORTED, S_CreateBluetooth(&s, "s", services[i]));
        CHECK(SocketErrorInfo(text, sizeof text) > 0 && strstr(text, "no Bluetooth sockets") != NULL);
        CHECK_NO(WDSOCKET_ERR_NOT_SUPPORTED, S_ConnectBluetooth(&s, "s", services[i], mac, 1000));
        CHECK(SocketErrorInfo(text, sizeof text) > 0 && strstr(text, "no Bluetooth sockets") != NULL);
        CHECK(SocketErrorSystem() != 0);
    }
    CHECK_EQ(0, SocketCloseAll());
}

static void infrared_says_that_there_is_none(void)
{
    char text[512] = "";
#ifdef BY_ID
    CHECK_MINUS(WDSOCKET_ERR_NOT_SUPPORTED, SocketCreateInfraredId("service"));
    CHECK_MINUS(WDSOCKET_ERR_NOT_SUPPORTED, SocketConnectInfraredId(NULL, 1000));
#else
    CHECK_NO(WDSOCKET_ERR_NOT_SUPPORTED, SocketCreateInfrared("s", "service"));
    CHECK_NO(WDSOCKET_ERR_NOT_SUPPORTED, SocketConnectInfrared("s", NULL, 1000));
#endif
    CHECK(SocketErrorInfo(text, sizeof text) > 0 && strstr(text, "no infrared sockets") != NULL);
    CHECK_EQ(0, SocketCloseAll());
}

int main(void)
{
    check_start(60);
    RUN(malformed_services_and_devices_are_refused);
    RUN(a_machine_without_bluetooth_says_so);
    RUN(infrared_says_that_there_is_none);
    return check_end();
}
