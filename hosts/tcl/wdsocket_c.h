/*
 * The functions and constants of wdsocket, for the extension in wdsocket_tcl.c.
 * Made from the sources: change them, then run `cargo run --release --example hosts`.
 */

static intptr_t call_SocketCreate(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(const char *, int32_t, const char *))at)(v[0].place, v[1].number, v[2].place);
}

static intptr_t call_SocketCreateId(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(int32_t, const char *))at)(v[0].number, v[1].place);
}

static intptr_t call_SocketWaitForConnection(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(const char *, int32_t))at)(v[0].place, v[1].number);
}

static intptr_t call_SocketWaitForConnectionId(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(int32_t, int32_t))at)(v[0].number, v[1].number);
}

static intptr_t call_SocketAccept(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(const char *, char *, int32_t))at)(v[0].place, v[1].place, v[1].number);
}

static intptr_t call_SocketAcceptId(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(int32_t))at)(v[0].number);
}

static intptr_t call_SocketDeny(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(const char *))at)(v[0].place);
}

static intptr_t call_SocketDenyId(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(int32_t))at)(v[0].number);
}

static intptr_t call_SocketConnect(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(const char *, int32_t, const char *, int32_t))at)(v[0].place, v[1].number, v[2].place, v[3].number);
}

static intptr_t call_SocketConnectId(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(int32_t, const char *, int32_t))at)(v[0].number, v[1].place, v[2].number);
}

static intptr_t call_SocketClientInfo(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(const char *, int32_t, char *, int32_t))at)(v[0].place, v[1].number, v[2].place, v[2].number);
}

static intptr_t call_SocketClientInfoId(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(int32_t, int32_t, char *, int32_t))at)(v[0].number, v[1].number, v[2].place, v[2].number);
}

static intptr_t call_SocketLocalInfo(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(const char *, int32_t, char *, int32_t))at)(v[0].place, v[1].number, v[2].place, v[2].number);
}

static intptr_t call_SocketLocalInfoId(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(int32_t, int32_t, char *, int32_t))at)(v[0].number, v[1].number, v[2].place, v[2].number);
}

static intptr_t call_SocketConnected(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(const char *))at)(v[0].place);
}

static intptr_t call_SocketConnectedId(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(int32_t))at)(v[0].number);
}

static intptr_t call_SocketShutdown(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(const char *))at)(v[0].place);
}

static intptr_t call_SocketShutdownId(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(int32_t))at)(v[0].number);
}

static intptr_t call_SocketExist(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(const char *))at)(v[0].place);
}

static intptr_t call_SocketExistId(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(int32_t))at)(v[0].number);
}

static intptr_t call_SocketClose(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(const char *))at)(v[0].place);
}

static intptr_t call_SocketCloseId(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(int32_t))at)(v[0].number);
}

static intptr_t call_SocketCancel(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(const char *))at)(v[0].place);
}

static intptr_t call_SocketCancelId(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(int32_t))at)(v[0].number);
}

static intptr_t call_SocketCloseAll(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(void))at)();
}

static intptr_t call_SocketRead(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(const char *, int32_t, int32_t, void *, int32_t))at)(v[0].place, v[1].number, v[2].number, v[3].place, v[3].number);
}

static intptr_t call_SocketReadId(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(int32_t, int32_t, int32_t, void *, int32_t))at)(v[0].number, v[1].number, v[2].number, v[3].place, v[3].number);
}

static intptr_t call_SocketWrite(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(const char *, const void *, int32_t))at)(v[0].place, v[1].place, v[1].number);
}

static intptr_t call_SocketWriteId(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(int32_t, const void *, int32_t))at)(v[0].number, v[1].place, v[1].number);
}

static intptr_t call_SocketFlush(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(const char *))at)(v[0].place);
}

static intptr_t call_SocketFlushId(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(int32_t))at)(v[0].number);
}

static intptr_t call_SocketPending(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(const char *))at)(v[0].place);
}

static intptr_t call_SocketPendingId(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(int32_t))at)(v[0].number);
}

static intptr_t call_SocketChangeTransmissionMode(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(const char *, int32_t, const void *, int32_t))at)(v[0].place, v[1].number, v[2].place, v[2].number);
}

static intptr_t call_SocketChangeTransmissionModeId(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(int32_t, int32_t, const void *, int32_t))at)(v[0].number, v[1].number, v[2].place, v[2].number);
}

static intptr_t call_SocketWatch(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(const char *))at)(v[0].place);
}

static intptr_t call_SocketWatchId(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(void))at)();
}

static intptr_t call_SocketWatchAdd(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(const char *, const char *))at)(v[0].place, v[1].place);
}

static intptr_t call_SocketWatchAddId(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(int32_t, int32_t))at)(v[0].number, v[1].number);
}

static intptr_t call_SocketWatchRemove(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(const char *, const char *))at)(v[0].place, v[1].place);
}

static intptr_t call_SocketWatchRemoveId(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(int32_t, int32_t))at)(v[0].number, v[1].number);
}

static intptr_t call_SocketWatchWritable(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(const char *, const char *))at)(v[0].place, v[1].place);
}

static intptr_t call_SocketWatchWritableId(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(int32_t, int32_t))at)(v[0].number, v[1].number);
}

static intptr_t call_SocketWatchWait(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(const char *, int32_t, int32_t *, int32_t))at)(v[0].place, v[1].number, v[2].place, v[2].number);
}

static intptr_t call_SocketWatchWaitId(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(int32_t, int32_t, int32_t *, int32_t))at)(v[0].number, v[1].number, v[2].place, v[2].number);
}

static intptr_t call_SocketWatchHandle(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(const char *))at)(v[0].place);
}

static intptr_t call_SocketWatchHandleId(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(int32_t))at)(v[0].number);
}

static intptr_t call_SocketWatchMessage(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(const char *, int32_t, int32_t))at)(v[0].place, v[1].number, v[2].number);
}

static intptr_t call_SocketWatchMessageId(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(int32_t, int32_t, int32_t))at)(v[0].number, v[1].number, v[2].number);
}

static intptr_t call_WebSocketClientConnect(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(const char *, const char *, int32_t, const char *, const char *, int32_t))at)(v[0].place, v[1].place, v[2].number, v[3].place, v[4].place, v[5].number);
}

static intptr_t call_WebSocketClientConnectId(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(const char *, int32_t, const char *, const char *, int32_t))at)(v[0].place, v[1].number, v[2].place, v[3].place, v[4].number);
}

static intptr_t call_WebSocketClientConnectSSL(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(const char *, const char *, int32_t, const char *, const char *, int32_t, int32_t, const char *))at)(v[0].place, v[1].place, v[2].number, v[3].place, v[4].place, v[5].number, v[6].number, v[7].place);
}

static intptr_t call_WebSocketClientConnectSSLId(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(const char *, int32_t, const char *, const char *, int32_t, int32_t, const char *))at)(v[0].place, v[1].number, v[2].place, v[3].place, v[4].number, v[5].number, v[6].place);
}

static intptr_t call_SocketFromDescriptor(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(const char *, int32_t))at)(v[0].place, v[1].number);
}

static intptr_t call_SocketFromDescriptorId(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(int32_t))at)(v[0].number);
}

static intptr_t call_SocketDescriptor(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(const char *))at)(v[0].place);
}

static intptr_t call_SocketDescriptorId(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(int32_t))at)(v[0].number);
}

static intptr_t call_SocketCreateSSL(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(const char *, int32_t, const char *, int32_t, const char *, const char *))at)(v[0].place, v[1].number, v[2].place, v[3].number, v[4].place, v[5].place);
}

static intptr_t call_SocketCreateSSLId(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(int32_t, const char *, int32_t, const char *, const char *))at)(v[0].number, v[1].place, v[2].number, v[3].place, v[4].place);
}

static intptr_t call_SocketConnectSSL(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(const char *, int32_t, const char *, int32_t, int32_t, const char *))at)(v[0].place, v[1].number, v[2].place, v[3].number, v[4].number, v[5].place);
}

static intptr_t call_SocketConnectSSLId(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(int32_t, const char *, int32_t, int32_t, const char *))at)(v[0].number, v[1].place, v[2].number, v[3].number, v[4].place);
}

static intptr_t call_SocketStartSSL(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(const char *, int32_t, int32_t, const char *, const char *))at)(v[0].place, v[1].number, v[2].number, v[3].place, v[4].place);
}

static intptr_t call_SocketStartSSLId(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(int32_t, int32_t, int32_t, const char *, const char *))at)(v[0].number, v[1].number, v[2].number, v[3].place, v[4].place);
}

static intptr_t call_SocketSSLInfo(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(const char *, int32_t, char *, int32_t))at)(v[0].place, v[1].number, v[2].place, v[2].number);
}

static intptr_t call_SocketSSLInfoId(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(int32_t, int32_t, char *, int32_t))at)(v[0].number, v[1].number, v[2].place, v[2].number);
}

static intptr_t call_SocketCreateUDP(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(const char *, int32_t, const char *))at)(v[0].place, v[1].number, v[2].place);
}

static intptr_t call_SocketCreateUDPId(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(int32_t, const char *))at)(v[0].number, v[1].place);
}

static intptr_t call_SocketWriteTo(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(const char *, const void *, int32_t, const char *, int32_t))at)(v[0].place, v[1].place, v[1].number, v[2].place, v[3].number);
}

static intptr_t call_SocketWriteToId(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(int32_t, const void *, int32_t, const char *, int32_t))at)(v[0].number, v[1].place, v[1].number, v[2].place, v[3].number);
}

static intptr_t call_SocketJoinGroup(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(const char *, const char *, const char *))at)(v[0].place, v[1].place, v[2].place);
}

static intptr_t call_SocketJoinGroupId(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(int32_t, const char *, const char *))at)(v[0].number, v[1].place, v[2].place);
}

static intptr_t call_SocketLeaveGroup(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(const char *, const char *, const char *))at)(v[0].place, v[1].place, v[2].place);
}

static intptr_t call_SocketLeaveGroupId(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(int32_t, const char *, const char *))at)(v[0].number, v[1].place, v[2].place);
}

static intptr_t call_SocketCreateBluetooth(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(const char *, const char *))at)(v[0].place, v[1].place);
}

static intptr_t call_SocketCreateBluetoothId(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(const char *))at)(v[0].place);
}

static intptr_t call_SocketConnectBluetooth(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(const char *, const char *, const char *, int32_t))at)(v[0].place, v[1].place, v[2].place, v[3].number);
}

static intptr_t call_SocketConnectBluetoothId(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(const char *, const char *, int32_t))at)(v[0].place, v[1].place, v[2].number);
}

static intptr_t call_SocketCreateInfrared(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(const char *, const char *))at)(v[0].place, v[1].place);
}

static intptr_t call_SocketCreateInfraredId(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(const char *))at)(v[0].place);
}

static intptr_t call_SocketConnectInfrared(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(const char *, const char *, int32_t))at)(v[0].place, v[1].place, v[2].number);
}

static intptr_t call_SocketConnectInfraredId(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(const char *, int32_t))at)(v[0].place, v[1].number);
}

static intptr_t call_SocketSetOption(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(const char *, int32_t, int32_t))at)(v[0].place, v[1].number, v[2].number);
}

static intptr_t call_SocketSetOptionId(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(int32_t, int32_t, int32_t))at)(v[0].number, v[1].number, v[2].number);
}

static intptr_t call_SocketGetOption(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(const char *, int32_t))at)(v[0].place, v[1].number);
}

static intptr_t call_SocketGetOptionId(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(int32_t, int32_t))at)(v[0].number, v[1].number);
}

static intptr_t call_SocketSetText(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(const char *, int32_t, const char *))at)(v[0].place, v[1].number, v[2].place);
}

static intptr_t call_SocketSetTextId(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(int32_t, int32_t, const char *))at)(v[0].number, v[1].number, v[2].place);
}

static intptr_t call_SocketId(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(const char *))at)(v[0].place);
}

static intptr_t call_SocketName(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(int32_t, char *, int32_t))at)(v[0].number, v[1].place, v[1].number);
}

static intptr_t call_NetIPAddress(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(const char *, int32_t, char *, int32_t))at)(v[0].place, v[1].number, v[2].place, v[2].number);
}

static intptr_t call_NetMachineName(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(char *, int32_t))at)(v[0].place, v[0].number);
}

static intptr_t call_SocketProxy(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(const char *, int32_t, const char *, const char *))at)(v[0].place, v[1].number, v[2].place, v[3].place);
}

static intptr_t call_SocketConfigure(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(int32_t, int32_t))at)(v[0].number, v[1].number);
}

static intptr_t call_SocketVersion(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(char *, int32_t))at)(v[0].place, v[0].number);
}

static intptr_t call_SocketErrorCode(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(void))at)();
}

static intptr_t call_SocketErrorSystem(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(void))at)();
}

static intptr_t call_SocketErrorInfo(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(char *, int32_t))at)(v[0].place, v[0].number);
}

static intptr_t call_SocketErrorText(void *at, struct value *v)
{
    (void)v;
    return ((intptr_t (*)(int32_t, char *, int32_t))at)(v[0].number, v[1].place, v[1].number);
}

static const struct row rows[] = {
    {"SocketCreate", "ytit", "name port address", call_SocketCreate},
    {"SocketCreateId", "nit", "port address", call_SocketCreateId},
    {"SocketWaitForConnection", "yti", "name timeout", call_SocketWaitForConnection},
    {"SocketWaitForConnectionId", "yii", "id timeout", call_SocketWaitForConnectionId},
    {"SocketAccept", "ntT", "name", call_SocketAccept},
    {"SocketAcceptId", "ni", "id", call_SocketAcceptId},
    {"SocketDeny", "yt", "name", call_SocketDeny},
    {"SocketDenyId", "yi", "id", call_SocketDenyId},
    {"SocketConnect", "ytiti", "name port address timeout", call_SocketConnect},
    {"SocketConnectId", "niti", "port address timeout", call_SocketConnectId},
    {"SocketClientInfo", "ntiT", "name info", call_SocketClientInfo},
    {"SocketClientInfoId", "niiT", "id info", call_SocketClientInfoId},
    {"SocketLocalInfo", "ntiT", "name info", call_SocketLocalInfo},
    {"SocketLocalInfoId", "niiT", "id info", call_SocketLocalInfoId},
    {"SocketConnected", "yt", "name", call_SocketConnected},
    {"SocketConnectedId", "yi", "id", call_SocketConnectedId},
    {"SocketShutdown", "yt", "name", call_SocketShutdown},
    {"SocketShutdownId", "yi", "id", call_SocketShutdownId},
    {"SocketExist", "yt", "name", call_SocketExist},
    {"SocketExistId", "yi", "id", call_SocketExistId},
    {"SocketClose", "yt", "name", call_SocketClose},
    {"SocketCloseId", "yi", "id", call_SocketCloseId},
    {"SocketCancel", "yt", "name", call_SocketCancel},
    {"SocketCancelId", "yi", "id", call_SocketCancelId},
    {"SocketCloseAll", "n", "", call_SocketCloseAll},
    {"SocketRead", "ntiiD", "name undefined_wait timeout", call_SocketRead},
    {"SocketReadId", "niiiD", "id undefined_wait timeout", call_SocketReadId},
    {"SocketWrite", "ytd", "name data", call_SocketWrite},
    {"SocketWriteId", "yid", "id data", call_SocketWriteId},
    {"SocketFlush", "yt", "name", call_SocketFlush},
    {"SocketFlushId", "yi", "id", call_SocketFlushId},
    {"SocketPending", "nt", "name", call_SocketPending},
    {"SocketPendingId", "ni", "id", call_SocketPendingId},
    {"SocketChangeTransmissionMode", "ytid", "name mode tag", call_SocketChangeTransmissionMode},
    {"SocketChangeTransmissionModeId", "yiid", "id mode tag", call_SocketChangeTransmissionModeId},
    {"SocketWatch", "yt", "name", call_SocketWatch},
    {"SocketWatchId", "n", "", call_SocketWatchId},
    {"SocketWatchAdd", "ytt", "watch name", call_SocketWatchAdd},
    {"SocketWatchAddId", "yii", "watch id", call_SocketWatchAddId},
    {"SocketWatchRemove", "ytt", "watch name", call_SocketWatchRemove},
    {"SocketWatchRemoveId", "yii", "watch id", call_SocketWatchRemoveId},
    {"SocketWatchWritable", "ytt", "watch name", call_SocketWatchWritable},
    {"SocketWatchWritableId", "yii", "watch id", call_SocketWatchWritableId},
    {"SocketWatchWait", "ntiI", "watch timeout", call_SocketWatchWait},
    {"SocketWatchWaitId", "niiI", "watch timeout", call_SocketWatchWaitId},
    {"SocketWatchHandle", "nt", "watch", call_SocketWatchHandle},
    {"SocketWatchHandleId", "ni", "watch", call_SocketWatchHandleId},
    {"SocketWatchMessage", "ytii", "name window message", call_SocketWatchMessage},
    {"SocketWatchMessageId", "yiii", "id window message", call_SocketWatchMessageId},
    {"WebSocketClientConnect", "yttitti", "name address port path protocols timeout", call_WebSocketClientConnect},
    {"WebSocketClientConnectId", "ntitti", "address port path protocols timeout", call_WebSocketClientConnectId},
    {"WebSocketClientConnectSSL", "yttittiit", "name address port path protocols options timeout client_certificate", call_WebSocketClientConnectSSL},
    {"WebSocketClientConnectSSLId", "ntittiit", "address port path protocols options timeout client_certificate", call_WebSocketClientConnectSSLId},
    {"SocketFromDescriptor", "yti", "name descriptor", call_SocketFromDescriptor},
    {"SocketFromDescriptorId", "ni", "descriptor", call_SocketFromDescriptorId},
    {"SocketDescriptor", "nt", "name", call_SocketDescriptor},
    {"SocketDescriptorId", "ni", "id", call_SocketDescriptorId},
    {"SocketCreateSSL", "ytititt", "name port certificate options address store", call_SocketCreateSSL},
    {"SocketCreateSSLId", "nititt", "port certificate options address store", call_SocketCreateSSLId},
    {"SocketConnectSSL", "ytitiit", "name port address options timeout client_certificate", call_SocketConnectSSL},
    {"SocketConnectSSLId", "nitiit", "port address options timeout client_certificate", call_SocketConnectSSLId},
    {"SocketStartSSL", "ytiitt", "name options timeout server_name client_certificate", call_SocketStartSSL},
    {"SocketStartSSLId", "yiiitt", "id options timeout server_name client_certificate", call_SocketStartSSLId},
    {"SocketSSLInfo", "ntiT", "name info", call_SocketSSLInfo},
    {"SocketSSLInfoId", "niiT", "id info", call_SocketSSLInfoId},
    {"SocketCreateUDP", "ytit", "name port address", call_SocketCreateUDP},
    {"SocketCreateUDPId", "nit", "port address", call_SocketCreateUDPId},
    {"SocketWriteTo", "ytdti", "name data address port", call_SocketWriteTo},
    {"SocketWriteToId", "yidti", "id data address port", call_SocketWriteToId},
    {"SocketJoinGroup", "yttt", "name group network", call_SocketJoinGroup},
    {"SocketJoinGroupId", "yitt", "id group network", call_SocketJoinGroupId},
    {"SocketLeaveGroup", "yttt", "name group network", call_SocketLeaveGroup},
    {"SocketLeaveGroupId", "yitt", "id group network", call_SocketLeaveGroupId},
    {"SocketCreateBluetooth", "ytt", "name service", call_SocketCreateBluetooth},
    {"SocketCreateBluetoothId", "nt", "service", call_SocketCreateBluetoothId},
    {"SocketConnectBluetooth", "yttti", "name service mac timeout", call_SocketConnectBluetooth},
    {"SocketConnectBluetoothId", "ntti", "service mac timeout", call_SocketConnectBluetoothId},
    {"SocketCreateInfrared", "ytt", "name service", call_SocketCreateInfrared},
    {"SocketCreateInfraredId", "nt", "service", call_SocketCreateInfraredId},
    {"SocketConnectInfrared", "ytti", "name service timeout", call_SocketConnectInfrared},
    {"SocketConnectInfraredId", "nti", "service timeout", call_SocketConnectInfraredId},
    {"SocketSetOption", "ytii", "name option value", call_SocketSetOption},
    {"SocketSetOptionId", "yiii", "id option value", call_SocketSetOptionId},
    {"SocketGetOption", "nti", "name option", call_SocketGetOption},
    {"SocketGetOptionId", "nii", "id option", call_SocketGetOptionId},
    {"SocketSetText", "ytit", "name option text", call_SocketSetText},
    {"SocketSetTextId", "yiit", "id option text", call_SocketSetTextId},
    {"SocketId", "nt", "name", call_SocketId},
    {"SocketName", "niT", "id", call_SocketName},
    {"NetIPAddress", "ntiT", "machine rank", call_NetIPAddress},
    {"NetMachineName", "nT", "", call_NetMachineName},
    {"SocketProxy", "ytitt", "address port login password", call_SocketProxy},
    {"SocketConfigure", "yii", "option value", call_SocketConfigure},
    {"SocketVersion", "nT", "", call_SocketVersion},
    {"SocketErrorCode", "n", "", call_SocketErrorCode},
    {"SocketErrorSystem", "n", "", call_SocketErrorSystem},
    {"SocketErrorInfo", "nT", "", call_SocketErrorInfo},
    {"SocketErrorText", "niT", "code", call_SocketErrorText},
};

static const struct constant constants[] = {
    /* Times, which are in milliseconds */
    {"WDSOCKET_INFINITE", -1},
    {"WDSOCKET_DEFAULT", -2},
    /* Transmission modes of SocketChangeTransmissionMode */
    {"SocketEndTag", 0},
    {"SocketSize", 1},
    {"SocketEndTagBuffer", 2},
    {"SocketNoEndTag", 3},
    {"SocketBinarySize", 4},
    {"SocketFixedSize", 5},
    {"SocketLine", 6},
    {"SocketExactSize", 7},
    /* SocketConfigure: what it sets */
    {"SocketConfigureMode", 1},
    /* SocketConfigure: values of SocketConfigureMode */
    {"SocketModeSChannel", 0},
    {"SocketModeOpenSSL", 1},
    /* What SocketClientInfo and SocketLocalInfo tell */
    {"SocketAddress", 1},
    {"SocketPort", 2},
    /* What SocketLocalInfo tells beside, as decimal text */
    {"SocketBytesReceived", 3},
    {"SocketBytesSent", 4},
    {"SocketMessagesReceived", 5},
    {"SocketMessagesSent", 6},
    {"SocketSince", 7},
    {"SocketSilentFor", 8},
    {"SocketRoundTrip", 9},
    {"SocketRetransmits", 10},
    {"SocketUnsent", 11},
    {"SocketHandshakeTime", 12},
    {"SocketLastError", 13},
    {"SocketOpenSockets", 14},
    /* What SocketClientInfo tells of a WebSocket */
    {"WebSocketKind", 15},
    /* What SocketClientInfo tells of the peer of a Unix socket */
    {"SocketPeerUser", 16},
    {"SocketPeerProcess", 17},
    /* Whole-number options of SocketSetOption and SocketGetOption */
    {"SocketNagle", 101},
    {"SocketUniqueAddress", 102},
    {"SocketKeepAlive", 103},
    {"SocketReceiveBuffer", 104},
    {"SocketSendBuffer", 105},
    {"SocketMaxMessage", 106},
    {"SocketWriteTimeout", 107},
    {"SocketBacklog", 108},
    {"SocketTimeToLive", 109},
    {"SocketMulticastLoop", 110},
    {"SSLHandshakeTimeout", 111},
    {"SSLVerifyClient", 112},
    {"SSLSystemRoots", 113},
    {"SSLVerifyDepth", 114},
    {"SSLStrict", 115},
    {"SocketReadIdle", 116},
    {"SSLNameInSubject", 117},
    {"SocketGather", 118},
    {"SocketTraceLimit", 119},
    {"WebSocketServer", 120},
    {"WebSocketBinary", 121},
    {"SocketKeepAliveInterval", 122},
    {"SocketKeepAliveCount", 123},
    {"SocketUserTimeout", 124},
    {"SocketIdleTimeout", 125},
    {"SocketProxyProtocol", 126},
    {"SocketFileMode", 127},
    {"SocketLengthBytes", 128},
    {"SocketLengthOrder", 129},
    {"SocketLengthOffset", 130},
    {"SocketLengthAdjust", 131},
    {"SocketLengthHeader", 132},
    {"SocketLengthUncounted", 133},
    {"SocketSignalEndsWait", 134},
    /* Text options of SocketSetText */
    {"SSLCaFile", 201},
    {"SSLCaDirectory", 202},
    {"SSLCrlFile", 203},
    {"SSLKeyFile", 204},
    {"SSLPassword", 205},
    {"SSLServerName", 206},
    {"SSLAlpn", 207},
    {"SSLCipherList", 208},
    {"SSLPeerFingerprintPin", 209},
    {"SSLGroups", 210},
    {"SocketTraceFile", 211},
    {"SSLKeyLogFile", 212},
    {"WebSocketHeaders", 213},
    {"SocketProxyAddress", 214},
    {"SocketProxyFrom", 215},
    {"SSLTicketKeyFile", 216},
    {"SocketLocalAddress", 217},
    {"SocketPortRange", 218},
    {"SSLCertificateDirectory", 219},
    {"SSLSignatures", 220},
    {"SSLPublicKeyPins", 221},
    /* What SocketSSLInfo tells */
    {"SSLProtocol", 301},
    {"SSLCipher", 302},
    {"SSLPeerSubject", 303},
    {"SSLPeerIssuer", 304},
    {"SSLPeerFingerprint", 305},
    {"SSLPeerNotAfter", 306},
    {"SSLGroup", 307},
    {"SSLPeerNames", 308},
    {"SSLPeerSerial", 309},
    {"SSLPeerNotBefore", 310},
    {"SSLPeerChain", 311},
    {"SSLResumed", 312},
    /* Options of TLS, added together */
    {"ProtocolSSL2", 1},
    {"ProtocolSSL3", 2},
    {"ProtocolTLS1", 4},
    {"ProtocolTLS1_1", 8},
    {"ProtocolTLS1_2", 16},
    {"ProtocolTLS1_3", 32},
    {"CertificateName", 64},
    {"CertificateHash", 128},
    {"SSLNoVerify", 256},
    {"SSLAsServer", 512},
    /* Error codes: positive from SocketErrorCode, negative as results */
    {"WDSOCKET_OK", 0},
    {"WDSOCKET_ERR_INVALID_ARGUMENT", 1},
    {"WDSOCKET_ERR_NOT_FOUND", 2},
    {"WDSOCKET_ERR_NAME_IN_USE", 3},
    {"WDSOCKET_ERR_TIMEOUT", 4},
    {"WDSOCKET_ERR_CLOSED", 5},
    {"WDSOCKET_ERR_LOST", 6},
    {"WDSOCKET_ERR_REFUSED", 7},
    {"WDSOCKET_ERR_UNREACHABLE", 8},
    {"WDSOCKET_ERR_HOST_NOT_FOUND", 9},
    {"WDSOCKET_ERR_ADDRESS_IN_USE", 10},
    {"WDSOCKET_ERR_ADDRESS_NOT_AVAILABLE", 11},
    {"WDSOCKET_ERR_ACCESS_DENIED", 12},
    {"WDSOCKET_ERR_BUFFER_TOO_SMALL", 13},
    {"WDSOCKET_ERR_MESSAGE_TOO_LARGE", 14},
    {"WDSOCKET_ERR_BAD_FRAME", 15},
    {"WDSOCKET_ERR_WRONG_KIND", 16},
    {"WDSOCKET_ERR_NO_CONNECTION", 17},
    {"WDSOCKET_ERR_CANCELLED", 18},
    {"WDSOCKET_ERR_TLS_PROTOCOL", 19},
    {"WDSOCKET_ERR_TLS_CERTIFICATE", 20},
    {"WDSOCKET_ERR_CERTIFICATE", 21},
    {"WDSOCKET_ERR_NOT_SUPPORTED", 22},
    {"WDSOCKET_ERR_LIMIT", 23},
    {"WDSOCKET_ERR_SYSTEM", 24},
    {"WDSOCKET_ERR_INTERNAL", 25},
    {"WDSOCKET_ERR_PROXY", 26},
};
