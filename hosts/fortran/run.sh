needs=(gfortran)
missing=(wdsocket) # the system looks for it
prepare() {
    gfortran -Wall -fopenmp -J"$built" -o "$built/demo" wdsocket.f90 wdsockets.f90 demo.f90 -L"$library_folder" -lwdsocket
}
demo() { LD_LIBRARY_PATH=${WDSOCKET_LIBRARY%/*} exec "$built/demo" "$@"; }
mistakes() { demo mistakes "$@"; }
