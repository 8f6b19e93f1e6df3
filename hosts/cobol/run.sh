needs=(cobc:gnucobol3)
threads=no
missing=(wdsocket) # the system looks for it
prepare() { cobc -x -free -fstatic-call -o "$built/demo" demo.cob wdlayer.cob -L"$library_folder" -lwdsocket; }
demo() { LD_LIBRARY_PATH=${WDSOCKET_LIBRARY%/*} exec "$built/demo" "$@"; }
mistakes() { demo mistakes "$@"; }
