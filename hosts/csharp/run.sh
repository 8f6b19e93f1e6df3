needs=(mcs:mono-mcs mono:mono-runtime)
missing=(wdsocket) # the system looks for it
prepare() {
    mcs -target:library -out:"$built/Wdsocket.dll" Wdsocket.cs Wdsockets.cs &&
        mcs -r:"$built/Wdsocket.dll" -out:"$built/Demo.exe" Demo.cs
}
demo() { LD_LIBRARY_PATH=${WDSOCKET_LIBRARY%/*} exec mono "$built/Demo.exe" "$@"; }
mistakes() { demo mistakes "$@"; }
says=('wrong port, in another thread: SocketConnect("other"): 127.0.0.1 port 1 refused')
