needs=(fpc:fp-compiler)
missing=(wdsocket) # the system looks for it
# In the mode of Delphi, so that it keeps to what both have.
prepare() { fpc -v0 -Mdelphi -Fl"$library_folder" -FU"$built" -FE"$built" demo.pas; }
demo() { LD_LIBRARY_PATH=${WDSOCKET_LIBRARY%/*} exec "$built/demo" "$@"; }
mistakes() { demo mistakes "$@"; }
