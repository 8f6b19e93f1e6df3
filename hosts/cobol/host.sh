needs=(cobc:gnucobol3)
threads=no
linked=yes
prepare() { cobc -x -free -fstatic-call -o "$built/demo" demo.cob wdlayer.cob -L"$library_folder" -lwdsocket; }
demo() { LD_LIBRARY_PATH=$library_folder exec "$built/demo" "$@"; }
mistakes() { demo mistakes "$@"; }
